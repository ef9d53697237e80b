//! Which column links a child to its parent, by their names.

use slowlog_event::FingerprintIndex;

use super::statement::{Facts, Statements};

/// The column that a child is looked up by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Table of the child.
    pub table: String,
    /// Its column that is compared with a value of the parent's row.
    pub column: String,
}

/// The link of a statement of a turn by the ordinal of the key that changes.
pub(crate) fn link_of(child: u32, key: u8, literals: u8, statements: &Statements) -> Option<Link> {
    let facts = statements.get(FingerprintIndex(child))?;
    let places = facts.places(usize::from(literals))?;
    let key = usize::from(key);
    let qualified = places.qualifier(key).and_then(|qualifier| facts.table_of(qualifier));
    Some(Link {
        table: qualified.or(facts.table())?.to_owned(),
        column: places.column(key)?.to_owned(),
    })
}

/// Do names say that the rows of `parent` have what `link` is compared with?
///
/// A child that is looked up by `id` is referred to as `author_id`, `authorId`, `id_author`; one
/// that is looked up by `author_id` belongs to a table `authors`; any other column has the same
/// name on both sides. Prefixes of tables, as `shop_author`, may be missing.
pub(crate) fn named(parent: &Facts, link: &Link) -> bool {
    let column = link.column.as_str();
    if is_id(column) {
        return stems(&link.table).iter().any(|stem| {
            ["_id", "id", "_pk", "_uuid"].iter().any(|end| parent.names(&format!("{stem}{end}")))
                || parent.names(&format!("id_{stem}"))
                || parent.names(&format!("fk_{stem}"))
        });
    }
    let stem = column
        .strip_suffix("_id")
        .or_else(|| column.strip_suffix("_uuid"))
        .or_else(|| column.strip_prefix("id_"))
        .or_else(|| column.strip_suffix("id"))
        .filter(|stem| !stem.is_empty());
    let Some(stem) = stem else { return parent.names(column) };
    let of_parent =
        parent.table().is_some_and(|table| stems(table).iter().any(|known| known == stem));
    of_parent || parent.names(column)
}

/// Is it a name for the key of a table's own rows?
pub(crate) fn is_id(column: &str) -> bool {
    matches!(column, "id" | "uuid" | "pk" | "_id")
}

/// The names that a table's rows may be called by: without prefixes, in the singular.
fn stems(table: &str) -> Vec<String> {
    let mut stems = Vec::new();
    let mut rest = table;
    loop {
        stems.push(rest.to_owned());
        if let Some(stem) = rest.strip_suffix("ies") {
            stems.push(format!("{stem}y"));
        }
        for plural in ["es", "s"] {
            stems
                .extend(rest.strip_suffix(plural).filter(|stem| stem.len() > 1).map(str::to_owned));
        }
        match rest.split_once('_') {
            Some((_, behind)) if !behind.is_empty() => rest = behind,
            _ => return stems,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_called_by_their_rows() {
        for (table, stem) in [
            ("authors", "author"),
            ("shop_author", "author"),
            ("categories", "category"),
            ("addresses", "address"),
            ("order_items", "order_item"),
        ] {
            assert!(stems(table).iter().any(|known| known == stem), "{table}");
        }
    }
}
