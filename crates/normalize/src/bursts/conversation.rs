//! What one session, or one traced request, has sent since it was last silent.

use slowlog_event::{ActorId, Counter, Execution, Literal};

use super::parent::near;
use super::pattern::Scope;

/// A conversation is looked at each time it has so many statements more: few enough that those of
/// many sessions stay close to the processor. What is found does not depend on it.
const LOOK_EVERY: usize = 64;
/// So many that no loop can be told of are taken as they are. Where a pool mixes requests, so many
/// are looked at together.
const MOST_ITEMS: usize = 2048;
/// A session that is silent for so long is at another request, in microseconds. That is a cut and
/// no evidence: gaps within requests and between those of a busy pool are alike.
pub(crate) const SILENCE_US: i64 = 100_000;
/// The same where stamps are whole seconds, as in the slow log of MariaDB.
const SILENCE_OF_SECONDS_US: i64 = 2_000_000;
const SECOND_US: i64 = 1_000_000;

/// Is the stamp of a statement a whole second, be it that of its end or of its start?
#[inline]
pub(crate) fn is_vague(end: i64, duration: u64) -> bool {
    end % SECOND_US == 0 || end.saturating_sub_unsigned(duration) % SECOND_US == 0
}

/// Most traces have no more items.
const FEW: usize = 16;

/// Not known.
pub(crate) const UNKNOWN: u32 = u32::MAX;

/// An execution of a conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) fingerprint: u32,
    pub(crate) input: u32,
    pub(crate) line: u64,
    /// Microseconds since 1970; `i64::MIN` if not known.
    pub(crate) end: i64,
    /// Microseconds.
    pub(crate) duration: u64,
    /// The transaction it ran in; 0 for none, or not known.
    pub(crate) transaction: u64,
    literals: u32,
    literals_len: u8,
    /// Rows sent to the client; [`UNKNOWN`] where the log does not say.
    pub(crate) rows_sent: u32,
    pub(crate) session: u64,
}

/// The statements of a session or of a traced request that may belong together.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    pub(crate) items: Vec<Item>,
    literals: Vec<Literal>,
    /// The fingerprint of the last item.
    last: u32,
    pub(crate) actor: Option<ActorId>,
    route: u64,
    last_end: i64,
    /// The transaction that a BEGIN has opened.
    pub(crate) transaction: u64,
    pub(crate) touched: u64,
    /// Most statements of the whole life of the session are of this fingerprint, if any is: a
    /// majority vote.
    majority: (u32, u32),
    /// How many statements there were in its life.
    pub(crate) lived: u32,
    /// Items before this one were looked at already; they stay as what came before.
    pub(crate) seen: usize,
    /// Of those behind it, so many were looked at in vain.
    open: usize,
    /// What holds it together.
    pub(crate) scope: Scope,
}

impl Conversation {
    /// Held together by this.
    pub(crate) fn of(scope: Scope) -> Self {
        Self { scope, ..Self::default() }
    }

    /// Has another request begun: another actor, another route, or silence before it?
    #[inline]
    pub(crate) fn is_over(&self, execution: &Execution<'_>, route: u64) -> bool {
        if self.items.is_empty() {
            return false;
        }
        if self.actor != Some(execution.actor)
            || self.route != route && self.scope == Scope::Session
        {
            return true;
        }
        let Some(end) = execution.end else { return false };
        if self.last_end == i64::MIN || self.scope == Scope::Trace {
            return false;
        }
        let start = end.0.saturating_sub_unsigned(execution.duration.0);
        let silence = start.saturating_sub(self.last_end);
        if silence <= SILENCE_US {
            return false;
        }
        let is_vague = is_vague(end.0, execution.duration.0)
            && self.items.last().is_some_and(|last| is_vague(last.end, last.duration));
        let in_transaction = self.transaction != 0
            || execution.transaction.is_some_and(|transaction| {
                self.items.last().is_some_and(|last| last.transaction == transaction)
            });
        silence > if is_vague { SILENCE_OF_SECONDS_US } else { SILENCE_US } && !in_transaction
    }

