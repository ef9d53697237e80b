//! Writes once per row.

use anyhow::Result;

use super::super::model::{
    CONSIGNMENT_LABELS, CONSIGNMENTS, CUSTOMERS, DEPOTS, INVOICE_LINES, INVOICES, LABELS, MESSAGES,
    PARCELS, TARIFFS,
};
use super::super::query::{Query, Test, by, compares, is};
use super::super::request::{Request, Role};
use super::super::style::text;
use super::{account, consignments, find, insert, select};

/// A row for each line of an upload, in one transaction.
pub(super) fn import_parcels(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    let lines = 2 + r.below(25);
    r.transaction(|r| {
        let seed = r.below(1 << 30);
        r.ask_as(&insert(&CONSIGNMENTS, seed), Role::Parent("a"))?;
        for line in 0..lines {
            r.child("a", insert(&PARCELS, seed + line))?;
        }
        Ok(())
    })
}

/// Each parcel is weighed and saved.
pub(super) fn weigh_parcels(r: &mut Request<'_>) -> Result<()> {
    let consignment = r.some_id(&CONSIGNMENTS);
    let conditions = vec![compares("consignment_id", Test::Greater, consignment)];
    let page = by("consignment_id", false, 2 + r.below(18));
    let list = Query::Select { table: &PARCELS, conditions, page };
    for id in r.ask_as(&list, Role::Parent("a"))? {
        let weight = r.below(1000).into();
        r.save("a", Query::Update { table: &PARCELS, id, column: "weight", value: weight })?;
    }
    Ok(())
}

/// Each message is marked as read, all to the same.
pub(super) fn read_messages(r: &mut Request<'_>) -> Result<()> {
    let customer = r.some_id(&CUSTOMERS);
    let list = select(&MESSAGES, "customer_id", customer, by("id", false, 20));
    for id in r.ask_as(&list, Role::Parent("a"))? {
        r.save("a", Query::Update { table: &MESSAGES, id, column: "state", value: "read".into() })?;
    }
    Ok(())
}

/// Looked for, then inserted or updated.
pub(super) fn tariff_upsert(r: &mut Request<'_>) -> Result<()> {
    account(r)?;
    // In one order for all, or two of them would wait for each other.
    let mut keys: Vec<(i64, String)> =
        (0..3 + r.below(15)).map(|_| (r.some_id(&DEPOTS), text("kind", r.below(3)))).collect();
    keys.sort_unstable();
    for (depot, kind) in keys {
        let amount = r.below(900);
        let conditions = vec![is("depot_id", depot), is("kind", kind.as_str())];
        let query = Query::Select { table: &TARIFFS, conditions, page: by("id", false, 1) };
        let found = r.ask_as(&query, Role::Child("a"))?;
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
pub(super) fn remove_lines(r: &mut Request<'_>) -> Result<()> {
    let invoice = r.some_id(&INVOICES);
    r.ask_as(&find(&INVOICES, invoice), Role::Parent("a"))?;
    for _ in 0..2 + r.below(12) {
        // None that other endpoints read.
        let condition = is("id", 10_000 + r.below(10_000));
        r.save("a", Query::Delete { table: &INVOICE_LINES, condition })?;
    }
    Ok(())
}

/// Validated as not there yet, then inserted.
pub(super) fn label_consignments(r: &mut Request<'_>) -> Result<()> {
    let label = r.some_id(&LABELS);
    for id in consignments(r, "driver_id", 15)? {
        let conditions = vec![is("consignment_id", id), is("label_id", label)];
        r.ask_as(&Query::Exists { table: &CONSIGNMENT_LABELS, conditions }, Role::Child("a"))?;
        let pair = vec![id.into(), label.into()];
        r.save("a", Query::Insert { table: &CONSIGNMENT_LABELS, rows: vec![pair] })?;
    }
    Ok(())
}

/// What refers to a row goes first.
pub(super) fn purge_consignments(r: &mut Request<'_>) -> Result<()> {
    let first = 100_000 + r.below(1000) * 100;
    r.transaction(|r| {
        let rows = 2 + r.below(14);
        let conditions = vec![is("state", "lost")];
        let page = by("created_at", false, rows);
        r.ask_as(&Query::Select { table: &CONSIGNMENTS, conditions, page }, Role::Parent("a"))?;
        for id in first..first + rows {
            let parcels = Query::Delete { table: &PARCELS, condition: is("consignment_id", id) };
            r.child("a", parcels)?;
            r.child("a", Query::Delete { table: &CONSIGNMENTS, condition: is("id", id) })?;
        }
        Ok(())
    })
}
