//! Whole logs through the reader: tables of cases for each generation of servers.

mod borders;
mod laws;
mod usual;

use std::fmt::Write;

use slowlog_event::{Body, Event};

use super::{SlowLogReader, first_and_last_slow_stamp, header_fields, is_slow_log};
use crate::Account;

/// One event as a line: `time [session] user@client/database duration counters text`, each where
/// there is one. An inherited database is `^`.
fn show(event: &Event<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut out = String::new();
    let mut say = |word: String| {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word);
    };
    if let Some(time) = event.time {
        say(time.to_string());
    }
    if let Some(session) = event.session {
        say(format!("[{}]", session.0));
    }
    let actor = event.actor;
    if let Some(user) = actor.user {
        say(format!("{}@{}", text(user), text(actor.client.unwrap_or_default())));
    }
    let entry = match event.body {
        Body::Slow(entry) => entry,
        Body::LogOpened { version } => {
            say(format!("opened {}", text(version)));
            return out;
        }
        Body::Throttled(statements) => {
            say(format!("throttled {statements}"));
            return out;
        }
        _ => unreachable!("a slow log has no other events"),
    };
    if let Some(database) = actor.database {
        say(format!("/{}", text(database)));
    } else if entry.inherits_database {
        say("^".to_owned());
    }
    match entry.duration {
        Some(duration) => say(format!("{}us", duration.0)),
        None => say("?us".to_owned()),
    }
    let mut counters = String::new();
    for (counter, value) in entry.counters {
        write!(counters, " {counter:?}={value}").unwrap();
    }
    say(format!("{{{}}}", counters.trim_start()));
    if entry.error > 0 || entry.killed > 0 {
        say(format!("error={} killed={}", entry.error, entry.killed));
    }
    if let Some(sampling) = entry.sampling {
        say(format!("1/{} by_session={}", sampling.limit, sampling.by_session));
    }
    if let Some(routine) = entry.routine {
        say(format!("in {}", text(routine)));
    }
    if let Some(plan) = entry.plan {
        say(format!("plan({})", text(plan)));
    }
    say(format!("| {}", text(entry.text)));
    if let Some(arguments) = entry.arguments {
        say(format!("with {}", text(arguments)));
    }
    out
}

fn read_with(mut reader: SlowLogReader, log: &[u8], ends_log: bool) -> (Vec<String>, Account) {
    let mut events = Vec::new();
    let account = reader.read(log, true, ends_log, |event| {
        let Event { position, .. } = event;
        events.push(format!("{}:{} {}", position.byte, position.line, show(event)));
    });
    (events, account)
}

/// The events without their positions.
fn read(log: &str) -> (Vec<String>, Account) {
    let (events, account) = read_with(SlowLogReader::default(), log.as_bytes(), true);
    assert_eq!(account.bytes(), log.len() as u64, "every byte is accounted for");
    let events = events.iter().map(|event| event.split_once(' ').unwrap().1.to_owned()).collect();
    (events, account)
}

fn check(cases: &[(&str, &[&str])]) {
    for (log, expected) in cases {
        let (events, account) = read(log);
        assert_eq!(events, *expected, "{log}");
        assert_eq!(account.parsed_bytes, log.len() as u64, "{log}");
        let (events, _) = read(&log.replace('\n', "\r\n"));
        let expected: Vec<_> = expected.iter().map(|event| event.replace('\n', "\r\n")).collect();
        assert_eq!(events, expected, "with CR: {log}");
        assert!(is_slow_log(log.as_bytes()), "{log}");
    }
}

