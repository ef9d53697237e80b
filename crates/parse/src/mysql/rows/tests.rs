//! Tables of cases for each form of the log tables, and laws.
//!
//! MariaDB 10.11 was asked for its CSV file, dumps and exports (`testdata/mysql`). The forms of
//! MySQL, of Workbench and of other clients are read by their documentation.

use proptest::prelude::*;
use slowlog_event::{Body, Event};

use super::form::{Shape, TableForm};
use super::{TableReader, first_and_last_row_stamp, last_row};
use crate::{Account, Format, SlowLogServer};

/// An event as a line: what was sent when and by whom, how long it took, and the counters.
fn show(event: &Event<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let name = |name: Option<&[u8]>| name.map_or("-".to_owned(), text);
    let actor = event.actor;
    let who = format!(
        "[{}] {}@{}/{}",
        event.session.map_or("-".to_owned(), |session| session.0.to_string()),
        name(actor.user),
        name(actor.client),
        name(actor.database)
    );
    let mut time = event.time;
    let what = match &event.body {
        Body::Slow(entry) => {
            let server = SlowLogServer::default();
            time = time.map(|time| server.end(time, entry.stamped, entry.duration));
            let micros = entry.duration.map_or("?".to_owned(), |micros| micros.0.to_string());
            let counters: Vec<_> =
                entry.counters.iter().map(|(name, value)| format!("{name:?}={value}")).collect();
            format!("{micros}us {} | {}", counters.join(" "), text(entry.text))
        }
        Body::Throttled(statements) => format!("throttled {statements}"),
        Body::Statement(statement) => format!("| {}", text(statement.text)),
        body => format!("{body:?}"),
    };
    format!("{} {who} {what}", time.map_or("-".to_owned(), |time| time.to_string()))
}

fn form(log: &[u8]) -> TableForm {
    match Format::detect(&[log], None) {
        Some(Format::MySqlTable(form)) => form,
        other => panic!("{other:?} in {:?}", String::from_utf8_lossy(log)),
    }
}

fn read(form: &TableForm, log: &[u8]) -> (Vec<String>, Account) {
    let mut events = Vec::new();
    let account = TableReader::new(form).read(log, true, true, |event| events.push(show(event)));
    assert_eq!(account.bytes(), log.len() as u64);
    (events, account)
}

/// The only event of a log.
fn one(log: &str) -> String {
    let (events, account) = read(&form(log.as_bytes()), log.as_bytes());
    assert_eq!((account.unrecognised_bytes, account.damaged_bytes), (0, 0), "{log}");
    assert_eq!(events.len(), 1, "{log}: {events:?}");
    events.into_iter().next().unwrap()
}

const EXPECTED: &str = "2026-11-25T09:35:20.200232Z [4] app@localhost/shop 200232us \
                        LockTime=166 RowsSent=1 RowsExamined=7 RowsAffected=2 | ";

/// What stands before the statement, in fields, and behind it.
const BEFORE: &str = "'2026-11-25 09:35:20.000000','app[app] @ localhost []','00:00:00.200232','00:00:00.000166',1,7,'shop',0,0,1,";

fn csv(statement: &str) -> String {
    format!("{}{statement},4,2\n", BEFORE.replace('\'', "\""))
}

fn tsv(statement: &str) -> String {
    format!("{}{statement}\t4\t2\n", BEFORE.replace('\'', "").replace(',', "\t"))
}

fn dump(statement: &str) -> String {
    format!("INSERT INTO `slow_log` VALUES ({BEFORE}{statement},4,2);\n")
}

#[test]
fn columns_that_nobody_knows_come_last() {
    let names = "start_time,user_host,query_time,lock_time,rows_sent,rows_examined,db,\
                 last_insert_id,insert_id,server_id,sql_text,thread_id,rows_affected,note,more";
    for values in ["4,2,'x','y'", "4,2,NULL,1", "4,2,'x',NULL"] {
        let log =
            format!("INSERT INTO `slow_log` ({names}) VALUES ({BEFORE}'SELECT 1',{values});\n");
        assert_eq!(one(&log), format!("{EXPECTED}SELECT 1"), "{log}");
    }
}

