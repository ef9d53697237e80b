//! What a layer reads from.

use std::io::{self, BufRead, BufReader, Read};

/// Buffered bytes, some of which may be passed over.
pub(super) trait Input: BufRead + Send {
    /// Bytes of the input that are still to come, where that is known.
    fn left(&self) -> Option<u64>;

    /// Passes over bytes; how many there were.
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let mut left = bytes;
        while left > 0 {
            let available = self.fill_buf()?.len() as u64;
            if available == 0 {
                break;
            }
            let step = available.min(left);
            self.consume(step as usize);
            left -= step;
        }
        Ok(bytes - left)
    }
}

/// A layer does not know how much is in it.
impl<R: Read + Send> Input for BufReader<R> {
    fn left(&self) -> Option<u64> {
        None
    }
}

/// An input whose next bytes can be looked at, more of them than one buffer of it holds.
pub(super) struct Ahead {
    seen: Vec<u8>,
    /// So many of `seen` were handed on.
    at: usize,
    input: Box<dyn Input>,
    position: u64,
}

impl Ahead {
    pub(super) fn new(input: Box<dyn Input>) -> Self {
        Self { seen: Vec::new(), at: 0, input, position: 0 }
    }

    /// How many bytes were handed on.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The next bytes: so many of them, or all that there are. An error is kept for those who read
    /// up to it, if there is anything before it.
    pub(super) fn peek(&mut self, bytes: usize) -> io::Result<&[u8]> {
        if self.at > 0 {
            self.seen.drain(..self.at);
            self.at = 0;
        }
        while self.seen.len() < bytes {
            match self.input.fill_buf() {
                Ok([]) => break,
                Ok(available) => {
                    let step = available.len().min(bytes - self.seen.len());
                    self.seen.extend_from_slice(&available[..step]);
                    self.input.consume(step);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if self.seen.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(&self.seen)
    }
}

impl Read for Ahead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let seen = &self.seen[self.at..];
        let step = if seen.is_empty() {
            self.input.read(into)?
        } else {
            let step = seen.len().min(into.len());
            into[..step].copy_from_slice(&seen[..step]);
            self.at += step;
            step
        };
        self.position += step as u64;
        Ok(step)
    }
}

impl BufRead for Ahead {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at < self.seen.len() { Ok(&self.seen[self.at..]) } else { self.input.fill_buf() }
    }

    fn consume(&mut self, bytes: usize) {
        if self.at < self.seen.len() {
            self.at += bytes;
        } else {
            self.input.consume(bytes);
        }
        self.position += bytes as u64;
    }
}

impl Input for Ahead {
    fn left(&self) -> Option<u64> {
        Some(self.input.left()? + (self.seen.len() - self.at) as u64)
    }

    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let seen = ((self.seen.len() - self.at) as u64).min(bytes);
        self.at += seen as usize;
        let skipped = seen + self.input.skip(bytes - seen)?;
        self.position += skipped;
        Ok(skipped)
    }
}
