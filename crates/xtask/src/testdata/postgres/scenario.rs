//! What is recorded: a prefix, settings, and what the driver does under them.

use anyhow::Result;

use super::driver::{BenchLine, Driver, Query};
use crate::postgres::Who;

/// How the settings make the server write down what it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accounting {
    /// Every statement that ends has a duration, beside its text or apart from it.
    Timed,
    /// `log_statement` alone: texts and no times.
    Untimed,
    /// `auto_explain` alone: plans with their times.
    PlansOnly,
}

pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) prefix: &'static str,
    pub(super) settings: &'static [(&'static str, &'static str)],
    pub(super) accounting: Accounting,
    /// The name of a locale, where the server speaks another language than English.
    pub(super) language: Option<&'static str>,
    pub(super) drive: fn(&mut Driver<'_>) -> Result<()>,
}

/// Roles and databases that the scenarios log in with; some are made to be hard to find in a prefix.
pub(super) const SCHEMA: &str = r#"
CREATE ROLE app LOGIN SUPERUSER;
CREATE ROLE "Anna Müller" LOGIN SUPERUSER;
CREATE ROLE "svc [batch]" LOGIN SUPERUSER;
CREATE ROLE "read-only" LOGIN SUPERUSER;
CREATE DATABASE "Größe 1";
CREATE DATABASE "data-[eu] LOG:";
CREATE TABLE orders (id int PRIMARY KEY, status text, total numeric, note text);
INSERT INTO orders SELECT i, 'open', i * 1.5, 'note ' || i FROM generate_series(1, 500) i;
CREATE FUNCTION order_count(low int) RETURNS bigint LANGUAGE plpgsql AS
$$ BEGIN RETURN (SELECT count(*) FROM orders WHERE id > low); END $$;
ANALYZE orders;
"#;

pub(super) const DATABASE: &str = "shop";

const APP: Who<'static> =
    Who { user: "app", database: DATABASE, application: "billing", tcp: false };
const TCP: Who<'static> = Who { tcp: true, ..APP };

