//! What a schema dump says: tables, columns, indexes, foreign keys.

mod definition;
mod statements;
mod temporary;
#[cfg(test)]
mod tests;
mod tokens;

use std::collections::{BTreeMap, HashMap};

use slowlog_event::Dialect;
use slowlog_normalize::access::Access;

pub(crate) use self::temporary::temporary_table;

/// The tables of a database, from a dump or guessed from its queries.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// The tables.
    pub tables: Vec<Table>,
    /// The views, sorted by name.
    pub views: Vec<View>,
    /// Extensions that PostgreSQL has loaded.
    pub extensions: Vec<String>,
    /// The schema that names without one are mostly looked up in.
    preferred: Option<String>,
    by_name: HashMap<String, Vec<usize>>,
}

/// A view.
#[derive(Debug, Clone)]
pub struct View {
    /// Its schema, if the dump names it.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// What its query asks.
    pub access: Access,
    /// Which block of that is its result.
    pub top: usize,
}

/// A table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Its schema, if the dump names it.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// Schema and name as the dump writes them, if it has the table: some servers tell capital
    /// letters apart although queries are looked up without regard to them.
    pub written: Option<(Option<String>, String)>,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Its indexes, those of its constraints included.
    pub indexes: Vec<Index>,
    /// Its foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// It has partitions.
    pub partitioned: bool,
    /// It is a partition of another table.
    pub partition: bool,
    /// The partitions that it has, each with its schema, where the dump names them.
    pub partitions: Vec<(Option<String>, String)>,
    /// Its storage engine, where there is a choice; lower case.
    pub engine: Option<String>,
    /// The default character set of its columns; lower case.
    pub charset: Option<String>,
    /// The default collation of its columns; lower case.
    pub collation: Option<String>,
    /// Its row format; lower case.
    pub row_format: Option<String>,
    /// Columns are known from queries alone.
    pub guessed: bool,
}

/// A column.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its type can do.
    pub class: TypeClass,
    /// Characters, if the type limits them.
    pub length: Option<u32>,
    /// `NOT NULL`
    pub not_null: bool,
    /// Its character set and its collation, if it has any of its own.
    pub characters: Option<Box<Characters>>,
}

/// How a column writes and sorts text; lower case.
#[derive(Debug, Clone, Default)]
pub struct Characters {
    /// The character set.
    pub charset: Option<String>,
    /// The collation.
    pub collation: Option<String>,
}

/// What a type can do, as far as advice is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TypeClass {
    /// Whole numbers.
    Integer,
    /// Other numbers.
    Number,
    /// Text that fits into an index.
    Text,
    /// Text and bytes of any length, of which MySQL can index a prefix only.
    Long,
    /// Truth.
    Boolean,
    /// Dates and times.
    Temporal,
    /// One of a few names.
    Enumeration,
    /// UUIDs.
    Uuid,
    /// JSON as text.
    Json,
    /// JSON that can be indexed.
    Jsonb,
    /// Arrays.
    Array,
    /// Prepared text for searches.
    SearchVector,
    /// What no B-tree sorts.
    Unordered,
    /// Not known.
    #[default]
    Unknown,
}

/// An index.
#[derive(Debug, Clone, Default)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its keys, in order.
    pub keys: Vec<IndexKey>,
    /// No two rows have the same keys.
    pub unique: bool,
    /// It is the primary key.
    pub primary: bool,
    /// It belongs to a constraint.
    pub constraint: bool,
    /// `btree`, `gin`, `hash`, `fulltext`, …
    pub method: String,
    /// The condition of a partial index, as [`canonical_text`].
    pub condition: Option<String>,
    /// Columns that it has beside its keys.
    pub include: Vec<String>,
}

