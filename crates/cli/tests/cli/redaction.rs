//! No literal of the log is in a report that was not asked to hold it.

use std::fmt::Write as _;

use crate::run::{Run, run_with};

/// Planted as text and as a number wherever PostgreSQL may write a value.
const WORD: &str = "canarybird";
const NUMBER: &str = "86753098";

/// Statements with a literal of every kind. `~w` is the word, `~n` the number.
const STATEMENTS: &[&str] = &[
    "SELECT * FROM t WHERE a = '~w'",
    "SELECT * FROM t WHERE a = 'it''s ~w'",
    "SELECT * FROM t WHERE a = 'C:\\~w\\'",
    "SELECT E'it\\'s ~w', e'\\\\', '~w'",
    "SELECT U&'~w\\0041' UESCAPE '!'",
    "SELECT B'1010', X'~n', N'~w', b'01', x'~n'",
    "SELECT $$~w$$, $tag$ ~w $$ ~n $tag$, $größe$~w$größe$",
    "SELECT '~w'\n\t'~w'",
    "SELECT ~n, -~n, ~n.5, .~n, ~ne3, 1e~n, 0x~n, ~n::text, 1_~n",
    "SELECT * FROM t WHERE a IN (~n, ~n, ~n) OR b IN ('~w', '~w')",
    "SELECT * FROM t WHERE a=~n AND b=-~n OR c=+~n",
    "INSERT INTO t VALUES ('~w', ~n), ('~w', ~n), (~n, '~w')",
    "INSERT INTO t (a) SELECT '~w'",
    "UPDATE t SET a = '~w', b[~n] = ~n WHERE c = ANY ('{~w,~n}')",
    "DELETE FROM t WHERE a LIKE '%~w%' ESCAPE '!'",
    "SELECT * FROM t LIMIT ~n OFFSET ~n",
    "SELECT DATE '~w', INTERVAL '~w' DAY, TIMESTAMP WITH TIME ZONE '~w', point '~w'",
    "SELECT CAST('~w' AS text), '~w'::varchar(~n)",
    "SELECT a -> '~w' ->> ~n, a @> '{\"~w\": ~n}', a ? '~w' FROM t",
    "SELECT 1 /* ~w ~n */ -- ~w ~n",
    "SELECT 1 /* ~w /* ~n */ ~w */, 2",
    "/* ~w */ SELECT 1",
    "SET app.key = '~w'",
    "SET LOCAL statement_timeout = ~n",
    "SET ROLE '~w'",
    "SET TIME ZONE '~w'",
    "SELECT set_config('a.b', '~w', false)",
    "ALTER USER bob WITH PASSWORD '~w' VALID UNTIL '~w'",
    "CREATE SUBSCRIPTION s CONNECTION 'password=~w' PUBLICATION p",
    "CREATE TABLE x (a text DEFAULT '~w', b int CHECK (b < ~n))",
    "CREATE FUNCTION f() RETURNS int AS $f$ SELECT '~w', ~n $f$ LANGUAGE sql",
    "COMMENT ON TABLE t IS '~w'",
    "DO $$ BEGIN RAISE NOTICE '~w'; PERFORM ~n; END $$",
    "COPY t FROM PROGRAM '~w' WITH (DELIMITER '~w', NULL '~w')",
    "NOTIFY channel, '~w'",
    "PREPARE p (int, text) AS SELECT * FROM t WHERE a = ~n AND b = '~w'",
    "EXECUTE p(~n, '~w')",
    "CALL proc('~w', ~n)",
    "PREPARE TRANSACTION '~w'",
    "COMMIT PREPARED '~w'",
    "DECLARE c CURSOR FOR SELECT '~w'",
    "FETCH ~n FROM c",
    "EXPLAIN (ANALYZE, FORMAT '~w') SELECT '~w'",
    "SELECT 1; SELECT '~w'; SELECT ~n",
    "SELECT '~w' UNION ALL SELECT '~w' UNION ALL VALUES ('~w', ~n)",
    "SELECT CASE WHEN a = '~w' THEN ~n ELSE -~n END FROM generate_series(~n, ~n)",
    "SELECT (ARRAY['~w', '~w'])[~n]",
    "SELECT f(a => '~w', b := ~n)",
    // Cut by the server, or never finished.
    "SELECT * FROM t WHERE a = '~w",
    "SELECT * FROM t WHERE a = E'\\'~w",
    "SELECT $$~w",
    "SELECT $tag$ $$ ~w",
    "SELECT 1 /* ~w",
    "SELECT * FROM t WHERE a IN ('~w', '~w', '~w",
    // No SQL at all.
    "'~w",
    "' ' '~w' ) ( ~n",
    "\\ '~w' ~n",
];

