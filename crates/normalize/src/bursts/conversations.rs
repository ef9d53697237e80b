//! The conversations that are open, by what holds each together.

use std::hash::BuildHasher;

use hashbrown::HashTable;

use super::conversation::Conversation;
use super::{Key, MOST_CONVERSATIONS};

/// Conversations by their keys.
#[derive(Debug, Default)]
pub(super) struct Conversations {
    table: HashTable<(Key, Conversation)>,
    hasher: foldhash::fast::RandomState,
    /// Room for those to come: each trace is one.
    spare: Vec<Conversation>,
}

impl Conversations {
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn get(&self, key: Key) -> Option<&Conversation> {
        let found = self.table.find(self.hasher.hash_one(key), |(known, _)| *known == key)?;
        Some(&found.1)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut Conversation> {
        let found = self.table.find_mut(self.hasher.hash_one(key), |(known, _)| *known == key)?;
        Some(&mut found.1)
    }

    /// The conversation of this key, which may begin.
    #[inline]
    pub(super) fn of(&mut self, key: Key) -> &mut Conversation {
        let hash = self.hasher.hash_one(key);
        let conversation = match self.table.find_entry(hash, |(known, _)| *known == key) {
            Ok(found) => found.into_mut(),
            Err(absent) => {
                let begun = self.spare.pop().unwrap_or_default();
                let hasher = &self.hasher;
                let rehash = |(key, _): &(Key, Conversation)| hasher.hash_one(key);
                absent.into_table().insert_unique(hash, (key, begun), rehash).into_mut()
            }
        };
        &mut conversation.1
    }

    /// Takes out a conversation, with its room.
    pub(super) fn remove(&mut self, key: Key) -> Option<Conversation> {
        let hash = self.hasher.hash_one(key);
        let found = self.table.find_entry(hash, |(known, _)| *known == key).ok()?;
        Some(found.remove().0.1)
    }

    /// Takes out all, in the order of their keys.
    pub(super) fn take_all(&mut self) -> Vec<(Key, Conversation)> {
        let mut all: Vec<_> = self.table.drain().collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all
    }

    /// Takes out the half that was idle longest, in the order of their keys.
    pub(super) fn take_idle(&mut self) -> Vec<(Key, Conversation)> {
        let mut touched: Vec<u64> = self.table.iter().map(|(_, open)| open.touched).collect();
        touched.sort_unstable();
        let limit = touched.get(touched.len() / 2).copied().unwrap_or_default();
        let mut idle: Vec<_> = self.table.extract_if(|(_, open)| open.touched <= limit).collect();
        idle.sort_unstable_by_key(|(key, _)| *key);
        idle
    }

    /// Keeps the room of one that is over.
    pub(super) fn recycle(&mut self, over: Conversation) {
        if self.spare.len() < MOST_CONVERSATIONS {
            self.spare.extend(over.emptied());
        }
    }
}
