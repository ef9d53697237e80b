use super::*;

fn facts(plan: &str) -> Vec<(String, bool, Option<u64>, u64)> {
    let facts = PlanFacts::read(plan.as_bytes());
    let read = |read: &TableRead| (read.table.to_string(), read.whole, read.rows, read.removed);
    facts.reads.iter().map(read).collect()
}

fn read(table: &str, whole: bool, rows: u64, removed: u64) -> (String, bool, Option<u64>, u64) {
    (table.to_owned(), whole, Some(rows), removed)
}

/// One plan in all formats: a nested loop whose inner side reads a whole table three times.
#[test]
fn plans_of_every_format_say_the_same() {
    let text = "Limit  (cost=0.29..9.33 rows=1 width=8) (actual time=0.01..0.02 rows=1 loops=1)
  ->  Nested Loop  (cost=0.29..9.33 rows=1 width=8) (actual time=0.01..0.02 rows=3 loops=1)
        ->  Index Scan Backward using t_pkey on app.\"a t\" x  (cost=0.29..8.31 rows=1 width=4) (actual time=0.01..0.01 rows=3 loops=1)
              Index Cond: (id = 5)
              Filter: (k = 'Seq Scan on z  (cost'::text)
              Rows Removed by Filter: 7
        ->  Parallel Seq Scan on u  (cost=0.00..1.01 rows=1 width=4) (actual time=0.00..0.00 rows=1 loops=3)
              Filter: (b = 1)
              Rows Removed by Filter: 1000";
    let node = |kind: &str, more: &[(&str, &str)]| {
        let mut all = vec![("Node Type", kind)];
        all.extend(more);
        all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
    };
    let nodes = [
        node("Nested Loop", &[("Actual Rows", "3"), ("Actual Loops", "1")]),
        node(
            "Index Scan",
            &[
                ("Index Name", "t_pkey"),
                ("Relation Name", "a t"),
                ("Actual Rows", "3"),
                ("Actual Loops", "1"),
                ("Rows Removed by Filter", "7"),
                ("Worker Number", "0"),
                ("Actual Rows", "99"),
            ],
        ),
        node(
            "Seq Scan",
            &[
                ("Relation Name", "u"),
                ("Actual Rows", "1"),
                ("Actual Loops", "3"),
                ("Rows Removed by Filter", "1000"),
            ],
        ),
    ];
    let lines = |line: &dyn Fn(&str, &str) -> String| -> String {
        nodes.iter().flatten().map(|(key, value)| line(key, value)).collect()
    };
    let json = lines(&|key, value| format!("\t      \"{key}\": \"{value}\",\n"));
    let yaml = lines(&|key, value| {
        let dash = if key == "Node Type" { "- " } else { "  " };
        format!("    {dash}{key}: \"{value}\"\n")
    });
    let xml = lines(&|key, value| {
        let key = key.replace(' ', "-");
        format!("  <{key}>{value}</{key}>\n")
    })
    .replace("<Worker-Number>0</Worker-Number>", "<Workers>");
    for plan in [text, &json, &yaml, &xml] {
        assert_eq!(facts(plan), [read("a t", false, 3, 7), read("u", true, 3, 3000)], "{plan}");
    }
}

#[test]
fn sorts_and_bitmaps() {
    let plan = PlanFacts::read(
        b"Sort  (cost=1.00..2.00 rows=9 width=4) (actual time=1.0..2.0 rows=90000 loops=1)
  Sort Key: a
  Sort Method: external merge  Disk: 1234kB
  ->  Bitmap Heap Scan on t  (cost=1.00..2.00 rows=9 width=4) (actual time=1.0..2.0 rows=90000 loops=1)
        Recheck Cond: (b = 1)
        ->  Bitmap Index Scan on t_b  (cost=0.00..1.00 rows=9 width=0) (actual time=0.1..0.1 rows=90000 loops=1)",
    );
    assert_eq!(plan.sorts, [SortFacts { rows: Some(90_000), disk_kb: Some(1234) }]);
    assert_eq!(plan.reads.len(), 1);
    assert_eq!((plan.reads[0].estimated, plan.reads[0].rows), (Some(9), Some(90_000)));
}

#[test]
fn explain_lines_of_mariadb() {
    let plan = PlanFacts::read(
        b"# explain: id\tselect_type\ttable\ttype\tpossible_keys\tkey\tkey_len\tref\trows\tr_rows\tfiltered\tr_filtered\tExtra\n\
          # explain: 1\tSIMPLE\to\tALL\tNULL\tNULL\tNULL\tNULL\t1000\t1000.00\t100.00\t0.50\tUsing where; Using filesort\n\
          # explain: 1\tSIMPLE\t<derived2>\tref\tkey0\tkey0\t4\tx\t1\t1.00\t100.00\t100.00\t\n",
    );
    assert_eq!(plan.reads.len(), 1);
    let read = &plan.reads[0];
    assert_eq!((read.whole, read.rows, read.removed), (true, Some(5), 995));
    assert_eq!(plan.sorts.len(), 1);
}

#[test]
fn what_is_no_plan_says_nothing() {
    for text in ["", "{", "<Plan>", "# explain:", "a  (cost=", "\"Node Type\": \"Seq Scan\"", ": :"]
    {
        assert!(facts(text).is_empty(), "{text}");
    }
    let many = "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n".repeat(100_000);
    assert!(facts(&many).len() <= MOST_NODES);
}
