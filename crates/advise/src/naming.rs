//! What the names of columns say of their values, where nothing else does.

use std::collections::{HashMap, HashSet};

use crate::schema::{Schema, Table, TypeClass};

/// A column that so many tables have, …
const OWNER_TABLES: usize = 4;
/// … and at least one of so many, is an owner's.
const OWNER_SHARE: usize = 3;
/// The columns of a table that refer to others: by a foreign key, or by their names (`store_id`).
pub(crate) fn parents<'s>(schema: &'s Schema, table: &'s Table) -> HashMap<&'s str, usize> {
    let mut parents = HashMap::new();
    for column in &table.columns {
        let stem = column.name.strip_suffix("_id").or_else(|| column.name.strip_suffix("Id"));
        let Some(stem) = stem.filter(|stem| !stem.is_empty()) else { continue };
        let ies = stem.strip_suffix('y').map(|stem| format!("{stem}ies"));
        let names = [Some(stem.to_owned()), Some(format!("{stem}s")), ies];
        let of = |name: String| schema.place(table.schema.as_deref(), &name.to_ascii_lowercase());
        if let Some(parent) = names.into_iter().flatten().find_map(of) {
            parents.insert(column.name.as_str(), parent);
        }
    }
    for key in &table.foreign_keys {
        if let ([column], Some(parent)) =
            (key.columns.as_slice(), schema.place(key.schema.as_deref(), &key.table))
        {
            parents.insert(column, parent);
        }
    }
    parents
}

/// Columns that a large share of all tables have, and that name what else they belong to.
pub(crate) fn owners(schema: &Schema) -> HashSet<String> {
    let mut count: HashMap<&str, usize> = HashMap::new();
    let whole = schema.tables.iter().filter(|table| !table.partition);
    let tables = whole.clone().count();
    for column in whole.flat_map(|table| &table.columns) {
        if column.name.len() > 2 && column.name.ends_with("id") {
            *count.entry(&column.name).or_default() += 1;
        }
    }
    let many = |count: usize| count >= OWNER_TABLES && count * OWNER_SHARE >= tables;
    count.into_iter().filter(|(_, n)| many(*n)).map(|(name, _)| name.to_owned()).collect()
}

/// Words that name columns with a few values, at the end of a name.
const FLAT: [&str; 30] = [
    "status",
    "state",
    "type",
    "kind",
    "role",
    "level",
    "plan",
    "tier",
    "gender",
    "country",
    "currency",
    "language",
    "lang",
    "locale",
    "priority",
    "severity",
    "channel",
    "stage",
    "phase",
    "mode",
    "visibility",
    "category",
    "active",
    "enabled",
    "deleted",
    "archived",
    "flag",
    "published",
    "verified",
    "processed",
];

/// Words that name numbers which are small: counts, and places of a row among those of its parent.
const SMALL: [&str; 24] = [
    "qty", "quantity", "count", "attempts", "rank", "position", "ordinal", "order", "seq",
    "sequence", "step", "line", "rev", "revision", "version", "rating", "stars", "age", "year",
    "month", "week", "day", "hour", "quality",
];

/// Words that begin the names of columns which say that a row is out of use.
const SELDOM: [&str; 8] =
    ["deleted", "removed", "archived", "cancel", "banned", "blocked", "suspended", "revoked"];

/// Words that name columns which tell rows apart, at the end of a name.
const NAMING: [&str; 21] = [
    "email",
    "mail",
    "sku",
    "code",
    "token",
    "slug",
    "hash",
    "uuid",
    "guid",
    "ref",
    "reference",
    "name",
    "title",
    "url",
    "uri",
    "path",
    "phone",
    "number",
    "key",
    "login",
    "username",
];

/// Distinct values by the name and the type of a column.
pub(crate) fn guessed_distinct(column: &str, class: TypeClass, rows: f64) -> f64 {
    let last = column.rsplit('_').next().unwrap_or(column);
    let begins = ["is_", "has_", "can_"].iter().any(|begin| column.starts_with(begin));
    let few = match class {
        TypeClass::Boolean => 2.0,
        TypeClass::Enumeration => 5.0,
        _ if begins => 2.0,
        _ if FLAT.contains(&last) => 4.0,
        TypeClass::Temporal => return (rows * 0.5).max(1.0),
        TypeClass::Uuid => return rows.max(1.0),
        // A foreign key: each parent has some.
        _ if last == "id" || column.ends_with("id") => return (rows / 50.0).max(1.0),
        TypeClass::Integer if is_small(column) => 100.0,
        _ if NAMING.contains(&last) => return (rows / 2.0).max(1.0),
        TypeClass::Integer | TypeClass::Number => return (rows / 20.0).max(1.0),
        TypeClass::Text | TypeClass::Long | TypeClass::Unknown => 200.0,
        _ => return (rows / 20.0).max(1.0),
    };
    f64::min(few, rows.max(1.0))
}

/// Is it a number that counts something?
pub(crate) fn is_small(column: &str) -> bool {
    SMALL.contains(&column.rsplit('_').next().unwrap_or(column))
}

/// Does it say of a row what is said of few?
pub(crate) fn happens_seldom(column: &str) -> bool {
    SELDOM.iter().any(|word| column.starts_with(word))
}
