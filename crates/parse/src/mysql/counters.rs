//! What the keys of a header mean, in all the generations of servers.

use slowlog_event::{Counter, Micros};

/// The meaning of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// A plain number.
    Count(Counter),
    /// Seconds with decimals.
    Seconds(Counter),
    /// Milliseconds with decimals, as MariaDB's storage engine statistics are (MDEV-31558).
    Millis(Counter),
    /// `Yes` or `No`.
    Flag(Counter),
    QueryTime,
    User,
    Session,
    Schema,
    Error,
    Killed,
    RateType,
    RateLimit,
    Routine,
    End,
}

/// Servers do not agree on the case (`QC_Hit` and `QC_hit`).
const KEYS: [(&str, Key); 44] = [
    ("Query_time", Key::QueryTime),
    ("Lock_time", Key::Seconds(Counter::LockTime)),
    ("Rows_sent", Key::Count(Counter::RowsSent)),
    ("Rows_examined", Key::Count(Counter::RowsExamined)),
    ("Rows_affected", Key::Count(Counter::RowsAffected)),
    ("Bytes_sent", Key::Count(Counter::BytesSent)),
    ("Bytes_received", Key::Count(Counter::BytesReceived)),
    ("Tmp_tables", Key::Count(Counter::TmpTables)),
    ("Created_tmp_tables", Key::Count(Counter::TmpTables)),
    ("Tmp_disk_tables", Key::Count(Counter::TmpDiskTables)),
    ("Created_tmp_disk_tables", Key::Count(Counter::TmpDiskTables)),
    ("Tmp_table_sizes", Key::Count(Counter::TmpTableBytes)),
    ("Merge_passes", Key::Count(Counter::MergePasses)),
    ("Sort_merge_passes", Key::Count(Counter::MergePasses)),
    ("Sort_rows", Key::Count(Counter::SortRows)),
    ("Read_rnd_next", Key::Count(Counter::ReadRndNext)),
    ("Full_scan", Key::Flag(Counter::FullScan)),
    ("Full_join", Key::Flag(Counter::FullJoin)),
    ("Filesort", Key::Flag(Counter::Filesort)),
    ("Filesort_on_disk", Key::Flag(Counter::FilesortOnDisk)),
    ("QC_Hit", Key::Flag(Counter::QueryCacheHit)),
    ("InnoDB_IO_r_ops", Key::Count(Counter::IoReadOps)),
    ("InnoDB_IO_r_bytes", Key::Count(Counter::IoReadBytes)),
    ("InnoDB_IO_r_wait", Key::Seconds(Counter::IoReadWait)),
    ("InnoDB_rec_lock_wait", Key::Seconds(Counter::RowLockWait)),
    ("InnoDB_queue_wait", Key::Seconds(Counter::QueueWait)),
    ("InnoDB_pages_distinct", Key::Count(Counter::PagesDistinct)),
    ("Pages_accessed", Key::Count(Counter::PagesAccessed)),
    ("Pages_read", Key::Count(Counter::PagesRead)),
    ("Engine_time", Key::Millis(Counter::EngineTime)),
    ("Thread_id", Key::Session),
    ("Id", Key::Session),
    // TiDB's words for the two, and for the user before 4.0.
    ("Conn_ID", Key::Session),
    ("DB", Key::Schema),
    ("User", Key::User),
    ("Schema", Key::Schema),
    ("Last_errno", Key::Error),
    ("Errno", Key::Error),
    ("Killed", Key::Killed),
    ("Log_slow_rate_type", Key::RateType),
    ("Log_slow_rate_limit", Key::RateLimit),
    ("Stored_routine", Key::Routine),
    ("End", Key::End),
    ("Pages_read_time", Key::Millis(Counter::IoReadWait)),
];

/// The longest key that has a meaning.
const LONGEST: usize = "created_tmp_disk_tables".len();

/// `KEYS` by length: the places of the keys that are so long, in their order.
static BY_LENGTH: [[u8; 6]; LONGEST + 1] = by_length();

const NONE: u8 = u8::MAX;

const fn by_length() -> [[u8; 6]; LONGEST + 1] {
    let mut table = [[NONE; 6]; LONGEST + 1];
    let mut place = 0;
    while place < KEYS.len() {
        let row = &mut table[KEYS[place].0.len()];
        let mut free = 0;
        while row[free] != NONE {
            free += 1;
        }
        row[free] = place as u8;
        place += 1;
    }
    table
}

impl Key {
    /// The meaning of a key, if slowlog uses it.
    #[inline]
    pub(super) fn find(key: &[u8]) -> Option<Self> {
        let row = BY_LENGTH.get(key.len())?;
        row.iter()
            .map_while(|place| KEYS.get(*place as usize))
            // Nearly always the ends tell the keys of one length apart.
            .find(|(text, _)| {
                let text = text.as_bytes();
                ends(key) == ends(text) && (key == text || key.eq_ignore_ascii_case(text))
            })
            .map(|(_, meaning)| *meaning)
    }

    /// The counter that the key is for, with its value.
    #[inline]
    pub(super) fn counter(self, value: &[u8]) -> Option<(Counter, u64)> {
        match self {
            Self::Count(counter) => Some((counter, number(value)?)),
            Self::Seconds(counter) => {
                Some((counter, duration(Micros::from_seconds_text(value))?.0))
            }
            Self::Millis(counter) => Some((counter, duration(Micros::from_millis_text(value))?.0)),
            Self::Flag(counter) if value.eq_ignore_ascii_case(b"yes") => Some((counter, 1)),
            Self::Flag(counter) if value.eq_ignore_ascii_case(b"no") => Some((counter, 0)),
            _ => None,
        }
    }
}

/// The first and the last byte without their case.
#[inline]
fn ends(key: &[u8]) -> Option<(u8, u8)> {
    Some((key.first()? | 0x20, key.last()? | 0x20))
}

/// A number without a sign. One above the largest signed number is a negative one that the server
/// printed as unsigned, as `Rows_affected: 18446744073709551615` for a failed statement.
#[inline]
pub(super) fn number(text: &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    (!text.is_empty() && i64::try_from(value).is_ok()).then_some(value)
}

/// The duration, unless it overflowed, on reading or in the server.
#[inline]
pub(super) fn duration(value: Option<Micros>) -> Option<Micros> {
    value.filter(|micros| i64::try_from(micros.0).is_ok())
}