/// A key of an index.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct IndexKey {
    /// The column, or the text of an expression as [`canonical_text`].
    pub text: String,
    /// It is an expression.
    pub expression: bool,
    /// `DESC`
    pub descending: bool,
    /// Where NULL stands, if it is said.
    pub nulls_first: Option<bool>,
    /// Only so many characters are in the index.
    pub prefix: Option<u32>,
    /// Its operator class, if it is not the default.
    pub class: Option<String>,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub struct ForeignKey {
    /// The columns that refer.
    pub columns: Vec<String>,
    /// Schema of the table referred to.
    pub schema: Option<String>,
    /// Table referred to.
    pub table: String,
    /// Columns referred to; empty for the primary key.
    pub referred: Vec<String>,
}

impl Schema {
    /// Reads `pg_dump -s`, `mysqldump --no-data` or `SHOW CREATE TABLE`. What it does not know it
    /// passes over.
    ///
    /// ```
    /// use slowlog_advise::Schema;
    /// use slowlog_event::Dialect;
    ///
    /// let schema = Schema::parse("CREATE TABLE app.t (id int PRIMARY KEY, a text);", Dialect::Postgres);
    /// let table = schema.table(Some("app"), "t").unwrap();
    /// assert_eq!((table.columns.len(), table.indexes.len()), (2, 1));
    /// ```
    pub fn parse(text: &str, dialect: Dialect) -> Self {
        let mut schema = Self::default();
        statements::read(text, dialect, &mut schema);
        schema.views.sort_by(|a, b| a.name.cmp(&b.name));
        if dialect == Dialect::MySql {
            schema.tables.iter_mut().for_each(Table::index_foreign_keys);
        }
        schema
    }

    /// Adds a table, unless it is there.
    pub(crate) fn add(&mut self, table: Table) -> &mut Table {
        let place = match self.place(table.schema.as_deref(), &table.name) {
            Some(place) if self.tables[place].schema == table.schema => place,
            _ => {
                self.by_name.entry(table.name.clone()).or_default().push(self.tables.len());
                self.tables.push(table);
                self.tables.len() - 1
            }
        };
        &mut self.tables[place]
    }

    /// Finds a table as a query names it.
    pub fn table(&self, schema: Option<&str>, name: &str) -> Option<&Table> {
        self.place(schema, name).map(|place| &self.tables[place])
    }

    pub(crate) fn table_mut(&mut self, schema: Option<&str>, name: &str) -> Option<&mut Table> {
        self.place(schema, name).map(|place| &mut self.tables[place])
    }

    /// Learns from the tables that statements name without a schema which schema they mean: that
    /// of most of those whose name is in one schema only.
    pub(crate) fn prefer(&mut self, names: impl Iterator<Item = String>) {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for name in names {
            if let Some([only]) = self.by_name.get(&name).map(Vec::as_slice)
                && let Some(schema) = self.tables[*only].schema.as_deref()
            {
                *count.entry(schema).or_default() += 1;
            }
        }
        let most = count.into_iter().max_by_key(|(_, count)| *count);
        self.preferred = most.map(|(schema, _)| schema.to_owned());
    }

    /// The partitions of a table that the dump has.
    pub(crate) fn partitions_of<'s>(&'s self, table: &'s Table) -> impl Iterator<Item = &'s Table> {
        table.partitions.iter().filter_map(|(schema, name)| self.table(schema.as_deref(), name))
    }

    /// A view as a query names it.
    pub(crate) fn view(&self, schema: Option<&str>, name: &str) -> Option<&View> {
        let first = self.views.partition_point(|view| *view.name < *name);
        let mut named = self.views[first..].iter().take_while(|view| view.name == name);
        match schema {
            Some(_) => named.find(|view| view.schema.as_deref() == schema || view.schema.is_none()),
            // A table of that name is what is meant, if it is in the schema that is looked at first.
            None => {
                named.find(|view| self.place(None, name).is_none() || view.schema == self.preferred)
            }
        }
    }

