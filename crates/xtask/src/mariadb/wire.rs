//! Just enough of MariaDB's protocol to know what was sent, and to send prepared statements, which
//! the client programs never do.
//!
//! <https://mariadb.com/kb/en/clientserver-protocol/>

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::Who;

/// Longer than anything here takes: a lost answer must not hang a test.
const TIMEOUT: Option<Duration> = Some(Duration::from_secs(30));
const PLUGIN: &[u8] = b"mysql_native_password\0";
/// utf8mb4_general_ci
const CHARACTER_SET: u8 = 45;
/// Status of a result that another one follows.
const MORE_RESULTS: u16 = 8;

mod capability {
    pub(super) const CONNECT_WITH_DB: u32 = 1 << 3;
    const PROTOCOL_41: u32 = 1 << 9;
    const SECURE_CONNECTION: u32 = 1 << 15;
    const MULTI_STATEMENTS: u32 = 1 << 16;
    const MULTI_RESULTS: u32 = 1 << 17;
    const PLUGIN_AUTH: u32 = 1 << 19;
    pub(super) const NEEDED: u32 =
        PROTOCOL_41 | SECURE_CONNECTION | MULTI_STATEMENTS | MULTI_RESULTS | PLUGIN_AUTH;
}

mod command {
    pub(super) const QUIT: u8 = 0x01;
    pub(super) const QUERY: u8 = 0x03;
    pub(super) const PREPARE: u8 = 0x16;
    pub(super) const EXECUTE: u8 = 0x17;
    pub(super) const CLOSE: u8 = 0x19;
}

trait Stream: Read + Write + Send {}
impl Stream for UnixStream {}
impl Stream for TcpStream {}

pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    /// Of the next packet.
    sequence: u8,
    /// What the log calls `Thread_id`.
    thread: u32,
}

/// The values of a row, as text.
pub(crate) type Row = Vec<Option<Vec<u8>>>;

/// A value bound to a place of a prepared statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Integer(i64),
    Text(&'a [u8]),
}

impl Wire {
    pub(super) fn over_socket(socket: &Path, who: Who<'_>) -> Result<Self> {
        let stream = UnixStream::connect(socket)
            .with_context(|| format!("{}: not connected", socket.display()))?;
        stream.set_read_timeout(TIMEOUT)?;
        Self::log_in(Box::new(stream), who)
    }

    pub(super) fn over_tcp(port: u16, who: Who<'_>) -> Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("port {port}: not connected"))?;
        stream.set_read_timeout(TIMEOUT)?;
        Self::log_in(Box::new(stream), who)
    }

    /// None of the accounts here has a password: the server's challenge is left unread.
    fn log_in(stream: Box<dyn Stream>, who: Who<'_>) -> Result<Self> {
        let mut wire = Self { stream, sequence: 0, thread: 0 };
        let greeting = wire.receive()?;
        refusal(&greeting)?;
        // Version of the protocol, name of the server's version, number of the connection.
        let named = greeting.iter().position(|byte| *byte == 0).context("an open greeting")?;
        let number = greeting.get(named + 1..).and_then(<[u8]>::first_chunk);
        wire.thread = u32::from_le_bytes(*number.context("a greeting without a number")?);
        let mut capabilities = capability::NEEDED;
        if !who.database.is_empty() {
            capabilities |= capability::CONNECT_WITH_DB;
        }
        let mut body = capabilities.to_le_bytes().to_vec();
        body.extend((1_u32 << 24).to_le_bytes());
        body.push(CHARACTER_SET);
        body.extend([0; 23]);
        body.extend(who.user.as_bytes());
        // End of the name, and an answer of no bytes to the challenge.
        body.extend([0, 0]);
        if !who.database.is_empty() {
            body.extend(who.database.as_bytes());
            body.push(0);
        }
        body.extend(PLUGIN);
        wire.send(&body)?;
        refusal(&wire.receive()?)?;
        Ok(wire)
    }

    pub(crate) fn thread(&self) -> u32 {
        self.thread
    }

    /// Runs a text of one or more statements; the first column of all rows.
    pub(crate) fn query(&mut self, text: &[u8]) -> Result<Vec<Vec<u8>>> {
        let rows = self.rows(text)?;
        Ok(rows.into_iter().filter_map(|row| row.into_iter().next()?).collect())
    }