    #[inline]
    pub(crate) fn push(&mut self, execution: &Execution<'_>, route: u64) {
        let literals = self.literals.len() as u32;
        self.literals.extend_from_slice(execution.literals);
        let fingerprint = execution.fingerprint.0;
        let rows_sent = execution.slow.map_or(UNKNOWN, |slow| {
            let sent = slow.counters.iter().find(|(counter, _)| *counter == Counter::RowsSent);
            sent.map_or(UNKNOWN, |(_, rows)| u32::try_from(*rows).unwrap_or(UNKNOWN - 1))
        });
        self.last_end = execution.end.map_or(i64::MIN, |end| end.0);
        self.last = fingerprint;
        self.actor = Some(execution.actor);
        self.route = route;
        self.items.push(Item {
            fingerprint,
            input: execution.input,
            line: execution.position.line,
            end: self.last_end,
            duration: execution.duration.0,
            transaction: execution.transaction.unwrap_or(self.transaction),
            literals,
            literals_len: execution.literals.len() as u8,
            rows_sent,
            session: execution.session.map_or(0, |session| session.0),
        });
        self.lived = self.lived.saturating_add(1);
        let (most, votes) = self.majority;
        let is_for = votes == 0 || most == fingerprint;
        self.majority =
            if is_for { (fingerprint, votes.saturating_add(1)) } else { (most, votes - 1) };
    }

    /// The only item that was not looked at, by its fingerprint, unless requests are mixed in it.
    #[inline]
    pub(crate) fn only(&self) -> Option<u32> {
        (self.items.len() == self.seen + 1 && self.scope != Scope::Pool).then_some(self.last)
    }

    /// Is it time to look at it? What may be a loop that goes on is looked at each time it has
    /// doubled.
    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        let least = if self.scope == Scope::Pool { MOST_ITEMS } else { LOOK_EVERY };
        self.items.len() - self.seen >= (2 * self.open).clamp(least, MOST_ITEMS)
    }

    /// Are there as many statements as it may have that no loop can be told of?
    pub(crate) fn is_full(&self) -> bool {
        self.items.len() - self.seen >= MOST_ITEMS
    }

    pub(crate) fn literals(&self, item: &Item) -> &[Literal] {
        &self.literals[item.literals as usize..][..usize::from(item.literals_len)]
    }

    /// Has the session sent hardly anything but this statement? By the votes, it was at least nine
    /// tenths of all.
    pub(crate) fn lives_for(&self, fingerprint: u32) -> bool {
        let (most, votes) = self.majority;
        most == fingerprint && self.lived >= 10 && votes / 4 >= self.lived / 5
    }

    /// Adds what another conversation has.
    pub(crate) fn append(&mut self, other: &Self) {
        let literals = self.literals.len() as u32;
        self.literals.extend_from_slice(&other.literals);
        let moved = |item: &Item| Item { literals: item.literals + literals, ..*item };
        self.items.extend(other.items.iter().map(moved));
        self.last = other.last;
        self.actor = other.actor;
        self.last_end = other.last_end;
        self.lived = self.lived.saturating_add(other.items.len() as u32);
    }

    /// Adds a single item of another conversation.
    pub(crate) fn append_item(&mut self, other: &Self, item: &Item) {
        let literals = self.literals.len() as u32;
        self.literals.extend_from_slice(other.literals(item));
        self.items.push(Item { literals, ..*item });
        self.last = item.fingerprint;
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.items.clear();
        self.literals.clear();
        (self.seen, self.open) = (0, 0);
    }

    /// One that begins, in the room of this one, unless that is much.
    pub(crate) fn emptied(mut self) -> Option<Self> {
        self.clear();
        let is_small = self.items.capacity() <= FEW && self.literals.capacity() <= 4 * FEW;
        is_small.then(|| Self { items: self.items, literals: self.literals, ..Self::default() })
    }

    /// Forgets what stands before an item, but for what may be the parent of a burst that begins
    /// there. The room that many items have taken is given back.
    pub(crate) fn forget_before(&mut self, open: usize) {
        let first = if open < self.items.len() { near(&self.items[..open]) } else { open };
        let first_literal = self.items.get(first).map(|item| item.literals);
        self.items.drain(..first);
        self.literals.drain(..first_literal.map_or(self.literals.len(), |first| first as usize));
        for item in &mut self.items {
            item.literals -= first_literal.unwrap_or_default();
        }
        self.seen = open - first;
        self.open = self.items.len() - self.seen;
        self.items.shrink_to(2 * LOOK_EVERY);
        self.literals.shrink_to(4 * LOOK_EVERY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_fills_a_cache_line() {
        assert!(size_of::<Item>() <= 72);
    }
}