#[test]
fn old_servers() {
    check(&[
        (
            "# Time: 071015 21:43:52\n\
             # User@Host: root[root] @ localhost []\n\
             # Query_time: 2  Lock_time: 0  Rows_sent: 1  Rows_examined: 0\n\
             use test;\n\
             select 1\n  from n;\n\
             # User@Host: root[root] @ localhost []\n\
             # Query_time: 0.000012  Lock_time: 0.000001 Rows_sent: 1  Rows_examined: 0\n\
             select 2;\n",
            &[
                "2007-10-15T21:43:52Z root@localhost /test 2000000us \
                 {LockTime=0 RowsSent=1 RowsExamined=0} | select 1\n  from n",
                "root@localhost ^ 12us {LockTime=1 RowsSent=1 RowsExamined=0} | select 2",
            ],
        ),
        // A blank for the first digit of the hour; user and time on one line; a microslow patch.
        (
            "# Time: 131128  1:05:31 # User@Host: [SQL_SLAVE] @  []\n\
             # Thread_id: 10\n\
             # Query_time: 0.000012  Lock_time: 0.000000  Rows_sent: 0  Rows_examined: 0\n\
             # QC_Hit: No  Full_scan: Yes  Full_join: No  Tmp_table: No  Tmp_table_on_disk: No\n\
             # Filesort: No  Filesort_on_disk: No  Merge_passes: 0\n\
             # No InnoDB statistics available for this query\n\
             BEGIN;\n",
            &["2013-11-28T01:05:31Z [10] SQL_SLAVE@ ^ 12us {LockTime=0 RowsSent=0 RowsExamined=0 \
               QueryCacheHit=0 FullScan=1 FullJoin=0 Filesort=0 FilesortOnDisk=0 MergePasses=0} \
               | BEGIN"],
        ),
        // Broken stamps and numbers, and users that are missing: still entries.
        (
            "# Time: margdl 11:48:27\n\
             # User@Host: \n\
             # Query_time: 18446744073708.796870.000036  Lock_time: 0.5\n\
             select 1;\n\
             # Time: \n\
             # Query_time: 18446744073709.550781  Lock_time: 1  Rows_affected: 18446744073709551615\n\
             select 2;\n\
             # Client: 127.0.0.1:12345\n\
             # Query_time: 1\n\
             select 3;\n\
             # Query_time: 99999999999999999999  Rows_sent: 99999999999999999999  Rows_examined: x\n\
             select 4;\n",
            &[
                "^ ?us {LockTime=500000} | select 1",
                "^ ?us {LockTime=1000000} | select 2",
                "^ 1000000us {} | select 3",
                "^ ?us {} | select 4",
            ],
        ),
        // `--log-short-format`, hand-written, a comment as the statement, no final line end.
        (
            "# Query_time: 1.5\nuSe `test`;\n# find users\nselect 1;\n\
             # Query_time: 2.5\nSET insert_id=7;\ninsert;\n\
             # Query_time: 1\nuse only;\n\
             # Query_time: 3.5\nSET timestamp=12;\n# a comment;\n\
             # Query_time: 4.5\nselect 4",
            &[
                "/test 1500000us {} | # find users\nselect 1",
                "^ 2500000us {} | insert",
                "/only 1000000us {} | ",
                "1970-01-01T00:00:12Z ^ 3500000us {} | # a comment",
                "^ 4500000us {} | select 4",
            ],
        ),
    ]);
}

