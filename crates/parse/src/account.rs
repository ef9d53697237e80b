//! Where every byte of the input went.

/// The bytes and lines of a block by what became of them. Sums over blocks are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// Bytes of entries that were understood.
    pub parsed_bytes: u64,
    /// Bytes that are known to say nothing: blank lines, and the rest of an entry that began in a
    /// log that is not here.
    pub ignored_bytes: u64,
    /// Bytes of lines that no rule of the format covers.
    pub unrecognised_bytes: u64,
    /// Bytes of entries that were cut or broken.
    pub damaged_bytes: u64,
    /// Lines, an unfinished last one included.
    pub lines: u64,
    /// Entries, each DETAIL and the like included.
    pub entries: u64,
    /// The first line that was not recognised.
    pub first_foreign: Option<Foreign>,
    /// Bytes of the rest of an entry at the beginning of the log, among those ignored.
    pub cut_entry_bytes: u64,
    /// How many lines were not recognised.
    pub foreign_lines: u64,
    /// Stamps with a time zone that is not in the table, and local times; they were read as UTC.
    pub unknown_zones: u64,
    /// Stamps whose time zone is an abbreviation that several zones have.
    pub ambiguous_zones: u64,
    /// The first such abbreviation, and what it was taken for in minutes east of UTC.
    pub ambiguous_zone: Option<(&'static str, i64)>,
    /// Offset of the last entry, when whether it ends here depends on what follows the block: its
    /// bytes are in no account yet.
    pub open_from: Option<u64>,
}

impl Account {
    /// The bytes in the four accounts: all of the block, or those before the entry that is open.
    pub fn bytes(&self) -> u64 {
        self.parsed_bytes + self.ignored_bytes + self.unrecognised_bytes + self.damaged_bytes
    }
}

/// Where a line that was not recognised stands, counted from the start of the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    /// Offset of its first byte.
    pub byte: u64,
    /// Lines before it.
    pub line: u64,
}
