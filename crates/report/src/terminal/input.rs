//! How much of the inputs was understood, and what was the matter with them.

use std::io::{self, Write};

use slowlog_digest::ProblemKind;

use super::{BAD, GOOD, plural};
use crate::model::Report;
use crate::units::{bytes, count};
use crate::visible::{fit, visible};

pub(crate) fn input(report: &Report<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    let completeness = report.completeness;
    let understood = completeness.parsed_bytes + completeness.ignored_bytes;
    let lost = completeness.bytes - understood;
    let style = if report.settings.complete { GOOD } else { BAD };
    // Never 100 % while a byte is missing.
    let hundredths = u128::from(understood) * 10_000 / u128::from(completeness.bytes.max(1));
    let share = match lost {
        _ if completeness.bytes == 0 => "none".to_owned(),
        0 => "100 %".to_owned(),
        _ => format!("{}.{:02} %", hundredths / 100, hundredths % 100),
    };
    let size = count(completeness.bytes);
    writeln!(out, "{style}input{style:#}     {share} of {size} bytes understood")?;
    if report.digest.totals().lost_lines > 0 {
        let lost = plural(report.digest.totals().lost_lines, "line");
        writeln!(
            out,
            "          {lost} missing, by the numbers of entries: the carrier lost them"
        )?;
    }
    for input in report.inputs {
        let name = visible(input.name.as_bytes());
        if let Some(original) = &input.duplicate_of {
            let original = visible(original.as_bytes());
            let text = if input.format.is_some() {
                format!("{name}: the same entries as {original}, counted once")
            } else {
                format!("{name}: the same content as {original}, counted once")
            };
            writeln!(out, "          {}", fit(&text, width - 10))?;
        }
        for problem in &input.problems {
            let place = problem.first.map(|place| format!(":{}", place.line)).unwrap_or_default();
            let number = problem.count;
            let what = match problem.kind {
                ProblemKind::Unreadable
                | ProblemKind::TooManyMembers
                | ProblemKind::Unsupported => visible(problem.detail.as_bytes()),
                ProblemKind::Damaged => match input.lost_bytes {
                    Some(lost) => format!("{}, {} lost", problem.detail, bytes(lost)),
                    None => problem.detail.clone(),
                },
                ProblemKind::NotOpened => format!("{}, not opened", problem.detail),
                ProblemKind::UnknownFormat => match input.looks_like {
                    Some(kind) => format!("in no format that slowlog knows; it looks like {kind}"),
                    None => "in no format that slowlog knows".to_owned(),
                },
                ProblemKind::WrongPrefix => "no line begins with the prefix given".to_owned(),
                ProblemKind::Empty => "empty".to_owned(),
                ProblemKind::NotALog => "no log, left out".to_owned(),
                ProblemKind::ForeignLines => {
                    format!("{} of no known form, the first here", plural(number, "line"))
                }
                ProblemKind::CutEntry => "begins with the rest of an entry".to_owned(),
                ProblemKind::UnfinishedLine => "ends within a line".to_owned(),
                ProblemKind::LongEntries => {
                    format!("{} over 16 MiB, the rest of each was skipped", plural(number, "entry"))
                }
                ProblemKind::Overlap => {
                    let reason = visible(problem.detail.as_bytes());
                    format!("{}: {reason}", plural(number, "entry"))
                }
                ProblemKind::ClockWentBack => problem.detail.clone(),
                ProblemKind::FormatChange => format!("goes on as {}", problem.detail),
                ProblemKind::UnknownLanguage => {
                    format!("messages in {}, which slowlog does not know", problem.detail)
                }
                ProblemKind::UnknownZone => {
                    format!(
                        "{} in an unknown time zone, read as UTC; --tz gives it",
                        plural(number, "stamp")
                    )
                }
                ProblemKind::AmbiguousZone => {
                    format!("{}, as PostgreSQL does; --tz gives another zone", problem.detail)
                }
                ProblemKind::LostMessages => {
                    format!("{} or parts of one lost on the way", plural(number, "message"))
                }
            };
            writeln!(out, "          {}", fit(&format!("{name}{place}: {what}"), width - 10))?;
        }
    }
    Ok(())
}
