//! Finding the `log_line_prefix` of a log.
//!
//! Candidates are the prefixes that are in wide use and those that the first lines suggest. Each
//! is tried on the sample; the one that matches the most lines and names the most fields wins.

use super::clock::Clock;
use super::head::Head;
use super::label::{Label, label};
use super::prefix::{Escape, Piece, Prefix};
use crate::Lines;

mod infer;

/// How many lines with a label are looked at.
const SAMPLE_LINES: usize = 400;

/// A candidate that matches none of so many lines is given up.
const HOPELESS_LINES: usize = 24;

/// Prefixes that documentation, distributions and clouds recommend.
const COMMON: [&str; 24] = [
    "%m [%p] ",
    "%m [%p] %q%u@%d ",
    "%t [%p] %q%u@%d ",
    "%t [%p] %q%u@%d %h ",
    "%t [%p-%l] %q%u@%d ",
    "%t:%r:%u@%d:[%p]:",
    "%t:%h:%u@%d:[%p]:",
    "%t-%c-",
    "%m [%p] %q[user=%u,db=%d,app=%a] ",
    "%m [%p] %q[user=%u,db=%d,app=%a,host=%h] ",
    "%m [%p][%v] : [%l-1] %q[app=%a] ",
    "%m [%p][%b][%v][%x] %q[user=%u,db=%d,app=%a] ",
    "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: [%l-1] user=%u,db=%d ",
    "%t [%p]: [%l-1] user=%u,db=%d - PG-%e ",
    "%t [%p]: [%l-1] [trx_id=%x] user=%u,db=%d ",
    "[%p]: [%l-1] db=%d,user=%u ",
    "%m %r %u %a [%c] [%p] ",
    "pid=%p,user=%u,db=%d,app=%a,client=%h ",
    "%p-%s-%c-%l-%h-%u-%d-%m ",
    "%m [%p] user=%u,db=%d,app=%a,client=%h ",
    " sql_error_code = %e ",
    "",
];

/// A log has at most so many prefixes, one after the other.
const MOST_PREFIXES: usize = 4;

/// Finds the prefixes of a PostgreSQL log from parts of it, such as its beginning and its end.
///
/// Mostly there is one; there are more if the setting was changed while the server ran. The result
/// is empty when no line has a severity in the place where a prefix would put it, or when less
/// than half of the lines that have one match.
pub fn detect_prefixes(parts: &[&[u8]]) -> Vec<Prefix> {
    let carried = detect(parts, false, true);
    if !carried.is_empty() {
        return carried.into_iter().map(Prefix::behind_stamp).collect();
    }
    let strict = detect(parts, false, false);
    if strict.is_empty() { detect(parts, true, false) } else { strict }
}

fn detect(parts: &[&[u8]], one_blank: bool, behind_stamp: bool) -> Vec<Prefix> {
    let labelled = |part| labelled_lines(part, one_blank, behind_stamp);
    let mut heads: Vec<LabelledLine<'_>> = parts.iter().copied().flat_map(labelled).collect();
    let all = heads.len();
    let lines: usize = parts.iter().map(|part| own_lines(part)).sum();
    let mut found = Vec::new();
    while !heads.is_empty() && found.len() < MOST_PREFIXES {
        // The first line of a part may be cut at its beginning: it has a say if there is no other.
        let whole: Vec<LabelledLine<'_>> =
            heads.iter().copied().filter(|head| !head.first).collect();
        let voters = if whole.is_empty() { &heads } else { &whole };
        let Some(prefix) = best(voters, one_blank) else { break };
        // A line of something else, or the rest of a line that was cut, may look like an entry:
        // a further prefix has to name the time.
        if !found.is_empty() && !names_time(&prefix) {
            break;
        }
        let mut clock = Clock::default();
        heads.retain(|head| Head::parse_one(&prefix, &mut clock, head.line).is_none());
        found.push(prefix);
    }
    // Other text may quote a log: an entry has to be no rare thing, and a common one where nothing
    // but free text speaks for it.
    let matched = all - heads.len();
    let share = if found.first().is_some_and(names_time) { 5 } else { 2 };
    if heads.len() * 2 > all || matched * share < lines { Vec::new() } else { found }
}

/// Lines that continue nothing, among those that are looked at.
fn own_lines(part: &[u8]) -> usize {
    let mut labelled = 0;
    Lines::new(part)
        .map(|(start, end)| &part[start..end])
        .filter(|line| !matches!(line, [b'\t' | b'\n' | b'\r', ..]))
        .take_while(|line| {
            labelled += usize::from(first_label(line, false).is_some());
            labelled <= SAMPLE_LINES
        })
        .count()
}

/// Where the first word of a line stands that may be a label.
pub(crate) fn first_label(line: &[u8], one_blank: bool) -> Option<usize> {
    let line = &line[..line.len().min(2048)];
    (0..line.len())
        .filter(|at| is_boundary(line, *at))
        .find(|at| label(&line[*at..], one_blank).is_some())
}

fn names_time(prefix: &Prefix) -> bool {
    [Escape::Time, Escape::TimeMillis, Escape::EpochMillis]
        .into_iter()
        .any(|escape| prefix.has(escape))
}

