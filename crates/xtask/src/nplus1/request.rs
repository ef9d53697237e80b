//! A request on its way through the application: which statements it sends on which connection.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;

use crate::corpus::random::{Random, mix};
use crate::engine::Engine;

use super::application::Endpoint;
use super::model::Table;
use super::pool::{Connection, Pool, Sent};
use super::query::Query;
use super::style::{Dialect, Sql, Style};

/// How an application uses its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Habits {
    /// What holds a connection.
    pub(super) hold: Hold,
    /// Requests run in one transaction each.
    pub(super) transactions: Transactions,
    /// What comments say.
    pub(super) comments: Comments,
    /// Microseconds between statements, in the mean.
    pub(super) work_us: u64,
    /// Microseconds between requests of a worker, in the mean.
    pub(super) rest_us: u64,
    /// Requests in a hundred that are of the endpoint with the fingerprint of a child.
    pub(super) hot: u64,
}

/// What a connection is taken from the pool for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Request,
    /// A transaction, or a statement outside of one.
    Transaction,
}

/// Where transactions begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transactions {
    /// Only where the endpoint asks for one.
    Asked,
    /// A whole request is one.
    Requests,
    /// Each turn of a loop is one.
    Turns,
    /// None, whatever the endpoint asks for.
    Never,
}

/// What comments of statements say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comments {
    None,
    /// Controller and action.
    Route,
    /// Of another format.
    Marginalia,
    /// The trace of the request.
    Trace,
}

/// What a statement is to a loop, which has a letter in its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    None,
    Parent(&'static str),
    Child(&'static str),
    Grandchild(&'static str),
    Duplicate(&'static str),
}

/// What all requests share.
pub(super) struct Site<'s> {
    pub(super) pool: &'s Pool,
    pub(super) dialect: Dialect,
    pub(super) habits: Habits,
    pub(super) seed: u64,
    pub(super) requests: AtomicU64,
}

impl Site<'_> {
    /// A worker has nothing to do for a while.
    pub(super) fn rest(&self, random: &mut Random) {
        wait(random, self.habits.rest_us);
    }
}

/// A request that is being answered.
pub(super) struct Request<'s> {
    site: &'s Site<'s>,
    endpoint: &'static Endpoint,
    random: &'s mut Random,
    number: u64,
    held: Option<Connection>,
    /// Transactions that are open, one within the other; the outermost is the server's.
    open: u32,
}

impl<'s> Request<'s> {
    /// Answers a request of an endpoint.
    pub(super) fn play(
        site: &'s Site<'s>,
        endpoint: &'static Endpoint,
        random: &'s mut Random,
    ) -> Result<()> {
        let mut request = Request { site, endpoint, random, number: 0, held: None, open: 0 };
        request.number = site.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let result = match site.habits.transactions {
            Transactions::Requests => request.transaction(endpoint.play),
            _ => (endpoint.play)(&mut request),
        };
        // What an error leaves open must not block the others.
        request.give_back();
        result
    }

    /// A number below another.
    pub(super) fn below(&mut self, limit: i64) -> i64 {
        self.random.below(limit as u64) as i64
    }

    /// The id of a row of a table, those with small ones oftener.
    pub(super) fn some_id(&mut self, table: &Table) -> i64 {
        let all = self.below(table.rows) + 1;
        if self.below(3) == 0 { (all + 9) / 10 } else { all }
    }

    /// Sends a statement that is in no loop.
    #[expect(clippy::needless_pass_by_value, reason = "a query is made where it is asked")]
    pub(super) fn ask(&mut self, query: Query) -> Result<Vec<i64>> {
        self.ask_as(&query, Role::None)
    }

    /// Sends a statement of a loop.
    #[expect(clippy::needless_pass_by_value, reason = "a query is made where it is asked")]
    pub(super) fn child(&mut self, group: &'static str, query: Query) -> Result<()> {
        self.ask_as(&query, Role::Child(group)).map(drop)
    }

    /// Sends a statement in a role; the first column of its rows.
    pub(super) fn ask_as(&mut self, query: &Query, role: Role) -> Result<Vec<i64>> {
        let sql = self.site.dialect.sql(query);
        self.send(sql, role)
    }

