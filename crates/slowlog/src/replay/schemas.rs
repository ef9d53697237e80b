//! The schema that entries of a slow log inherit.

use hashbrown::HashMap;
use slowlog_event::ActorId;

use crate::gate::EXCLUDED;

/// Past so many schemas the memory begins anew.
const MOST: usize = 4096;

/// The schema that a slow log has named last, and who actors are with it.
///
/// The server writes `use` only where the schema is another than that of the entry before, whoever
/// sent that. So a log may go back and forth between a few.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    /// `None` where it has named none since the server opened it.
    current: Option<u32>,
    names: Vec<Box<[u8]>>,
    numbers: HashMap<Box<[u8]>, u32, foldhash::fast::RandomState>,
    /// By schema, and by the actor without one.
    actors: HashMap<(u32, ActorId), ActorId, foldhash::fast::RandomState>,
}

impl Schemas {
    /// The server has opened its log.
    pub(super) fn forget(&mut self) {
        self.current = None;
    }

    /// The log names a schema.
    #[inline]
    pub(super) fn name(&mut self, schema: &[u8]) {
        if self.current() != Some(schema) {
            let number = self.numbers.get(schema).copied();
            self.current = Some(number.unwrap_or_else(|| self.learn(schema)));
        }
    }

    #[cold]
    fn learn(&mut self, schema: &[u8]) -> u32 {
        if self.names.len() >= MOST {
            *self = Self::default();
        }
        let number = self.names.len() as u32;
        self.names.push(schema.into());
        self.numbers.insert(schema.into(), number);
        number
    }

    /// The schema that was named last.
    #[inline]
    pub(super) fn current(&self) -> Option<&[u8]> {
        self.current.map(|number| &*self.names[number as usize])
    }

    /// Who an actor without a schema is with the current one; `find` looks for that.
    #[inline]
    pub(super) fn actor(&mut self, own: ActorId, find: impl FnOnce(&[u8]) -> ActorId) -> ActorId {
        let Some(current) = self.current else { return own };
        let schema = &self.names[current as usize];
        // Many actors are one if they were not asked for without a schema.
        if own == EXCLUDED {
            return find(schema);
        }
        *self.actors.entry((current, own)).or_insert_with(|| find(schema))
    }
}
