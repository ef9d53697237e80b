//! What a statement writes, and what it reads to do so.

use sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, FromTable, Insert, SetExpr, TableObject, Update,
    UpdateTableFromKind,
};

use super::access::{Limit, Role, Write, WriteKind};
use super::operand::{constant, plain};
use super::reader::{MOST_OUTPUT, Reader, number};

impl Reader {
    pub(super) fn insert(&mut self, insert: &Insert) {
        if let TableObject::TableName(name) = &insert.table {
            let (schema, table) = self.table_name(name);
            let columns: Vec<String> = insert
                .columns
                .iter()
                .filter_map(|name| name.0.last()?.as_ident())
                .map(|ident| self.name(ident))
                .collect();
            let mut rows = 1;
            let mut states = Vec::new();
            if let Some(SetExpr::Values(values)) =
                insert.source.as_ref().map(|source| &*source.body)
            {
                rows = values.rows.len() as u32;
                if let Some(row) = values.rows.first() {
                    states = columns
                        .iter()
                        .zip(row.content.iter())
                        .filter_map(|(column, expr)| {
                            Some((column.clone(), constant(plain(expr))?.word?))
                        })
                        .collect();
                }
            }
            self.write =
                Some(Write { kind: WriteKind::Insert, schema, table, columns, states, rows });
        }
        if let Some(source) = &insert.source
            && !matches!(&*source.body, SetExpr::Values(_))
        {
            let _ = self.query(source, Role::Top, None);
        }
    }

    pub(super) fn update(&mut self, update: &Update) {
        let Some(at) = self.open(Role::Top, None) else { return };
        let mut conditions = self.tables(at, std::slice::from_ref(&update.table), false);
        if let Some(UpdateTableFromKind::AfterSet(from) | UpdateTableFromKind::BeforeSet(from)) =
            &update.from
        {
            conditions.extend(self.tables(at, from, false));
        }
        self.conditions(at, conditions);
        self.conditions(at, update.selection.iter().map(|expr| (expr, false)).collect());
        let (columns, states) = self.assignments(at, &update.assignments);
        self.blocks[at].all_columns = true;
        self.order(at, &update.order_by, &[], &[]);
        self.blocks[at].limit = update.limit.as_ref().map(|limit| Limit {
            rows: number(limit),
            has_offset: false,
            offset: None,
        });
        self.written(at, WriteKind::Update, columns, states);
    }

    fn assignments(
        &mut self,
        at: usize,
        assignments: &[Assignment],
    ) -> (Vec<String>, Vec<(String, String)>) {
        let (mut columns, mut states) = (Vec::new(), Vec::new());
        for assignment in assignments.iter().take(MOST_OUTPUT) {
            if let AssignmentTarget::ColumnName(name) = &assignment.target
                && let Some(ident) = name.0.last().and_then(|part| part.as_ident())
            {
                let name = self.name(ident);
                if let Some(word) =
                    constant(plain(&assignment.value)).and_then(|constant| constant.word)
                {
                    states.push((name.clone(), word));
                }
                columns.push(name);
            }
            self.reads(at, &assignment.value);
        }
        (columns, states)
    }

    pub(super) fn delete(&mut self, delete: &Delete) {
        let Some(at) = self.open(Role::Top, None) else { return };
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let mut conditions = self.tables(at, from, false);
        if let Some(using) = &delete.using {
            conditions.extend(self.tables(at, using, false));
        }
        self.conditions(at, conditions);
        self.conditions(at, delete.selection.iter().map(|expr| (expr, false)).collect());
        self.blocks[at].all_columns = true;
        self.order(at, &delete.order_by, &[], &[]);
        self.blocks[at].limit = delete.limit.as_ref().map(|limit| Limit {
            rows: number(limit),
            has_offset: false,
            offset: None,
        });
        self.written(at, WriteKind::Delete, Vec::new(), Vec::new());
    }

    fn written(
        &mut self,
        at: usize,
        kind: WriteKind,
        columns: Vec<String>,
        states: Vec<(String, String)>,
    ) {
        if let Some(source) = self.blocks[at].sources.first() {
            let (schema, table) = (source.schema.clone(), source.table.clone());
            self.write = Some(Write { kind, schema, table, columns, states, rows: 1 });
        }
    }
}
