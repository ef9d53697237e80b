//! Reads once per row.

use anyhow::Result;

use super::super::model::{
    CONSIGNMENT_LABELS, CONSIGNMENTS, CUSTOMERS, DEPOTS, DRIVERS, INVOICE_LINES, INVOICES, LABELS,
    PARCELS, SCANS, TARIFFS, VEHICLES,
};
use super::super::query::{Page, Query, Test, by, compares, is};
use super::super::request::{Request, Role};
use super::super::style::text;
use super::{account, all, consignments, count, find, select};

/// The driver of each: a lookup by a column of the list.
pub(super) fn consignments_index(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    for id in consignments(r, "depot_id", 30)? {
        let driver = CONSIGNMENTS.value("driver_id", id);
        r.turn(|r| r.child("a", find(&DRIVERS, driver)))?;
    }
    Ok(())
}

/// The parcels of each: rows that refer to the list.
pub(super) fn customer_page(r: &mut Request<'_>) -> Result<()> {
    let customer = r.some_id(&CUSTOMERS);
    r.ask(find(&CUSTOMERS, customer))?;
    let ids = r.ask_as(
        &select(&CONSIGNMENTS, "customer_id", customer, by("id", true, 25)),
        Role::Parent("a"),
    )?;
    for id in ids {
        r.turn(|r| r.child("a", all(&PARCELS, "consignment_id", id)))?;
    }
    Ok(())
}

/// Two children in turn: the vehicle, and how many consignments.
pub(super) fn driver_board(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    let depot = r.some_id(&DEPOTS);
    let limit = 3 + r.below(20);
    let ids = r.ask_as(
        &select(&DRIVERS, "depot_id", depot, by("name", false, limit)),
        Role::Parent("a"),
    )?;
    for id in ids {
        r.turn(|r| {
            r.child("a", find(&VEHICLES, DRIVERS.value("vehicle_id", id)))?;
            r.child("a", count(&CONSIGNMENTS, "driver_id", id))
        })?;
    }
    Ok(())
}

/// The latest scan of each parcel.
pub(super) fn tracking(r: &mut Request<'_>) -> Result<()> {
    let consignment = r.some_id(&CONSIGNMENTS);
    r.ask(find(&CONSIGNMENTS, consignment))?;
    let weight = 1 + r.below(900);
    let limit = 2 + r.below(24);
    let conditions = vec![compares("weight", Test::Greater, weight)];
    let page = by("id", false, limit);
    let list = Query::Select { table: &PARCELS, conditions, page };
    for id in r.ask_as(&list, Role::Parent("a"))? {
        r.turn(|r| r.child("a", select(&SCANS, "parcel_id", id, by("scanned_at", true, 1))))?;
    }
    Ok(())
}

/// Rows of rows: the parcels of each consignment, and the tariff of each parcel.
pub(super) fn manifest(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    for id in consignments(r, "driver_id", 14)? {
        let parcels = r.ask_as(&all(&PARCELS, "consignment_id", id), Role::Child("a"))?;
        for parcel in parcels {
            let tariff = PARCELS.value("tariff_id", parcel);
            r.ask_as(&find(&TARIFFS, tariff), Role::Grandchild("a"))?;
        }
    }
    Ok(())
}

/// The labels of each, by way of a table of pairs.
pub(super) fn labelled_list(r: &mut Request<'_>) -> Result<()> {
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
pub(super) fn invoices_open(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    let customer = r.some_id(&CUSTOMERS);
    let limit = 1 + r.below(20);
    let low = customer - r.below(40);
    let conditions = vec![compares("customer_id", Test::Greater, low), is("state", "new")];
    let list = Query::Select { table: &INVOICES, conditions, page: by("id", false, limit) };
    for id in r.ask_as(&list, Role::Parent("a"))? {
        let conditions = vec![is("invoice_id", id), is("amount", 500)];
        r.turn(|r| r.child("a", Query::Exists { table: &INVOICE_LINES, conditions }))?;
    }
    Ok(())
}

/// Ids that a telephone sends: there is no list in the log.
pub(super) fn mobile_sync(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    for _ in 0..3 + r.below(25) {
        let id = r.some_id(&CONSIGNMENTS);
        r.turn(|r| r.child("a", find(&CONSIGNMENTS, id)))?;
    }
    Ok(())
}

/// Resolvers, one field after the other: loop behind loop.
pub(super) fn graph_query(r: &mut Request<'_>) -> Result<()> {
    let first = r.some_id(&CONSIGNMENTS);
    let conditions = vec![compares("id", Test::Greater, first), is("state", "moving")];
    let page = by("id", false, 1 + r.below(20));
    let list = Query::Select { table: &CONSIGNMENTS, conditions, page };
    let ids = r.ask_as(&list, Role::Parent("a"))?;
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
pub(super) fn preload_of_one(r: &mut Request<'_>) -> Result<()> {
    for id in consignments(r, "depot_id", 20)? {
        let query = Query::In { table: &PARCELS, column: "consignment_id", values: vec![id] };
        r.turn(|r| r.child("a", query))?;
    }
    Ok(())
}

/// A key of two columns, both from the row.
pub(super) fn price_table(r: &mut Request<'_>) -> Result<()> {
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
pub(super) fn dispatch_list(r: &mut Request<'_>) -> Result<()> {
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
pub(super) fn locked_review(r: &mut Request<'_>) -> Result<()> {
    r.transaction(|r| {
        for id in consignments(r, "depot_id", 18)? {
            r.child("a", all(&INVOICE_LINES, "parcel_id", id))?;
        }
        Ok(())
    })
}

/// A long one.
pub(super) fn export(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    let page = by("id", false, 60 + r.below(120));
    let state = text("state", r.below(5));
    let conditions = vec![is("state", state.as_str())];
    let list = Query::Select { table: &CONSIGNMENTS, conditions, page };
    for id in r.ask_as(&list, Role::Parent("a"))? {
        r.turn(|r| r.child("a", find(&CUSTOMERS, CONSIGNMENTS.value("customer_id", id))))?;
    }
    Ok(())
}
