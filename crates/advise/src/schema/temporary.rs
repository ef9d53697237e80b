//! Statements that make a temporary table.

use slowlog_event::Dialect;

use super::tokens::{Cursor, items};

/// The name of the table, if a statement makes a temporary one: `CREATE TEMPORARY TABLE t`, or
/// `SELECT … INTO TEMP t`.
pub(crate) fn temporary_table(text: &str, dialect: Dialect) -> Option<String> {
    let items = items(text, dialect);
    let mut cursor = Cursor::new(text, &items, dialect);
    if cursor.eat("create") {
        cursor.eat_all(&["or", "replace"]);
        let _ = cursor.eat("global") || cursor.eat("local");
        if !is_temporary(&mut cursor) || !cursor.eat("table") {
            return None;
        }
        cursor.eat_all(&["if", "not", "exists"]);
        return cursor.table_name().map(|(_, name)| name);
    }
    let selects = cursor.eat("select") || cursor.eat("with");
    while selects && cursor.peek().is_some() {
        if cursor.eat("into") && is_temporary(&mut cursor) {
            cursor.eat("table");
            return cursor.table_name().map(|(_, name)| name);
        }
        cursor.next();
    }
    None
}

fn is_temporary(cursor: &mut Cursor<'_, '_>) -> bool {
    cursor.eat("temporary") || cursor.eat("temp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_tables_have_names() {
        for (sql, name) in [
            ("CREATE TEMPORARY TABLE IF NOT EXISTS t (id int)", "t"),
            ("create temp table pg_temp.t as select 1", "t"),
            ("create local temporary table \"T\" (a int)", "T"),
            ("select a into temp t from u", "t"),
            ("with x as (select 1) select * into temporary table t from x", "t"),
            ("create table t (id int)", ""),
            ("create temp view t as select 1", ""),
            ("select 'create temp table t'", ""),
            ("insert into temp (a) values (1)", ""),
        ] {
            let found = temporary_table(sql, Dialect::Postgres).unwrap_or_default();
            assert_eq!(found, name, "{sql}");
        }
        let mysql = "CREATE OR REPLACE TEMPORARY TABLE `Found` SELECT 1";
        assert_eq!(temporary_table(mysql, Dialect::MySql).as_deref(), Some("found"));
    }
}