/// The entries of a log that has them everywhere.
fn canary_log() -> String {
    let mut log = String::new();
    let mut second = 0;
    let mut entry = |label: &str, text: &str| {
        second += 1;
        let text = text.replace("~w", WORD).replace("~n", NUMBER);
        writeln!(
            log,
            "2026-03-01 1{}:{:02}:{:02}.123 UTC [7] bob@shop {label}:  {text}",
            second / 3600,
            second / 60 % 60,
            second % 60
        )
        .unwrap();
    };
    // Longer than a sample may be: the cut goes through a literal, or through a comment.
    let many = "~w~n".repeat(6000);
    let cut_statements = [
        format!("SELECT a, '{many}' FROM t"),
        format!("SELECT a, E'\\'{many}' FROM t"),
        format!("SELECT a, $x$ {many} $x$ FROM t"),
        format!("SELECT a, b /* {many} */ FROM t"),
        format!("SELECT a, b, c FROM t WHERE a IN ({})", vec!["'~w'"; 8000].join(", ")),
    ];
    for statement in STATEMENTS.iter().copied().chain(cut_statements.iter().map(String::as_str)) {
        // As every step that the server logs, and apart from its time.
        for step in
            ["statement", "parse p1", "bind p1", "execute <unnamed>", "execute fetch from p1/c1"]
        {
            entry("LOG", &format!("duration: 1.000 ms  {step}: {statement}"));
            entry(
                "DETAIL",
                "parameters: $1 = '~w', $2 = '~n', $3 = NULL, $4 = 'it''s ~w', $5 = '~w...'",
            );
        }
        entry("LOG", &format!("execute p2: {statement}"));
        entry("DETAIL", "Parameters: $1 = '~w'");
        entry("LOG", "duration: 1.000 ms");
        entry("LOG", &format!("statement: {statement}"));
        entry("DETAIL", &format!("prepare: {statement}"));
        entry("ERROR", "invalid input syntax for type integer: \"~w\"");
        entry("DETAIL", "Key (email)=(~w) already exists.");
        entry("HINT", "try ~w");
        entry(
            "CONTEXT",
            "PL/pgSQL function f(integer) line ~n at RAISE\n\tunnamed portal with parameters: $1 = '~w'",
        );
        entry("STATEMENT", statement);
        entry("ERROR", "canceling statement due to statement timeout");
        entry("STATEMENT", statement);
        entry("LOG", "temporary file: path \"base/pgsql_tmp/pgsql_tmp1.1\", size 1343488");
        entry("STATEMENT", statement);
        for plan in [
            format!(
                "Query Text: {statement}\n\tQuery Parameters: $1 = '~w'\n\tSeq Scan on t  (cost=0.00..1.01 rows=1 width=4)\n\t  Filter: (a = '~w'::text)"
            ),
            format!(
                "{{\n\t  \"Query Text\": \"{}\",\n\t  \"Plan\": {{\"Filter\": \"(a = '~w')\"}}\n\t}}",
                json(statement)
            ),
            format!("Query Text: \"{}\"\n\tPlan: \n\t  Filter: \"(a = '~w')\"", json(statement)),
            format!(
                "<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n\t  <Query-Text>{}</Query-Text>\n\t  <Plan><Filter>~w</Filter></Plan>\n\t</explain>",
                statement.replace('&', "&amp;").replace('<', "&lt;")
            ),
        ] {
            entry("LOG", &format!("duration: 9.000 ms  plan:\n\t{plan}"));
        }
    }
    entry("FATAL", "password authentication failed for ~w");
    entry("WARNING", "~w ~n");
    entry("NOTICE", "~w ~n");
    log
}

/// As the server writes a text into JSON.
fn json(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t")
}

fn is_clean(what: &str, run: &Run) {
    assert_eq!(run.code, Some(0), "{what}: {}", run.messages());
    let text = run.text();
    for canary in [WORD, NUMBER] {
        let found: Vec<&str> = text.lines().filter(|line| line.contains(canary)).collect();
        assert!(
            found.is_empty(),
            "{canary} with {what}, {} times:\n{}",
            found.len(),
            found.join("\n")
        );
    }
}

#[test]
fn reports_have_no_literals() {
    let log = canary_log();
    for arguments in [
        &["--top", "1000"][..],
        &["--format", "json"],
        &["--format", "json", "--detail", "full"],
        &["--format", "json", "--samples", "none"],
        &["--format", "json", "--line-prefix", "%m [%p] %q%u@%d "],
        &["--samples", "none", "-v"],
    ] {
        let run = run_with(arguments, log.as_bytes());
        is_clean(&format!("{arguments:?}"), &run);
        assert!(!run.messages().contains(WORD), "{arguments:?}: {}", run.messages());
    }
}

