//! What the log itself has to say for an index: plans, and counts of rows.

use slowlog_event::Counter;
use slowlog_normalize::plan::{PlanFacts, TableRead};

use crate::advice::Confidence;
use crate::index_model::IndexModel;
use crate::schema::Table;
use crate::workload::Statement;

/// A statement that examines so many rows for each row that it returns wants an index.
const WASTEFUL: u64 = 10;
/// Fewer rows than this are read at once, however it is done.
const FEW: u64 = 1000;
/// So many of the queries that gain are looked at.
const MOST_QUERIES: usize = 3;

/// How sure an index is, and why.
pub(crate) fn of(
    table: &Table,
    index: &IndexModel,
    gains: &[&Statement<'_>],
) -> (Confidence, Vec<String>) {
    let calls: u64 = gains.iter().map(|statement| statement.executions).sum();
    let mut evidence = Vec::new();
    for statement in gains.iter().take(MOST_QUERIES) {
        evidence.extend(by_counters(statement));
        if let Some(plan) = statement.plan() {
            evidence.extend(by_plan(statement, plan, table, index));
        }
    }
    let supported = !evidence.is_empty();
    let queries = if gains.len() == 1 { "query" } else { "queries" };
    evidence.insert(0, format!("{calls} executions of {} {queries}", gains.len()));
    let plans = gains.iter().filter_map(|statement| statement.plan());
    evidence.extend(plans.flat_map(|plan| &plan.reads).find_map(|read| misjudged(read, table)));
    (if supported { Confidence::Supported } else { Confidence::Suspected }, evidence)
}

/// Rows examined and rows of the result, of a slow log of MySQL.
fn by_counters(statement: &Statement<'_>) -> Option<String> {
    let mean = |counter| statement.mean_of(counter);
    let examined = mean(Counter::RowsExamined)? as u64;
    let given =
        mean(Counter::RowsSent).unwrap_or(0.0).max(mean(Counter::RowsAffected).unwrap_or(0.0));
    is_wasteful(examined, given as u64)
        .then(|| format!("{} examines {examined} rows for {given:.0}", statement.id))
}

fn is_wasteful(examined: u64, given: u64) -> bool {
    examined > FEW && examined > given.max(1).saturating_mul(WASTEFUL)
}

fn by_plan(
    statement: &Statement<'_>,
    plan: &PlanFacts,
    table: &Table,
    index: &IndexModel,
) -> Option<String> {
    let mine = || plan.reads.iter().filter(|read| is_of(read, table));
    let wasted = mine().find(|read| {
        read.examined().is_some_and(|examined| is_wasteful(examined, read.rows.unwrap_or(0)))
    });
    if let Some(read) = wasted {
        let (examined, removed) = (read.examined()?, read.removed);
        let how = match &read.index {
            Some(name) if !read.whole => {
                format!("finds {examined} rows of {} by {name}", read.table)
            }
            _ => format!("reads all of {}, {examined} rows,", read.table),
        };
        let often =
            if read.loops > 1 { format!(" in {} rounds", read.loops) } else { String::new() };
        return Some(format!(
            "the plan of {} {how}{often} and throws {removed} away",
            statement.id
        ));
    }
    // Not measured: that it reads the whole table is what it says nevertheless.
    if let Some(read) = mine().find(|read| read.whole && read.rows.is_none()) {
        return Some(format!("the plan of {} reads all of {}", statement.id, read.table));
    }
    let sorted = plan.sorts.iter().find(|_| index.keys.len() > 1)?;
    let read = mine().find(|read| read.rows.is_some_and(|rows| rows > FEW))?;
    let disk = sorted.disk_kb.map(|kb| format!(", with {kb} kB on disk")).unwrap_or_default();
    Some(format!("the plan of {} sorts {} rows of {}{disk}", statement.id, read.rows?, read.table))
}

/// The table, or a partition of it.
pub(crate) fn is_of(read: &TableRead, table: &Table) -> bool {
    read.table.eq_ignore_ascii_case(&table.name)
        || table.partitions.iter().any(|(_, name)| **name == *read.table)
}

/// A planner that expects something else chooses something else.
fn misjudged(read: &TableRead, table: &Table) -> Option<String> {
    let rows = read.rows? / read.loops.max(1);
    let estimated = read.estimated?;
    let (less, more) = (rows.min(estimated).max(1), rows.max(estimated));
    (is_of(read, table) && more > FEW && more > less.saturating_mul(WASTEFUL)).then(|| {
        format!(
            "the planner expected {estimated} rows of {} and there were {rows}: ANALYZE it first",
            read.table
        )
    })
}
