//! Logs that slowlog knows and cannot use.

/// Bytes that are looked at.
const SAMPLE_BYTES: usize = 64 * 1024;

/// What a log is that has no statements with their times, and what to give instead; `None` for any
/// other.
///
/// ```
/// let log = b"2023-12-19 03:06:13.586 CET [10384] LOG C-0x5e: shop/app@10.0.0.1:38296 closing because: client close request (age=0s)\n";
/// assert!(slowlog_parse::unsupported(log).is_some_and(|reason| reason.contains("pgbouncer")));
/// ```
pub fn unsupported(sample: &[u8]) -> Option<&'static str> {
    let sample = &sample[..sample.len().min(SAMPLE_BYTES)];
    let lines = || sample.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let most = |is: fn(&[u8]) -> bool| {
        let all = lines().filter(|line| !line.is_empty()).count();
        let found = lines().filter(|line| is(line)).count();
        found > 0 && found * 2 >= all
    };
    if most(is_redshift) {
        return Some(
            "this is a log of Amazon Redshift, which has no times of statements: its system tables have them (STL_QUERY, SYS_QUERY_HISTORY)",
        );
    }
    if most(is_pgbouncer) {
        return Some(
            "this is a log of pgbouncer, which has no statements: give the log of the PostgreSQL server behind it",
        );
    }
    None
}

/// The user activity log:
/// `'2020-03-07T16:09:43Z UTC [ db=dev user=rdsdb pid=16929 userid=1 xid=7382 ]' LOG: SELECT 1`
fn is_redshift(line: &[u8]) -> bool {
    line.starts_with(b"'")
        && line.get(11) == Some(&b'T')
        && has(line, b" UTC [ db=")
        && (has(line, b"]' LOG: ") || has(line, b" userid="))
}

/// Clients and servers are `C-0x…` and `S-0x…`; every minute there are statistics.
fn is_pgbouncer(line: &[u8]) -> bool {
    const LEVELS: [&[u8]; 5] = [b"LOG ", b"WARNING ", b"ERROR ", b"DEBUG ", b"NOISE "];
    const WORDS: [&[u8]; 4] = [b"C-0x", b"S-0x", b"stats: ", b"Stats: "];
    let head = &line[..line.len().min(256)];
    LEVELS.iter().any(|level| {
        memchr::memmem::find(head, level).is_some_and(|at| {
            let (before, behind) = (&head[..at], &head[at + level.len()..]);
            !has(before, b":  ") && WORDS.iter().any(|word| behind.starts_with(word))
        })
    })
}

fn has(line: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(line, part).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_that_are_of_no_use() {
        for (log, expected) in [
            (
                "2018-09-12 16:08:54.776 3394 LOG C-0x5: db/user@127.0.0.1:51522 closing because: client close request (age=0)\n",
                Some("pgbouncer"),
            ),
            ("2018-09-12 16:08:54.776 3394 LOG Stats: 2 req/s, in 10 b/s\n", Some("pgbouncer")),
            (
                "Sep 12 16:08:54 db pgbouncer[3394]: LOG S-0x5: db/user@127.0.0.1:5432 new connection to server\n",
                Some("pgbouncer"),
            ),
            (
                "'2020-03-07T16:09:43Z UTC [ db=dev user=rdsdb pid=16929 userid=1 xid=7382 ]' LOG: SELECT 1\n",
                Some("Redshift"),
            ),
            (
                "2026-03-01 10:00:00 UTC [7] LOG:  duration: 1.0 ms  statement: SELECT 'LOG C-0x1: x'\n",
                None,
            ),
            ("# Time: 2026-03-01T10:00:00Z\n", None),
            ("", None),
        ] {
            let reason = unsupported(log.as_bytes());
            assert_eq!(reason.is_some(), expected.is_some(), "{log}");
            if let (Some(reason), Some(word)) = (reason, expected) {
                assert!(reason.contains(word), "{log}");
            }
        }
    }
}
