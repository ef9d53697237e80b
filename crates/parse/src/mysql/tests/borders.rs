//! Where entries begin and end: what is a statement's own text, what was cut, what is foreign.

use slowlog_event::Dialect;
use slowlog_lex::{Lexer, TokenKind};

use super::super::{SlowLogReader, first_slow_entry, last_slow_entry};
use super::{read, read_with};
use crate::mysql::border::{Border, Borders, Log};
use crate::mysql::head::{Start, follows_statement, start_at};

fn texts(log: &str) -> Vec<String> {
    let (events, _) = read(log);
    events.iter().filter_map(|event| Some(event.split_once("| ")?.1.to_owned())).collect()
}

#[test]
fn statements_end_at_heads() {
    for (statements, expected) in [
        // A head that is none.
        (
            "SELECT 1;\n-- a\n# Time: fake\nSELECT 2",
            vec!["SELECT 1;\n-- a\n# Time: fake\nSELECT 2"],
        ),
        (
            "CREATE PROCEDURE p() BEGIN SELECT 1;\n# Note: x\nSELECT 2;\nEND",
            vec!["CREATE PROCEDURE p() BEGIN SELECT 1;\n# Note: x\nSELECT 2;\nEND"],
        ),
        ("a;\n# Query_time: x\nb", vec!["a;\n# Query_time: x\nb"]),
        (
            "a;\n# User@Host: fake\n# Query_time: 1\nb",
            vec!["a;\n# User@Host: fake\n# Query_time: 1\nb"],
        ),
        // Without the end of a statement before it.
        ("a\n# Query_time: 1\nb", vec!["a\n# Query_time: 1\nb"]),
        // A head in a literal, a name, a comment.
        ("a 'b;\n# Query_time: 99\nc'", vec!["a 'b;\n# Query_time: 99\nc'"]),
        ("a \"b;\n# Query_time: 99\nc\\\"\"", vec!["a \"b;\n# Query_time: 99\nc\\\"\""]),
        ("a `b;\n# Query_time: 99\nc`", vec!["a `b;\n# Query_time: 99\nc`"]),
        ("a /* b;\n# Query_time: 99\nc */", vec!["a /* b;\n# Query_time: 99\nc */"]),
        // Comments up to the end of a line end there.
        ("a -- it's;\n# Query_time: 99\nc", vec!["a -- it's", "c"]),
        // A quote too many.
        ("a 'b;\n# Query_time: 99\nc", vec!["a 'b", "c"]),
        ("a 'b;\n# Query_time: 99\nc 'd'", vec!["a 'b", "c 'd'"]),
        (
            "a ';\n# Query_time: 9\nb ';\n# Query_time: 9\nc",
            vec!["a ';\n# Query_time: 9\nb '", "c"],
        ),
        // Quotes of two statements that pair: what was in the second one's is no text of the first.
        ("a 'b;\n# Query_time: 9\nc 'd', 'e;\n# Query_time: 9\nf", vec!["a 'b", "f"]),
        ("a 'b;\n# Query_time: 9\n', c", vec!["a 'b;\n# Query_time: 9\n', c"]),
    ] {
        let log = format!("# Query_time: 1\n{statements};\n# Query_time: 2\nlast;\n");
        let mut expected = expected;
        expected.push("last");
        assert_eq!(texts(&log), expected, "{log}");
        // At the end of the log instead of before another head.
        let log = format!("# Query_time: 1\n{statements};\n");
        expected.pop();
        assert_eq!(texts(&log), expected, "{log}");
    }
}

#[test]
fn a_literal_is_not_looked_for_further_than_a_mebibyte() {
    let filler = "x".repeat((1 << 20) - 100);
    let log = |filler: &str, more: &str| {
        format!(
            "# Query_time: 1\na 'b;\n# Query_time: 2\n{filler}{more}';\n# Query_time: 3\nlast;\n"
        )
    };
    assert_eq!(texts(&log(&filler, "")).len(), 2);
    assert_eq!(texts(&log(&filler, &filler)).len(), 3);
}

