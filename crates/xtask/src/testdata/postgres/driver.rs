//! Drives a server through its clients, and counts what it made the server do.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::child;
use crate::postgres::{Cluster, Who};

/// What is counted the same way by the driver, before, and by the csvlog reader, after.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) executions: u64,
    pub(super) errors: u64,
    pub(super) fatal_errors: u64,
    pub(super) killed: u64,
    pub(super) parse_bind_steps: u64,
    pub(super) plans: u64,
    pub(super) lock_waits: u64,
    /// Statements that `log_statement` named, whatever became of them.
    pub(super) log_statements: u64,
    /// Executions of each text, as the server logs it.
    pub(super) statements: BTreeMap<String, u64>,
}

impl Counted {
    pub(super) fn execution(&mut self, text: &str, times: u64) {
        self.executions += times;
        *self.statements.entry(text.to_owned()).or_default() += times;
    }
}

/// One simple query, and how it ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Query<'a> {
    /// Runs.
    Runs(&'a str),
    /// Runs through the executor, so that `auto_explain` has a plan to show.
    Plans(&'a str),
    /// Ends in an error before it is parsed: `log_statement` does not name it.
    Unparsed(&'a str),
    /// Ends in an error.
    Fails(&'a str),
    /// Is ended by a timeout.
    Killed(&'a str),
}

impl<'a> Query<'a> {
    fn text(self) -> &'a str {
        match self {
            Self::Runs(text)
            | Self::Plans(text)
            | Self::Unparsed(text)
            | Self::Fails(text)
            | Self::Killed(text) => text,
        }
    }
}

/// A line of a pgbench script, and the text under which the server sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct BenchLine<'a> {
    pub(super) script: &'a str,
    pub(super) logged: &'a str,
    pub(super) planned: bool,
}

pub(super) struct Driver<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) counted: Counted,
}