    /// Writes a row as the library saves objects: Rails in a transaction.
    pub(super) fn save(&mut self, group: &'static str, query: Query) -> Result<()> {
        let rails = self.site.dialect.style == Style::Rails;
        let save = |r: &mut Self| r.child(group, query);
        if rails { self.transaction(save) } else { self.turn(save) }
    }

    /// A turn of a loop.
    pub(super) fn turn(&mut self, turn: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        match self.site.habits.transactions {
            Transactions::Turns => self.transaction(turn),
            _ => turn(self),
        }
    }

    /// What is done in one transaction.
    pub(super) fn transaction(&mut self, work: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if self.site.habits.transactions == Transactions::Never {
            return work(self);
        }
        let (begin, end) = self.words();
        if self.open == 0 {
            self.open += 1;
            self.control(begin)?;
        } else {
            self.open += 1;
        }
        work(self)?;
        if self.open == 1 {
            for word in end {
                self.control(word)?;
            }
        }
        self.open -= 1;
        self.release();
        Ok(())
    }

    /// How the library begins and ends a transaction.
    fn words(&self) -> (&'static str, &'static [&'static str]) {
        match (self.site.dialect.style, self.site.dialect.engine) {
            (Style::Hibernate, Engine::Mysql) => {
                ("SET autocommit=0", &["COMMIT", "SET autocommit=1"])
            }
            (Style::Laravel, Engine::Mysql) => ("START TRANSACTION", &["COMMIT"]),
            _ => ("BEGIN", &["COMMIT"]),
        }
    }

    /// The user asks for the next page: another request, and perhaps another session.
    pub(super) fn next_request(&mut self) {
        self.number = self.site.requests.fetch_add(1, Ordering::Relaxed) + 1;
        if self.open == 0 {
            self.give_back();
        }
        self.site.rest(self.random);
    }

    fn control(&mut self, text: &str) -> Result<()> {
        let sql = Sql { text: text.to_owned(), values: Vec::new() };
        self.send(sql, Role::None).map(drop)
    }

    fn send(&mut self, mut sql: Sql, role: Role) -> Result<Vec<i64>> {
        wait(self.random, self.site.habits.work_us);
        self.comment(&mut sql.text);
        let (role, group) = match role {
            Role::None => ("-", ""),
            Role::Parent(group) => ("parent", group),
            Role::Child(group) => ("child", group),
            Role::Grandchild(group) => ("grandchild", group),
            Role::Duplicate(group) => ("dup", group),
        };
        let label = Sent {
            text: sql.text.clone(),
            request: self.number,
            endpoint: self.endpoint.name,
            class: self.endpoint.class.label(),
            role,
            group,
        };
        let mut connection = self.held.take().unwrap_or_else(|| self.site.pool.take(self.random));
        let rows = connection.run(&sql, label);
        self.held = Some(connection);
        self.release();
        rows
    }

    /// Gives the connection back, if nothing holds it.
    fn release(&mut self) {
        if self.open == 0 && self.site.habits.hold == Hold::Transaction {
            self.give_back();
        }
    }

    fn give_back(&mut self) {
        if let Some(connection) = self.held.take() {
            self.site.pool.give_back(connection);
        }
    }

    fn comment(&self, text: &mut String) {
        let (controller, action) =
            self.endpoint.name.split_once('_').unwrap_or((self.endpoint.name, "show"));
        let trace = mix(self.site.seed ^ self.number);
        let comment = match self.site.habits.comments {
            Comments::None => String::new(),
            Comments::Route => {
                format!(" /*action='{action}',application='Halyard',controller='{controller}'*/")
            }
            Comments::Marginalia => {
                format!(" /*application:Halyard,controller:{controller},action:{action}*/")
            }
            Comments::Trace => format!(
                " /* traceparent='00-{trace:016x}{:016x}-{:016x}-01' */",
                mix(trace),
                mix(trace ^ 1)
            ),
        };
        text.push_str(&comment);
    }
}

/// Exponentially long, so that no gap is a clock.
fn wait(random: &mut Random, mean_us: u64) {
    if mean_us > 0 {
        let share = (random.below(1_000_000) + 1) as f64 / 1_000_000.0;
        let wait = -share.ln() * mean_us as f64;
        std::thread::sleep(Duration::from_micros(wait.min(5e6) as u64));
    }
}
