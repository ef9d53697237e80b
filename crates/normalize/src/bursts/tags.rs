//! Tags that frameworks write into comments: sqlcommenter, marginalia, Rails query logs.
//!
//! `/*action='show',controller='books',traceparent='00-<trace>-<span>-01'*/` behind or before the
//! statement, also as `key:value`. See <https://google.github.io/sqlcommenter/spec/>.

use memchr::{memchr, memchr_iter, memchr2};
use slowlog_event::Literal;

/// What the comments of a statement say of the request that it belongs to. 0 is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tags {
    /// The request: a hash of the trace id.
    pub(crate) trace: u64,
    /// The code that sends it: a hash of route, controller, action and job.
    pub(crate) route: u64,
}

/// The keys that name a piece of the application's code.
const ROUTE_KEYS: [&[u8]; 8] = [
    b"route",
    b"controller",
    b"action",
    b"job",
    b"namespaced_controller",
    b"source_location",
    b"job_line",
    b"resolver",
];

/// How many comments are remembered.
const COMMENTS: usize = 64;

/// Comments that were read before, by their hashes: those of a place in the code are all the same.
#[derive(Debug)]
pub(crate) struct Comments {
    routes: [(u64, u64); COMMENTS],
}

impl Default for Comments {
    fn default() -> Self {
        Self { routes: [(0, 0); COMMENTS] }
    }
}

impl Comments {
    /// The tags of a statement: only a comment at its very start or end has any.
    #[inline]
    pub(crate) fn tags(&mut self, text: &[u8]) -> Tags {
        let mut tags = Tags::default();
        if let Some(comment) = text.strip_prefix(b"/*") {
            self.read(comment, &mut tags);
        }
        let end = text.trim_ascii_end();
        let end = end.strip_suffix(b";").unwrap_or(end);
        if let Some(body) = end.strip_suffix(b"*/") {
            self.read_last(body, &mut tags);
        }
        tags
    }

    #[cold]
    fn read_last(&mut self, body: &[u8], tags: &mut Tags) {
        if let Some(start) = body.windows(2).rposition(|pair| pair == b"/*") {
            self.read(&body[start + 2..], tags);
        }
    }

    /// Adds the tags of a comment that ends with the text or with `*/`.
    #[cold]
    fn read(&mut self, comment: &[u8], tags: &mut Tags) {
        let end = memchr_iter(b'*', comment).find(|star| comment.get(star + 1) == Some(&b'/'));
        let comment = &comment[..end.unwrap_or(comment.len())];
        let whole = hash(0, comment);
        let known = &mut self.routes[(whole >> 1) as usize % COMMENTS];
        let first = *tags == Tags::default();
        if first && known.0 == whole {
            tags.route = known.1;
            return;
        }
        read_pairs(comment, tags);
        // Traces do not come again.
        if first && tags.trace == 0 {
            *known = (whole, tags.route);
        }
    }
}

/// Pairs of a comment.
fn read_pairs(comment: &[u8], tags: &mut Tags) {
    let mut rest = comment;
    while !rest.is_empty() {
        let comma = memchr(b',', rest).unwrap_or(rest.len());
        let pair = &rest[..comma];
        rest = rest.get(comma + 1..).unwrap_or_default();
        let Some(at) = memchr2(b'=', b':', pair) else { continue };
        let key = pair[..at].trim_ascii();
        let value = pair[at + 1..].trim_ascii();
        let value = value.strip_prefix(b"'").unwrap_or(value);
        let value = value.strip_suffix(b"'").unwrap_or(value);
        if key == b"traceparent" {
            // version-trace-span-flags; all zeros is no trace.
            let trace = value.split(|byte| *byte == b'-').nth(1).unwrap_or_default();
            if trace.len() == 32 && trace.iter().any(|byte| *byte != b'0') {
                tags.trace = hash(0, trace);
            }
        } else if matches!(key, b"trace_id" | b"request_id" | b"dd.trace_id") && !value.is_empty() {
            tags.trace = hash(0, value);
        } else if ROUTE_KEYS.contains(&key) {
            tags.route = hash(hash(tags.route, key), value);
        }
    }
}

/// Hashes to compare tags with; never 0.
fn hash(seed: u64, text: &[u8]) -> u64 {
    let text = Literal::from_text(text).sort_key();
    (seed.rotate_left(23) ^ text).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &[u8]) -> Tags {
        let mut comments = Comments::default();
        let first = comments.tags(text);
        assert_eq!(comments.tags(text), first);
        first
    }

    #[test]
    fn tags_are_found_where_frameworks_write_them() {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let behind = format!("SELECT 1 /*action='show',traceparent='{trace}'*/");
        let before = format!("/*traceparent='{trace}',action='show'*/ SELECT 1;");
        assert_eq!(tags(behind.as_bytes()), tags(before.as_bytes()));
        assert_ne!(tags(behind.as_bytes()).trace, 0);
        assert_ne!(tags(behind.as_bytes()).route, 0);
        for (text, route) in [
            ("SELECT 1", false),
            ("SELECT 1 /*application:Shop,controller:books,action:index*/", true),
            ("SELECT 1 /* a remark: nothing */", false),
            ("SELECT '/*action:x*/'", false),
            ("/*", false),
            ("*/", false),
            ("/*/", false),
        ] {
            assert_eq!(tags(text.as_bytes()).route != 0, route, "{text}");
        }
        let zeros =
            "SELECT 1 /*traceparent='00-00000000000000000000000000000000-0000000000000000-00'*/";
        assert_eq!(tags(zeros.as_bytes()).trace, 0);
    }
}
