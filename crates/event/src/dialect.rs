//! What differs between the SQL dialects, as questions.

use serde::{Deserialize, Serialize};

/// The SQL dialect of a log. Code asks it questions instead of comparing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// PostgreSQL and servers that speak its SQL.
    Postgres,
    /// MySQL, MariaDB, Percona Server.
    MySql,
}

impl Dialect {
    /// Does a backslash escape the next byte of any string, not only of `E'…'`?
    #[inline]
    pub fn backslash_escapes(self) -> bool {
        self == Self::MySql
    }

    /// Is `"…"` a string rather than a quoted identifier?
    #[inline]
    pub fn double_quote_is_string(self) -> bool {
        self == Self::MySql
    }

    /// Do `/* … */` comments nest?
    #[inline]
    pub fn nested_comments(self) -> bool {
        self == Self::Postgres
    }

    /// Does `#` start a comment, and `--` only when a blank follows?
    #[inline]
    pub fn hash_comments(self) -> bool {
        self == Self::MySql
    }

    /// Are `$$…$$` and `$tag$…$tag$` strings?
    #[inline]
    pub fn dollar_quotes(self) -> bool {
        self == Self::Postgres
    }

    /// Is `/*!NNNNN … */` code?
    #[inline]
    pub fn executable_comments(self) -> bool {
        self == Self::MySql
    }

    /// Is any run of operator characters one operator, so that `?|` and `@>` can exist?
    #[inline]
    pub fn custom_operators(self) -> bool {
        self == Self::Postgres
    }

    /// Are `@name` and `@@name` variables?
    #[inline]
    pub fn at_variables(self) -> bool {
        self == Self::MySql
    }

    /// Is a word that begins with a digit, as `2024_orders`, an identifier?
    #[inline]
    pub fn digit_identifiers(self) -> bool {
        self == Self::MySql
    }

    /// The quote of identifiers in canonical text.
    #[inline]
    pub fn identifier_quote(self) -> u8 {
        match self {
            Self::Postgres => b'"',
            Self::MySql => b'`',
        }
    }

    /// Are quoted identifiers compared without regard to case?
    #[inline]
    pub fn folds_quoted_identifiers(self) -> bool {
        self == Self::MySql
    }
}
