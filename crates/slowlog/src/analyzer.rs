//! The door: settings, and a run.

use std::fmt;
use std::io::Write;
use std::num::NonZero;
use std::sync::Arc;

use slowlog_digest::{Digest, SampleRate, SampleText, Selection};
use slowlog_event::{Dialect, Timestamp};
use slowlog_normalize::{BurstSettings, NPlusOneDetector};
use slowlog_parse::{Format, Literals, Prefix, Zone};

use crate::analysis::Analysis;
use crate::error::Error;
use crate::feed::Feed;
use crate::filter::Filter;
use crate::gate::Gate;
use crate::observers::Observers;
use crate::outbox::Outbox;
use crate::overlap::Overlaps;
use crate::pipeline::{self, Manner};
use crate::replay::Listeners;
use crate::sniff::{Given, Known, sniff};
use crate::source::Source;

/// Reading a block and replaying it each fill the processor's caches with their own: the larger the
/// block, the less often. More than this gains nothing.
const BLOCK_BYTES: usize = 1024 * 1024;

/// Settings of an analysis.
#[derive(Debug, Clone)]
pub struct Analyzer {
    threads: usize,
    block_bytes: usize,
    given: Given,
    samples: SampleText,
    sample_rate: Option<SampleRate>,
    bursts: BurstSettings,
    selection: Selection,
    filter: Option<Arc<Filter>>,
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
            selection: Selection::default(),
            filter: None,
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

    /// What of the logs the analysis is about: everything by default. What was not asked for is
    /// read all the same, since durations, sessions and schemas depend on it, and counted in
    /// [`Digest::excluded`].
    ///
    /// # Errors
    ///
    /// A regular expression that is none, or takes too much memory.
    pub fn select(&mut self, selection: Selection) -> Result<&mut Self, Error> {
        self.filter = Filter::new(&selection)?.map(Arc::new);
        self.selection = selection;
        Ok(self)
    }

    /// The zone of stamps that do not say theirs, or by an abbreviation that several zones have.
    pub fn zone(&mut self, zone: Zone) -> &mut Self {
        self.given.zone = Some(zone);
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
        self.run(sources, None)
    }

    /// Analyses all sources and writes what was [selected](Analyzer::select) of them as a log: the
    /// entries that the analysis rests on, in their order and in the format they came in. An
    /// analysis of that log without a selection has the same counts, times and fingerprints.
    ///
    /// # Errors
    ///
    /// Those of [`Analyzer::analyze`] and of `out`, and logs in several formats.
    pub fn rewrite(
        &self,
        sources: Vec<Source>,
        literals: Literals,
        out: &mut (dyn Write + Send),
    ) -> Result<Analysis, Error> {
        self.run(sources, Some((literals, out)))
    }

    fn run(
        &self,
        sources: Vec<Source>,
        rewriting: Option<(Literals, &mut (dyn Write + Send))>,
    ) -> Result<Analysis, Error> {
        let (summaries, mut known) = sniff(sources, &self.given);
        let (literals, out) = rewriting.unzip();
        if literals.is_some() && known.formats.len() > 1 {
            return Err(Error::SeveralFormats(known.formats.iter().map(Format::name).collect()));
        }
        if let Some(format) = known.formats.iter().find(|format| !format.is_rewritable())
            && literals.is_some()
        {
            return Err(Error::NotRewritable(format.name()));
        }
        let (count, progress) = (summaries.len(), self.progress.clone());
        let overlaps = Overlaps::new(known.take_marks(count));
        let Known { inputs, formats } = known;
        let outlines = inputs
            .iter()
            .filter_map(|input| Some((input.input, Arc::clone(&input.wrapped.as_ref()?.outline))));
        let outlines = outlines.collect();
        // What an envelope says of places is of the file.
        let plain = inputs.iter().filter(|input| input.wrapped.is_none());
        let lines_before = plain.map(|input| (input.input, input.begins.line)).collect();
        let feed = Feed::new(inputs, &formats, count, self.block_bytes, progress);
        let observers = Observers {
            digest: Digest::new(self.samples, self.sample_rate).of(self.selection.clone()),
            bursts: NPlusOneDetector::new(self.bursts),
        };
        let gate = Gate {
            filter: self.filter.as_deref(),
            observers,
            is_shut: false,
            outbox: out.map(Outbox::new),
        };
        let listeners = Listeners { gate, overlaps, outlines, lines_before };
        let manner = Manner { zone: self.given.zone.as_ref(), literals };
        let outcome = pipeline::run(feed, &formats, summaries, listeners, manner, self.threads)?;
        if let Some(error) = outcome.unwritten {
            return Err(Error::Output(error));
        }
        Ok(Analysis {
            digest: outcome.digest,
            n_plus_one: outcome.n_plus_one,
            inputs: outcome.inputs,
            completeness: outcome.completeness,
        })
    }
}