    /// The index of a table in `tables`. Of several tables of one name, a query that does not say
    /// which means the one in the schema of most others, or in `public`.
    pub(crate) fn place(&self, schema: Option<&str>, name: &str) -> Option<usize> {
        let places = self.by_name.get(name)?;
        let has = |place: &&usize, wanted: Option<&str>| {
            let known = self.tables[**place].schema.as_deref();
            wanted.is_none() || known.is_none() || known == wanted
        };
        match (schema, places.as_slice()) {
            (Some(_), _) => {
                let exact =
                    places.iter().find(|place| self.tables[**place].schema.as_deref() == schema);
                exact.or_else(|| places.iter().find(|place| has(place, schema))).copied()
            }
            (None, [only]) => Some(*only),
            (None, several) => {
                let of = |place: &&usize| self.tables[**place].schema.as_deref();
                let preferred = self.preferred.as_deref();
                let first =
                    several.iter().find(|place| preferred.is_some() && of(place) == preferred);
                let public = || several.iter().find(|p| matches!(of(p), Some("public") | None));
                first.or_else(public).copied()
            }
        }
    }
}

impl Table {
    /// A column by its name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// InnoDB makes an index for a foreign key that has none.
    fn index_foreign_keys(&mut self) {
        for key in &self.foreign_keys {
            let begins = |index: &Index| {
                index.method == "btree"
                    && index.keys.len() >= key.columns.len()
                    && key.columns.iter().all(|column| {
                        index.keys[..key.columns.len()].iter().any(|key| key.text == *column)
                    })
            };
            if !self.indexes.iter().any(begins) {
                let of = |text: &String| IndexKey { text: text.clone(), ..IndexKey::default() };
                self.indexes.push(Index {
                    keys: key.columns.iter().map(of).collect(),
                    constraint: true,
                    method: "btree".to_owned(),
                    ..Index::default()
                });
            }
        }
    }

    /// The columns of the primary key, where it has one.
    pub fn primary_key(&self) -> Vec<&str> {
        let primary = self.indexes.iter().find(|index| index.primary);
        primary.map_or_else(Vec::new, |index| index.keys.iter().map(|key| &*key.text).collect())
    }

    /// `schema.table`, or `table`, as the dump writes it.
    pub fn full_name(&self) -> String {
        let (schema, name) = match &self.written {
            Some((schema, name)) => (schema, name),
            None => (&self.schema, &self.name),
        };
        match schema {
            Some(schema) => format!("{schema}.{name}"),
            None => name.clone(),
        }
    }
}

impl Column {
    /// Its character set, if it has one of its own.
    pub fn charset(&self) -> Option<&str> {
        self.characters.as_ref()?.charset.as_deref()
    }

    /// Its collation, if it has one of its own.
    pub fn collation(&self) -> Option<&str> {
        self.characters.as_ref()?.collation.as_deref()
    }
}

impl Index {
    /// A B-tree over all rows, the only kind that can stand in for another.
    pub fn is_plain(&self) -> bool {
        self.method == "btree" && self.condition.is_none()
    }
}

/// The text of an expression in a form in which two that mean the same are mostly equal: without
/// blanks, parentheses around everything, and casts to text.
pub(crate) fn canonical_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(open) => {
                out.push(c);
                if c == open {
                    quote = None;
                }
            }
            None if matches!(c, '\'' | '"') => {
                quote = Some(c);
                out.push(c);
            }
            None if c.is_whitespace() || matches!(c, '(' | ')' | '`') => {
                // Where a blank parted two words, something has to.
                if out.ends_with(|last: char| last.is_alphanumeric() || matches!(last, '_' | '"')) {
                    out.push(' ');
                }
            }
            None => {
                if out.ends_with(' ') && !(c.is_alphanumeric() || c == '_') {
                    out.pop();
                }
                out.extend(c.to_lowercase());
            }
        }
    }
    for cast in ["::text", "::character varying", "::bpchar"] {
        out = out.replace(cast, "");
    }
    out.trim().to_owned()
}
