//! What a file that is no log looks like.

use memchr::memmem;

/// Files by the bytes that they begin with.
const MAGIC: [(&[u8], &str); 9] = [
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "an image"),
    (b"PAR1", "a Parquet file"),
    (b"PGDMP", "a dump of pg_dump"),
    (b"pst0", "a file of pgBadger"),
    (b"\xfebin", "a binary log of MySQL"),
];

/// Logs by words that stand in their lines.
const WORDS: [(&str, &str); 8] = [
    ("LOG:  ", "PostgreSQL's stderr log with a log_line_prefix that was not found"),
    ("ERROR:  ", "PostgreSQL's stderr log with a log_line_prefix that was not found"),
    ("error_severity", "PostgreSQL's jsonlog"),
    (",LOG,00000,", "PostgreSQL's csvlog"),
    ("Query_time: ", "MySQL's slow log"),
    ("[Note] ", "MySQL's error log"),
    ("[System] ", "MySQL's error log"),
    (" closing because: ", "a log of PgBouncer"),
];

/// What the beginning of a file looks like, in words; `None` for any other text.
pub(crate) fn closest(sample: &[u8]) -> Option<&'static str> {
    let magic = MAGIC.iter().find(|(magic, _)| sample.starts_with(magic));
    let word = || WORDS.iter().find(|(word, _)| memmem::find(sample, word.as_bytes()).is_some());
    if let Some((_, name)) = magic {
        return Some(name);
    }
    if let Some((_, name)) = word() {
        return Some(name);
    }
    memchr::memchr(0, sample).map(|_| "binary data")
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn files_are_known_by_their_bytes() {
        for (sample, name) in [
            (&b"SQLite format 3\0rest"[..], Some("an SQLite database")),
            (b"\x7fELF\x02", Some("a program")),
            (b"a\0b", Some("binary data")),
            (b"hello\n", None),
            (b"", None),
            (
                b"12 <x> LOG:  duration: 1 ms",
                Some("PostgreSQL's stderr log with a log_line_prefix that was not found"),
            ),
            (b"2026-03-01T10:00:00Z 0 [System] [MY-010116] ready", Some("MySQL's error log")),
        ] {
            assert_eq!(closest(sample), name, "{}", sample.escape_ascii());
        }
    }
}
