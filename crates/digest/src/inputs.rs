//! The inputs of an analysis, and what became of every byte of them.

/// Bytes by what became of them. The four parts add up to `bytes`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completeness {
    /// All bytes of all inputs that were counted.
    pub bytes: u64,
    /// Of entries that were understood.
    pub parsed_bytes: u64,
    /// Known to say nothing.
    pub ignored_bytes: u64,
    /// Of lines that no rule of the format covers, and of whole inputs in no known format.
    pub unrecognised_bytes: u64,
    /// Of entries that were cut or broken.
    pub damaged_bytes: u64,
}

/// One input.
#[derive(Debug, Clone, Default)]
pub struct InputSummary {
    /// Its name as given.
    pub name: String,
    /// Its format; `None` if it has none that is known, or could not be read.
    pub format: Option<&'static str>,
    /// What carried it line by line, such as `syslog`.
    pub envelope: Option<&'static str>,
    /// Its `log_line_prefix`.
    pub prefix: Option<String>,
    /// Which of the streams of entries it belongs to, counted from 0.
    pub stream: usize,
    /// How it is compressed.
    pub compression: Option<&'static str>,
    /// How its characters are encoded, if not as UTF-8 or bytes that contain ASCII.
    pub encoding: Option<&'static str>,
    /// Bytes of it as it is given: of a compressed file its size, of a member of an archive what
    /// it takes up there.
    pub bytes: u64,
    /// Bytes of its text: decompressed, and in UTF-8 if it was in UTF-16. Where it was not read
    /// for it is no log, those that were looked at.
    pub decompressed_bytes: u64,
    /// Those of `bytes` that could not be read, where that is known.
    pub lost_bytes: Option<u64>,
    /// Executions that begin in it.
    pub executions: u64,
    /// What it looks like, if it is in no format that is known.
    pub looks_like: Option<&'static str>,
    /// The input that it is a copy of; it was not counted again.
    pub duplicate_of: Option<String>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// Something wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub kind: ProblemKind,
    /// How often.
    pub count: u64,
    /// Where first.
    pub first: Option<ProblemPlace>,
    /// The reason in words, or the first lines that were not understood.
    pub detail: String,
}

/// A place in an input. Lines count from 1, bytes from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemPlace {
    /// Line.
    pub line: u64,
    /// Byte.
    pub byte: u64,
}

/// The kinds of [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// It could not be opened or read to its end.
    Unreadable,
    /// What it is compressed or archived in is broken; everything before that was read.
    Damaged,
    /// An archive, or a second compression, where none is opened.
    NotOpened,
    /// An archive with more members than are looked at.
    TooManyMembers,
    /// It is in no format that slowlog knows.
    UnknownFormat,
    /// It is a log that has no statements with their times, of another program.
    Unsupported,
    /// The prefix that was given matches none of its lines.
    WrongPrefix,
    /// It is empty.
    Empty,
    /// It was found in a directory or an archive and is no log.
    NotALog,
    /// Lines that no rule of the format covers.
    ForeignLines,
    /// It begins with the rest of an entry: a note, no loss.
    CutEntry,
    /// Its last line has no end: a note, no loss.
    UnfinishedLine,
    /// Entries that are longer than 16 MiB; their rest was skipped.
    LongEntries,
    /// Stamps that lie well before those of the entries before them: a note, no loss.
    ClockWentBack,
    /// Entries that another input has as well, counted there: a note, no loss.
    Overlap,
    /// Stamps in a time zone that is not known; they were read as UTC.
    UnknownZone,
    /// Messages, or parts of them, that what carried the log has lost.
    LostMessages,
    /// Stamps in a time zone whose abbreviation others have as well: a note, no loss.
    AmbiguousZone,
    /// The server speaks a language that is not known, which the detail names.
    UnknownLanguage,
    /// The text goes on in another format, which the detail names: a note, no loss.
    FormatChange,
}

impl ProblemKind {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Damaged => "damaged",
            Self::NotOpened => "not_opened",
            Self::TooManyMembers => "too_many_members",
            Self::UnknownFormat => "unknown_format",
            Self::Unsupported => "unsupported",
            Self::WrongPrefix => "wrong_prefix",
            Self::Empty => "empty",
            Self::NotALog => "not_a_log",
            Self::ForeignLines => "foreign_lines",
            Self::CutEntry => "cut_entry",
            Self::UnfinishedLine => "unfinished_line",
            Self::LongEntries => "long_entries",
            Self::ClockWentBack => "clock_went_back",
            Self::Overlap => "overlap",
            Self::UnknownZone => "unknown_zone",
            Self::LostMessages => "lost_messages",
            Self::AmbiguousZone => "ambiguous_zone",
            Self::UnknownLanguage => "unknown_language",
            Self::FormatChange => "format_change",
        }
    }

    /// Is the detail a reason, rather than lines of the input?
    pub fn has_reason(self) -> bool {
        matches!(
            self,
            Self::Unreadable
                | Self::Damaged
                | Self::NotOpened
                | Self::TooManyMembers
                | Self::Unsupported
                | Self::ClockWentBack
                | Self::AmbiguousZone
                | Self::Overlap
                | Self::UnknownLanguage
                | Self::FormatChange
        )
    }

    /// Does it mean that input was lost?
    pub fn is_loss(self) -> bool {
        match self {
            Self::Unreadable
            | Self::Damaged
            | Self::NotOpened
            | Self::TooManyMembers
            | Self::UnknownFormat
            | Self::Unsupported
            | Self::WrongPrefix
            | Self::UnknownLanguage => true,
            Self::Empty
            | Self::NotALog
            | Self::ForeignLines
            | Self::CutEntry
            | Self::UnfinishedLine
            | Self::LongEntries
            | Self::ClockWentBack
            | Self::Overlap
            | Self::UnknownZone
            | Self::LostMessages
            | Self::AmbiguousZone
            | Self::FormatChange => false,
        }
    }
}
