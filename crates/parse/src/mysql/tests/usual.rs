//! The quick way through usual headers says what the general one says.

use proptest::prelude::*;

use crate::mysql::border::Log;
use crate::mysql::head::{Start, start_at};
use crate::mysql::header::Header;
use crate::mysql::usual::Usual;

/// Lines of headers by their places: usual ones first, then such as come close.
const TIMES: [&str; 8] = [
    "",
    "# Time: 2026-03-02T00:00:59.003219Z\n",
    "# Time: 2026-03-02T00:00:59.903219Z\n",
    "# Time: 240501  1:00:00\n",
    "# Time: 2026-03-02T00:00:59.003219+02:00\n",
    "# Time: 2026-03-02T00:00:59.0032191Z\n",
    "# Time: 2026-03-02T00:00:61.003219Z\n",
    "# Time: 240501 10:00:00 # User@Host: a[b] @ c []\n",
];
const USERS: [&str; 10] = [
    "# User@Host: app[app] @ jobs1 [10.0.0.8]  Id:   201\n",
    "# User@Host: app[root] @  [10.0.0.8]  Id: 9223372036854775808\n",
    "# User@Host: [] @ localhost []\n",
    "# User@Host: a;[b] @ c []  Id: 3 Schema: s\n",
    "# User@Host: a]b[a]b] @ c [x]\n",
    "# User@Host: a[b] @ c [x] y]\n",
    "# User@Host: a[b] @ c\n",
    "# User@Host:\n",
    "# User@Host: a[b] @ c []  Id: 3\r\n",
    "",
];
const OTHERS: [&str; 18] = [
    "",
    "# Thread_id: 8  Schema: test  QC_hit: No\n",
    "# Schema:   Last_errno: 0  Killed: 0\n",
    "# Rows_affected: 0  Bytes_sent: 100\n",
    "# User: root@10.0.0.1\n",
    "# Rows_sent: 7\n",
    "# Schema: my db  Key: a:b  QC_hit: Yes\n",
    "# Schema: my:  Killed: 1\n",
    "# Schema: \n",
    "# Thread_id: 9\tSchema: t  7th: x  Id: 5\n",
    "# Key: value;\n",
    "# Key: started with:\n",
    "# explain: 1\tSIMPLE\n",
    "#\n",
    "# Error 1366 x: y\n",
    "# Time: 240501 10:00:00\n",
    "# administrator command: Quit: x\n",
    "  Tmp_tables: 1\n",
];
const MEASURED: [&str; 14] = [
    "# Query_time: 0.000055  Lock_time: 0.000008 Rows_sent: 46  Rows_examined: 52\n",
    "# Query_time: 10.000055  Lock_time: 2.000008  Rows_sent: 0  Rows_examined: 123456789\n",
    "# Query_time: 0.000055  Lock_time: 0.000008 Rows_sent: 46  Rows_examined: 52 Errno: 7 Schema: x\n",
    "# Query_time: 10  Lock_time: 0  Rows_sent: 46  Rows_examined: 52\n",
    "# Query_time: 0.5  Lock_time: 0.000008 Rows_sent: 46  Rows_examined: 52\n",
    "# Query_time: 0.0000551  Lock_time: 0.000008 Rows_sent: 46  Rows_examined: 52\n",
    "# Query_time: 18446744073708.796870.000036  Lock_time: 0.000000 Rows_sent: 0  Rows_examined: 0\n",
    "# Query_time: 1.000055  Lock_time: 99999999999999.000000 Rows_sent: 0  Rows_examined: 0\n",
    "# Query_time: 0.000055  Lock_time: 0.000008 Rows_sent: -1  Rows_examined: 52 #Errno: 7\n",
    "# Query_time: 0.000055  Lock_time: 0.000008 Rows_sent: 1  Rows_examined: 52 #Errno: 7\n",
    "# Query_time: 0.000055  Lock_time: 0.000008 Rows_sent: 1  Rows_examined: 52  \u{c}Errno: 7\n",
    "# Query_time: 0.000055  Lock_time: 0.000008 Rows_sent: 18446744073709551615  Rows_examined: 1;\n",
    "# Query_time: 0.000055  Lock_time: 0.000008 Rows_sent: 1  Rows_examined: 52# Thread_id: 8\n",
    "# Query_time: 0.000055\n",
];
const METADATA: [&str; 8] = [
    "SET timestamp=1772409600;\nselect 1;\n",
    "use shop;\nSET timestamp=1772409600;\nselect 1;\n",
    "SET timestamp=5;\nSELECT 123;\nx",
    "SET timestamp=1772409600.5;\nselect 1;\n",
    "SET last_insert_id=5,timestamp=1714557600;\n",
    "select 1;\n",
    "USE `shop`;\nSET timestamp=1772409600;\n",
    "x, Version: 5 started with:\nTcp port: 0\n",
];

