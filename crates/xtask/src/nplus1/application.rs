//! What the freight company's application does, written down before any detector saw its logs.
//!
//! Reads and writes that come once per row are loops; everything else is none, however often it
//! comes. Lists have 1 to 30 rows, so that the length of loops varies.

mod others;
mod reads;
mod writes;

use anyhow::Result;

use super::model::{ACCOUNTS, CONSIGNMENTS, Table};
use super::query::{Page, Query, Value, by, is};
use super::request::{Request, Role};
use super::style::stored;

/// What the truth is about an endpoint's statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Reads once per row.
    Reads,
    /// Writes once per row.
    Writes,
    /// The same read with the same values.
    Duplicates,
    /// A request without a loop over rows.
    Fine,
    /// A background job that goes through its work by design.
    Job,
}

impl Class {
    /// Its name in the labels.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Reads => "n1",
            Self::Writes => "wn1",
            Self::Duplicates => "dup",
            Self::Fine => "ok",
            Self::Job => "job",
        }
    }
}

/// Something that users or clocks ask of the application.
pub(super) struct Endpoint {
    pub(super) name: &'static str,
    pub(super) class: Class,
    /// How often it comes, beside the others.
    pub(super) weight: u64,
    pub(super) play: fn(&mut Request<'_>) -> Result<()>,
}

macro_rules! endpoints {
    ($($class:ident in $module:ident { $($play:ident $weight:literal,)* })*) => {
        /// All endpoints.
        pub(super) static ENDPOINTS: &[Endpoint] = &[$($(
            Endpoint {
                name: stringify!($play),
                class: Class::$class,
                weight: $weight,
                play: $module::$play,
            },
        )*)*];
    };
}

endpoints! {
    Reads in reads {
        consignments_index 30,
        customer_page 20,
        driver_board 20,
        tracking 20,
        manifest 12,
        labelled_list 15,
        invoices_open 15,
        mobile_sync 12,
        graph_query 12,
        preload_of_one 12,
        price_table 10,
        dispatch_list 15,
        locked_review 10,
        export 4,
    }
    Writes in writes {
        import_parcels 12,
        weigh_parcels 12,
        read_messages 12,
        tariff_upsert 10,
        remove_lines 10,
        label_consignments 10,
        purge_consignments 8,
    }
    Duplicates in others {
        theme_settings 10,
    }
    Fine in others {
        driver_detail 40,
        consignment_detail 40,
        consignments_preloaded 25,
        browse_and_open 20,
        health 25,
        autocomplete 15,
        dashboard 15,
        states_by_number 12,
        week_by_day 8,
        record_visit 40,
        count_up 25,
        poll_messages 30,
        save_with_retries 10,
        bulk_import 6,
    }
    Job in others {
        crawl_by_offset 2,
        crawl_by_key 2,
        work_off_tasks 4,
        batches_of_ids 4,
        nightly_by_depot 2,
    }
}

fn select(table: &'static Table, column: &'static str, value: i64, page: Page) -> Query {
    Query::Select { table, conditions: vec![is(column, value)], page }
}

fn all(table: &'static Table, column: &'static str, value: i64) -> Query {
    select(table, column, value, Page::default())
}

fn find(table: &'static Table, id: i64) -> Query {
    Query::Find { table, id }
}

fn count(table: &'static Table, column: &'static str, value: i64) -> Query {
    Query::Count { table, conditions: vec![is(column, value)] }
}

/// Who sends the request.
fn account(r: &mut Request<'_>) -> Result<i64> {
    let id = r.some_id(&ACCOUNTS);
    r.ask(find(&ACCOUNTS, id))?;
    Ok(id)
}

/// A list of consignments, the query that loops go over.
fn consignments(r: &mut Request<'_>, column: &'static str, most: i64) -> Result<Vec<i64>> {
    let table = CONSIGNMENTS.value(column, r.some_id(&CONSIGNMENTS));
    let limit = 1 + r.below(most);
    let page = by("created_at", true, limit);
    r.ask_as(&select(&CONSIGNMENTS, column, table, page), Role::Parent("a"))
}

fn row(table: &Table, values: impl Fn(&str) -> Value) -> Vec<Value> {
    table.columns.iter().map(|column| values(column)).collect()
}

fn insert(table: &'static Table, seed: i64) -> Query {
    Query::Insert { table, rows: vec![row(table, |column| stored(table, column, seed))] }
}
