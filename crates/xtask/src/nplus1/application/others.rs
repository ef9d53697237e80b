//! What is no loop over rows, however often it comes.

use anyhow::Result;

use super::super::model::{
    CONSIGNMENTS, COUNTERS, CUSTOMERS, DEPOTS, DRIVERS, INVOICES, MESSAGES, PARCELS, SCANS,
    SETTINGS, TASKS, VEHICLES, VISITS,
};
use super::super::query::{Page, Query, Test, Value, by, compares, is};
use super::super::request::{Request, Role};
use super::super::style::{stored, text};
use super::{account, all, count, find, insert, row, select};

/// Each part of a page asks for the same setting.
pub(super) fn theme_settings(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    let name = text("name", SETTINGS.value("name", 7));
    for _ in 0..6 + r.below(12) {
        let conditions = vec![is("name", name.as_str())];
        let query = Query::Select { table: &SETTINGS, conditions, page: by("id", false, 1) };
        r.ask_as(&query, Role::Duplicate("a"))?;
    }
    Ok(())
}

/// The hot endpoint: the query of `consignments_index`, once per request.
pub(super) fn driver_detail(r: &mut Request<'_>) -> Result<()> {
    let driver = r.some_id(&DRIVERS);
    r.ask(find(&DRIVERS, driver)).map(drop)
}

pub(super) fn consignment_detail(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    let id = r.some_id(&CONSIGNMENTS);
    r.ask(find(&CONSIGNMENTS, id))?;
    r.ask(find(&DRIVERS, CONSIGNMENTS.value("driver_id", id)))?;
    r.ask(find(&DEPOTS, CONSIGNMENTS.value("depot_id", id)))?;
    r.ask(all(&PARCELS, "consignment_id", id)).map(drop)
}

/// The list as it should be: what belongs to all rows in one query each.
pub(super) fn consignments_preloaded(r: &mut Request<'_>) -> Result<()> {
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
pub(super) fn browse_and_open(r: &mut Request<'_>) -> Result<()> {
    let depot = r.some_id(&DEPOTS);
    let ids = r.ask(select(&CONSIGNMENTS, "depot_id", depot, by("created_at", true, 20)))?;
    for id in ids.into_iter().take(3) {
        r.next_request();
        r.ask(find(&CONSIGNMENTS, id))?;
    }
    Ok(())
}

pub(super) fn health(r: &mut Request<'_>) -> Result<()> {
    r.ask(Query::Text("SELECT 1".to_owned())).map(drop)
}

/// A word is typed, letter by letter; each letter is a request.
pub(super) fn autocomplete(r: &mut Request<'_>) -> Result<()> {
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
pub(super) fn dashboard(r: &mut Request<'_>) -> Result<()> {
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
pub(super) fn states_by_number(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    for state in 0..5 {
        let conditions = vec![is("state", text("state", state).as_str())];
        r.ask(Query::Count { table: &CONSIGNMENTS, conditions })?;
    }
    Ok(())
}

/// A number for each of the last seven days.
pub(super) fn week_by_day(r: &mut Request<'_>) -> Result<()> {
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
pub(super) fn record_visit(r: &mut Request<'_>) -> Result<()> {
    let seed = r.below(1 << 30);
    r.ask(insert(&VISITS, seed)).map(drop)
}

pub(super) fn count_up(r: &mut Request<'_>) -> Result<()> {
    let (id, value) = (r.some_id(&COUNTERS), r.below(1000).into());
    r.ask(Query::Update { table: &COUNTERS, id, column: "amount", value }).map(drop)
}

pub(super) fn poll_messages(r: &mut Request<'_>) -> Result<()> {
    let customer = r.some_id(&CUSTOMERS);
    let seen = r.below(4000);
    let conditions = vec![is("customer_id", customer), compares("id", Test::Greater, seen)];
    r.ask(Query::Select { table: &MESSAGES, conditions, page: Page::default() }).map(drop)
}

/// The same again until it works.
pub(super) fn save_with_retries(r: &mut Request<'_>) -> Result<()> {
    let (id, value) = (r.some_id(&INVOICES), Value::from(r.below(1000)));
    r.ask(find(&INVOICES, id))?;
    for _ in 0..=r.below(4) {
        let value = value.clone();
        r.ask(Query::Update { table: &INVOICES, id, column: "amount", value })?;
    }
    Ok(())
}

/// Inserts of a hundred rows.
pub(super) fn bulk_import(r: &mut Request<'_>) -> Result<()> {
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
pub(super) fn crawl_by_offset(r: &mut Request<'_>) -> Result<()> {
    let depot = r.some_id(&DEPOTS);
    for offset in 0..8 + r.below(8) {
        let page = Page { offset: Some(offset * 20), ..by("id", false, 20) };
        r.ask(select(&CONSIGNMENTS, "depot_id", depot, page))?;
    }
    Ok(())
}

/// All rows of a table, each part from where the last one ended.
pub(super) fn crawl_by_key(r: &mut Request<'_>) -> Result<()> {
    let mut last = r.below(5000);
    for _ in 0..8 + r.below(12) {
        let conditions = vec![compares("id", Test::Greater, last)];
        let query = Query::Select { table: &CONSIGNMENTS, conditions, page: by("id", false, 50) };
        last = r.ask(query)?.last().copied().unwrap_or(0);
    }
    Ok(())
}

/// Task after task, each taken, done and ended in a transaction of its own.
pub(super) fn work_off_tasks(r: &mut Request<'_>) -> Result<()> {
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
pub(super) fn batches_of_ids(r: &mut Request<'_>) -> Result<()> {
    for _ in 0..6 + r.below(6) {
        let values = (0..50).map(|_| r.some_id(&PARCELS)).collect();
        r.ask(Query::In { table: &SCANS, column: "parcel_id", values })?;
    }
    Ok(())
}

/// The same depots each time, one statement for each.
pub(super) fn nightly_by_depot(r: &mut Request<'_>) -> Result<()> {
    for depot in 1..=12 {
        r.ask(count(&CONSIGNMENTS, "depot_id", depot))?;
    }
    Ok(())
}
