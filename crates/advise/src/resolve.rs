//! From what a statement asks by name to what it asks of which table.

use slowlog_normalize::access::{
    Access, Block, Column, Expression, Join, Operand, Predicate, Role, Test, WriteKind,
};

use crate::ask::{Ask, BlockAsk, Edge, Keys, Scan, SortKey, Term, Use, Writes, table_of};
use crate::collation;
use crate::facts::Facts;
use crate::schema::TypeClass;
use crate::term::{bound_twice, is_immutable, leave_implied};
use crate::workload::Statement;

/// A statement with more blocks than this gets none for foreign keys.
const MOST_REFERENCES: usize = 80;

/// Resolves the statements of a workload.
pub(crate) struct Resolver<'f, 'a> {
    pub(crate) facts: &'f Facts<'a>,
    pub(crate) keys: &'f mut Keys,
    pub(crate) writes: &'f Writes,
}

/// What the statements write, before anything else is known.
pub(crate) fn writes(facts: &Facts<'_>, statements: &[Statement<'_>]) -> Writes {
    let mut writes = Writes::default();
    for statement in statements {
        let Some(write) = statement.access().write else { continue };
        let Some(table) = table_of(facts.schema, write.schema.as_deref(), &write.table) else {
            continue;
        };
        let rows = statement.executions as f64 * f64::from(write.rows.max(1));
        match write.kind {
            WriteKind::Insert => *writes.inserts.entry(table).or_default() += rows,
            WriteKind::Update => {
                writes.updates.entry(table).or_default().push((write.columns.clone(), rows));
                for (column, state) in &write.states {
                    let states = writes.states.entry((table, column.clone())).or_default();
                    states.push((state.clone(), rows));
                }
            }
            WriteKind::Delete => {}
        }
    }
    writes
}

impl Resolver<'_, '_> {
    pub(crate) fn statement(&mut self, place: usize, statement: &Statement<'_>) -> Ask {
        let access = statement.access();
        let mut asks: Vec<BlockAsk> =
            access.blocks.iter().map(|block| self.block(block, &access, statement)).collect();
        self.references(&access, &mut asks);
        let mut tables: Vec<usize> =
            asks.iter().flat_map(|block| &block.scans).map(|scan| scan.table).collect();
        tables.sort_unstable();
        tables.dedup();
        Ask { statement: place, blocks: asks, tables }
    }

    /// A delete looks for rows that refer to the one deleted, in each table with such a foreign key.
    fn references(&mut self, access: &Access, asks: &mut Vec<BlockAsk>) {
        let deleted = access.write.as_ref().filter(|write| write.kind == WriteKind::Delete);
        let Some(deleted) = deleted else { return };
        let Some(parent) = table_of(self.facts.schema, deleted.schema.as_deref(), &deleted.table)
        else {
            return;
        };
        for (place, key) in self.facts.referrers(parent) {
            if asks.is_empty() || asks.len() >= MOST_REFERENCES {
                break;
            }
            let terms = key.columns.iter().map(|column| self.equal(place, column)).collect();
            asks.push(BlockAsk {
                role: Role::Scalar,
                scans: vec![Scan {
                    table: place,
                    terms,
                    alternatives: Vec::new(),
                    columns: None,
                    nullable: false,
                }],
                edges: Vec::new(),
                order: None,
                sorts: false,
                limit: None,
                parent: Some(0),
                correlated: true,
                optional: Vec::new(),
                aggregates: false,
            });
        }
    }

