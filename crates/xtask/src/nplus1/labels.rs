//! Which entry of a log is which statement of the driver: by session and order, and by its text.

use std::collections::HashMap;
use std::vec::IntoIter;

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;

use crate::corpus::random::mix;

use super::pool::Sent;

/// An execution of a log and what is true of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Label {
    /// First lines of the entries of its parse and bind.
    #[serde(skip)]
    pub(super) steps: Vec<u64>,
    /// First and last line of its entry, counted from 1.
    pub(super) line: u64,
    pub(super) last: u64,
    pub(super) sid: u32,
    pub(super) dur_ms: f64,
    pub(super) req: u64,
    pub(super) ep: &'static str,
    pub(super) cls: &'static str,
    pub(super) role: &'static str,
    pub(super) grp: &'static str,
    /// Turns of the loop that it is of; 0 for none.
    pub(super) n: u64,
    /// BEGIN, COMMIT and settings.
    #[serde(skip)]
    pub(super) control: bool,
    /// The number of its transaction in the session; 0 outside of one.
    #[serde(skip)]
    pub(super) transaction: u64,
    /// Its text without values.
    #[serde(skip)]
    pub(super) shape: u64,
}

/// Lines of an execution.
struct Place {
    steps: Vec<u64>,
    line: u64,
    last: u64,
}

/// What sessions were sent, as far as the log has not shown it.
struct Expected {
    sessions: HashMap<u32, IntoIter<Sent>>,
    /// Whether a session is in a transaction, and how many it has had.
    transactions: HashMap<u32, (bool, u64)>,
    labels: Vec<Label>,
}

impl Label {
    /// Is it a statement of a loop?
    pub(super) fn is_child(&self) -> bool {
        matches!(self.role, "child" | "grandchild" | "dup") && !self.control
    }
}

impl Expected {
    fn new(sent: HashMap<u32, Vec<Sent>>) -> Self {
        let sessions = sent.into_iter().map(|(session, sent)| (session, sent.into_iter()));
        Self { sessions: sessions.collect(), transactions: HashMap::new(), labels: Vec::new() }
    }

    /// Takes an entry of the log. Sessions that the driver knows nothing of are left out.
    fn entry(&mut self, session: u32, place: Place, dur_ms: f64, text: &str) -> Result<()> {
        let Some(expected) = self.sessions.get_mut(&session) else { return Ok(()) };
        let sent = expected.next().context("an execution that nobody sent")?;
        let first_line = |text: &str| text.lines().next().unwrap_or_default().trim_end().to_owned();
        let (logged, known) = (first_line(text), first_line(&sent.text));
        ensure!(
            logged.trim_end_matches(';') == known,
            "session {session}: logged {logged:?}, sent {known:?}"
        );
        let begins = matches!(known.as_str(), "BEGIN" | "START TRANSACTION" | "SET autocommit=0");
        let control = begins || matches!(known.as_str(), "COMMIT" | "SET autocommit=1");
        let (open, number) = self.transactions.entry(session).or_default();
        if begins {
            *open = true;
            *number += 1;
        }
        let transaction = if *open { *number } else { 0 };
        *open &= known != "COMMIT";
        self.labels.push(Label {
            steps: place.steps,
            line: place.line,
            last: place.last,
            sid: session,
            dur_ms,
            req: sent.request,
            ep: sent.endpoint,
            cls: sent.class,
            role: sent.role,
            grp: sent.group,
            n: 0,
            control,
            transaction,
            shape: shape(&known),
        });
        Ok(())
    }

    /// All of them, if the log has shown all.
    fn finish(mut self) -> Result<Vec<Label>> {
        for (session, mut left) in self.sessions {
            if let Some(sent) = left.next() {
                bail!("session {session}: not logged: {}", sent.text);
            }
        }
        count_turns(&mut self.labels);
        Ok(self.labels)
    }
}