#[test]
fn every_way_to_write_a_statement() {
    for (log, text) in [
        // The file of the CSV engine.
        (csv(r#""SELECT 1""#), "SELECT 1"),
        (csv(r#""it's \"q\" \\ b\\n a\nb\r\n	c, d""#), "it's \"q\" \\ b\\n a\nb\r\n\tc, d"),
        (csv(r#""""#), ""),
        // SELECT … INTO OUTFILE … FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"'.
        (csv("\"a\\\nb\\0\\\"\""), "a\nb\0\""),
        (
            csv("\"x\\\n2026-11-25 09:35:20,app[app] @ h [],00:00:01,00:00:00,1,1,d,0,0,1,y\""),
            "x\n2026-11-25 09:35:20,app[app] @ h [],00:00:01,00:00:00,1,1,d,0,0,1,y",
        ),
        // Doubled quotes, as Workbench, spreadsheets and `ESCAPED BY ''` write them.
        (csv("\"say \"\"a\"\", 'b\\n'\n and more\""), "say \"a\", 'b\\n'\n and more"),
        (csv("\"C:\\\" \"\"\"").replace("\\\" \"\"\"", "\\ \"\"x\"\"\""), "C:\\ \"x\""),
        // The client with --batch, SELECT … INTO OUTFILE, mysqldump --tab.
        (tsv("SELECT 1"), "SELECT 1"),
        (tsv(r"a\nb\tc\\d, 'e' \0"), "a\nb\tc\\d, 'e' \0"),
        (tsv("a\\\nb\\\tc"), "a\nb\tc"),
        // mysqldump.
        (dump("'SELECT 1'"), "SELECT 1"),
        (
            dump(r#"'it\'s \"q\" \\ (\'2026-11-25\', 1)\n;\Z'"#),
            "it's \"q\" \\ ('2026-11-25', 1)\n;\u{1a}",
        ),
        (dump("'it''s'"), "it's"),
        (dump("_binary 'SELECT \\0'"), "SELECT \0"),
        (dump("_utf8mb4'x'"), "x"),
        (dump("0x53454C4543542031"), "SELECT 1"),
        (dump("X'53454c4543542031'"), "SELECT 1"),
        (dump("''"), ""),
        (
            dump("'SELECT 1'").replace(",4,2)", " , 4 , 2 )").replace("VALUES (", "VALUES\n("),
            "SELECT 1",
        ),
        (
            dump("'SELECT 1'").replace("INSERT INTO `slow_log`", "REPLACE INTO mysql.slow_log"),
            "SELECT 1",
        ),
        (dump("'Quit'"), "administrator command: Quit"),
        (csv("\"Init DB\""), "administrator command: Init DB"),
    ] {
        assert_eq!(one(&log), format!("{EXPECTED}{text}"), "{log}");
    }
}

#[test]
fn every_list_of_columns() {
    let names = "start_time,user_host,query_time,lock_time,rows_sent,rows_examined,db,last_insert_id,insert_id,server_id,sql_text,thread_id";
    let mysql = csv("\"SELECT 1\"").replace(",4,2\n", ",4\n");
    for (log, expected) in [
        // Of MySQL the stamp is that of the end.
        (mysql.clone(), "2026-11-25T09:35:20Z [4] app@localhost/shop 200232us LockTime=166 RowsSent=1 RowsExamined=7 | SELECT 1"),
        // Before 5.6 there was no thread, and whole seconds.
        (mysql.replace("\",4\n", "\"\n").replace(".200232", "").replace("00:00:00\"", "00:00:02\""), "2026-11-25T09:35:20Z [-] app@localhost/shop 2000000us LockTime=166 RowsSent=1 RowsExamined=7 | SELECT 1"),
        (format!("{names}\n{mysql}"), "2026-11-25T09:35:20Z [4] app@localhost/shop 200232us LockTime=166 RowsSent=1 RowsExamined=7 | SELECT 1"),
        (format!("\"{}\"\r\n{}", names.replace(',', "\",\""), mysql.replace('\n', "\r\n")), "2026-11-25T09:35:20Z [4] app@localhost/shop 200232us LockTime=166 RowsSent=1 RowsExamined=7 | SELECT 1"),
        ("query_time;user_host;sql_text\n00:01:02;root[root] @ web [10.0.0.1];SELECT 1\n".to_owned(), "- [-] root@web/- 62000000us  | SELECT 1"),
        ("start_time\tquery_time\tsql_text\n2026-11-25T09:35:20+01:00\t838:59:59\tx\n".to_owned(), "2026-11-25T08:35:20Z [-] -@-/- 3020399000000us  | x"),
        // What Log Analytics exports.
        ("TimeGenerated [UTC],StartTime [UTC],QueryDurationMs,LockDurationMs,Host,Db,ThreadId,SqlText\n2026-11-25T09:36:00Z,2026-11-25T09:35:20Z,1500,3,web,shop,9,SELECT 1\n".to_owned(), "2026-11-25T09:35:21.500Z [9] -@web/shop 1500000us LockTime=3000 | SELECT 1"),
        ("INSERT INTO `slow_log` (`start_time`, `query_time`, `sql_text`) VALUES ('2026-11-25 09:35:20','00:00:01',NULL);\n".to_owned(), ""),
        (dump("'throttle:         3 \\'index not used\\' warning(s) suppressed.'"), "2026-11-25T09:35:20Z [4] app@localhost/shop throttled 3"),
    ] {
        if expected.is_empty() {
            assert!(read(&form(log.as_bytes()), log.as_bytes()).0.is_empty(), "{log}");
        } else {
            assert_eq!(one(&log), expected, "{log}");
        }
    }
}

#[test]
fn the_general_log_as_a_table() {
    let log = "\"2026-11-25 09:35:19.631175\",\"[root] @ localhost []\",3,1,\"Connect\",\"root@localhost on shop using Socket\"\n\
               \"2026-11-25 09:35:19.645825\",\"root[root] @ localhost []\",3,1,\"Query\",\"select 'a,\\\"'\"\n\
               \"2026-11-25 09:35:19.645826\",\"root[root] @ localhost []\",3,1,\"Init DB\",\"crm\"\n\
               \"2026-11-25 09:35:19.645827\",\"root[root] @ localhost []\",3,1,\"Prepare\",\"select ?\"\n\
               \"2026-11-25 09:35:19.645828\",\"root[root] @ localhost []\",3,1,\"Execute\",\"select 5\"\n\
               \"2026-11-25 09:35:19.656025\",\"root[root] @ localhost []\",3,1,\"Quit\",\"\"\n";
    let form = form(log.as_bytes());
    assert!(form.is_general());
    assert_eq!(
        read(&form, log.as_bytes()).0,
        [
            "2026-11-25T09:35:19.631175Z [3] root@localhost/shop Connected",
            "2026-11-25T09:35:19.645825Z [3] root@localhost/- | select 'a,\"'",
            "2026-11-25T09:35:19.645826Z [3] root@localhost/crm SchemaChosen",
            "2026-11-25T09:35:19.645828Z [3] root@localhost/- | select 5",
            "2026-11-25T09:35:19.656025Z [3] root@localhost/- Disconnected { lasted: None }",
        ]
    );
}

/// What becomes of bytes: rows, and each account.
#[test]
fn every_byte_has_its_account() {
    let row = csv("\"x\"");
    let values = format!("({BEFORE}'x',4,2)");
    let cases: [(String, [u64; 5]); 12] = [
        // rows, ignored, cut entry, unrecognised, damaged
        (row.repeat(3), [3, 0, 0, 0, 0]),
        (format!("{row}\n{row}noise\n{row}{row}"), [4, 1, 0, 6, 0]),
        (format!("of it\",4,2\n{row}"), [1, 11, 11, 0, 0]),
        (format!("{row}{}", &row[..40]), [1, 40, 0, 0, 0]),
        (format!("{row}{}", &row[..row.len() - 6]), [2, 0, 0, 0, 0]),
        // A quote too many: the next row is one.
        (
            format!("{row}{}{row}{row}", csv("\"x\" y\"")),
            [3, 0, 0, 0, csv("\"x\" y\"").len() as u64],
        ),
        (
            format!(
                "-- MySQL dump\nSET x;\nINSERT INTO `slow_log` VALUES {values},\n{values};\nUNLOCK TABLES;\n"
            ),
            [2, 21 + 30 + 15, 0, 0, 0],
        ),
        (format!("{values},{values};\n"), [2, 0, 0, 0, 0]),
        (format!("SELECT 1',4,2),{values};\n"), [1, 15, 15, 0, 0]),
        (
            format!("INSERT INTO `slow_log` VALUES {values},{}", &values[..50]),
            [1, 30 + 50, 0, 0, 0],
        ),
        (
            format!("INSERT INTO `slow_log` VALUES {values},('broken',1),{values};\n"),
            [2, 30, 0, 0, 13],
        ),
        (
            format!(
                "INSERT INTO `slow_log` VALUES {values};\nINSERT INTO `other` VALUES (1,'x');\nnoise\n"
            ),
            [1, 30 + 36, 0, 6, 0],
        ),
    ];
    for (log, expected) in cases {
        let (events, account) = read(&form(log.as_bytes()), log.as_bytes());
        let found = [
            events.len() as u64,
            account.ignored_bytes,
            account.cut_entry_bytes,
            account.unrecognised_bytes,
            account.damaged_bytes,
        ];
        assert_eq!(found, expected, "{log}");
        assert_eq!(account.lines, log.lines().count() as u64, "{log}");
    }
}

#[test]
fn other_files_are_no_tables() {
    for text in [
        "a,b,c\n1,2,3\n",
        "start_time,sql_text\n2026-11-25 09:35:20,SELECT 1\n",
        "INSERT INTO orders VALUES ('2026-11-25 09:35:20','a[b] @ c []',1);\n",
        "2026-11-25 09:35:20,root,00:00:01\n",
        "",
        "\n",
    ] {
        let found = Format::detect(&[text.as_bytes()], None);
        assert!(!matches!(found, Some(Format::MySqlTable(_))), "{text}: {found:?}");
    }
}

/// Pieces that tables are made of, and that break them.
const PIECES: [&str; 26] = [
    "\"2026-11-25 09:35:20\",\"a[b] @ c []\",\"00:00:01\",\"00:00:00\",1,2,\"d\",0,0,1,",
    "2026-11-25 09:35:20,a[b] @ c [],00:00:01,00:00:00,1,2,d,0,0,1,",
    "2026-11-25 09:35:20\ta[b] @ c []\t00:00:01\t00:00:00\t1\t2\td\t0\t0\t1\t",
    "('2026-11-25 09:35:20','a[b] @ c []','00:00:01','00:00:00',1,2,'d',0,0,1,",
    "\"SELECT 1\",4,2\n",
    "SELECT 1\t4\t2\n",
    "'SELECT 1',4,2)",
    "INSERT INTO `slow_log` VALUES ",
    "-- comment\n",
    "\"",
    "\"\"",
    "'",
    "''",
    "\\",
    "\\\"",
    "\\\n",
    ",",
    "\t",
    ";\n",
    ")",
    "(",
    "\n",
    "\r\n",
    "x",
    "0x41",
    "NULL",
];

fn logs() -> impl Strategy<Value = Vec<u8>> {
    let rows = [PIECES[0], PIECES[1], PIECES[2], PIECES[3]].map(str::to_owned);
    let whole = prop::sample::select(vec![
        format!("{}{}", rows[0], PIECES[4]),
        format!("{}\"a\"\"b\nc\",4,2\n", rows[0]),
        format!("{}{}", rows[2], PIECES[5]),
        format!("{}{},\n", rows[3], PIECES[6]),
    ]);
    let piece = prop::sample::select(PIECES.as_slice()).prop_map(str::to_owned);
    prop::collection::vec(prop_oneof![whole, piece], 0..30)
        .prop_map(|pieces| pieces.concat().into_bytes())
}

fn shapes() -> [Shape; 4] {
    [(b',', false), (b',', true), (b'\t', false)]
        .map(|(separator, quotes_double)| Shape::Separated { separator, quotes_double })
        .into_iter()
        .chain([Shape::Dump])
        .collect::<Vec<_>>()
        .try_into()
        .unwrap()
}

/// Reads as a program with little memory does: as much as there is up to the last cut, and what
/// was left open again.
fn read_in_blocks(
    form: &TableForm,
    log: &[u8],
    size: usize,
    bytes_ahead: usize,
) -> (Vec<String>, Account) {
    let mut reader = TableReader::looking_ahead(form, bytes_ahead);
    let mut events = Vec::new();
    let mut sum = Account::default();
    let (mut start, mut end) = (0, 0);
    loop {
        end = (end + size).min(log.len());
        let ends_log = end == log.len();
        let mut block = &log[start..end];
        if !ends_log {
            let Some(cut) = last_row(block, form).filter(|cut| *cut > 0) else { continue };
            block = &block[..cut];
        }
        let account = reader.read(block, start == 0, ends_log, |event| events.push(show(event)));
        let read = account.open_from.unwrap_or(block.len() as u64);
        assert_eq!(account.bytes(), read);
        assert_eq!(
            account.lines,
            block[..read as usize].split_inclusive(|b| *b == b'\n').count() as u64
        );
        sum.parsed_bytes += account.parsed_bytes;
        sum.ignored_bytes += account.ignored_bytes;
        sum.unrecognised_bytes += account.unrecognised_bytes;
        sum.damaged_bytes += account.damaged_bytes;
        sum.entries += account.entries;
        start += read as usize;
        if ends_log {
            assert_eq!(account.open_from, None);
            return (events, sum);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn blocks_change_nothing(log in logs(), size in 1..300usize, bytes_ahead in 0..300usize) {
        for shape in shapes() {
            let form = TableForm::new(shape, super::column::SLOW_LOG.to_vec()).unwrap();
            let mut whole = Vec::new();
            let account = TableReader::looking_ahead(&form, bytes_ahead)
                .read(&log, true, true, |event| whole.push(show(event)));
            prop_assert_eq!(account.bytes(), log.len() as u64);
            let (events, sum) = read_in_blocks(&form, &log, size, bytes_ahead);
            prop_assert_eq!(events, whole, "{:?}", shape);
            let Account { parsed_bytes, ignored_bytes, unrecognised_bytes, damaged_bytes, entries, .. } = account;
            prop_assert_eq!(sum, Account { parsed_bytes, ignored_bytes, unrecognised_bytes, damaged_bytes, entries, ..Account::default() });
        }
    }

    #[test]
    fn any_bytes_are_accounted_for(log in prop::collection::vec(any::<u8>(), 0..300), rows in logs()) {
        for log in [&log, &rows] {
            Format::detect(&[log], None);
            for shape in shapes() {
                let form = TableForm::new(shape, super::column::SLOW_LOG.to_vec()).unwrap();
                first_and_last_row_stamp(log, &form);
                read(&form, log);
            }
        }
    }
}
