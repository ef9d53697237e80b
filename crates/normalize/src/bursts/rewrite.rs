//! What to send instead of a loop.

use slowlog_event::Dialect;

use crate::kind::StatementKind;

use super::link::Link;
use super::parameters::Change;
use super::pattern::BurstKind;
use super::statement::Facts;

/// The statement that does the work of a whole burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewrite {
    /// All rows of the children by a list of keys.
    Batch,
    /// All rows of the children by a list of keys of several columns.
    Keys,
    /// The first row of each key, as the latest of a group.
    First,
    /// As many first rows of each key as the LIMIT says.
    Top,
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
    /// For a burst of which `children` are the statements of a turn. `change` is what changes of the
    /// one that tells most; `unique`: its rows are looked up by their id.
    pub(crate) fn of(kind: BurstKind, children: &[&Facts], change: Change, unique: bool) -> Self {
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
                _ if change == Change::Keys => Self::Keys,
                Some(child) if child.limited_to_one && !unique => Self::First,
                Some(child) if child.limited && !unique => Self::Top,
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
                format!("{} (…), (…), …: many rows in one statement", inserted(child))
            }
            (Self::Upsert, _) => {
                let insert = if child.starts_with("insert ") {
                    inserted(child).to_owned()
                } else {
                    format!("insert into {table} (…) values")
                };
                let update = match dialect {
                    Dialect::Postgres => "on conflict (…) do update set …",
                    Dialect::MySql => "on duplicate key update …",
                };
                format!("{insert} (…), (…), … {update}: it needs a unique key")
            }
            (Self::Update, _) => {
                let named = child.strip_prefix("update ").and_then(|rest| rest.split_once(" set "));
                let table = named.map_or(table, |(table, _)| table);
                match dialect {
                    Dialect::Postgres => format!(
                        "update {table} t set … = v.… from (values (…), (…), …) v({column}, …) \
                         where t.{column} = v.{column}"
                    ),
                    Dialect::MySql => format!(
                        "update {table} t join (select ? as {column}, ? as … union all …) v using \
                         ({column}) set t.… = v.…"
                    ),
                }
            }
            (Self::Delete, Some(key)) => key.replaced(child, 0, many),
            (Self::Delete, None) => format!("delete from {table} where {column}{many}"),
            (Self::Exists, Some(key)) => {
                format!("select distinct {}{}", key.name, key.from(child, many))
            }
            (Self::Aggregate, Some(key)) => {
                let first = child.find(" from ").unwrap_or(0);
                // A library may count the rows of a query in parentheses.
                let list = child.get("select ".len()..first).unwrap_or("count(*)");
                format!(
                    "select {}, {list}{} group by {0} /* a key without rows is missing: take it as \
                     0 */",
                    key.name,
                    key.from(child, many)
                )
            }
            (Self::First, Some(key)) if dialect == Dialect::Postgres => {
                let text = key.replaced(child, "select ".len(), many);
                let text = match text.rsplit_once(" order by ") {
                    Some((text, order)) => format!("{text} order by {}, {order}", key.name),
                    None => text,
                };
                format!("select distinct on ({}) {text}", key.name)
            }
            (Self::First | Self::Top, Some(key)) => {
                let text = key.replaced(child, "select ".len(), many);
                let (text, order) = text
                    .rsplit_once(" order by ")
                    .map_or((text.as_str(), String::new()), |(text, order)| {
                        (text, format!(" order by {order}"))
                    });
                let (list, rest) = text.split_once(" from ").unwrap_or((text, "…"));
                let most = if self == Self::First { "= 1" } else { "<= ?" };
                format!(
                    "select * from (select {list}, row_number() over (partition by {}{order}) as \
                     place from {rest}) ranked where place {most}",
                    key.name
                )
            }
            (Self::Batch, Some(key)) if child.starts_with("select ") => {
                let list = &child[..child.find(" from ").unwrap_or(0)];
                let more = if key.is_in(list) { String::new() } else { format!("{}, ", key.name) };
                format!("select {more}{}", key.replaced(child, "select ".len(), many))
            }
            (Self::Keys, _) => {
                format!("one statement joined with a list of all keys: {table}.{column} and others")
            }
            _ => format!("one statement for all values of {table}.{column}{many}"),
        }
    }
}

