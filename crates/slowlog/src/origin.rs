//! Where the text of an input comes from when its turn has come.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Take};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::UNIX_EPOCH;

use slowlog_event::Timestamp;

use crate::carrier::{self, Archive, Gauge, Opened, open_member};

/// Where a text comes from.
pub(crate) enum Origin {
    /// It can be opened again.
    Place(Place),
    /// It can be read only once; the gauge has counted what it was looked at.
    Once { reader: Box<dyn Read + Send>, gauge: Arc<Gauge> },
}

/// Where a text can be opened. Files are read up to the size that they had at first.
#[derive(Clone)]
pub(crate) enum Place {
    /// A file that is no more than text.
    Plain(FilePlace),
    /// A file with a text in a carrier.
    Carried(FilePlace),
    Member {
        archive: FilePlace,
        offset: u64,
    },
}

#[derive(Clone)]
pub(crate) struct FilePlace {
    pub(crate) path: Arc<Path>,
    /// Where in the file its text begins, and how long it is.
    from: u64,
    pub(crate) size: u64,
    /// When it was written last.
    pub(crate) modified: Option<Timestamp>,
    pub(crate) gauge: Arc<Gauge>,
    /// Kept open, so that rotation may give its name to another.
    file: Option<Arc<File>>,
}

impl FilePlace {
    pub(crate) fn new(path: &Path, metadata: &Metadata) -> Self {
        let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let micros = since.and_then(|since| i64::try_from(since.as_micros()).ok());
        Self {
            path: path.into(),
            from: 0,
            size: metadata.len(),
            modified: micros.map(Timestamp),
            gauge: Arc::default(),
            file: None,
        }
    }

    /// A part of a file that is no more than text.
    pub(crate) fn part(&self, from: u64, size: u64) -> Self {
        Self { from, size, ..self.clone() }
    }

    /// Keeps the file open.
    pub(crate) fn keep(&mut self, file: File) {
        self.file = Some(Arc::new(file));
    }

    pub(crate) fn open(&self) -> io::Result<Opened> {
        carrier::open_file(&self.path, self.size, &self.gauge)
    }

    /// The file as it is, from `offset` on. A file that is kept open is read by one reader at a
    /// time: they share its position.
    pub(crate) fn open_plain(&self, offset: u64) -> io::Result<Take<Arc<File>>> {
        let mut file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::new(File::open(&self.path)?),
        };
        file.seek(SeekFrom::Start(self.from + offset))?;
        Ok(file.take(self.size.saturating_sub(offset)))
    }

    pub(crate) fn open_archive(&self) -> io::Result<Arc<Mutex<Archive>>> {
        match self.open()? {
            Opened::Archive(archive) => Ok(Arc::new(Mutex::new(*archive))),
            _ => Err(changed()),
        }
    }
}

impl Place {
    /// How far its file was read.
    pub(crate) fn gauge(&self) -> &Arc<Gauge> {
        let (Self::Plain(file) | Self::Carried(file) | Self::Member { archive: file, .. }) = self;
        &file.gauge
    }

    /// When its file was written last.
    pub(crate) fn modified(&self) -> Option<Timestamp> {
        let (Self::Plain(file) | Self::Carried(file) | Self::Member { archive: file, .. }) = self;
        file.modified
    }

    /// Opens the text; `archive` is one that is open already, or will be.
    pub(crate) fn open(
        &self,
        archive: &mut Option<(FilePlace, Arc<Mutex<Archive>>)>,
    ) -> io::Result<Box<dyn Read + Send>> {
        let opened = match self {
            Self::Plain(file) => return Ok(Box::new(file.open_plain(0)?)),
            Self::Carried(file) => file.open()?,
            Self::Member { archive: place, offset } => {
                let open = match archive.take() {
                    Some((last, open)) if Arc::ptr_eq(&last.path, &place.path) => open,
                    _ => place.open_archive()?,
                };
                let (_, open) = archive.insert((place.clone(), open));
                open_member(open, *offset)?
            }
        };
        match opened {
            Opened::Text(text) => Ok(text.reader),
            _ => Err(changed()),
        }
    }
}

fn changed() -> io::Error {
    io::Error::other("it was changed while it was read")
}
