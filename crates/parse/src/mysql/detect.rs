//! Is it a slow log, and of what time?

use memchr::memrchr;
use slowlog_event::Timestamp;

use super::border::Log;
use super::head::{Start, banner_len, first_slow_entry, follows_statement, start_at};
use super::header::Header;
use super::reader::banner_version;
use super::server::SlowLogServer;
use crate::lines::Lines;

/// Do these bytes, the first of a file, come from a slow log?
///
/// It begins with an entry or with what a server writes as it opens the log. Or its first entry
/// follows a finished statement, whose beginning rotation has cut off, and the lines before look
/// like no other log. A slow log inside a statement of a PostgreSQL log is none: the server
/// writes TABs before its lines, or the lines of its csvlog come before it.
pub(crate) fn is_slow_log(sample: &[u8]) -> bool {
    let blank = sample.len() - sample.trim_ascii_start().len();
    let Some(first) = first_slow_entry(sample) else {
        let is_cut_header = start_at(sample, blank) == Start::Cut;
        return is_cut_header && sample[blank..].starts_with(b"# ") && sample.contains(&b'\n');
    };
    let before = &sample[..first];
    let is_cut = follows_statement(sample, first);
    first == blank || (is_cut && !has_stamped_line(before))
}

/// Does one of these lines begin with the stamp of another log?
pub(super) fn has_stamped_line(text: &[u8]) -> bool {
    Lines::new(text).any(|(start, end)| is_stamped(&text[start..end]))
}

/// Does a line begin with the stamp of another log? Statements have such only in single quotes.
fn is_stamped(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let line = line.strip_prefix(b"[").or_else(|| line.strip_prefix(b"\"")).unwrap_or(line);
    let Some([y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b' ' | b'T', h1, h2, b':', ..]) =
        line.first_chunk::<16>()
    else {
        return false;
    };
    [y1, y2, y3, y4, m1, m2, d1, d2, h1, h2].into_iter().all(u8::is_ascii_digit)
}

/// When the first and the last entry of a part of a log ended that have a stamp.
pub(crate) fn first_and_last_slow_stamp(part: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let log = Log { block: part, ends: true };
    let mut counters = Vec::new();
    let opened = banner_len(part).map(|length| banner_version(&part[..length]));
    let server = opened.map(SlowLogServer::of_version).unwrap_or_default();
    let mut stamp = |at: usize| {
        let is_entry = start_at(part, at) == Start::Entry;
        let header = is_entry.then(|| Header::read(log, at, &mut counters))?;
        Some(server.end(header.stamp()?, header.stamped(), header.duration))
    };
    let first = Lines::new(part).find_map(|(start, _)| stamp(start))?;
    let mut end = part.len();
    while end > 0 {
        let start = memrchr(b'\n', &part[..end - 1]).map_or(0, |at| at + 1);
        if (start == 0 || follows_statement(part, start))
            && let Some(last) = stamp(start)
        {
            return Some((first, last));
        }
        end = start;
    }
    Some((first, first))
}
