//! From what a statement asks by name to what it asks of which table.

use slowlog_normalize::access::{
    Block, Column, Expression, ExpressionKind, Operand, Predicate, Role, Test, Value, WriteKind,
};

use crate::ask::{Ask, BlockAsk, Edge, Keys, Scan, SortKey, Term, Use, Writes, table_of};
use crate::facts::Facts;
use crate::schema::{Table, TypeClass, canonical_text};
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
        let Some(write) = &statement.access.write else { continue };
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
        let blocks = &statement.access.blocks;
        let mut asks: Vec<BlockAsk> =
            blocks.iter().map(|block| self.block(block, blocks, statement)).collect();
        self.references(statement, &mut asks);
        let mut tables: Vec<usize> =
            asks.iter().flat_map(|block| &block.scans).map(|scan| scan.table).collect();
        tables.sort_unstable();
        tables.dedup();
        Ask { statement: place, blocks: asks, tables }
    }

    /// A delete looks for rows that refer to the one deleted, in each table with such a foreign key.
    fn references(&mut self, statement: &Statement<'_>, asks: &mut Vec<BlockAsk>) {
        let deleted =
            statement.access.write.as_ref().filter(|write| write.kind == WriteKind::Delete);
        let Some(deleted) = deleted else { return };
        let tables = &self.facts.schema.tables;
        let Some(parent) = table_of(self.facts.schema, deleted.schema.as_deref(), &deleted.table)
        else {
            return;
        };
        for (place, table) in tables.iter().enumerate() {
            for key in &table.foreign_keys {
                let refers =
                    table_of(self.facts.schema, key.schema.as_deref(), &key.table) == Some(parent);
                if !refers || asks.is_empty() || asks.len() >= MOST_REFERENCES {
                    continue;
                }
                let term = |column: &String, keys: &mut Keys, facts: &Facts<'_>| Term {
                    key: keys.column(place, column),
                    use_: Use::Equal,
                    test: Test::Equal,
                    selectivity: facts.selectivity(place, column, Test::Equal, None),
                    condition: None,
                };
                let terms =
                    key.columns.iter().map(|column| term(column, self.keys, self.facts)).collect();
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
    }

    fn block(&mut self, block: &Block, blocks: &[Block], statement: &Statement<'_>) -> BlockAsk {
        // Places of sources among the scans: what is no known table is none.
        let mut places = Vec::with_capacity(block.sources.len());
        let mut scans: Vec<Scan> = Vec::new();
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
        }
        for group in &block.alternatives {
            self.alternatives(group, &mut scans, &names, statement);
        }
        let mut edges = Vec::new();
        for join in &block.joins {
            let (Some(left), Some(right)) =
                (names.scan(&join.left, &scans), names.scan(&join.right, &scans))
            else {
                continue;
            };
            if left != right {
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
        let parent = block.parent.map(usize::from);
        let optional = self.optional(block, blocks, &scans, &names);
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
        let term = Term {
            key: self.keys.column(table, &column.name),
            use_: Use::Equal,
            test: Test::Equal,
            selectivity: self.facts.selectivity(table, &column.name, Test::Equal, None),
            condition: None,
        };
        vec![(scan, term)]
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
            scan.columns = Some(columns);
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
            // Only the default place of NULL is in an index that says nothing of it.
            let default = self.facts.dialect == slowlog_event::Dialect::MySql
                || key.nulls_first.is_none_or(|first| first == key.descending);
            if !default {
                return None;
            }
            sort.push(SortKey { key: id, descending: key.descending });
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

    fn expression_key(&mut self, table: usize, expression: &Expression) -> crate::ask::KeyId {
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

    fn term(
        &mut self,
        predicate: &Predicate,
        scans: &[Scan],
        names: &Names<'_, '_>,
        statement: &Statement<'_>,
    ) -> Option<(usize, Term)> {
        let constant = match &predicate.value {
            Value::Constant(constant) => Some(constant),
            _ => None,
        };
        let literal = constant.map(|constant| constant.literal);
        let word = constant.and_then(|constant| constant.word.clone());
        match &predicate.operand {
            Operand::Column(column) => {
                let scan = names.scan(column, scans)?;
                let table = scans[scan].table;
                let definition = &self.facts.schema.tables[table];
                let use_ = match use_of(predicate.test) {
                    _ if mismatched(definition, column, predicate) => Use::Filter,
                    Use::Contains if !has_inverted_index(definition, column) => Use::Filter,
                    Use::Words if !is_searchable(definition, column) => Use::Filter,
                    use_ => use_,
                };
                let mut selectivity =
                    self.facts.selectivity(table, &column.name, predicate.test, literal);
                let known = self.facts.knows_column(table, &column.name);
                if !known
                    && word.as_ref().is_some_and(|word| self.passes(table, &column.name, word))
                {
                    // Rows that an update takes out of a state do not stay in it.
                    selectivity = selectivity.min(0.02);
                }
                let condition = self
                    .condition(table, column, predicate, statement)
                    .map(|text| canonical_text(&text));
                let key = self.keys.column(table, &column.name);
                Some((scan, Term { key, use_, test: predicate.test, selectivity, condition }))
            }
            Operand::Expression(expression) => {
                let scan = names.scan(expression.columns.first()?, scans)?;
                let table = scans[scan].table;
                let columns: Vec<String> =
                    expression.columns.iter().map(|column| column.name.clone()).collect();
                let selectivity =
                    self.facts.expression_selectivity(table, &columns, predicate.test);
                let constant = expression
                    .constants
                    .iter()
                    .all(|constant| statement.is_constant(*constant) || statement.executions == 1);
                let key = if expression.text.is_empty() {
                    self.keys.expression(
                        table,
                        &format!("({})", columns.join(",")),
                        &columns,
                        false,
                    )
                } else {
                    self.expression_key(table, expression)
                };
                let use_ = match use_of(predicate.test) {
                    use_ @ (Use::Equal | Use::In | Use::Bound | Use::Prefix)
                        if constant && self.keys.text(key).indexable =>
                    {
                        use_
                    }
                    _ => Use::Filter,
                };
                let test = predicate.test;
                Some((scan, Term { key, use_, test, selectivity, condition: None }))
            }
            Operand::Other => None,
        }
    }

    /// Do updates take rows out of this state, about as many as come in? Then few are in it.
    fn passes(&self, table: usize, column: &str, state: &str) -> bool {
        let Some(states) = self.writes.states.get(&(table, column.to_owned())) else {
            return false;
        };
        let count = |other: bool| -> f64 {
            states.iter().filter(|(name, _)| (name != state) == other).map(|(_, rows)| rows).sum()
        };
        let inserts = self.writes.inserts.get(&table).copied().unwrap_or(0.0);
        let (out, back) = (count(true), count(false));
        out > 0.0 && back == 0.0 && out >= inserts * 0.9
    }

    /// The text that a partial index on it would have, if it never varies and is worth one.
    fn condition(
        &self,
        table: usize,
        column: &Column,
        predicate: &Predicate,
        statement: &Statement<'_>,
    ) -> Option<String> {
        let name = crate::ddl::quoted(&column.name, self.facts.dialect);
        match (predicate.test, &predicate.value) {
            (Test::IsNull, _) => Some(format!("{name} IS NULL")),
            (Test::Equal, Value::Constant(constant)) => {
                let word = constant.word.as_ref()?;
                let state = self.facts.is_flat(table, &column.name);
                let constant = statement.is_constant(constant.literal);
                (state && constant).then(|| format!("{name} = {word}"))
            }
            _ => None,
        }
    }
}

/// Two bounds of one column are a range.
fn bound_twice(terms: &mut Vec<Term>) {
    let mut kept: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms.drain(..) {
        let other = kept.iter_mut().find(|other| {
            other.key == term.key
                && other.use_ == Use::Bound
                && term.use_ == Use::Bound
                && other.test != term.test
        });
        match other {
            Some(other) => {
                other.use_ = Use::Range;
                other.selectivity = Facts::range();
            }
            None => kept.push(term),
        }
    }
    *terms = kept;
}

fn use_of(test: Test) -> Use {
    match test {
        Test::Equal | Test::Verbatim => Use::Equal,
        Test::In(_) | Test::InSubquery => Use::In,
        Test::IsNull => Use::Null,
        Test::IsNotNull => Use::NotNull,
        Test::Below | Test::Above => Use::Bound,
        Test::Prefix => Use::Prefix,
        Test::Substring(_) => Use::Part,
        Test::Contains => Use::Contains,
        Test::Overlaps | Test::HasKey => Use::Contains,
        Test::FullText => Use::Words,
        Test::NotIn | Test::Pattern(_) | Test::Regex | Test::Other => Use::Filter,
    }
}

/// MySQL compares text with a number as numbers, so no index on the text helps.
/// <https://dev.mysql.com/doc/refman/8.4/en/type-conversion.html>
pub(crate) fn mismatched(table: &Table, column: &Column, predicate: &Predicate) -> bool {
    use slowlog_normalize::access::ConstantClass as C;
    let Some(definition) = table.column(&column.name) else { return false };
    let Value::Constant(constant) = &predicate.value else { return false };
    match definition.class {
        TypeClass::Text | TypeClass::Long | TypeClass::Enumeration => {
            definition.class != TypeClass::Enumeration
                && matches!(constant.class, C::Integer | C::Decimal)
        }
        _ => false,
    }
}

fn has_inverted_index(table: &Table, column: &Column) -> bool {
    table
        .column(&column.name)
        .is_some_and(|column| matches!(column.class, TypeClass::Jsonb | TypeClass::Array))
}

fn is_searchable(table: &Table, column: &Column) -> bool {
    table.column(&column.name).is_some_and(|column| column.class == TypeClass::SearchVector)
}

/// Which source a column belongs to.
struct Names<'p, 'f> {
    /// The scan of each source.
    places: &'p [Option<usize>],
    facts: &'p Facts<'f>,
}

impl Names<'_, '_> {
    fn scan(&self, column: &Column, scans: &[Scan]) -> Option<usize> {
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

/// Is it a function of its columns that never changes, so that PostgreSQL can index it?
///
/// `date_trunc` and casts of `timestamptz` depend on the session's time zone.
pub(crate) fn is_immutable(kind: &ExpressionKind, columns: &[TypeClass], text: &str) -> bool {
    let zoned =
        columns.iter().any(|class| matches!(class, TypeClass::Temporal | TypeClass::Unknown));
    match kind {
        ExpressionKind::Function(name) => match name.as_str() {
            "lower" | "upper" | "md5" | "length" | "char_length" | "abs" | "trim" | "btrim"
            | "ltrim" | "rtrim" | "substring" | "substr" | "left" | "right" | "reverse"
            | "replace" | "coalesce" | "floor" | "ceil" | "round" | "mod" => {
                // What stands inside may be anything: only plain columns and literals are safe.
                !text.contains("::") && text.matches('(').count() == 1
            }
            _ => false,
        },
        ExpressionKind::Json => true,
        ExpressionKind::Arithmetic => {
            !zoned
                && !text.contains('(')
                && columns
                    .iter()
                    .all(|class| matches!(class, TypeClass::Integer | TypeClass::Number))
        }
        _ => false,
    }
}