#[test]
fn raw_samples_were_asked_for() {
    let log = canary_log();
    let report = run_with(&["--format", "json", "--samples", "raw"], log.as_bytes()).json();
    let queries = report["queries"].as_array().unwrap();
    let sample =
        |query: &serde_json::Value| query["sample"]["text"].as_str().unwrap_or_default().to_owned();
    assert!(queries.iter().any(|query| sample(query).contains(WORD)));
    // The fingerprint has none all the same, nor is there anything of errors and parameters.
    for query in queries {
        assert!(!query["text"].as_str().unwrap().contains(WORD), "{}", query["text"]);
        assert!(!sample(query).contains("already exists"));
    }
}

/// Every channel of every format that carries literals, through `slowlog filter`; what is read of
/// the log that it writes is what is read of the original.
#[test]
fn filtered_logs_have_no_literals() {
    let log = canary_log();
    let entries: Vec<Entry> = entries(&log);
    let csv: String = entries.iter().map(Entry::csv).collect();
    let json: String = entries.iter().map(Entry::json).collect();
    let mut logs = vec![log, csv, json];
    logs.extend(slow_logs());
    let totals = |log: &[u8]| run_with(&["--format", "json"], log).json()["totals"].clone();
    for log in logs {
        let name: String = log.chars().take(60).collect();
        let raw = run_with(&["filter", "--samples", "raw"], log.as_bytes());
        assert!(raw.text().contains(WORD), "{name}: the canaries are there");
        let masked = run_with(&["filter"], log.as_bytes());
        is_clean(&name, &masked);
        assert_eq!(totals(&masked.stdout), totals(log.as_bytes()), "{name}");
    }
}

/// An entry of a log of PostgreSQL, to be written in another format.
#[derive(Default)]
struct Entry {
    stamp: String,
    severity: String,
    message: String,
    /// DETAIL, HINT, CONTEXT, STATEMENT.
    texts: [String; 4],
}

const LABELS: [&str; 4] = ["DETAIL", "HINT", "CONTEXT", "STATEMENT"];

/// The entries of a log that `canary_log` has made.
fn entries(log: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut part = None;
    for line in log.lines() {
        let Some((head, text)) = line.split_once(":  ").filter(|_| !line.starts_with('\t')) else {
            let line = line.strip_prefix('\t').unwrap_or(line);
            let entry = entries.last_mut().unwrap();
            let open = part.map_or(&mut entry.message, |part: usize| &mut entry.texts[part]);
            open.push('\n');
            open.push_str(line);
            continue;
        };
        let label = head.rsplit(' ').next().unwrap();
        part = LABELS.iter().position(|known| *known == label);
        match part {
            Some(part) => text.clone_into(&mut entries.last_mut().unwrap().texts[part]),
            None => entries.push(Entry {
                stamp: head[..27].to_owned(),
                severity: label.to_owned(),
                message: text.to_owned(),
                ..Entry::default()
            }),
        }
    }
    entries
}

impl Entry {
    fn csv(&self) -> String {
        let quoted = |text: &str| match text {
            "" => String::new(),
            _ => format!("\"{}\"", text.replace('"', "\"\"")),
        };
        let Self { stamp, severity, message, texts } = self;
        let [detail, hint, context, statement] = texts.each_ref().map(|text| quoted(text));
        let message = quoted(message);
        format!(
            "{stamp},\"bob\",\"shop\",7,\"[local]\",69a40f20.7,1,\"SELECT\",{stamp},3/0,0,{severity},\
             00000,{message},{detail},{hint},\"SELECT '{WORD}'\",9,{context},{statement},3,\
             \"f, {WORD}.c:1\",\"app\",\"client backend\",,0\n"
        )
    }

    fn json(&self) -> String {
        let Self { stamp, severity, message, texts } = self;
        let mut line = serde_json::json!({
            "timestamp": stamp, "user": "bob", "dbname": "shop", "pid": 7,
            "session_id": "69a40f20.7", "line_num": 1, "error_severity": severity,
            "message": message, "internal_query": format!("SELECT '{WORD}'"),
            "later": {"nested": [WORD]},
        });
        for (label, text) in LABELS.iter().zip(texts).filter(|(_, text)| !text.is_empty()) {
            line[label.to_lowercase()] = text.as_str().into();
        }
        format!("{line}\n")
    }
}