#[test]
fn mysql_8() {
    check(&[
        (
            "# Time: 2016-07-20T18:13:25.698433Z\n\
             # User@Host: priv_user[login user] @  [2001:db8::1]  Id:     3\n\
             # Query_time: 0.003464  Lock_time: 0.000324 Rows_sent: 1000  Rows_examined: 2000\n\
             use my-db;\n\
             SET last_insert_id=5,insert_id=7,timestamp=1469038405;\n\
             SELECT 1;\n\
             # Time: 2016-07-20T20:13:25.698433+02:00\n\
             # User@Host: app[app] @ web [10.0.0.1]  Id:     4\n\
             # Query_time: 0.000001  Lock_time: 0.000000 Rows_sent: 0  Rows_examined: 0\n\
             SET timestamp=1469038405;\n\
             # administrator command: Close stmt;\n",
            &[
                "2016-07-20T18:13:25.698433Z [3] priv_user@2001:db8::1 /my-db 3464us \
                 {LockTime=324 RowsSent=1000 RowsExamined=2000} | SELECT 1",
                "2016-07-20T18:13:25.698433Z [4] app@web ^ 1us \
                 {LockTime=0 RowsSent=0 RowsExamined=0} | administrator command: Close stmt",
            ],
        ),
        // log_slow_extra, with the double blank of newer servers and fields that may be empty.
        (
            "# Time: 2024-05-01T10:00:00.000001Z\n\
             # User@Host: app[app] @ h []  Id:     9\n\
             # Query_time: 1.000000  Lock_time: 0.000001 Rows_sent: 1  Rows_examined: 10 \
             Thread_id: 9 Errno: 1317 Killed: 1 Bytes_received: 20 Bytes_sent: 10 Read_first: 0 \
             Read_rnd_next: 3 Sort_merge_passes: 4 Sort_rows: 5 Created_tmp_disk_tables: 6 \
             Created_tmp_tables: 7 Count_hit_tmp_table_size: 0  Start:  End: \n\
             SET timestamp=1714557599;\n\
             SELECT 1;\n",
            &["2024-05-01T10:00:00.000001Z [9] app@h ^ 1000000us {LockTime=1 RowsSent=1 \
               RowsExamined=10 BytesReceived=20 BytesSent=10 ReadRndNext=3 MergePasses=4 \
               SortRows=5 TmpDiskTables=6 TmpTables=7} error=1317 killed=1 | SELECT 1"],
        ),
        // Percona Server 8.0 with log_slow_extra; End where Time is missing; fields twice.
        (
            "# User@Host: app[app] @ h []  Id:     9\n\
             # Query_time: 1.000000  Lock_time: 0.000001 Rows_sent: 1  Rows_examined: 10 \
             Start: 2024-05-01T09:59:59.000001Z End: 2024-05-01T10:00:00.000001Z Schema:  \
             Rows_affected: 3\n\
             # Rows_affected: 4  Rows_sent: 7\n\
             SET timestamp=1714557599;\n\
             SELECT 1;\n",
            &["2024-05-01T10:00:00.000001Z [9] app@h 1000000us \
               {LockTime=1 RowsSent=1 RowsExamined=10 RowsAffected=3} | SELECT 1"],
        ),
        // A throttle's line and a user's own `use`.
        (
            "# Time: 2024-05-01T10:00:00.000001Z\n\
             # User@Host: [] @  []  Id:     9\n\
             # Query_time: 10.5  Lock_time: 0.000001 Rows_sent: 0  Rows_examined: 0\n\
             SET timestamp=1714557600;\n\
             throttle:        123 'index not used' warning(s) suppressed.;\n\
             # Time: 2024-05-01T10:00:00.000001Z\n\
             # Query_time: 0.5\n\
             SET timestamp=1714557600;\n\
             use `shop`;\n\
             # Query_time: 0.5\n\
             SET timestamp=1714557600;\n\
             throttle: 'x' warning(s) suppressed.;\n",
            &[
                "2024-05-01T10:00:00.000001Z [9] throttled 123",
                "2024-05-01T10:00:00.000001Z ^ 500000us {} | use `shop`",
                "2024-05-01T10:00:00Z ^ 500000us {} | throttle: 'x' warning(s) suppressed.",
            ],
        ),
    ]);
}

