//! What is said on stderr.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use slowlog_report::visible;

use crate::exit::UnwritableError;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// Why nothing came of it: one line for each cause, and hints as they are.
pub(crate) fn error(error: &anyhow::Error) {
    let text: Vec<String> = error.chain().map(ToString::to_string).collect();
    say(ERROR, "error", &text.join(": "));
}

/// What is wrong with an input, while the others are analysed.
pub(crate) fn warning(text: &str) {
    say(WARNING, "warning", text);
}

/// How something was done.
pub(crate) fn note(text: &str) {
    say(HINT, "note", text);
}

/// What to do about an error.
pub(crate) fn hint_for(error: &anyhow::Error) -> Option<&'static str> {
    error.chain().find_map(|cause| {
        if cause.is::<UnwritableError>() {
            return Some("give another file with -o, or leave it away for standard output");
        }
        match cause.downcast_ref::<slowlog::Error>()? {
            slowlog::Error::Prefix(_) => Some("SHOW log_line_prefix prints the server's prefix"),
            slowlog::Error::SeveralFormats(_) => Some("give those of one format at a time"),
            slowlog::Error::NotRewritable(_) => {
                Some("slowlog analyze takes the same filters for a report")
            }
            slowlog::Error::Pattern { .. } => Some("in a pattern, [ is written as [[]"),
            slowlog::Error::Expression { .. } => Some(
                "a character that means something, such as ( or *, is found itself as [(] or [*]",
            ),
            _ => None,
        }
    })
}

/// What to do.
pub(crate) fn hint(text: &str) {
    say(HINT, "hint", text);
}

/// A message may quote a log or a file name, so it is shown safely; its own newlines are kept.
/// A closed stderr is no reason to stop.
fn say(style: Style, head: &str, text: &str) {
    let mut stderr = anstream::stderr().lock();
    let lines: Vec<String> = text.lines().map(|line| visible(line.as_bytes())).collect();
    let _ = writeln!(stderr, "{style}{head}{style:#}: {}", lines.join("\n  "));
}

/// Has the reader of our output gone? Then there is nobody to tell.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
