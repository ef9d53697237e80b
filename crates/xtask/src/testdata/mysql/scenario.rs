//! What is recorded: settings, and what the driver does under them.

use anyhow::Result;

use super::driver::{Driver, Query};
use crate::mariadb::{SUPERUSER, Value, Who};

pub(super) struct Scenario {
    pub(super) name: &'static str,
    /// Words for `log_slow_verbosity`; a server that lacks one of them is not asked.
    pub(super) verbosity: &'static [&'static str],
    pub(super) settings: &'static [(&'static str, &'static str)],
    /// How many of the texts are different statements, counted by hand.
    pub(super) fingerprints: u64,
    /// How often the server opens the log.
    pub(super) banners: u64,
    /// What is kept of it.
    pub(super) kept: &'static [Kept],
    pub(super) drive: fn(&mut Driver<'_>) -> Result<()>,
}

/// What the server wrote, in one of the forms in which it leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// The slow log.
    File,
    /// The file of the table `slow_log`.
    TableFile,
    /// A dump of that table.
    Dump,
    /// The same with the names of the columns and a statement for each row.
    CompleteDump,
    /// The general log, and the file of its table.
    General,
    GeneralTableFile,
}

impl Kept {
    /// The name of the log of a scenario.
    pub(super) fn name(self, scenario: &str) -> String {
        match self {
            Self::File => scenario.to_owned(),
            Self::TableFile => format!("{scenario}-csv"),
            Self::Dump => format!("{scenario}-dump"),
            Self::CompleteDump => format!("{scenario}-complete-dump"),
            Self::General => format!("{scenario}-general"),
            Self::GeneralTableFile => format!("{scenario}-general-csv"),
        }
    }

    /// The name of its format in reports.
    pub(super) fn format(self) -> &'static str {
        match self {
            Self::File => "mysql_slow",
            Self::TableFile | Self::Dump | Self::CompleteDump => "mysql_slow_table",
            Self::General => "mysql_general",
            Self::GeneralTableFile => "mysql_general_table",
        }
    }

    /// The general log has no times.
    pub(super) fn is_general(self) -> bool {
        matches!(self, Self::General | Self::GeneralTableFile)
    }
}

/// Accounts and schemas that the scenarios use; some are made to be hard to find in a head.
pub(super) const SCHEMA: &str = r"
CREATE DATABASE crm;
CREATE DATABASE `Größe 1`;
CREATE DATABASE `data-[eu]`;
CREATE USER app@localhost, app@127.0.0.1, `Anna Müller`@localhost, `svc [batch]`@localhost,
    `read-only`@localhost;
GRANT ALL ON *.* TO app@localhost, app@127.0.0.1, `Anna Müller`@localhost,
    `svc [batch]`@localhost, `read-only`@localhost;
CREATE TABLE orders (id INT PRIMARY KEY, status VARCHAR(20), total DECIMAL(10,2), note VARCHAR(200));
INSERT INTO orders SELECT seq, 'open', seq * 1.5, CONCAT('note ', seq) FROM seq_1_to_500;
CREATE TABLE events (id INT AUTO_INCREMENT PRIMARY KEY, payload VARBINARY(200));
CREATE PROCEDURE close_order(IN wanted INT)
BEGIN
    SELECT COUNT(*) FROM orders WHERE id > wanted;
    UPDATE orders SET status = 'paid' WHERE id = wanted;
END;
CREATE FUNCTION order_count(low INT) RETURNS INT READS SQL DATA
RETURN (SELECT COUNT(*) FROM orders WHERE id > low);
ANALYZE TABLE orders;
";

pub(super) const DATABASE: &str = "shop";

