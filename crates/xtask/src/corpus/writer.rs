//! Writes the entries of a log, and keeps account of them.

use std::io::Write;

use anyhow::{Context, Result, bail};

use super::clock::Clock;
use super::random::{Random, Zipf};
use super::rendered::{Rendered, push_number};
use super::shape::{self, Shape};
use super::statistics::Statistics;
use super::{BYTES_PER_EVENT, LINE_PREFIX, ShapeTruth, Share, Truth};
use crate::truth::Totals;

pub(super) const SESSIONS: usize = 200;
const ZIPF_EXPONENT: f64 = 0.9;
/// One statement of this size in every `LARGE_EVERY` bytes of log.
pub(super) const LARGE_BYTES: usize = 1_000_000;
const LARGE_EVERY: u64 = 100_000_000;
const USERS: [&str; 4] = ["app", "web", "etl", "ops"];
const DATABASES: [&str; 3] = ["shop", "crm", "bi"];
const APPLICATIONS: [&str; 6] = ["web", "api", "jobs", "psql", "mail", "day end"];

/// A connection: its part of the prefix, and what it has done.
struct Session {
    user: usize,
    database: usize,
    application: usize,
    /// ` [pid] [user=…,db=…,app=…] `, behind the time stamp.
    prefix: Vec<u8>,
    executed: bool,
}

pub(super) struct Writer<W> {
    out: W,
    random: Random,
    zipf: Zipf,
    shapes: Vec<Shape>,
    sessions: Vec<Session>,
    clock: Clock,
    /// The entry being put together; written, and counted, when it is whole.
    entry: Vec<u8>,
    rendered: Rendered,
    users: Vec<(u64, u64)>,
    databases: Vec<(u64, u64)>,
    applications: Vec<(u64, u64)>,
    per_shape: Vec<(u64, u64)>,
    examples: Vec<String>,
    truth: Truth,
    statistics: Statistics,
    executions: u64,
    duration_us: u64,
    errors: u64,
    killed: u64,
    parse_bind_steps: u64,
    parse_bind_us: u64,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W, shapes: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let sessions = (0..SESSIONS)
            .map(|number| {
                let (user, database, application) = (
                    random.below(USERS.len() as u64) as usize,
                    random.below(DATABASES.len() as u64) as usize,
                    random.below(APPLICATIONS.len() as u64) as usize,
                );
                let prefix = format!(
                    " [{}] [user={},db={},app={}] ",
                    1_011 + number * 37,
                    USERS[user],
                    DATABASES[database],
                    APPLICATIONS[application]
                );
                Session {
                    user,
                    database,
                    application,
                    prefix: prefix.into_bytes(),
                    executed: false,
                }
            })
            .collect();
        Self {
            out,
            random,
            zipf: Zipf::new(shapes, ZIPF_EXPONENT),
            shapes: (0..shapes).map(|number| shape::shape(number, shapes)).collect(),
            sessions,
            clock: Clock::new(),
            entry: Vec::new(),
            rendered: Rendered::default(),
            users: vec![(0, 0); USERS.len()],
            databases: vec![(0, 0); DATABASES.len()],
            applications: vec![(0, 0); APPLICATIONS.len()],
            per_shape: vec![(0, 0); shapes],
            examples: vec![String::new(); shapes],
            truth: Truth { line_prefix: LINE_PREFIX.to_owned(), ..Truth::default() },
            statistics: Statistics::default(),
            executions: 0,
            duration_us: 0,
            errors: 0,
            killed: 0,
            parse_bind_steps: 0,
            parse_bind_us: 0,
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
        while self.truth.bytes < size || placed < shapes {
            if let Some(large) = large
                && self.truth.bytes >= next_large
            {
                next_large += LARGE_EVERY;
                self.statement(large, LARGE_BYTES)?;
            }
            let number = if event.is_multiple_of(stride) && placed < shapes {
                placed += 1;
                placed - 1
            } else {
                self.zipf.draw(&mut self.random)
            };
            event += 1;
            // Every shape is executed at least once: only one that has been may fail.
            if event.is_multiple_of(331) && self.per_shape[number].0 > 0 {
                self.failure(number)?;
            } else {
                self.statement(number, 0)?;
            }
        }
        if self.truth.bytes > size + LARGE_EVERY {
            bail!("--size: too small for {shapes} shapes");
        }
        Ok(())
    }

    /// One execution, with its parameters where the shape is prepared.
    fn statement(&mut self, number: usize, least_bytes: usize) -> Result<()> {
        let session = self.next_session();
        let shape = &self.shapes[number];
        self.rendered.fill(shape, least_bytes, &mut self.random);
        let prepared = shape.prepared;
        self.statistics.statement(shape, self.rendered.text.len());
        let us = duration(number, &mut self.random);
        if prepared && self.random.below(100) == 0 {
            let step = 20 + self.random.below(2000);
            self.timed(session, step, b"  bind S_1: ")?;
            self.parse_bind_steps += 1;
            self.parse_bind_us += step;
        }
        self.timed(session, us, if prepared { b"  execute S_1: " } else { b"  statement: " })?;
        self.executions += 1;
        self.duration_us += us;
        let who = &mut self.sessions[session];
        who.executed = true;
        for (executions, sum) in [
            &mut self.users[who.user],
            &mut self.databases[who.database],
            &mut self.applications[who.application],
            &mut self.per_shape[number],
        ] {
            *executions += 1;
            *sum += us;
        }
        if self.examples[number].is_empty() && least_bytes == 0 {
            self.examples[number] = String::from_utf8_lossy(&self.rendered.text).into_owned();
        }
        Ok(())
    }

