//! Tables of cases: tokens of both dialects.

use slowlog_event::{Dialect, Literal};

use crate::{
    Lexer, TokenKind, comment_end, number_end, number_literal, redact, split_statements,
    string_end, string_literal,
};

/// The tokens as `kind:text`, with short names for the kinds.
fn tokens(sql: &str, dialect: Dialect) -> String {
    let mut lexer = Lexer::new(sql.as_bytes(), dialect);
    let mut out = Vec::new();
    loop {
        let token = lexer.next_token();
        let kind = match token.kind {
            TokenKind::Eof => return out.join(" "),
            TokenKind::Word => 'w',
            TokenKind::QuotedIdentifier => 'q',
            TokenKind::String => 's',
            TokenKind::Number => 'n',
            TokenKind::Parameter => 'p',
            TokenKind::Operator => 'o',
            TokenKind::Variable => 'v',
            TokenKind::Hint => 'h',
            TokenKind::Other => 'x',
            _ => '.',
        };
        out.push(format!("{kind}:{}", String::from_utf8_lossy(lexer.text(&token))));
    }
}

fn check(dialect: Dialect, cases: &[(&str, &str)]) {
    for (sql, expected) in cases {
        assert_eq!(tokens(sql, dialect), *expected, "{dialect:?}: {sql}");
    }
}

#[test]
fn postgres_tokens() {
    check(
        Dialect::Postgres,
        &[
            ("a.b::c[1:2]", "w:a .:. w:b .::: w:c .:[ n:1 o:: n:2 .:]"),
            (
                "'a''b' E'a\\'b' U&'x' U&\"y\" N'z' e 'x'",
                "s:'a''b' s:E'a\\'b' s:U&'x' q:U&\"y\" s:N'z' w:e s:'x'",
            ),
            ("'a\\' b", "s:'a\\' w:b"),
            ("$$a'$$ $x$ $$ $x$ $1 $ a$1", "s:$$a'$$ s:$x$ $$ $x$ p:$1 x:$ w:a$1"),
            (
                "1 1.5 .5 5. 1e5 1e 1_000 0x1F 0xg 1..2 12ab",
                "n:1 n:1.5 .:. n:5 n:5. n:1e5 n:1 w:e n:1_000 n:0x1F n:0 w:xg n:1 .:. n:.2 n:12 w:ab",
            ),
            ("= .5", "o:= n:.5"),
            ("a ? b ?| c ?", "w:a o:? w:b o:?| w:c o:?"),
            ("= ? and ?", "o:= p:? w:and p:?"),
            ("a ? ? b", "w:a o:? p:? w:b"),
            ("a=? b@?c d=%s e%s", "w:a o:= p:? w:b o:@? w:c w:d o:= p:%s w:e o:% w:s"),
            ("a=-1 b*-1 @-1 <->", "w:a o:= o:- n:1 w:b o:* o:- n:1 o:@- n:1 o:<->"),
            ("a--b\n+c /* x /* y */ z */ d", "w:a o:+ w:c w:d"),
            ("a+/*x*/b a#>b `", "w:a o:+ w:b w:a o:#> w:b o:`"),
            (":a = :b and a:b", "p::a o:= p::b w:and w:a o:: w:b"),
            ("%(x)s %(x) %s1", "p:%(x)s o:% .:( w:x .:) o:% w:s1"),
            ("/*+ x */ /*open", "h:/*+ x */"),
            ("\"a\"\"b\" \"open", "q:\"a\"\"b\" q:\"open"),
            ("select\u{e9} \u{0}x", "w:select\u{e9} w:x"),
            ("{ \\ }", "x:{ x:\\ x:}"),
        ],
    );
}

#[test]
fn mysql_tokens() {
    check(
        Dialect::MySql,
        &[
            ("`a``b` \"s\"\"t\" 'a\\'b'", "q:`a``b` s:\"s\"\"t\" s:'a\\'b'"),
            ("_utf8'x' _utf8 'x' _x n'y' x'1f'", "s:_utf8'x' s:_utf8 'x' w:_x s:n'y' s:x'1f'"),
            (
                "1a 1e5 1e5x 1e+5 1e 0x1F 0x1G 0b01 0b2 1.5e-3 0X1f",
                "w:1a n:1e5 w:1e5x n:1e+5 n:1e n:0x1F w:0x1G n:0b01 w:0b2 n:1.5e-3 n:0X1f",
            ),
            ("t.1a t.5", "w:t .:. w:1a w:t .:. n:5"),
            ("@a @@b.c @ 'h'@'x'", "v:@a v:@@b .:. w:c o:@ s:'h' o:@ s:'x'"),
            ("a<=>b->>c:=d!=e<<f<", "w:a o:<=> w:b o:->> w:c o::= w:d o:!= w:e o:<< w:f o:<"),
            ("5--1 6-- 7\n#x\n8", "n:5 o:- o:- n:1 n:6 n:8"),
            ("/*!50000 a */ b */ /*M! c */", "w:a w:b o:* o:/ w:c"),
            ("? ?| ?", "p:? p:? o:| p:?"),
            ("$1 a$b", "w:$1 w:a$b"),
        ],
    );
}

