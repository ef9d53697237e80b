//! Logs without times: statements are counted, their order shows loops, and nothing is said to
//! have taken no time.

use std::fmt::Write;

use slowlog::digest::NameKind;
use slowlog::{Analysis, Analyzer, Source};

fn analyze(log: &str) -> Analysis {
    let source = Source::reader("log", std::io::Cursor::new(log.as_bytes().to_vec()));
    Analyzer::new().analyze(vec![source]).unwrap()
}

/// Requests of one query and one more for each row, as `line` writes a statement.
fn requests(line: impl Fn(u32, &str) -> String) -> String {
    let mut log = String::new();
    for request in 0..40 {
        log.push_str(&line(
            request,
            &format!("SELECT id, author_id FROM post WHERE feed = {request}"),
        ));
        for row in 0..5 + request % 7 {
            let author = request * 31 + row * 7;
            log.push_str(&line(request, &format!("SELECT name FROM author WHERE id = {author}")));
        }
    }
    log
}

fn check(analysis: &Analysis) {
    let totals = analysis.digest.totals();
    let statements = (0..40).map(|request| 6 + request % 7).sum::<u64>();
    assert_eq!((totals.executions, totals.statements_without_time), (0, statements));
    assert_eq!((totals.duration_us, totals.period), (0, None));
    let findings = &analysis.n_plus_one.findings;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0].bursts, 40);
}

#[test]
fn the_general_log_of_mysql() {
    let begin = "2026-03-01T10:00:00.000000Z\t    7 Connect\tapp@web on shop using TCP/IP\n";
    let log = requests(|request, text| {
        let second = request * 2;
        format!(
            "2026-03-01T10:{:02}:{:02}.000000Z\t    7 Query\t{text}\n",
            second / 60,
            second % 60
        )
    });
    let analysis = analyze(&format!("{begin}{log}"));
    check(&analysis);
    let digest = &analysis.digest;
    for (_, query) in digest.queries() {
        let names = query.names(&digest.actors);
        assert_eq!(names, [(NameKind::User, &b"app"[..]), (NameKind::Database, b"shop")]);
    }
}

#[test]
fn log_statement_of_postgres_alone() {
    let log = requests(|request, text| {
        let second = request * 2;
        format!(
            "2026-03-01 10:{:02}:{:02}.000 UTC [7] app@shop LOG:  statement: {text}\n",
            second / 60,
            second % 60
        )
    });
    check(&analyze(&log));
}

/// Names hold from where a session says them to where it says others.
#[test]
fn whose_a_session_is() {
    let cases = [
        ("Connect\tapp@web on shop", "app@web/shop"),
        ("Init DB\tcrm", "app@web/crm"),
        ("Query\tUSE `hr`", "app@web/hr"),
        ("Change user\tbob@lan on crm", "bob@lan/crm"),
        ("Quit\t", "-@-/-"),
        ("Init DB\tcrm", "-@-/crm"),
    ];
    let mut log = String::from("260301 10:00:00\t    8 Connect\tother@host on else\n");
    for (number, (command, _)) in cases.iter().enumerate() {
        write!(log, "\t\t    7 {command}\n\t\t    7 Query\tSELECT c{number}\n").unwrap();
    }
    let analysis = analyze(&log);
    let digest = &analysis.digest;
    for (number, (command, expected)) in cases.iter().enumerate() {
        let text = format!("select c{number}");
        let (_, query) = digest
            .queries()
            .find(|(fingerprint, _)| *fingerprint.text == *text.as_bytes())
            .unwrap();
        let name = |kind: NameKind| {
            let names = query.names(&digest.actors);
            let mut of_kind = names.iter().filter(|(known, _)| *known == kind);
            of_kind
                .next()
                .map_or("-".to_owned(), |(_, name)| String::from_utf8_lossy(name).into_owned())
        };
        let found = [name(NameKind::User), name(NameKind::Database)];
        let (user, database) = expected.split_once('/').unwrap();
        assert_eq!(found, [user.split('@').next().unwrap(), database], "{command}");
    }
}

/// The first 128 are kept in another way than those behind them.
#[test]
fn who_ran_a_statement_is_known_however_many_there_are() {
    for (users, sessions, expected) in [(3, 3, 3), (3, 400, 3), (40, 40, 40), (200, 200, 47)] {
        let line = |session: usize| {
            let (user, client) = (session % users, session / users);
            format!(
                "2026-03-01 10:00:00.{:03} UTC [{session}] u{user:03}@shop 10.0.0.{client} LOG:  statement: SELECT 1\n",
                session % 1000
            )
        };
        let analysis = analyze(&(0..sessions).map(line).collect::<String>());
        let digest = &analysis.digest;
        let (_, query) = digest.queries().next().unwrap();
        let names = query.names(&digest.actors);
        let of_users: Vec<_> = names.iter().filter(|(kind, _)| *kind == NameKind::User).collect();
        assert!(of_users.is_sorted());
        assert_eq!(of_users.len(), expected, "{users} users, {sessions} sessions: {names:?}");
    }
}
