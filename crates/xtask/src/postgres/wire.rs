//! Just enough of PostgreSQL's protocol 3 to do what psql and pgbench do not: named statements and
//! portals, and portals fetched in parts.
//!
//! <https://www.postgresql.org/docs/current/protocol-message-formats.html>

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Who;

const PROTOCOL_3: i32 = 196_608;

/// The values of a row, as text.
pub(crate) type Row = Vec<Option<String>>;

pub(crate) struct Wire {
    stream: UnixStream,
    /// Of the server's process: what `%p` writes into the log.
    pid: u32,
}

impl Wire {
    pub(super) fn connect(socket: &Path, who: Who<'_>) -> Result<Self> {
        let stream = UnixStream::connect(socket)
            .with_context(|| format!("{}: not connected", socket.display()))?;
        let mut wire = Self { stream, pid: 0 };
        let mut body = PROTOCOL_3.to_be_bytes().to_vec();
        for word in ["user", who.user, "database", who.database] {
            push_text(&mut body, word);
        }
        push_text(&mut body, "application_name");
        push_text(&mut body, who.application);
        body.push(0);
        wire.stream.write_all(&length_of(&body).to_be_bytes())?;
        wire.stream.write_all(&body)?;
        wire.until_ready()?;
        Ok(wire)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// One simple query, which may hold several statements; all rows, their values as text.
    pub(crate) fn query(&mut self, text: &str) -> Result<Vec<Row>> {
        let mut body = Vec::new();
        push_text(&mut body, text);
        self.send(b'Q', &body)?;
        self.until_ready()
    }

    /// Parses `text` under a name; the empty name is the unnamed statement.
    pub(crate) fn parse(&mut self, name: &str, text: &str) -> Result<()> {
        let mut body = Vec::new();
        push_text(&mut body, name);
        push_text(&mut body, text);
        body.extend(0_i16.to_be_bytes());
        self.send(b'P', &body)
    }

    /// Binds values, as text, to a statement.
    pub(crate) fn bind(
        &mut self,
        portal: &str,
        statement: &str,
        values: &[Option<&str>],
    ) -> Result<()> {
        let mut body = Vec::new();
        push_text(&mut body, portal);
        push_text(&mut body, statement);
        body.extend(0_i16.to_be_bytes());
        body.extend((values.len() as i16).to_be_bytes());
        for value in values {
            match value {
                Some(value) => {
                    body.extend((value.len() as i32).to_be_bytes());
                    body.extend(value.as_bytes());
                }
                None => body.extend((-1_i32).to_be_bytes()),
            }
        }
        body.extend(0_i16.to_be_bytes());
        self.send(b'B', &body)
    }

    /// Runs a portal; with `rows` above 0 it stops there and can be run on.
    pub(crate) fn execute(&mut self, portal: &str, rows: i32) -> Result<()> {
        let mut body = Vec::new();
        push_text(&mut body, portal);
        body.extend(rows.to_be_bytes());
        self.send(b'E', &body)
    }

    /// Ends a group of messages, and waits until the server has done them; all rows.
    pub(crate) fn sync(&mut self) -> Result<Vec<Row>> {
        self.send(b'S', &[])?;
        self.until_ready()
    }

    /// Says goodbye, and waits until the server has closed the session.
    pub(crate) fn close(mut self) -> Result<()> {
        self.send(b'X', &[])?;
        self.stream.read_to_end(&mut Vec::new())?;
        Ok(())
    }

    fn send(&mut self, kind: u8, body: &[u8]) -> Result<()> {
        self.stream.write_all(&[kind])?;
        self.stream.write_all(&length_of(body).to_be_bytes())?;
        self.stream.write_all(body)?;
        Ok(())
    }

    fn until_ready(&mut self) -> Result<Vec<Row>> {
        let mut refused = None;
        let mut rows = Vec::new();
        loop {
            let mut head = [0; 5];
            self.stream
                .read_exact(&mut head)
                .with_context(|| refused.clone().unwrap_or_default())?;
            let length = i32::from_be_bytes([head[1], head[2], head[3], head[4]]);
            let mut body = vec![0; length as usize - 4];
            self.stream.read_exact(&mut body)?;
            match head[0] {
                b'Z' => match refused {
                    Some(answer) => bail!("the server refused: {answer}"),
                    None => return Ok(rows),
                },
                b'K' => self.pid = u32::from_be_bytes([body[0], body[1], body[2], body[3]]),
                b'D' => rows.push(row(&body)?),
                // Severity, state, text: each field ends in NUL.
                b'E' => refused = Some(String::from_utf8_lossy(&body).replace('\0', " ")),
                // Notices and parameters are of no interest here.
                _ => {}
            }
        }
    }
}

/// The values of a row: their number, then each with its length; -1 is NULL.
fn row(body: &[u8]) -> Result<Row> {
    let (count, mut rest) = body.split_first_chunk().context("a row without a length")?;
    let mut values = Vec::new();
    for _ in 0..i16::from_be_bytes(*count) {
        let (length, behind) = rest.split_first_chunk().context("a row that is cut off")?;
        let length = usize::try_from(i32::from_be_bytes(*length)).ok();
        let (value, behind) = behind.split_at_checked(length.unwrap_or(0)).context("a cut row")?;
        values.push(length.map(|_| String::from_utf8_lossy(value).into_owned()));
        rest = behind;
    }
    Ok(values)
}

/// The length that a message states counts its own four bytes.
fn length_of(body: &[u8]) -> i32 {
    body.len() as i32 + 4
}

fn push_text(body: &mut Vec<u8>, text: &str) {
    body.extend(text.as_bytes());
    body.push(0);
}
