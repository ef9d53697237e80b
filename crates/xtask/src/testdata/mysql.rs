//! Small slow logs of a real MariaDB: a throw-away server, driven and recorded.

mod driver;
mod reader;
mod scenario;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use super::{Known, Statement};
use crate::mariadb::{self, SUPERUSER, Server, Who};
use crate::outcome::Expected;
use crate::truth::Totals;
use driver::{Counted, Driver};
use reader::Seen;
use scenario::{DATABASE, Kept, SCENARIOS, SCHEMA, Scenario};

/// A log kept in the repository stays small enough to be read by a person.
const LARGEST_LOG_BYTES: usize = 60_000;
/// Every statement that ends is logged, unless a scenario says otherwise.
const EVERYTHING: [(&str, &str); 2] = [("slow-query-log", "ON"), ("long-query-time", "0")];

/// What is known of one recorded log; its schema is described in testdata/mysql/README.md.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Truth {
    format: String,
    settings: BTreeMap<String, String>,
    server_version: String,
    totals: Totals,
    users: BTreeMap<String, u64>,
    databases: BTreeMap<String, u64>,
    statements: Vec<Statement>,
}

impl Known for Truth {
    const DIRECTORY: &'static str = "mysql";

    fn timeless(&self) -> Self {
        Self {
            server_version: String::new(),
            totals: Totals { duration_us: None, ..self.totals.clone() },
            ..self.clone()
        }
    }

    fn expected(&self) -> Expected<'_> {
        Expected {
            totals: &self.totals,
            format: Some(&self.format),
            // They are counted by executions, of which the general log has none.
            users: Some(&self.users).filter(|_| self.totals.executions != Some(0)),
            databases: Some(&self.databases).filter(|_| self.totals.executions != Some(0)),
        }
    }

    fn ways(&self) -> Vec<(&'static str, Vec<&str>)> {
        vec![("format found", vec![])]
    }

    fn record(out: &Path) -> Result<Vec<(String, Self)>> {
        let version = mariadb::version()?;
        let mut server = Server::create()?;
        let verbosity = prepare(&mut server)?;
        let mut recorded = Vec::new();
        for scenario in SCENARIOS {
            let unknown: Vec<_> = scenario
                .verbosity
                .iter()
                .filter(|word| !verbosity.iter().any(|known| known == *word))
                .collect();
            if !unknown.is_empty() {
                println!(
                    "{}: skipped, this server has no log_slow_verbosity {unknown:?}",
                    scenario.name
                );
                continue;
            }
            let logs = record_one(&mut server, scenario, &version, out)
                .with_context(|| format!("scenario {}", scenario.name))?;
            recorded.extend(logs);
        }
        Ok(recorded)
    }
}

/// Makes schemas and users, and asks which words `log_slow_verbosity` may have.
fn prepare(server: &mut Server) -> Result<Vec<String>> {
    server.start(&[])?;
    let mut wire = server.wire(Who { user: SUPERUSER, database: "", tcp: false })?;
    wire.query(format!("CREATE DATABASE {DATABASE}; USE {DATABASE}; {SCHEMA}").as_bytes())?;
    let words = wire.query(
        b"SELECT ENUM_VALUE_LIST FROM information_schema.SYSTEM_VARIABLES \
          WHERE VARIABLE_NAME = 'LOG_SLOW_VERBOSITY'",
    )?;
    wire.close()?;
    server.stop()?;
    let words = words.first().context("the server has no log_slow_verbosity")?;
    Ok(String::from_utf8_lossy(words).split(',').map(str::to_owned).collect())
}

