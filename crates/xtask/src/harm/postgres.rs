//! PostgreSQL, with its planner's cost.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{Database, data, executions, schema};
use crate::child;
use crate::postgres::{Cluster, SUPERUSER, Who};

pub(super) struct Postgres {
    cluster: Cluster,
}

impl Postgres {
    /// A server whose log has the statements of a workload, and that log.
    pub(super) fn after_workload(name: &str) -> Result<(Self, PathBuf)> {
        let cluster = Cluster::create()?;
        let mut postgres = Self { cluster };
        postgres.cluster.start(&[])?;
        postgres.script(&schema(name))?;
        postgres.script(&data(name)?)?;
        postgres.execute("VACUUM ANALYZE")?;
        postgres.cluster.stop()?;
        let settings = [
            ("logging_collector", "on"),
            ("log_min_duration_statement", "0"),
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "4ms"),
            ("auto_explain.log_analyze", "on"),
            ("auto_explain.log_timing", "off"),
            ("log_line_prefix", "%m [%p] "),
            ("log_filename", "workload.log"),
        ];
        let settings: Vec<_> = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        postgres.cluster.start(&settings)?;
        postgres.script(&executions(name).join(";\n"))?;
        postgres.cluster.stop()?;
        let log = postgres.cluster.log_dir().join("workload.log");
        postgres.cluster.start(&[])?;
        postgres.execute("VACUUM ANALYZE")?;
        Ok((postgres, log))
    }

    fn script(&self, text: &str) -> Result<()> {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(text.as_bytes())?;
        let mut command = self.cluster.client("psql", WHO);
        command.args(["-XAtq", "--set", "ON_ERROR_STOP=1", "--file"]).arg(file.path());
        child::output(&mut command).map(drop)
    }

    fn psql(&self, sql: &str) -> Result<String> {
        let mut command = self.cluster.client("psql", WHO);
        child::output(command.args(["-XAtq", "--set", "ON_ERROR_STOP=1", "--command", sql]))
    }
}

const WHO: Who<'_> = Who { user: SUPERUSER, database: "postgres", application: "harm", tcp: false };

impl Database for Postgres {
    fn execute(&mut self, sql: &str) -> Result<()> {
        self.psql(sql).map(drop)
    }

    fn rows(&mut self, sql: &str) -> Result<Vec<String>> {
        Ok(self.psql(sql)?.lines().map(str::to_owned).collect())
    }

    fn cost(&mut self, sql: &str) -> Result<f64> {
        let plan = self.psql(&format!("EXPLAIN {sql}"))?;
        let (_, costs) = plan.split_once("..").context("a plan without a cost")?;
        let end = costs.find(' ').unwrap_or(costs.len());
        costs[..end].parse().context("a cost that is no number")
    }

    fn analyze(&mut self) -> Result<()> {
        self.execute("ANALYZE")
    }

    fn invalid_indexes(&mut self) -> Result<Vec<String>> {
        self.rows("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid")
    }
}
