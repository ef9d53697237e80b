//! What can go wrong before an analysis begins. What goes wrong within an input is a
//! [`Problem`](crate::Problem) of that input instead, and the others are analysed.

/// An analysis that could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A `log_line_prefix` that PostgreSQL does not know.
    #[error(transparent)]
    Prefix(#[from] slowlog_parse::PrefixError),
    /// A pattern for file names that is none.
    #[error("file name pattern `{pattern}` is not valid: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A regular expression that is none, or takes too much memory.
    #[error("regular expression `{pattern}` is not valid: {reason}")]
    Expression {
        /// The expression.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Logs in several formats, which do not make one log.
    #[error("the logs are in several formats: {}", .0.join(", "))]
    SeveralFormats(Vec<&'static str>),
    /// A log in a format that is read but not written.
    #[error("logs of the format {0} are not written again")]
    NotRewritable(&'static str),
    /// A log that was written again could not be.
    #[error("the log could not be written")]
    Output(#[source] std::io::Error),
    /// Threads could not be started.
    #[error("worker threads could not be started: {0}")]
    Threads(String),
}