const APP: Who<'static> = Who { user: "app", database: DATABASE, tcp: false };
const TCP: Who<'static> = Who { tcp: true, ..APP };
const NONE: Scenario = Scenario {
    name: "",
    verbosity: &[],
    settings: &[],
    fingerprints: 0,
    banners: 1,
    kept: &[Kept::File],
    drive: mixed,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "default", fingerprints: MIXED_FINGERPRINTS, ..NONE },
    Scenario {
        name: "verbosity-explain",
        verbosity: &["query_plan", "innodb", "explain"],
        fingerprints: MIXED_FINGERPRINTS,
        ..NONE
    },
    Scenario {
        name: "verbosity-engine",
        verbosity: &["engine"],
        fingerprints: MIXED_FINGERPRINTS,
        ..NONE
    },
    Scenario {
        name: "verbosity-full",
        verbosity: &["full"],
        fingerprints: MIXED_FINGERPRINTS,
        ..NONE
    },
    Scenario {
        name: "not-using-indexes",
        verbosity: &["query_plan", "explain"],
        settings: &[("long-query-time", "10"), ("log-queries-not-using-indexes", "ON")],
        fingerprints: 3,
        drive: not_using_indexes,
        ..NONE
    },
    Scenario {
        name: "rate-limit",
        settings: &[("log-slow-rate-limit", "5")],
        fingerprints: 2,
        drive: |driver| {
            driver.sampled(APP, "SELECT note FROM orders WHERE id = 7", 50, 5)?;
            driver.sampled(TCP, "SELECT COUNT(*)\nFROM orders", 25, 5)
        },
        ..NONE
    },
    Scenario { name: "flushed", fingerprints: 4, banners: 3, drive: flushed, ..NONE },
    Scenario { name: "names", fingerprints: 3, drive: names, ..NONE },
    Scenario {
        name: "addresses",
        settings: &[("skip-name-resolve", "ON")],
        fingerprints: MIXED_FINGERPRINTS,
        drive: |driver| mixed_as(driver, TCP),
        ..NONE
    },
    Scenario {
        name: "routines",
        settings: &[("log-slow-disabled-statements", "")],
        fingerprints: 7,
        drive: routines,
        ..NONE
    },
    Scenario { name: "killed", fingerprints: 5, drive: killed, ..NONE },
    Scenario { name: "stamps", fingerprints: 2, drive: stamps, ..NONE },
    Scenario { name: "prepared", fingerprints: 6, drive: prepared, ..NONE },
    Scenario { name: "texts", fingerprints: 17, drive: texts, ..NONE },
    Scenario { name: "forged", fingerprints: 5, drive: forged, ..NONE },
    Scenario {
        name: "tables",
        settings: &[("log-output", "FILE,TABLE")],
        // Multi-statement messages aside, the general log has an entry for each of the slow log.
        fingerprints: MIXED_FINGERPRINTS + 6 + 3,
        kept: &[
            Kept::TableFile,
            Kept::Dump,
            Kept::CompleteDump,
            Kept::General,
            Kept::GeneralTableFile,
        ],
        drive: |driver| {
            mixed(driver)?;
            prepared(driver)?;
            quoted(driver)
        },
        ..NONE
    },
];

const MIXED_FINGERPRINTS: u64 = 12;

/// A little of everything an application does.
fn mixed(driver: &mut Driver<'_>) -> Result<()> {
    mixed_as(driver, APP)
}

fn mixed_as(driver: &mut Driver<'_>, who: Who<'_>) -> Result<()> {
    driver.session(
        who,
        &[
            Query::Runs("SELECT COUNT(*) FROM orders"),
            Query::Runs("select count( * ) from `orders`"),
            Query::Runs("SELECT id,\n\tstatus\n  FROM orders\n\n WHERE note = 'it''s; two'\n LIMIT 3"),
            Query::Runs("BEGIN"),
            Query::Runs("UPDATE orders SET status = 'don\\'t' WHERE id IN (1, 2, 3)"),
            Query::Runs("UPDATE orders SET status = \"do\" WHERE id IN (4)"),
            Query::Runs("COMMIT"),
            Query::Runs("INSERT INTO events (payload) VALUES ('a'), ('b'), ('c')"),
            Query::Runs("INSERT INTO events (payload) VALUES ('d')"),
            Query::Runs("SELECT status, COUNT(*) FROM orders GROUP BY status ORDER BY note"),
            Query::Runs(
                "SELECT o.id FROM orders o JOIN orders p ON p.note = o.note\nWHERE o.id < 20 LIMIT 5",
            ),
            Query::Fails("SELECT * FROM no_such_table WHERE id = 1"),
            Query::Fails("SELECT 1 FORM orders"),
            Query::Runs("DELETE FROM events WHERE id > 1"),
        ],
    )?;
    driver.session(
        who,
        &[
            Query::Runs("/* app:billing */ SELECT 'größer — 東京'"),
            Query::Runs("SELECT COUNT(*) FROM orders"),
        ],
    )
}

/// Only what reads a whole table is logged.
fn not_using_indexes(driver: &mut Driver<'_>) -> Result<()> {
    driver.session(
        APP,
        &[
            Query::Silent("SELECT note FROM orders WHERE id = 5"),
            Query::Runs("SELECT id FROM orders WHERE note = 'note 5'"),
            Query::Runs("SELECT status FROM orders WHERE total > 700 ORDER BY note"),
            Query::Runs("UPDATE orders SET note = 'x' WHERE note = 'y'"),
            Query::Silent("UPDATE orders SET note = 'note 9' WHERE id = 9"),
            Query::Runs("SELECT id FROM orders WHERE note = 'note 6'"),
        ],
    )
}

