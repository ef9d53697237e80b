//! The outermost layer: bytes of a file or a pipe.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::LAYER_BYTES;
use super::input::Input;

/// How far an input was read. What is read a second time counts once.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    furthest: AtomicU64,
    told: AtomicU64,
}

impl Gauge {
    /// Bytes read since the last time.
    pub(crate) fn news(&self) -> u64 {
        let furthest = self.furthest.load(Ordering::Relaxed);
        furthest.saturating_sub(self.told.swap(furthest, Ordering::Relaxed))
    }

    /// Bytes read.
    pub(crate) fn bytes(&self) -> u64 {
        self.furthest.load(Ordering::Relaxed)
    }

    /// Begins anew.
    pub(crate) fn reset(&self) {
        self.furthest.store(0, Ordering::Relaxed);
    }

    fn reached(&self, position: u64) {
        self.furthest.fetch_max(position, Ordering::Relaxed);
    }
}

/// A file, up to the size that it had at first: it may grow while it is read.
pub(super) struct RawFile {
    file: BufReader<File>,
    position: u64,
    size: u64,
    gauge: Arc<Gauge>,
}

impl RawFile {
    pub(super) fn open(path: &Path, size: u64, gauge: Arc<Gauge>) -> io::Result<Self> {
        let file = BufReader::with_capacity(LAYER_BYTES, File::open(path)?);
        Ok(Self { file, position: 0, size, gauge })
    }

    fn advance(&mut self, bytes: u64) {
        self.position += bytes;
        self.gauge.reached(self.position);
    }
}

impl Read for RawFile {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let room = (into.len() as u64).min(self.size - self.position) as usize;
        let read = self.file.read(&mut into[..room])?;
        self.advance(read as u64);
        Ok(read)
    }
}

impl BufRead for RawFile {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let left = self.size - self.position;
        let available = self.file.fill_buf()?;
        Ok(&available[..(available.len() as u64).min(left) as usize])
    }

    fn consume(&mut self, bytes: usize) {
        self.file.consume(bytes);
        self.advance(bytes as u64);
    }
}

impl Input for RawFile {
    fn left(&self) -> Option<u64> {
        Some(self.size - self.position)
    }

    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let step = bytes.min(self.size - self.position);
        self.file.seek_relative(step as i64)?;
        self.advance(step);
        Ok(step)
    }
}

/// What can be read only once, and has an end that nobody knows.
pub(super) struct RawReader {
    reader: BufReader<Box<dyn Read + Send>>,
    position: u64,
    gauge: Arc<Gauge>,
}

impl RawReader {
    pub(super) fn new(reader: Box<dyn Read + Send>, gauge: Arc<Gauge>) -> Self {
        Self { reader: BufReader::with_capacity(LAYER_BYTES, reader), position: 0, gauge }
    }

    fn advance(&mut self, bytes: u64) {
        self.position += bytes;
        self.gauge.reached(self.position);
    }
}

impl Read for RawReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(into)?;
        self.advance(read as u64);
        Ok(read)
    }
}

impl BufRead for RawReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.reader.consume(bytes);
        self.advance(bytes as u64);
    }
}

impl Input for RawReader {
    fn left(&self) -> Option<u64> {
        None
    }
}
