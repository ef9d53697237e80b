//! Runs a variant against a throw-away server, and keeps its log and what is true of it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use anyhow::Result;

use crate::corpus::random::{Random, mix};
use crate::engine::Engine;

use super::application::{ENDPOINTS, Endpoint};
use super::labels::{self, Label};
use super::pool::{Connection, Pool, Protocol, Sent};
use super::request::{Request, Site};
use super::server::Running;
use super::style::Dialect;
use super::variant::Variant;

/// Requests at the same time, and connections that they share.
const WORKERS: u64 = 6;
const CONNECTIONS: usize = 6;

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
        let server = Running::start(self)?;
        let sent = self.play(requests, seed, || server.connect(self.protocol))?;
        let log = server.finish()?;
        let labels = match self.engine {
            Engine::Postgres => labels::of_postgres(&log, sent)?,
            Engine::Mysql => labels::of_mariadb(&log, sent)?,
        };
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