fn record_one(
    server: &mut Server,
    scenario: &Scenario,
    version: &str,
    out: &Path,
) -> Result<Vec<(String, Truth)>> {
    let verbosity = scenario.verbosity.join(",");
    let mut settings = EVERYTHING.to_vec();
    if !verbosity.is_empty() {
        settings.push(("log-slow-verbosity", &verbosity));
    }
    settings.extend(scenario.settings);
    server.start(&settings)?;
    let has_general = scenario.kept.iter().any(|kept| kept.is_general());
    if has_general {
        switch(server, "general_log = ON")?;
    }
    let mut driver = Driver { server, counted: Counted::default() };
    (scenario.drive)(&mut driver)?;
    let counted = driver.counted;
    if has_general {
        switch(server, "general_log = OFF")?;
    }
    switch(server, "slow_query_log = OFF")?;
    let mut logs = Vec::new();
    for kept in scenario.kept.iter().filter(|kept| **kept != Kept::File) {
        logs.push((*kept, written(server, *kept)?));
    }
    server.stop()?;

    let log = server.slow_log()?;
    let texts: BTreeSet<&[u8]> = counted.entries.keys().map(|entry| &entry.text[..]).collect();
    let seen = reader::read(&log, &texts)?;
    compare(&counted, &seen)?;
    ensure!(
        seen.banners == scenario.banners,
        "the log was opened {} times, expected {}",
        seen.banners,
        scenario.banners
    );

    if scenario.kept.contains(&Kept::File) {
        logs.push((Kept::File, log));
    }
    let mut recorded = Vec::new();
    for (kept, log) in logs {
        ensure!(log.len() < LARGEST_LOG_BYTES, "{kept:?} has {} bytes", log.len());
        let executions = counted.entries.values().sum();
        let truth = Truth {
            format: kept.format().to_owned(),
            // The last of a name holds, as it does for the server.
            settings: settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            server_version: version.to_owned(),
            totals: if kept.is_general() {
                Totals {
                    executions: Some(0),
                    statements_without_time: Some(executions + SWITCHES),
                    ..Totals::default()
                }
            } else {
                Totals {
                    executions: Some(executions),
                    duration_us: Some(seen.duration_us),
                    fingerprints: Some(scenario.fingerprints),
                    sessions: Some(counted.sessions),
                    statements_without_time: Some(0),
                    ..Totals::default()
                }
            },
            users: by_name(&counted, |entry| &entry.user),
            databases: by_name(&counted, |entry| &entry.database),
            statements: statements(&counted),
        };
        let name = kept.name(scenario.name);
        super::write(out, &name, &log, &truth)?;
        recorded.push((name, truth));
    }
    Ok(recorded)
}

/// Statements of ours that are in the general log: of the connection that switches it off.
const SWITCHES: u64 = 2;

/// Changes a setting of the running server; nothing of it is in the slow log.
fn switch(server: &Server, setting: &str) -> Result<()> {
    let mut wire = server.silent()?;
    wire.query(format!("SET GLOBAL {setting}").as_bytes())?;
    wire.close()
}

/// What the server has written, in another form than the slow log.
fn written(server: &Server, kept: Kept) -> Result<Vec<u8>> {
    match kept {
        Kept::File => server.slow_log(),
        Kept::TableFile => server.table_file("slow_log"),
        Kept::Dump => server.dump("slow_log", &[]),
        Kept::CompleteDump => {
            server.dump("slow_log", &["--complete-insert", "--skip-extended-insert", "--hex-blob"])
        }
        Kept::General => server.general_log(),
        Kept::GeneralTableFile => server.table_file("general_log"),
    }
}

/// Shows what differs, not all that was done.
fn compare(counted: &Counted, seen: &Seen) -> Result<()> {
    if *counted == seen.counted {
        return Ok(());
    }
    let mut differences = Vec::new();
    let all: BTreeSet<_> = counted.entries.keys().chain(seen.counted.entries.keys()).collect();
    for entry in all {
        let times = |counted: &Counted| counted.entries.get(entry).copied().unwrap_or_default();
        let (driven, logged) = (times(counted), times(&seen.counted));
        if driven != logged {
            let text = readable(&entry.text);
            let (user, database) = (&entry.user, &entry.database);
            differences.push(format!("{user}, {database:?}, {text:?}: {driven}, logged {logged}"));
        }
    }
    if counted.sessions != seen.counted.sessions {
        differences
            .push(format!("sessions: {}, logged {}", counted.sessions, seen.counted.sessions));
    }
    bail!("the log is not what the driver did\n{}", differences.join("\n"))
}

/// Executions by a name; those that have none are left out.
fn by_name(counted: &Counted, name: fn(&driver::Entry) -> &String) -> BTreeMap<String, u64> {
    let mut by_name = BTreeMap::new();
    for (entry, times) in &counted.entries {
        if !name(entry).is_empty() {
            *by_name.entry(name(entry).clone()).or_default() += times;
        }
    }
    by_name
}

fn statements(counted: &Counted) -> Vec<Statement> {
    let mut by_text = BTreeMap::<&[u8], u64>::new();
    for (entry, times) in &counted.entries {
        *by_text.entry(&entry.text).or_default() += times;
    }
    by_text
        .into_iter()
        .map(|(text, executions)| Statement { text: readable(text), executions })
        .collect()
}

/// Bytes that are no UTF-8 as `\xNN`.
fn readable(text: &[u8]) -> String {
    let mut readable = String::new();
    for chunk in text.utf8_chunks() {
        readable.push_str(chunk.valid());
        readable.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    readable
}
