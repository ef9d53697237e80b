//! Shapes of statements: they differ among themselves, with gaps for values that do not matter.

use std::fmt::Write as _;

use super::template::templates;
use crate::engine::Engine;

/// Letters alone: runs of digits in the name of a table are no difference to a fingerprint.
const WORDS: [&str; 48] = [
    "account",
    "address",
    "alert",
    "asset",
    "audit",
    "badge",
    "basket",
    "batch",
    "billing",
    "booking",
    "branch",
    "budget",
    "campaign",
    "carrier",
    "catalog",
    "channel",
    "claim",
    "client",
    "contract",
    "coupon",
    "course",
    "customer",
    "delivery",
    "device",
    "document",
    "employee",
    "event",
    "expense",
    "feature",
    "forecast",
    "gateway",
    "invoice",
    "item",
    "journal",
    "ledger",
    "message",
    "meter",
    "parcel",
    "payment",
    "price",
    "product",
    "region",
    "report",
    "shipment",
    "stock",
    "supplier",
    "ticket",
    "warehouse",
];

const COLUMNS: [&str; 16] = [
    "status",
    "kind",
    "label",
    "reference",
    "currency",
    "source",
    "category",
    "priority_code",
    "owner_name",
    "external_key",
    "country",
    "channel_name",
    "color",
    "unit",
    "state_code",
    "title",
];

#[derive(Debug)]
pub(super) enum Piece {
    Text(Box<str>),
    Number,
    Word,
    Instant,
    Numbers,
    Words,
    Rows,
}

/// One shape: its text with gaps for values.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) pieces: Vec<Piece>,
    /// Values stand beside the text, as parameters.
    pub(super) prepared: bool,
    /// Around texts within the statement.
    pub(super) quote: u8,
    /// Asks for rows and changes none.
    pub(super) reads: bool,
    pub(super) multi_line: bool,
    pub(super) commented: bool,
    /// Ends in a comment that is another one each time.
    pub(super) traced: bool,
    pub(super) has_rows: bool,
    pub(super) table: String,
}

/// Shape `number` of `shapes`: no two have the same table and the same template.
pub(super) fn shape(number: usize, shapes: usize, engine: Engine) -> Shape {
    let templates = templates(engine);
    let tables = shapes.div_ceil(templates.len());
    // Neighbours in rank have different tables and templates.
    let (round, table) = (number / tables, number % tables);
    let template = templates[(round + table) % templates.len()];
    let multi_line = chosen(number, 0x6A09_E667, 30);
    let commented = chosen(number, 0xBB67_AE85, 15);
    let mysql = engine == Engine::Mysql;
    // What a mapper writes has all its names quoted; what a person writes has none.
    let names_quoted = mysql && chosen(number, 0x510E_527F, 40);
    let name = table_name(table);
    let mut pieces = Vec::new();
    let mut text = String::new();
    if commented {
        let word = WORDS[table % WORDS.len()];
        let _ = write!(text, "/* application:shop,controller:{word}s,action:index */ ");
    }
    let mut column = number + 1;
    let mut rest = template;
    while let Some(char) = rest.chars().next() {
        rest = &rest[char.len_utf8()..];
        if char == '~' {
            text.push_str(if multi_line { "\n\t" } else { " " });
            continue;
        }
        if char != '%' {
            text.push(char);
            continue;
        }
        let gap = rest.as_bytes()[0];
        rest = &rest[1..];
        let piece = match gap {
            b't' => {
                let end = rest.find(|char: char| char != '_' && !char.is_ascii_lowercase());
                let (suffix, behind) = rest.split_at(end.unwrap_or(rest.len()));
                push_name(&mut text, &[&name, suffix], names_quoted);
                rest = behind;
                continue;
            }
            b'c' => {
                push_name(&mut text, &[COLUMNS[column % COLUMNS.len()]], names_quoted);
                column += 1;
                continue;
            }
            b'=' => {
                push_name(&mut text, &[COLUMNS[(column - 1) % COLUMNS.len()]], names_quoted);
                continue;
            }
            b'n' => Piece::Number,
            b's' => Piece::Word,
            b'd' => Piece::Instant,
            b'i' => Piece::Numbers,
            b'j' => Piece::Words,
            b'r' => Piece::Rows,
            other => unreachable!("a template has %{}", char::from(other)),
        };
        pieces.push(Piece::Text(std::mem::take(&mut text).into()));
        pieces.push(piece);
    }
    pieces.push(Piece::Text(text.into()));
    Shape {
        pieces,
        // A slow log shows the values of a prepared statement in its text.
        prepared: !mysql && chosen(number, 0x9E37_79B9, 45),
        quote: if mysql && chosen(number, 0x1F83_D9AB, 20) { b'"' } else { b'\'' },
        reads: template.starts_with("SELECT") || template.starts_with("WITH"),
        multi_line,
        commented,
        traced: chosen(number, 0xA54F_F53A, 5),
        has_rows: template.contains("%r"),
        table: name,
    }
}

fn push_name(text: &mut String, parts: &[&str], quoted: bool) {
    let quote = if quoted { "`" } else { "" };
    text.push_str(quote);
    text.extend(parts.iter().copied());
    text.push_str(quote);
}

/// Spreads `percent` of the numbers evenly, and differently for each multiplier: fractions of square
/// roots, whose multiples fill an interval without clusters.
fn chosen(number: usize, multiplier: u32, percent: u32) -> bool {
    (number as u32 + 1).wrapping_mul(multiplier) < u32::MAX / 100 * percent
}

/// Two words while they last; then letters behind them, as a table that is split has.
fn table_name(table: usize) -> String {
    let count = WORDS.len();
    // Seven is prime to 48: a permutation that does not start with the alphabet.
    let word = |digit: usize| WORDS[(digit % count * 7 + 5) % count];
    // The first word is shifted by the second: neighbours do not all begin alike.
    let mut name = format!("{}_{}s", word(table / count + table), word(table));
    let mut part = table / count / count;
    while part > 0 {
        name.extend(['_', char::from(b'a' + (part % 26) as u8)]);
        part /= 26;
    }
    name
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn shapes_differ_in_table_or_template_and_have_no_digits_in_names() {
        for (engine, shapes) in [Engine::Postgres, Engine::Mysql]
            .into_iter()
            .flat_map(|engine| [1, 7, 500, 20_000].map(|shapes| (engine, shapes)))
        {
            let mut seen = HashSet::new();
            for number in 0..shapes {
                let shape = shape(number, shapes, engine);
                assert!(!shape.table.bytes().any(|byte| byte.is_ascii_digit()));
                let verb = match &shape.pieces[0] {
                    Piece::Text(text) => text.clone(),
                    other => panic!("a shape starts with {other:?}"),
                };
                let gaps =
                    format!("{:?}", shape.pieces.iter().skip(1).step_by(2).collect::<Vec<_>>());
                assert!(seen.insert((shape.table, verb, gaps)), "{shapes}: {number} is not new");
            }
        }
    }
}
