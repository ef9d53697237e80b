//! A throw-away MariaDB: own directory, own port on the loopback, gone when dropped.

mod wire;

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

pub(crate) use wire::{Value, Wire};

use crate::account::Account;
use crate::child;
use crate::loopback::free_port;

/// Owns everything in a server made here, and has no password.
pub(crate) const SUPERUSER: &str = "root";
/// Debian's user for the server.
const SERVER_USER: &str = "mysql";
const SLOW_LOG: &str = "slow.log";
const GENERAL_LOG: &str = "general.log";
const PATIENCE: Duration = Duration::from_secs(30);

/// `10.11.19-MariaDB-…`, and the distribution's name for it.
pub(crate) fn version() -> Result<String> {
    let text =
        child::version(program("mariadbd")?).context("mariadbd --version: did not answer")?;
    let (_, version) = text.split_once("Ver ").context("mariadbd --version: no version")?;
    Ok(version.to_owned())
}

fn program(name: &str) -> Result<PathBuf> {
    child::find(name).with_context(|| format!("{name}: not found\nhint: cargo xtask setup"))
}

/// A server's data in a temporary directory, and the server while it runs.
pub(crate) struct Server {
    /// Short, because the path of a unix socket may have 107 bytes at most.
    dir: tempfile::TempDir,
    port: u16,
    running: Option<Child>,
}

/// The account a connection is opened for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who<'a> {
    pub(crate) user: &'a str,
    /// None at all where empty.
    pub(crate) database: &'a str,
    /// Through the loopback instead of the unix socket: the log then names an address.
    pub(crate) tcp: bool,
}

impl Server {
    pub(crate) fn create() -> Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix("slowlog-my-")
            .tempdir()
            .context("a temporary directory: not created")?;
        let server = Self { dir, port: free_port()?, running: None };
        // The server's user must be able to own it; nobody else needs to look in.
        fs::set_permissions(server.dir.path(), fs::Permissions::from_mode(0o700))?;
        Account::of_package(SERVER_USER).own(server.dir.path())?;
        child::output(server.as_server("mariadb-install-db")?.args([
            // No files of this machine's own server may be read.
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            // Two words would be taken for none, and the machine's own directory be filled.
            &format!("--datadir={}", server.path("data")),
        ]))?;
        Ok(server)
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_string_lossy().into_owned()
    }

    /// What the slow log holds by now.
    pub(crate) fn slow_log(&self) -> Result<Vec<u8>> {
        let path = self.dir.path().join(SLOW_LOG);
        fs::read(&path).with_context(|| format!("{}: not read", path.display()))
    }

    /// What the file of a table of the CSV engine holds in the schema `mysql`.
    pub(crate) fn table_file(&self, table: &str) -> Result<Vec<u8>> {
        let path = self.dir.path().join("data/mysql").join(format!("{table}.CSV"));
        fs::read(&path).with_context(|| format!("{}: not read", path.display()))
    }

    /// A dump of a table of the schema `mysql`, by the program that comes with the server.
    pub(crate) fn dump(&self, table: &str, options: &[&str]) -> Result<Vec<u8>> {
        let mut command = Command::new(program("mariadb-dump")?);
        command.args(["--no-defaults", "--skip-lock-tables", "--skip-dump-date"]);
        command.args([&format!("--socket={}", self.path("s")), &format!("--user={SUPERUSER}")]);
        command.args(options).args(["mysql", table]);
        let output = command.output()?;
        if !output.status.success() {
            bail!("mariadb-dump: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(output.stdout)
    }

    /// What the general log holds by now.
    pub(crate) fn general_log(&self) -> Result<Vec<u8>> {
        let path = self.dir.path().join(GENERAL_LOG);
        fs::read(&path).with_context(|| format!("{}: not read", path.display()))
    }

    /// Starts with `settings` over the defaults, and an empty slow log.
    pub(crate) fn start(&mut self, settings: &[(&str, &str)]) -> Result<()> {
        for log in [SLOW_LOG, GENERAL_LOG] {
            match fs::remove_file(self.dir.path().join(log)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error.into());
                }
                _ => {}
            }
        }
        let own = [
            ("datadir", self.path("data")),
            ("socket", self.path("s")),
            ("pid-file", self.path("pid")),
            ("slow-query-log-file", self.path(SLOW_LOG)),
            ("general-log-file", self.path(GENERAL_LOG)),
            ("port", self.port.to_string()),
        ];
        let fixed = [
            ("bind-address", "127.0.0.1"),
            ("log-output", "FILE"),
            ("character-set-server", "utf8mb4"),
            // Nothing here has to survive a power cut, and there is not much of it.
            ("innodb-flush-log-at-trx-commit", "0"),
            ("innodb-buffer-pool-size", "16M"),
            ("max-connections", "20"),
            ("default-time-zone", "+00:00"),
        ];
        let mut command = self.as_server("mariadbd")?;
        command.arg("--no-defaults");
        command.args(own.iter().map(|(name, value)| format!("--{name}={value}")));
        command.args(fixed.iter().chain(settings).map(|(name, value)| format!("--{name}={value}")));
        // The clock that the stamps of the log are read from.
        command.env("TZ", "UTC");
        let console = File::create(self.dir.path().join("console"))?;
        command.stdin(Stdio::null()).stdout(console.try_clone()?).stderr(console);
        self.running = Some(
            command
                .spawn()
                .with_context(|| format!("{}: did not start", child::spelled(&command)))?,
        );
        self.wait_until_up().with_context(|| {
            fs::read_to_string(self.dir.path().join("console")).unwrap_or_default()
        })
    }

    fn wait_until_up(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(running) = &mut self.running
                && let Some(status) = running.try_wait()?
            {
                self.running = None;
                bail!("mariadbd: {status}");
            }
            match self.silent() {
                Ok(wire) => return wire.close(),
                Err(error) if Instant::now() > deadline => {
                    return Err(error.context("mariadbd: no answer for 30 s"));
                }
                Err(_) => std::thread::sleep(Duration::from_millis(30)),
            }
        }
    }

    /// Stops by SQL, and waits until the process is gone.
    pub(crate) fn stop(&mut self) -> Result<()> {
        self.silent()?.query(b"SHUTDOWN")?;
        let deadline = Instant::now() + PATIENCE;
        let mut running = self.running.take().context("mariadbd: not running")?;
        while running.try_wait()?.is_none() {
            if Instant::now() > deadline {
                running.kill()?;
                running.wait()?;
                bail!("mariadbd: still there 30 s after SHUTDOWN");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    pub(crate) fn wire(&self, who: Who<'_>) -> Result<Wire> {
        if who.tcp {
            Wire::over_tcp(self.port, who)
        } else {
            Wire::over_socket(&self.dir.path().join("s"), who)
        }
    }

    /// A connection of the superuser that leaves nothing in the slow log.
    pub(crate) fn silent(&self) -> Result<Wire> {
        let mut wire = self.wire(Who { user: SUPERUSER, database: "", tcp: false })?;
        wire.query(b"SET SESSION slow_query_log = OFF")?;
        Ok(wire)
    }

    fn as_server(&self, name: &str) -> Result<Command> {
        Account::of_package(SERVER_USER).command(&program(name)?, self.dir.path())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            // An error on the way here is the one worth reporting.
            let _ = running.kill();
            let _ = running.wait();
        }
    }
}
