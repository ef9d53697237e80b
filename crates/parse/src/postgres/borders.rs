//! Where entries begin in a part of a log.

use memchr::{memchr, memrchr};
use slowlog_event::Timestamp;

use super::clock::Clock;
use super::head::Head;
use super::label::Label;
use super::prefix::Prefix;

/// The label of a line that begins with one of these prefixes.
pub(crate) fn line_label(prefixes: &[Prefix], clock: &mut Clock, line: &[u8]) -> Option<Label> {
    Head::parse(prefixes, clock, line).map(|head| head.label)
}

/// The offset of the first line that begins an entry.
pub(crate) fn first_entry_start(prefixes: &[Prefix], block: &[u8]) -> Option<usize> {
    let mut clock = Clock::default();
    crate::Lines::new(block)
        .map(|(start, _)| start)
        .find(|start| begins_entry(prefixes, &mut clock, &block[*start..]))
}

/// The offset of the last line that begins an entry: where a block can be cut. A DETAIL or
/// STATEMENT line is no such place.
pub(crate) fn last_entry_start(prefixes: &[Prefix], block: &[u8]) -> Option<usize> {
    let mut clock = Clock::default();
    let mut end = block.len();
    loop {
        let start = memrchr(b'\n', &block[..end]).map_or(0, |newline| newline + 1);
        if begins_entry(prefixes, &mut clock, &block[start..]) {
            return Some(start);
        }
        end = start.checked_sub(1)?;
    }
}

/// The stamps of the first and the last entry in a part of a log that have one.
pub(crate) fn first_and_last_stamp(
    prefixes: &[Prefix],
    part: &[u8],
) -> Option<(Timestamp, Timestamp)> {
    let mut clock = Clock::default();
    let mut stamps = crate::Lines::new(part).filter_map(|(start, end)| {
        let line = &part[start..end];
        (line.first() != Some(&b'\t'))
            .then(|| Head::parse(prefixes, &mut clock, line)?.time)
            .flatten()
    });
    let first = stamps.next()?;
    Some((first, stamps.last().unwrap_or(first)))
}

fn begins_entry(prefixes: &[Prefix], clock: &mut Clock, text: &[u8]) -> bool {
    if matches!(text, [] | [b'\t' | b'\n', ..]) {
        return false;
    }
    let end = memchr(b'\n', text);
    let line = &text[..end.unwrap_or(text.len())];
    Head::parse(prefixes, clock, line).is_some_and(|head| {
        // Of a line whose end is not there, the label may not be all there.
        let decided = end.is_some() || head.message < line.len();
        decided && matches!(head.label, Label::Severity(_))
    })
}
