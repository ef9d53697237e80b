//! Runs a variant against a throw-away server, and keeps its log and what is true of it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use anyhow::{Context, Result};

use crate::corpus::random::{Random, mix};
use crate::engine::Engine;
use crate::{mariadb, postgres};

use super::application::{ENDPOINTS, Endpoint};
use super::labels::{self, Label};
use super::model::TABLES;
use super::pool::{Connection, Link, Pool, Protocol, Sent};
use super::request::{Request, Site};
use super::style::Dialect;
use super::variant::Variant;

/// Requests at the same time, and connections that they share.
const WORKERS: u64 = 6;
const CONNECTIONS: usize = 6;
const USER: &str = "halyard";
const DATABASE: &str = "freight";

/// A log and its labels.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    pub(super) log: Vec<u8>,
    pub(super) labels: Vec<Label>,
}

/// The endpoint that `Habits::hot` is about.
const HOT: &str = "driver_detail";

impl Variant {
    pub(super) fn dialect(self) -> Dialect {
        Dialect { style: self.style, engine: self.engine, bound: self.protocol != Protocol::Simple }
    }

    /// Plays `requests` requests.
    pub(super) fn record(self, requests: u64, seed: u64) -> Result<Recorded> {
        match self.engine {
            Engine::Postgres => self.record_postgres(requests, seed),
            Engine::Mysql => self.record_mariadb(requests, seed),
        }
        .with_context(|| format!("{}: not recorded", self.name))
    }

    fn record_postgres(self, requests: u64, seed: u64) -> Result<Recorded> {
        let mut cluster = postgres::Cluster::create()?;
        let settings = [
            ("logging_collector", "on"),
            ("log_directory", "log"),
            ("log_filename", "postgresql.log"),
            ("log_rotation_size", "0"),
            ("log_line_prefix", self.prefix),
            ("log_min_duration_statement", "0"),
            ("log_timezone", "UTC"),
            ("log_connections", "off"),
        ];
        cluster.start(&settings.map(|(name, value)| (name.to_owned(), value.to_owned())))?;
        let who =
            |user, database| postgres::Who { user, database, application: "halyard", tcp: false };
        let superuser = postgres::SUPERUSER;
        let mut wire = cluster.wire(who(superuser, "postgres"))?;
        wire.query("SET log_min_duration_statement = -1")?;
        wire.query(&format!("CREATE ROLE {USER} LOGIN"))?;
        wire.query(&format!("CREATE DATABASE {DATABASE}"))?;
        wire.close()?;
        let mut wire = cluster.wire(who(superuser, DATABASE))?;
        wire.query("SET log_min_duration_statement = -1")?;
        for statement in schema(self.dialect()) {
            wire.query(&statement).with_context(|| statement.clone())?;
        }
        wire.query(&format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {USER}"))?;
        wire.query("ANALYZE")?;
        wire.close()?;
        let connection = || {
            Ok(Connection::new(Link::Postgres(cluster.wire(who(USER, DATABASE))?), self.protocol))
        };
        let sent = self.play(requests, seed, connection)?;
        cluster.stop()?;
        let log = fs::read(cluster.log_dir().join("postgresql.log"))?;
        let labels = labels::of_postgres(&log, sent)?;
        Ok(Recorded { log, labels })
    }

    fn record_mariadb(self, requests: u64, seed: u64) -> Result<Recorded> {
        let mut server = mariadb::Server::create()?;
        server.start(&[("slow-query-log", "1"), ("long-query-time", "0")])?;
        let mut wire = server.silent()?;
        wire.query(format!("CREATE DATABASE {DATABASE}; USE {DATABASE}").as_bytes())?;
        for statement in schema(self.dialect()) {
            wire.query(statement.as_bytes()).with_context(|| statement.clone())?;
        }
        wire.query(format!("CREATE USER {USER}; GRANT ALL ON {DATABASE}.* TO {USER}").as_bytes())?;
        wire.close()?;
        let who = mariadb::Who { user: USER, database: DATABASE, tcp: false };
        let connection = || Ok(Connection::new(Link::Mariadb(server.wire(who)?), self.protocol));
        let sent = self.play(requests, seed, connection)?;
        let log = server.slow_log()?;
        server.stop()?;
        let labels = labels::of_mariadb(&log, sent)?;
        Ok(Recorded { log, labels })
    }

    /// Workers answer requests until there were enough. What each session was sent.
    fn play(
        self,
        requests: u64,
        seed: u64,
        connect: impl Fn() -> Result<Connection>,
    ) -> Result<HashMap<u32, Vec<Sent>>> {
        let connections = (0..CONNECTIONS).map(|_| connect()).collect::<Result<Vec<_>>>()?;
        let pool = Pool::new(connections, self.order);
        let site = Site {
            pool: &pool,
            dialect: self.dialect(),
            habits: self.habits,
            seed,
            requests: AtomicU64::new(0),
        };
        std::thread::scope(|scope| {
            let worker = |number: u64| {
                let site = &site;
                move || -> Result<()> {
                    let mut random = Random::new(mix(seed ^ number));
                    for _ in 0..requests / WORKERS {
                        let endpoint = self.draw(&mut random);
                        Request::play(site, endpoint, &mut random)?;
                        site.rest(&mut random);
                    }
                    Ok(())
                }
            };
            let workers: Vec<_> = (0..WORKERS).map(|number| scope.spawn(worker(number))).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().expect("a worker does not panic"))
        })?;
        let mut sent = HashMap::new();
        for connection in pool.into_connections() {
            sent.insert(connection.session(), connection.close()?);
        }
        Ok(sent)
    }

    fn draw(self, random: &mut Random) -> &'static Endpoint {
        let hot = random.below(100) < self.habits.hot;
        let all: u64 = ENDPOINTS.iter().map(|endpoint| endpoint.weight).sum();
        let mut left = random.below(all);
        let drawn = ENDPOINTS.iter().find(|endpoint| {
            if hot {
                return endpoint.name == HOT;
            }
            let found = left < endpoint.weight;
            left = left.saturating_sub(endpoint.weight);
            found
        });
        drawn.expect("the weights add up to more than the draw")
    }
}

/// Tables with their rows.
fn schema(dialect: Dialect) -> Vec<String> {
    TABLES
        .iter()
        .flat_map(|table| dialect.create(table).into_iter().chain(dialect.fill(table)))
        .collect()
}

impl Recorded {
    /// Writes `analyzer.log` and `labels.jsonl`.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("analyzer.log"), &self.log)?;
        let mut lines = String::new();
        for label in &self.labels {
            lines.push_str(&serde_json::to_string(label)?);
            lines.push('\n');
        }
        fs::write(folder.join("labels.jsonl"), lines)?;
        Ok(())
    }
}
