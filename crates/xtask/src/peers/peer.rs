//! Programs that do some of what slowlog does: how they are asked, and what they count.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::corpus::Truth;
use crate::engine::Engine;
use crate::slow_times;

pub(super) struct Peer {
    pub(super) name: &'static str,
    /// The row of the table, which begins with the name.
    pub(super) row: &'static str,
    pub(super) program: &'static str,
    /// Of Debian.
    pub(super) package: &'static str,
    /// Has it read the log, single-threaded; its report may go to the directory given last.
    pub(super) arguments: fn(&mut Command, &Truth, &Path, &Path),
    /// What it says on stdout of the log as a whole.
    claims: fn(&Path) -> Result<Claims>,
}

/// What a peer says of a log; absent where it says nothing that can be compared.
#[derive(Debug, Default, PartialEq)]
struct Claims {
    queries: Option<u64>,
    seconds: Option<f64>,
}

pub(super) fn of(engine: Engine) -> &'static [Peer] {
    match engine {
        Engine::Postgres => &[Peer {
            name: "pgBadger",
            row: "pgBadger json -j1",
            program: "pgbadger",
            package: "pgbadger",
            arguments: |command, truth, log, scratch| {
                command.args(["-j", "1", "-q", "-f", "stderr", "-p"]);
                command.arg(truth.line_prefix.as_deref().unwrap_or_default());
                command.args(["-x", "json", "-o"]).arg(scratch.join("pgbadger.json")).arg(log);
            },
            claims: |_| Ok(Claims::default()),
        }],
        Engine::Mysql => &[
            Peer {
                name: "pt-query-digest",
                row: "pt-query-digest json",
                program: "pt-query-digest",
                package: "percona-toolkit",
                arguments: |command, _, log, _| {
                    // It would ask its maker for a newer version.
                    command.args(["--no-version-check", "--output", "json"]).arg(log);
                },
                claims: digest_claims,
            },
            Peer {
                name: "dumpslow",
                row: "dumpslow (MariaDB)",
                program: "mariadb-dumpslow",
                package: "mariadb-server",
                arguments: |command, _, log, _| {
                    command.arg(log);
                },
                claims: |answer| Ok(dumpslow_claims(&fs::read(answer)?)),
            },
        ],
    }
}

impl Peer {
    /// Whether what it counted in `log` is right, in words.
    pub(super) fn remark(&self, answer: &Path, log: &Path) -> Result<String> {
        let claims = (self.claims)(answer).with_context(|| format!("{}: its answer", self.name))?;
        if claims == Claims::default() {
            return Ok("totals not compared".to_owned());
        }
        let truth = slow_times::read(BufReader::new(File::open(log)?))?;
        let seconds = truth.duration_us as f64 / 1e6;
        let queries = match claims.queries {
            Some(queries) if queries == truth.entries => "equal the log's".to_owned(),
            Some(queries) => format!("{queries}, the log has {}", truth.entries),
            None => "not compared".to_owned(),
        };
        let time = match claims.seconds {
            // It sums in floats and prints six decimals.
            Some(claimed) if (claimed - seconds).abs() < 1e-3 => "equals the log's".to_owned(),
            Some(claimed) => format!("{claimed:.3} s, the log has {seconds:.3} s"),
            None => "not compared".to_owned(),
        };
        Ok(format!("queries: {queries}; time: {time}"))
    }
}

/// Numbers in the JSON of pt-query-digest are strings now and then.
fn digest_claims(answer: &Path) -> Result<Claims> {
    let report: Value = serde_json::from_reader(BufReader::new(File::open(answer)?))?;
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let global = &report["global"];
    Ok(Claims {
        queries: number(&global["query_count"]).map(|count| count as u64),
        seconds: number(&global["metrics"]["Query_time"]["sum"]),
    })
}

/// It has no totals, but a count for each group. Its times are rounded, and it reads none at all
/// below the stamps that MySQL writes since 5.7; an administrator command is two queries to it.
fn dumpslow_claims(answer: &[u8]) -> Claims {
    let queries = answer
        .split(|byte| *byte == b'\n')
        .filter_map(|line| {
            let rest = line.strip_prefix(b"Count: ")?;
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            std::str::from_utf8(&rest[..digits]).ok()?.parse::<u64>().ok()
        })
        .sum();
    Claims { queries: Some(queries), seconds: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_peers_say_is_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = r#"{"global":{"query_count":3,"metrics":{"Query_time":{"sum":"1.500000"}}}}"#;
        fs::write(file.path(), text).unwrap();
        assert_eq!(
            digest_claims(file.path()).unwrap(),
            Claims { queries: Some(3), seconds: Some(1.5) }
        );
        let text = b"\nCount: 12  Time=0.00s (0s)\n  SELECT N\n\nCount: 3  Time=0.00s (0s)\n";
        assert_eq!(dumpslow_claims(text).queries, Some(15));
    }
}
