//! Unwrapping beside parsing: a thread of its own makes the text, so that two cores are busy.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Bytes of a buffer that is handed over: small enough for the cache of the one who takes it.
const BUFFER_BYTES: usize = 128 * 1024;
/// Buffers that may be full at a time.
const BUFFERS: usize = 16;

/// The text of a reader that a thread reads. What comes out does not depend on the thread.
pub(crate) struct Beside {
    full: Receiver<Buffer>,
    /// Buffers that can be used again.
    empty: SyncSender<Buffer>,
    thread: Option<JoinHandle<io::Result<()>>>,
    current: Buffer,
    /// So much of it was handed out.
    at: usize,
    before: Buffer,
}

/// Bytes that are kept when they are used again, and how many of them hold text.
#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    len: usize,
}

impl Beside {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> io::Result<Self> {
        let (give, full) = sync_channel(BUFFERS);
        let (empty, take) = sync_channel(BUFFERS);
        let thread = std::thread::Builder::new()
            .name("slowlog-unwrap".to_owned())
            .spawn(move || pump(reader, &give, &take))?;
        let (current, before) = (Buffer::default(), Buffer::default());
        Ok(Self { full, empty, thread: Some(thread), current, at: 0, before })
    }

    /// The last bytes of what was read so far: a buffer of them, and what came behind it.
    pub(crate) fn tail(&self) -> Vec<u8> {
        [&self.before.bytes[..self.before.len], &self.current.bytes[..self.at]].concat()
    }

    /// Takes the next full buffer; `false` at the end.
    fn next(&mut self) -> io::Result<bool> {
        if let Ok(buffer) = self.full.recv() {
            let last = std::mem::replace(&mut self.current, buffer);
            let oldest = std::mem::replace(&mut self.before, last);
            // If there is no room for it, or the thread is at its end, it is not needed.
            let _ = self.empty.try_send(oldest);
            self.at = 0;
            return Ok(true);
        }
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result.map(|()| false),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Ok(false),
        }
    }
}

impl Read for Beside {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.current.len {
            if !self.next()? {
                return Ok(0);
            }
        }
        let rest = &self.current.bytes[self.at..self.current.len];
        let step = rest.len().min(into.len());
        into[..step].copy_from_slice(&rest[..step]);
        self.at += step;
        Ok(step)
    }
}

/// Fills buffers until the reader ends or nobody wants them. What stands before an error is
/// handed over before it.
fn pump(
    mut reader: Box<dyn Read + Send>,
    give: &SyncSender<Buffer>,
    take: &Receiver<Buffer>,
) -> io::Result<()> {
    loop {
        let mut buffer = take.try_recv().unwrap_or_default();
        buffer.bytes.resize(BUFFER_BYTES, 0);
        buffer.len = 0;
        let result = loop {
            match reader.read(&mut buffer.bytes[buffer.len..]) {
                Ok(0) => break Ok(()),
                Ok(read) => buffer.len += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        let is_end = buffer.len < BUFFER_BYTES;
        if buffer.len > 0 && give.send(buffer).is_err() {
            return Ok(());
        }
        if is_end || result.is_err() {
            return result;
        }
    }
}