#[test]
fn statements_split_outside_of_literals() {
    let sql = b";a ';' b; -- c;d\n;\"x;y\";/* ; */ /*+ h */; e";
    let statements: Vec<_> = split_statements(sql, Dialect::Postgres)
        .map(|statement| String::from_utf8_lossy(statement).into_owned())
        .collect();
    assert_eq!(statements, ["a ';' b", "\"x;y\"", "/* ; */ /*+ h */", "e"]);
}

#[test]
fn redaction_keeps_the_layout_and_no_literal() {
    for (dialect, sql, expected) in [
        (Dialect::Postgres, "SELECT  'x' ,\n E'y', -5,$1 -- secret\n", "SELECT  ? ,\n ?, -?,$1 \n"),
        (Dialect::Postgres, "a/* secret */b /*+ secret */ c", "a b  c"),
        (Dialect::Postgres, "a = 'secret", "a = ?"),
        (Dialect::Postgres, "a = $$secret", "a = ?"),
        (Dialect::Postgres, "a /* secret", "a "),
        (Dialect::MySql, "a = \"secret\" # secret", "a = ? "),
        (Dialect::MySql, "/*!50000 a*/ = 1", "  a  = ?"),
    ] {
        let mut out = Vec::new();
        redact(sql.as_bytes(), dialect, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected, "{sql}");
    }
}

#[test]
fn literals_end() {
    for (text, end) in [
        ("12", Some(2)),
        ("12,", Some(2)),
        ("1.5 ", Some(3)),
        ("5.", None),
        ("1.5.", None),
        ("12a", None),
        ("1e5", None),
        ("1_0", None),
        ("x", None),
        ("", None),
        ("123456789012345678)", Some(18)),
    ] {
        assert_eq!(number_end(text.as_bytes(), 0), end, "{text}");
    }
    for (text, escapes, end) in [
        ("'a'", false, Some(3)),
        ("'a''b' c", false, Some(6)),
        ("'a\\' b", false, Some(4)),
        ("'a\\' b", true, None),
        ("'a\\' b'", true, Some(7)),
        ("'", false, None),
        ("'a long text of more than sixteen bytes, it''s one' x'", false, Some(51)),
    ] {
        assert_eq!(string_end(text.as_bytes(), 0, escapes), end, "{text}");
    }
    assert_eq!(comment_end(b"/* a /* b */ c */ d", 0, Dialect::Postgres), Some(17));
    assert_eq!(comment_end(b"/* a /* b */ c */ d", 0, Dialect::MySql), Some(12));
    assert_eq!(comment_end(b"/*/", 0, Dialect::MySql), None);
}

/// Every text of these bytes up to a length.
fn texts(bytes: &[u8], longest: usize) -> Vec<Vec<u8>> {
    let mut texts = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..longest {
        let until = texts.len();
        for place in from..until {
            for byte in bytes {
                texts.push([&texts[place][..], &[*byte]].concat());
            }
        }
        from = until;
    }
    texts
}

#[test]
fn literals_are_those_of_their_texts() {
    let check_string = |text: &[u8], escapes: bool| {
        let end = string_end(text, 0, escapes);
        let expected = end.map(|end| (Literal::from_text(&text[1..end - 1]), end));
        assert_eq!(string_literal(text, escapes), expected, "{}", String::from_utf8_lossy(text));
    };
    for text in texts(b"'a\\", 9) {
        for escapes in [false, true] {
            // Also where the end is in other words.
            for before in ["'", "'12345", "'1234567", "'a text of more than sixteen bytes"] {
                check_string(&[before.as_bytes(), &text].concat(), escapes);
            }
        }
    }
    for len in 0..100 {
        check_string(format!("'{}' x", "7".repeat(len)).as_bytes(), false);
        check_string(format!("\"{}\"", "x".repeat(len)).as_bytes(), true);
    }
    for text in texts(b"1. x", 9) {
        for before in ["", "98765"] {
            let text = [before.as_bytes(), &text].concat();
            let end = number_end(&text, 0);
            let expected = end.map(|end| (Literal::from_text(&text[..end]), end));
            assert_eq!(number_literal(&text), expected, "{}", String::from_utf8_lossy(&text));
        }
    }
}

#[test]
fn the_body_of_a_string_is_what_stands_between_its_quotes() {
    for (sql, body) in [
        ("'a''b'", "a''b"),
        ("E'x'", "x"),
        ("U&'x'", "x"),
        ("$$x$$", "x"),
        ("$t$x$t$", "x"),
        ("'open", "open"),
        ("$t$open", "open"),
        ("''", ""),
        ("'", ""),
    ] {
        let mut lexer = Lexer::new(sql.as_bytes(), Dialect::Postgres);
        let token = lexer.next_token();
        assert_eq!(String::from_utf8_lossy(lexer.string_body(&token)), body, "{sql}");
    }
}
