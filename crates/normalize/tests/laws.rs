//! Laws of normalisation, over any bytes and over random SQL.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use slowlog_event::{Dialect, Literal};
use slowlog_normalize::{FingerprintId, Normalizer, shape};

/// What a text normalises to, by a normaliser that has seen nothing.
#[derive(Debug, PartialEq)]
struct Answer {
    text: String,
    literals: Vec<Literal>,
    statements: u32,
    truncated: bool,
}

fn answer(normalizer: &mut Normalizer, sql: &[u8]) -> Answer {
    let answer = normalizer.normalize(sql);
    Answer {
        text: String::from_utf8_lossy(answer.text).into_owned(),
        literals: answer.literals.to_vec(),
        statements: answer.statements,
        truncated: answer.truncated,
    }
}

fn text(sql: &[u8], dialect: Dialect) -> Vec<u8> {
    Normalizer::new(dialect).normalize(sql).text.to_vec()
}

fn assert_idempotent(sql: &[u8], dialect: Dialect) -> Result<(), TestCaseError> {
    let once = text(sql, dialect);
    let twice = text(&once, dialect);
    prop_assert_eq!(
        String::from_utf8_lossy(&once),
        String::from_utf8_lossy(&twice),
        "{:?} of {:?}",
        dialect,
        String::from_utf8_lossy(sql)
    );
    Ok(())
}

const DIALECTS: [Dialect; 2] = [Dialect::Postgres, Dialect::MySql];

const WORDS: &[&str] = &[
    "select",
    "from",
    "where",
    "a",
    "b",
    "t",
    "t_22",
    "orders_2024_01",
    "in",
    "values",
    "value",
    "row",
    "insert",
    "into",
    "update",
    "set",
    "delete",
    "on",
    "duplicate",
    "key",
    "join",
    "inner",
    "outer",
    "left",
    "order",
    "by",
    "asc",
    "desc",
    "limit",
    "offset",
    "union",
    "all",
    "any",
    "array",
    "null",
    "true",
    "default",
    "is",
    "not",
    "distinct",
    "and",
    "or",
    "as",
    "with",
    "table",
    "create",
    "alter",
    "begin",
    "work",
    "commit",
    "end",
    "savepoint",
    "release",
    "rollback",
    "to",
    "prepare",
    "execute",
    "declare",
    "fetch",
    "close",
    "use",
    "names",
    "for",
    "except",
    "exists",
    "if",
    "only",
    "using",
    "interval",
    "nulls",
    "case",
    "when",
    "then",
    "else",
    "like",
    "truncate",
    "copy",
    "explain",
    "analyze",
    "listen",
    "unlisten",
    "replace",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    ",",
    ",",
    ",",
    ".",
    ";",
    "::",
    ":",
    ":=",
    "=",
    "<",
    "-",
    "+",
    "*",
    "/",
    "?",
    "?|",
    "@",
    "@@x",
    "@a",
    "$1",
    "$",
    ":n",
    "%s",
    "%(x)s",
    "!=",
    "||",
    "->>",
    "{",
    "\u{e9}",
    "_utf8",
    "1abc",
    "...",
    "…",
];

const LITERALS: &[&str] = &[
    "1",
    "22",
    "1.5",
    ".5",
    "5.",
    "1e5",
    "0x1F",
    "1_000",
    "'x'",
    "'it''s'",
    "''",
    "E'a\\'b'",
    "N'x'",
    "U&'d'",
    "X'1f'",
    "$$x$$",
    "$t$ ' $t$",
    "\"q\"",
    "\"Q\"\"r\"",
    "`b`",
    "`order`",
    "`B c`",
    "'",
    "\"",
];

const BLANKS: &[&str] =
    &[" ", " ", " ", " ", "", "\n\t", "/* c */", "-- c\n", "/*+ h(1) */", "/*!50000 "];

fn token() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => select(WORDS), 1 => select(LITERALS)]
}

fn blank() -> impl Strategy<Value = &'static str> {
    select(BLANKS)
}

fn sql() -> impl Strategy<Value = String> {
    vec((token(), blank()), 0..40).prop_map(|tokens| {
        tokens.iter().flat_map(|(token, blank)| [*token, *blank]).collect::<String>()
    })
}

/// A statement with holes for literals, as `{n}` and `{s}`.
fn template() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => select(WORDS).prop_map(str::to_owned),
        2 => Just("{n}".to_owned()),
        2 => Just("{s}".to_owned()),
        1 => Just("-{n}".to_owned()),
        1 => Just("/*{c}*/".to_owned()),
    ];
    vec(piece, 0..30).prop_map(|pieces| pieces.join(" "))
}