#[test]
fn percona_server() {
    check(&[
        (
            "# Time: 131128  1:05:31\n\
             # User@Host: user1[user1] @ localhost [127.0.0.1]  Id: 69194\n\
             # Schema: maindb  Last_errno: 1146  Killed: 0\n\
             # Query_time: 0.000228  Lock_time: 0.000114  Rows_sent: 1  Rows_examined: 1  \
             Rows_affected: 0\n\
             # Bytes_sent: 545  Tmp_tables: 2  Tmp_disk_tables: 1  Tmp_table_sizes: 8\n\
             # InnoDB_trx_id: 1A88583F\n\
             # QC_Hit: Yes  Full_scan: No  Full_join: Yes  Tmp_table: No  Tmp_table_on_disk: No\n\
             # Filesort: Yes  Filesort_on_disk: Yes  Merge_passes: 3\n\
             #   InnoDB_IO_r_ops: 4  InnoDB_IO_r_bytes: 5  InnoDB_IO_r_wait: 0.000006\n\
             #   InnoDB_rec_lock_wait: 0.000007  InnoDB_queue_wait: 0.000008\n\
             #   InnoDB_pages_distinct: 9\n\
             # Log_slow_rate_type: session  Log_slow_rate_limit: 100\n\
             SET timestamp=1385600731;\n\
             SELECT 1;\n",
            &["2013-11-28T01:05:31Z [69194] user1@localhost /maindb 228us {LockTime=114 \
               RowsSent=1 RowsExamined=1 RowsAffected=0 BytesSent=545 TmpTables=2 \
               TmpDiskTables=1 TmpTableBytes=8 QueryCacheHit=1 FullScan=0 FullJoin=1 Filesort=1 \
               FilesortOnDisk=1 MergePasses=3 IoReadOps=4 IoReadBytes=5 IoReadWait=6 \
               RowLockWait=7 QueueWait=8 PagesDistinct=9} error=1146 killed=0 \
               1/100 by_session=true | SELECT 1"],
        ),
        // Single blanks and an empty schema; a limit of 1; a profile; PS-7492, a line without `#`.
        (
            "# User@Host: u[u] @ h []\n\
             # Thread_id: 342 Schema:  Last_errno: 0 Killed: 2\n\
             # Query_time: 0.5  Lock_time: 0.0  Rows_sent: 1  Rows_examined: 1  Rows_read: 77\n  \
             Tmp_tables: 1  Tmp_disk_tables: 2  Tmp_table_sizes: 3\n\
             # Log_slow_rate_type: query  Log_slow_rate_limit: 1\n\
             # Profile_starting: 0.000125 Profile_starting_cpu: 0.000120\n\
             SELECT 1;\n\
             # Query_time: 0.5\n  \
             Tmp_tables: 1  Tmp_disk_tables: x;\n",
            &[
                "[342] u@h 500000us {LockTime=0 RowsSent=1 RowsExamined=1 TmpTables=1 \
                 TmpDiskTables=2 TmpTableBytes=3} error=0 killed=2 | SELECT 1",
                "^ 500000us {} |   Tmp_tables: 1  Tmp_disk_tables: x",
            ],
        ),
    ]);
}

#[test]
fn mariadb() {
    check(&[
        (
            "# Time: 240501 10:00:00\n\
             # User@Host: root[root] @ localhost []\n\
             # Thread_id: 8  Schema: shop  QC_hit: No\n\
             # Query_time: 1.000277  Lock_time: 0.000100  Rows_sent: 1  Rows_examined: 1000\n\
             # Rows_affected: 0  Bytes_sent: 100\n\
             # Pages_accessed: 184  Pages_read: 95  Pages_updated: 0  Old_rows_read: 1\n\
             # Pages_read_time: 17.0204  Engine_time: 248.1297\n\
             # Stored_routine: `shop`.`totals`\n\
             # Filesort: Yes  Filesort_on_disk: No  Merge_passes: 0  Priority_queue: Yes\n\
             #\n\
             # explain: id\tselect_type\ttable\n\
             # explain: 1\tSIMPLE\to\n\
             #\n\
             # Warnings\n\
             # Warning 1292 Truncated incorrect INTEGER value: 'a;\n\
             # Error 1366 Incorrect integer value: 'xx' for column `b`;\n\
             use `shop`;\n\
             SET timestamp=1714557600;\n\
             SELECT 1;\n",
            &[
                "2024-05-01T10:00:00Z [8] root@localhost /shop 1000277us {QueryCacheHit=0 LockTime=100 RowsSent=1 \
               RowsExamined=1000 RowsAffected=0 BytesSent=100 PagesAccessed=184 \
               PagesRead=95 IoReadWait=17020 EngineTime=248130 Filesort=1 FilesortOnDisk=0 \
               MergePasses=0} error=1366 killed=0 in `shop`.`totals` \
               plan(# explain: id\tselect_type\ttable\n# explain: 1\tSIMPLE\to) | SELECT 1",
            ],
        ),
        // Lines that no server of today writes belong to the header if its end follows.
        (
            "# Query_time: 1\n# Something new\n# of two lines\nSET timestamp=1;\nSELECT 1;\n\
             # Query_time: 1\n# SET timestamp\n# x;\n# Query_time: 2\nSET timestamp=1;\nSELECT 2;\n",
            &[
                "1970-01-01T00:00:01Z ^ 1000000us {} | SELECT 1",
                "^ 1000000us {} | # SET timestamp\n# x",
                "1970-01-01T00:00:01Z ^ 2000000us {} | SELECT 2",
            ],
        ),
    ]);
}

