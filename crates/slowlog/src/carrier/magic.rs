//! Carriers by their first bytes.

use super::tar;

/// How bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
    Lz4,
}

/// Longest beginning of a frame that [`Compression::of`] looks at, but for skippable ones.
pub(super) const MAGIC_BYTES: usize = 10;

impl Compression {
    /// The compression of what begins with `head`.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let mut rest = head;
        // zstd and lz4 have the same skippable frames: what follows them tells which it is.
        while let Some(len) = skippable_frame(rest) {
            match usize::try_from(len).ok().and_then(|len| rest.get(len..)) {
                Some(behind) if !behind.is_empty() => rest = behind,
                _ => return Some(Self::Zstd),
            }
        }
        match rest {
            // Deflate is the only method that gzip ever had.
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            // The digits of pi begin a block, those of its root the end of an empty stream.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => {
                Some(Self::Bzip2)
            }
            [0x04, 0x22, 0x4d, 0x18, ..] => Some(Self::Lz4),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
            Self::Lz4 => "lz4",
        }
    }

    /// May frames stand between its frames that say nothing?
    pub(super) fn has_skippable_frames(self) -> bool {
        matches!(self, Self::Zstd | Self::Lz4)
    }
}

/// The length of a skippable frame, its header included.
/// <https://github.com/facebook/zstd/blob/dev/doc/zstd_compression_format.md#skippable-frames>
pub(super) fn skippable_frame(head: &[u8]) -> Option<u64> {
    let (magic, rest) = head.split_first_chunk::<4>()?;
    let len = rest.first_chunk::<4>()?;
    (0x184d_2a50..=0x184d_2a5f)
        .contains(&u32::from_le_bytes(*magic))
        .then(|| 8 + u64::from(u32::from_le_bytes(*len)))
}

/// What holds several files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArchiveKind {
    Tar,
    Zip,
}

impl ArchiveKind {
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            return Some(Self::Zip);
        }
        // The old kind of tar has no magic, but each header has a checksum.
        head.first_chunk().is_some_and(tar::is_header).then_some(Self::Tar)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tar => "tar",
            Self::Zip => "zip",
        }
    }
}