/// One of the first three of a place, or any of them.
fn one_of(lines: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => prop::sample::select(&lines[..3]), 1 => prop::sample::select(lines)]
}

fn header() -> impl Strategy<Value = Vec<u8>> {
    let others = || prop::collection::vec(one_of(&OTHERS), 0..3).prop_map(|lines| lines.concat());
    let lines =
        (one_of(&TIMES), one_of(&USERS), others(), one_of(&MEASURED), others(), one_of(&METADATA));
    let change = prop_oneof![
        3 => Just(None),
        1 => (any::<prop::sample::Index>(), prop::sample::select(b" \n\r:;]#.0A=x".as_slice()), 0..3)
            .prop_map(Some)
    ];
    (lines, change).prop_map(|((time, user, before, measured, behind, metadata), change)| {
        let lines = [time, user, &before, measured, &behind, metadata];
        let mut header = lines.concat().into_bytes();
        if let Some((place, byte, way)) = change {
            let place = place.index(header.len());
            match way {
                0 => header[place] = byte,
                1 => header.insert(place, byte),
                _ => _ = header.remove(place),
            }
        }
        header
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn usual_headers_are_headers(headers in prop::collection::vec(header(), 1..6)) {
        let block = headers.concat();
        let mut usual = Usual::default();
        let starts = block.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        for at in [0].into_iter().chain(starts.map(|(newline, _)| newline + 1)) {
            let mut quick = Header::default();
            if usual.read(&block, at, &mut quick).is_none() {
                continue;
            }
            let lines = memchr::memchr_iter(b'\n', &block[at..quick.text]).count();
            prop_assert_eq!(quick.lines, Some(lines as u64));
            (quick.lines, quick.speaker) = (None, None);
            let text = String::from_utf8_lossy(&block[at..]);
            prop_assert_eq!(start_at(&block, at), Start::Entry, "{}", text);
            for ends in [true, false] {
                let mut counters = Vec::new();
                let general = Header::read(Log { block: &block, ends }, at, &mut counters);
                prop_assert_eq!(&general, &quick, "{}", text);
                prop_assert_eq!(&counters, &usual.counters, "{}", text);
            }
        }
    }
}

#[test]
fn usual_headers_are_read_the_quick_way() {
    let mut usual = Usual::default();
    for _ in 0..2 {
        for time in &TIMES[..5] {
            for (user, other) in USERS[..3].iter().zip(&OTHERS[..5]) {
                for (measured, metadata) in MEASURED[..3].iter().zip(&METADATA[..3]) {
                    let user = user.replace("9223372036854775808", "17");
                    let header = [time, user.as_str(), other, measured, other, metadata].concat();
                    let read = usual.read(header.as_bytes(), 0, &mut Header::default());
                    assert!(read.is_some(), "{header}");
                }
            }
        }
    }
}

#[test]
fn a_number_means_the_same_names() {
    let mut usual = Usual::default();
    let mut number = |user: &str, database: &str| {
        let user = format!("# User@Host: {user}\n");
        let header = [TIMES[1], &user, MEASURED[0], database, METADATA[0]].concat();
        let mut read = Header::default();
        usual.read(header.as_bytes(), 0, &mut read).unwrap();
        let header = read;
        usual.speakers.number(header.speaker, header.database()).unwrap()
    };
    let cases = [
        ("a[a] @ b []", ""),
        ("a[a] @ b []", "use x;\n"),
        ("a[a] @ b []", "use y;\n"),
        ("a[a] @ c []", ""),
        ("a[a] @ c []", "use x;\n"),
        ("[a] @ c []", ""),
    ];
    let first = cases.map(|(user, database)| number(user, database));
    let again = cases.map(|(user, database)| number(user, database));
    assert_eq!(first, again);
    let distinct = std::collections::BTreeSet::from(first);
    assert_eq!(distinct.len(), cases.len());
}
