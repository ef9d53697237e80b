//! Views in the place of tables: what a statement asks of a view, it asks of the tables behind it.

use slowlog_normalize::access::{Access, Block, Role};

use crate::schema::{Schema, View};
use crate::workload::Statement;

/// Views of views of views: more than so many are not looked behind.
const MOST_VIEWS: usize = 16;
/// A statement with more blocks than this is not made longer.
const MOST_BLOCKS: usize = 64;

/// The statement with the queries of views in their place; `None` if it names none.
pub(crate) fn expand(statement: &Statement<'_>, schema: &Schema) -> Option<Access> {
    if schema.views.is_empty() {
        return None;
    }
    let mut access = statement.access();
    let mut expanded = false;
    for _ in 0..MOST_VIEWS {
        let Some((at, place, view)) = first_view(&access, schema) else { break };
        if access.blocks.len() + view.access.blocks.len() > MOST_BLOCKS {
            break;
        }
        put(&mut access, at, place, view);
        expanded = true;
    }
    expanded.then_some(access)
}

fn first_view<'s>(access: &Access, schema: &'s Schema) -> Option<(usize, usize, &'s View)> {
    access.blocks.iter().enumerate().find_map(|(at, block)| {
        let views = block.sources.iter().enumerate().filter(|(_, source)| !source.table.is_empty());
        views.into_iter().find_map(|(place, source)| {
            let view = schema.view(source.schema.as_deref(), &source.table)?;
            Some((at, place, view))
        })
    })
}

/// Reads the view as one with the block, or else as blocks of its own.
fn put(access: &mut Access, at: usize, place: usize, view: &View) {
    let offset = access.blocks.len();
    let read = &view.access.blocks[view.top];
    let absorbed = access.blocks[at].absorb(place as u16, read);
    access.blocks[at].sources[place].table.clear();
    for (number, block) in view.access.blocks.iter().enumerate() {
        let mut block = if absorbed && number == view.top {
            Block::empty(Role::Derived, Some(at as u16))
        } else {
            block.clone()
        };
        block.parent = match block.parent.map(usize::from) {
            _ if number == view.top => Some(at as u16),
            Some(parent) if parent == view.top && absorbed => Some(at as u16),
            parent => parent.map(|parent| (parent + offset) as u16),
        };
        if number == view.top {
            block.role = Role::Derived;
        }
        access.blocks.push(block);
    }
    access.partial |= view.access.partial;
}