/// The log is opened again, and what it said before of the current schema holds no longer.
fn flushed(driver: &mut Driver<'_>) -> Result<()> {
    let mut first = driver.connect(APP)?;
    let mut second = driver.connect(Who { database: "", ..APP })?;
    for _ in 0..2 {
        driver.send(&mut first, Query::Runs("SELECT note FROM orders WHERE id = 1"))?;
        driver.send(&mut second, Query::Runs("SELECT CURRENT_TIMESTAMP"))?;
        driver.send(&mut second, Query::Runs("FLUSH SLOW LOGS"))?;
        driver.send(&mut second, Query::Runs("SELECT 2"))?;
    }
    driver.send(&mut first, Query::Runs("SELECT note FROM orders WHERE id = 2"))?;
    driver.close(first)?;
    driver.close(second)
}

fn names(driver: &mut Driver<'_>) -> Result<()> {
    let accounts = [
        ("app", DATABASE),
        ("Anna Müller", "Größe 1"),
        ("svc [batch]", "data-[eu]"),
        ("read-only", "crm"),
        ("read-only", ""),
    ];
    let mut connections = Vec::new();
    for (index, (user, database)) in accounts.into_iter().enumerate() {
        let mut connection = driver.connect(Who { user, database, tcp: false })?;
        for _ in 0..=index {
            driver.send(&mut connection, Query::Runs("SELECT CURRENT_USER(),\n DATABASE()"))?;
        }
        connections.push(connection);
    }
    // Once more, in turn: each entry has another schema than the one before it.
    for connection in &mut connections {
        driver.send(connection, Query::Runs("SELECT 1"))?;
    }
    for (connection, database) in connections.iter_mut().zip(["crm", "data-[eu]", "Größe 1"]) {
        driver.send(connection, Query::Uses(database))?;
        driver.send(connection, Query::Runs("SELECT 1"))?;
    }
    connections.into_iter().try_for_each(|connection| driver.close(connection))
}

fn routines(driver: &mut Driver<'_>) -> Result<()> {
    let call = Query::Calls(
        "CALL close_order(3)",
        SUPERUSER,
        &[
            "SELECT COUNT(*) FROM orders WHERE id >  NAME_CONST('wanted',3)",
            "UPDATE orders SET status = 'paid' WHERE id =  NAME_CONST('wanted',3)",
        ],
    );
    driver.session(
        APP,
        &[
            call,
            Query::Runs("SELECT order_count(20)"),
            call,
            Query::Runs("ANALYZE TABLE orders"),
            Query::Runs("ALTER TABLE events ADD KEY by_payload (payload)"),
            Query::Runs("ALTER TABLE events DROP KEY by_payload"),
        ],
    )
}

fn killed(driver: &mut Driver<'_>) -> Result<()> {
    driver.session(
        APP,
        &[
            Query::Fails("SET STATEMENT max_statement_time=0.04 FOR SELECT SLEEP(20) FROM orders"),
            Query::Runs("SET max_statement_time = 0.04"),
            Query::Fails("SELECT COUNT(*),\n SLEEP(21)\n  FROM orders"),
            Query::Runs("SET max_statement_time = 0"),
            Query::Runs("SELECT SLEEP(0.01)"),
            Query::Runs("SELECT 1, 2"),
        ],
    )
}

/// A statement that takes longer than a second: its stamp is that of its start.
fn stamps(driver: &mut Driver<'_>) -> Result<()> {
    driver.session(
        APP,
        &[Query::Runs("SELECT SLEEP(2.2)"), Query::Runs("SELECT COUNT(*) FROM orders")],
    )
}

/// Values of prepared statements stand in their texts.
fn prepared(driver: &mut Driver<'_>) -> Result<()> {
    let mut connection = driver.connect(APP)?;
    driver.prepared(
        &mut connection,
        "SELECT note FROM orders WHERE id = ? AND status <> ?",
        &[
            &[Value::Integer(7), Value::Text("it's".as_bytes())],
            &[Value::Integer(-8), Value::Text("größer; two".as_bytes())],
            &[Value::Null, Value::Text(b"")],
        ],
        &[
            b"SELECT note FROM orders WHERE id = 7 AND status <> 'it\\'s'",
            "SELECT note FROM orders WHERE id = -8 AND status <> 'größer; two'".as_bytes(),
            b"SELECT note FROM orders WHERE id = NULL AND status <> ''",
        ],
    )?;
    driver.prepared(
        &mut connection,
        "INSERT INTO events (payload) VALUES (?)",
        &[&[Value::Text(b"\x00\xff\n# Time: no\n\\")]],
        &[b"INSERT INTO events (payload) VALUES ('\\0\\\xff\\n# Time: no\\n\\\\')"],
    )?;
    for query in [
        Query::Runs("PREPARE by_id FROM 'SELECT * FROM orders WHERE id = ? AND note <> ?'"),
        Query::Runs("SET @id = 3, @note = 'it''s'"),
        Query::Logs(
            "EXECUTE by_id USING @id, @note",
            &["SELECT * FROM orders WHERE id = 3 AND note <> 'it\\'s'"],
        ),
        Query::Runs("DEALLOCATE PREPARE by_id"),
    ] {
        driver.send(&mut connection, query)?;
    }
    driver.close(connection)
}

