//! From a parsed statement to its query blocks.

use std::ops::ControlFlow;

use slowlog_event::Dialect;
use sqlparser::ast::{
    CteAsMaterialized, Distinct, Expr, GroupByExpr, Ident, LimitClause, ObjectName, OrderByExpr,
    OrderByKind, OrderBySort, Query, Select, SelectItem, SetExpr, SetOperator, SetQuantifier,
    Statement, Value as SqlValue, ValueWithSpan, Visit, Visitor,
};

use super::access::{Access, Block, Column, Key, Limit, Operand, Role, Write};
use super::operand::{Names, Scope, Side, column_name, plain, side};
use super::together::{Meaning, With};
use super::{aggregate, canonical};

/// More blocks than this are left out.
const MOST_BLOCKS: usize = 64;
/// More conditions of a statement than this are left out.
const MOST_CONDITIONS: usize = 512;
/// More columns of a result than this are taken for all.
pub(super) const MOST_OUTPUT: usize = 64;
/// More keys to sort or group by than this are left out: no index has as many.
const MOST_KEYS: usize = 16;

/// What a statement asks of its tables. `None` for a statement that asks nothing.
pub(super) fn access(statements: &[Statement], dialect: Dialect) -> Option<Access> {
    let [statement] = statements else { return None };
    let mut reader = Reader::new(dialect);
    reader.statement(statement);
    reader.finish()
}

/// What the query of a view asks, and which of the blocks is its result.
pub(super) fn view(statements: &[Statement], dialect: Dialect) -> Option<(Access, usize)> {
    let [Statement::Query(query)] = statements else { return None };
    let mut reader = Reader::new(dialect);
    let top = reader.query(query, Role::With, None)?;
    Some((reader.finish()?, top))
}

pub(super) struct Reader {
    pub(super) dialect: Dialect,
    pub(super) blocks: Vec<Block>,
    /// Common table expressions.
    pub(super) with: Vec<With>,
    /// Sources that stand for a block: the block they are in, which source, the block they mean.
    pub(super) stand_ins: Vec<(usize, u16, Meaning)>,
    /// Sources of a block that a condition or the kind of their join links.
    pub(super) ties: Vec<(usize, u16, u16)>,
    conditions: usize,
    pub(super) partial: bool,
    pub(super) write: Option<Write>,
    found_rows: bool,
}

/// A block with the blocks around it.
pub(super) struct Within<'r> {
    pub(super) reader: &'r Reader,
    pub(super) block: usize,
}

impl Scope for Within<'_> {
    fn dialect(&self) -> Dialect {
        self.reader.dialect
    }

    fn column(&self, qualifier: Option<&str>, name: &str) -> Option<Column> {
        let block = &self.reader.blocks[self.block];
        let name = name.to_owned();
        let Some(qualifier) = qualifier else {
            let source = (block.sources.len() == 1).then_some(0);
            return Some(Column { source, name });
        };
        let place = block.sources.iter().position(|source| source.alias == qualifier);
        let known_outside = || {
            let mut at = block.parent;
            while let Some(parent) = at.and_then(|at| self.reader.blocks.get(usize::from(at))) {
                if parent.sources.iter().any(|source| source.alias == qualifier) {
                    return true;
                }
                at = parent.parent;
            }
            false
        };
        match place {
            Some(place) => Some(Column { source: Some(place as u16), name }),
            None if known_outside() => None,
            None => Some(Column { source: None, name }),
        }
    }
}