#[test]
fn entries_without_a_statement() {
    for (log, expected) in [
        ("# Query_time: 1\n# Query_time: 2\na;\n", vec!["", "a"]),
        ("# Query_time: 1\nSET timestamp=1;\n# Query_time: 2\na;\n", vec!["", "a"]),
        ("# Query_time: 1\nSET timestamp=1;\n", vec![""]),
        (
            "# Query_time: 1\n# Time: 240501 10:00:00\n# User@Host: a[b] @ c []\n# Query_time: 2\na;\n",
            vec!["", "a"],
        ),
        (
            "# Time: 240501 10:00:00\n# Query_time: 1\n\
          mysqld, Version: 5.7 (x). started with:\nTcp port: 0\nTime Argument\n",
            vec![""],
        ),
        ("# Query_time: 1\n;\n", vec![""]),
        // It reads like the beginning of a banner, too.
        (
            "# Query_time: 1  mysqld, Version: 5 (x). started with:\nTcp port: 0\n",
            vec!["Tcp port: 0"],
        ),
    ] {
        assert_eq!(texts(log), expected, "{log}");
    }
}

#[test]
fn logs_begin_and_end_anywhere() {
    let entry = "# Time: 240501 10:00:00\n# Query_time: 1\nselect 1;\n";
    // What stands around an entry: bytes ignored, among them of a cut entry, unrecognised, damaged.
    for (before, after, counts) in [
        ("", "", [0, 0, 0, 0]),
        ("\n \n", "", [3, 0, 0, 0]),
        ("rest of\nit;\n", "", [12, 12, 0, 0]),
        ("# Filesort: No\nSET timestamp=1;\nx;\n", "", [35, 35, 0, 0]),
        ("", "# Time: 240501 10:00:00\n# Query_time: 2.5", [0, 0, 0, 41]),
        ("", "# Time: 240501 10:00:00\n# User@Host: trunc", [0, 0, 0, 42]),
        ("", "# Ti", [0, 0, 0, 4]),
        ("", "mysqld, Version: 5.7 (x). started with:\nTcp", [0, 0, 0, 43]),
        (
            "",
            "mysqld, Version: 5.7 (x). started with:\nTcp port: 0\nTime Argument\nfoo\n\nbar\n",
            [1, 0, 8, 0],
        ),
    ] {
        let log = format!("{before}{entry}{after}");
        let (events, account) = read(&log);
        assert!(events[0].contains("select 1"), "{log}");
        let found = [
            account.ignored_bytes,
            account.cut_entry_bytes,
            account.unrecognised_bytes,
            account.damaged_bytes,
        ];
        assert_eq!(found, counts, "{log}");
        assert_eq!(account.lines, log.lines().count() as u64, "{log}");
    }
    for (log, unrecognised, damaged) in [
        ("", 0, 0),
        ("select 1;\nselect 2;\n", 20, 0),
        ("# Time: 081114 13:04:02\n# User@Host: truncated", 0, 46),
    ] {
        let (events, account) = read(log);
        assert_eq!(events.len(), 0);
        assert_eq!((account.unrecognised_bytes, account.damaged_bytes), (unrecognised, damaged));
    }
    let (_, account) =
        read("mysqld, Version: 5 (x). started with:\nTcp port: 0\nTime Argument\n\nfoo\n");
    let foreign = account.first_foreign.unwrap();
    assert_eq!((foreign.byte, foreign.line, account.foreign_lines), (65, 4, 1));
}

#[test]
fn blocks_are_cut_at_heads() {
    let log = "rest;\n# Time: 240501 10:00:00\n# Query_time: 1\nselect 1;\n\
               # Query_time: 2\nselect 2\n# Query_time: 3\n;\n# Time: 240501 10:00:00\n";
    let second = log.find("# Query_time: 2").unwrap();
    assert_eq!(first_slow_entry(log.as_bytes()), Some(6));
    assert_eq!(last_slow_entry(log.as_bytes()), Some(second));
    assert_eq!(last_slow_entry(&log.as_bytes()[..second]), Some(6));
    assert_eq!(last_slow_entry(&log.as_bytes()[6..second]), None);
    let banner = "x;\nmysqld, Version: 5 (x). started with:\nTcp port: 0\nTime Argument\n";
    assert_eq!(last_slow_entry(banner.as_bytes()), Some(3));
    assert_eq!(last_slow_entry(&banner.as_bytes()[..banner.len() - 10]), None);
}

