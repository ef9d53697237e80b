//! Plans that auto_explain has logged apart from their statements.

use slowlog_event::{Execution, FingerprintIndex, Incident, IncidentKind, Micros, Session};

use super::execute;
use super::session::SessionState;
use super::waiting::Waiting;
use crate::gate::Gate;

/// Plans that wait belong to the statement that has ended if they are of the same text and took no
/// longer; otherwise they are executions that the log has no duration of.
#[inline]
pub(super) fn claim_plans(
    state: &mut SessionState,
    session: Option<Session>,
    fingerprint: FingerprintIndex,
    duration: Micros,
    gate: &mut Gate<'_>,
) -> Vec<Waiting> {
    let Some(pending) = &mut state.pending else { return Vec::new() };
    let plans = &mut pending.plans;
    let took = plans.iter().fold(Micros(0), |sum, plan| sum.saturating_add(plan.duration));
    let same = plans.first().is_some_and(|first| first.fingerprint == Some(fingerprint));
    if same && took <= duration {
        return std::mem::take(plans);
    }
    flush_plans(state, session, gate);
    Vec::new()
}

/// Plans without a statement are executions of their own.
pub(super) fn flush_plans(state: &mut SessionState, session: Option<Session>, gate: &mut Gate<'_>) {
    let Some(pending) = &mut state.pending else { return };
    for plan in std::mem::take(&mut pending.plans) {
        let execution = Execution { plan_only: true, ..plan.execution(session, plan.duration) };
        let admitted = execute(state, &execution, gate);
        // Another plan of the same text is another execution.
        state.last = None;
        report_plan(&plan, &execution, admitted, gate);
    }
}

/// Reports a plan of an execution.
pub(super) fn report_plan(
    plan: &Waiting,
    execution: &Execution<'_>,
    admitted: bool,
    gate: &mut Gate<'_>,
) {
    let incident = Incident {
        kind: IncidentKind::Plan,
        fingerprint: Some(execution.fingerprint),
        actor: execution.actor,
        time: plan.time,
        entry: plan.entry,
    };
    // It may be counted while its execution is counted elsewhere.
    let is_shut = std::mem::replace(&mut gate.is_shut, plan.is_shut);
    gate.belongs(&incident, admitted);
    gate.is_shut = is_shut;
    gate.release(plan.entry);
}