/// Slow logs of MySQL that have them everywhere. Each statement has a log of its own: behind a
/// quote that is never closed nobody can tell what is a literal.
fn slow_logs() -> impl Iterator<Item = String> {
    // Backslashes, dollar quotes, nested comments and `1_000` are something else in MySQL.
    let differs =
        |statement: &str| ["\\", "$", "/* ~n", "1_~n"].iter().any(|text| statement.contains(text));
    STATEMENTS.iter().filter(move |statement| !differs(statement)).map(|statement| {
        let log = format!(
            "# Time: 2026-03-01T10:00:00.000000Z\n# User@Host: bob[bob] @ web [10.0.0.1]  Id: 7\n\
             # Query_time: 1.5  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 5\n\
             # Warnings\n# Error 1366 Incorrect integer value: '~w' for column `a` at row ~n\n\
             SET last_insert_id=~n,insert_id=~n,timestamp=1772359200;\n{};\n",
            statement.replace('\t', "")
        );
        log.replace("~w", WORD).replace("~n", NUMBER)
    })
}

/// A quote too many makes words of what was meant as a literal, and may pair with one of another
/// entry: nothing of that comes out.
#[test]
fn broken_quotes_hide_the_rest() {
    let statements = [
        format!("SELECT a FROM t WHERE b = 'it's {WORD}'"),
        format!("INSERT INTO t VALUES (1, 'O'{WORD}', 'x')"),
        format!("SELECT b FROM t WHERE a = 'the users' {WORD}'"),
        format!("SELECT \"say \"{WORD}\""),
    ];
    let entry = |statement: &str| {
        format!(
            "# Time: 2026-03-01T10:00:00.000000Z\n# User@Host: bob[bob] @ web [10.0.0.1]  Id: 7\n\
             # Query_time: 1.5  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 5\nSET timestamp=1772359200;\n{statement};\n"
        )
    };
    let postgres = |statement: &str| {
        format!(
            "2026-03-01 10:00:00.000 UTC [7] ERROR:  syntax error\n\
             2026-03-01 10:00:00.000 UTC [7] STATEMENT:  {statement}\n\
             2026-03-01 10:00:01.000 UTC [7] LOG:  duration: 1.000 ms  statement: SELECT 1\n"
        )
    };
    let mut logs: Vec<String> = statements.iter().map(|statement| entry(statement)).collect();
    logs.extend(statements[..3].iter().map(|statement| postgres(statement)));
    // Quotes of two entries and of three that pair.
    logs.push(
        ["SELECT 'x", &format!("SELECT b FROM t WHERE a = 'y {WORD}"), "SELECT 3"]
            .map(entry)
            .concat(),
    );
    logs.push(
        [
            "SELECT 'x",
            &format!("INSERT INTO t VALUES ('{WORD}', '{WORD}')"),
            &format!("SELECT '{WORD}"),
        ]
        .map(entry)
        .concat(),
    );
    for log in logs {
        for arguments in [&[][..], &["--format", "json"], &["filter"]] {
            is_clean(&log, &run_with(arguments, log.as_bytes()));
        }
    }
}

/// A line that is not understood is counted; the report does not repeat it.
#[test]
fn foreign_lines_are_not_repeated() {
    let mut log = canary_log();
    log.insert_str(0, &format!("a foreign line with {WORD}\n"));
    write!(log, "\nanother one with {WORD} and {NUMBER}\n").unwrap();
    is_clean("text", &run_with(&[] as &[&str], log.as_bytes()));
    is_clean("json", &run_with(&["--format", "json"], log.as_bytes()));
    let garbage = format!("{WORD}\n{NUMBER}\n");
    for arguments in [&["--allow-empty"][..], &["--allow-empty", "--format", "json"]] {
        let text = run_with(arguments, garbage.as_bytes()).text();
        assert!(!text.contains(WORD) && !text.contains(NUMBER), "{text}");
    }
}

/// A text that quotes an entry must not be taken for a log whose prefix, user or database is what
/// stands before the quote.
#[test]
fn a_quoted_entry_leaks_nothing() {
    let quoted =
        format!("{{\n  \"text\": \"SELECT '{WORD} LOG:  duration: 9 ms  statement: x'\"\n}}\n");
    for arguments in [&["--allow-empty"][..], &["--allow-empty", "--format", "json"]] {
        let text = run_with(arguments, quoted.as_bytes()).text();
        assert!(!text.contains(WORD), "{text}");
    }
}

#[test]
fn fingerprints_have_no_literals() {
    for statement in STATEMENTS {
        let sql = statement.replace("~w", WORD).replace("~n", NUMBER);
        for dialect in ["postgres", "mysql"] {
            // Backslashes, dollar quotes, nested comments and `1_000` are something else in MySQL.
            let differs = ["\\", "$", "/* 8", "1_8"].iter().any(|text| sql.contains(text));
            if dialect == "mysql" && differs {
                continue;
            }
            let run = run_with(&["fingerprint", "--dialect", dialect], sql.as_bytes());
            is_clean(&format!("{dialect}: {sql}"), &run);
        }
    }
}
