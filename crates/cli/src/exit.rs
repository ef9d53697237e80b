//! Exit codes.

use std::process::ExitCode;

/// How a run ended. The codes are those of docs/GUIDE.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The report is complete.
    Complete,
    /// Arguments that make no sense.
    Usage,
    /// The report is made, but input was lost.
    InputDamaged,
    /// There is nothing to report on.
    NothingAnalysable,
    /// The output could not be written.
    Unwritable,
    /// slowlog has a bug.
    Internal,
}

/// An output that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{name} could not be written")]
pub(crate) struct UnwritableError {
    pub(crate) name: String,
    #[source]
    pub(crate) source: std::io::Error,
}

impl Exit {
    /// The exit of a run that ended in an error.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        let unwritable = |cause: &(dyn std::error::Error + 'static)| cause.is::<UnwritableError>();
        if error.chain().any(unwritable) { Self::Unwritable } else { Self::Usage }
    }

    /// The word for it in a report's `status`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Usage => "usage",
            Self::InputDamaged => "input_damaged",
            Self::NothingAnalysable => "nothing_analysable",
            Self::Unwritable => "output_unwritable",
            Self::Internal => "internal_error",
        }
    }

    /// Its code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Usage => 2,
            Self::InputDamaged => 3,
            Self::NothingAnalysable => 4,
            Self::Unwritable => 6,
            Self::Internal => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