#[test]
fn tidb() {
    check(&[
        (
            "# Time: 2019-04-28T15:24:04.309074+08:00\n\
         # Txn_start_ts: 406315658548871171\n\
         # User@Host: root[root] @ localhost [127.0.0.1]\n\
         # Conn_ID: 6\n\
         # Query_time: 4.895492399\n\
         # Parse_time: 0.4\n\
         # Cop_time: 0.387 Process_time: 1.001 Request_count: 1\n\
         # DB: test\n\
         # Is_internal: false\n\
         # Digest: 42a1c8aae6f133e934d4bf0147491709a8812ea05ff8819ec522780fe657b772\n\
         # Plan: tidb_decode_plan('ZJAwCTMyXzcJMAkyMA==')\n\
         use test;\n\
         insert into t select * from t;\n",
            &["2019-04-28T07:24:04.309074Z [6] root@localhost /test 4895492us {} \
           | insert into t select * from t"],
        ),
        (
            // 3.0 names the user otherwise; the values of a prepared statement stand behind it.
            "# Time: 2019-08-14T09:26:59.487776265+08:00\n\
         # User: root@127.0.0.1\n\
         # Conn_ID: 3086\n\
         # Query_time: 1.5\n\
         # Prepared: true\n\
         select c from t where a = ? and b <> ? [arguments: (5, \"x] y\")];\n\
         # Time: 2019-08-14T09:26:59.487776265+08:00\n\
         # Query_time: 1.5\n\
         select ' [arguments: 1] ', a;\n",
            &[
                "2019-08-14T01:26:59.487776Z [3086] root@127.0.0.1 ^ 1500000us {} \
             | select c from t where a = ? and b <> ? with (5, \"x] y\")",
                "2019-08-14T01:26:59.487776Z ^ 1500000us {} | select ' [arguments: 1] ', a",
            ],
        ),
    ]);
}

#[test]
fn stamps() {
    for (header, set, time) in [
        ("# Time: 121123 19:56:06.0000005", "", "2012-11-23T19:56:06.000001Z"),
        ("# Time: 121123 19:56:06.25", "SET timestamp=1353693366;\n", "2012-11-23T17:56:06.250Z"),
        ("# Time: 121123 19:56:06.25", "SET timestamp=1353693367;\n", "2012-11-23T17:56:07Z"),
        ("# Time: 121123 19:56:06.25", "SET timestamp=5.5;\n", "1970-01-01T00:00:05.500Z"),
        ("# Time: 700101  0:00:00", "", "1970-01-01T00:00:00Z"),
        ("# Time: 691231 23:59:60", "", "2070-01-01T00:00:00Z"),
        ("# Time: 2024-02-29T00:00:00-07:30", "SET timestamp=1;\n", "2024-02-29T07:30:00Z"),
        ("# Time: 2024-13-29T00:00:00Z", "SET timestamp=1;\n", "1970-01-01T00:00:01Z"),
        ("# Time: 2024-12-29T24:00:00Z", "", ""),
        ("# Time: 241301 10:00:00", "", ""),
        ("# Schema: x", "SET timestamp=253402300800;\n", ""),
        ("# Schema: x", "SET timestamp=99999999999999999999999;\n", ""),
        ("# Schema: x", "SET timestamp=;\n", ""),
    ] {
        let log = format!("{header}\n# Query_time: 1\n{set}select 1;\n");
        let (events, _) = read(&log);
        let found = events[0].split(' ').next().unwrap();
        let found = if found.ends_with('Z') { found } else { "" };
        assert_eq!(found, time, "{log}");
        let stamps = first_and_last_slow_stamp(log.as_bytes());
        assert_eq!(stamps.map_or(String::new(), |(first, _)| first.to_string()), time, "{log}");
    }
}