/// The prefix that fits the lines best.
fn best(heads: &[LabelledLine<'_>], one_blank: bool) -> Option<Prefix> {
    let mut best: Option<(Score, Prefix)> = None;
    let mut consider = |prefix: Prefix| {
        let prefix = Prefix { one_blank, ..prefix };
        let least = best.as_ref().map_or(0, |(known, _)| known.matched);
        let Some(score) = Score::of(&prefix, heads, least) else { return };
        let is_better = best.as_ref().is_none_or(|(known, _)| score > *known);
        if is_better && !is_unused_behind_sessions(&prefix, heads) {
            best = Some((score, prefix));
        }
    };
    for text in COMMON {
        if let Ok(prefix) = Prefix::parse(text) {
            consider(prefix);
        }
    }
    for prefix in infer::candidates(heads, one_blank) {
        for variant in infer::session_only_variants(&prefix, heads) {
            consider(variant);
        }
        consider(prefix);
    }
    best.map(|(_, prefix)| prefix)
}

/// Does every line that matches end before `%q`? Then nothing speaks for what stands behind it.
fn is_unused_behind_sessions(prefix: &Prefix, heads: &[LabelledLine<'_>]) -> bool {
    let Some(place) = prefix.pieces.iter().position(|piece| *piece == Piece::SessionOnly) else {
        return false;
    };
    let short = Prefix { pieces: prefix.pieces[..place].to_vec(), ..*prefix };
    let mut clock = Clock::default();
    heads.iter().all(|head| {
        Head::parse_one(&short, &mut clock, head.line).is_some()
            || Head::parse_one(prefix, &mut clock, head.line).is_none()
    })
}

/// A line of the sample and where its label stands.
#[derive(Debug, Clone, Copy)]
struct LabelledLine<'a> {
    line: &'a [u8],
    label: usize,
    /// It is the first of its part.
    first: bool,
}

/// Lines that have a severity or the like somewhere, up to [`SAMPLE_LINES`], without the stamp of
/// a carrier if they are `behind_stamp`.
fn labelled_lines(sample: &[u8], one_blank: bool, behind_stamp: bool) -> Vec<LabelledLine<'_>> {
    let mut clock = Clock::default();
    Lines::new(sample)
        .filter(|(start, _)| !matches!(sample[*start], b'\t' | b'\n' | b'\r'))
        .filter_map(|(start, end)| {
            let line = &sample[start..end.min(start + 2048)];
            let stamp = if behind_stamp { clock.carriers_stamp(line)?.1 } else { 0 };
            let line = &line[stamp..];
            let label = first_label(line, one_blank)?;
            Some(LabelledLine { line, label, first: start == 0 })
        })
        .take(SAMPLE_LINES)
        .collect()
}

/// Can a label begin at `at`? Not in the middle of a word.
fn is_boundary(line: &[u8], at: usize) -> bool {
    // In languages with other letters, the first byte of a character.
    let begins_word = |byte: u8| byte.is_ascii_uppercase() || byte >= 0xc0;
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    begins_word(line[at]) && at.checked_sub(1).is_none_or(|before| !is_letter(line[before]))
}

/// How well a prefix fits; the greater the better, field by field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    /// Lines that match; twice if the prefix names the time, which no free text does by chance.
    matched: usize,
    /// How many different fields the prefix names.
    fields: usize,
    /// `%q` where nothing speaks against it: the lines of background processes may come later.
    session_only: bool,
    /// Shorter is simpler.
    brevity: std::cmp::Reverse<usize>,
}

impl Score {
    /// `None` if it fits no line, or is known to be worse than one with as many matches as `least`.
    fn of(prefix: &Prefix, heads: &[LabelledLine<'_>], least: usize) -> Option<Self> {
        let weight = if names_time(prefix) { 2 } else { 1 };
        let mut clock = Clock::default();
        let mut matched = 0;
        let mut sessionless = false;
        for (place, head) in heads.iter().enumerate() {
            // Most candidates fit nothing.
            let hopeless = place == HOPELESS_LINES && matched == 0;
            if hopeless || weight * (matched + heads.len() - place) < least {
                return None;
            }
            let Some(found) = Head::parse_one(prefix, &mut clock, head.line) else { continue };
            let same_place = head.line[..found.message].trim_ascii_end().len();
            let expected = label(&head.line[head.label..], prefix.one_blank)
                .map_or(0, |(_, len)| head.label + len);
            if same_place == head.line[..expected].trim_ascii_end().len() {
                matched += 1;
                sessionless |=
                    found.actor.user.is_none() && matches!(found.label, Label::Severity(_));
            }
        }
        let mut fields: Vec<Escape> = Vec::new();
        for piece in &prefix.pieces {
            if let Piece::Field { escape, .. } = piece
                && !fields.contains(escape)
            {
                fields.push(*escape);
            }
        }
        (matched > 0).then(|| Self {
            matched: weight * matched,
            fields: fields.len(),
            session_only: !sessionless && prefix.pieces.contains(&Piece::SessionOnly),
            brevity: std::cmp::Reverse(prefix.pieces.len()),
        })
    }
}
