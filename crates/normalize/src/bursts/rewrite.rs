//! What to send instead of a loop.

use slowlog_event::Dialect;

use crate::kind::StatementKind;

use super::link::Link;
use super::pattern::BurstKind;
use super::statement::Facts;

/// The statement that does the work of a whole burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewrite {
    /// All rows of the children by a list of keys.
    Batch,
    /// The first rows of each key, as the latest of a group.
    First,
    /// An aggregate by key.
    Aggregate,
    /// The keys that exist.
    Exists,
    /// An insert of many rows.
    Insert,
    /// An update from a list of keys and values.
    Update,
    /// A delete by a list of keys.
    Delete,
    /// An insert of many rows that updates those which exist.
    Upsert,
    /// The result of the first execution, kept.
    Reuse,
}

impl Rewrite {
    /// For a burst of which `children` are the statements of a turn.
    pub(crate) fn of(kind: BurstKind, children: &[&Facts]) -> Self {
        let has = |kind| children.iter().any(|child| child.kind == kind);
        match kind {
            BurstKind::Duplicate => Self::Reuse,
            BurstKind::Write if children.iter().any(|child| child.upserts) => Self::Upsert,
            BurstKind::Write if has(StatementKind::Insert) => {
                // Looked up first: insert if it is not there.
                let looked_up = children.iter().any(|child| child.kind == StatementKind::Select);
                if looked_up || has(StatementKind::Update) { Self::Upsert } else { Self::Insert }
            }
            BurstKind::Write if has(StatementKind::Update) => Self::Update,
            BurstKind::Write if has(StatementKind::Delete) => Self::Delete,
            BurstKind::Write => Self::Batch,
            BurstKind::Read => match children.first() {
                Some(child) if child.exists => Self::Exists,
                Some(child) if child.aggregate => Self::Aggregate,
                Some(child) if child.ordered && child.limited => Self::First,
                _ => Self::Batch,
            },
        }
    }

    /// The statement, from the normalised text of the child where that is known, else in words.
    pub fn text(self, child: &str, link: Option<&Link>, dialect: Dialect) -> String {
        let place = link.and_then(|link| key_place(child, &link.column));
        let table = link.map_or("the table", |link| link.table.as_str());
        let column = link.map_or("its key", |link| link.column.as_str());
        let many = match dialect {
            Dialect::Postgres => " = any(?)",
            Dialect::MySql => " in (?, …)",
        };
        match (self, place) {
            (Self::Reuse, _) => "keep the first result for the rest of the request".to_owned(),
            (Self::Insert, _) => {
                let end = child.find(" values").map_or(child.len(), |at| at + " values".len());
                format!("{} (…), (…), …: many rows in one statement", &child[..end])
            }
            (Self::Upsert, _) => match dialect {
                Dialect::Postgres => format!(
                    "insert into {table} (…) values (…), (…), … on conflict ({column}) do update \
                     set …"
                ),
                Dialect::MySql => {
                    format!("insert into {table} (…) values (…), (…), … on duplicate key update …")
                }
            },
            (Self::Update, _) => match dialect {
                Dialect::Postgres => format!(
                    "update {table} t set … = v.… from (values (…), (…), …) v({column}, …) where \
                     t.{column} = v.{column}"
                ),
                Dialect::MySql => format!(
                    "update {table} t join (select ? as {column}, ? as … union all …) v using \
                     ({column}) set t.… = v.…"
                ),
            },
            (Self::Delete, _) => format!("delete from {table} where {column}{many}"),
            (Self::Exists, Some(key)) => {
                let from = child.find(" from ").unwrap_or(0);
                format!("select distinct {}{}", key.name, key.replaced(child, from, many))
            }
            (Self::Aggregate, Some(key)) => format!(
                "select {}, {} group by {0} (a key without rows is missing: take it as 0)",
                key.name,
                key.replaced(child, "select ".len(), many)
            ),
            (Self::First, Some(key)) => match dialect {
                Dialect::Postgres => {
                    let text = key.replaced(child, "select ".len(), many);
                    let text = text.replacen(" order by ", &format!(" order by {}, ", key.name), 1);
                    format!("select distinct on ({}) {text}", key.name)
                }
                Dialect::MySql => {
                    let text = key.replaced(child, "select ".len(), many);
                    let (text, order) = text.split_once(" order by ").unwrap_or((&text, "…"));
                    let (list, rest) = text.split_once(" from ").unwrap_or((text, "…"));
                    format!(
                        "select * from (select {list}, row_number() over (partition by {} order \
                         by {order}) as place from {rest}) ranked where place = 1",
                        key.name
                    )
                }
            },
            (Self::Batch, Some(key)) if child.starts_with("select ") => {
                let list = &child[..child.find(" from ").unwrap_or(0)];
                let named = list.contains('*') || list.contains(key.name);
                let more = if named { String::new() } else { format!("{}, ", key.name) };
                format!("select {more}{}", key.replaced(child, "select ".len(), many))
            }
            _ => format!("one statement for all values of {table}.{column}{many}"),
        }
    }
}

