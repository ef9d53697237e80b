//! What all commands do that read logs: find the inputs, analyse them, say what is wrong with them.

use std::io::IsTerminal;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use indicatif::ProgressBar;
use slowlog::digest::{InputSummary, ProblemKind};
use slowlog::event::Timestamp;
use slowlog::{Analysis, Analyzer, Source, expand};

use crate::args::{InputArgs, MannerArgs};
use crate::exit::Exit;
use crate::{message, progress};

/// Analyses what the arguments name and says what is wrong with it.
pub(crate) fn read(
    arguments: &InputArgs,
    manner: &MannerArgs,
    analyzer: &mut Analyzer,
) -> Result<Analysis> {
    let Prepared { sources, bar } = prepare(arguments, manner, analyzer)?;
    let analysis = analyzer.analyze(sources)?;
    report(arguments, manner, bar, &analysis);
    Ok(analysis)
}

/// What is to be read, and what shows how far that is.
pub(crate) struct Prepared {
    pub(crate) sources: Vec<Source>,
    pub(crate) bar: Option<ProgressBar>,
}

/// Finds the inputs and sets the analyzer up.
pub(crate) fn prepare(
    arguments: &InputArgs,
    manner: &MannerArgs,
    analyzer: &mut Analyzer,
) -> Result<Prepared> {
    let sources = if arguments.files.is_empty() {
        if std::io::stdin().is_terminal() {
            anyhow::bail!(
                "no log was named\nhint: slowlog analyze FILE, or pipe a log into slowlog"
            );
        }
        vec![Source::stdin()]
    } else {
        expand(&arguments.files, arguments.recursive)?
    };
    if let Some(threads) = arguments.threads {
        analyzer.threads(threads.get());
    }
    if let Some(prefix) = &arguments.line_prefix {
        analyzer.line_prefix(prefix)?;
    }
    if let Some(engine) = arguments.engine.dialect() {
        analyzer.engine(engine);
    }
    if let Some(year) = arguments.year {
        analyzer.first_year(year);
    }
    // A pipe does not say when its log was written.
    if let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) {
        analyzer.read_at(Timestamp(i64::try_from(now.as_micros()).unwrap_or(i64::MAX)));
    }
    if let Some(rate) = arguments.sample_rate {
        analyzer.sample_rate(rate);
    }
    analyzer.select(arguments.filters.selection(now())?)?;
    if let Some(zone) = &arguments.filters.tz {
        analyzer.zone(zone.clone());
    }
    let sizes: Option<u64> = sources.iter().map(Source::size).sum();
    let bar = progress::bar(sizes, !manner.no_progress && !manner.quiet);
    if let Some(bar) = &bar {
        analyzer.on_progress(progress::mover(bar.clone()));
    }
    Ok(Prepared { sources, bar })
}

/// Says what is wrong with the inputs.
pub(crate) fn report(
    arguments: &InputArgs,
    manner: &MannerArgs,
    bar: Option<ProgressBar>,
    analysis: &Analysis,
) {
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    if !manner.quiet {
        report_problems(arguments, manner, analysis);
    }
}

/// The time of the clock.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Everything that holds, the one that decides the exit code first.
pub(crate) fn exits(arguments: &InputArgs, analysis: &Analysis) -> Vec<Exit> {
    let mut held = Vec::new();
    let is_nothing = !analysis.is_analysable() || analysis.is_all_excluded();
    if is_nothing && !arguments.allow_empty {
        held.push(Exit::NothingAnalysable);
    }
    if !analysis.is_complete(arguments.strict) {
        held.push(Exit::InputDamaged);
    }
    if held.is_empty() {
        held.push(Exit::Complete);
    }
    held
}