impl Driver<'_> {
    /// Each query in a message of its own, in one session.
    pub(super) fn psql(&mut self, who: Who<'_>, queries: &[Query<'_>]) -> Result<()> {
        let mut command = self.cluster.client("psql", who);
        command.args(["--no-psqlrc", "--quiet", "--set", "VERBOSITY=terse"]);
        for query in queries {
            command.arg("--command").arg(query.text());
            let text = query.text();
            self.counted.log_statements += u64::from(!matches!(query, Query::Unparsed(_)));
            match query {
                Query::Runs(_) => self.counted.execution(text, 1),
                Query::Plans(_) => {
                    self.counted.execution(text, 1);
                    self.counted.plans += 1;
                }
                Query::Unparsed(_) | Query::Fails(_) => self.counted.errors += 1,
                Query::Killed(_) => {
                    self.counted.errors += 1;
                    self.counted.killed += 1;
                }
            }
        }
        // psql's status tells of the last query only, and some are meant to fail: what ran is
        // checked against the csvlog.
        command.output().context("psql: did not start")?;
        Ok(())
    }

    /// A connection that the server refuses.
    pub(super) fn refused(&mut self, who: Who<'_>) -> Result<()> {
        let mut command = self.cluster.client("psql", who);
        let output = command.args(["--no-psqlrc", "--command", "SELECT 1"]).output()?;
        ensure!(!output.status.success(), "{}: was let in", who.database);
        self.counted.fatal_errors += 1;
        Ok(())
    }

    /// `transactions` runs of a script in pgbench's extended protocol: three steps a statement.
    pub(super) fn bench_extended(
        &mut self,
        who: Who<'_>,
        transactions: u64,
        defines: &[(&str, &str)],
        lines: &[BenchLine<'_>],
    ) -> Result<()> {
        self.bench(who, "extended", transactions, defines, lines)?;
        self.counted.parse_bind_steps += 2 * transactions * lines.len() as u64;
        Ok(())
    }

    /// The same with named statements: parsed once, then bound and executed.
    pub(super) fn bench_prepared(
        &mut self,
        who: Who<'_>,
        transactions: u64,
        defines: &[(&str, &str)],
        lines: &[BenchLine<'_>],
    ) -> Result<()> {
        self.bench(who, "prepared", transactions, defines, lines)?;
        self.counted.parse_bind_steps += (1 + transactions) * lines.len() as u64;
        Ok(())
    }

    fn bench(
        &mut self,
        who: Who<'_>,
        protocol: &str,
        transactions: u64,
        defines: &[(&str, &str)],
        lines: &[BenchLine<'_>],
    ) -> Result<()> {
        let script = tempfile::NamedTempFile::new()?;
        let text: Vec<_> = lines.iter().map(|line| line.script).collect();
        fs::write(script.path(), text.join("\n") + "\n")?;
        let mut command: Command = self.cluster.client("pgbench", who);
        command.args(["--no-vacuum", "--client", "1", "--random-seed", "7"]);
        command.args(["--protocol", protocol, "--transactions", &transactions.to_string()]);
        for (name, value) in defines {
            command.arg("--define").arg(format!("{name}={value}"));
        }
        child::output(command.arg("--file").arg(script.path()))?;
        for line in lines {
            self.counted.execution(line.logged, transactions);
            self.counted.log_statements += transactions;
            self.counted.plans += transactions * u64::from(line.planned);
        }
        Ok(())
    }

    /// A named portal, run in parts of `rows` rows and bound to one value: one execution, and
    /// as many fetches from the portal after it as are asked for.
    pub(super) fn fetch_in_parts(
        &mut self,
        who: Who<'_>,
        text: &str,
        value: &str,
        rows: i32,
        fetches: u32,
    ) -> Result<()> {
        let mut wire = self.cluster.wire(who)?;
        wire.query("BEGIN")?;
        wire.parse("S_1", text)?;
        wire.bind("C_2", "S_1", &[Some(value)])?;
        for _ in 0..=fetches {
            wire.execute("C_2", rows)?;
            wire.sync()?;
        }
        wire.query("COMMIT")?;
        wire.close()?;
        self.counted.execution("BEGIN", 1);
        self.counted.execution(text, 1);
        self.counted.execution("COMMIT", 1);
        self.counted.parse_bind_steps += 2;
        Ok(())
    }

    /// Unnamed statement and portal, bound to NULL, a number and the empty text.
    pub(super) fn null_parameter(&mut self, who: Who<'_>, text: &str) -> Result<()> {
        let mut wire = self.cluster.wire(who)?;
        wire.parse("", text)?;
        wire.bind("", "", &[None, Some("7"), Some("")])?;
        wire.execute("", 0)?;
        wire.sync()?;
        wire.close()?;
        self.counted.execution(text, 1);
        self.counted.log_statements += 1;
        self.counted.parse_bind_steps += 2;
        Ok(())
    }

    /// Two sessions want one row; the second waits longer than `deadlock_timeout`.
    pub(super) fn lock_wait(&mut self, who: Who<'_>, text: &str) -> Result<()> {
        let (mut first, mut second) = (self.cluster.wire(who)?, self.cluster.wire(who)?);
        first.query("BEGIN")?;
        first.query(text)?;
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| second.query(text));
            // The wait is logged after deadlock_timeout, 50 ms in these scenarios.
            std::thread::sleep(Duration::from_millis(300));
            first.query("COMMIT")?;
            waiting.join().expect("the waiting session does not panic").map(drop)
        })?;
        first.close()?;
        second.close()?;
        self.counted.execution("BEGIN", 1);
        self.counted.execution(text, 2);
        self.counted.execution("COMMIT", 1);
        self.counted.lock_waits += 1;
        Ok(())
    }

    /// One session cancels what another runs.
    pub(super) fn cancel(&mut self, who: Who<'_>) -> Result<()> {
        let victim_name = Who { application: "victim", ..who };
        let (mut victim, mut killer) = (self.cluster.wire(victim_name)?, self.cluster.wire(who)?);
        let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity \
                      WHERE application_name = 'victim'";
        std::thread::scope(|scope| {
            let sleeping = scope.spawn(|| victim.query("SELECT pg_sleep(20)"));
            std::thread::sleep(Duration::from_millis(300));
            killer.query(cancel)?;
            let ended = sleeping.join().expect("the sleeping session does not panic");
            ensure!(ended.is_err(), "pg_sleep: was not cancelled");
            Ok(())
        })?;
        victim.close()?;
        killer.close()?;
        self.counted.execution(cancel, 1);
        self.counted.errors += 1;
        self.counted.killed += 1;
        Ok(())
    }
}