#[test]
fn stamps_of_a_part() {
    let log = "rest;\n# Query_time: 1\nselect 1;\n\
               # Time: 240501 10:00:00\n# Query_time: 1\nselect 2;\n\
               # Query_time: 1\nSET timestamp=1714557605;\nselect 3;\n\
               # Query_time: 1\nselect 4;\n# Time: 240601 10:00:00\n";
    let (first, last) = first_and_last_slow_stamp(log.as_bytes()).unwrap();
    assert_eq!(first.to_string(), "2024-05-01T10:00:00Z");
    assert_eq!(last.to_string(), "2024-05-01T10:00:05Z");
    assert_eq!(first_and_last_slow_stamp(b"# Query_time: 1\nselect 1;\n"), None);
}

#[test]
fn servers_open_their_log() {
    check(&[(
        "/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:\n\
         Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock\n\
         Time                 Id Command    Argument\n\
         mariadbd, Version: 10.11.6-MariaDB-log (Debian 12). started with:\n\
         Tcp port: 0  Unix socket: (null)\n\
         Time\t\t    Id Command\tArgument\n\
         # Query_time: 1\nselect 1;\n\
         D:\\MySQL\\MySQL Server 5.1\\bin\\mysqld, Version: 5.1.31-log (x). started with:\n\
         TCP Port: 3306, Named Pipe: (null)\n\
         Time                 Id Command    Argument\n",
        &[
            "opened 8.0.36",
            "opened 10.11.6-MariaDB-log",
            "^ 1000000us {} | select 1",
            "opened 5.1.31-log",
        ],
    )]);
}

#[test]
fn fields_of_any_header() {
    for (line, expected) in [
        ("# Thread_id: 342 Schema:  Last_errno: 1", "Thread_id=342 Schema= Last_errno=1"),
        ("#   InnoDB_pages_distinct: 2\r\n", "InnoDB_pages_distinct=2"),
        ("# Schema: my db  Killed: 0", "Schema=my db Killed=0"),
        ("# A: x:y B: 10:00 C:\tz", "A=x:y B=10:00 C=z"),
        ("# Start:  End: ", "Start= End="),
        ("# No InnoDB statistics: none", ""),
        ("# 7: x", ""),
        ("# : x", ""),
        ("#", ""),
        ("", ""),
    ] {
        let fields: Vec<_> = header_fields(line.as_bytes())
            .map(|(key, value)| {
                format!("{}={}", String::from_utf8_lossy(key), String::from_utf8_lossy(value))
            })
            .collect();
        assert_eq!(fields.join(" "), expected, "{line}");
    }
}

#[test]
fn what_is_a_slow_log() {
    let entry = "# Time: 240501 10:00:00\n# Query_time: 1\nselect 1;\n";
    let quoted = entry.replace('\n', "\n\t");
    for (sample, expected) in [
        (entry.to_owned(), true),
        (format!("\n{entry}"), true),
        (format!("), (2, 'x');\n{entry}"), true),
        (format!("# Filesort: No\nSET timestamp=1;\nx;\n{entry}"), true),
        ("# Time: 240501 10:00:00\n# User@Host: trunc".to_owned(), true),
        (String::new(), false),
        ("select 1;\nselect 2;\n".to_owned(), false),
        ("# Time: now\n# Title\ntext\n".to_owned(), false),
        (format!("A slow log looks so:\n{entry}"), false),
        (
            format!("2026-11-23 03:52:31.410 CET [1] LOG:  statement: select ';\n\t{quoted}\n"),
            false,
        ),
        (format!("2026-11-23 03:52:31.410 CET,\"u\",\"select ';\n{entry}\"\n"), false),
    ] {
        assert_eq!(is_slow_log(sample.as_bytes()), expected, "{sample}");
    }
}
