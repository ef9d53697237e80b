//! Where logs come from.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A log to read.
pub struct Source {
    pub(crate) name: String,
    pub(crate) kind: SourceKind,
    /// Found in a directory rather than named: it need not be a log.
    pub(crate) found: bool,
}

pub(crate) enum SourceKind {
    File(PathBuf),
    Reader(Box<dyn Read + Send>),
}

impl Source {
    /// A file, opened when its turn comes.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { name: path.display().to_string(), kind: SourceKind::File(path), found: false }
    }

    /// Any reader; `name` is shown in reports.
    pub fn reader(name: impl Into<String>, reader: impl Read + Send + 'static) -> Self {
        Self { name: name.into(), kind: SourceKind::Reader(Box::new(reader)), found: false }
    }

    /// Standard input.
    pub fn stdin() -> Self {
        Self::reader("-", std::io::stdin())
    }

    /// The size in bytes, where it is known before reading.
    pub fn size(&self) -> Option<u64> {
        match &self.kind {
            SourceKind::File(path) => {
                std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|m| m.len())
            }
            SourceKind::Reader(_) => None,
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Makes sources of arguments as a user gives them: files, directories, patterns such as
/// `logs/*.log`, and `-` for standard input.
///
/// A directory stands for the files in it, those of its own directories only if `recursive`. A
/// name that is a file is that file even if it looks like a pattern. A file that is not there is
/// a source all the same: reading it will say so.
///
/// # Errors
///
/// A pattern that is not valid.
pub fn expand(arguments: &[impl AsRef<Path>], recursive: bool) -> Result<Vec<Source>, Error> {
    let mut sources = Vec::new();
    for argument in arguments {
        let path = argument.as_ref();
        if path == Path::new("-") {
            sources.push(Source::stdin());
        } else if path.is_dir() {
            sources.extend(directory(path, recursive));
        } else if path.symlink_metadata().is_err() && is_pattern(path) {
            sources.extend(matching(path)?);
        } else {
            sources.push(Source::file(path));
        }
    }
    Ok(sources)
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

/// The files of a directory in the order of their names.
fn directory(path: &Path, recursive: bool) -> Vec<Source> {
    let depth = if recursive { usize::MAX } else { 1 };
    walkdir::WalkDir::new(path)
        .max_depth(depth)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| Source { found: true, ..Source::file(entry.into_path()) })
        .collect()
}

/// The files that a pattern names; a pattern that names none is kept as it is, to be reported.
fn matching(path: &Path) -> Result<Vec<Source>, Error> {
    let pattern = path.to_string_lossy();
    let glob =
        globset::GlobBuilder::new(&pattern).literal_separator(true).build().map_err(|error| {
            Error::Pattern {
                pattern: pattern.clone().into_owned(),
                reason: error.kind().to_string(),
            }
        })?;
    let matcher = glob.compile_matcher();
    // Only below the part of the path that has no pattern.
    let fixed: PathBuf = path.iter().take_while(|part| !is_pattern(Path::new(part))).collect();
    let root = if fixed.as_os_str().is_empty() { Path::new(".") } else { &fixed };
    let depth = if pattern.contains("**") {
        usize::MAX
    } else {
        path.iter().count() - fixed.iter().count()
    };
    let found: Vec<Source> = walkdir::WalkDir::new(root)
        .max_depth(depth)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .map(|path| if fixed.as_os_str().is_empty() { without_dot(path) } else { path })
        .filter(|path| matcher.is_match(path))
        .map(Source::file)
        .collect();
    Ok(if found.is_empty() { vec![Source::file(path)] } else { found })
}

fn without_dot(path: PathBuf) -> PathBuf {
    path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[PathBuf], recursive: bool, root: &Path) -> Vec<String> {
        let sources = expand(arguments, recursive).unwrap();
        let root = root.display().to_string();
        sources.iter().map(|source| source.name.replace(&root, "")).collect()
    }

    #[test]
    fn files_directories_patterns() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        std::fs::create_dir_all(root.join("b/c")).unwrap();
        for name in ["a.log", "b/1.log", "b/2.log", "b/c/3.log", "b/x.txt", "odd[1].log"] {
            std::fs::write(root.join(name), "").unwrap();
        }
        for (argument, recursive, expected) in [
            ("a.log", false, vec!["/a.log"]),
            ("none.log", false, vec!["/none.log"]),
            ("odd[1].log", false, vec!["/odd[1].log"]),
            ("b", false, vec!["/b/1.log", "/b/2.log", "/b/x.txt"]),
            ("b", true, vec!["/b/1.log", "/b/2.log", "/b/c/3.log", "/b/x.txt"]),
            ("b/*.log", false, vec!["/b/1.log", "/b/2.log"]),
            ("*/[12].log", false, vec!["/b/1.log", "/b/2.log"]),
            (
                "**/*.log",
                false,
                vec!["/a.log", "/b/1.log", "/b/2.log", "/b/c/3.log", "/odd[1].log"],
            ),
            ("*.none", false, vec!["/*.none"]),
        ] {
            assert_eq!(names(&[root.join(argument)], recursive, root), expected, "{argument}");
        }
        let error = expand(&["a[.log"], false).unwrap_err();
        insta::assert_snapshot!(error, @"file name pattern `a[.log` is not valid: unclosed character class; missing ']'");
    }
}
