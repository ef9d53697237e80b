//! Parse in parallel, replay in order.
//!
//! Every thread does the same: take the next block from the feed, read it, put the batch into the
//! queue, and replay what is next in order if nobody else does. So one thread needs no hand-over,
//! two are both busy to the end, and whatever has a memory of the past sees one ordered sequence.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

use slowlog_digest::InputSummary;
use slowlog_parse::{Format, Literals, Zone};

use crate::batch::Batch;
use crate::error::Error;
use crate::feed::Feed;
use crate::outbox::Outbox;
use crate::replay::{Listeners, Outcome, Replay};
use crate::shapes::Shapes;
use crate::worker::{TextHasher, Worker};

/// How entries are read and written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner<'a> {
    pub(crate) zone: Option<&'a Zone>,
    /// Set if they are to be written again.
    pub(crate) literals: Option<Literals>,
}

/// Reads everything that `feed` has.
pub(crate) fn run<'a>(
    feed: Feed<'_>,
    formats: &'a [Format],
    inputs: Vec<InputSummary>,
    listeners: Listeners<'a>,
    manner: Manner<'_>,
    threads: usize,
) -> Result<Outcome, Error> {
    let shapes = Shapes::default();
    let hasher = TextHasher::default();
    let filter = listeners.gate.filter;
    let Manner { zone, literals } = manner;
    let worker = |number| Worker::new(number, formats, hasher.clone(), filter, zone, literals);
    let sources = (threads + 1) * formats.len();
    let shared = Shared {
        feed: Mutex::new(feed),
        queue: Mutex::new(Queue { window: 2 * threads as u64 + 2, ..Queue::default() }),
        moved: Condvar::new(),
        replay: Mutex::new(Replay::new(sources, inputs, listeners, worker(threads), &shapes)),
        shapes: &shapes,
    };
    if threads == 1 {
        shared.work(worker(0));
    } else {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads - 1)
            .thread_name(|number| format!("slowlog-{number}"))
            .build()
            .map_err(|error| Error::Threads(error.to_string()))?;
        // This thread works as well: what it has freed then serves what comes after the reading.
        pool.in_place_scope(|scope| {
            for number in 1..threads {
                let (shared, worker) = (&shared, &worker);
                scope.spawn(move |_| shared.work(worker(number)));
            }
            shared.work(worker(0));
        });
    }
    let feed = shared.feed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let replay = shared.replay.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut outcome = replay.finish(feed);
    shapes.work();
    for (fingerprint, shape) in shapes.take() {
        outcome.digest.fingerprints.set_shape(fingerprint, shape);
    }
    Ok(outcome)
}

struct Shared<'s> {
    feed: Mutex<Feed<'s>>,
    queue: Mutex<Queue>,
    /// The queue has moved on.
    moved: Condvar,
    replay: Mutex<Replay<'s>>,
    shapes: &'s Shapes,
}

/// Batches between reading and replay.
#[derive(Default)]
struct Queue {
    ready: BTreeMap<u64, Batch>,
    /// Number of the next batch to replay.
    next: u64,
    /// Blocks may be read ahead of the replay by so many.
    window: u64,
    /// Blocks handed out.
    taken: u64,
    /// Batches whose buffers can be used again.
    spare: Vec<Batch>,
    /// A thread has panicked: the others must not wait for its batch.
    broken: bool,
}

impl Shared<'_> {
    fn work(&self, mut worker: Worker<'_>) {
        let _guard = BreakOnPanic(self);
        loop {
            self.shapes.work();
            let Some(mut batch) = self.permit() else { return };
            let block = lock(&self.feed).next_block(std::mem::take(&mut batch.block));
            let Some(block) = block else { return };
            let batch = worker.read(block, batch);
            lock(&self.queue).ready.insert(batch.block.number, batch);
            self.replay();
        }
    }

    /// Waits until a block may be read; its buffers. `None` if the work is broken off.
    fn permit(&self) -> Option<Batch> {
        let mut queue = lock(&self.queue);
        while queue.taken >= queue.next + queue.window && !queue.broken {
            queue = self.moved.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.taken += 1;
        (!queue.broken).then(|| queue.spare.pop().unwrap_or_default())
    }

    /// Replays what is next in order, unless another thread is at it.
    fn replay(&self) {
        loop {
            let mut replay = match self.replay.try_lock() {
                Ok(replay) => replay,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return,
            };
            while let Some(batch) = self.next_batch() {
                let batch = replay.batch(batch);
                let mut queue = lock(&self.queue);
                // Nobody reads what is written: there is no use in reading on.
                queue.broken |= replay.gate.outbox.as_ref().is_some_and(Outbox::is_broken);
                queue.next += 1;
                queue.spare.push(batch);
                self.moved.notify_all();
            }
            drop(replay);
            // A batch that came between the last look and the unlocking has found us at work.
            let queue = lock(&self.queue);
            if !queue.ready.contains_key(&queue.next) {
                return;
            }
        }
    }

    fn next_batch(&self) -> Option<Batch> {
        let mut queue = lock(&self.queue);
        let next = queue.next;
        queue.ready.remove(&next)
    }
}

/// Wakes those who would wait for ever for a thread that has panicked.
struct BreakOnPanic<'a, 's>(&'a Shared<'s>);

impl Drop for BreakOnPanic<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(&self.0.queue).broken = true;
            self.0.moved.notify_all();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
