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
        let places = &facts.variant(literals.len())?.places;
        let limit = places.iter().position(|place| place.role == Role::Limit)?;
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
/// link to the child, else the one just before, if it can return more than one row.
pub(super) fn parent(
    before: &[Item],
    body: Body,
    child: u32,
    told: &Parameters,
    statements: &Statements,
    scope: Scope,
) -> Option<Parent> {
    let link = link_of(child, told.key?, told.literals, statements);
    // Among the statements of several requests those between are of others.
    let spread = scope == Scope::Pool;
    let mut runs = 0;
    let mut last = u32::MAX;
    let mut nearest = None;
    let mut distance = Distance::Next;
    let mut run = 0;
    for place in (0..before.len()).rev().take(NEAR_ITEMS) {
        let statement = before[place].fingerprint;
        run += 1;
        if statement == last {
            continue;
        }
        distance = match runs {
            _ if spread => Distance::Next,
            0 => Distance::Next,
            _ if run > LOOP && distance != Distance::Far => Distance::BehindLoops,
            _ => Distance::Far,
        };
        run = 0;
        last = statement;
        runs += 1;
        if runs > NEAR_RUNS && !spread {
            break;
        }
        let Some(facts) = statements.get(FingerprintIndex(statement)) else { continue };
        // Rows are in the logs of MySQL. One row is nothing to loop over.
        if body.has(statement) || !facts.many_rows() || before[place].rows_sent <= 1 {
            continue;
        }
        if link.as_ref().is_some_and(|link| named(facts, link)) {
            return Some(Parent { place, distance, named: true });
        }
        if runs == 1 && !spread {
            nearest = Some(Parent { place, distance, named: false });
        }
    }
    nearest
}
