//! Children: started with their arguments as a list, never through a shell.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// `program arg arg`, for messages.
pub(crate) fn spelled(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Runs with the terminal's own stdout and stderr; a non-zero status is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status =
        command.status().with_context(|| format!("{}: did not start", spelled(command)))?;
    if !status.success() {
        bail!("{}: {status}", spelled(command));
    }
    Ok(())
}

/// Runs and returns stdout; stderr is shown only when the status is not zero.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{}: did not start", spelled(command)))?;
    if !output.status.success() {
        bail!(
            "{}: {}\n{}",
            spelled(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Where a program is, looked for in PATH and in the directories an unprivileged PATH leaves out.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin"));
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}

/// The first line that `program --version` prints.
pub(crate) fn version(program: impl AsRef<OsStr>) -> Option<String> {
    let text = output(Command::new(program).arg("--version")).ok()?;
    Some(text.lines().next()?.trim().to_owned())
}
