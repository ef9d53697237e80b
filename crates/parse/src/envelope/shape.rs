//! Which members of an exported object carry the server's text, its time and its writer.
//!
//! Sources: `LogEntry` of Google Cloud Logging, `GetLogEvents` and `FilterLogEvents` of Amazon
//! CloudWatch Logs and the export of its Insights, systemd's journal fields, docker's `json-file`
//! driver.

use slowlog_event::Timestamp;

use crate::json::{Members, State, Value, unescape};
use crate::postgres::{Clock, decimal};

/// Whose objects they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Journal,
    Google,
    CloudWatch,
    Docker,
    /// The objects are the log's own entries, in an array or with the newest first.
    Entries,
}

/// What an object says. Texts are as they stand there, with their escapes.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// The server's text, plain.
    pub(super) text: Vec<u8>,
    pub(super) has_text: bool,
    pub(super) time: Option<Timestamp>,
    pub(super) process: Option<u64>,
    pub(super) host: (usize, usize),
    pub(super) program: (usize, usize),
    /// The log that it was written to, and what it belongs to.
    pub(super) log: (usize, usize),
}

impl Shape {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Journal => "journal_json",
            Self::Google => "google_cloud",
            Self::CloudWatch => "cloudwatch",
            Self::Docker => "docker",
            Self::Entries => "json_objects",
        }
    }

    /// May its objects stand in another order than that of time, by a little?
    pub(super) fn is_unordered(self) -> bool {
        matches!(self, Self::Google | Self::CloudWatch)
    }

    /// Whose object this is.
    pub(super) fn of(record: &[u8]) -> Option<Self> {
        let (mut text, mut time, mut own) = (None, false, false);
        let mut members = Members::new(record, 0);
        for (key, value) in members.by_ref() {
            let shape = match key {
                b"MESSAGE" => Some(Self::Journal),
                b"textPayload" => Some(Self::Google),
                b"message" | b"@message" => Some(Self::CloudWatch),
                b"log" => Some(Self::Docker),
                b"error_severity"
                | b"record"
                | b"errorLevel"
                | b"properties"
                | b"errorLevel_s"
                | b"record_error_severity_s"
                | b"ErrorLevel"
                | b"jsonPayload" => {
                    own = true;
                    None
                }
                b"timestamp" | b"@timestamp" | b"time" | b"__REALTIME_TIMESTAMP" => {
                    time = true;
                    None
                }
                _ => None,
            };
            if let Some(shape) = shape.filter(|_| !matches!(value, Value::Bare(_))) {
                text.get_or_insert(shape);
            }
        }
        match text {
            _ if own => Some(Self::Entries),
            Some(Self::Docker | Self::CloudWatch) if !time => None,
            text => text,
        }
    }

    /// What an object says; `false` if it is no object.
    pub(super) fn read(self, record: &[u8], clock: &mut Clock, fields: &mut Fields) -> bool {
        fields.text.clear();
        *fields = Fields { text: std::mem::take(&mut fields.text), ..Fields::default() };
        let mut members = Members::new(record, 0);
        for (key, value) in members.by_ref() {
            let (is_text, span) = match value {
                Value::Text(span, _) => (true, span),
                Value::Bare(span) => (false, span),
                Value::Nested(start) if key == b"MESSAGE" && record[start] == b'[' => {
                    fields.has_text = true;
                    bytes(&record[start..], &mut fields.text);
                    continue;
                }
                Value::Nested(_) => continue,
            };
            let value = record[span.0..span.1].trim_ascii();
            match (self, key) {
                (Self::Journal, b"MESSAGE")
                | (Self::Google, b"textPayload")
                | (Self::CloudWatch, b"message" | b"@message")
                | (Self::Docker, b"log")
                    if is_text =>
                {
                    fields.has_text = true;
                    unescape(value, &mut fields.text);
                }
                (Self::Journal, b"__REALTIME_TIMESTAMP") => fields.time = unix(value, 1),
                (Self::CloudWatch, b"timestamp") if !is_text => fields.time = unix(value, 1000),
                (Self::Google, b"timestamp") | (Self::Docker, b"time") => {
                    fields.time = clock.stamp(value);
                }
                (Self::CloudWatch, b"timestamp" | b"@timestamp") => {
                    fields.time = clock.stamp(value).or_else(|| unix(value, 1000));
                }
                (Self::Journal, b"SYSLOG_PID") => fields.process = number(value),
                (Self::Journal, b"_PID") => fields.process = fields.process.or(number(value)),
                (Self::Journal, b"_HOSTNAME") => fields.host = span,
                (Self::Journal, b"SYSLOG_IDENTIFIER") => fields.program = span,
                (Self::Google, b"logName")
                | (Self::CloudWatch, b"logStreamName" | b"@logStream") => fields.log = span,
                _ => {}
            }
        }
        matches!(members.state(), State::Whole(_))
    }

    /// Is the log of this name one that statements are in?
    pub(super) fn is_servers_log(self, name: &[u8]) -> bool {
        let has = |part: &[u8]| memchr::memmem::find(name, part).is_some();
        self != Self::Google
            || name.is_empty()
            || has(b"postgres")
            || has(b"mysql-slow")
            || has(b"mysql-general")
    }
}

fn number(text: &[u8]) -> Option<u64> {
    decimal(text).filter(|(_, len)| *len == text.len()).map(|(value, _)| value)
}

/// A count of units of so many microseconds since 1970.
fn unix(text: &[u8], micros: i64) -> Option<Timestamp> {
    let value = number(text).and_then(|value| i64::try_from(value).ok())?;
    Some(Timestamp(value.checked_mul(micros)?))
}

/// The bytes that the journal writes as an array of numbers where they are no UTF-8.
fn bytes(array: &[u8], plain: &mut Vec<u8>) {
    let end = array.iter().position(|byte| *byte == b']').unwrap_or(array.len());
    let numbers = array[1..end.max(1)].split(|byte| *byte == b',');
    plain.extend(numbers.filter_map(|text| number(text.trim_ascii())).map(|byte| byte as u8));
}