    /// Runs a text of one or more statements; all rows.
    pub(crate) fn rows(&mut self, text: &[u8]) -> Result<Vec<Row>> {
        self.command(command::QUERY, &[text])?;
        let mut rows = Vec::new();
        self.results(|mut packet| {
            let mut row = Row::new();
            while !packet.is_empty() {
                row.push(value(&mut packet)?);
            }
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Prepares `text` once and executes it for each of `runs`.
    pub(crate) fn prepared(&mut self, text: &[u8], runs: &[&[Value<'_>]]) -> Result<()> {
        self.command(command::PREPARE, &[text])?;
        let answer = self.receive()?;
        refusal(&answer)?;
        ensure!(answer.len() >= 12, "a short answer to a prepare");
        let statement = &answer[1..5];
        // Descriptions of the places and of the columns, each closed by a packet of its own.
        for count in [&answer[7..9], &answer[5..7]] {
            let count = u16::from_le_bytes([count[0], count[1]]);
            for _ in 0..count + u16::from(count > 0) {
                self.receive()?;
            }
        }
        for values in runs {
            let body = execution(values);
            self.command(command::EXECUTE, &[statement, &body])?;
            // Rows come in binary, and are of no interest.
            self.results(|_| Ok(()))?;
        }
        // Has no answer.
        self.command(command::CLOSE, &[statement])
    }

    /// Says goodbye, and waits until the server has closed the connection.
    pub(crate) fn close(mut self) -> Result<()> {
        self.command(command::QUIT, &[])?;
        match self.stream.read_to_end(&mut Vec::new()) {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Reads results to the end of the last one.
    fn results(&mut self, mut row: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        loop {
            let head = self.receive()?;
            refusal(&head)?;
            let status = if head[0] == 0 {
                let mut rest = &head[1..];
                // Affected rows, last id.
                number(&mut rest)?;
                number(&mut rest)?;
                u16::from_le_bytes([rest[0], rest[1]])
            } else {
                let columns = number(&mut head.as_slice())?;
                for _ in 0..=columns {
                    self.receive()?;
                }
                loop {
                    let packet = self.receive()?;
                    refusal(&packet)?;
                    if packet[0] == 0xFE && packet.len() < 9 {
                        break u16::from_le_bytes([packet[3], packet[4]]);
                    }
                    row(&packet)?;
                }
            };
            if status & MORE_RESULTS == 0 {
                return Ok(());
            }
        }
    }

    fn command(&mut self, command: u8, parts: &[&[u8]]) -> Result<()> {
        self.sequence = 0;
        let mut body = vec![command];
        body.extend(parts.concat());
        self.send(&body)
    }

    fn send(&mut self, body: &[u8]) -> Result<()> {
        let [low, middle, high, _] = (body.len() as u32).to_le_bytes();
        self.stream.write_all(&[low, middle, high, self.sequence])?;
        self.stream.write_all(body)?;
        self.stream.flush()?;
        self.sequence = self.sequence.wrapping_add(1);
        Ok(())
    }

    fn receive(&mut self) -> Result<Vec<u8>> {
        let mut head = [0; 4];
        self.stream.read_exact(&mut head)?;
        self.sequence = head[3].wrapping_add(1);
        let mut body = vec![0; u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize];
        self.stream.read_exact(&mut body)?;
        ensure!(!body.is_empty(), "an empty packet");
        Ok(body)
    }
}

/// The server's error, where the packet is one.
fn refusal(packet: &[u8]) -> Result<()> {
    if packet[0] == 0xFF {
        bail!("the server refused: {}", String::from_utf8_lossy(&packet[3..]));
    }
    Ok(())
}

/// What follows the number of the statement when it is executed.
fn execution(values: &[Value<'_>]) -> Vec<u8> {
    const LONGLONG: u8 = 8;
    const VAR_STRING: u8 = 0xFD;
    // No cursor, one time.
    let mut body = vec![0, 1, 0, 0, 0];
    let mut nulls = vec![0_u8; values.len().div_ceil(8)];
    let (mut types, mut data) = (Vec::new(), Vec::new());
    for (index, value) in values.iter().enumerate() {
        match value {
            Value::Null => {
                nulls[index / 8] |= 1 << (index % 8);
                types.extend([VAR_STRING, 0]);
            }
            Value::Integer(number) => {
                types.extend([LONGLONG, 0]);
                data.extend(number.to_le_bytes());
            }
            Value::Text(text) => {
                types.extend([VAR_STRING, 0]);
                data.push(0xFC);
                data.extend((text.len() as u16).to_le_bytes());
                data.extend(*text);
            }
        }
    }
    if !values.is_empty() {
        body.extend(nulls);
        body.push(1);
        body.extend(types);
        body.extend(data);
    }
    body
}

/// The next value of a row; nothing for NULL.
fn value(row: &mut &[u8]) -> Result<Option<Vec<u8>>> {
    if let Some(rest) = row.strip_prefix(&[0xFB]) {
        *row = rest;
        return Ok(None);
    }
    let length = number(row)? as usize;
    let (value, rest) = row.split_at_checked(length).context("a row that ends in a value")?;
    *row = rest;
    Ok(Some(value.to_vec()))
}

/// A number of one to nine bytes.
fn number(bytes: &mut &[u8]) -> Result<u64> {
    let (first, rest) = bytes.split_first().context("a packet that ends too early")?;
    let length = match first {
        0xFC => 2,
        0xFD => 3,
        0xFE => 8,
        small => {
            *bytes = rest;
            return Ok(u64::from(*small));
        }
    };
    ensure!(rest.len() >= length, "a packet that ends too early");
    let (digits, behind) = rest.split_at(length);
    *bytes = behind;
    Ok(digits.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}
