//! Character sets and collations of MySQL: columns that are compared by different ones are converted,
//! and no index on a converted column helps
//! (<https://dev.mysql.com/doc/refman/8.4/en/charset-column-conversion.html>).

use crate::schema::{Table, TypeClass};

/// What text is compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Collation {
    charset: String,
    /// `None` for the default of the character set.
    name: Option<String>,
}

impl std::fmt::Display for Collation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name.as_deref().unwrap_or(&self.charset))
    }
}

/// Of columns that are compared: by what each is; `None` if by the same, or if it is not known.
pub(crate) fn mismatch(
    left: &Table,
    left_column: &str,
    right: &Table,
    right_column: &str,
) -> Option<(Collation, Collation)> {
    let (left, right) = (of(left, left_column)?, of(right, right_column)?);
    let named = || left.name.is_some() && right.name.is_some() && left.name != right.name;
    let differ = left.charset != right.charset || named();
    differ.then_some((left, right))
}

/// Do capital and small letters of a column compare as equal? Those of MySQL's defaults do.
pub(crate) fn ignores_case(table: &Table, column: &str) -> bool {
    of(table, column).is_some_and(|it| {
        it.charset != "binary" && it.name.is_none_or(|name| name.ends_with("_ci"))
    })
}

fn of(table: &Table, column: &str) -> Option<Collation> {
    let column = table.column(column)?;
    if !matches!(column.class, TypeClass::Text | TypeClass::Long) {
        return None;
    }
    let of_table = || table.collation.clone().filter(|_| column.charset().is_none());
    let name = column.collation().map(str::to_owned).or_else(of_table);
    let of_name = || name.as_deref()?.split('_').next().map(str::to_owned);
    let charset =
        column.charset().map(str::to_owned).or_else(of_name).or_else(|| table.charset.clone())?;
    // `utf8` is the old name.
    let charset = if charset == "utf8" { "utf8mb3".to_owned() } else { charset };
    Some(Collation { charset, name })
}