#[test]
fn an_entry_that_may_go_on_is_left_open() {
    let first = "# Query_time: 1\nselect 1;\n";
    for (last, is_open) in [
        ("# Query_time: 2\nselect 2;\n", false),
        ("# Query_time: 2\nselect 'a;\n", true),
        ("# Query_time: 2\nselect 'a;\n# Query_time: 3\nb';\n", false),
        ("# Query_time: 2\nselect 'a;\n# Query_time: 3\nb;\n", true),
        ("# Query_time: 2\nselect", true),
        ("# Query_time: 2\nSET timestamp=1;\n", false),
        ("# Query_time: 2\n", true),
        ("# Query_time: 2\nselect 2;\n# Time: 240501 10:00:00\n", true),
    ] {
        let log = format!("{first}{last}");
        let (events, account) = read_with(SlowLogReader::default(), log.as_bytes(), false);
        let open_from = is_open.then_some(first.len() as u64);
        assert_eq!(account.open_from, open_from, "{log}");
        assert_eq!(events.len(), if is_open { 1 } else { 2 }, "{log}");
        let end = if is_open { first.len() } else { log.len() };
        assert_eq!(account.parsed_bytes, end as u64, "{log}");
        assert_eq!(account.lines, log[..end].lines().count() as u64, "{log}");
    }
}

/// The rule as it is written down, with the lexer and without memory.
pub(super) fn plain_border(log: Log<'_>, text: usize, bytes_ahead: usize) -> Border {
    let block = log.block;
    let is_open = |end: usize| {
        let mut lexer = Lexer::new(&block[text..end], Dialect::MySql);
        while lexer.next_token().kind != TokenKind::Eof {}
        lexer.is_open()
    };
    let heads: Vec<(usize, Start)> = (text..block.len())
        .filter(|at| *at == 0 || block[at - 1] == b'\n')
        .filter(|at| !block[*at].is_ascii_whitespace() && follows_statement(block, *at))
        .map(|at| (at, start_at(block, at)))
        .filter(|(_, start)| *start != Start::Nothing)
        .collect();
    let mut first = None;
    for (at, start) in heads {
        if let Some(first) = first
            && at - first > bytes_ahead
        {
            return Border::Head(first);
        }
        match start {
            Start::Cut if !log.ends => return Border::Open,
            Start::Cut if !is_open(at) => return Border::Cut(at),
            Start::Cut => {}
            _ if !is_open(at) => return Border::Head(at),
            _ => first = first.or(Some(at)),
        }
    }
    let end = block.len();
    let is_finished = if log.ends {
        block.trim_ascii_end().ends_with(b";")
    } else {
        follows_statement(block, end)
    };
    match first {
        Some(first) if end - first > bytes_ahead => Border::Head(first),
        _ if is_finished && !is_open(end) => Border::End,
        Some(first) if log.ends => Border::Head(first),
        None if log.ends => Border::End,
        _ => Border::Open,
    }
}

/// Time must not grow with the square of the log, whatever is left open.
#[test]
fn many_open_literals_take_no_longer_than_few() {
    for statement in ["a '", "a \\'", "a /*", "\\' ' '", "a `", "/*! \"", "\\' \" \" \" /* ` */"] {
        let log = format!("# Query_time: 1\n{statement};\n").repeat(60_000);
        let (events, account) = read_with(SlowLogReader::default(), log.as_bytes(), true);
        assert_eq!(account.parsed_bytes, log.len() as u64);
        assert!(!events.is_empty());
    }
}

/// Borders with a memory are those without.
pub(super) fn check_borders(block: &[u8], ends: bool, bytes_ahead: usize) {
    let log = Log { block, ends };
    let mut borders = Borders::looking_ahead(bytes_ahead);
    let mut text = 0;
    loop {
        let border = borders.end_of_statement(log, text, |_| false, |_| false);
        assert_eq!(
            border,
            plain_border(log, text, bytes_ahead),
            "{text} of {:?}",
            String::from_utf8_lossy(block)
        );
        let Border::Head(at) = border else { return };
        let Some(length) = memchr::memchr(b'\n', &block[at..]) else { return };
        text = at + length + 1;
    }
}