/// Where a normalised text compares a key with a value.
struct KeyPlace<'t> {
    /// The column as the text names it.
    name: &'t str,
    /// Behind the name, and behind the value.
    start: usize,
    end: usize,
}

impl KeyPlace<'_> {
    /// The text from a place on, with a list instead of the value, without a LIMIT at its end.
    fn replaced(&self, text: &str, from: usize, many: &str) -> String {
        let from = from.min(self.start);
        let text = format!("{}{many}{}", &text[from..self.start], &text[self.end..]);
        let text = text.strip_suffix(" for update").unwrap_or(&text);
        text.strip_suffix(" limit ?").unwrap_or(text).to_owned()
    }
}

fn key_place<'t>(text: &'t str, column: &str) -> Option<KeyPlace<'t>> {
    [" = ?", " in (?)"].iter().find_map(|comparison| {
        text.match_indices(comparison).find_map(|(start, comparison)| {
            let name = text[..start].rsplit([' ', '(', ',']).next()?;
            let last = name.rsplit('.').next()?.trim_matches(['"', '`']);
            last.eq_ignore_ascii_case(column).then_some(KeyPlace {
                name,
                start,
                end: start + comparison.len(),
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_does_the_work_of_many() {
        let link = |table: &str, column: &str| Link { table: table.into(), column: column.into() };
        let (postgres, mysql) = (Dialect::Postgres, Dialect::MySql);
        for (rewrite, child, link, dialect, expected) in [
            (
                Rewrite::Batch,
                "select a.id, a.name from author a where a.id = ? limit ?",
                link("author", "id"),
                postgres,
                "select a.id, a.name from author a where a.id = any(?)",
            ),
            (
                Rewrite::Batch,
                "select t.name from tag t join book_tag b on t.id = b.tag_id where b.book_id = ?",
                link("tag", "book_id"),
                mysql,
                "select b.book_id, t.name from tag t join book_tag b on t.id = b.tag_id where \
                 b.book_id in (?, …)",
            ),
            (
                Rewrite::Aggregate,
                "select count(*) from review where book_id = ?",
                link("review", "book_id"),
                postgres,
                "select book_id, count(*) from review where book_id = any(?) group by book_id (a \
                 key without rows is missing: take it as 0)",
            ),
            (
                Rewrite::Exists,
                "select ? as a from review where (book_id = ? and user_id = ?) limit ?",
                link("review", "book_id"),
                postgres,
                "select distinct book_id from review where (book_id = any(?) and user_id = ?)",
            ),
            (
                Rewrite::First,
                "select r.* from review r where r.book_id = ? order by r.at desc limit ?",
                link("review", "book_id"),
                postgres,
                "select distinct on (r.book_id) r.* from review r where r.book_id = any(?) order \
                 by r.book_id, r.at desc",
            ),
            (
                Rewrite::First,
                "select r.* from review r where r.book_id = ? order by r.at desc limit ?",
                link("review", "book_id"),
                mysql,
                "select * from (select r.*, row_number() over (partition by r.book_id order by \
                 r.at desc) as place from review r where r.book_id in (?, …)) ranked where place \
                 = 1",
            ),
            (
                Rewrite::Insert,
                "insert into event (a, b) values (?)",
                link("event", "a"),
                postgres,
                "insert into event (a, b) values (…), (…), …: many rows in one statement",
            ),
            (
                Rewrite::Batch,
                "call f(?)",
                link("t", "a"),
                mysql,
                "one statement for all values of t.a in (?, …)",
            ),
        ] {
            assert_eq!(rewrite.text(child, Some(&link), dialect), expected, "{child}");
        }
    }
}
