//! PostgreSQL's stderr log: a prefix, a duration, the statement, and its parameters below it.

use super::clock::Clock;
use super::form::{Form, Names, Page, Session};
use super::literals::literals;
use super::random::Random;
use super::rendered::{Rendered, push_number};
use super::shape::Shape;
use super::{Share, Truth};
use crate::engine::Engine;

const LINE_PREFIX: &str = "%m [%p] %q[user=%u,db=%d,app=%a] ";
const USERS: [&str; 4] = ["app", "web", "etl", "ops"];
const DATABASES: [&str; 3] = ["shop", "crm", "bi"];
const APPLICATIONS: [&str; 6] = ["web", "api", "jobs", "psql", "mail", "day end"];

#[derive(Default)]
pub(super) struct Stderr {
    errors: u64,
    killed: u64,
    parse_bind_steps: u64,
    parse_bind_us: u64,
}

impl Form for Stderr {
    fn page(&self, random: Random) -> Page {
        Page::new(random, Clock::new(' '), Rendered::new(literals(Engine::Postgres)))
    }

    fn names(&self) -> Names {
        Names { users: &USERS, databases: &DATABASES, applications: &APPLICATIONS }
    }

    fn connect(&mut self, number: usize, random: &mut Random) -> Session {
        let (user, database, application) = (
            random.below(USERS.len() as u64) as usize,
            random.below(DATABASES.len() as u64) as usize,
            random.below(APPLICATIONS.len() as u64) as usize,
        );
        let prefix = format!(
            " UTC [{}] [user={},db={},app={}] ",
            1_011 + number * 37,
            USERS[user],
            DATABASES[database],
            APPLICATIONS[application]
        );
        Session { user, database, application, prefix: prefix.into_bytes(), executed: false }
    }

    /// The prefix has milliseconds and no more.
    fn step(&self, random: &mut Random) -> u64 {
        random.below(40) * 1000
    }

    fn execution(&mut self, page: &mut Page, session: &mut Session, shape: &Shape, us: u64) {
        if shape.prepared && page.random.below(100) == 0 {
            let step = 20 + page.random.below(2000);
            timed(page, session, step, b"  bind S_1: ");
            self.parse_bind_steps += 1;
            self.parse_bind_us += step;
        }
        let kind: &[u8] = if shape.prepared { b"  execute S_1: " } else { b"  statement: " };
        timed(page, session, us, kind);
        session.executed = true;
    }

    /// A statement that ends in an error, and so has no duration.
    fn incident(&mut self, page: &mut Page, session: &mut Session, shape: &Shape) -> Option<u64> {
        if page.random.below(4) == 0 {
            head(page, session, b"ERROR:  canceling statement due to statement timeout\n");
            self.killed += 1;
        } else {
            head(page, session, b"ERROR:  duplicate key value violates unique constraint \"");
            page.entry.extend_from_slice(shape.table.as_bytes());
            page.entry.extend_from_slice(b"_pkey\"\n");
            head(page, session, b"DETAIL:  Key (id)=(");
            push_number(&mut page.entry, page.random.below(100_000));
            page.entry.extend_from_slice(b") already exists.\n");
        }
        head(page, session, b"STATEMENT:  ");
        page.entry.extend_from_slice(&page.rendered.text);
        page.entry.push(b'\n');
        self.errors += 1;
        None
    }

    fn finish(self, truth: &mut Truth, applications: Vec<Share>) {
        truth.line_prefix = Some(LINE_PREFIX.to_owned());
        truth.applications = applications;
        truth.totals.errors = Some(self.errors);
        truth.totals.fatal_errors = Some(0);
        truth.totals.killed = Some(self.killed);
        truth.totals.parse_bind_steps = Some(self.parse_bind_steps);
        truth.totals.parse_bind_us = Some(self.parse_bind_us);
        truth.totals.fetch_us = Some(0);
        truth.totals.statements_without_time = Some(0);
        truth.totals.unpaired_durations = Some(0);
        truth.totals.plans = Some(0);
        truth.totals.temp_files = Some(0);
    }
}

/// A duration entry of the rendered statement, and its DETAIL.
fn timed(page: &mut Page, session: &Session, us: u64, kind: &[u8]) {
    head(page, session, b"LOG:  duration: ");
    push_number(&mut page.entry, us / 1000);
    let rest = us % 1000;
    page.entry.push(b'.');
    page.entry.extend([rest / 100, rest / 10 % 10, rest % 10].map(|digit| b'0' + digit as u8));
    page.entry.extend_from_slice(b" ms");
    page.entry.extend_from_slice(kind);
    page.entry.extend_from_slice(&page.rendered.text);
    page.entry.push(b'\n');
    if !page.rendered.parameters.is_empty() {
        head(page, session, b"DETAIL:  parameters: ");
        page.entry.extend_from_slice(&page.rendered.parameters);
        page.entry.push(b'\n');
    }
    page.duration_events += 1;
}

fn head(page: &mut Page, session: &Session, words: &[u8]) {
    page.clock.write(&mut page.entry, 3);
    page.entry.extend_from_slice(&session.prefix);
    page.entry.extend_from_slice(words);
    page.entries += 1;
}