    fn block(&mut self, block: &Block, access: &Access, statement: &Statement<'_>) -> BlockAsk {
        let blocks = &access.blocks[..];
        // Places of sources among the scans: what is no known table is none.
        let mut places = Vec::with_capacity(block.sources.len());
        let mut scans: Vec<Scan> = Vec::with_capacity(block.sources.len());
        for source in &block.sources {
            let table = table_of(self.facts.schema, source.schema.as_deref(), &source.table);
            places.push(table.map(|_| scans.len()));
            scans.extend(table.map(|table| Scan {
                table,
                terms: Vec::new(),
                alternatives: Vec::new(),
                columns: None,
                nullable: source.nullable,
            }));
        }
        let names = Names { places: &places, facts: self.facts };
        for predicate in &block.predicates {
            if let Some((scan, term)) = self.term(predicate, &scans, &names, statement) {
                scans[scan].terms.push(term);
            }
        }
        for scan in &mut scans {
            bound_twice(&mut scan.terms);
            leave_implied(&mut scan.terms);
            scan.terms.shrink_to_fit();
        }
        for group in &block.alternatives {
            self.alternatives(group, &mut scans, &names, statement);
        }
        self.calibrate(&mut scans, block, blocks, statement);
        let mut edges = Vec::new();
        for join in &block.joins {
            let (Some(left), Some(right)) =
                (names.scan(&join.left, &scans), names.scan(&join.right, &scans))
            else {
                continue;
            };
            if left != right && !self.is_converted(&scans, (left, &join.left), (right, &join.right))
            {
                let left_key = self.keys.column(scans[left].table, &join.left.name);
                let right_key = self.keys.column(scans[right].table, &join.right.name);
                edges.push(Edge { left: (left, left_key), right: (right, right_key) });
            }
        }
        if !block.all_columns && !block.locks {
            self.columns(block, &mut scans, &names);
        }
        let order = self.order(block, &scans, &names);
        let sorts = (!block.order.is_empty() && order.is_none())
            || !block.group.is_empty()
            || block.distinct;
        let limit = match (&block.limit, &block.aggregates.extremum) {
            (Some(limit), _) => {
                Some(limit.rows.unwrap_or(50) as f64 + limit.offset.unwrap_or(0) as f64)
            }
            (None, Some(_)) => Some(1.0),
            (None, None) if matches!(block.role, Role::Exists | Role::NotExists) => Some(1.0),
            _ => None,
        };
        let limit = limit.filter(|_| !block.aggregates.any || block.aggregates.extremum.is_some());
        // All rows are found, so that they can be counted.
        let counted = access.found_rows && block.role == Role::Top;
        let limit = limit.filter(|_| !counted);
        let parent = block.parent.map(usize::from);
        let mut optional = self.optional(block, blocks, &scans, &names);
        if blocks.iter().any(gives_few) {
            optional.extend(self.looked_up(block, &scans, &names));
        }
        BlockAsk {
            role: block.role,
            scans,
            edges,
            order,
            sorts,
            limit,
            parent,
            correlated: block.correlated && parent.is_some(),
            optional,
            aggregates: block.aggregates.any,
        }
    }

    /// Are the columns of different character sets or collations, so that no index joins them?
    fn is_converted(
        &self,
        scans: &[Scan],
        left: (usize, &Column),
        right: (usize, &Column),
    ) -> bool {
        let table = |scan: usize| &self.facts.schema.tables[scans[scan].table];
        self.facts.dialect == slowlog_event::Dialect::MySql
            && collation::mismatch(table(left.0), &left.1.name, table(right.0), &right.1.name)
                .is_some()
    }

    /// `x IN (SELECT y …)` may be answered by looking for `y = x`.
    fn optional(
        &mut self,
        block: &Block,
        blocks: &[Block],
        scans: &[Scan],
        names: &Names<'_, '_>,
    ) -> Vec<(usize, Term)> {
        let [column] = block.output.as_slice() else { return Vec::new() };
        let parent_has_rows = block.parent.and_then(|at| blocks.get(usize::from(at))).is_some();
        let applies = matches!(block.role, Role::In | Role::NotIn)
            && parent_has_rows
            && !block.aggregates.any
            && block.limit.is_none();
        let Some(scan) = names.scan(column, scans).filter(|_| applies) else { return Vec::new() };
        let table = scans[scan].table;
        vec![(scan, self.equal(table, &column.name))]
    }

    /// Keys that a source which is no table gives a value, where such a one has few rows.
    fn looked_up(
        &mut self,
        block: &Block,
        scans: &[Scan],
        names: &Names<'_, '_>,
    ) -> Vec<(usize, Term)> {
        let is_made = |column: &Column| {
            column.source.is_some_and(|source| names.places.get(usize::from(source)) == Some(&None))
        };
        let both = |join: &Join| {
            [(join.left.clone(), join.right.clone()), (join.right.clone(), join.left.clone())]
        };
        let mut found = Vec::new();
        for (column, other) in block.joins.iter().flat_map(both) {
            if let Some(scan) = names.scan(&column, scans).filter(|_| is_made(&other)) {
                found.push((scan, self.equal(scans[scan].table, &column.name)));
            }
        }
        found
    }

    /// One value of a column.
    fn equal(&mut self, table: usize, column: &str) -> Term {
        Term {
            key: self.keys.column(table, column),
            use_: Use::Equal,
            test: Test::Equal,
            selectivity: self.facts.selectivity(table, column, Test::Equal, None),
            condition: None,
        }
    }

    fn alternatives(
        &mut self,
        group: &[Vec<Predicate>],
        scans: &mut [Scan],
        names: &Names<'_, '_>,
        statement: &Statement<'_>,
    ) {
        let mut of = None;
        let mut branches = Vec::new();
        for branch in group {
            let mut terms = Vec::new();
            for predicate in branch {
                let Some((scan, term)) = self.term(predicate, scans, names, statement) else {
                    continue;
                };
                if *of.get_or_insert(scan) != scan {
                    return;
                }
                terms.push(term);
            }
            bound_twice(&mut terms);
            leave_implied(&mut terms);
            if terms.is_empty() {
                return;
            }
            branches.push(terms);
        }
        if let Some(scan) = of {
            let (table, nullable) = (scans[scan].table, scans[scan].nullable);
            let alone =
                |terms| Scan { table, terms, alternatives: Vec::new(), columns: None, nullable };
            scans[scan].alternatives.push(branches.into_iter().map(alone).collect());
        }
    }