const MILLISECOND_PREFIX: &str = "%m [%p] ";
const TIMED: &[(&str, &str)] = &[("log_min_duration_statement", "0")];

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "default-prefix",
        prefix: MILLISECOND_PREFIX,
        settings: TIMED,
        accounting: Accounting::Timed,
        language: None,
        drive: mixed,
    },
    Scenario {
        name: "debian-prefix",
        prefix: "%m [%p] %q%u@%d ",
        settings: &[("log_min_duration_statement", "0"), ("log_timezone", "Europe/Berlin")],
        accounting: Accounting::Timed,
        language: None,
        drive: mixed,
    },
    Scenario {
        name: "pgbadger-prefix",
        prefix: "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
        settings: &[
            ("log_min_duration_statement", "0"),
            ("log_connections", "on"),
            ("log_disconnections", "on"),
        ],
        accounting: Accounting::Timed,
        language: None,
        drive: mixed_tcp,
    },
    Scenario {
        name: "rds-prefix",
        prefix: "%t:%r:%u@%d:[%p]:",
        settings: TIMED,
        accounting: Accounting::Timed,
        language: None,
        drive: mixed_tcp,
    },
    Scenario {
        name: "azure-prefix",
        prefix: "%t-%c-",
        settings: TIMED,
        accounting: Accounting::Timed,
        language: None,
        drive: mixed,
    },
    Scenario {
        name: "every-escape-prefix",
        prefix: "%m|%n|%c|%l|%s|%v|%x|%Q|%e|%i|%b|%P|%r|%h|%p|%q%u|%d|%a|",
        settings: &[("log_min_duration_statement", "0"), ("compute_query_id", "on")],
        accounting: Accounting::Timed,
        language: None,
        drive: mixed_tcp,
    },
    Scenario {
        name: "padded-prefix",
        prefix: "%t [%-8p] %10u@%-12d ",
        settings: TIMED,
        accounting: Accounting::Timed,
        language: None,
        drive: mixed,
    },
    Scenario {
        name: "names",
        prefix: "%m [%p] %q[user=%u,db=%d,app=%a] ",
        settings: TIMED,
        accounting: Accounting::Timed,
        language: None,
        drive: names,
    },
    Scenario {
        name: "names-at",
        prefix: "%t [%p-%l] %q%u@%d ",
        settings: TIMED,
        accounting: Accounting::Timed,
        language: None,
        drive: names,
    },
    Scenario {
        name: "log-duration-and-statement",
        prefix: MILLISECOND_PREFIX,
        settings: &[("log_duration", "on"), ("log_statement", "all")],
        accounting: Accounting::Timed,
        language: None,
        drive: mixed,
    },
    Scenario {
        name: "log-duration-and-statement-with-tag",
        prefix: "%m [%p] %q%u@%d %i ",
        settings: &[("log_duration", "on"), ("log_statement", "all")],
        accounting: Accounting::Timed,
        language: None,
        drive: mixed,
    },
    Scenario {
        name: "statement-all-and-min-duration",
        prefix: MILLISECOND_PREFIX,
        settings: &[("log_min_duration_statement", "0"), ("log_statement", "all")],
        accounting: Accounting::Timed,
        language: None,
        drive: mixed,
    },
    Scenario {
        name: "statement-alone",
        prefix: "%m [%p] %q%u@%d ",
        settings: &[("log_statement", "all")],
        accounting: Accounting::Untimed,
        language: None,
        drive: without_errors,
    },
    Scenario {
        name: "killed",
        prefix: "%m [%p] %q%u@%d/%a ",
        settings: &[("log_min_duration_statement", "0"), ("deadlock_timeout", "50ms")],
        accounting: Accounting::Timed,
        language: None,
        drive: killed,
    },
    Scenario {
        name: "killed-apart",
        prefix: MILLISECOND_PREFIX,
        settings: &[("log_duration", "on"), ("log_statement", "all")],
        accounting: Accounting::Timed,
        language: None,
        drive: timeouts,
    },
    Scenario {
        name: "temp-files",
        prefix: "%m [%p] %q%u@%d ",
        settings: &[
            ("log_min_duration_statement", "0"),
            ("log_temp_files", "0"),
            ("work_mem", "64kB"),
        ],
        accounting: Accounting::Timed,
        language: None,
        drive: temp_files,
    },
    Scenario {
        name: "lock-wait",
        prefix: "%m [%p] %q%u@%d ",
        settings: &[
            ("log_min_duration_statement", "0"),
            ("log_lock_waits", "on"),
            ("deadlock_timeout", "50ms"),
        ],
        accounting: Accounting::Timed,
        language: None,
        drive: |driver| {
            driver.lock_wait(APP, "UPDATE orders SET status = 'paid' WHERE id = 7")?;
            driver.lock_wait(APP, "UPDATE orders SET total = total + 1\n WHERE id = 8")
        },
    },
    Scenario {
        name: "auto-explain",
        prefix: "%m [%p] %q%u@%d ",
        settings: &[
            ("log_min_duration_statement", "0"),
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_analyze", "on"),
        ],
        accounting: Accounting::Timed,
        language: None,
        drive: planned,
    },
    Scenario {
        name: "auto-explain-json",
        prefix: "%m [%p] %q%u@%d ",
        settings: &[
            ("log_min_duration_statement", "0"),
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_format", "json"),
        ],
        accounting: Accounting::Timed,
        language: None,
        drive: planned,
    },
    Scenario {
        name: "auto-explain-alone",
        prefix: "%m [%p] %q%u@%d ",
        settings: &[
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
        ],
        accounting: Accounting::PlansOnly,
        language: None,
        drive: planned,
    },
    Scenario {
        name: "auto-explain-nested",
        prefix: "%m [%p] %q%u@%d ",
        settings: &[
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_nested_statements", "on"),
        ],
        accounting: Accounting::PlansOnly,
        language: None,
        drive: planned,
    },
    Scenario {
        name: "parameters",
        prefix: "%m [%p] %q%u@%d ",
        settings: TIMED,
        accounting: Accounting::Timed,
        language: None,
        drive: parameters,
    },
    Scenario {
        name: "parameters-cut",
        prefix: "%m [%p] %q%u@%d ",
        settings: &[
            ("log_min_duration_statement", "0"),
            ("log_parameter_max_length", "5"),
            ("log_parameter_max_length_on_error", "5"),
        ],
        accounting: Accounting::Timed,
        language: None,
        drive: parameters,
    },
    Scenario {
        name: "portals",
        prefix: "%m [%p] %q%u@%d ",
        settings: TIMED,
        accounting: Accounting::Timed,
        language: None,
        drive: |driver| {
            driver.fetch_in_parts(APP, "SELECT id, note FROM orders WHERE id > $1", "3", 100, 3)?;
            driver.fetch_in_parts(APP, "SELECT * FROM orders\nWHERE id <> $1", "9", 400, 1)
        },
    },
    Scenario {
        name: "forged",
        prefix: "%m [%p] %q%u@%d ",
        settings: TIMED,
        accounting: Accounting::Timed,
        language: None,
        drive: forged,
    },
    Scenario {
        name: "forged-default-prefix",
        prefix: MILLISECOND_PREFIX,
        settings: TIMED,
        accounting: Accounting::Timed,
        language: None,
        drive: forged,
    },
    Scenario {
        name: "verbose",
        prefix: "%m [%p] %q%u@%d ",
        settings: &[("log_min_duration_statement", "0"), ("log_error_verbosity", "verbose")],
        accounting: Accounting::Timed,
        language: None,
        drive: mixed,
    },
    Scenario {
        name: "terse",
        prefix: "%m [%p] %q%u@%d ",
        settings: &[("log_min_duration_statement", "0"), ("log_error_verbosity", "terse")],
        accounting: Accounting::Timed,
        language: None,
        drive: mixed,
    },
    Scenario { name: "language-en", language: None, ..SPOKEN },
    Scenario { name: "language-de", language: Some("de_DE"), ..SPOKEN },
    Scenario { name: "language-es", language: Some("es_ES"), ..SPOKEN },
    Scenario { name: "language-fr", language: Some("fr_FR"), ..SPOKEN },
    Scenario { name: "language-it", language: Some("it_IT"), ..SPOKEN },
    Scenario { name: "language-ja", language: Some("ja_JP"), ..SPOKEN },
    Scenario { name: "language-ka", language: Some("ka_GE"), ..SPOKEN },
    Scenario { name: "language-ko", language: Some("ko_KR"), ..SPOKEN },
    Scenario { name: "language-ru", language: Some("ru_RU"), ..SPOKEN },
    Scenario { name: "language-sv", language: Some("sv_SE"), ..SPOKEN },
    Scenario { name: "language-uk", language: Some("uk_UA"), ..SPOKEN },
    Scenario { name: "language-zh", language: Some("zh_CN"), ..SPOKEN },
];