/// Says what is wrong with which input, and what may help.
fn report_problems(arguments: &InputArgs, manner: &MannerArgs, analysis: &Analysis) {
    for input in &analysis.inputs {
        if manner.verbose {
            describe(input);
        }
        for problem in &input.problems {
            let name = &input.name;
            match problem.kind {
                ProblemKind::Unreadable | ProblemKind::Damaged | ProblemKind::TooManyMembers => {
                    let place =
                        problem.first.map(|place| format!(":{}", place.line)).unwrap_or_default();
                    message::warning(&format!("{name}{place}: {}", problem.detail));
                    hint_for(problem.kind).into_iter().for_each(message::hint);
                }
                ProblemKind::NotOpened => {
                    message::warning(&format!("{name}: {}, not opened", problem.detail));
                    hint_for(problem.kind).into_iter().for_each(message::hint);
                }
                ProblemKind::UnknownFormat => {
                    let looks = input
                        .looks_like
                        .map(|kind| format!("it looks like {kind}; "))
                        .unwrap_or_default();
                    message::warning(&format!(
                        "{name} is in no format that slowlog knows; {looks}it begins with\n{}",
                        problem.detail
                    ));
                    message::hint(
                        "docs/FORMATS.md lists the formats; for PostgreSQL's stderr log, --line-prefix gives its log_line_prefix",
                    );
                }
                ProblemKind::Unsupported => {
                    message::warning(&format!("{name}: {}", problem.detail));
                }
                ProblemKind::WrongPrefix => {
                    let prefix = arguments.line_prefix.as_deref().unwrap_or_default();
                    message::warning(&format!(
                        "{name}:1: no line begins with the prefix '{prefix}'; it begins with\n{}",
                        problem.detail
                    ));
                    message::hint("leave --line-prefix away to have the prefix found");
                }
                ProblemKind::Empty => message::warning(&format!("{name} is empty")),
                ProblemKind::NotALog => message::warning(&format!("{name} is no log, left out")),
                ProblemKind::ForeignLines => {
                    let line = problem.first.map_or(0, |place| place.line);
                    message::warning(&format!(
                        "{name}:{line}: not understood, {} in all:\n{}",
                        if problem.count == 1 {
                            "1 line".to_owned()
                        } else {
                            format!("{} lines", problem.count)
                        },
                        problem.detail
                    ));
                }
                // A live or rotated log is like that: it stands in the report.
                ProblemKind::CutEntry
                | ProblemKind::UnfinishedLine
                | ProblemKind::Overlap
                | ProblemKind::ClockWentBack
                | ProblemKind::FormatChange
                | ProblemKind::AmbiguousZone => {}
                ProblemKind::LongEntries => {
                    let line = problem.first.map_or(0, |place| place.line);
                    message::warning(&format!(
                        "{name}:{line}: entry over 16 MiB, its rest was skipped"
                    ));
                }
                ProblemKind::UnknownLanguage => {
                    message::warning(&format!(
                        "{name}: messages in {}, which slowlog does not know",
                        problem.detail
                    ));
                    message::hint("lc_messages = 'C' makes the server write English");
                }
                ProblemKind::UnknownZone => {
                    message::warning(&format!("{name}: unknown time zone, read as UTC"));
                    message::hint("--tz gives it, as --tz Europe/Berlin");
                }
                ProblemKind::LostMessages => {
                    let line = problem.first.map_or(0, |place| place.line);
                    message::warning(&format!(
                        "{name}:{line}: what carried the log has lost messages or parts of them, {} in all",
                        problem.count
                    ));
                    message::hint(
                        "a file that the server itself writes has all of them; syslog over UDP drops some",
                    );
                }
            }
        }
    }
    if analysis.inputs.is_empty() {
        message::warning("there is no file in the directories given");
    }
    if analysis.is_all_excluded() {
        all_excluded(arguments, analysis);
    }
}

/// Says that the filters left nothing, and what there was.
fn all_excluded(arguments: &InputArgs, analysis: &Analysis) {
    let excluded = analysis.digest.excluded();
    let plural = if excluded.executions == 1 { "" } else { "s" };
    message::warning(&format!(
        "the filters exclude everything: {} execution{plural} in all",
        excluded.executions
    ));
    let filters = &arguments.filters;
    let has_time = filters.since.is_some() || filters.until.is_some() || filters.last.is_some();
    match excluded.ends.filter(|_| has_time) {
        Some((first, last)) if filters.last.is_some() => message::hint(&format!(
            "they ended from {first} to {last}; --last counts back from now, --since takes a time"
        )),
        Some((first, last)) => message::hint(&format!("they ended from {first} to {last}")),
        None => {
            message::hint(
                "names are compared as the log has them; leave a filter away to see them",
            );
        }
    }
}

/// What to do about an input that was not read to its end.
fn hint_for(problem: ProblemKind) -> Option<&'static str> {
    match problem {
        ProblemKind::Damaged => Some("what stands before it is in the report; get the file anew"),
        ProblemKind::NotOpened => Some("unpack it and give its files or their directory"),
        ProblemKind::TooManyMembers => Some("unpack it and give its directory"),
        _ => None,
    }
}

fn describe(input: &InputSummary) {
    let name = &input.name;
    let text = match (&input.duplicate_of, input.format) {
        (Some(original), _) => format!("{name}: a copy of {original}"),
        (None, None) => format!("{name}: not read"),
        (None, Some(format)) => format!(
            "{name}: {format}{}, prefix '{}', {}stream {}, {} bytes, {} executions",
            input.envelope.map(|name| format!(" in {name}")).unwrap_or_default(),
            input.prefix.as_deref().unwrap_or_default(),
            input.compression.map(|name| format!("{name}, ")).unwrap_or_default(),
            input.stream,
            input.decompressed_bytes,
            input.executions
        ),
    };
    message::note(&text);
}

/// The command as it was called, without its options.
pub(crate) fn command_line(command: &str, arguments: &InputArgs) -> String {
    let files: Vec<String> = arguments.files.iter().map(|path| quoted(path)).collect();
    format!("slowlog {command} {}", files.join(" ")).trim_end().to_owned()
}

/// A file name as a shell takes it.
fn quoted(path: &Path) -> String {
    let name = path.display().to_string();
    let plain =
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+,:=@%".contains(&byte));
    if plain && !name.is_empty() { name } else { format!("'{}'", name.replace('\'', "'\\''")) }
}
