//! Compressed data: frame after frame, with what may stand between them.

use std::io::{self, BufRead, Read};

use lz4_flex::frame::FrameDecoder;

use super::codec::{Codec, codec};
use super::damage::Damage;
use super::input::{Ahead, Input};
use super::magic::{Compression, MAGIC_BYTES, skippable_frame};

/// All frames of a compressed input as one text.
pub(super) struct Frames {
    compression: Compression,
    state: State,
}

enum State {
    /// Before a frame, the first or another.
    Between(Ahead),
    Within(Box<dyn Codec>, Ahead),
    WithinLz4(Box<FrameDecoder<Starving>>),
    /// Nothing more to come.
    Ended,
    /// What is behind cannot be read.
    Damaged(Damage),
}

impl Frames {
    pub(super) fn new(compression: Compression, input: Ahead) -> Self {
        Self { compression, state: State::Between(input) }
    }

    /// From the border of two frames to the next frame, the end, or what is neither.
    fn begin(&mut self, mut input: Ahead) -> io::Result<State> {
        let name = self.compression.name();
        loop {
            let head = input.peek(MAGIC_BYTES)?;
            if head.is_empty() {
                return Ok(State::Ended);
            }
            let skippable = skippable_frame(head);
            if let Some(len) = skippable.filter(|_| self.compression.has_skippable_frames()) {
                if input.skip(len)? < len {
                    return Ok(State::Damaged(Damage::ends_early(&format!("{name} data"), None)));
                }
                continue;
            }
            if Compression::of(head) == Some(self.compression) {
                return Ok(match codec(self.compression)? {
                    Some(codec) => State::Within(codec, input),
                    None => State::WithinLz4(Box::new(FrameDecoder::new(Starving::new(input)))),
                });
            }
            // Tapes and tools that write in blocks pad with zeros.
            if head[0] != 0 {
                let reason = format!("what follows the {name} data is no {name}");
                return Ok(State::Damaged(Damage::new(reason, input.left())));
            }
            let zeros = input.fill_buf()?.iter().take_while(|byte| **byte == 0).count();
            input.consume(zeros);
        }
    }

    /// What was read of the frame; `None` if it has ended. An error is the first of its kind.
    fn within(&mut self, into: &mut [u8]) -> io::Result<Option<usize>> {
        let name = self.compression.name();
        match &mut self.state {
            State::Within(codec, input) => loop {
                let available = input.fill_buf()?;
                let at_end = available.is_empty();
                let step = codec.step(available, into);
                input.consume(step.consumed);
                match step.ended {
                    Ok(true) => {
                        self.state = match std::mem::replace(&mut self.state, State::Ended) {
                            State::Within(_, input) => State::Between(input),
                            other => other,
                        };
                    }
                    Ok(false) if step.produced > 0 => {}
                    Ok(false) if at_end => {
                        let damage = Damage::ends_early(&format!("{name} data"), input.left());
                        self.state = State::Damaged(damage);
                    }
                    Ok(false) if step.consumed > 0 => continue,
                    Ok(false) => {
                        let reason = format!("{name} data is damaged");
                        self.state = State::Damaged(Damage::new(reason, input.left()));
                    }
                    Err(reason) => {
                        let reason = format!("{name} data is damaged: {reason}");
                        self.state = State::Damaged(Damage::new(reason, input.left()));
                    }
                }
                return Ok((step.produced > 0).then_some(step.produced));
            },
            State::WithinLz4(decoder) => {
                let result = decoder.read(into);
                let input = decoder.get_ref();
                let starved = input.starved;
                let left = input.input.left();
                let damage = match result {
                    Ok(read) if read > 0 => return Ok(Some(read)),
                    Ok(_) if starved => Damage::ends_early("lz4 data", left),
                    Err(_) if starved => Damage::ends_early("lz4 data", left),
                    Err(error) if error.raw_os_error().is_some() => return Err(error),
                    Err(error) => match Damage::of(&error) {
                        Some(damage) => damage.clone(),
                        None => Damage::new(format!("lz4 data is damaged: {error}"), left),
                    },
                    Ok(_) => {
                        self.state = match std::mem::replace(&mut self.state, State::Ended) {
                            State::WithinLz4(decoder) => State::Between(decoder.into_inner().input),
                            other => other,
                        };
                        return Ok(None);
                    }
                };
                self.state = State::Damaged(damage);
                Ok(None)
            }
            _ => Ok(None),
        }
    }
}

impl Read for Frames {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            match &self.state {
                State::Ended => return Ok(0),
                State::Damaged(damage) => return Err(damage.clone().into()),
                State::Between(_) => {
                    if let State::Between(input) = std::mem::replace(&mut self.state, State::Ended)
                    {
                        self.state = self.begin(input)?;
                    }
                }
                State::Within(..) | State::WithinLz4(_) => {
                    if let Some(read) = self.within(into)? {
                        return Ok(read);
                    }
                }
            }
        }
    }
}

/// An input that knows whether more was wanted than there was: the reader of lz4 takes the end of
/// the input between two blocks for the end of the frame, and never reads beyond a frame.
struct Starving {
    input: Ahead,
    starved: bool,
}

impl Starving {
    fn new(input: Ahead) -> Self {
        Self { input, starved: false }
    }
}

impl Read for Starving {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(into)?;
        self.starved |= read == 0 && !into.is_empty();
        Ok(read)
    }
}