/// The same in every language that the server has.
const SPOKEN: Scenario = Scenario {
    name: "",
    prefix: "%m [%p] %q%u@%d ",
    settings: &[
        ("log_min_duration_statement", "0"),
        ("log_connections", "on"),
        ("log_disconnections", "on"),
        ("log_lock_waits", "on"),
        ("deadlock_timeout", "50ms"),
        ("log_temp_files", "0"),
    ],
    accounting: Accounting::Timed,
    language: None,
    drive: |driver| {
        simple(driver, APP)?;
        timeouts(driver)?;
        driver.null_parameter(APP, "SELECT $1::text IS NULL, '$1', $2::int, $3::text")?;
        driver.fetch_in_parts(APP, "SELECT id, note FROM orders WHERE id > $1", "3", 100, 3)?;
        driver.lock_wait(APP, "UPDATE orders SET status = 'paid' WHERE id = 7")?;
        driver
            .psql(APP, &[Query::Fails("SELECT * FROM no_such_table"), Query::Fails("SELECT 1 / 0")])
    },
};

/// A little of everything an application does.
fn mixed(driver: &mut Driver<'_>) -> Result<()> {
    mixed_as(driver, APP)
}

fn mixed_tcp(driver: &mut Driver<'_>) -> Result<()> {
    mixed_as(driver, TCP)
}

