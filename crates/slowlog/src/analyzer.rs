//! The door: settings, and a run.

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;

use slowlog_digest::{Digest, SampleRate, SampleText};
use slowlog_event::{Dialect, Timestamp};
use slowlog_normalize::{BurstSettings, NPlusOneDetector};
use slowlog_parse::Prefix;

use crate::analysis::Analysis;
use crate::error::Error;
use crate::feed::Feed;
use crate::observers::Observers;
use crate::overlap::Overlaps;
use crate::pipeline::{self, Listeners};
use crate::sniff::{Given, Known, sniff};
use crate::source::Source;

/// As much as the second-level cache of a common core holds: less means more looking up of
/// fingerprints, more means more waiting for memory.
const BLOCK_BYTES: usize = 256 * 1024;

/// Settings of an analysis.
#[derive(Debug, Clone)]
pub struct Analyzer {
    threads: usize,
    block_bytes: usize,
    given: Given,
    samples: SampleText,
    sample_rate: Option<SampleRate>,
    bursts: BurstSettings,
    progress: Progress,
}

/// Is told how many bytes were read so far.
#[derive(Clone)]
pub(crate) struct Progress(pub(crate) Arc<dyn Fn(u64) + Send + Sync>);

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}

impl Default for Analyzer {
    fn default() -> Self {
        Self::new()
    }
}

impl Analyzer {
    /// Finds everything out by itself, on all cores.
    pub fn new() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, NonZero::get),
            block_bytes: BLOCK_BYTES,
            given: Given::default(),
            samples: SampleText::default(),
            sample_rate: None,
            bursts: BurstSettings::default(),
            progress: Progress(Arc::new(|_| {})),
        }
    }

    /// Number of threads, at least one. The result does not depend on it.
    pub fn threads(&mut self, threads: usize) -> &mut Self {
        self.threads = threads.max(1);
        self
    }

    /// How much is read at a time, in bytes. The result does not depend on it.
    pub fn block_bytes(&mut self, block_bytes: usize) -> &mut Self {
        self.block_bytes = block_bytes.max(1);
        self
    }

    /// The server's `log_line_prefix`. It is found from the first lines by default.
    ///
    /// # Errors
    ///
    /// A prefix that PostgreSQL does not know.
    pub fn line_prefix(&mut self, prefix: &str) -> Result<&mut Self, Error> {
        self.given.prefix = Some(Prefix::parse(prefix)?);
        Ok(self)
    }

    /// Reads only logs of servers of this kind. All are read by default.
    pub fn engine(&mut self, engine: Dialect) -> &mut Self {
        self.given.engine = Some(engine);
        self
    }

    /// Which share of the statements the server logs, for logs that do not say it themselves: it
    /// scales the estimates.
    pub fn sample_rate(&mut self, rate: SampleRate) -> &mut Self {
        self.sample_rate = Some(rate);
        self
    }

    /// When the logs are read, for those whose stamps have no year and whose file does not say when
    /// it was written.
    pub fn read_at(&mut self, time: Timestamp) -> &mut Self {
        self.given.read_at = Some(time);
        self
    }

    /// The year in which logs begin whose stamps have none. By default it is found from the time
    /// at which a file was written last.
    pub fn first_year(&mut self, year: i64) -> &mut Self {
        self.given.first_year = Some(year);
        self
    }

    /// Which text is kept of the slowest execution of each fingerprint. Literals are redacted by
    /// default.
    pub fn samples(&mut self, samples: SampleText) -> &mut Self {
        self.samples = samples;
        self
    }

    /// What counts as a burst of queries, and whether every one is kept.
    pub fn bursts(&mut self, bursts: BurstSettings) -> &mut Self {
        self.bursts = bursts;
        self
    }

    /// Called again and again while reading, with the number of bytes read so far, from the thread
    /// that reads. It should be quick.
    pub fn on_progress(&mut self, tell: impl Fn(u64) + Send + Sync + 'static) -> &mut Self {
        self.progress = Progress(Arc::new(tell));
        self
    }

    /// Reads all sources. One that cannot be read or is no log is a problem of that input, not an
    /// error.
    ///
    /// # Errors
    ///
    /// Threads that could not be started.
    pub fn analyze(&self, sources: Vec<Source>) -> Result<Analysis, Error> {
        let (summaries, mut known) = sniff(sources, &self.given);
        let (count, progress) = (summaries.len(), self.progress.clone());
        let overlaps = Overlaps::new(known.take_marks(count));
        let Known { inputs, formats } = known;
        let outlines = inputs
            .iter()
            .filter_map(|input| Some((input.input, Arc::clone(&input.wrapped.as_ref()?.outline))));
        let outlines = outlines.collect();
        let feed = Feed::new(inputs, &formats, count, self.block_bytes, progress);
        let observers = Observers {
            digest: Digest::new(self.samples, self.sample_rate),
            bursts: NPlusOneDetector::new(self.bursts),
        };
        let listeners = Listeners { observers, overlaps, outlines };
        let outcome = pipeline::run(feed, &formats, summaries, listeners, self.threads)?;
        Ok(Analysis {
            digest: outcome.digest,
            n_plus_one: outcome.n_plus_one,
            inputs: outcome.inputs,
            completeness: outcome.completeness,
        })
    }
}
