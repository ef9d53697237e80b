//! Which part of the logs was asked for: a [`Selection`], ready to be asked.
//!
//! The questions are put where the answers are cheap: of a statement's text in the threads that
//! read it, of names once for each actor of a block, of times when an execution is complete.

use regex::bytes::{Regex, RegexBuilder};
use slowlog_digest::Selection;
use slowlog_event::{Actor, Dialect, Micros, Timestamp, without_tabs};
use slowlog_normalize::StatementKind;

use crate::error::Error;

/// A pattern that needs more memory once it is compiled is refused.
const MOST_PATTERN_BYTES: usize = 4 * 1024 * 1024;

/// A selection with its patterns compiled.
#[derive(Debug)]
pub(crate) struct Filter {
    users: Names,
    databases: Names,
    applications: Names,
    clients: Names,
    include: Vec<Regex>,
    exclude: Vec<Regex>,
    kinds: Vec<StatementKind>,
    min_duration: Option<Micros>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// Names of one kind.
#[derive(Debug)]
struct Names {
    wanted: Vec<Box<[u8]>>,
    unwanted: Vec<Box<[u8]>>,
}

impl Names {
    fn new(list: &[String]) -> Self {
        let (unwanted, wanted): (Vec<_>, Vec<_>) =
            list.iter().partition(|name| name.starts_with('!'));
        Self {
            wanted: wanted.iter().map(|name| name.as_bytes().into()).collect(),
            unwanted: unwanted.iter().map(|name| name.as_bytes()[1..].into()).collect(),
        }
    }

    fn has(&self, name: Option<&[u8]>) -> bool {
        let is_in = |list: &[Box<[u8]>]| list.iter().any(|known| name == Some(&**known));
        (self.wanted.is_empty() || is_in(&self.wanted)) && !is_in(&self.unwanted)
    }
}

impl Filter {
    /// `None` for a selection of everything.
    pub(crate) fn new(selection: &Selection) -> Result<Option<Self>, Error> {
        if selection.is_everything() {
            return Ok(None);
        }
        let patterns = |list: &[String]| list.iter().map(|text| pattern(text)).collect();
        Ok(Some(Self {
            users: Names::new(&selection.users),
            databases: Names::new(&selection.databases),
            applications: Names::new(&selection.applications),
            clients: Names::new(&selection.clients),
            include: Result::from_iter::<Vec<_>>(patterns(&selection.include))?,
            exclude: Result::from_iter::<Vec<_>>(patterns(&selection.exclude))?,
            kinds: selection.kinds.clone(),
            min_duration: selection.min_duration_us.map(Micros),
            since: selection.since,
            until: selection.until,
        }))
    }

    /// Is it somebody who was asked for?
    pub(crate) fn has_actor(&self, actor: &Actor<'_>) -> bool {
        self.users.has(actor.user)
            && self.databases.has(actor.database)
            && self.applications.has(actor.application)
            && self.clients.has(actor.client)
    }

    /// Does it matter what a statement says?
    pub(crate) fn asks_for_statements(&self) -> bool {
        !(self.include.is_empty() && self.exclude.is_empty() && self.kinds.is_empty())
    }

    /// Was a statement asked for, by its text as it stands in the log?
    pub(crate) fn has_statement(&self, text: &[u8], tabbed: bool, dialect: Dialect) -> bool {
        let is_found = |list: &[Regex], text: &[u8]| list.iter().any(|regex| regex.is_match(text));
        if !self.kinds.is_empty() && !self.kinds.contains(&StatementKind::of(text, dialect)) {
            return false;
        }
        if self.include.is_empty() && self.exclude.is_empty() {
            return true;
        }
        let sent = if tabbed { without_tabs(text) } else { text.into() };
        (self.include.is_empty() || is_found(&self.include, &sent))
            && !is_found(&self.exclude, &sent)
    }

    /// Was what has no statement asked for? It is none that was excluded.
    pub(crate) fn has_no_statement(&self) -> bool {
        self.include.is_empty() && self.kinds.is_empty()
    }

