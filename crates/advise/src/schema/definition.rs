//! The elements of a table: columns, keys, constraints, options.

use slowlog_event::Dialect;
use slowlog_lex::TokenKind;

use super::tokens::Cursor;
use super::{Column, ForeignKey, Index, IndexKey, Table, TypeClass, canonical_text};

/// A column, a key or a constraint.
pub(super) fn element(mut part: Cursor<'_, '_>, table: &mut Table) -> Option<()> {
    let name = if part.eat("constraint") {
        let symbol = part.peek()?.text;
        let unnamed = ["primary", "unique", "foreign", "check"]
            .iter()
            .any(|word| symbol.eq_ignore_ascii_case(word));
        if unnamed { None } else { part.name() }
    } else {
        None
    };
    let quoted = part.peek()?.kind == TokenKind::QuotedIdentifier;
    if quoted {
        return column(part, table);
    }
    if part.eat_all(&["primary", "key"]) {
        return key(part, name.or(Some("PRIMARY".to_owned())), "btree", Kind::Primary, table);
    }
    if part.eat("unique") {
        let _ = part.eat("key") || part.eat("index");
        part.eat_all(&["nulls", "not", "distinct"]);
        return key(part, name, "btree", Kind::Unique, table);
    }
    if part.eat_all(&["foreign", "key"]) {
        return foreign_key(part, table);
    }
    for method in ["fulltext", "spatial"] {
        if part.eat(method) {
            let _ = part.eat("key") || part.eat("index");
            return key(part, name, method, Kind::Plain, table);
        }
    }
    for word in ["check", "exclude", "like", "period"] {
        if part.eat(word) {
            return None;
        }
    }
    // `key` and `index` may be names of columns where nothing in parentheses follows.
    let mut ahead = part;
    if ahead.eat("key") || ahead.eat("index") {
        let mut keys = ahead;
        let named = keys.peek().is_some_and(|item| item.kind != TokenKind::OpenParen);
        if named {
            keys.name();
        }
        if keys.eat("using") {
            keys.name();
        }
        if keys.parenthesised().is_some() {
            return key(ahead, None, "btree", Kind::Plain, table);
        }
    }
    column(part, table)
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Primary,
    Unique,
    Plain,
}

fn key(
    mut part: Cursor<'_, '_>,
    name: Option<String>,
    method: &str,
    kind: Kind,
    table: &mut Table,
) -> Option<()> {
    let mut name = name;
    let has_name = part.peek()?.kind != TokenKind::OpenParen
        && !part.peek()?.text.eq_ignore_ascii_case("using");
    if has_name {
        name = part.name().or(name);
    }
    let mut method = method.to_owned();
    if part.eat("using") {
        method = part.name()?;
    }
    let keys = index_keys(part.parenthesised()?);
    let include = if part.eat("include") { key_names(part.parenthesised()?) } else { Vec::new() };
    let name = name.unwrap_or_else(|| keys.first().map(|key| key.text.clone()).unwrap_or_default());
    if kind == Kind::Primary {
        for key in &keys {
            if let Some(column) = table.columns.iter_mut().find(|column| column.name == key.text) {
                column.not_null = true;
            }
        }
    }
    table.indexes.push(Index {
        name,
        keys,
        unique: kind != Kind::Plain,
        primary: kind == Kind::Primary,
        constraint: kind != Kind::Plain,
        method,
        condition: None,
        include,
    });
    Some(())
}

fn foreign_key(mut part: Cursor<'_, '_>, table: &mut Table) -> Option<()> {
    if part.peek()?.kind != TokenKind::OpenParen {
        part.name();
    }
    let columns = key_names(part.parenthesised()?);
    if !part.eat("references") {
        return None;
    }
    references(part, columns, table)
}

fn references(mut part: Cursor<'_, '_>, columns: Vec<String>, table: &mut Table) -> Option<()> {
    let (schema, referred_table) = part.table_name()?;
    let referred = part.parenthesised().map(key_names).unwrap_or_default();
    table.foreign_keys.push(ForeignKey { columns, schema, table: referred_table, referred });
    Some(())
}

fn column(mut part: Cursor<'_, '_>, table: &mut Table) -> Option<()> {
    let name = part.name()?;
    let mut column = Column { name: name.clone(), ..Column::default() };
    let dialect = part.dialect();
    let mut words = Vec::new();
    let mut index = None;
    while let Some(item) = part.peek() {
        if item.kind == TokenKind::OpenParen {
            let inside = part.parenthesised()?;
            if words.len() <= 2 && column.length.is_none() {
                column.length = inside.rest().parse().ok();
            }
            continue;
        }
        if item.kind == TokenKind::OpenBracket {
            column.class = TypeClass::Array;
        }
        part.next();
        let word = item.text.to_ascii_lowercase();
        match word.as_str() {
            "not" if part.eat("null") => column.not_null = true,
            "primary" if part.eat("key") => index = Some(true),
            "unique" => index = index.or(Some(false)),
            "collate" => {
                let collation = part.table_name().map(|(_, name)| name);
                column.characters.get_or_insert_default().collation = collation;
            }
            "character" | "charset" if dialect == Dialect::MySql => {
                part.eat("set");
                column.characters.get_or_insert_default().charset = part.name();
            }
            "references" => {
                references(part, vec![name.clone()], table);
                break;
            }
            "default" | "comment" => {
                // What follows may be any literal; it is none of the words above.
                part.eat("not");
                part.next();
            }
            "generated" | "check" | "constraint" => words.push(String::new()),
            _ => words.push(word),
        }
    }
    if column.class != TypeClass::Array {
        column.class = class(&words, column.length, dialect);
    }
    if let Some(primary) = index {
        column.not_null |= primary;
        let keys = vec![IndexKey { text: name, ..IndexKey::default() }];
        table.indexes.push(Index {
            name: String::new(),
            keys,
            unique: true,
            primary,
            constraint: true,
            method: "btree".to_owned(),
            condition: None,
            include: Vec::new(),
        });
    }
    if !table.columns.iter().any(|known| known.name == column.name) {
        table.columns.push(column);
    }
    Some(())
}

