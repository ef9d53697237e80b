//! `# explain: id select_type table type possible_keys key key_len ref rows r_rows filtered …`

use super::{PlanFacts, SortFacts, TableRead, name};

pub(super) fn read(text: &str) -> PlanFacts {
    let mut facts = PlanFacts::default();
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("# explain:"));
    let header: Vec<&str> = lines.next().unwrap_or("").split('\t').map(str::trim).collect();
    let place = |column: &str| header.iter().position(|name| *name == column);
    let [table, kind, key, rows] = ["table", "type", "key", "rows"].map(place);
    let [r_rows, r_filtered, extra] = ["r_rows", "r_filtered", "Extra"].map(place);
    for line in lines {
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        let field = |place: Option<usize>| {
            let text = *fields.get(place?)?;
            (text != "NULL" && !text.is_empty()).then_some(text)
        };
        let number = |place| field(place)?.parse::<f64>().ok().filter(|number| *number >= 0.0);
        if field(extra).is_some_and(|extra| extra.contains("filesort")) {
            facts.sorts.push(SortFacts::default());
        }
        // `<derived2>` is no table.
        let Some(table) = field(table).filter(|table| !table.starts_with('<')) else { continue };
        let share = number(r_filtered).map_or(1.0, |percent| (percent / 100.0).min(1.0));
        let read = number(r_rows);
        facts.reads.push(TableRead {
            table: name(table),
            index: field(key).map(name),
            whole: matches!(field(kind), Some("ALL" | "index")),
            estimated: number(rows).map(|rows| rows as u64),
            rows: read.map(|rows| (rows * share).round() as u64),
            removed: read.map_or(0, |rows| (rows * (1.0 - share)).round() as u64),
            loops: 1,
        });
    }
    facts
}
