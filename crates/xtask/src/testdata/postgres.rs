//! Small logs of a real PostgreSQL: a throw-away cluster, driven and recorded.

mod csvlog;
mod driver;
mod scenario;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::{Known, Statement};
use crate::outcome::Expected;
use crate::postgres::{self, Cluster, SUPERUSER, Who};
use crate::truth::Totals;
use driver::{Counted, Driver};
use scenario::{Accounting, DATABASE, SCENARIOS, SCHEMA, Scenario};

/// A log kept in the repository stays small enough to be read by a person.
const LARGEST_LOG_BYTES: usize = 60_000;

/// What is known of one recorded log; its schema is described in testdata/postgres/README.md.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Truth {
    line_prefix: String,
    settings: BTreeMap<String, String>,
    server_version: String,
    totals: Totals,
    statements: Vec<Statement>,
}

impl Known for Truth {
    const DIRECTORY: &'static str = "postgres";

    fn timeless(&self) -> Self {
        Self {
            server_version: String::new(),
            totals: Totals {
                duration_us: None,
                parse_bind_us: None,
                fetch_us: None,
                plan_only_us: None,
                // How a sort spills differs between versions of the server.
                temp_files: None,
                temp_bytes: None,
                ..self.totals.clone()
            },
            ..self.clone()
        }
    }

    fn expected(&self) -> Expected<'_> {
        Expected::totals(&self.totals)
    }

    fn ways(&self) -> Vec<(&'static str, Vec<&str>)> {
        vec![("prefix found", vec![]), ("prefix given", vec!["--line-prefix", &self.line_prefix])]
    }

    fn record(out: &Path) -> Result<Vec<(String, Self)>> {
        let version = postgres::version()?;
        let mut cluster = Cluster::create()?;
        prepare(&mut cluster)?;
        let mut recorded = Vec::new();
        for scenario in SCENARIOS {
            let truth = record_one(&mut cluster, scenario, &version, out)
                .with_context(|| format!("scenario {}", scenario.name))?;
            recorded.push((scenario.name.to_owned(), truth));
        }
        Ok(recorded)
    }
}

fn prepare(cluster: &mut Cluster) -> Result<()> {
    cluster.start(&[])?;
    let admin = Who { user: SUPERUSER, database: SUPERUSER, application: "xtask", tcp: false };
    cluster.wire(admin)?.query(&format!("CREATE DATABASE {DATABASE}"))?;
    let mut wire = cluster.wire(Who { database: DATABASE, ..admin })?;
    // CREATE DATABASE refuses to share its message with another statement.
    for statement in SCHEMA.split_inclusive(";\n") {
        wire.query(statement)?;
    }
    wire.close()?;
    cluster.stop()
}

fn record_one(
    cluster: &mut Cluster,
    scenario: &Scenario,
    version: &str,
    out: &Path,
) -> Result<Truth> {
    let log = format!("{}.log", scenario.name);
    let own = [
        ("logging_collector", "on"),
        ("log_destination", "stderr,csvlog"),
        ("log_directory", "log"),
        ("log_filename", &log),
        ("log_rotation_age", "0"),
        ("log_timezone", "UTC"),
        ("log_line_prefix", scenario.prefix),
    ];
    let settings: Vec<(String, String)> = own
        .iter()
        .chain(scenario.settings)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let mut settings = settings;
    if let Some(language) = scenario.language {
        settings.push(("lc_messages".to_owned(), cluster.make_locale(language)?));
    }
    cluster.start(&settings)?;
    let mut driver = Driver { cluster, counted: Counted::default() };
    (scenario.drive)(&mut driver)?;
    let counted = driver.counted;
    // A client's goodbye may still be on its way; told to stop first, its session would end FATAL.
    std::thread::sleep(Duration::from_millis(150));
    cluster.stop()?;

    let text = fs::read(cluster.log_dir().join(&log))?;
    ensure!(text.len() < LARGEST_LOG_BYTES, "{log} has {} bytes", text.len());
    let csv = fs::read_to_string(cluster.log_dir().join(&log).with_extension("csv"))?;
    let expected = logged(&counted, scenario);
    // The second opinion knows English alone.
    let seen = match scenario.language {
        None => csvlog::read(&csv)?,
        Some(_) => csvlog::Seen { counted: expected.clone(), ..csvlog::Seen::default() },
    };
    ensure!(
        seen.counted == expected,
        "the driver counted {expected:#?}\nthe csvlog has {:#?}",
        seen.counted
    );
    let mut known = totals(&counted, &seen, scenario.accounting);
    if scenario.language.is_some() {
        known = without_sums(known);
    }

    let truth = Truth {
        line_prefix: scenario.prefix.to_owned(),
        settings: scenario
            .settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        server_version: version.to_owned(),
        totals: known,
        statements: seen
            .counted
            .statements
            .into_iter()
            .map(|(text, executions)| Statement { text, executions })
            .collect(),
    };
    super::write(out, scenario.name, &text, &truth)?;
    Ok(truth)
}

/// What of all that the driver did the scenario's settings make the server log.
fn logged(counted: &Counted, scenario: &Scenario) -> Counted {
    let set = |name: &str| scenario.settings.iter().any(|(setting, _)| *setting == name);
    let mut logged = counted.clone();
    if !set("log_statement") {
        logged.log_statements = 0;
    }
    if !set("auto_explain.log_min_duration") {
        logged.plans = 0;
    }
    if !set("log_lock_waits") {
        logged.lock_waits = 0;
    }
    if scenario.accounting != Accounting::Timed {
        logged.executions = 0;
        logged.parse_bind_steps = 0;
        logged.statements.clear();
    }
    logged
}

/// What only a log knows is left out.
fn without_sums(totals: Totals) -> Totals {
    Totals {
        duration_us: None,
        sessions: None,
        parse_bind_us: None,
        fetch_us: None,
        temp_files: None,
        temp_bytes: None,
        ..totals
    }
}

fn totals(counted: &Counted, seen: &csvlog::Seen, accounting: Accounting) -> Totals {
    let plans_only = accounting == Accounting::PlansOnly;
    Totals {
        executions: Some(match accounting {
            Accounting::Timed => counted.executions,
            Accounting::Untimed => 0,
            Accounting::PlansOnly => counted.plans,
        }),
        duration_us: Some(if plans_only { seen.plan_us } else { seen.duration_us }),
        sessions: (!plans_only).then_some(seen.sessions),
        errors: Some(counted.errors),
        fatal_errors: Some(counted.fatal_errors),
        killed: Some(counted.killed),
        parse_bind_steps: Some(seen.counted.parse_bind_steps),
        parse_bind_us: Some(seen.parse_bind_us),
        fetch_us: Some(seen.fetch_us),
        statements_without_time: match accounting {
            Accounting::Untimed => Some(counted.log_statements),
            // Whether a statement that ended in its own error lacks a time is a matter of words.
            Accounting::Timed if counted.errors > 0 => None,
            Accounting::Timed | Accounting::PlansOnly => Some(0),
        },
        unpaired_durations: Some(0),
        // Whether nested plans are among the plans is a matter of words.
        plans: (seen.nested_plans == 0).then_some(seen.counted.plans),
        plan_only_executions: Some(if plans_only { counted.plans } else { 0 }),
        plan_only_us: Some(if plans_only { seen.plan_us } else { 0 }),
        temp_files: Some(seen.temp_files),
        temp_bytes: Some(seen.temp_bytes),
        lock_waits: Some(seen.counted.lock_waits),
        fingerprints: None,
    }
}
