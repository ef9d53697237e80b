//! Statements as an application sends them: shapes that differ, with gaps for values that do not matter.

use std::fmt::Write as _;

/// `%t` the table, `%c` a column, `%=` the same column again, `%n` a number, `%s` a text, `%d` an instant, `%i` and `%j` lists of
/// numbers and texts, `%r` rows for VALUES, `~` a line break where the shape has any, else a blank.
const TEMPLATES: [&str; 8] = [
    "SELECT a.id, a.%c, a.%c, a.created_at,~a.updated_at, a.lock_version~FROM %t a~WHERE a.tenant_id = %n~AND a.%c = %s \
     AND a.deleted_at IS NULL~ORDER BY a.created_at DESC, a.id LIMIT %n",
    "SELECT a.id, a.%c, a.%c, a.amount, d.position, d.%c~FROM %t a~JOIN %t_rows d ON d.parent_id = a.id~\
     WHERE a.id IN (%i)~AND d.created_at >= %d~ORDER BY d.position, a.id",
    "UPDATE %t~SET %c = %s, %c = %n,~lock_version = lock_version + 1, updated_at = %d~\
     WHERE id = %n AND tenant_id = %n~AND %c <> %s RETURNING id, lock_version",
    "INSERT INTO %t~(tenant_id, %c, %c, note, created_at)~VALUES %r~ON CONFLICT DO NOTHING~RETURNING id, created_at",
    "SELECT date_trunc('day', a.created_at) AS day,~count(*) AS n, sum(a.amount) AS total~FROM %t a~\
     WHERE a.created_at >= %d~AND a.%c IN (%j)~GROUP BY day ORDER BY day",
    "WITH recent AS (~SELECT id, %c FROM %t~WHERE created_at > %d ORDER BY id DESC LIMIT %n)~\
     SELECT r.id, r.%=, count(d.id) AS n~FROM recent r JOIN %t_rows d ON d.parent_id = r.id~\
     GROUP BY r.id, r.%= HAVING count(d.id) > %n",
    "DELETE FROM %t~WHERE tenant_id = %n AND %c = %s~AND created_at < %d~\
     AND NOT EXISTS (~SELECT 1 FROM %t_old h~WHERE h.parent_id = %t.id AND h.%c = %s)",
    "SELECT a.id, a.%c, coalesce(a.%c, %s) AS label, a.amount~FROM %t a~WHERE a.%c ILIKE %s~\
     AND (a.amount > %n OR a.%c = %s)~AND a.id IN (%i)~LIMIT %n",
];

/// Index in `TEMPLATES` of the one with rows.
const ROWS_TEMPLATE: usize = 3;

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
    /// Sent by the extended protocol: values are parameters.
    pub(super) prepared: bool,
    pub(super) multi_line: bool,
    pub(super) commented: bool,
    /// Ends in a comment that is another one each time.
    pub(super) traced: bool,
    pub(super) has_rows: bool,
    pub(super) table: String,
}

/// Shape `number` of `shapes`: no two have the same table and the same template.
pub(super) fn shape(number: usize, shapes: usize) -> Shape {
    let tables = shapes.div_ceil(TEMPLATES.len());
    // Neighbours in rank have different tables and templates.
    let (round, table) = (number / tables, number % tables);
    let template = (round + table) % TEMPLATES.len();
    let multi_line = chosen(number, 0x6A09_E667, 30);
    let commented = chosen(number, 0xBB67_AE85, 15);
    let name = table_name(table);
    let mut pieces = Vec::new();
    let mut text = String::new();
    if commented {
        let word = WORDS[table % WORDS.len()];
        let _ = write!(text, "/* application:shop,controller:{word}s,action:index */ ");
    }
    let mut column = number + 1;
    let mut chars = TEMPLATES[template].chars();
    while let Some(char) = chars.next() {
        let piece = match char {
            '~' => {
                text.push_str(if multi_line { "\n\t" } else { " " });
                continue;
            }
            '%' => match chars.next() {
                Some('t') => {
                    text.push_str(&name);
                    continue;
                }
                Some('c') => {
                    text.push_str(COLUMNS[column % COLUMNS.len()]);
                    column += 1;
                    continue;
                }
                Some('=') => {
                    text.push_str(COLUMNS[(column - 1) % COLUMNS.len()]);
                    continue;
                }
                Some('n') => Piece::Number,
                Some('s') => Piece::Word,
                Some('d') => Piece::Instant,
                Some('i') => Piece::Numbers,
                Some('j') => Piece::Words,
                Some('r') => Piece::Rows,
                other => unreachable!("a template has %{other:?}"),
            },
            char => {
                text.push(char);
                continue;
            }
        };
        pieces.push(Piece::Text(std::mem::take(&mut text).into()));
        pieces.push(piece);
    }
    pieces.push(Piece::Text(text.into()));
    Shape {
        pieces,
        prepared: chosen(number, 0x9E37_79B9, 45),
        multi_line,
        commented,
        traced: chosen(number, 0xA54F_F53A, 5),
        has_rows: template == ROWS_TEMPLATE,
        table: name,
    }
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
        for shapes in [1, 7, 500, 20_000] {
            let mut seen = HashSet::new();
            for number in 0..shapes {
                let shape = shape(number, shapes);
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