    /// A duration entry of the rendered statement, and its DETAIL.
    fn timed(&mut self, session: usize, us: u64, kind: &[u8]) -> Result<()> {
        self.head(session, b"LOG:  duration: ");
        push_number(&mut self.entry, us / 1000);
        let rest = us % 1000;
        self.entry.push(b'.');
        self.entry.extend([rest / 100, rest / 10 % 10, rest % 10].map(|digit| b'0' + digit as u8));
        self.entry.extend_from_slice(b" ms");
        self.entry.extend_from_slice(kind);
        self.entry.extend_from_slice(&self.rendered.text);
        self.entry.push(b'\n');
        if !self.rendered.parameters.is_empty() {
            self.head(session, b"DETAIL:  parameters: ");
            self.entry.extend_from_slice(&self.rendered.parameters);
            self.entry.push(b'\n');
        }
        self.truth.duration_events += 1;
        self.end_entry()
    }

    /// A statement that ends in an error, and so has no duration.
    fn failure(&mut self, number: usize) -> Result<()> {
        let session = self.next_session();
        self.rendered.fill(&self.shapes[number], 0, &mut self.random);
        if self.random.below(4) == 0 {
            self.head(session, b"ERROR:  canceling statement due to statement timeout\n");
            self.killed += 1;
        } else {
            self.head(session, b"ERROR:  duplicate key value violates unique constraint \"");
            self.entry.extend_from_slice(self.shapes[number].table.as_bytes());
            self.entry.extend_from_slice(b"_pkey\"\n");
            self.head(session, b"DETAIL:  Key (id)=(");
            push_number(&mut self.entry, self.random.below(100_000));
            self.entry.extend_from_slice(b") already exists.\n");
        }
        self.head(session, b"STATEMENT:  ");
        self.entry.extend_from_slice(&self.rendered.text);
        self.entry.push(b'\n');
        self.errors += 1;
        self.end_entry()
    }

    fn next_session(&mut self) -> usize {
        self.clock.advance(self.random.below(40));
        self.random.below(SESSIONS as u64) as usize
    }

    fn head(&mut self, session: usize, words: &[u8]) {
        self.clock.write(&mut self.entry);
        self.entry.extend_from_slice(&self.sessions[session].prefix);
        self.entry.extend_from_slice(words);
        self.truth.entries += 1;
    }

    fn end_entry(&mut self) -> Result<()> {
        self.out.write_all(&self.entry).context("the log: not written")?;
        self.truth.bytes += self.entry.len() as u64;
        self.truth.lines += memchr::memchr_iter(b'\n', &self.entry).count() as u64;
        self.entry.clear();
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(Truth, Statistics)> {
        self.out.flush().context("the log: not written")?;
        self.truth.totals = Totals {
            executions: Some(self.executions),
            duration_us: Some(self.duration_us),
            fingerprints: Some(
                self.per_shape.iter().filter(|(executions, _)| *executions > 0).count() as u64,
            ),
            sessions: Some(self.sessions.iter().filter(|session| session.executed).count() as u64),
            errors: Some(self.errors),
            fatal_errors: Some(0),
            killed: Some(self.killed),
            parse_bind_steps: Some(self.parse_bind_steps),
            parse_bind_us: Some(self.parse_bind_us),
            fetch_us: Some(0),
            statements_without_time: Some(0),
            unpaired_durations: Some(0),
            plans: Some(0),
            temp_files: Some(0),
            ..Totals::default()
        };
        self.truth.users = shares(&USERS, &self.users);
        self.truth.databases = shares(&DATABASES, &self.databases);
        self.truth.applications = shares(&APPLICATIONS, &self.applications);
        self.truth.shapes = self
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
            .collect();
        Ok((self.truth, self.statistics))
    }
}

/// From some microseconds to seconds, with a level of its own for each shape and a long tail.
fn duration(number: usize, random: &mut Random) -> u64 {
    let level = 40 << (number as u32).wrapping_mul(0x9E37_79B9).wrapping_shr(29);
    let us = level + random.below(level * 2);
    // Each halving of the chance quadruples the time: 1 of 64 takes 64 times as long.
    us << (random.next().trailing_zeros().min(6) / 2 * 2)
}

fn shares(names: &[&str], sums: &[(u64, u64)]) -> Vec<Share> {
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
mod tests {
    use super::*;

    fn written(shapes: usize, size: u64, seed: u64) -> (Vec<u8>, Truth) {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, shapes, seed);
        writer.write_all(size).unwrap();
        let (truth, _) = writer.finish().unwrap();
        (out, truth)
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
        let (first, _) = written(20, 100_000, 1);
        assert!(first == written(20, 100_000, 1).0);
        assert!(first != written(20, 100_000, 2).0);
    }

    #[test]
    fn the_truth_is_what_was_written() {
        let (log, truth) = written(500, 1_000_000, 1);
        let text = String::from_utf8(log).unwrap();
        let count = |words: &str| Some(text.matches(words).count() as u64);
        assert_eq!(truth.bytes, text.len() as u64);
        assert_eq!(truth.lines, text.lines().count() as u64);
        assert_eq!(
            truth.entries,
            text.lines().filter(|line| line.starts_with("2026-")).count() as u64
        );
        assert_eq!(Some(truth.duration_events), count("LOG:  duration: "));
        assert_eq!(
            truth.totals.executions.map(|executions| executions + count(" bind S_1: ").unwrap()),
            count("LOG:  duration: ")
        );
        assert_eq!(truth.totals.errors, count("ERROR:  "));
        assert_eq!(truth.totals.killed, count("ERROR:  canceling"));
        assert_eq!(truth.totals.fingerprints, Some(500));
        let sum = |shares: &[Share]| Some(shares.iter().map(|share| share.executions).sum::<u64>());
        assert_eq!(sum(&truth.users), truth.totals.executions);
        assert_eq!(sum(&truth.applications), truth.totals.executions);
    }
}
