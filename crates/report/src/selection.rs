//! What of the logs a report is about.

use serde::Serialize;
use slowlog_digest::{Digest, Selection};
use slowlog_normalize::StatementKind;

use crate::units::{count, duration};
use crate::visible::visible;

/// What was asked for in words, as `user bob, not database test, at least 50.0 ms; 3 of 120
/// executions`; `None` if that is everything.
pub fn selection_text(digest: &Digest) -> Option<String> {
    let Selection {
        databases,
        users,
        applications,
        clients,
        include,
        exclude,
        kinds,
        min_duration_us,
        since,
        until,
    } = digest.selection();
    if digest.selection().is_everything() {
        return None;
    }
    let mut parts = Vec::new();
    for (noun, list) in [
        ("database", databases),
        ("user", users),
        ("application", applications),
        ("client", clients),
    ] {
        let (unwanted, wanted): (Vec<_>, Vec<_>) =
            list.iter().partition(|name| name.starts_with('!'));
        if !wanted.is_empty() {
            parts.push(format!("{noun} {}", one_of(&wanted)));
        }
        if !unwanted.is_empty() {
            let names: Vec<_> = unwanted.iter().map(|name| &name[1..]).collect();
            parts.push(format!("not {noun} {}", one_of(&names)));
        }
    }
    if !kinds.is_empty() {
        parts.push(one_of(&kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>()));
    }
    if !include.is_empty() {
        parts.push(format!("with {}", one_of(&quoted(include))));
    }
    if !exclude.is_empty() {
        parts.push(format!("without {}", one_of(&quoted(exclude))));
    }
    if let Some(least) = min_duration_us {
        parts.push(format!("at least {}", duration(*least)));
    }
    parts.extend(since.map(|since| format!("from {since}")));
    parts.extend(until.map(|until| format!("before {until}")));
    let executions = digest.totals().executions;
    let all = executions + digest.excluded().executions;
    Some(format!("{}; {} of {} executions", parts.join(", "), count(executions), count(all)))
}

fn quoted(patterns: &[String]) -> Vec<String> {
    patterns.iter().map(|pattern| format!("/{pattern}/")).collect()
}

/// `a`, `a or b`, `a, b or c`.
fn one_of(names: &[impl AsRef<str>]) -> String {
    let names: Vec<String> = names.iter().map(|name| visible(name.as_ref().as_bytes())).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// The same for programs.
#[derive(Serialize)]
pub(crate) struct Filters<'a> {
    #[serde(rename = "db", skip_serializing_if = "<[String]>::is_empty")]
    databases: &'a [String],
    #[serde(rename = "user", skip_serializing_if = "<[String]>::is_empty")]
    users: &'a [String],
    #[serde(rename = "app", skip_serializing_if = "<[String]>::is_empty")]
    applications: &'a [String],
    #[serde(rename = "client", skip_serializing_if = "<[String]>::is_empty")]
    clients: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    include: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    exclude: &'a [String],
    #[serde(rename = "kind", skip_serializing_if = "<[StatementKind]>::is_empty")]
    kinds: &'a [StatementKind],
    #[serde(skip_serializing_if = "Option::is_none")]
    min_duration_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    excluded_executions: u64,
}

/// `None` if everything was asked for.
pub(crate) fn filters(digest: &Digest) -> Option<Filters<'_>> {
    let selection = digest.selection();
    (!selection.is_everything()).then(|| Filters {
        databases: &selection.databases,
        users: &selection.users,
        applications: &selection.applications,
        clients: &selection.clients,
        include: &selection.include,
        exclude: &selection.exclude,
        kinds: &selection.kinds,
        min_duration_us: selection.min_duration_us,
        since: selection.since.map(|since| since.to_string()),
        until: selection.until.map(|until| until.to_string()),
        excluded_executions: digest.excluded().executions,
    })
}

#[cfg(test)]
mod tests {
    use slowlog_digest::SampleText;
    use slowlog_event::Timestamp;

    use super::*;

    #[test]
    fn selections_read_well() {
        let words = |selection: Selection| {
            selection_text(&Digest::new(SampleText::None, None).of(selection))
        };
        assert_eq!(words(Selection::default()), None);
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let selection = Selection {
            users: list(&["bob", "!root", "alice", "eve"]),
            databases: list(&["!test", "!tmp\u{1b}"]),
            include: list(&["from \\w+"]),
            kinds: vec![StatementKind::Select, StatementKind::Insert],
            min_duration_us: Some(50_000),
            since: Some(Timestamp(0)),
            ..Selection::default()
        };
        assert_eq!(
            words(selection).unwrap(),
            "not database test or tmp\\u{1b}, user bob, alice or eve, not user root, select or insert, \
             with /from \\w+/, at least 50.0 ms, from 1970-01-01T00:00:00Z; 0 of 0 executions"
        );
    }
}
