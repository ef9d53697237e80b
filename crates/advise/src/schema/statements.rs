//! The statements of a dump.
//!
//! A dump has clauses of every version of every server. So it is read by its tokens: what is not
//! known is passed over, clause by clause, where a grammar would lose the whole table.

use slowlog_event::Dialect;
use slowlog_lex::TokenKind;

use super::definition::{element, index_keys, key_names, options};
use super::tokens::{Cursor, items};
use super::{Column, Index, Schema, Table, View, canonical_text};

/// Longer dumps are cut.
const LONGEST_DUMP: usize = 64 * 1024 * 1024;

pub(super) fn read(text: &str, dialect: Dialect, schema: &mut Schema) {
    let mut end = text.len().min(LONGEST_DUMP);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let unfolded = unfold(&text[..end]);
    let text = unfolded.as_deref().unwrap_or(&text[..end]);
    let all = items(text, dialect);
    // `SHOW CREATE TABLE` has words of the client around statements and no semicolon behind them.
    let starts = |place: usize| {
        let word = |ahead: usize| all.get(place + ahead).map_or("", |item| item.text);
        (word(0).eq_ignore_ascii_case("create") || word(0).eq_ignore_ascii_case("alter"))
            && [
                "table",
                "index",
                "unique",
                "view",
                "extension",
                "unlogged",
                "temporary",
                "or",
                "recursive",
                "definer",
                "sql",
                "algorithm",
                "materialized",
                "foreign",
            ]
            .iter()
            .any(|next| word(1).eq_ignore_ascii_case(next))
    };
    let mut place = 0;
    while place < all.len() {
        if !starts(place) {
            place += 1;
            continue;
        }
        let mut depth = 0usize;
        let mut end = place + 1;
        while end < all.len() {
            match all[end].kind {
                TokenKind::Semicolon if depth == 0 => break,
                TokenKind::OpenParen => depth += 1,
                TokenKind::CloseParen => depth = depth.saturating_sub(1),
                TokenKind::Word if depth == 0 && starts(end) => break,
                _ => {}
            }
            end += 1;
        }
        let mut cursor = Cursor::new(text, &all[place..end], dialect);
        let _ = statement(&mut cursor, schema);
        place = end;
    }
}

/// The client's table output has a statement in one line, with `\n` for its newlines.
fn unfold(text: &str) -> Option<String> {
    let folded = text.lines().any(|line| {
        line.contains("CREATE TABLE") && line.contains("(\\n") && line.contains("\\n)")
    });
    folded.then(|| text.replace("\\n", "\n"))
}

fn statement(cursor: &mut Cursor<'_, '_>, schema: &mut Schema) -> Option<()> {
    if cursor.eat("alter") {
        return alter(cursor, schema);
    }
    cursor.eat("create");
    cursor.eat_all(&["or", "replace"]);
    for word in ["unlogged", "temporary", "foreign", "recursive"] {
        cursor.eat(word);
    }
    let materialized = cursor.eat("materialized");
    if let Some(view) = before_view(*cursor) {
        return create_view(view, materialized, schema);
    }
    if cursor.eat("table") {
        return table(cursor, schema);
    }
    let unique = cursor.eat("unique");
    if cursor.eat("index") {
        return index(cursor, unique, schema);
    }
    if cursor.eat("extension") {
        cursor.eat_all(&["if", "not", "exists"]);
        schema.extensions.push(cursor.name()?);
    }
    Some(())
}

fn table(cursor: &mut Cursor<'_, '_>, schema: &mut Schema) -> Option<()> {
    cursor.eat_all(&["if", "not", "exists"]);
    let written = cursor.written_table_name();
    let (namespace, name) = cursor.table_name()?;
    let mut table = Table { schema: namespace, name, written, ..Table::default() };
    if cursor.eat_all(&["partition", "of"]) {
        let (parent_schema, parent) = cursor.table_name()?;
        table.partition = true;
        let this = (table.schema.clone(), table.name.clone());
        if let Some(parent) = schema.table_mut(parent_schema.as_deref(), &parent) {
            table.columns.clone_from(&parent.columns);
            parent.partitions.push(this);
        }
    }
    match cursor.parenthesised() {
        Some(body) => {
            for part in body.parts() {
                element(part, &mut table);
            }
        }
        // Words of a client, as in `Create Table: CREATE TABLE …`.
        None if !table.partition => return None,
        None => {}
    }
    options(*cursor, &mut table);
    schema.add(table);
    Some(())
}

