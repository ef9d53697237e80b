//! The account that a server is run under: database servers refuse to run as root.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::child;

/// A user and its group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    user: &'static str,
    group: &'static str,
}

impl Account {
    /// The user that Debian's package makes; a server installed otherwise may not have one.
    pub(crate) fn of_package(user: &'static str) -> Self {
        let there = fs::read_to_string(Path::new("/etc/passwd"))
            .is_ok_and(|text| text.lines().any(|line| line.split(':').next() == Some(user)));
        if there { Self { user, group: user } } else { Self { user: "nobody", group: "nogroup" } }
    }

    /// Makes `dir` its own, where it is not ours already.
    pub(crate) fn own(self, dir: &Path) -> Result<()> {
        if is_root()? {
            child::run(Command::new("chown").arg(format!("{}:", self.user)).arg(dir))?;
        }
        Ok(())
    }

    /// A program to be run under it, in `dir`: the caller's directory may be closed to it.
    pub(crate) fn command(self, program: &Path, dir: &Path) -> Result<Command> {
        let mut command = if is_root()? {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", self.user, "--regid", self.group, "--clear-groups", "--"]);
            command.arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(dir);
        Ok(command)
    }
}

pub(crate) fn is_root() -> Result<bool> {
    Ok(child::output(Command::new("id").arg("-u"))?.trim() == "0")
}
