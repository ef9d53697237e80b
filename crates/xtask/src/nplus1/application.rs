//! What the freight company's application does, written down before any detector saw its logs.
//!
//! Reads and writes that come once per row are loops; everything else is none, however often it
//! comes. Lists have 1 to 30 rows, so that the length of loops varies.

use anyhow::Result;

use super::model::{
    ACCOUNTS, CONSIGNMENT_LABELS, CONSIGNMENTS, COUNTERS, CUSTOMERS, DEPOTS, DRIVERS,
    INVOICE_LINES, INVOICES, LABELS, MESSAGES, PARCELS, SCANS, SETTINGS, TARIFFS, TASKS, Table,
    VEHICLES, VISITS,
};
use super::query::{Page, Query, Test, Value, by, compares, is};
use super::request::{Request, Role};
use super::style::{stored, text};

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
    ($($class:ident { $($play:ident $weight:literal,)* })*) => {
        /// All endpoints.
        pub(super) static ENDPOINTS: &[Endpoint] = &[$($(
            Endpoint { name: stringify!($play), class: Class::$class, weight: $weight, play: $play },
        )*)*];
    };
}

endpoints! {
    Reads {
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
    Writes {
        import_parcels 12,
        weigh_parcels 12,
        read_messages 12,
        tariff_upsert 10,
        remove_lines 10,
        label_consignments 10,
        purge_consignments 8,
    }
    Duplicates {
        theme_settings 10,
    }
    Fine {
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
    Job {
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
    r.ask_as(select(&CONSIGNMENTS, column, table, page), Role::Parent("a"))
}

/// The driver of each: a lookup by a column of the list.
fn consignments_index(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    for id in consignments(r, "depot_id", 30)? {
        let driver = CONSIGNMENTS.value("driver_id", id);
        r.turn(|r| r.child("a", find(&DRIVERS, driver)))?;
    }
    Ok(())
}

/// The parcels of each: rows that refer to the list.
fn customer_page(r: &mut Request<'_>) -> Result<()> {
    let customer = r.some_id(&CUSTOMERS);
    r.ask(find(&CUSTOMERS, customer))?;
    let ids = r.ask_as(
        select(&CONSIGNMENTS, "customer_id", customer, by("id", true, 25)),
        Role::Parent("a"),
    )?;
    for id in ids {
        r.turn(|r| r.child("a", all(&PARCELS, "consignment_id", id)))?;
    }
    Ok(())
}

/// Two children in turn: the vehicle, and how many consignments.
fn driver_board(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    let depot = r.some_id(&DEPOTS);
    let limit = 3 + r.below(20);
    let ids =
        r.ask_as(select(&DRIVERS, "depot_id", depot, by("name", false, limit)), Role::Parent("a"))?;
    for id in ids {
        r.turn(|r| {
            r.child("a", find(&VEHICLES, DRIVERS.value("vehicle_id", id)))?;
            r.child("a", count(&CONSIGNMENTS, "driver_id", id))
        })?;
    }
    Ok(())
}

/// The latest scan of each parcel.
fn tracking(r: &mut Request<'_>) -> Result<()> {
    let consignment = r.some_id(&CONSIGNMENTS);
    r.ask(find(&CONSIGNMENTS, consignment))?;
    let weight = 1 + r.below(900);
    let limit = 2 + r.below(24);
    let conditions = vec![compares("weight", Test::Greater, weight)];
    let page = by("id", false, limit);
    let list = Query::Select { table: &PARCELS, conditions, page };
    for id in r.ask_as(list, Role::Parent("a"))? {
        r.turn(|r| r.child("a", select(&SCANS, "parcel_id", id, by("scanned_at", true, 1))))?;
    }
    Ok(())
}

/// Rows of rows: the parcels of each consignment, and the tariff of each parcel.
fn manifest(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    for id in consignments(r, "driver_id", 14)? {
        let parcels = r.ask_as(all(&PARCELS, "consignment_id", id), Role::Child("a"))?;
        for parcel in parcels {
            let tariff = PARCELS.value("tariff_id", parcel);
            r.ask_as(find(&TARIFFS, tariff), Role::Grandchild("a"))?;
        }
    }
    Ok(())
}

/// The labels of each, by way of a table of pairs.
fn labelled_list(r: &mut Request<'_>) -> Result<()> {
    for id in consignments(r, "customer_id", 25)? {
        let query = Query::Through {
            table: &LABELS,
            pairs: &CONSIGNMENT_LABELS,
            column: "consignment_id",
            value: id,
        };
        r.turn(|r| r.child("a", query))?;
    }
    Ok(())
}

/// Whether each invoice has a line above an amount.
fn invoices_open(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    let customer = r.some_id(&CUSTOMERS);
    let limit = 1 + r.below(20);
    let low = customer - r.below(40);
    let conditions = vec![compares("customer_id", Test::Greater, low), is("state", "new")];
    let list = Query::Select { table: &INVOICES, conditions, page: by("id", false, limit) };
    for id in r.ask_as(list, Role::Parent("a"))? {
        let conditions = vec![is("invoice_id", id), is("amount", 500)];
        r.turn(|r| r.child("a", Query::Exists { table: &INVOICE_LINES, conditions }))?;
    }
    Ok(())
}

/// Ids that a telephone sends: there is no list in the log.
fn mobile_sync(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    for _ in 0..3 + r.below(25) {
        let id = r.some_id(&CONSIGNMENTS);
        r.turn(|r| r.child("a", find(&CONSIGNMENTS, id)))?;
    }
    Ok(())
}

/// Resolvers, one field after the other: loop behind loop.
fn graph_query(r: &mut Request<'_>) -> Result<()> {
    let first = r.some_id(&CONSIGNMENTS);
    let conditions = vec![compares("id", Test::Greater, first), is("state", "moving")];
    let page = by("id", false, 1 + r.below(20));
    let list = Query::Select { table: &CONSIGNMENTS, conditions, page };
    let ids = r.ask_as(list, Role::Parent("a"))?;
    for (group, table, column) in
        [("a", &DRIVERS, "driver_id"), ("b", &DEPOTS, "depot_id"), ("c", &CUSTOMERS, "customer_id")]
    {
        for id in &ids {
            r.child(group, find(table, CONSIGNMENTS.value(column, *id)))?;
        }
    }
    Ok(())
}

/// A list of one for each row: a loader that was told to load one by one.
fn preload_of_one(r: &mut Request<'_>) -> Result<()> {
    for id in consignments(r, "depot_id", 20)? {
        let query = Query::In { table: &PARCELS, column: "consignment_id", values: vec![id] };
        r.turn(|r| r.child("a", query))?;
    }
    Ok(())
}

/// A key of two columns, both from the row.
fn price_table(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    for id in consignments(r, "customer_id", 20)? {
        let depot = CONSIGNMENTS.value("depot_id", id);
        let kind = text("kind", id);
        let conditions = vec![is("depot_id", depot), is("kind", kind.as_str())];
        let query = Query::Select { table: &TARIFFS, conditions, page: Page::default() };
        r.turn(|r| r.child("a", query))?;
    }
    Ok(())
}

/// A child of every row, and one of some.
fn dispatch_list(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    for id in consignments(r, "driver_id", 24)? {
        r.turn(|r| {
            r.child("a", find(&DEPOTS, CONSIGNMENTS.value("depot_id", id)))?;
            if id % 3 != 0 {
                r.child("a", find(&CUSTOMERS, CONSIGNMENTS.value("customer_id", id)))?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// All in one transaction, whatever the library does otherwise.
fn locked_review(r: &mut Request<'_>) -> Result<()> {
    r.transaction(|r| {
        for id in consignments(r, "depot_id", 18)? {
            r.child("a", all(&INVOICE_LINES, "parcel_id", id))?;
        }
        Ok(())
    })
}

/// A long one.
fn export(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    let page = by("id", false, 60 + r.below(120));
    let state = text("state", r.below(5));
    let conditions = vec![is("state", state.as_str())];
    let list = Query::Select { table: &CONSIGNMENTS, conditions, page };
    for id in r.ask_as(list, Role::Parent("a"))? {
        r.turn(|r| r.child("a", find(&CUSTOMERS, CONSIGNMENTS.value("customer_id", id))))?;
    }
    Ok(())
}

fn row(table: &Table, values: impl Fn(&str) -> Value) -> Vec<Value> {
    table.columns.iter().map(|column| values(column)).collect()
}

fn insert(table: &'static Table, seed: i64) -> Query {
    Query::Insert { table, rows: vec![row(table, |column| stored(table, column, seed))] }
}

/// A row for each line of an upload, in one transaction.
fn import_parcels(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    let lines = 2 + r.below(25);
    r.transaction(|r| {
        let seed = r.below(1 << 30);
        r.ask_as(insert(&CONSIGNMENTS, seed), Role::Parent("a"))?;
        for line in 0..lines {
            r.child("a", insert(&PARCELS, seed + line))?;
        }
        Ok(())
    })
}

/// Each parcel is weighed and saved.
fn weigh_parcels(r: &mut Request<'_>) -> Result<()> {
    let consignment = r.some_id(&CONSIGNMENTS);
    let conditions = vec![compares("consignment_id", Test::Greater, consignment)];
    let page = by("consignment_id", false, 2 + r.below(18));
    let list = Query::Select { table: &PARCELS, conditions, page };
    for id in r.ask_as(list, Role::Parent("a"))? {
        let weight = r.below(1000).into();
        r.save("a", Query::Update { table: &PARCELS, id, column: "weight", value: weight })?;
    }
    Ok(())
}

/// Each message is marked as read, all to the same.
fn read_messages(r: &mut Request<'_>) -> Result<()> {
    let customer = r.some_id(&CUSTOMERS);
    let list = select(&MESSAGES, "customer_id", customer, by("id", false, 20));
    for id in r.ask_as(list, Role::Parent("a"))? {
        r.save("a", Query::Update { table: &MESSAGES, id, column: "state", value: "read".into() })?;
    }
    Ok(())
}

/// Looked for, then inserted or updated.
fn tariff_upsert(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    // In one order for all, or two of them would wait for each other.
    let mut keys: Vec<(i64, String)> =
        (0..3 + r.below(15)).map(|_| (r.some_id(&DEPOTS), text("kind", r.below(3)))).collect();
    keys.sort_unstable();
    for (depot, kind) in keys {
        let amount = r.below(900);
        let conditions = vec![is("depot_id", depot), is("kind", kind.as_str())];
        let query = Query::Select { table: &TARIFFS, conditions, page: by("id", false, 1) };
        let found = r.ask_as(query, Role::Child("a"))?;
        match found.first() {
            Some(id) => {
                let (id, value) = (*id, amount.into());
                r.save("a", Query::Update { table: &TARIFFS, id, column: "amount", value })?;
            }
            None => r.save("a", insert(&TARIFFS, amount))?,
        }
    }
    Ok(())
}

/// Lines that a form no longer has.
fn remove_lines(r: &mut Request<'_>) -> Result<()> {
    let invoice = r.some_id(&INVOICES);
    r.ask_as(find(&INVOICES, invoice), Role::Parent("a"))?;
    for _ in 0..2 + r.below(12) {
        // None that other endpoints read.
        let condition = is("id", 10_000 + r.below(10_000));
        r.save("a", Query::Delete { table: &INVOICE_LINES, condition })?;
    }
    Ok(())
}

/// Validated as not there yet, then inserted.
fn label_consignments(r: &mut Request<'_>) -> Result<()> {
    let label = r.some_id(&LABELS);
    for id in consignments(r, "driver_id", 15)? {
        let conditions = vec![is("consignment_id", id), is("label_id", label)];
        r.ask_as(Query::Exists { table: &CONSIGNMENT_LABELS, conditions }, Role::Child("a"))?;
        let pair = vec![id.into(), label.into()];
        r.save("a", Query::Insert { table: &CONSIGNMENT_LABELS, rows: vec![pair] })?;
    }
    Ok(())
}

/// What refers to a row goes first.
fn purge_consignments(r: &mut Request<'_>) -> Result<()> {
    let first = 100_000 + r.below(1000) * 100;
    r.transaction(|r| {
        let rows = 2 + r.below(14);
        let conditions = vec![is("state", "lost")];
        let page = by("created_at", false, rows);
        r.ask_as(Query::Select { table: &CONSIGNMENTS, conditions, page }, Role::Parent("a"))?;
        for id in first..first + rows {
            let parcels = Query::Delete { table: &PARCELS, condition: is("consignment_id", id) };
            r.child("a", parcels)?;
            r.child("a", Query::Delete { table: &CONSIGNMENTS, condition: is("id", id) })?;
        }
        Ok(())
    })
}

/// Each part of a page asks for the same setting.
fn theme_settings(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    let name = text("name", SETTINGS.value("name", 7));
    for _ in 0..6 + r.below(12) {
        let conditions = vec![is("name", name.as_str())];
        let query = Query::Select { table: &SETTINGS, conditions, page: by("id", false, 1) };
        r.ask_as(query, Role::Duplicate("a"))?;
    }
    Ok(())
}

/// The hot endpoint: the query of `consignments_index`, once per request.
fn driver_detail(r: &mut Request<'_>) -> Result<()> {
    let driver = r.some_id(&DRIVERS);
    r.ask(find(&DRIVERS, driver)).map(drop)
}

fn consignment_detail(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    let id = r.some_id(&CONSIGNMENTS);
    r.ask(find(&CONSIGNMENTS, id))?;
    r.ask(find(&DRIVERS, CONSIGNMENTS.value("driver_id", id)))?;
    r.ask(find(&DEPOTS, CONSIGNMENTS.value("depot_id", id)))?;
    r.ask(all(&PARCELS, "consignment_id", id)).map(drop)
}

/// The list as it should be: what belongs to all rows in one query each.
fn consignments_preloaded(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    let depot = r.some_id(&DEPOTS);
    let limit = 1 + r.below(30);
    let ids = r.ask(select(&CONSIGNMENTS, "depot_id", depot, by("created_at", true, limit)))?;
    for (table, column) in [(&DRIVERS, "driver_id"), (&CUSTOMERS, "customer_id")] {
        let values = ids.iter().map(|id| CONSIGNMENTS.value(column, *id)).collect();
        r.ask(Query::In { table, column: "id", values })?;
    }
    r.ask(Query::In { table: &PARCELS, column: "consignment_id", values: ids }).map(drop)
}

/// A list, and later requests for one of its rows each, by whichever session.
fn browse_and_open(r: &mut Request<'_>) -> Result<()> {
    let depot = r.some_id(&DEPOTS);
    let ids = r.ask(select(&CONSIGNMENTS, "depot_id", depot, by("created_at", true, 20)))?;
    for id in ids.into_iter().take(3) {
        r.next_request();
        r.ask(find(&CONSIGNMENTS, id))?;
    }
    Ok(())
}

fn health(r: &mut Request<'_>) -> Result<()> {
    r.ask(Query::Text("SELECT 1".to_owned())).map(drop)
}

/// A word is typed, letter by letter; each letter is a request.
fn autocomplete(r: &mut Request<'_>) -> Result<()> {
    let word = text("name", r.below(1000));
    for end in 5..word.len() {
        let pattern = format!("{}%", &word[..end]);
        let conditions = vec![compares("name", Test::Like, pattern.as_str())];
        let page = by("name", false, 10);
        r.ask(Query::Select { table: &CUSTOMERS, conditions, page })?;
        r.next_request();
    }
    Ok(())
}

/// Ten questions, each another one.
fn dashboard(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    let (depot, customer) = (r.some_id(&DEPOTS), r.some_id(&CUSTOMERS));
    r.ask(find(&DEPOTS, depot))?;
    r.ask(count(&DRIVERS, "depot_id", depot))?;
    r.ask(count(&VEHICLES, "depot_id", depot))?;
    r.ask(count(&CONSIGNMENTS, "depot_id", depot))?;
    r.ask(select(&CONSIGNMENTS, "depot_id", depot, by("created_at", true, 5)))?;
    r.ask(count(&INVOICES, "customer_id", customer))?;
    r.ask(select(&INVOICES, "customer_id", customer, by("id", true, 5)))?;
    r.ask(count(&MESSAGES, "customer_id", customer))?;
    r.ask(select(&MESSAGES, "customer_id", customer, by("id", true, 5))).map(drop)
}

/// A number for each of the five states there are.
fn states_by_number(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    for state in 0..5 {
        let conditions = vec![is("state", text("state", state).as_str())];
        r.ask(Query::Count { table: &CONSIGNMENTS, conditions })?;
    }
    Ok(())
}

/// A number for each of the last seven days.
fn week_by_day(r: &mut Request<'_>) -> Result<()> {
    let month = 1 + r.below(12);
    let day = |day: i64| format!("2026-{month:02}-{day:02} 00:00:00");
    for today in 1..8 {
        let conditions = vec![
            compares("created_at", Test::Greater, day(today).as_str()),
            compares("created_at", Test::Less, day(today + 1).as_str()),
        ];
        r.ask(Query::Count { table: &CONSIGNMENTS, conditions })?;
    }
    Ok(())
}

/// Every request of a page is written down.
fn record_visit(r: &mut Request<'_>) -> Result<()> {
    let seed = r.below(1 << 30);
    r.ask(insert(&VISITS, seed)).map(drop)
}

fn count_up(r: &mut Request<'_>) -> Result<()> {
    let (id, value) = (r.some_id(&COUNTERS), r.below(1000).into());
    r.ask(Query::Update { table: &COUNTERS, id, column: "amount", value }).map(drop)
}

fn poll_messages(r: &mut Request<'_>) -> Result<()> {
    let customer = r.some_id(&CUSTOMERS);
    let seen = r.below(4000);
    let conditions = vec![is("customer_id", customer), compares("id", Test::Greater, seen)];
    r.ask(Query::Select { table: &MESSAGES, conditions, page: Page::default() }).map(drop)
}

/// The same again until it works.
fn save_with_retries(r: &mut Request<'_>) -> Result<()> {
    let (id, value) = (r.some_id(&INVOICES), Value::from(r.below(1000)));
    r.ask(find(&INVOICES, id))?;
    for _ in 0..1 + r.below(4) {
        let value = value.clone();
        r.ask(Query::Update { table: &INVOICES, id, column: "amount", value })?;
    }
    Ok(())
}

/// Inserts of a hundred rows.
fn bulk_import(r: &mut Request<'_>) -> Result<()> {
    let blocks = 5 + r.below(6);
    r.transaction(|r| {
        for _ in 0..blocks {
            let seed = r.below(1 << 30);
            let rows = (seed..seed + 100)
                .map(|seed| row(&SCANS, |column| stored(&SCANS, column, seed)))
                .collect();
            r.ask(Query::Insert { table: &SCANS, rows })?;
        }
        Ok(())
    })
}

/// All pages of a list.
fn crawl_by_offset(r: &mut Request<'_>) -> Result<()> {
    let depot = r.some_id(&DEPOTS);
    for offset in 0..8 + r.below(8) {
        let page = Page { offset: Some(offset * 20), ..by("id", false, 20) };
        r.ask(select(&CONSIGNMENTS, "depot_id", depot, page))?;
    }
    Ok(())
}

/// All rows of a table, each part from where the last one ended.
fn crawl_by_key(r: &mut Request<'_>) -> Result<()> {
    let mut last = r.below(5000);
    for _ in 0..8 + r.below(12) {
        let conditions = vec![compares("id", Test::Greater, last)];
        let query = Query::Select { table: &CONSIGNMENTS, conditions, page: by("id", false, 50) };
        last = r.ask(query)?.last().copied().unwrap_or(0);
    }
    Ok(())
}

/// Task after task, each taken, done and ended in a transaction of its own.
fn work_off_tasks(r: &mut Request<'_>) -> Result<()> {
    for _ in 0..6 + r.below(14) {
        r.transaction(|r| {
            let condition = is("state", "planned");
            let found = r.ask(Query::Lock { table: &TASKS, condition })?;
            for id in found {
                let value = "done".into();
                r.ask(Query::Update { table: &TASKS, id, column: "state", value })?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Lists of fifty ids.
fn batches_of_ids(r: &mut Request<'_>) -> Result<()> {
    for _ in 0..6 + r.below(6) {
        let values = (0..50).map(|_| r.some_id(&PARCELS)).collect();
        r.ask(Query::In { table: &SCANS, column: "parcel_id", values })?;
    }
    Ok(())
}

/// The same depots each time, one statement for each.
fn nightly_by_depot(r: &mut Request<'_>) -> Result<()> {
    for depot in 1..=12 {
        r.ask(count(&CONSIGNMENTS, "depot_id", depot))?;
    }
    Ok(())
}