fn fill(template: &str, number: &str, string: &str, comment: &str) -> String {
    template.replace("{n}", number).replace("{s}", &format!("'{string}'")).replace("{c}", comment)
}

/// Pieces of a statement with holes for lists.
const LISTED: &[&str] = &[
    "select a from t where a in ({l})",
    "select f({l}) from t where b = any(array[{l}])",
    "insert into t values ({l}), ({l})",
    "values (now(), {l}, 'x')",
    "and b not in ({l}, a, 7) and c = -5 and d = $1",
    "or (a, b) in (({l}), (1, 2))",
    "limit 3, 4",
    "= null and e = 1",
];

const ELEMENTS: &[&str] = &[
    "1",
    "1",
    "23",
    "'x'",
    "'it''s'",
    "4567890123",
    "-1",
    "null",
    "$2",
    "1 + 1",
    "2::int",
    "e'\\''",
    "\"q\"",
];

/// Of most lists a few, of some more than are kept of a statement.
fn elements() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![4 => vec(select(ELEMENTS), 0..5), 1 => vec(select(ELEMENTS), 15..20)]
}

const SEPARATORS: &[&str] = &[", ", ", ", ", ", ",", " , ", ", /* c */ "];

/// `PROPTEST_CASES=100000` for a long search.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_normalise_once(sql in vec(any::<u8>(), 0..200)) {
        for dialect in DIALECTS {
            assert_idempotent(&sql, dialect)?;
        }
    }

    #[test]
    fn twice_is_once(sql in sql()) {
        for dialect in DIALECTS {
            assert_idempotent(sql.as_bytes(), dialect)?;
        }
    }

    #[test]
    fn every_prefix_normalises(sql in sql()) {
        for dialect in DIALECTS {
            for end in 0..sql.len() {
                assert_idempotent(&sql.as_bytes()[..end], dialect)?;
            }
        }
    }

    /// Other literals of the same kind, at whatever place the text ends: the same text.
    #[test]
    fn no_literal_shows(template in template()) {
        for dialect in DIALECTS {
            let one = fill(&template, "7319", "QZQJ", "c");
            let two = fill(&template, "8402", "KVKX", "d");
            for end in 0..=one.len() {
                let text = text(&one.as_bytes()[..end], dialect);
                let other = self::text(&two.as_bytes()[..end], dialect);
                prop_assert_eq!(
                    String::from_utf8_lossy(&text), String::from_utf8_lossy(&other),
                    "{}", &one[..end]
                );
                let text = String::from_utf8_lossy(&text).to_ascii_lowercase();
                prop_assert!(!text.contains("qz"), "{text}");
            }
        }
    }

    /// Lists of other lengths are answered as if nothing was seen before.
    #[test]
    fn memory_changes_no_list(
        pieces in vec(vec(prop_oneof![select(LISTED), select(WORDS)], 1..12), 1..3),
        order in vec((0usize..3, elements(), vec(select(SEPARATORS), 20)), 1..24),
    ) {
        let templates: Vec<String> = pieces.iter().map(|pieces| pieces.join(" ")).collect();
        for dialect in DIALECTS {
            let mut seen = Normalizer::new(dialect);
            // What is sent again as it is may be remembered in another way.
            let thrice = order.iter().cycle().take(3 * order.len());
            for (template, elements, separators) in thrice {
                let list: String =
                    separators.iter().zip(elements).flat_map(|(a, b)| [*a, *b]).collect();
                let list = list.trim_start_matches([',', ' ']);
                let sql = templates[template % templates.len()].replace("{l}", list);
                let first = answer(&mut Normalizer::new(dialect), sql.as_bytes());
                prop_assert_eq!(answer(&mut seen, sql.as_bytes()), first, "{}", sql);
            }
        }
    }

    /// A statement seen before with other literals is answered as if it were the first.
    #[test]
    fn memory_changes_nothing(
        templates in vec(prop_oneof![template(), sql()], 1..6),
        order in vec((0usize..6, 0usize..4), 1..24),
    ) {
        let fillings = [("1", "x", ""), ("22.5", "it''s", "c"), ("1234567890123", "a\\", "/ *"), ("7", "", "x /* y */")];
        for dialect in DIALECTS {
            let mut seen = Normalizer::new(dialect);
            for (template, filling) in &order {
                let (number, string, comment) = fillings[*filling];
                let sql = fill(&templates[template % templates.len()], number, string, comment);
                let first = answer(&mut Normalizer::new(dialect), sql.as_bytes());
                prop_assert_eq!(answer(&mut seen, sql.as_bytes()), first, "{}", sql);
            }
        }
    }

    /// Blanks between tokens say nothing.
    #[test]
    fn spacing_says_nothing(tokens in vec(token(), 0..30)) {
        // Open quotes eat what follows, and these tokens mean other things apart.
        let whole = |token: &&&str| !matches!(**token, "'" | "\"" | "..." | "…" | "$" | ":" | "@" | ".5" | "5." | "." | "_utf8");
        let tokens: Vec<&str> = tokens.iter().filter(whole).copied().collect();
        for dialect in DIALECTS {
            let near = text(tokens.join(" ").as_bytes(), dialect);
            let far = text(tokens.join("\n/* x */\t").as_bytes(), dialect);
            prop_assert_eq!(String::from_utf8_lossy(&near), String::from_utf8_lossy(&far));
        }
    }

    #[test]
    fn any_text_has_a_shape(sql in sql()) {
        for dialect in DIALECTS {
            shape(sql.as_bytes(), &text(sql.as_bytes(), dialect), dialect);
        }
    }
}