fn mixed_as(driver: &mut Driver<'_>, who: Who<'_>) -> Result<()> {
    simple(driver, who)?;
    extended(driver, who)?;
    driver.psql(
        who,
        &[
            Query::Fails("SELECT * FROM no_such_table WHERE id = 1"),
            Query::Unparsed("SELECT 1 FORM orders"),
            Query::Runs("BEGIN"),
            Query::Fails("INSERT INTO orders (id, status) VALUES (1, 'twice')"),
            Query::Fails("SELECT 'ignored until the end\nof the transaction'"),
            Query::Runs("ROLLBACK"),
            Query::Runs("SELECT count(*) FROM orders"),
        ],
    )?;
    driver.refused(Who { database: "no such database", ..who })
}

fn without_errors(driver: &mut Driver<'_>) -> Result<()> {
    simple(driver, APP)?;
    extended(driver, APP)
}

fn simple(driver: &mut Driver<'_>, who: Who<'_>) -> Result<()> {
    driver.psql(
        who,
        &[
            Query::Runs("SELECT count(*) FROM orders"),
            Query::Runs("SELECT count(*) FROM orders;"),
            Query::Runs(";"),
            Query::Runs(
                "SELECT id,\n\tstatus\n  FROM orders\n\n WHERE note = 'it''s; two'\n LIMIT 3",
            ),
            Query::Runs("SELECT 1; SELECT 2, 'a;b';"),
            Query::Runs("BEGIN"),
            Query::Runs("UPDATE orders SET status = E'don\\'t' WHERE id IN (1, 2, 3)"),
            Query::Runs("COMMIT"),
            Query::Runs(
                "PREPARE by_id(int, text) AS SELECT * FROM orders WHERE id = $1 AND note <> $2",
            ),
            Query::Runs("EXECUTE by_id(1, 'a, b')"),
            Query::Runs("EXECUTE by_id(2, 'it''s')"),
            Query::Runs("DEALLOCATE by_id"),
            Query::Runs("/* app:billing */ SELECT 'größer — 東京'"),
            Query::Runs("SELECT $tag$dollar 'quoted'\n$tag$ -- and a comment"),
        ],
    )
}

fn extended(driver: &mut Driver<'_>, who: Who<'_>) -> Result<()> {
    let lines = [
        BenchLine {
            script: "SELECT note FROM orders WHERE id = :id;",
            logged: "SELECT note FROM orders WHERE id = $1;",
            planned: true,
        },
        BenchLine {
            script: "UPDATE orders\n   SET total = total + 1\n WHERE id = :id AND status = :status;",
            logged: "UPDATE orders\n   SET total = total + 1\n WHERE id = $1 AND status = $2;",
            planned: true,
        },
    ];
    let defines = [("id", "42"), ("status", "open")];
    driver.bench_extended(who, 4, &defines, &lines)?;
    driver.bench_prepared(who, 5, &defines, &lines)
}

fn names(driver: &mut Driver<'_>) -> Result<()> {
    let accounts = [
        ("app", DATABASE, "billing"),
        ("Anna Müller", "Größe 1", "psql - größer"),
        ("svc [batch]", "data-[eu] LOG:", "worker [7]: LOG:  duration: 5.000 ms"),
        ("read-only", DATABASE, "a,b=c@d]"),
        ("read-only", "data-[eu] LOG:", ""),
    ];
    for (index, (user, database, application)) in accounts.into_iter().enumerate() {
        let who = Who { user, database, application, tcp: false };
        let times = index + 1;
        driver.psql(who, &vec![Query::Runs("SELECT current_user,\n current_database()"); times])?;
        driver.bench_prepared(
            who,
            2,
            &[("n", "5")],
            &[BenchLine { script: "SELECT :n;", logged: "SELECT $1;", planned: true }],
        )?;
        driver.psql(who, &[Query::Fails("SELECT 1 / 0")])?;
    }
    Ok(())
}

