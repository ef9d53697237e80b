//! The text of a query, word by word.

use crate::engine::Engine;

use super::super::model::Table;
use super::super::query::{Condition, Page, Query, Test, Value, by, is};
use super::{Dialect, Sql, Style, literal_of, stored};

pub(super) struct Writer {
    dialect: Dialect,
    sql: Sql,
}

impl Writer {
    /// The statement of a query.
    pub(super) fn write(dialect: Dialect, query: &Query) -> Sql {
        let mut writer = Self { dialect, sql: Sql::default() };
        writer.query(query);
        writer.sql
    }

    fn say(&mut self, text: &str) {
        self.sql.text.push_str(text);
    }

    fn style(&self) -> Style {
        self.dialect.style
    }

    /// Hibernate and Laravel write their words small.
    fn word(&mut self, word: &str) {
        match self.style() {
            Style::Hibernate | Style::Laravel => self.say(&word.to_lowercase()),
            _ => self.say(word),
        }
    }

    fn value(&mut self, value: &Value) {
        if !self.dialect.bound {
            self.say(&literal_of(value));
            return;
        }
        self.sql.values.push(match value {
            Value::Number(number) => number.to_string(),
            Value::Text(text) => text.clone(),
        });
        let place = format!("${}", self.sql.values.len());
        self.say(&place);
    }

    fn table(&self, table: &Table) -> String {
        let name = self.dialect.name_of(table);
        match self.style() {
            Style::Hibernate | Style::SqlAlchemy => name,
            Style::Prisma => format!("\"public\".{}", self.dialect.quoted(&name)),
            _ => self.dialect.quoted(&name),
        }
    }

    /// As `FROM` names it.
    fn from(&self, table: &Table) -> String {
        match self.style() {
            Style::Hibernate => format!("{} {}", self.table(table), alias(table)),
            _ => self.table(table),
        }
    }

    fn column(&self, table: &Table, column: &str) -> String {
        let name = self.dialect.column_of(column);
        match self.style() {
            Style::Hibernate => format!("{}.{name}", alias(table)),
            Style::SqlAlchemy => format!("{}.{name}", self.table(table)),
            Style::Laravel if !column.ends_with("id") => self.dialect.quoted(&name),
            _ => format!("{}.{}", self.table(table), self.dialect.quoted(&name)),
        }
    }

    /// The column where no table may be named.
    fn bare(&self, column: &str) -> String {
        let name = self.dialect.column_of(column);
        match self.style() {
            Style::Hibernate | Style::SqlAlchemy => name,
            _ => self.dialect.quoted(&name),
        }
    }

    /// What is selected of a table's rows.
    fn list(&self, table: &Table) -> String {
        let columns = || std::iter::once(&"id").chain(table.columns);
        let each = |separator: &str, one: &dyn Fn(&str) -> String| {
            columns().map(|column| one(column)).collect::<Vec<_>>().join(separator)
        };
        match self.style() {
            Style::Rails => format!("{}.*", self.table(table)),
            Style::Laravel => "*".to_owned(),
            Style::Hibernate => each(",", &|column| self.column(table, column)),
            Style::SqlAlchemy => each(", ", &|column| {
                format!("{} AS {}_{column}", self.column(table, column), table.plural)
            }),
            Style::Django | Style::Prisma => each(", ", &|column| self.column(table, column)),
        }
    }

    fn query(&mut self, query: &Query) {
        match query {
            Query::Select { table, conditions, page } => self.select(table, conditions, *page),
            Query::Find { table, id } => self.find(table, *id),
            Query::In { table, column, values } => self.by_list(table, column, values),
            Query::Through { table, pairs, column, value } => {
                self.through(table, pairs, column, *value);
            }
            Query::Count { table, conditions } => self.count(table, conditions),
            Query::Exists { table, conditions } => self.exists(table, conditions),
            Query::Lock { table, condition } => {
                self.select(table, std::slice::from_ref(condition), by("id", false, 1));
                self.word(" FOR UPDATE SKIP LOCKED");
            }
            Query::Insert { table, rows } => self.insert(table, rows),
            Query::Update { table, id, column, value } => self.update(table, *id, column, value),
            Query::Delete { table, condition } => {
                self.word("DELETE FROM ");
                let from = self.table(table);
                self.say(&from);
                self.word(" WHERE ");
                let column = match self.style() {
                    Style::Hibernate | Style::Laravel => self.bare(condition.column),
                    _ => self.column(table, condition.column),
                };
                self.say(&format!("{column}{}", self.equals()));
                self.value(&condition.value);
            }
            Query::Text(text) => self.say(text),
        }
    }

