//! What changes from turn to turn of a loop: the literals of one statement of it.

use slowlog_event::{FingerprintIndex, Literal};

use super::conversation::{Conversation, Item};
use super::place::Role;
use super::statement::{Class, Facts};

/// What the values of a statement do over the turns of a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Change {
    /// One key changes: a lookup for each row.
    Key,
    /// Several keys change.
    Keys,
    /// Values to insert or to set change, with or without a key.
    Values,
    /// The values are not in the log.
    Hidden,
    /// A bound or a list changes and no single key.
    Window,
    /// The place in a list of pages changes.
    Page,
    /// Nothing changes.
    Nothing,
}

/// The literals of one statement of a loop, over its turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameters {
    pub(crate) change: Change,
    /// Ordinal of the key that changes.
    pub(crate) key: Option<u8>,
    /// How many literals the statement has: with it the places of them are found.
    pub(crate) literals: u8,
    /// How many different values the key has.
    pub(crate) distinct: u32,
    /// Does every value follow the one before, all upwards or all downwards?
    pub(crate) monotone: bool,
    /// Equal for two bursts over the same values in the same order.
    pub(crate) values: u64,
    pub(crate) executions: u32,
}

/// Looks at the executions of one statement among the items of a loop. `values` is room to sort.
pub(crate) fn parameters(
    conversation: &Conversation,
    items: &[Item],
    fingerprint: FingerprintIndex,
    facts: &Facts,
    values: &mut Vec<Literal>,
) -> Parameters {
    let mut executions = items.iter().filter(|item| item.fingerprint == fingerprint.0);
    let first = executions.next().map(|item| conversation.literals(item)).unwrap_or_default();
    let mut changing = 0u32;
    let mut same_length = true;
    let mut count = 1;
    for item in executions {
        let literals = conversation.literals(item);
        same_length &= literals.len() == first.len();
        for (ordinal, (a, b)) in first.iter().zip(literals).enumerate() {
            changing |= u32::from(a != b) << ordinal;
        }
        count += 1;
    }
    let hidden = first.iter().any(|literal| literal.as_param().is_some());
    let change = change(facts, first.len(), changing, same_length, hidden);
    let key = change.1;
    let (distinct, monotone, hash) = match key {
        Some(ordinal) => {
            values.clear();
            values.extend(
                items
                    .iter()
                    .filter(|item| item.fingerprint == fingerprint.0)
                    .filter_map(|item| conversation.literals(item).get(usize::from(ordinal))),
            );
            series(values)
        }
        None => (1, false, 0),
    };
    Parameters {
        change: change.0,
        key,
        literals: first.len() as u8,
        distinct,
        monotone,
        values: hash,
        executions: count,
    }
}

fn change(
    facts: &Facts,
    literals: usize,
    changing: u32,
    same_length: bool,
    hidden: bool,
) -> (Change, Option<u8>) {
    if !same_length {
        // Lists of different lengths: batches.
        return (Change::Window, None);
    }
    if changing == 0 {
        return (if hidden { Change::Hidden } else { Change::Nothing }, None);
    }
    let Some(places) = facts.places(literals) else { return (Change::Hidden, None) };
    let role = |ordinal: u32| places.roles().get(ordinal as usize).copied();
    let ordinals = || (0..literals as u32).filter(move |ordinal| changing >> ordinal & 1 == 1);
    let has = |wanted: Role| ordinals().any(|ordinal| role(ordinal) == Some(wanted));
    let mut keys = ordinals().filter(|ordinal| role(*ordinal) == Some(Role::Key));
    let key = keys.next().map(|key| key as u8);
    let several = keys.next().is_some();
    if has(Role::Offset) || has(Role::Limit) && key.is_none() {
        return (Change::Page, key);
    }
    if has(Role::Batch) {
        return (Change::Window, None);
    }
    if facts.class == Class::Write {
        let value = ordinals().find(|ordinal| role(*ordinal) == Some(Role::Value));
        return (Change::Values, key.or(value.map(|value| value as u8)));
    }
    match key {
        Some(_) if several => (Change::Keys, key),
        Some(_) => (Change::Key, key),
        // The next page begins behind the last row of the one before.
        None if has(Role::Range) && facts.ordered && facts.limited => (Change::Page, None),
        None => (Change::Window, None),
    }
}

/// Of values in their order: how many differ, whether they go one way, and a hash of them.
fn series(values: &mut Vec<Literal>) -> (u32, bool, u64) {
    let hash = values.iter().fold(0u64, |hash, value| {
        (hash.rotate_left(23) ^ value.sort_key()).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    let ordered = |up: bool| {
        values.windows(2).all(|pair| match (pair[0].as_int(), pair[1].as_int()) {
            (Some(a), Some(b)) if up => a < b,
            (Some(a), Some(b)) => a > b,
            _ => false,
        })
    };
    let monotone = values.len() > 2 && (ordered(true) || ordered(false));
    values.sort_unstable_by_key(|value| value.sort_key());
    values.dedup();
    (values.len() as u32, monotone, hash)
}
