//! A throw-away PostgreSQL: own directory, own port on the loopback, gone when dropped.

mod wire;

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

pub(crate) use wire::Wire;

use crate::account::Account;
use crate::child;
use crate::loopback::free_port;

/// Where Debian and Ubuntu keep the servers, one directory per major version.
const DEBIAN_VERSIONS: &str = "/usr/lib/postgresql";
/// Owner of the cluster, and Debian's user for it; roles for the scenarios are made by SQL.
pub(crate) const SUPERUSER: &str = "postgres";
/// The locales that were made for a cluster.
const LOCALES: &str = "locales";
/// PostgreSQL writes this as its last line; the log is complete once it is there.
const LAST_LINE: &str = "database system is shut down";

/// The directory with `initdb`, `pg_ctl`, `psql` and `pgbench` of the newest server installed.
pub(crate) fn bin_dir() -> Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(DEBIAN_VERSIONS)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            let bin = entry.path().join("bin");
            bin.join("initdb").is_file().then_some((version, bin))
        })
        .collect();
    versions.sort();
    if let Some((_, bin)) = versions.pop() {
        return Ok(bin);
    }
    child::find("initdb")
        .and_then(|initdb| Some(fs::canonicalize(initdb).ok()?.parent()?.to_owned()))
        .context("PostgreSQL: no server found\nhint: cargo xtask setup")
}

/// `15.18`, and the distribution's name for it.
pub(crate) fn version() -> Result<String> {
    let text = child::version(bin_dir()?.join("postgres"))
        .context("postgres --version: did not answer")?;
    Ok(text.trim_start_matches("postgres (PostgreSQL) ").to_owned())
}

/// A cluster in a temporary directory.
pub(crate) struct Cluster {
    bin: PathBuf,
    /// Short, because the path of a unix socket may have 107 bytes at most.
    dir: tempfile::TempDir,
    port: u16,
    running: bool,
}

impl Cluster {
    pub(crate) fn create() -> Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix("slowlog-pg-")
            .tempdir()
            .context("a temporary directory: not created")?;
        let cluster = Self { bin: bin_dir()?, dir, port: free_port()?, running: false };
        // The server's user must be able to own it; nobody else needs to look in.
        fs::set_permissions(cluster.dir.path(), fs::Permissions::from_mode(0o700))?;
        Account::of_package(SUPERUSER).own(cluster.dir.path())?;
        child::output(cluster.as_server("initdb")?.args([
            "--username",
            SUPERUSER,
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--no-sync",
            "--pgdata",
            &cluster.data(),
        ]))?;
        Ok(cluster)
    }

    fn data(&self) -> String {
        self.dir.path().join("data").to_string_lossy().into_owned()
    }

    pub(crate) fn log_dir(&self) -> PathBuf {
        self.dir.path().join("data").join("log")
    }

    /// Makes a locale that the server can be told to speak: this machine need not have it.
    pub(crate) fn make_locale(&self, language: &str) -> Result<String> {
        let locales = self.dir.path().join(LOCALES);
        fs::create_dir_all(&locales)?;
        let locale = format!("{language}.UTF-8");
        child::output(
            Command::new("localedef")
                .args(["-i", language, "-f", "UTF-8"])
                .arg(locales.join(&locale)),
        )?;
        Account::of_package(SUPERUSER).own(&locales)?;
        Ok(locale)
    }

    /// Starts with `settings` over the defaults; each pair is a name and a value without quotes.
    pub(crate) fn start(&mut self, settings: &[(String, String)]) -> Result<()> {
        let socket_dir = self.dir.path().to_string_lossy().into_owned();
        let port = self.port.to_string();
        let own = [
            ("listen_addresses", "127.0.0.1"),
            ("unix_socket_directories", &socket_dir),
            ("port", port.as_str()),
            // Nothing here has to survive a power cut.
            ("fsync", "off"),
            ("max_connections", "20"),
            // Background work would put entries into the log that the driver did not cause.
            ("autovacuum", "off"),
            ("max_parallel_workers_per_gather", "0"),
            ("jit", "off"),
        ];
        let mut text = String::new();
        let given = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own.into_iter().chain(given) {
            writeln!(text, "{name} = '{}'", value.replace('\'', "''"))?;
        }
        // Overwriting keeps the owner that initdb gave the file.
        fs::write(self.dir.path().join("data").join("postgresql.conf"), text)?;
        let console = self.dir.path().join("console").to_string_lossy().into_owned();
        // Inherited pipes would be held open by the server: its console goes to a file.
        let mut command = self.as_server("pg_ctl")?;
        command.env("LOCPATH", self.dir.path().join(LOCALES));
        child::output(command.args([
            "start",
            "--wait",
            "--silent",
            "--pgdata",
            &self.data(),
            "--log",
            &console,
        ]))
        .with_context(|| fs::read_to_string(&console).unwrap_or_default())?;
        self.running = true;
        Ok(())
    }

    /// Stops by the pid file in the cluster's own directory, and waits for the log's last line.
    pub(crate) fn stop(&mut self) -> Result<()> {
        self.signal_stop("fast")?;
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.logs_complete()? {
            if Instant::now() > deadline {
                bail!("PostgreSQL: its log does not end in {LAST_LINE:?} 20 s after the stop");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn signal_stop(&mut self, mode: &str) -> Result<()> {
        self.running = false;
        child::output(self.as_server("pg_ctl")?.args([
            "stop",
            "--wait",
            "--silent",
            "--mode",
            mode,
            "--pgdata",
            &self.data(),
        ]))?;
        Ok(())
    }

    /// The logging collector may outlive the server it collects from by some milliseconds.
    fn logs_complete(&self) -> Result<bool> {
        if !self.log_dir().exists() {
            return Ok(true);
        }
        for entry in fs::read_dir(self.log_dir())? {
            let log = fs::read(entry?.path())?;
            // In another language the end looks otherwise, but the pid file is gone as well.
            let is_english = String::from_utf8_lossy(&log).contains("database system is ready");
            if is_english && !String::from_utf8_lossy(&log).contains(LAST_LINE) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A client program, told where the server is and not to read anybody's settings.
    pub(crate) fn client(&self, program: &str, who: Who<'_>) -> Command {
        let mut command = Command::new(self.bin.join(program));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command
            .env("PGHOST", if who.tcp { Path::new("127.0.0.1") } else { self.dir.path() })
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", who.user)
            .env("PGDATABASE", who.database)
            .env("PGAPPNAME", who.application)
            .env("PGCLIENTENCODING", "UTF8");
        command
    }

    /// A connection of our own, for what no client program does.
    pub(crate) fn wire(&self, who: Who<'_>) -> Result<Wire> {
        Wire::connect(&self.dir.path().join(format!(".s.PGSQL.{}", self.port)), who)
    }

    /// A server program, run as an unprivileged user.
    fn as_server(&self, program: &str) -> Result<Command> {
        Account::of_package(SUPERUSER).command(&self.bin.join(program), self.dir.path())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.running {
            // An error on the way here is the one worth reporting.
            let _ = self.signal_stop("immediate");
        }
    }
}

/// The account a connection is opened for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who<'a> {
    pub(crate) user: &'a str,
    pub(crate) database: &'a str,
    pub(crate) application: &'a str,
    /// Through the loopback instead of the unix socket: the log then names a host and a port.
    pub(crate) tcp: bool,
}
