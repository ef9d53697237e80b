//! Writes the entries of a log, and keeps account of them.

use std::io::Write;

use anyhow::{Context, Result, bail};

use super::form::{Form, Page, Session, Sum};
use super::random::{Random, Zipf};
use super::shape::Shape;
use super::statistics::Statistics;
use super::{BYTES_PER_EVENT, ShapeTruth, Share, Truth};
use crate::truth::Totals;

pub(super) const SESSIONS: usize = 200;
const ZIPF_EXPONENT: f64 = 0.9;
/// One statement of this size in every `LARGE_EVERY` bytes of log.
pub(super) const LARGE_BYTES: usize = 1_000_000;
const LARGE_EVERY: u64 = 100_000_000;

pub(super) struct Writer<W, F> {
    out: W,
    form: F,
    page: Page,
    zipf: Zipf,
    shapes: Vec<Shape>,
    sessions: Vec<Session>,
    users: Vec<Sum>,
    databases: Vec<Sum>,
    applications: Vec<Sum>,
    per_shape: Vec<Sum>,
    examples: Vec<String>,
    lines: u64,
    executions: u64,
    duration_us: u64,
    statistics: Statistics,
}

impl<W: Write, F: Form> Writer<W, F> {
    pub(super) fn new(out: W, mut form: F, shapes: Vec<Shape>, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let sessions = (0..SESSIONS).map(|number| form.connect(number, &mut random)).collect();
        let names = form.names();
        Self {
            out,
            page: form.page(random),
            form,
            zipf: Zipf::new(shapes.len(), ZIPF_EXPONENT),
            sessions,
            users: vec![(0, 0); names.users.len()],
            databases: vec![(0, 0); names.databases.len()],
            applications: vec![(0, 0); names.applications.len()],
            per_shape: vec![(0, 0); shapes.len()],
            examples: vec![String::new(); shapes.len()],
            shapes,
            lines: 0,
            executions: 0,
            duration_us: 0,
            statistics: Statistics::default(),
        }
    }

    /// Goes on until the log has `size` bytes and every shape has occurred.
    pub(super) fn write_all(&mut self, size: u64) -> Result<()> {
        let shapes = self.shapes.len();
        // Placed at even distances, in the first four fifths: the estimate need not be exact.
        let stride = (size / BYTES_PER_EVENT * 4 / 5 / shapes as u64).max(1);
        let large = (0..shapes)
            .find(|number| self.shapes[*number].has_rows && !self.shapes[*number].prepared);
        let mut placed = 0;
        let mut event = 0_u64;
        let mut next_large = LARGE_EVERY / 2;
        while self.page.bytes < size || placed < shapes {
            if let Some(large) = large
                && self.page.bytes >= next_large
            {
                next_large += LARGE_EVERY;
                self.statement(large, LARGE_BYTES)?;
            }
            let number = if event.is_multiple_of(stride) && placed < shapes {
                placed += 1;
                placed - 1
            } else {
                self.zipf.draw(&mut self.page.random)
            };
            event += 1;
            // Every shape is executed at least once: only one that has been may fail.
            if event.is_multiple_of(331) && self.per_shape[number].0 > 0 {
                self.incident(number)?;
            } else {
                self.statement(number, 0)?;
            }
        }
        if self.page.bytes > size + LARGE_EVERY {
            bail!("--size: too small for {shapes} shapes");
        }
        Ok(())
    }

    fn statement(&mut self, number: usize, least_bytes: usize) -> Result<()> {
        let session = self.next_session();
        let shape = &self.shapes[number];
        let page = &mut self.page;
        page.rendered.fill(shape, least_bytes, &mut page.random);
        self.statistics.statement(shape, page.rendered.text.len());
        if self.examples[number].is_empty() && least_bytes == 0 {
            self.examples[number] = String::from_utf8_lossy(&page.rendered.text).into_owned();
        }
        let us = duration(number, &mut page.random);
        self.form.execution(page, &mut self.sessions[session], shape, us);
        add(&mut self.per_shape[number], us);
        self.executed(Who::of(&self.sessions[session]), us);
        self.end_entry()
    }

    fn incident(&mut self, number: usize) -> Result<()> {
        let session = self.next_session();
        let shape = &self.shapes[number];
        let page = &mut self.page;
        page.rendered.fill(shape, 0, &mut page.random);
        // Another session may have this one's place afterwards.
        let who = Who::of(&self.sessions[session]);
        if let Some(us) = self.form.incident(page, &mut self.sessions[session], shape) {
            self.executed(who, us);
        }
        self.end_entry()
    }

    fn executed(&mut self, who: Who, us: u64) {
        self.executions += 1;
        self.duration_us += us;
        add(&mut self.users[who.user], us);
        add(&mut self.databases[who.database], us);
        add(&mut self.applications[who.application], us);
    }

    fn next_session(&mut self) -> usize {
        self.page.clock.advance(self.form.step(&mut self.page.random));
        self.page.random.below(SESSIONS as u64) as usize
    }

    fn end_entry(&mut self) -> Result<()> {
        let entry = &mut self.page.entry;
        self.out.write_all(entry).context("the log: not written")?;
        self.page.bytes += entry.len() as u64;
        self.lines += memchr::memchr_iter(b'\n', entry).count() as u64;
        entry.clear();
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(Truth, Statistics)> {
        self.out.flush().context("the log: not written")?;
        let names = self.form.names();
        let mut truth = Truth {
            bytes: self.page.bytes,
            lines: self.lines,
            entries: self.page.entries,
            duration_events: self.page.duration_events,
            totals: Totals {
                executions: Some(self.executions),
                duration_us: Some(self.duration_us),
                fingerprints: Some(
                    self.per_shape.iter().filter(|(executions, _)| *executions > 0).count() as u64,
                ),
                sessions: Some(
                    self.sessions.iter().filter(|session| session.executed).count() as u64
                ),
                ..Totals::default()
            },
            users: shares(names.users, &self.users),
            databases: shares(names.databases, &self.databases),
            shapes: self
                .per_shape
                .iter()
                .zip(self.examples)
                .enumerate()
                .map(|(shape, (&(executions, duration_us), example))| ShapeTruth {
                    shape,
                    executions,
                    duration_us,
                    example,
                })
                .collect(),
            ..Truth::default()
        };
        self.form.finish(&mut truth, shares(names.applications, &self.applications));
        Ok((truth, self.statistics))
    }
}

/// Whose execution it was.
#[derive(Clone, Copy)]
struct Who {
    user: usize,
    database: usize,
    application: usize,
}

impl Who {
    fn of(session: &Session) -> Self {
        Self { user: session.user, database: session.database, application: session.application }
    }
}

fn add((executions, sum): &mut Sum, us: u64) {
    *executions += 1;
    *sum += us;
}

/// From some microseconds to seconds, with a level of its own for each shape and a long tail.
fn duration(number: usize, random: &mut Random) -> u64 {
    let level = 40 << (number as u32).wrapping_mul(0x9E37_79B9).wrapping_shr(29);
    let us = level + random.below(level * 2);
    // Each halving of the chance quadruples the time: 1 of 64 takes 64 times as long.
    us << (random.next().trailing_zeros().min(6) / 2 * 2)
}

fn shares(names: &[&str], sums: &[Sum]) -> Vec<Share> {
    names
        .iter()
        .zip(sums)
        .filter(|(_, (executions, _))| *executions > 0)
        .map(|(name, &(executions, duration_us))| Share {
            name: (*name).to_owned(),
            executions,
            duration_us,
        })
        .collect()
}

#[cfg(test)]
mod tests;
