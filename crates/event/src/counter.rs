//! What MySQL and its relatives count while a statement runs.

/// A figure that a slow log gives for a statement beside its duration. Which ones it gives depends
/// on the server and its settings: one that is not there is unknown, not 0.
///
/// Flags such as [`Counter::FullScan`] are 0 or 1, so that their sum counts statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Counter {
    /// Waited for table locks, since 8.0.28 for row locks too; microseconds.
    LockTime,
    /// Rows sent to the client.
    RowsSent,
    /// Rows that the server layer read from the storage engine.
    RowsExamined,
    /// Rows changed.
    RowsAffected,
    /// Bytes sent to the client.
    BytesSent,
    /// Bytes received from the client.
    BytesReceived,
    /// Temporary tables.
    TmpTables,
    /// Temporary tables on disk.
    TmpDiskTables,
    /// Bytes of temporary tables.
    TmpTableBytes,
    /// Passes of the sort algorithm over files.
    MergePasses,
    /// Rows sorted.
    SortRows,
    /// Requests to read the next row of a table scan.
    ReadRndNext,
    /// Flag: a table was read without an index.
    FullScan,
    /// Flag: a join read a table without an index.
    FullJoin,
    /// Flag: rows were sorted.
    Filesort,
    /// Flag: rows were sorted with files.
    FilesortOnDisk,
    /// Flag: the answer came from the query cache.
    QueryCacheHit,
    /// Physical reads of InnoDB.
    IoReadOps,
    /// Bytes of physical reads of InnoDB.
    IoReadBytes,
    /// Waited for physical reads; microseconds.
    IoReadWait,
    /// Waited for row locks of InnoDB; microseconds.
    RowLockWait,
    /// Waited to enter InnoDB; microseconds.
    QueueWait,
    /// Pages of InnoDB that were touched, each counted once, approximately.
    PagesDistinct,
    /// Pages that the storage engine accessed.
    PagesAccessed,
    /// Pages that the storage engine read from disk.
    PagesRead,
    /// Time spent in the storage engine; microseconds.
    EngineTime,
}

impl Counter {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 26] = [
        Self::LockTime,
        Self::RowsSent,
        Self::RowsExamined,
        Self::RowsAffected,
        Self::BytesSent,
        Self::BytesReceived,
        Self::TmpTables,
        Self::TmpDiskTables,
        Self::TmpTableBytes,
        Self::MergePasses,
        Self::SortRows,
        Self::ReadRndNext,
        Self::FullScan,
        Self::FullJoin,
        Self::Filesort,
        Self::FilesortOnDisk,
        Self::QueryCacheHit,
        Self::IoReadOps,
        Self::IoReadBytes,
        Self::IoReadWait,
        Self::RowLockWait,
        Self::QueueWait,
        Self::PagesDistinct,
        Self::PagesAccessed,
        Self::PagesRead,
        Self::EngineTime,
    ];

    /// Its name in reports; durations are in microseconds and end in `_us`.
    pub fn name(self) -> &'static str {
        match self {
            Self::LockTime => "lock_us",
            Self::RowsSent => "rows_sent",
            Self::RowsExamined => "rows_examined",
            Self::RowsAffected => "rows_affected",
            Self::BytesSent => "bytes_sent",
            Self::BytesReceived => "bytes_received",
            Self::TmpTables => "tmp_tables",
            Self::TmpDiskTables => "tmp_disk_tables",
            Self::TmpTableBytes => "tmp_table_bytes",
            Self::MergePasses => "merge_passes",
            Self::SortRows => "sort_rows",
            Self::ReadRndNext => "read_rnd_next",
            Self::FullScan => "full_scans",
            Self::FullJoin => "full_joins",
            Self::Filesort => "filesorts",
            Self::FilesortOnDisk => "filesorts_on_disk",
            Self::QueryCacheHit => "query_cache_hits",
            Self::IoReadOps => "io_read_ops",
            Self::IoReadBytes => "io_read_bytes",
            Self::IoReadWait => "io_read_wait_us",
            Self::RowLockWait => "row_lock_wait_us",
            Self::QueueWait => "queue_wait_us",
            Self::PagesDistinct => "pages_distinct",
            Self::PagesAccessed => "pages_accessed",
            Self::PagesRead => "pages_read",
            Self::EngineTime => "engine_us",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Counter;

    #[test]
    fn numbers_are_places() {
        for (place, counter) in Counter::ALL.into_iter().enumerate() {
            assert_eq!(counter as usize, place);
        }
    }
}
