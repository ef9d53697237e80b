//! The slow log of MySQL 8.0, with `long_query_time = 0`.
//!
//! Heads as `File_query_log::write_slow` of sql/log.cc writes them.

use super::clock::Clock;
use super::form::{Form, Names, Page, Session, Sum};
use super::literals::literals;
use super::random::Random;
use super::rendered::{Rendered, push_number};
use super::shape::Shape;
use super::writer::SESSIONS;
use super::{ShapeTruth, Share, Truth};
use crate::engine::Engine;

const USERS: [&str; 4] = ["app", "web", "etl", "ops"];
const DATABASES: [&str; 3] = ["shop", "crm", "bi"];
const HOSTS: [&str; 6] = ["web1", "web2", "web3", "jobs1", "jobs2", "admin"];
/// Most connections use one schema: `use` stands in every fifth entry or so.
const OFTEN_USED: u64 = 18;

/// Written whenever the server opens its log, as after FLUSH SLOW LOGS.
const BANNER: &[u8] =
    b"/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:\n\
    Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock\n\
    Time                 Id Command    Argument\n";
const BANNER_EVERY: u64 = 60_000_000;

/// Commands of the protocol that are no statements; each is a fingerprint of its own.
const COMMANDS: [&str; 4] = ["Ping", "Prepare", "Close stmt", "Quit"];
const QUIT: usize = 3;

#[derive(Default)]
pub(super) struct Slow {
    /// The schema that the log has named last: `use` is written when another one is used.
    database: Option<usize>,
    next_banner: u64,
    /// Sessions that have ended with Quit.
    ended: u64,
    commands: [Sum; COMMANDS.len()],
    rows_sent: u64,
    rows_examined: u64,
    lock_us: u64,
}

impl Form for Slow {
    fn page(&self, random: Random) -> Page {
        Page::new(random, Clock::new('T'), Rendered::new(literals(Engine::Mysql)))
    }

    fn names(&self) -> Names {
        Names { users: &USERS, databases: &DATABASES, applications: &HOSTS }
    }

    fn connect(&mut self, number: usize, random: &mut Random) -> Session {
        let user = random.below(USERS.len() as u64) as usize;
        let database = random.below(OFTEN_USED + 2).saturating_sub(OFTEN_USED - 1) as usize;
        let host = random.below(HOSTS.len() as u64) as usize;
        let (name, address) = (USERS[user], 5 + host);
        let prefix = format!(
            "# User@Host: {name}[{name}] @ {} [10.0.0.{address}]  Id: {:5}\n",
            HOSTS[host],
            8 + number
        );
        Session { user, database, application: host, prefix: prefix.into_bytes(), executed: false }
    }

    fn step(&self, random: &mut Random) -> u64 {
        random.below(40_000)
    }

    fn execution(&mut self, page: &mut Page, session: &mut Session, shape: &Shape, us: u64) {
        let sent = if shape.reads { page.random.below(50) } else { 0 };
        // What takes long has looked at much.
        let examined = sent + page.random.below(us / 2 + 2);
        self.head(page, session, us, sent, examined);
        page.entry.extend_from_slice(&page.rendered.text);
        page.entry.extend_from_slice(b";\n");
    }

    /// A command that is no statement. Whoever quits is followed by a new connection.
    fn incident(&mut self, page: &mut Page, session: &mut Session, _: &Shape) -> Option<u64> {
        let command = page.random.below(COMMANDS.len() as u64) as usize;
        let us = 1 + page.random.below(60);
        self.head(page, session, us, 0, 0);
        page.entry.extend_from_slice(b"# administrator command: ");
        page.entry.extend_from_slice(COMMANDS[command].as_bytes());
        page.entry.extend_from_slice(b";\n");
        let (executions, sum) = &mut self.commands[command];
        *executions += 1;
        *sum += us;
        if command == QUIT {
            self.ended += 1;
            *session = self.connect(SESSIONS + self.ended as usize, &mut page.random);
        }
        Some(us)
    }

    fn finish(self, truth: &mut Truth, _: Vec<Share>) {
        let totals = &mut truth.totals;
        totals.sessions = totals.sessions.map(|sessions| sessions + self.ended);
        totals.errors = Some(0);
        totals.killed = Some(0);
        totals.statements_without_time = Some(0);
        truth.rows_sent = Some(self.rows_sent);
        truth.rows_examined = Some(self.rows_examined);
        truth.lock_us = Some(self.lock_us);
        for (command, (executions, duration_us)) in COMMANDS.into_iter().zip(self.commands) {
            if executions > 0 {
                totals.fingerprints = totals.fingerprints.map(|fingerprints| fingerprints + 1);
                let shape = truth.shapes.len();
                let example = format!("administrator command: {command}");
                truth.shapes.push(ShapeTruth { shape, executions, duration_us, example });
            }
        }
    }
}

impl Slow {
    /// Everything above the statement.
    fn head(&mut self, page: &mut Page, session: &mut Session, us: u64, sent: u64, examined: u64) {
        if page.bytes >= self.next_banner {
            self.next_banner += BANNER_EVERY;
            self.database = None;
            page.entry.extend_from_slice(BANNER);
        }
        // Never longer than the statement.
        let lock_us = page.random.below(us.min(9));
        page.entry.extend_from_slice(b"# Time: ");
        page.clock.write(&mut page.entry, 6);
        page.entry.extend_from_slice(b"Z\n");
        page.entry.extend_from_slice(&session.prefix);
        page.entry.extend_from_slice(b"# Query_time: ");
        push_seconds(&mut page.entry, us);
        page.entry.extend_from_slice(b"  Lock_time: ");
        push_seconds(&mut page.entry, lock_us);
        page.entry.extend_from_slice(b" Rows_sent: ");
        push_number(&mut page.entry, sent);
        page.entry.extend_from_slice(b"  Rows_examined: ");
        push_number(&mut page.entry, examined);
        page.entry.push(b'\n');
        if self.database != Some(session.database) {
            self.database = Some(session.database);
            page.entry.extend_from_slice(b"use ");
            page.entry.extend_from_slice(DATABASES[session.database].as_bytes());
            page.entry.extend_from_slice(b";\n");
        }
        // Since 8.0.14 the second in which the statement began.
        page.entry.extend_from_slice(b"SET timestamp=");
        push_number(&mut page.entry, page.clock.second_before(us));
        page.entry.extend_from_slice(b";\n");
        page.entries += 1;
        page.duration_events += 1;
        session.executed = true;
        self.rows_sent += sent;
        self.rows_examined += examined;
        self.lock_us += lock_us;
    }
}

/// `0.000123`
fn push_seconds(out: &mut Vec<u8>, us: u64) {
    push_number(out, us / 1_000_000);
    out.push(b'.');
    out.extend((0..6).map(|place| b'0' + (us / 10_u64.pow(5 - place) % 10) as u8));
}