/// The class of a type by its words. A type qualified with a schema has a dot in it.
fn class(words: &[String], length: Option<u32>, dialect: Dialect) -> TypeClass {
    let mysql = dialect == Dialect::MySql;
    let first = words.first().map_or("", String::as_str);
    match first {
        "tinyint" if length == Some(1) => TypeClass::Boolean,
        "int" | "integer" | "bigint" | "smallint" | "tinyint" | "mediumint" | "serial"
        | "bigserial" | "smallserial" | "int2" | "int4" | "int8" | "year" => TypeClass::Integer,
        "numeric" | "decimal" | "real" | "double" | "float" | "float4" | "float8" | "money" => {
            TypeClass::Number
        }
        "character" | "varchar" | "char" | "bpchar" | "citext" | "nvarchar" | "inet" | "cidr"
        | "name" | "binary" | "varbinary" => TypeClass::Text,
        "text" if !mysql => TypeClass::Text,
        "bytea" if !mysql => TypeClass::Text,
        "text" | "tinytext" | "mediumtext" | "longtext" | "blob" | "tinyblob" | "mediumblob"
        | "longblob" => TypeClass::Long,
        "boolean" | "bool" | "bit" => TypeClass::Boolean,
        "timestamp" | "timestamptz" | "date" | "time" | "timetz" | "datetime" | "interval" => {
            TypeClass::Temporal
        }
        "enum" | "set" => TypeClass::Enumeration,
        "uuid" => TypeClass::Uuid,
        "json" => TypeClass::Json,
        "jsonb" => TypeClass::Jsonb,
        "tsvector" => TypeClass::SearchVector,
        "xml" | "point" | "polygon" | "box" | "circle" | "line" | "path" | "lseg" | "geometry" => {
            TypeClass::Unordered
        }
        _ => TypeClass::Unknown,
    }
}

/// The keys of an index.
pub(super) fn index_keys(inside: Cursor<'_, '_>) -> Vec<IndexKey> {
    inside.parts().into_iter().filter_map(index_key).collect()
}

fn index_key(mut part: Cursor<'_, '_>) -> Option<IndexKey> {
    let mut key = IndexKey::default();
    let mut ahead = part;
    let name = ahead.name();
    let open = ahead.peek().is_some_and(|item| item.kind == TokenKind::OpenParen);
    match name {
        Some(name) if !open => {
            key.text = name;
            part = ahead;
        }
        // `c(10)` is a prefix of a column.
        Some(name) if part.dialect() == Dialect::MySql => {
            key.text = name;
            key.prefix = ahead.parenthesised()?.rest().parse().ok();
            part = ahead;
        }
        _ => {
            key.expression = true;
            let start = part.rest();
            let mut after = part;
            if name.is_some() {
                after.name();
            }
            after.parenthesised()?;
            let length = start.len() - after.rest().len();
            key.text = canonical_text(start.get(..length).unwrap_or(start));
            part = after;
        }
    }
    while let Some(item) = part.next() {
        match item.text.to_ascii_lowercase().as_str() {
            "desc" => key.descending = true,
            "first" => key.nulls_first = Some(true),
            "last" => key.nulls_first = Some(false),
            "asc" | "nulls" | "." => {}
            "collate" => {
                part.table_name();
            }
            other if item.kind == TokenKind::Word => key.class = Some(other.to_owned()),
            _ => {}
        }
    }
    Some(key)
}

/// Names between commas.
pub(super) fn key_names(inside: Cursor<'_, '_>) -> Vec<String> {
    inside.parts().into_iter().filter_map(|mut part| part.name()).collect()
}

/// What follows the parentheses of a table.
pub(super) fn options(mut rest: Cursor<'_, '_>, table: &mut Table) {
    while let Some(item) = rest.next() {
        let value = |rest: &mut Cursor<'_, '_>| {
            rest.eat("=");
            rest.name()
        };
        match item.text.to_ascii_lowercase().as_str() {
            "partition" if rest.eat("by") => table.partitioned = true,
            "engine" => table.engine = value(&mut rest),
            "charset" => table.charset = value(&mut rest),
            "character" if rest.eat("set") => table.charset = value(&mut rest),
            "collate" => table.collation = value(&mut rest),
            "row_format" => table.row_format = value(&mut rest),
            _ => {}
        }
    }
}