/// Texts that are hard to find the end of, each another statement.
fn texts(driver: &mut Driver<'_>) -> Result<()> {
    driver.session(
        APP,
        &[
            Query::Runs("SELECT 'it''s', 'it\\'s', \"it's \\\"so\\\"\", 'a\\\\' AS quotes"),
            Query::Runs("SELECT ';\n', '# Time: 260101  1:00:00', `note` FROM orders LIMIT 1"),
            // Blanks and semicolons at the end are cut off by the server, and then its own is
            // written behind the comment.
            Query::Logs(
                "SELECT 1 -- it's a comment\n AS dashes # isn't it\n",
                &["SELECT 1 -- it's a comment\n AS dashes # isn't it"],
            ),
            Query::Logs("SELECT 2 AS ending -- last;\n", &["SELECT 2 AS ending -- last"]),
            Query::Runs("SELECT /* ';\n# not a head */ 3 AS block"),
            Query::Runs("SELECT /*!40001 SQL_NO_CACHE */ 4, 1--1 AS hint"),
            Query::Runs("# comes first\n-- and second\n\n\nSELECT 5 AS led"),
            Query::Runs(
                "SELECT '東京\u{200b}🦀', N'größer', _utf8mb4'x', x'4142', 0x41, b'101' AS kinds",
            ),
            Query::Bytes(
                b"INSERT INTO events (payload) VALUES (_binary'\x00\x01\xff\xfe\\0;\r\n\x80')",
            ),
            Query::Logs(
                "SELECT 'CR\r\nLF', 'tab\there' AS layout\r\n",
                &["SELECT 'CR\r\nLF', 'tab\there' AS layout"],
            ),
            Query::Logs(
                "SELECT 6 AS one; SELECT 7, 8 AS two;",
                &["SELECT 6 AS one", "SELECT 7, 8 AS two"],
            ),
            Query::Runs("SELECT '' AS nothing"),
            Query::Fails("SELECT 'never closed"),
            Query::Runs("SELECT 10 AS after_quote"),
            Query::Fails("/* never closed"),
            Query::Runs("SELECT 11 AS after_comment"),
        ],
    )
}

/// Texts with all that a table has to escape, each another statement.
fn quoted(driver: &mut Driver<'_>) -> Result<()> {
    driver.session(
        Who { tcp: true, ..APP },
        &[
            Query::Runs("SELECT 'a,b\",c\n\"2026-11-25 09:35:19\",' AS separators"),
            Query::Runs("SELECT 'it''s', \"\\\\ \\n \\' ('2026-11-25','x[y] @ z []',\" AS quotes"),
            Query::Uses("crm"),
            Query::Runs("SELECT 'tab\there\r\n; größe 🦀' AS layout"),
        ],
    )
}

/// Entries that no server wrote: literals with an entry inside.
fn forged(driver: &mut Driver<'_>) -> Result<()> {
    driver.session(
        APP,
        &[
            Query::Runs("SELECT 1 AS before_it"),
            Query::Runs(
                "SELECT 'x;\n# Time: 260101  1:00:00\n# User@Host: eve[eve] @ localhost []\n\
                 # Thread_id: 3  Schema: shop  QC_hit: No\n\
                 # Query_time: 5000.000000  Lock_time: 0.000000  Rows_sent: 0  Rows_examined: 0\n\
                 SET timestamp=1767225600;\nSELECT forged;\n' AS imitation",
            ),
            Query::Runs("SELECT 2, 3"),
            Query::Runs(
                "SELECT /* x;\n# User@Host: eve[eve] @ localhost []\n\
                 # Query_time: 6000.000000  Lock_time: 0.000000  Rows_sent: 0  Rows_examined: 0\n\
                 SET timestamp=1767225600;\nSELECT forged;\n */ note FROM orders LIMIT 1",
            ),
            Query::Runs("SELECT 4 AS behind_it"),
        ],
    )
}
