//! Connections, and who gets which.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};

use anyhow::{Context, Result};

use crate::corpus::random::Random;
use crate::{mariadb, postgres};

use super::style::Sql;

/// How values reach PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// In the text.
    Simple,
    /// Apart, the statement parsed each time.
    Unnamed,
    /// Apart, the statement parsed once in a session.
    Named,
}

/// A connection to either server.
pub(super) enum Link {
    Postgres(postgres::Wire),
    Mariadb(mariadb::Wire),
}

/// A connection and what was sent on it.
pub(super) struct Connection {
    pub(super) link: Link,
    protocol: Protocol,
    /// Statements that the server has parsed, by their names.
    named: HashMap<String, String>,
    /// Texts of what was executed, in order, with the labels of the driver.
    pub(super) sent: Vec<Sent>,
}

/// A statement as it was sent, and what is true of it.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) text: String,
    pub(super) request: u64,
    pub(super) endpoint: &'static str,
    pub(super) class: &'static str,
    pub(super) role: &'static str,
    /// Which loop of the request; empty for none.
    pub(super) group: &'static str,
}

impl Connection {
    pub(super) fn new(link: Link, protocol: Protocol) -> Self {
        Self { link, protocol, named: HashMap::new(), sent: Vec::new() }
    }

    /// What the log calls the session.
    pub(super) fn session(&self) -> u32 {
        match &self.link {
            Link::Postgres(wire) => wire.pid(),
            Link::Mariadb(wire) => wire.thread(),
        }
    }

    /// Runs a statement; the first column of its rows, where that is a number.
    pub(super) fn run(&mut self, sql: &Sql, label: Sent) -> Result<Vec<i64>> {
        self.sent.push(label);
        let ids = match &mut self.link {
            Link::Mariadb(wire) => wire.query(sql.text.as_bytes()).map(|rows| {
                rows.iter().map(|id| String::from_utf8_lossy(id).parse().ok()).collect()
            }),
            Link::Postgres(wire) => {
                let rows = match self.protocol {
                    Protocol::Simple => wire.query(&sql.text),
                    _ if sql.values.is_empty() => wire.query(&sql.text),
                    protocol => {
                        let name = match protocol {
                            Protocol::Named => self.named.get(&sql.text).cloned(),
                            _ => None,
                        };
                        let name = match name {
                            Some(name) => name,
                            None => {
                                let mut name = String::new();
                                if protocol == Protocol::Named {
                                    name = format!("a{}", self.named.len() + 1);
                                    self.named.insert(sql.text.clone(), name.clone());
                                }
                                wire.parse(&name, &sql.text)?;
                                name
                            }
                        };
                        let values: Vec<_> =
                            sql.values.iter().map(|value| Some(value.as_str())).collect();
                        wire.bind("", &name, &values)?;
                        wire.execute("", 0)?;
                        wire.sync()
                    }
                };
                rows.map(|rows| {
                    rows.iter().map(|row| row.first()?.as_deref()?.parse().ok()).collect()
                })
            }
        };
        let ids: Vec<Option<i64>> = ids.with_context(|| sql.text.clone())?;
        Ok(ids.into_iter().flatten().collect())
    }

    pub(super) fn close(self) -> Result<Vec<Sent>> {
        match self.link {
            Link::Postgres(wire) => wire.close()?,
            Link::Mariadb(wire) => wire.close()?,
        }
        Ok(self.sent)
    }
}

/// Which free connection comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The one that was given back last, as PgBouncer does.
    Last,
    /// Any.
    Any,
}

/// Connections that workers share.
pub(super) struct Pool {
    free: Mutex<Vec<Connection>>,
    given_back: Condvar,
    order: Order,
}

impl Pool {
    pub(super) fn new(connections: Vec<Connection>, order: Order) -> Self {
        Self { free: Mutex::new(connections), given_back: Condvar::new(), order }
    }

    /// Waits for a connection.
    pub(super) fn take(&self, random: &mut Random) -> Connection {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let place = match (free.len(), self.order) {
                (0, _) => None,
                (count, Order::Last) => Some(count - 1),
                (count, Order::Any) => Some(random.below(count as u64) as usize),
            };
            if let Some(place) = place {
                return free.remove(place);
            }
            free = self.given_back.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn give_back(&self, connection: Connection) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        self.given_back.notify_one();
    }

    pub(super) fn into_connections(self) -> Vec<Connection> {
        self.free.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
