//! A throw-away server with the tables of the application.

use std::fs;

use anyhow::{Context, Result};

use crate::engine::Engine;
use crate::{mariadb, postgres};

use super::model::TABLES;
use super::pool::{Connection, Link, Protocol};
use super::style::Dialect;
use super::variant::Variant;

const USER: &str = "halyard";
const DATABASE: &str = "freight";
const LOG: &str = "postgresql.log";

/// A server that logs every statement of the application.
pub(super) enum Running {
    Postgres(postgres::Cluster),
    Mariadb(mariadb::Server),
}

/// Values of a row, as text.
pub(super) type Row = Vec<Option<String>>;

fn of_postgres(user: &'static str, database: &'static str) -> postgres::Who<'static> {
    postgres::Who { user, database, application: "halyard", tcp: false }
}

impl Running {
    pub(super) fn start(variant: Variant) -> Result<Self> {
        match variant.engine {
            Engine::Postgres => Self::start_postgres(variant),
            Engine::Mysql => Self::start_mariadb(variant),
        }
        .with_context(|| format!("{}: no server", variant.name))
    }

    fn start_postgres(variant: Variant) -> Result<Self> {
        let mut cluster = postgres::Cluster::create()?;
        let settings = [
            ("logging_collector", "on"),
            ("log_directory", "log"),
            ("log_filename", LOG),
            ("log_rotation_size", "0"),
            ("log_line_prefix", variant.prefix),
            ("log_min_duration_statement", "0"),
            ("log_timezone", "UTC"),
        ];
        cluster.start(&settings.map(|(name, value)| (name.to_owned(), value.to_owned())))?;
        let mut wire = cluster.wire(of_postgres(postgres::SUPERUSER, "postgres"))?;
        wire.query("SET log_min_duration_statement = -1")?;
        wire.query(&format!("CREATE ROLE {USER} LOGIN"))?;
        wire.query(&format!("CREATE DATABASE {DATABASE}"))?;
        wire.close()?;
        let mut wire = cluster.wire(of_postgres(postgres::SUPERUSER, DATABASE))?;
        wire.query("SET log_min_duration_statement = -1")?;
        for statement in schema(variant.dialect()) {
            wire.query(&statement).with_context(|| statement.clone())?;
        }
        wire.query(&format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {USER}"))?;
        wire.query("ANALYZE")?;
        wire.close()?;
        Ok(Self::Postgres(cluster))
    }

    fn start_mariadb(variant: Variant) -> Result<Self> {
        let mut server = mariadb::Server::create()?;
        server.start(&[("slow-query-log", "1"), ("long-query-time", "0")])?;
        let mut wire = server.silent()?;
        wire.query(format!("CREATE DATABASE {DATABASE}; USE {DATABASE}").as_bytes())?;
        for statement in schema(variant.dialect()) {
            wire.query(statement.as_bytes()).with_context(|| statement.clone())?;
        }
        wire.query(format!("CREATE USER {USER}; GRANT ALL ON {DATABASE}.* TO {USER}").as_bytes())?;
        wire.close()?;
        Ok(Self::Mariadb(server))
    }

    /// A connection of the application.
    pub(super) fn connect(&self, protocol: Protocol) -> Result<Connection> {
        let link = match self {
            Self::Postgres(cluster) => Link::Postgres(cluster.wire(of_postgres(USER, DATABASE))?),
            Self::Mariadb(server) => {
                let who = mariadb::Who { user: USER, database: DATABASE, tcp: false };
                Link::Mariadb(server.wire(who)?)
            }
        };
        Ok(Connection::new(link, protocol))
    }

    /// Stops it. Its log.
    pub(super) fn finish(self) -> Result<Vec<u8>> {
        match self {
            Self::Postgres(mut cluster) => {
                cluster.stop()?;
                Ok(fs::read(cluster.log_dir().join(LOG))?)
            }
            Self::Mariadb(mut server) => {
                let log = server.slow_log()?;
                server.stop()?;
                Ok(log)
            }
        }
    }
}

impl Connection {
    /// Runs a statement that is no part of the application: all rows.
    pub(super) fn rows(&mut self, text: &str) -> Result<Vec<Row>> {
        match &mut self.link {
            Link::Postgres(wire) => wire.query(text),
            Link::Mariadb(wire) => {
                let text_of = |value: Vec<u8>| String::from_utf8_lossy(&value).into_owned();
                let rows = wire.rows(text.as_bytes())?.into_iter();
                Ok(rows
                    .map(|row| row.into_iter().map(|value| value.map(text_of)).collect())
                    .collect())
            }
        }
        .with_context(|| text.to_owned())
    }
}

/// Tables with their rows.
fn schema(dialect: Dialect) -> Vec<String> {
    TABLES
        .iter()
        .flat_map(|table| dialect.create(table).into_iter().chain(dialect.fill(table)))
        .collect()
}
