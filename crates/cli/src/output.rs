//! Where a report goes.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use anyhow::Result;

use crate::args::Color;
use crate::exit::UnwritableError;

/// Writes a report to stdout, or to a file that appears only when it is whole. `color` is `None`
/// for a report without colours, which goes as it is.
pub(crate) fn write(
    path: Option<&Path>,
    color: Option<Color>,
    render: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<()> {
    let (name, result) = match path {
        Some(path) => (path.display().to_string(), to_file(path, color.is_some(), render)),
        None => ("stdout".to_owned(), to_stdout(color, render)),
    };
    Ok(result.map_err(|source| UnwritableError { name, source })?)
}

fn to_stdout(
    color: Option<Color>,
    render: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> io::Result<()> {
    let choice =
        color.map_or(anstream::ColorChoice::AlwaysAnsi, |color| color.choice(&io::stdout()));
    let stdout = anstream::AutoStream::new(io::stdout(), choice);
    let mut buffered = BufWriter::with_capacity(64 * 1024, stdout);
    render(&mut buffered)?;
    buffered.flush()
}

/// A temporary file beside the path takes the report and then its name, so that a reader sees the
/// old file or the new one.
fn to_file(
    path: &Path,
    colored: bool,
    render: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> io::Result<()> {
    // A device or a pipe cannot be replaced.
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return render_plain(File::create(path)?, colored, render);
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    directory.metadata()?;
    let file = tempfile::Builder::new()
        .prefix(".slowlog-")
        .permissions(permissions())
        .tempfile_in(directory)
        // The name of the temporary file says nothing to anybody.
        .map_err(|error| io::Error::from(error.kind()))?;
    render_plain(file.reopen()?, colored, render)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Without colours, which a file does not show.
fn render_plain(
    file: File,
    colored: bool,
    render: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffered: Box<dyn Write + Send> = Box::new(BufWriter::with_capacity(64 * 1024, file));
    if colored {
        buffered = Box::new(anstream::StripStream::new(buffered));
    }
    render(&mut buffered)?;
    buffered.flush()
}

/// A report may name users and hosts: it is for its owner and group.
#[cfg(unix)]
fn permissions() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o640)
}

/// Columns of the terminal, or enough for a file.
pub(crate) fn width() -> usize {
    const WITHOUT_TERMINAL: usize = 120;
    if !io::stdout().is_terminal() {
        return WITHOUT_TERMINAL;
    }
    terminal_size::terminal_size().map_or(WITHOUT_TERMINAL, |(width, _)| usize::from(width.0))
}