impl Reader {
    fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            blocks: Vec::new(),
            with: Vec::new(),
            stand_ins: Vec::new(),
            ties: Vec::new(),
            conditions: 0,
            partial: false,
            write: None,
            found_rows: false,
        }
    }

    fn finish(mut self) -> Option<Access> {
        self.note_unlinked();
        self.merge();
        let Self { blocks, partial, write, found_rows, .. } = self;
        let any = !blocks.is_empty() || write.is_some();
        any.then_some(Access { blocks, write, partial, found_rows })
    }

    pub(super) fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Query(query) => {
                self.query(query, Role::Top, None);
            }
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            _ => {}
        }
    }

    /// Reads a query. Its block, if it is one `SELECT`.
    pub(super) fn query(
        &mut self,
        query: &Query,
        role: Role,
        parent: Option<usize>,
    ) -> Option<usize> {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            let name = self.name(&table.alias.name);
            let place = self.with.len();
            self.with.push(With { name, block: None, uses: 0 });
            let block = self.query(&table.query, Role::With, None);
            let by_itself = matches!(table.materialized, Some(CteAsMaterialized::Materialized))
                || !table.alias.columns.is_empty();
            self.with[place].block = block.filter(|_| !by_itself);
        }
        // A chain of UNION leans to the left.
        let mut branches = Vec::new();
        let mut open = vec![(&*query.body, role)];
        let mut is_set = false;
        while let Some((body, role)) = open.pop() {
            match body {
                SetExpr::SetOperation { left, op, set_quantifier, right } => {
                    is_set = true;
                    let all = matches!(set_quantifier, SetQuantifier::All);
                    let below = match (op, all) {
                        (SetOperator::Union, true) => Role::Branch,
                        (SetOperator::Union, false) => Role::DistinctBranch,
                        _ => Role::OtherBranch,
                    };
                    let outermost =
                        !matches!(role, Role::Branch | Role::DistinctBranch | Role::OtherBranch);
                    let role = if outermost || role == below { below } else { Role::OtherBranch };
                    open.push((left, role));
                    open.push((right, role));
                }
                body => branches.push((body, role)),
            }
            if branches.len() > MOST_BLOCKS {
                self.partial = true;
                return None;
            }
        }
        let mut block = None;
        for (body, role) in branches.into_iter().rev() {
            match body {
                SetExpr::Select(select) => {
                    let outer = (!is_set).then_some(query);
                    block = self.select(select, outer, role, parent).filter(|_| !is_set);
                }
                SetExpr::Query(query) => {
                    self.query(query, role, parent);
                }
                SetExpr::Insert(statement)
                | SetExpr::Update(statement)
                | SetExpr::Delete(statement) => self.statement(statement),
                _ => {}
            }
        }
        block
    }

    /// Makes room for a block; its place.
    pub(super) fn open(&mut self, role: Role, parent: Option<usize>) -> Option<usize> {
        if self.blocks.len() >= MOST_BLOCKS {
            self.partial = true;
            return None;
        }
        self.blocks.push(Block::empty(role, parent.map(|parent| parent as u16)));
        Some(self.blocks.len() - 1)
    }

    fn select(
        &mut self,
        select: &Select,
        query: Option<&Query>,
        role: Role,
        parent: Option<usize>,
    ) -> Option<usize> {
        let at = self.open(role, parent)?;
        let modifiers = select.select_modifiers.as_ref();
        self.found_rows |= modifiers.is_some_and(|modifiers| modifiers.sql_calc_found_rows);
        let conditions = self.tables(at, &select.from, false);
        self.conditions(at, conditions);
        self.conditions(at, select.selection.iter().map(|expr| (expr, false)).collect());
        self.blocks[at].distinct = select.distinct.as_ref().is_some_and(|d| *d != Distinct::All);
        let aliases = output_names(&select.projection);
        if let GroupByExpr::Expressions(keys, _) = &select.group_by {
            for key in keys.iter().take(MOST_KEYS) {
                let key = by_name_or_number(key, &select.projection, &aliases);
                let operand = self.operand(at, key);
                self.blocks[at].group.push(operand);
            }
        }
        for item in &select.projection {
            self.output(at, item);
        }
        self.blocks[at].plain_output = select.projection.iter().all(|item| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                column_name(expr, self.dialect).is_some()
            }
            _ => false,
        });
        if let Some(having) = &select.having {
            self.reads(at, having);
        }
        let (aggregates, windows) =
            aggregate::aggregates(select, &Within { reader: self, block: at });
        self.blocks[at].aggregates = aggregates;
        if matches!(role, Role::Derived | Role::With) {
            self.blocks[at].names = self.result_names(at, &select.projection);
        }
        let Some(query) = query else { return Some(at) };
        let block = &mut self.blocks[at];
        block.locks = !query.locks.is_empty();
        block.limit = limit(query);
        block.transparent = !block.distinct
            && !block.aggregates.any
            && !windows
            && block.limit.is_none()
            && query.order_by.is_none()
            && !block.sources.is_empty();
        if let Some(OrderByKind::Expressions(keys)) = query.order_by.as_ref().map(|by| &by.kind) {
            self.order(at, keys, &select.projection, &aliases);
        }
        Some(at)
    }

    pub(super) fn order(
        &mut self,
        at: usize,
        keys: &[OrderByExpr],
        projection: &[SelectItem],
        aliases: &[(String, usize)],
    ) {
        for key in keys.iter().take(MOST_KEYS) {
            let expr = by_name_or_number(&key.expr, projection, aliases);
            let operand = self.operand(at, expr);
            self.blocks[at].order.push(Key {
                operand,
                descending: matches!(key.options.sort, Some(OrderBySort::Desc)),
                nulls_first: key.options.nulls_first,
            });
        }
    }

    fn operand(&mut self, at: usize, expr: &Expr) -> Operand {
        self.reads(at, expr);
        match side(expr, &Within { reader: self, block: at }) {
            Side::Operand(operand) => operand,
            Side::Value(_) => Operand::Other,
        }
    }

    fn output(&mut self, at: usize, item: &SelectItem) {
        match item {
            SelectItem::UnnamedExpr(expr)
            | SelectItem::ExprWithAlias { expr, .. }
            | SelectItem::ExprWithAliases { expr, .. } => self.reads(at, expr),
            _ => self.blocks[at].all_columns = true,
        }
    }

    /// Takes note of the columns of an expression, and reads its subqueries.
    pub(super) fn reads(&mut self, at: usize, expr: &Expr) {
        let mut names = Names::new(self.dialect);
        let _: ControlFlow<()> = expr.visit(&mut names);
        for (qualifier, name) in names.columns {
            let within = Within { reader: self, block: at };
            match within.column(qualifier.as_deref(), &name) {
                Some(column) => {
                    let block = &mut self.blocks[at];
                    if block.output.len() >= MOST_OUTPUT {
                        block.all_columns = true;
                    } else if !block.output.contains(&column) {
                        block.output.push(column);
                    }
                }
                None => self.blocks[at].correlated = true,
            }
        }
        if names.subquery {
            let mut subqueries = Subqueries { reader: self, parent: at, depth: 0 };
            let _: ControlFlow<()> = expr.visit(&mut subqueries);
        }
    }

    /// Takes one more condition, if there is room.
    pub(super) fn admit(&mut self) -> bool {
        self.conditions += 1;
        self.partial |= self.conditions > MOST_CONDITIONS;
        self.conditions <= MOST_CONDITIONS
    }

    pub(super) fn name(&self, ident: &Ident) -> String {
        canonical(&ident.value, ident.quote_style.is_some(), self.dialect)
    }

    pub(super) fn table_name(&self, name: &ObjectName) -> (Option<String>, String) {
        let mut parts = name.0.iter().rev().filter_map(|part| part.as_ident());
        let table = parts.next().map(|ident| self.name(ident)).unwrap_or_default();
        (parts.next().map(|ident| self.name(ident)), table)
    }

    /// The table as it is written, if that is not how names are compared.
    pub(super) fn spelled(&self, name: &ObjectName) -> Option<Box<str>> {
        let ident = name.0.last()?.as_ident()?;
        (self.name(ident) != ident.value && self.dialect.folds_quoted_identifiers())
            .then(|| ident.value.as_str().into())
    }
}