    /// Did it happen when it should have?
    pub(crate) fn has_time(&self, time: Option<Timestamp>) -> bool {
        match time {
            Some(time) => {
                self.since.is_none_or(|since| time >= since)
                    && self.until.is_none_or(|until| time < until)
            }
            None => self.since.is_none() && self.until.is_none(),
        }
    }

    /// Is a statement known to have taken long enough?
    pub(crate) fn has_duration(&self, duration: Option<Micros>) -> bool {
        self.min_duration.is_none_or(|least| duration.is_some_and(|took| took >= least))
    }
}

/// SQL is written in any case and over several lines.
fn pattern(text: &str) -> Result<Regex, Error> {
    let regex = RegexBuilder::new(text)
        .case_insensitive(true)
        .dot_matches_new_line(true)
        .size_limit(MOST_PATTERN_BYTES)
        .dfa_size_limit(MOST_PATTERN_BYTES)
        .build();
    regex.map_err(|error| Error::Expression { pattern: text.to_owned(), reason: reason(&error) })
}

/// What is wrong in a line: the crate draws the pattern and an arrow above it.
fn reason(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        error => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(fill: impl FnOnce(&mut Selection)) -> Filter {
        let mut selection = Selection::default();
        fill(&mut selection);
        Filter::new(&selection).unwrap().unwrap()
    }

    #[test]
    fn names_are_wanted_or_not() {
        for (list, passing, failing) in [
            (&["bob"][..], &[Some("bob")][..], &[Some("Bob"), Some("alice"), None][..]),
            (&["bob", "alice"], &[Some("bob"), Some("alice")], &[Some("eve"), None]),
            (&["!bob"], &[Some("alice"), None], &[Some("bob")]),
            (&["!bob", "!eve"], &[Some("alice"), None], &[Some("bob"), Some("eve")]),
            (&["bob", "!bob"], &[], &[Some("bob"), Some("alice"), None]),
        ] {
            let list: Vec<String> = list.iter().map(|name| (*name).to_owned()).collect();
            let filter = filter(|selection| selection.users = list.clone());
            let has = |user: Option<&str>| {
                filter.has_actor(&Actor { user: user.map(str::as_bytes), ..Actor::default() })
            };
            assert!(passing.iter().copied().all(has), "{list:?}");
            assert!(!failing.iter().copied().any(has), "{list:?}");
        }
    }

    #[test]
    fn patterns_search_statements_as_sent() {
        let text = b"SELECT *\n\tFROM orders -- user 42";
        for (pattern, found) in [
            ("orders", true),
            ("ORDERS", true),
            ("(?-i)ORDERS", false),
            (r"^select.*\bfrom\b", true),
            ("\nfrom", true),
            ("user 42$", true),
            (r"\buser 4\b", false),
        ] {
            let include = filter(|selection| selection.include = vec![pattern.to_owned()]);
            let exclude = filter(|selection| selection.exclude = vec![pattern.to_owned()]);
            assert_eq!(include.has_statement(text, true, Dialect::Postgres), found, "{pattern}");
            assert_eq!(exclude.has_statement(text, true, Dialect::Postgres), !found, "{pattern}");
        }
    }

    #[test]
    fn patterns_that_are_none_or_too_large() {
        for (pattern, reason) in [
            ("(", "unclosed group"),
            ("a**b[", "unclosed character class"),
            (r"\p{Letter}{1000}{1000}", "it is too large"),
        ] {
            let selection = Selection { include: vec![pattern.to_owned()], ..Selection::default() };
            match Filter::new(&selection) {
                Err(Error::Expression { reason: found, .. }) => assert_eq!(found, reason),
                other => panic!("{pattern}: {other:?}"),
            }
        }
    }

    #[test]
    fn times_are_from_and_before() {
        let filter = filter(|selection| {
            selection.since = Some(Timestamp(10));
            selection.until = Some(Timestamp(20));
        });
        let has = |time| filter.has_time(time);
        assert!(has(Some(Timestamp(10))) && has(Some(Timestamp(19))));
        assert!(!has(Some(Timestamp(9))) && !has(Some(Timestamp(20))) && !has(None));
    }
}
