//! Where the workspace is, and what cargo builds of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The directory that holds the workspace's Cargo.toml.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("crates/xtask stands two levels below the root")
        .to_owned()
}

/// The cargo that runs this very command, so that one toolchain is used throughout.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Builds the binary `name` of package `package` and tells where it stands.
///
/// Asked of cargo itself: a target directory may be set in more than one place.
pub(crate) fn build(package: &str, name: &str, profile: &str) -> Result<PathBuf> {
    #[derive(Deserialize)]
    struct Message {
        executable: Option<PathBuf>,
        target: Option<Target>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
    }

    let output = cargo()
        .args(["build", "--quiet", "--package", package, "--bin", name])
        .args(["--profile", profile, "--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .context("cargo: did not start")?;
    if !output.status.success() {
        bail!("cargo build of {package}: {}", output.status);
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.target.as_ref().is_some_and(|target| target.name == name))
        .find_map(|message| message.executable)
        .with_context(|| format!("cargo build of {package}: made no binary called {name}"))
}