fn timeouts(driver: &mut Driver<'_>) -> Result<()> {
    driver.psql(
        APP,
        &[
            Query::Runs("SET statement_timeout = '40ms'"),
            Query::Killed("SELECT pg_sleep(20)"),
            Query::Killed("SELECT count(*),\n pg_sleep(21)\n  FROM orders"),
            Query::Runs("RESET statement_timeout"),
            Query::Runs("SELECT pg_sleep(0.01)"),
        ],
    )
}

fn killed(driver: &mut Driver<'_>) -> Result<()> {
    timeouts(driver)?;
    driver.cancel(APP)
}

fn temp_files(driver: &mut Driver<'_>) -> Result<()> {
    driver.psql(
        APP,
        &[
            Query::Runs("SELECT count(*) FROM orders"),
            Query::Runs("SELECT i FROM generate_series(1, 20000) i ORDER BY i % 977 LIMIT 3"),
            Query::Runs(
                "SELECT o.id, count(*)\n  FROM generate_series(1, 30000) i\n  JOIN orders o ON o.id = i % 500\n GROUP BY o.id, i % 1000\n LIMIT 2",
            ),
            Query::Runs("SELECT 1"),
        ],
    )
}

fn planned(driver: &mut Driver<'_>) -> Result<()> {
    driver.psql(
        APP,
        &[
            Query::Plans("SELECT count(*) FROM orders"),
            Query::Plans("SELECT id,\n  note\nFROM orders\n\nWHERE note LIKE 'note 1%' LIMIT 2;"),
            Query::Plans("UPDATE orders SET status = 'it''s' WHERE id = 3"),
            Query::Plans("SELECT order_count(20)"),
            Query::Plans("SELECT count(*) FROM orders"),
        ],
    )?;
    extended(driver, APP)
}

fn parameters(driver: &mut Driver<'_>) -> Result<()> {
    let lines = [BenchLine {
        script: "SELECT :quote::text, :lines::text, :number + 1, :comma::text;",
        logged: "SELECT $1::text, $2::text, $3 + 1, $4::text;",
        planned: true,
    }];
    let defines = [
        ("quote", "it's, $1 = 'x', $2 = NULL"),
        (
            "lines",
            "first line\n\tsecond, with a tab\n2024-01-01 00:00:00.000 UTC [1] LOG:  duration: 7.000 ms  statement: no",
        ),
        ("number", "41"),
        ("comma", ","),
    ];
    driver.bench_extended(APP, 3, &defines, &lines)?;
    driver.bench_prepared(APP, 3, &defines, &lines)?;
    driver.null_parameter(APP, "SELECT $1::text IS NULL, '$1', $2::int, $3::text")
}

/// Entries that no server wrote: a message raised by a user, and a literal with an entry inside.
fn forged(driver: &mut Driver<'_>) -> Result<()> {
    driver.psql(
        APP,
        &[
            Query::Runs("SELECT 1"),
            Query::Runs(
                "DO $$ BEGIN RAISE LOG 'duration: 123.456 ms  statement: SELECT forged'; END $$",
            ),
            Query::Runs(
                "DO $$ BEGIN RAISE LOG E'two lines\\n2024-01-01 00:00:00.000 UTC [1] app@shop LOG:  duration: 9000.000 ms  statement: SELECT forged'; END $$",
            ),
            Query::Runs(
                "SELECT 'x\n2024-01-01 00:00:00.000 UTC [1] app@shop LOG:  duration: 5000.000 ms  statement: SELECT forged\n2024-01-01 00:00:00.000 UTC [1] LOG:  duration: 6000.000 ms  statement: SELECT forged'",
            ),
            Query::Runs("SELECT 2"),
        ],
    )
}
