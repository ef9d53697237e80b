//! One step of decompressing, the same for each library.
//!
//! The libraries' own readers drop what they have made in the call that meets the damage; steps
//! keep it.

use std::io;

use super::magic::Compression;

/// A window of zstd may be as large as this many bits say: 128 MiB, the limit of `zstd` itself.
const ZSTD_WINDOW_BITS: u32 = 27;
/// What xz may need: four times that of `xz -9`.
const XZ_MEMORY_BYTES: u64 = 256 * 1024 * 1024;
/// The word of zlib for a checksum of gzip that is not that of the content.
const WRONG_CHECKSUM: &str = "incorrect data check";
/// The largest window of deflate.
const DEFLATE_WINDOW_BITS: u8 = 15;

/// What came of a step.
pub(super) struct Step {
    pub(super) consumed: usize,
    pub(super) produced: usize,
    /// Has the frame ended, or what is wrong with it?
    pub(super) ended: Result<bool, String>,
}

/// Decompresses one frame (gzip says member, xz and bzip2 say stream).
pub(super) trait Codec: Send {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step;
}

/// A new codec; lz4 has none, since its library cannot go by steps.
pub(super) fn codec(compression: Compression) -> io::Result<Option<Box<dyn Codec>>> {
    Ok(Some(match compression {
        Compression::Gzip => Box::new(flate2::Decompress::new_gzip(DEFLATE_WINDOW_BITS)),
        Compression::Zstd => {
            use zstd::zstd_safe::DParameter;
            let mut decoder = zstd::stream::raw::Decoder::new()?;
            decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_BITS))?;
            Box::new(decoder)
        }
        Compression::Xz => {
            Box::new(liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY_BYTES, 0)?)
        }
        Compression::Bzip2 => Box::new(bzip2::Decompress::new(false)),
        Compression::Lz4 => return Ok(None),
    }))
}

impl Codec for flate2::Decompress {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let (consumed, produced) = (self.total_in(), self.total_out());
        let status = self.decompress(input, output, flate2::FlushDecompress::None);
        let mut consumed = (self.total_in() - consumed) as usize;
        let ended = match status {
            Ok(status) => Ok(status == flate2::Status::StreamEnd),
            Err(error) => Err(error.message().unwrap_or("invalid deflate data").to_owned()),
        };
        if ended.as_ref().is_err_and(|reason| reason == WRONG_CHECKSUM) {
            // The length behind the checksum belongs to the same member: it is not lost.
            consumed = (consumed + 4).min(input.len());
        }
        Step { consumed, produced: (self.total_out() - produced) as usize, ended }
    }
}

impl Codec for zstd::stream::raw::Decoder<'_> {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        use zstd::stream::raw::{InBuffer, Operation as _, OutBuffer};
        let mut input = InBuffer::around(input);
        let mut output = OutBuffer::around(output);
        let hint = self.run(&mut input, &mut output);
        Step {
            consumed: input.pos(),
            produced: output.pos(),
            // Nothing more is wanted once the frame has ended.
            ended: hint.map(|hint| hint == 0).map_err(|error| error.to_string()),
        }
    }
}

impl Codec for liblzma::stream::Stream {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        use liblzma::stream::{Action, Status};
        let (consumed, produced) = (self.total_in(), self.total_out());
        let status = self.process(input, output, Action::Run);
        Step {
            consumed: (self.total_in() - consumed) as usize,
            produced: (self.total_out() - produced) as usize,
            ended: status
                .map(|status| status == Status::StreamEnd)
                .map_err(|error| error.to_string()),
        }
    }
}

impl Codec for bzip2::Decompress {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let (consumed, produced) = (self.total_in(), self.total_out());
        let status = self.decompress(input, output);
        Step {
            consumed: (self.total_in() - consumed) as usize,
            produced: (self.total_out() - produced) as usize,
            ended: status
                .map(|status| status == bzip2::Status::StreamEnd)
                .map_err(|error| error.to_string()),
        }
    }
}