/// Labels the executions of a log of PostgreSQL: `duration: … statement:` or `execute …:`.
pub(super) fn of_postgres(log: &[u8], sent: HashMap<u32, Vec<Sent>>) -> Result<Vec<Label>> {
    let log = String::from_utf8_lossy(log);
    let lines: Vec<&str> = log.lines().collect();
    let mut expected = Expected::new(sent);
    // Parse and bind of each session's next execution.
    let mut steps: HashMap<u32, Vec<u64>> = HashMap::new();
    for (place, line) in lines.iter().enumerate() {
        let number = place as u64 + 1;
        let Some((prefix, entry)) = line.split_once("LOG:  duration: ") else { continue };
        let session = pid(prefix).with_context(|| format!("no process: {line}"))?;
        let (millis, entry) =
            entry.split_once(" ms  ").context("a duration without a statement")?;
        let (step, text) = entry.split_once(": ").context("a statement without a text")?;
        if step.starts_with("parse") || step.starts_with("bind") {
            steps.entry(session).or_default().push(number);
            continue;
        }
        let more = lines[place + 1..].iter().take_while(|line| line.starts_with('\t')).count();
        let mut last = number + more as u64;
        let detail = |line: &&&str| line.contains(" DETAIL:  ") || line.contains(":DETAIL:  ");
        if lines.get(last as usize).filter(detail).and_then(|line| pid(line)) == Some(session) {
            last += 1;
        }
        let steps = steps.remove(&session).unwrap_or_default();
        let place = Place { steps, line: number, last };
        expected.entry(session, place, millis.parse()?, text)?;
    }
    expected.finish()
}

/// The number in the first brackets that hold one.
fn pid(prefix: &str) -> Option<u32> {
    prefix.split('[').skip(1).find_map(|rest| rest.split_once(']')?.0.parse().ok())
}

/// Labels the entries of a slow log of MariaDB.
pub(super) fn of_mariadb(log: &[u8], sent: HashMap<u32, Vec<Sent>>) -> Result<Vec<Label>> {
    let log = String::from_utf8_lossy(log);
    let lines: Vec<&str> = log.lines().collect();
    let mut expected = Expected::new(sent);
    let head = |line: &str| line.starts_with("# Time: ") || line.starts_with("# User@Host: ");
    let mut at = lines.iter().position(|line| head(line)).unwrap_or(lines.len());
    while at < lines.len() {
        let first = at;
        let (mut thread, mut millis) = (None, None);
        while let Some(line) = lines.get(at).filter(|line| line.starts_with('#')) {
            let field = |name: &str| {
                let rest = line.split_once(name)?.1.trim_start();
                rest.split_whitespace().next()
            };
            thread = thread.or(field("# Thread_id: ").and_then(|id| id.parse().ok()));
            millis = millis.or(field("# Query_time: ").and_then(|time| time.parse::<f64>().ok()));
            at += 1;
        }
        let control = |line: &&str| line.starts_with("SET timestamp=") || line.starts_with("use ");
        while lines.get(at).is_some_and(control) {
            at += 1;
        }
        let text = at;
        while at < lines.len() && !head(lines[at]) {
            at += 1;
        }
        if text < at && !lines[first..text].iter().any(|line| line.contains("administrator")) {
            let of = Place { steps: Vec::new(), line: first as u64 + 1, last: at as u64 };
            let millis = millis.context("an entry without a time")? * 1000.0;
            expected.entry(
                thread.context("an entry without a thread")?,
                of,
                millis,
                lines[text],
            )?;
        }
    }
    expected.finish()
}

/// Says of each child how many turns its loop has: how often its most repeated statement comes.
pub(super) fn count_turns(labels: &mut [Label]) {
    let mut shapes: HashMap<(u64, &str, u64), u64> = HashMap::new();
    for label in labels.iter().filter(|label| label.is_child()) {
        *shapes.entry((label.req, label.grp, label.shape)).or_default() += 1;
    }
    let mut turns: HashMap<(u64, &str), u64> = HashMap::new();
    for ((request, group, _), count) in shapes {
        let most = turns.entry((request, group)).or_default();
        *most = (*most).max(count);
    }
    for label in labels.iter_mut().filter(|label| label.is_child()) {
        label.n = turns.get(&(label.req, label.grp)).copied().unwrap_or(0);
    }
}

/// A number for a statement without its values: those of one place in the code have the same.
fn shape(text: &str) -> u64 {
    let mut quoted = false;
    let kept = text.bytes().filter(|byte| {
        quoted ^= *byte == b'\'';
        !quoted && !byte.is_ascii_digit()
    });
    kept.fold(0, |hash, byte| mix(hash ^ u64::from(byte)))
}
