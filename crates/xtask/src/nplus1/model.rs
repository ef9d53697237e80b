//! The data of a freight company: what its tables hold, by formula, so that a driver knows every
//! row without reading it.

use crate::corpus::random::mix;

/// A table. Its first column is `id`, counted from 1.
#[derive(Debug)]
pub(super) struct Table {
    /// As Rails, Laravel and SQLAlchemy call it.
    pub(super) plural: &'static str,
    /// As Django, Hibernate and Prisma call it.
    pub(super) singular: &'static str,
    /// All but the first. `…_id` refers to a row, `…_at` is an instant, `amount`, `weight` and
    /// `version` are numbers, others are texts.
    pub(super) columns: &'static [&'static str],
    /// Rows before anything is inserted.
    pub(super) rows: i64,
    /// Columns that are looked up by.
    pub(super) indexes: &'static [&'static str],
}

macro_rules! tables {
    ($($name:ident: $singular:literal, $plural:literal, $rows:literal, [$($column:literal),*], [$($index:literal),*];)*) => {
        $(pub(super) static $name: Table = Table {
            singular: $singular,
            plural: $plural,
            columns: &[$($column),*],
            rows: $rows,
            indexes: &[$($index),*],
        };)*
        /// All of them.
        pub(super) static TABLES: &[&Table] = &[$(&$name),*];
    };
}

tables! {
    DEPOTS: "depot", "depots", 40, ["name", "region"], [];
    VEHICLES: "vehicle", "vehicles", 400, ["plate", "depot_id"], [];
    DRIVERS: "driver", "drivers", 300, ["name", "depot_id", "vehicle_id"], ["depot_id"];
    CUSTOMERS: "customer", "customers", 500, ["name", "region"], ["name"];
    TARIFFS: "tariff", "tariffs", 120, ["depot_id", "kind", "amount"], ["depot_id"];
    CONSIGNMENTS: "consignment", "consignments", 6000,
        ["customer_id", "driver_id", "depot_id", "state", "created_at"],
        ["customer_id", "driver_id", "depot_id", "state"];
    PARCELS: "parcel", "parcels", 20_000, ["consignment_id", "tariff_id", "weight"],
        ["consignment_id"];
    SCANS: "scan", "scans", 40_000, ["parcel_id", "depot_id", "kind", "scanned_at"], ["parcel_id"];
    INVOICES: "invoice", "invoices", 3000, ["customer_id", "state", "amount"], ["customer_id"];
    INVOICE_LINES: "invoice_line", "invoice_lines", 9000, ["invoice_id", "parcel_id", "amount"],
        ["invoice_id", "parcel_id"];
    LABELS: "label", "labels", 60, ["name"], [];
    CONSIGNMENT_LABELS: "consignment_label", "consignment_labels", 9000,
        ["consignment_id", "label_id"], ["consignment_id"];
    MESSAGES: "message", "messages", 4000, ["customer_id", "state", "body"], ["customer_id"];
    TASKS: "task", "tasks", 3000, ["state", "kind", "body"], ["state"];
    ACCOUNTS: "account", "accounts", 200, ["name", "customer_id"], ["name"];
    SETTINGS: "setting", "settings", 30, ["name", "body"], ["name"];
    VISITS: "visit", "visits", 10, ["customer_id", "kind", "visited_at"], [];
    COUNTERS: "counter", "counters", 50, ["name", "amount"], [];
}

impl Table {
    /// The table that a column refers to.
    pub(super) fn referred(column: &str) -> Option<&'static Table> {
        let name = column.strip_suffix("_id")?;
        TABLES.iter().copied().find(|table| table.singular == name)
    }

    /// The value of a column in one of the first rows: an id, a number, or which of a few texts.
    pub(super) fn value(&self, column: &str, id: i64) -> i64 {
        let rows = Self::referred(column).map_or(1000, |table| table.rows);
        let seed = column.bytes().fold(self.rows as u64, |seed, byte| mix(seed ^ u64::from(byte)));
        (mix(seed ^ id as u64) % rows as u64) as i64 + 1
    }
}
