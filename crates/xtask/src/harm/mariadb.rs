//! MariaDB, which tells no cost: what counts is how many rows its handlers read.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{Database, data, executions, schema};
use crate::mariadb::{SUPERUSER, Server, Who, Wire};

pub(super) struct MariaDb {
    wire: Wire,
    /// It lives as long as the connection.
    _server: Server,
    /// Where the log is, until it is no longer needed.
    _log: tempfile::TempDir,
}

impl MariaDb {
    /// A server that has run the statements of a workload, and its log.
    pub(super) fn after_workload(name: &str) -> Result<(Self, PathBuf)> {
        let mut server = Server::create()?;
        server.start(&[
            ("innodb-buffer-pool-size", "256M"),
            ("slow-query-log", "ON"),
            ("long-query-time", "0"),
            ("log-slow-verbosity", "query_plan,explain,innodb"),
        ])?;
        let mut silent = server.silent()?;
        silent.query(format!("CREATE DATABASE {name}; USE {name}").as_bytes())?;
        silent.query(schema(name).as_bytes())?;
        for line in data(name)?.lines().filter(|line| !line.starts_with("--")) {
            silent.query(line.as_bytes()).with_context(|| line.to_owned())?;
        }
        let mut wire = server.wire(Who { user: SUPERUSER, database: name, tcp: false })?;
        for text in executions(name) {
            wire.query(text.as_bytes()).with_context(|| text.clone())?;
        }
        wire.close()?;
        let directory = tempfile::tempdir()?;
        let log = directory.path().join("slow.log");
        std::fs::write(&log, server.slow_log()?)?;
        let mut mariadb = Self { wire: silent, _server: server, _log: directory };
        mariadb.analyze()?;
        Ok((mariadb, log))
    }

    fn first_columns(&mut self, sql: &str) -> Result<Vec<String>> {
        let rows = self.wire.query(sql.as_bytes()).with_context(|| sql.to_owned())?;
        Ok(rows.into_iter().map(|row| String::from_utf8_lossy(&row).into_owned()).collect())
    }

    fn reads(&mut self) -> Result<f64> {
        let sum = self.first_columns(
            "SELECT sum(variable_value) FROM information_schema.session_status \
             WHERE variable_name LIKE 'handler_read%'",
        )?;
        sum.first().and_then(|sum| sum.parse().ok()).context("no count of rows read")
    }
}

impl Database for MariaDb {
    fn execute(&mut self, sql: &str) -> Result<()> {
        self.first_columns(sql).map(drop)
    }

    fn rows(&mut self, sql: &str) -> Result<Vec<String>> {
        self.first_columns(sql)
    }

    fn cost(&mut self, sql: &str) -> Result<f64> {
        self.execute("BEGIN")?;
        let before = self.reads()?;
        self.execute(sql)?;
        let after = self.reads()?;
        self.execute("ROLLBACK")?;
        Ok(after - before)
    }

    fn analyze(&mut self) -> Result<()> {
        let tables = self.first_columns("SHOW FULL TABLES WHERE table_type = 'BASE TABLE'")?;
        tables.iter().try_for_each(|table| self.execute(&format!("ANALYZE TABLE `{table}`")))
    }

    fn invalid_indexes(&mut self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}
