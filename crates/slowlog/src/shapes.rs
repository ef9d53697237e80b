//! Parsing one statement of each fingerprint, on any thread, whenever there is time.

use std::sync::Mutex;

use slowlog_event::{Dialect, FingerprintIndex};
use slowlog_normalize::{PackedShape, shape};

/// Longer statements are not parsed.
const LONGEST_SAMPLE: usize = 64 * 1024;

/// A statement to parse.
#[derive(Debug)]
struct Job {
    fingerprint: FingerprintIndex,
    dialect: Dialect,
    sample: Box<[u8]>,
    normalized: Box<[u8]>,
}

/// What is to do, and what is done. The results do not depend on who does it when.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    jobs: Mutex<Vec<Job>>,
    done: Mutex<Vec<(FingerprintIndex, PackedShape)>>,
}

impl Shapes {
    /// Asks for the shape of a new fingerprint by its first statement.
    pub(crate) fn ask(
        &self,
        fingerprint: FingerprintIndex,
        dialect: Dialect,
        sample: &[u8],
        normalized: &[u8],
    ) {
        let sample = if sample.len() > LONGEST_SAMPLE { &[][..] } else { sample };
        let normalized = if normalized.len() > LONGEST_SAMPLE { &[][..] } else { normalized };
        let job =
            Job { fingerprint, dialect, sample: sample.into(), normalized: normalized.into() };
        lock(&self.jobs).push(job);
    }

    /// Does what there is to do.
    pub(crate) fn work(&self) {
        loop {
            let jobs: Vec<Job> = {
                let mut jobs = lock(&self.jobs);
                let some = jobs.len().saturating_sub(32);
                jobs.split_off(some)
            };
            if jobs.is_empty() {
                return;
            }
            let packed = |job: &Job| {
                let shape = shape(&job.sample, &job.normalized, job.dialect);
                (job.fingerprint, PackedShape::new(&shape))
            };
            let shapes: Vec<_> = jobs.iter().map(packed).collect();
            lock(&self.done).extend(shapes);
        }
    }

    /// The shapes that are done by now, each once.
    pub(crate) fn take(&self) -> Vec<(FingerprintIndex, PackedShape)> {
        std::mem::take(&mut *lock(&self.done))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