/// Reads the outermost subqueries of an expression.
struct Subqueries<'r> {
    reader: &'r mut Reader,
    parent: usize,
    depth: usize,
}

impl Visitor for Subqueries<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if self.depth == 0 {
            let _ = self.reader.query(query, Role::Scalar, Some(self.parent));
        }
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}

/// Names that a select list gives, with the place of what they name.
fn output_names(projection: &[SelectItem]) -> Vec<(String, usize)> {
    let items = projection.iter().take(MOST_OUTPUT).enumerate();
    items
        .filter_map(|(place, item)| match item {
            SelectItem::ExprWithAlias { alias, .. } => {
                Some((alias.value.to_ascii_lowercase(), place))
            }
            _ => None,
        })
        .collect()
}

/// `ORDER BY 2` and `ORDER BY name_of_an_output_column` mean what the select list has there.
fn by_name_or_number<'e>(
    expr: &'e Expr,
    projection: &'e [SelectItem],
    aliases: &[(String, usize)],
) -> &'e Expr {
    let place = match expr {
        Expr::Value(ValueWithSpan { value: SqlValue::Number(number, _), .. }) => {
            number.parse::<usize>().ok().and_then(|number| number.checked_sub(1))
        }
        Expr::Identifier(ident) => {
            let name = ident.value.to_ascii_lowercase();
            aliases.iter().find(|(alias, _)| *alias == name).map(|(_, place)| *place)
        }
        _ => None,
    };
    match place.and_then(|place| projection.get(place)) {
        Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => expr,
        _ => expr,
    }
}

fn limit(query: &Query) -> Option<Limit> {
    let fetch = query.fetch.as_ref().filter(|fetch| !fetch.percent);
    match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit, offset, .. }) => {
            let rows = limit.as_ref().and_then(number);
            let offset_rows = offset.as_ref().and_then(|offset| number(&offset.value));
            let rows = rows.or_else(|| fetch?.quantity.as_ref().and_then(number));
            (limit.is_some() || fetch.is_some() || offset.is_some()).then_some(Limit {
                rows,
                has_offset: offset.is_some(),
                offset: offset_rows,
            })
        }
        Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
            Some(Limit { rows: number(limit), has_offset: true, offset: number(offset) })
        }
        None => fetch.map(|fetch| Limit {
            rows: fetch.quantity.as_ref().map_or(Some(1), number),
            has_offset: false,
            offset: None,
        }),
    }
}

/// A count of rows. Above this it makes no difference to advice, and is not kept.
const MOST_ROWS: u64 = 10_000;

pub(super) fn number(expr: &Expr) -> Option<u64> {
    match plain(expr) {
        Expr::Value(ValueWithSpan { value: SqlValue::Number(number, _), .. }) => {
            number.parse::<u64>().ok().map(|number| number.min(MOST_ROWS))
        }
        _ => None,
    }
}
