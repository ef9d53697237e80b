//! Drives a server over connections of its own, and counts what it made the server log.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use crate::mariadb::{Server, Value, Who, Wire};

/// An entry of the slow log, but for its figures.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) user: String,
    /// Empty for none.
    pub(super) database: String,
    pub(super) text: Vec<u8>,
}

/// What is counted the same way by the driver, before, and by the reader of the log, after.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) entries: BTreeMap<Entry, u64>,
    /// Connections with at least one entry.
    pub(super) sessions: u64,
}

/// One message to the server, how it ends, and what of it is logged.
#[derive(Debug, Clone, Copy)]
pub(super) enum Query<'a> {
    /// Runs, and is logged as it was sent.
    Runs(&'a str),
    /// The same, for what is no UTF-8.
    Bytes(&'a [u8]),
    /// Runs, and leads to entries with other texts than the one sent.
    Logs(&'a str, &'a [&'a str]),
    /// Calls a routine, whose statements are logged before it, as those of its definer.
    Calls(&'a str, &'a str, &'a [&'a str]),
    /// Runs, and is not logged.
    Silent(&'a str),
    /// Ends in an error, which a slow log does not tell.
    Fails(&'a str),
    /// Makes another schema the current one.
    Uses(&'a str),
}

impl Query<'_> {
    /// As it is sent.
    fn text(self) -> Vec<u8> {
        match self {
            Self::Bytes(text) => text.to_vec(),
            Self::Uses(database) => format!("USE `{database}`").into_bytes(),
            Self::Runs(text)
            | Self::Fails(text)
            | Self::Silent(text)
            | Self::Logs(text, _)
            | Self::Calls(text, _, _) => text.as_bytes().to_vec(),
        }
    }
}

pub(super) struct Driver<'a> {
    pub(super) server: &'a Server,
    pub(super) counted: Counted,
}

/// A connection, and what it was opened for.
pub(super) struct Connection<'a> {
    who: Who<'a>,
    wire: Wire,
    logged: bool,
}

impl Driver<'_> {
    /// Each query in a message of its own, in one connection.
    pub(super) fn session(&mut self, who: Who<'_>, queries: &[Query<'_>]) -> Result<()> {
        let mut connection = self.connect(who)?;
        for query in queries {
            self.send(&mut connection, *query)?;
        }
        self.close(connection)
    }

    pub(super) fn connect<'a>(&self, who: Who<'a>) -> Result<Connection<'a>> {
        Ok(Connection { who, wire: self.server.wire(who)?, logged: false })
    }

    pub(super) fn close(&mut self, connection: Connection<'_>) -> Result<()> {
        self.counted.sessions += u64::from(connection.logged);
        connection.wire.close()
    }

    pub(super) fn send<'a>(
        &mut self,
        connection: &mut Connection<'a>,
        query: Query<'a>,
    ) -> Result<()> {
        let sent = query.text();
        if let Query::Uses(database) = query {
            connection.who.database = database;
        }
        let ended = connection.wire.query(&sent);
        match query {
            Query::Fails(_) => ensure!(ended.is_err(), "{query:?}: did not fail"),
            _ => drop(ended?),
        }
        let own = connection.who.user;
        match query {
            Query::Silent(_) => {}
            Query::Logs(_, texts) => {
                for text in texts {
                    self.logged(connection, own, text.as_bytes(), 1);
                }
            }
            Query::Calls(_, definer, texts) => {
                for text in texts {
                    self.logged(connection, definer, text.as_bytes(), 1);
                }
                self.logged(connection, own, &sent, 1);
            }
            Query::Runs(_) | Query::Bytes(_) | Query::Fails(_) | Query::Uses(_) => {
                self.logged(connection, own, &sent, 1);
            }
        }
        Ok(())
    }

    /// `text` prepared once, and executed for each of `runs` over the binary protocol; `logged` is
    /// what the server makes of each.
    pub(super) fn prepared(
        &mut self,
        connection: &mut Connection<'_>,
        text: &str,
        runs: &[&[Value<'_>]],
        logged: &[&[u8]],
    ) -> Result<()> {
        connection.wire.prepared(text.as_bytes(), runs)?;
        for text in logged {
            self.logged(connection, connection.who.user, text, 1);
        }
        Ok(())
    }

    /// The same text again and again where one of `limit` is logged.
    ///
    /// The server takes every so many-th query by a counter of all connections: with one of them,
    /// and a multiple of the limit, it does not matter where that stood.
    pub(super) fn sampled(
        &mut self,
        who: Who<'_>,
        text: &str,
        times: u64,
        limit: u64,
    ) -> Result<()> {
        ensure!(times.is_multiple_of(limit), "{times} queries are no multiple of {limit}");
        let mut connection = self.connect(who)?;
        for _ in 0..times {
            connection.wire.query(text.as_bytes())?;
        }
        self.logged(&mut connection, who.user, text.as_bytes(), times / limit);
        self.close(connection)
    }

    fn logged(&mut self, connection: &mut Connection<'_>, user: &str, text: &[u8], times: u64) {
        connection.logged = true;
        let entry = Entry {
            user: user.to_owned(),
            database: connection.who.database.to_owned(),
            text: text.to_owned(),
        };
        *self.counted.entries.entry(entry).or_default() += times;
    }
}