    /// Hibernate leaves no room.
    fn equals(&self) -> &'static str {
        if self.style() == Style::Hibernate { "=" } else { " = " }
    }

    fn select_from(&mut self, list: &str, from: &str) {
        self.word("SELECT ");
        self.say(list);
        // SQLAlchemy breaks lines.
        self.word(if self.style() == Style::SqlAlchemy { " \nFROM " } else { " FROM " });
        self.say(from);
    }

    fn select(&mut self, table: &Table, conditions: &[Condition], page: Page) {
        let (list, from) = (self.list(table), self.from(table));
        self.select_from(&list, &from);
        self.conditions(table, conditions);
        self.page(table, page);
    }

    fn conditions(&mut self, table: &Table, conditions: &[Condition]) {
        if conditions.is_empty() {
            if self.style() == Style::Prisma {
                self.say(" WHERE 1=1");
            }
            return;
        }
        self.word(if self.style() == Style::SqlAlchemy { " \nWHERE " } else { " WHERE " });
        let enclosed = match self.style() {
            Style::Prisma => conditions.len() > 1,
            Style::Django => conditions.len() > 1,
            _ => false,
        };
        self.say(if enclosed { "(" } else { "" });
        for (place, condition) in conditions.iter().enumerate() {
            if place > 0 {
                self.word(" AND ");
            }
            let column = self.column(table, condition.column);
            self.say(&column);
            match condition.test {
                Test::Equal => self.say(self.equals()),
                Test::Less => self.say(" < "),
                Test::Greater => self.say(" > "),
                Test::Like => self.word(" LIKE "),
            }
            self.value(&condition.value);
        }
        self.say(if enclosed { ")" } else { "" });
    }

    fn page(&mut self, table: &Table, page: Page) {
        if let Some((column, descending)) = page.order {
            let column = self.column(table, column);
            self.word(" ORDER BY ");
            self.say(&column);
            match (self.style(), descending) {
                (Style::SqlAlchemy | Style::Hibernate, false) => {}
                (_, false) => self.word(" ASC"),
                (_, true) => self.word(" DESC"),
            }
        }
        let Some(limit) = page.limit else {
            if self.style() == Style::Prisma {
                self.say(" OFFSET ");
                self.value(&0.into());
            }
            return;
        };
        if self.style() == Style::Hibernate && self.dialect.engine == Engine::Postgres {
            if let Some(offset) = page.offset {
                self.say(" offset ");
                self.value(&offset.into());
                self.say(" rows");
            }
            self.say(" fetch first ");
            self.value(&limit.into());
            self.say(" rows only");
            return;
        }
        self.word(if self.style() == Style::SqlAlchemy { " \n LIMIT " } else { " LIMIT " });
        self.value(&limit.into());
        let offset = page.offset.or((self.style() == Style::Prisma).then_some(0));
        if let Some(offset) = offset {
            self.word(" OFFSET ");
            self.value(&offset.into());
        }
    }

    fn find(&mut self, table: &Table, id: i64) {
        let (list, from) = (self.list(table), self.from(table));
        self.select_from(&list, &from);
        let column = self.column(table, "id");
        match self.style() {
            Style::Prisma => {
                self.say(&format!(" WHERE ({column} = "));
                self.value(&id.into());
                self.say(" AND 1=1)");
            }
            _ => self.conditions(table, &[is("id", id)]),
        }
        match self.style() {
            Style::Rails | Style::Laravel | Style::Prisma => {
                self.page(table, Page { limit: Some(1), ..Page::default() });
            }
            // To tell one from many.
            Style::Django => self.say(" LIMIT 21"),
            Style::Hibernate | Style::SqlAlchemy => {}
        }
    }

    fn by_list(&mut self, table: &Table, column: &str, values: &[i64]) {
        let (list, from) = (self.list(table), self.from(table));
        self.select_from(&list, &from);
        self.word(if self.style() == Style::SqlAlchemy { " \nWHERE " } else { " WHERE " });
        let column = self.column(table, column);
        self.say(&column);
        if let ([value], Style::Rails) = (values, self.style()) {
            // A list of one is an equation to it.
            self.say(" = ");
            return self.value(&(*value).into());
        }
        self.word(" IN (");
        for (place, value) in values.iter().enumerate() {
            self.say(if place > 0 { ", " } else { "" });
            self.value(&(*value).into());
        }
        self.say(")");
        if self.style() == Style::Prisma {
            self.page(table, Page::default());
        }
    }

    fn through(&mut self, table: &Table, pairs: &Table, column: &str, value: i64) {
        let reference = format!("{}_id", table.singular);
        let (id, refers) = (self.column(table, "id"), self.column(pairs, &reference));
        let (list, from, pairs_from) = (self.list(table), self.from(table), self.from(pairs));
        self.select_from(&list, &from);
        match self.style() {
            Style::SqlAlchemy => self.say(&format!(", {pairs_from} \nWHERE {id} = {refers} AND ")),
            Style::Hibernate => self.say(&format!(" join {pairs_from} on {id}={refers} where ")),
            Style::Django => {
                self.say(&format!(" INNER JOIN {pairs_from} ON ({id} = {refers}) WHERE "));
            }
            _ => {
                self.word(" INNER JOIN ");
                self.say(&pairs_from);
                self.word(" ON ");
                self.say(&format!("{id} = {refers}"));
                self.word(" WHERE ");
            }
        }
        let column = self.column(pairs, column);
        self.say(&format!("{column}{}", self.equals()));
        self.value(&value.into());
    }

    fn count(&mut self, table: &Table, conditions: &[Condition]) {
        let (id, list, from) = (self.column(table, "id"), self.list(table), self.from(table));
        match self.style() {
            Style::Rails => self.select_from("COUNT(*)", &from),
            Style::Django => self.select_from("COUNT(*) AS \"__count\"", &from),
            Style::Laravel => self.select_from("count(*) as aggregate", &from),
            Style::Hibernate => self.select_from(&format!("count({id})"), &from),
            Style::Prisma => {
                self.say(&format!("SELECT COUNT(*) FROM (SELECT {id} FROM {from}"));
            }
            Style::SqlAlchemy => {
                self.say(&format!(
                    "SELECT count(*) AS count_1 \nFROM (SELECT {list} \nFROM {from}"
                ));
            }
        }
        self.conditions(table, conditions);
        match self.style() {
            Style::Prisma => {
                self.page(table, Page::default());
                self.say(") AS \"sub\"");
            }
            Style::SqlAlchemy => self.say(") AS anon_1"),
            _ => {}
        }
    }

    fn exists(&mut self, table: &Table, conditions: &[Condition]) {
        let (id, from) = (self.column(table, "id"), self.from(table));
        match self.style() {
            Style::Rails => self.select_from("1 AS one", &from),
            Style::Django => self.select_from("1 AS \"a\"", &from),
            Style::Hibernate | Style::Prisma => self.select_from(&id, &from),
            Style::Laravel => self.say(&format!("select exists(select * from {from}")),
            Style::SqlAlchemy => self.say(&format!("SELECT EXISTS (SELECT 1 \nFROM {from}")),
        }
        self.conditions(table, conditions);
        match self.style() {
            Style::Laravel => self.say(") as `exists`"),
            Style::SqlAlchemy => self.say(") AS anon_1"),
            Style::Django => self.say(" LIMIT 1"),
            _ => self.page(table, Page { limit: Some(1), ..Page::default() }),
        }
    }

    fn insert(&mut self, table: &Table, rows: &[Vec<Value>]) {
        self.word("INSERT INTO ");
        let columns = table.columns.iter().map(|column| self.bare(column));
        let separator = if self.style() == Style::Hibernate { "," } else { ", " };
        let columns = columns.collect::<Vec<_>>().join(separator);
        let name = self.table(table);
        self.say(&format!("{name} ({columns}) "));
        self.word("VALUES ");
        for (place, row) in rows.iter().enumerate() {
            self.say(if place > 0 { ", (" } else { "(" });
            for (place, value) in row.iter().enumerate() {
                self.say(if place > 0 { separator } else { "" });
                self.value(value);
            }
            self.say(")");
        }
        if self.dialect.engine == Engine::Postgres {
            match self.style() {
                Style::Rails => self.say(" RETURNING \"id\""),
                Style::Django | Style::Prisma | Style::SqlAlchemy => {
                    let id = self.column(table, "id");
                    self.say(&format!(" RETURNING {id}"));
                }
                Style::Hibernate | Style::Laravel => {}
            }
        }
    }

    fn update(&mut self, table: &Table, id: i64, column: &str, value: &Value) {
        self.word("UPDATE ");
        let name = self.table(table);
        self.say(&name);
        self.word(" SET ");
        // Django and Hibernate write every column.
        let all = matches!(self.style(), Style::Django | Style::Hibernate);
        let mut first = true;
        for known in table.columns.iter().filter(|known| all || **known == column) {
            self.say(match (first, self.style()) {
                (true, _) => "",
                (false, Style::Hibernate) => ",",
                _ => ", ",
            });
            first = false;
            let bare = self.bare(known);
            let tight = matches!(self.style(), Style::Hibernate | Style::SqlAlchemy);
            self.say(&bare);
            self.say(if tight { "=" } else { " = " });
            self.value(&if *known == column { value.clone() } else { stored(table, known, id) });
        }
        self.word(" WHERE ");
        let key = match self.style() {
            Style::Hibernate | Style::Laravel => self.bare("id"),
            _ => self.column(table, "id"),
        };
        match self.style() {
            Style::Prisma => {
                self.say(&format!("({key} = "));
                self.value(&id.into());
                self.say(" AND 1=1)");
            }
            _ => {
                self.say(&format!("{key}{}", self.equals()));
                self.value(&id.into());
            }
        }
    }
}

/// `c1_0`
fn alias(table: &Table) -> String {
    let initials = table.singular.split('_').filter_map(|word| word.chars().next());
    format!("{}1_0", initials.collect::<String>())
}
