//! What of the assembled log reaches the observers.

use slowlog_event::{Actor, ActorId, Execution, Incident, IncidentKind, Micros, Observer as _};

use crate::filter::Filter;
use crate::observers::Observers;
use crate::outbox::Outbox;

/// Stands for everybody who was not asked for, and for whoever ran a statement that was not.
pub(crate) const EXCLUDED: ActorId = ActorId(u32::MAX);

/// Lets through what was asked for. Everything comes this far, since what is left out still
/// pairs with durations, ends sessions, and names schemas.
#[derive(Debug)]
pub(crate) struct Gate<'f> {
    pub(crate) filter: Option<&'f Filter>,
    pub(crate) observers: Observers,
    /// What comes now is counted elsewhere: nobody is told.
    pub(crate) is_shut: bool,
    /// Where the entries go that were asked for, if they are to be written again.
    pub(crate) outbox: Option<Outbox<'f>>,
}

impl Gate<'_> {
    /// The number of an actor.
    pub(crate) fn actor(&mut self, actor: &Actor<'_>) -> ActorId {
        match self.filter {
            Some(filter) if !filter.has_actor(actor) => EXCLUDED,
            _ => self.observers.digest.actors.id(actor),
        }
    }

    /// A completed statement; says whether it was asked for.
    #[inline]
    pub(crate) fn execution(&mut self, execution: &Execution<'_>) -> bool {
        let admitted = self.filter.is_none_or(|filter| admits(filter, execution));
        if self.is_shut {
            return admitted;
        }
        if admitted {
            self.observers.execution(execution);
            self.keep(execution.entry);
        } else {
            self.observers.digest.exclude(execution);
        }
        admitted
    }

    /// A statement without a time.
    pub(crate) fn untimed(&mut self, execution: &Execution<'_>) {
        let admitted = self.filter.is_none_or(|filter| admits_untimed(filter, execution));
        if admitted && !self.is_shut {
            self.observers.untimed(execution);
            self.keep(execution.entry);
        }
    }

    /// Anything else; says whether it was asked for.
    #[inline]
    pub(crate) fn incident(&mut self, incident: &Incident) -> bool {
        let admitted = self.filter.is_none_or(|filter| admits_incident(filter, incident));
        self.belongs(incident, admitted);
        admitted
    }

    /// What belongs to something that was asked for, or to something that was not.
    #[inline]
    pub(crate) fn belongs(&mut self, incident: &Incident, admitted: bool) {
        if self.is_shut {
            return;
        }
        if admitted {
            self.observers.incident(incident);
            self.keep(incident.entry);
        } else {
            self.observers.digest.exclude_incident(incident);
        }
    }

    /// An entry belongs to what was asked for.
    #[inline]
    pub(crate) fn keep(&mut self, entry: u64) {
        if let Some(outbox) = self.outbox.as_mut().filter(|_| !self.is_shut) {
            outbox.keep(entry);
        }
    }

    /// What an entry belongs to is not known yet.
    #[inline]
    pub(crate) fn hold(&mut self, entry: u64) {
        if let Some(outbox) = &mut self.outbox {
            outbox.hold(entry);
        }
    }

    /// What an entry belongs to was known by now.
    #[inline]
    pub(crate) fn release(&mut self, entry: u64) {
        if let Some(outbox) = &mut self.outbox {
            outbox.release(entry);
        }
    }
}

fn admits(filter: &Filter, execution: &Execution<'_>) -> bool {
    execution.actor != EXCLUDED
        && filter.has_duration(Some(execution.duration))
        && filter.has_time(execution.end)
}

fn admits_untimed(filter: &Filter, execution: &Execution<'_>) -> bool {
    execution.actor != EXCLUDED && filter.has_duration(None) && filter.has_time(execution.end)
}

fn admits_incident(filter: &Filter, incident: &Incident) -> bool {
    incident.actor != EXCLUDED
        && filter.has_time(incident.time)
        && statement_time(incident.kind).is_none_or(|took| filter.has_duration(Some(took)))
}

/// The time of a statement, if the incident is about that.
fn statement_time(kind: IncidentKind) -> Option<Micros> {
    match kind {
        IncidentKind::Step(took)
        | IncidentKind::Fetch(took)
        | IncidentKind::UnpairedDuration(took) => Some(took),
        _ => None,
    }
}
