//! The families of servers whose logs slowlog reads, as questions.

use clap::ValueEnum;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    Postgres,
    Mysql,
}

impl Engine {
    /// What the names of its generated logs begin with.
    pub(crate) fn file_prefix(self) -> &'static str {
        match self {
            Self::Postgres => "pg",
            Self::Mysql => "mysql",
        }
    }

    /// A line break and the beginning of an entry, as nothing else in a generated log has them.
    pub(crate) fn entry_mark(self) -> &'static [u8] {
        match self {
            Self::Postgres => b"\n20",
            Self::Mysql => b"\n# Time: ",
        }
    }
}
