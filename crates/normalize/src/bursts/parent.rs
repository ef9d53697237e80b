//! The query whose rows a burst loops over.

use slowlog_event::FingerprintIndex;

use super::conversation::{Conversation, Item, UNKNOWN};
use super::link::{link_of, named};
use super::loops::Body;
use super::parameters::Parameters;
use super::pattern::{Distance, Scope};
use super::place::Role;
use super::statement::Statements;

/// A parent is looked for among so many different statements before a burst, and so many items.
const NEAR_RUNS: usize = 6;
const NEAR_ITEMS: usize = 1024;
/// A statement that follows itself so often is a loop.
const LOOP: u32 = 3;

/// The query before a burst that it may loop over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parent {
    /// Its place among the items.
    pub(super) place: usize,
    pub(super) distance: Distance,
    /// Nothing between it and the burst can be of another request.
    pub(super) is_sure: bool,
    /// Names link it to the child.
    named: bool,
}

impl Parent {
    /// How many rows it can have returned, where the log or its LIMIT tells and it is the parent by
    /// its name.
    pub(super) fn most_rows(
        &self,
        conversation: &Conversation,
        statements: &Statements,
    ) -> Option<u32> {
        let item = &conversation.items[self.place];
        if !self.named || self.distance != Distance::Next {
            return None;
        }
        if item.rows_sent != UNKNOWN {
            return Some(item.rows_sent);
        }
        let literals = conversation.literals(item);
        let facts = statements.get(FingerprintIndex(item.fingerprint))?;
        let roles = facts.places(literals.len())?.roles();
        let limit = roles.iter().position(|role| *role == Role::Limit)?;
        u32::try_from(literals.get(limit)?.as_int()?).ok()
    }
}

/// The first item among which the parent of a burst behind them is looked for.
pub(super) fn near(before: &[Item]) -> usize {
    let mut place = before.len();
    for _ in 0..NEAR_RUNS {
        let Some(last) = before[..place].last() else { break };
        let others = before[..place].iter().rposition(|item| item.fingerprint != last.fingerprint);
        place = others.map_or(0, |other| other + 1);
    }
    place.max(before.len().saturating_sub(NEAR_ITEMS))
}

/// The query whose rows a burst loops over, among the items before it: one that names
/// link to the child, else the one just before, if it can return more than one row. In a session
/// only other loops may be between them: what stands farther before is of another request oftener
/// than not.
///
/// `within` is the transaction that it has to be in, 0 for any.
pub(super) fn parent(
    before: &[Item],
    body: Body,
    child: u32,
    told: &Parameters,
    statements: &Statements,
    scope: Scope,
    within: u64,
) -> Option<Parent> {
    let link = link_of(child, told.key?, told.literals, statements);
    // Among the statements of several requests those between are of others.
    let spread = scope == Scope::Pool;
    let mut runs = 0;
    let mut last = u32::MAX;
    let mut nearest = None;
    let mut run = 0;
    // Loops over the rows of one query are of one length.
    let mut as_long = true;
    for place in (0..before.len()).rev().take(NEAR_ITEMS) {
        let statement = before[place].fingerprint;
        run += 1;
        if statement == last {
            continue;
        }
        let over = match scope {
            _ if within != 0 => before[place].transaction != within || runs >= NEAR_RUNS,
            Scope::Trace => runs >= NEAR_RUNS,
            Scope::Pool => false,
            _ => runs > 0 && run <= LOOP || runs >= NEAR_RUNS,
        };
        if over {
            break;
        }
        as_long &= runs == 0 || run == told.executions;
        let distance = if spread || runs == 0 { Distance::Next } else { Distance::Behind };
        run = 0;
        last = statement;
        runs += 1;
        let Some(facts) = statements.get(FingerprintIndex(statement)) else { continue };
        // Rows are in the logs of MySQL. One row is nothing to loop over.
        if body.has(statement) || !facts.many_rows() || before[place].rows_sent <= 1 {
            continue;
        }
        if link.as_ref().is_some_and(|link| named(facts, link)) {
            let is_sure = !spread && (as_long || within != 0 || scope == Scope::Trace);
            return Some(Parent { place, distance, is_sure, named: true });
        }
        if runs == 1 && !spread {
            nearest = Some(Parent { place, distance, is_sure: true, named: false });
        }
    }
    nearest
}
