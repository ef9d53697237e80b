//! A schema from the queries alone.

use slowlog_normalize::access::{Column as Named, Operand};

use crate::schema::{Column, Index, IndexKey, Schema, Table};
use crate::workload::Statement;

/// The tables and columns that statements name. `id` is taken for the primary key.
pub(crate) fn schema(statements: &[Statement<'_>]) -> Schema {
    let mut schema = Schema::default();
    for block in statements.iter().flat_map(|statement| statement.access().blocks) {
        for source in block.sources.iter().filter(|source| !source.table.is_empty()) {
            schema.add(Table {
                schema: source.schema.clone(),
                name: source.table.clone(),
                written: source
                    .written
                    .as_ref()
                    .map(|written| (source.schema.clone(), written.to_string())),
                guessed: true,
                ..Table::default()
            });
        }
        let operands = block
            .predicates
            .iter()
            .chain(block.alternatives.iter().flatten().flatten())
            .map(|predicate| &predicate.operand)
            .chain(block.order.iter().map(|key| &key.operand))
            .chain(&block.group);
        let columns = operands.flat_map(|operand| match operand {
            Operand::Column(column) => std::slice::from_ref(column),
            Operand::Expression(expression) => &expression.columns,
            Operand::Other => &[],
        });
        let joined = block.joins.iter().flat_map(|join| [&join.left, &join.right]);
        let columns: Vec<&Named> = columns.chain(joined).chain(&block.output).collect();
        for column in columns {
            let Some(source) = column.source.and_then(|at| block.sources.get(usize::from(at)))
            else {
                continue;
            };
            let Some(table) = schema.table_mut(source.schema.as_deref(), &source.table) else {
                continue;
            };
            if table.column(&column.name).is_none() {
                table.columns.push(Column { name: column.name.clone(), ..Column::default() });
            }
        }
    }
    for table in &mut schema.tables {
        table.columns.shrink_to_fit();
        if table.column("id").is_some() {
            table.indexes.push(Index {
                name: "PRIMARY".to_owned(),
                keys: vec![IndexKey { text: "id".to_owned(), ..IndexKey::default() }],
                unique: true,
                primary: true,
                constraint: true,
                method: "btree".to_owned(),
                ..Index::default()
            });
        }
    }
    schema
}
