//! Users, databases, applications and clients.

use hashbrown::HashTable;
use slowlog_event::{Actor, ActorId, Micros};

/// Which kind of name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// Database user.
    User,
    /// Database.
    Database,
    /// Application name.
    Application,
    /// Client host.
    Client,
}

const KINDS: [NameKind; 4] =
    [NameKind::User, NameKind::Database, NameKind::Application, NameKind::Client];

/// Past so many actors, new ones are counted without their names.
const MOST_ACTORS: usize = 65_536;

/// The names of an actor as indexes of [`Actors::name`].
pub type ActorNames = [Option<u32>; 4];

#[derive(Debug, Clone)]
struct KnownActor {
    names: ActorNames,
    executions: u64,
    duration_us: u64,
}

/// Everybody who ran a statement, with totals.
#[derive(Debug, Clone, Default)]
pub struct Actors {
    known: Vec<KnownActor>,
    by_names: HashTable<u32>,
    names: Vec<(NameKind, Box<[u8]>)>,
    by_text: HashTable<u32>,
    hasher: foldhash::fast::RandomState,
    /// Actors that came after the table was full.
    overflow: bool,
}

/// A name and what was run under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameTotal<'a> {
    /// The name as the log has it.
    pub name: &'a [u8],
    /// Executions.
    pub executions: u64,
    /// Their durations in microseconds.
    pub duration_us: u64,
}

impl Actors {
    /// The id of an actor; the same for the same names, however often it is asked for: past the most
    /// that are known, those that came before keep theirs, and all others have one.
    pub fn id(&mut self, actor: &Actor<'_>) -> ActorId {
        let is_full = self.known.len() >= MOST_ACTORS;
        let mut names = [None; 4];
        let texts = [actor.user, actor.database, actor.application, actor.client];
        for ((slot, kind), text) in names.iter_mut().zip(KINDS).zip(texts) {
            let Some(text) = text else { continue };
            *slot = self.known_name(kind, text);
            if slot.is_none() && is_full {
                return self.unnamed();
            }
            *slot = Some(slot.unwrap_or_else(|| self.new_name(kind, text)));
        }
        match self.find(&names) {
            Some(known) => known,
            None if is_full => self.unnamed(),
            None => self.add(names),
        }
    }

    /// The actor without names that stands for those past the most.
    #[cold]
    fn unnamed(&mut self) -> ActorId {
        self.overflow = true;
        let names = [None; 4];
        self.find(&names).unwrap_or_else(|| self.add(names))
    }

    fn find(&self, names: &ActorNames) -> Option<ActorId> {
        let hash = hash(&self.hasher, names);
        let known = self.by_names.find(hash, |id| self.known[*id as usize].names == *names);
        known.map(|id| ActorId(*id))
    }

    fn add(&mut self, names: ActorNames) -> ActorId {
        let id = self.known.len() as u32;
        self.known.push(KnownActor { names, executions: 0, duration_us: 0 });
        let (known_actors, hasher) = (&self.known, &self.hasher);
        self.by_names.insert_unique(hash(hasher, &names), id, |id| {
            hash(hasher, &known_actors[*id as usize].names)
        });
        ActorId(id)
    }

    fn known_name(&self, kind: NameKind, text: &[u8]) -> Option<u32> {
        let known = self.by_text.find(hash(&self.hasher, &(kind, text)), |id| {
            let (known_kind, known) = &self.names[*id as usize];
            *known_kind == kind && **known == *text
        });
        known.copied()
    }

    fn new_name(&mut self, kind: NameKind, text: &[u8]) -> u32 {
        let id = self.names.len() as u32;
        self.names.push((kind, text.into()));
        let (names, hasher) = (&self.names, &self.hasher);
        self.by_text.insert_unique(hash(hasher, &(kind, text)), id, |id| {
            let (kind, text) = &names[*id as usize];
            hash(hasher, &(*kind, &**text))
        });
        id
    }

    #[inline]
    pub(crate) fn count(&mut self, actor: ActorId, executions: u64, duration: Micros) {
        if let Some(actor) = self.known.get_mut(actor.0 as usize) {
            actor.executions += executions;
            actor.duration_us = actor.duration_us.saturating_add(duration.0);
        }
    }

    /// The names of an actor: user, database, application, client.
    pub fn names_of(&self, actor: ActorId) -> ActorNames {
        self.known.get(actor.0 as usize).map(|actor| actor.names).unwrap_or_default()
    }

    /// The kind and text of a name.
    pub fn name(&self, name: u32) -> Option<(NameKind, &[u8])> {
        self.names.get(name as usize).map(|(kind, text)| (*kind, &**text))
    }

    /// Is the table full, so that the totals by name do not cover everybody?
    pub fn overflow(&self) -> bool {
        self.overflow
    }

    /// The names of one kind that ran anything, the longest total first.
    pub fn totals(&self, kind: NameKind) -> Vec<NameTotal<'_>> {
        let mut sums: Vec<NameTotal<'_>> = self
            .names
            .iter()
            .map(|(_, name)| NameTotal { name, executions: 0, duration_us: 0 })
            .collect();
        let place = KINDS.iter().position(|known| *known == kind).unwrap_or_default();
        for actor in &self.known {
            if let Some(name) = actor.names[place] {
                let sum = &mut sums[name as usize];
                sum.executions += actor.executions;
                sum.duration_us = sum.duration_us.saturating_add(actor.duration_us);
            }
        }
        sums.retain(|sum| sum.executions > 0 || sum.duration_us > 0);
        sums.sort_by(|a, b| (b.duration_us, a.name).cmp(&(a.duration_us, b.name)));
        sums
    }
}

fn hash(hasher: &foldhash::fast::RandomState, value: &impl std::hash::Hash) -> u64 {
    std::hash::BuildHasher::hash_one(hasher, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_known_before_the_table_was_full_is_known_for_good() {
        let mut actors = Actors::default();
        let client = |number: u32| number.to_le_bytes();
        let mut id = |number| {
            actors.id(&Actor {
                client: Some(&client(number)),
                user: Some(b"u"),
                ..Actor::default()
            })
        };
        let most = MOST_ACTORS as u32;
        let first: Vec<ActorId> = (0..most).map(&mut id).collect();
        let late = [id(most), id(most + 1)];
        assert_eq!(late[0], late[1]);
        assert!(!first.contains(&late[0]));
        assert!((0..most).map(&mut id).eq(first));
        assert_eq!(id(most), late[0]);
        assert!(actors.overflow());
        assert_eq!(actors.names_of(late[0]), [None; 4]);
    }
}