#[test]
fn ids_read_as_they_are_written() {
    let id = FingerprintId::of(b"select ?");
    let json = serde_json::to_string(&id).unwrap();
    assert_eq!(json, format!("\"{id}\""));
    assert_eq!(serde_json::from_str::<FingerprintId>(&json).unwrap(), id);
    for wrong in ["", "xyz", "0123456789abcde", "+123456789abcdef", "0123456789abcdef0"] {
        assert_eq!(
            wrong.parse::<FingerprintId>().unwrap_err().to_string(),
            "a fingerprint id is 16 hex digits"
        );
    }
}

/// The literals of a statement, by ordinal.
#[test]
fn literals_keep_their_values() {
    let int = |value| Literal::int(value).unwrap();
    let text = |text: &str| Literal::from_text(text.as_bytes());
    for (sql, literals) in [
        ("select 1, -2, - - 3, a - 4", vec![int(1), int(-2), int(3), int(4)]),
        ("select 'x', '25', ''", vec![text("x"), int(25), text("")]),
        ("select E'a', $t$b$t$, N'c'", vec![text("a"), text("b"), text("c")]),
        ("select null, True, false", vec![text("null"), text("true"), text("false")]),
        (
            "select $2, $1, ?, :x",
            vec![Literal::param(2), Literal::param(1), Literal::param(1), Literal::param(2)],
        ),
        ("select * from t where a in (1, 2, 3)", vec![int(1), int(2), int(3)]),
        ("set a = 5", vec![int(5)]),
        ("select 'open", vec![text("open")]),
        ("select $$open", vec![text("open")]),
    ] {
        let mut normalizer = Normalizer::new(Dialect::Postgres);
        for _ in 0..2 {
            assert_eq!(normalizer.normalize(sql.as_bytes()).literals, literals, "{sql}");
        }
    }
    let many = format!("select {}", vec!["7"; 100].join(", "));
    assert_eq!(
        Normalizer::new(Dialect::MySql).normalize(many.as_bytes()).literals.len(),
        Literal::KEPT
    );
}

/// Half a megabyte of each: with work that grew with its square this would run for hours.
#[test]
fn hostile_texts_take_no_longer_than_others() {
    let pieces = [
        "+",
        "-",
        "(",
        "((1),",
        "[",
        "'",
        "\"",
        "$",
        "$a",
        "?",
        ".",
        "a1.",
        "a1 /*+ x */ ",
        "/*",
        "/*+ ",
        "*/",
        "--",
        "\\",
        ",",
        "in (",
        "values (1), ",
        "union ",
        "union all select 1 ",
        "asc ",
        "inner ",
        "_a ",
        "%(",
        "%(a)s",
        ":",
        "::",
        "@",
        "`",
        "1.",
        "1e",
        "0x",
        "…",
        "...",
        "; ",
        "1; ",
        "select 1;",
        "set a = ",
        "savepoint a.",
        "E'",
        "\u{e9}",
        "not ",
        "a",
        "1",
        " ",
        "\0",
    ];
    for piece in pieces {
        let sql = piece.repeat(500_000 / piece.len());
        for dialect in DIALECTS {
            let mut normalizer = Normalizer::new(dialect);
            normalizer.normalize(sql.as_bytes());
            normalizer.normalize(format!("select a from t where b in ({sql}").as_bytes());
        }
    }
}