fn alter(cursor: &mut Cursor<'_, '_>, schema: &mut Schema) -> Option<()> {
    if !cursor.eat("table") {
        return None;
    }
    cursor.eat_all(&["if", "exists"]);
    cursor.eat("only");
    let (namespace, name) = cursor.table_name()?;
    if cursor.eat_all(&["attach", "partition"]) {
        let partition = cursor.table_name()?;
        schema.table_mut(partition.0.as_deref(), &partition.1)?.partition = true;
        let parent = schema.table_mut(namespace.as_deref(), &name)?;
        if !parent.partitions.contains(&partition) {
            parent.partitions.push(partition);
        }
        return Some(());
    }
    let table = schema.table_mut(namespace.as_deref(), &name)?;
    for mut part in cursor.parts() {
        if part.eat("add") {
            part.eat("column");
            element(part, table);
        }
    }
    Some(())
}

/// Behind `VIEW`, if that is what is made: between it and `CREATE`, MySQL says who made it and how.
fn before_view<'i, 't>(mut cursor: Cursor<'i, 't>) -> Option<Cursor<'i, 't>> {
    /// `ALGORITHM = UNDEFINED DEFINER = a@b SQL SECURITY DEFINER`
    const MOST_WORDS: usize = 14;
    const ENDS: [&str; 9] =
        ["as", "(", "table", "index", "unique", "extension", "trigger", "function", "procedure"];
    for _ in 0..MOST_WORDS {
        let word = cursor.next()?.text;
        if word.eq_ignore_ascii_case("view") {
            return Some(cursor);
        }
        if ENDS.iter().any(|end| word.eq_ignore_ascii_case(end)) {
            return None;
        }
    }
    None
}

fn create_view(mut cursor: Cursor<'_, '_>, materialized: bool, schema: &mut Schema) -> Option<()> {
    cursor.eat_all(&["if", "not", "exists"]);
    let written = cursor.written_table_name();
    let (namespace, name) = cursor.table_name()?;
    // Columns with names of their own, or options.
    let mut renamed = Vec::new();
    while !cursor.eat("as") {
        match cursor.parenthesised() {
            Some(inside) => renamed = key_names(inside),
            None => {
                cursor.next()?;
            }
        }
    }
    let mut query = cursor.rest();
    for end in ["WITH NO DATA", "WITH DATA", "WITH CHECK OPTION", "WITH CASCADED CHECK OPTION"] {
        let before = query.len().checked_sub(end.len()).filter(|at| query.is_char_boundary(*at));
        if before.is_some_and(|before| query[before..].eq_ignore_ascii_case(end)) {
            query = &query[..before?];
        }
    }
    let (mut access, top) = slowlog_normalize::view(query, cursor.dialect())?;
    let block = access.blocks.get_mut(top)?;
    for ((name, _), renamed) in block.names.iter_mut().zip(renamed) {
        *name = renamed;
    }
    if materialized {
        let column = |(name, _): &(String, _)| Column { name: name.clone(), ..Column::default() };
        let columns = block.names.iter().map(column).collect();
        schema.add(Table { schema: namespace, name, written, columns, ..Table::default() });
        return Some(());
    }
    // mysqldump first makes a view that only has the names of the columns.
    schema.views.retain(|view| view.schema != namespace || view.name != name);
    schema.views.push(View { schema: namespace, name, access, top });
    Some(())
}

fn index(cursor: &mut Cursor<'_, '_>, unique: bool, schema: &mut Schema) -> Option<()> {
    cursor.eat("concurrently");
    cursor.eat_all(&["if", "not", "exists"]);
    let named = !cursor.peek()?.text.eq_ignore_ascii_case("on");
    let name = if named { cursor.name()? } else { String::new() };
    let mut method = if cursor.eat("using") { cursor.name()? } else { "btree".to_owned() };
    if !cursor.eat("on") {
        return None;
    }
    cursor.eat("only");
    let (namespace, table) = cursor.table_name()?;
    if cursor.eat("using") {
        method = cursor.name()?;
    }
    let keys = index_keys(cursor.parenthesised()?);
    let include =
        if cursor.eat("include") { key_names(cursor.parenthesised()?) } else { Vec::new() };
    let mut condition = None;
    while let Some(item) = cursor.next() {
        if item.text.eq_ignore_ascii_case("where") {
            condition = Some(canonical_text(cursor.rest()));
            break;
        }
    }
    let table = schema.table_mut(namespace.as_deref(), &table)?;
    let constraint = false;
    table.indexes.push(Index {
        name,
        keys,
        unique,
        primary: false,
        constraint,
        method,
        condition,
        include,
    });
    Some(())
}
