//! Installs what the tests need: a PostgreSQL server with hypopg, and MariaDB.
//!
//! Nothing is started and no cluster is created: the tests make and stop servers of their own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{account, child, postgres};

/// Debian's scripts ask this file whether installing a server shall create a cluster.
const CREATE_CLUSTER: &str = "/etc/postgresql-common/createcluster.conf";
/// Debian's scripts ask this program before they start a service; 101 says no.
/// <https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt>
const POLICY: &str = "/usr/sbin/policy-rc.d";

pub(crate) fn run() -> Result<()> {
    if missing().is_empty() {
        println!(
            "setup: PostgreSQL with hypopg and auto_explain, locales, and MariaDB, are present"
        );
        return Ok(());
    }
    let names: Vec<_> = missing().into_iter().map(|need| need.name).collect();
    println!("setup: absent: {}", names.join(", "));
    if child::find("apt-get").is_none() {
        bail!(
            "setup: no apt-get here\nhint: install {} with this system's own package manager",
            names.join(", ")
        );
    }
    if !account::is_root()? {
        bail!("setup: installing packages needs root\nhint: sudo apt-get install {}", {
            let mut packages: Vec<_> = missing().into_iter().map(|need| need.package).collect();
            packages.dedup();
            packages.join(" ")
        });
    }

    without_cluster()?;
    let _policy = Policy::forbid_starts()?;
    println!("setup: apt-get update");
    child::output(apt().arg("update"))?;
    // Two rounds: the package of hypopg is named after the server that the first one brings.
    for _ in 0..2 {
        let packages: Vec<_> = missing().into_iter().map(|need| need.package).collect();
        if !packages.is_empty() {
            println!("setup: apt-get install {}", packages.join(" "));
            child::run(
                apt()
                    .args(["install", "--yes", "--quiet", "--no-install-recommends"])
                    .args(["-o", "Dpkg::Options::=--force-confold"])
                    .args(&packages),
            )?;
        }
    }
    let still = missing();
    if !still.is_empty() {
        let names: Vec<_> = still.iter().map(|need| need.name).collect();
        bail!("setup: still absent after installing: {}", names.join(", "));
    }
    println!("setup: done; no cluster was created and no service was started");
    Ok(())
}

struct Need {
    name: &'static str,
    package: String,
}

fn missing() -> Vec<Need> {
    let mut missing = Vec::new();
    match postgres::bin_dir() {
        Err(_) => {
            missing.push(Need { name: "PostgreSQL server", package: "postgresql".to_owned() });
        }
        Ok(bin) => {
            if let Some(major) = major_version(&bin) {
                if !has_extension("hypopg.control") {
                    let package = format!("postgresql-{major}-hypopg");
                    missing.push(Need { name: "hypopg", package });
                }
                // Part of the server's package, but not of every distribution's.
                if !has_library("auto_explain.so") {
                    let package = format!("postgresql-{major}");
                    missing.push(Need { name: "auto_explain", package });
                }
            }
        }
    }
    // The languages that a server is asked to speak.
    if !Path::new("/usr/share/i18n/locales/de_DE").exists() || child::find("localedef").is_none() {
        missing.push(Need { name: "sources of locales", package: "locales".to_owned() });
    }
    if child::find("mariadbd").is_none() {
        missing.push(Need { name: "MariaDB server", package: "mariadb-server".to_owned() });
    }
    missing
}

fn major_version(bin: &Path) -> Option<String> {
    let text = child::output(Command::new(bin.join("pg_config")).arg("--version"))
        .or_else(|_| child::output(Command::new(bin.join("postgres")).arg("--version")))
        .ok()?;
    let digits = |char: &char| char.is_ascii_digit();
    Some(text.chars().skip_while(|char| !digits(char)).take_while(digits).collect())
}

fn has_extension(file: &str) -> bool {
    in_server_directory("--sharedir", "share").any(|dir| dir.join("extension").join(file).exists())
}

fn has_library(file: &str) -> bool {
    in_server_directory("--pkglibdir", "lib").any(|dir| dir.join(file).exists())
}

/// Asked of the server's own `pg_config`; without it, where Debian keeps such files.
fn in_server_directory(option: &str, debian: &str) -> impl Iterator<Item = PathBuf> {
    let bin = postgres::bin_dir().ok();
    let told = bin.as_ref().and_then(|bin| {
        let text = child::output(Command::new(bin.join("pg_config")).arg(option)).ok()?;
        Some(PathBuf::from(text.trim()))
    });
    let usual = bin.as_ref().and_then(|bin| {
        let versioned = bin.parent()?;
        Some(if debian == "lib" {
            versioned.join("lib")
        } else {
            Path::new("/usr/share/postgresql").join(versioned.file_name()?)
        })
    });
    told.into_iter().chain(usual)
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").stdin(std::process::Stdio::null());
    command
}

fn without_cluster() -> Result<()> {
    let path = Path::new(CREATE_CLUSTER);
    if path.exists() || postgres::bin_dir().is_ok() {
        return Ok(());
    }
    fs::create_dir_all(path.parent().expect("the path is absolute"))?;
    fs::write(path, "create_main_cluster = false\n")
        .with_context(|| format!("{CREATE_CLUSTER}: not written"))?;
    println!("setup: wrote {CREATE_CLUSTER}: no cluster is to be created");
    Ok(())
}

/// Forbids Debian's scripts to start services, until dropped.
struct Policy {
    /// What stood there before.
    previous: Option<Vec<u8>>,
}

impl Policy {
    fn forbid_starts() -> Result<Self> {
        let previous = fs::read(POLICY).ok();
        write_policy(b"#!/bin/sh\nexit 101\n")?;
        println!("setup: {POLICY} forbids services to start while packages are installed");
        Ok(Self { previous })
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        let restored = match &self.previous {
            Some(text) => write_policy(text),
            None => fs::remove_file(POLICY).map_err(Into::into),
        };
        if let Err(error) = restored {
            eprintln!("setup: {POLICY}: not restored: {error}");
        }
    }
}

fn write_policy(text: &[u8]) -> Result<()> {
    fs::write(POLICY, text).with_context(|| format!("{POLICY}: not written"))?;
    fs::set_permissions(POLICY, fs::Permissions::from_mode(0o755))?;
    Ok(())
}