/// An insert up to its values.
fn inserted(child: &str) -> &str {
    let end = child.find(" values").map_or(child.len(), |at| at + " values".len());
    &child[..end]
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
        without_limit(&text).to_owned()
    }

    /// The same from the `from` of the query that the key stands in, which may be in parentheses.
    fn from(&self, text: &str, many: &str) -> String {
        let from = text[..self.start].rfind(" from ").unwrap_or(0);
        let mut depth = 0;
        let end = text[from..].find(|letter| {
            depth += match letter {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth < 0
        });
        let end = end.map_or(text.len(), |end| from + end);
        self.replaced(&text[..end.max(self.end)], from, many)
    }

    /// Does a list of columns hold the key?
    fn is_in(&self, list: &str) -> bool {
        let table = self.name.rsplit_once('.').map(|(table, _)| table);
        list.split([' ', ',']).any(|column| match column.strip_suffix('*') {
            Some("") => true,
            Some(of) => table.is_none_or(|table| of.strip_suffix('.') == Some(table)),
            None => column == self.name,
        })
    }
}

/// A text without LIMIT, OFFSET and locks at its end.
fn without_limit(mut text: &str) -> &str {
    const ENDS: [&str; 9] = [
        " for update",
        " limit ?",
        " limit ?, ?",
        " offset ?",
        " offset ? rows",
        " fetch first ? rows only",
        " fetch next ? rows only",
        " fetch first ? row only",
        " fetch first row only",
    ];
    while let Some(rest) = ENDS.iter().find_map(|end| text.strip_suffix(end)) {
        text = rest;
    }
    text
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
                "select book_id, count(*) from review where book_id = any(?) group by book_id /* a \
                 key without rows is missing: take it as 0 */",
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
                Rewrite::Batch,
                r#"select public."Depot".name from public."Depot" where (public."Depot".id = ? and ? = ?) limit ? offset ?"#,
                link("depot", "id"),
                postgres,
                r#"select public."Depot".id, public."Depot".name from public."Depot" where (public."Depot".id = any(?) and ? = ?)"#,
            ),
            (
                Rewrite::Batch,
                "select l.* from labels l join pairs p on l.id = p.label_id where p.book_id = ?",
                link("pairs", "book_id"),
                mysql,
                "select p.book_id, l.* from labels l join pairs p on l.id = p.label_id where \
                 p.book_id in (?, …)",
            ),
            (
                Rewrite::Aggregate,
                "select count(*) as n from (select b.id as b_id from b where b.author_id = ?) as a",
                link("b", "author_id"),
                postgres,
                "select b.author_id, count(*) as n from b where b.author_id = any(?) group by \
                 b.author_id /* a key without rows is missing: take it as 0 */",
            ),
            (
                Rewrite::Exists,
                "select exists (select * from b where b.author_id = ? and b.done = ?) as `exists`",
                link("b", "author_id"),
                mysql,
                "select distinct b.author_id from b where b.author_id in (?, …) and b.done = ?",
            ),
            (
                Rewrite::First,
                "select b.id from b where b.author_id = ? fetch first ? rows only",
                link("b", "author_id"),
                postgres,
                "select distinct on (b.author_id) b.id from b where b.author_id = any(?)",
            ),
            (
                Rewrite::Top,
                "select b.id from b where b.author_id = ? order by b.at desc limit ? offset ?",
                link("b", "author_id"),
                postgres,
                "select * from (select b.id, row_number() over (partition by b.author_id order by \
                 b.at desc) as place from b where b.author_id = any(?)) ranked where place <= ?",
            ),
            (
                Rewrite::Delete,
                r#"delete from public."Parcel" where public."Parcel"."boxId" = ?"#,
                link("parcel", "boxid"),
                postgres,
                r#"delete from public."Parcel" where public."Parcel"."boxId" = any(?)"#,
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
