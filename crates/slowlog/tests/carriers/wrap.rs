//! Logs, what they can be wrapped in, and the analysis of that.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use slowlog::{Analysis, Analyzer, Source};
use slowlog_report::{Report, Settings, render_json};

/// Executions, one a second from `from` seconds after ten o'clock, of the session `pid`.
pub(crate) fn log(pid: u32, from: u32, entries: u32) -> String {
    let mut log = String::new();
    for entry in from..from + entries {
        let (hour, minute, second) = (10 + entry / 3600, entry / 60 % 60, entry % 60);
        let at = format!("2026-03-01 {hour:02}:{minute:02}:{second:02}.123 UTC [{pid}] bob@shop");
        let table = ["orders", "items", "größen", "客户"][entry as usize % 4];
        let millis = entry % 97;
        writeln!(
            log,
            "{at} LOG:  duration: {millis}.250 ms  statement: SELECT * FROM {table}\n\tWHERE id = {entry} AND note = '𝄞'"
        )
        .unwrap();
    }
    log
}

pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// In members of so many bytes.
pub(crate) fn gzip_members(text: &[u8], bytes: usize) -> Vec<u8> {
    text.chunks(bytes).flat_map(gzip).collect()
}

pub(crate) fn zstd(text: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// A frame of zstd and of lz4 that says nothing.
pub(crate) fn skippable_frame() -> Vec<u8> {
    [&0x184d_2a53_u32.to_le_bytes()[..], &5_u32.to_le_bytes(), b"hello"].concat()
}

pub(crate) fn xz(text: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(1));
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn lz4(text: &[u8]) -> Vec<u8> {
    let info = lz4_flex::frame::FrameInfo::new()
        .block_size(lz4_flex::frame::BlockSize::Max64KB)
        .content_checksum(true);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn utf16(text: &str, is_big_endian: bool, has_mark: bool) -> Vec<u8> {
    let mark = has_mark.then_some(0xfeff);
    let units = mark.into_iter().chain(text.encode_utf16());
    let bytes = |unit: u16| if is_big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
    units.flat_map(bytes).collect()
}

pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        // A header takes any name; `append_data` refuses those that are not relative.
        if name.len() < 100 {
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        } else {
            builder.append_data(&mut header, name, *content).unwrap();
        }
    }
    builder.into_inner().unwrap()
}

pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (number, (name, content)) in members.iter().enumerate() {
        let method = match number % 2 {
            0 => zip::CompressionMethod::Deflated,
            _ => zip::CompressionMethod::Stored,
        };
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A zip that was written into a pipe: lengths and checksums stand behind the members.
pub(crate) fn zip_stream(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new_stream(Vec::new());
    for (name, content) in members {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Every carrier of one log, by what it is.
pub(crate) fn carriers(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let log = text.as_bytes();
    let (a, b) = log.split_at(log.len() / 3);
    vec![
        ("UTF-8 with a mark", ["\u{feff}".as_bytes(), log].concat()),
        ("UTF-16LE with a mark", utf16(text, false, true)),
        ("UTF-16BE with a mark", utf16(text, true, true)),
        ("UTF-16LE", utf16(text, false, false)),
        ("UTF-16BE", utf16(text, true, false)),
        ("gzip", gzip(log)),
        ("gzip of UTF-16", gzip(&utf16(text, false, true))),
        ("gzip in members", gzip_members(log, 777)),
        ("gzip with empty members", [gzip(b""), gzip(a), gzip(b""), gzip(b), gzip(b"")].concat()),
        ("gzip with zeros behind it", [gzip(log), vec![0; 5000]].concat()),
        ("zstd", zstd(log)),
        ("zstd in frames", [skippable_frame(), zstd(a), skippable_frame(), zstd(b)].concat()),
        ("xz", xz(log)),
        ("xz in streams", [xz(a), vec![0; 8], xz(b), vec![0; 4]].concat()),
        ("bzip2", bzip2(log)),
        ("bzip2 in streams", [bzip2(a), bzip2(b""), bzip2(b)].concat()),
        ("lz4", lz4(log)),
        ("lz4 in frames", [skippable_frame(), lz4(a), skippable_frame(), lz4(b)].concat()),
        ("tar", tar(&[("pg.log", log)])),
        ("tar.gz", gzip(&tar(&[("pg.log", log)]))),
        ("tar of zstd", tar(&[("pg.log.zst", &zstd(log))])),
        ("tar.xz of gzip", xz(&tar(&[("pg.log.gz", &gzip(log))]))),
        ("zip", zip(&[("pg.log", log)])),
        ("zip of bzip2", zip(&[("pg.log.bz2", &bzip2(log))])),
        ("zip into a pipe", zip_stream(&[("pg.log", log)])),
    ]
}

/// A directory with files of these contents, and their sources.
pub(crate) struct Files(tempfile::TempDir);

impl Files {
    pub(crate) fn new(files: &[(&str, &[u8])]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(directory.path().join(name), content).unwrap();
        }
        Self(directory)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn analyze(&self, names: &[&str]) -> Analysis {
        self.analyze_with(names, Analyzer::new().threads(2))
    }

    /// The names of inputs are as if the directory were the current one.
    pub(crate) fn analyze_with(&self, names: &[&str], analyzer: &Analyzer) -> Analysis {
        let sources = names.iter().map(|name| Source::file(self.path().join(name)));
        let mut analysis = analyzer.analyze(sources.collect()).unwrap();
        let root = format!("{}/", self.path().display());
        for input in &mut analysis.inputs {
            input.name = input.name.replace(&root, "");
            input.duplicate_of = input.duplicate_of.as_ref().map(|name| name.replace(&root, ""));
        }
        is_accounted(&analysis);
        analysis
    }
}

/// Analyzes one file.
pub(crate) fn analyze(content: &[u8]) -> Analysis {
    Files::new(&[("log", content)]).analyze(&["log"])
}

/// Every byte is in one of the four accounts.
fn is_accounted(analysis: &Analysis) {
    let account = &analysis.completeness;
    let parts = account.parsed_bytes
        + account.ignored_bytes
        + account.unrecognised_bytes
        + account.damaged_bytes;
    assert_eq!(account.bytes, parts);
}

pub(crate) fn executions(analysis: &Analysis) -> u64 {
    analysis.digest.totals().executions
}

/// The kinds of problems of all inputs.
pub(crate) fn problems(analysis: &Analysis) -> Vec<&'static str> {
    let problems = analysis.inputs.iter().flat_map(|input| &input.problems);
    problems.map(|problem| problem.kind.word()).collect()
}

/// The JSON report without what describes the inputs.
pub(crate) fn report(analysis: &Analysis) -> String {
    let settings = Settings { full_detail: true, ..Settings::default() };
    let report = Report::new(&analysis.digest, &analysis.inputs, &analysis.completeness, settings);
    let mut json = Vec::new();
    render_json(&report, &mut json).unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    json["inputs"] = serde_json::Value::Null;
    for query in json["queries"].as_array_mut().unwrap() {
        query["sample"]["input"] = serde_json::Value::Null;
    }
    serde_json::to_string_pretty(&json).unwrap()
}
