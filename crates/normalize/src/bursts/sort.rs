//! Which sort of loop the statements of a turn make.

use super::parameters::{Change, Parameters};
use super::pattern::BurstKind;
use super::statement::{Class, Facts};

/// What a loop of these statements is; `None` for what is no N+1 however often it comes.
pub(super) fn kind<'s>(
    statements: &[(u32, Parameters)],
    facts: impl Fn(u32) -> Option<&'s Facts>,
) -> Option<BurstKind> {
    let mut writes = false;
    let mut looks_up = false;
    let mut queue = false;
    for (statement, found) in statements {
        let facts = facts(*statement)?;
        match found.change {
            // Pages of a list are requests or batches; so are lists of changing length.
            Change::Page | Change::Window => return None,
            Change::Key | Change::Keys | Change::Hidden => looks_up |= facts.class == Class::Read,
            Change::Values => {}
            // The next job of a queue.
            Change::Nothing => queue |= facts.ordered && facts.limited,
        }
        if facts.skips_locked {
            return None;
        }
        writes |= facts.class == Class::Write && found.change != Change::Nothing;
    }
    match (writes, looks_up) {
        (true, _) if queue => None,
        (true, _) => Some(BurstKind::Write),
        (_, true) => Some(BurstKind::Read),
        _ => {
            let reads = statements
                .iter()
                .all(|(statement, _)| facts(*statement).is_some_and(|f| f.class == Class::Read));
            reads.then_some(BurstKind::Duplicate)
        }
    }
}

/// Do two statements of a turn have the same value in each turn?
pub(super) fn share_key(statements: &[(u32, Parameters)]) -> bool {
    statements.iter().enumerate().any(|(place, (_, a))| {
        statements[place + 1..].iter().any(|(_, b)| {
            a.key.is_some()
                && b.key.is_some()
                && a.distinct > 1
                && (a.values, a.executions) == (b.values, b.executions)
        })
    })
}