    /// The columns that are read of each table, for indexes that have them all.
    fn columns(&mut self, block: &Block, scans: &mut [Scan], names: &Names<'_, '_>) {
        let mut columns: Vec<Vec<_>> = vec![Vec::new(); scans.len()];
        for column in &block.output {
            let Some(scan) = names.scan(column, scans) else { return };
            let key = self.keys.column(scans[scan].table, &column.name);
            if !columns[scan].contains(&key) {
                columns[scan].push(key);
            }
        }
        for (scan, columns) in scans.iter_mut().zip(columns) {
            scan.columns = Some(columns.into());
        }
    }

    fn order(
        &mut self,
        block: &Block,
        scans: &[Scan],
        names: &Names<'_, '_>,
    ) -> Option<(usize, Vec<SortKey>)> {
        let extremum = block.aggregates.extremum.iter();
        let keys: Vec<_> =
            if block.aggregates.any { extremum.collect() } else { block.order.iter().collect() };
        let mut of = None;
        let mut sort = Vec::new();
        for key in keys {
            let (scan, id) = self.key(&key.operand, scans, names)?;
            if *of.get_or_insert(scan) != scan {
                return None;
            }
            // An index that says nothing of NULL has it where the server puts it by default.
            let odd_nulls = key.nulls_first.is_some_and(|first| first != key.descending)
                && self.can_be_null(scans[scan].table, id);
            sort.push(SortKey { key: id, descending: key.descending, odd_nulls });
        }
        Some((of?, sort))
    }

    fn key(
        &mut self,
        operand: &Operand,
        scans: &[Scan],
        names: &Names<'_, '_>,
    ) -> Option<(usize, crate::ask::KeyId)> {
        match operand {
            Operand::Column(column) => {
                let scan = names.scan(column, scans)?;
                let table = scans[scan].table;
                Some((scan, self.keys.column(table, &column.name)))
            }
            Operand::Expression(expression) if !expression.text.is_empty() => {
                let scan = names.scan(expression.columns.first()?, scans)?;
                let table = scans[scan].table;
                Some((scan, self.expression_key(table, expression)))
            }
            _ => None,
        }
    }

    fn can_be_null(&self, table: usize, key: crate::ask::KeyId) -> bool {
        let column = self.facts.schema.tables[table].column(&self.keys.text(key).text);
        column.is_none_or(|column| !column.not_null)
    }

    pub(crate) fn expression_key(
        &mut self,
        table: usize,
        expression: &Expression,
    ) -> crate::ask::KeyId {
        let columns: Vec<String> = expression.columns.iter().map(|c| c.name.clone()).collect();
        let classes: Vec<TypeClass> = self.classes(table, &columns);
        let indexable = self.facts.dialect == slowlog_event::Dialect::Postgres
            && is_immutable(&expression.kind, &classes, &expression.text);
        self.keys.expression(table, &expression.text, &columns, indexable)
    }

    fn classes(&self, table: usize, columns: &[String]) -> Vec<TypeClass> {
        let table = &self.facts.schema.tables[table];
        let of =
            |name: &String| table.column(name).map_or(TypeClass::Unknown, |column| column.class);
        columns.iter().map(of).collect()
    }
}

/// Does it stand for a table, and has few rows?
fn gives_few(block: &Block) -> bool {
    /// For more rows than this each is not looked up by itself.
    const FEW: u64 = 1000;
    let rows = block.limit.and_then(|limit| limit.rows);
    matches!(block.role, Role::With | Role::Derived) && rows.is_some_and(|rows| rows <= FEW)
}

/// Which source a column belongs to.
pub(crate) struct Names<'p, 'f> {
    /// The scan of each source.
    places: &'p [Option<usize>],
    facts: &'p Facts<'f>,
}

impl Names<'_, '_> {
    pub(crate) fn scan(&self, column: &Column, scans: &[Scan]) -> Option<usize> {
        match column.source {
            Some(source) => *self.places.get(usize::from(source))?,
            None => {
                let tables = &self.facts.schema.tables;
                let mut owners = (0..scans.len())
                    .filter(|scan| tables[scans[*scan].table].column(&column.name).is_some());
                let owner = owners.next()?;
                owners.next().is_none().then_some(owner)
            }
        }
    }
}
