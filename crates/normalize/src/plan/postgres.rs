//! Plans of auto_explain.

use super::{MOST_NODES, PlanFacts, SortFacts, TableRead, name};

/// A node, as its lines say.
#[derive(Debug, Default)]
struct Node {
    kind: String,
    table: Option<Box<str>>,
    index: Option<Box<str>>,
    estimated: Option<u64>,
    rows: Option<f64>,
    removed: f64,
    loops: Option<f64>,
    disk_kb: Option<u64>,
    on_disk: bool,
    /// Several processes share it: each of them is a loop.
    parallel: bool,
}

impl Node {
    fn end(self, facts: &mut PlanFacts) {
        let loops = self.loops.unwrap_or(1.0);
        let rows = self.rows.map(|rows| (rows * loops).round() as u64);
        if self.kind == "Sort" || self.kind == "Incremental Sort" {
            facts.sorts.push(SortFacts { rows, disk_kb: self.disk_kb.filter(|_| self.on_disk) });
        }
        let scans = self.kind.ends_with("Scan");
        let Some(table) = self.table.filter(|_| scans && facts.reads.len() < MOST_NODES) else {
            return;
        };
        facts.reads.push(TableRead {
            table,
            index: self.index,
            whole: self.kind.ends_with("Seq Scan"),
            estimated: self.estimated,
            rows,
            // Of each loop.
            removed: (self.removed * loops).round() as u64,
            loops: if self.parallel { 1 } else { (loops as u64).max(1) },
        });
    }

    /// `Rows Removed by Filter` and its like.
    fn property(&mut self, key: &str, value: &str) {
        let value = value.trim().trim_end_matches(',').trim_matches('"');
        let number = || value.parse::<f64>().ok().filter(|number| *number >= 0.0);
        match key {
            "Relation Name" => self.table = Some(name(value)),
            "Index Name" => self.index = Some(name(value)),
            "Plan Rows" => self.estimated = number().map(|rows| rows as u64),
            "Actual Rows" => self.rows = number(),
            "Actual Loops" => self.loops = number(),
            "Rows Removed by Filter" | "Rows Removed by Join Filter" => {
                self.removed += number().unwrap_or(0.0);
            }
            "Parallel Aware" => self.parallel = value == "true",
            "Sort Space Used" => self.disk_kb = number().map(|kb| kb as u64),
            "Sort Space Type" => self.on_disk = value == "Disk",
            // `external merge  Disk: 123kB`
            "Sort Method" => {
                if let Some((_, disk)) = value.split_once("Disk: ") {
                    self.on_disk = true;
                    self.disk_kb = disk.trim_end_matches("kB").parse().ok();
                }
            }
            _ => {}
        }
    }
}

pub(super) fn read(text: &str) -> PlanFacts {
    let mut facts = PlanFacts::default();
    let mut node: Option<Node> = None;
    // The counts of single processes stand between those of the node and the nodes below.
    let mut of_worker = false;
    for line in text.lines() {
        let line = line.trim();
        if let Some(begun) = text_node(line) {
            of_worker = false;
            if let Some(done) = node.replace(begun) {
                done.end(&mut facts);
            }
            continue;
        }
        let Some((key, value)) = property(line) else { continue };
        if key == "Node Type" {
            of_worker = false;
            let kind = value.trim().trim_end_matches(',').trim_matches('"').to_owned();
            if let Some(done) = node.replace(Node { kind, ..Node::default() }) {
                done.end(&mut facts);
            }
        } else if key == "Workers" || key == "Worker Number" || key.starts_with("Worker ") {
            of_worker = true;
        } else if let Some(node) = node.as_mut().filter(|_| !of_worker) {
            node.property(key, value);
        }
    }
    if let Some(node) = node {
        node.end(&mut facts);
    }
    facts
}

/// `->  Index Scan using i on s.t a  (cost=0.29..8.30 rows=1 width=4) (actual time=… rows=1 loops=1)`
fn text_node(line: &str) -> Option<Node> {
    let (title, figures) = line.split_once("  (cost=")?;
    let title = title.trim_start_matches("->").trim();
    let (kind, on) = title.split_once(" on ").unwrap_or((title, ""));
    let (kind, index) = match kind.split_once(" using ") {
        Some((kind, index)) => (kind, Some(name(index))),
        None => (kind, None),
    };
    let kind = kind.trim_end_matches(" Backward");
    let table = first_name(on);
    // A bitmap's own scan names an index where others name a table.
    let is_bitmap = kind.ends_with("Bitmap Index Scan");
    let (plan, actual) = figures.split_once("(actual").unwrap_or((figures, ""));
    let after = |text: &str, word: &str| -> Option<f64> {
        let rest = &text[text.find(word)? + word.len()..];
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        rest[..end].parse().ok()
    };
    Some(Node {
        kind: kind.to_owned(),
        parallel: kind.starts_with("Parallel "),
        table: table.filter(|_| !is_bitmap),
        index,
        estimated: after(plan, "rows=").map(|rows| rows as u64),
        rows: after(actual, "rows="),
        loops: after(actual, "loops="),
        ..Node::default()
    })
}

/// The table of `schema.table alias`; a name in quotes may have blanks.
fn first_name(text: &str) -> Option<Box<str>> {
    let mut start = 0;
    let mut quoted = false;
    let mut end = text.len();
    for (place, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => start = place + 1,
            ' ' if !quoted => {
                end = place;
                break;
            }
            _ => {}
        }
    }
    let table = text.get(start..end)?;
    (!table.is_empty()).then(|| name(table))
}

/// `"Key": value`, `- Key: value`, `<Key>value</Key>`, and of the text format `Key: value`.
fn property(line: &str) -> Option<(&str, &str)> {
    if let Some(rest) = line.strip_prefix('<') {
        let (key, rest) = rest.split_once('>')?;
        let (value, _) = rest.split_once("</").unwrap_or((rest, ""));
        return Some((xml_key(key), value));
    }
    let line = line.trim_start_matches("- ");
    let (key, value) = line.split_once(':')?;
    Some((key.trim().trim_matches('"'), value))
}

/// XML has `-` where the others have a blank.
fn xml_key(key: &str) -> &str {
    const KEYS: [(&str, &str); 13] = [
        ("Parallel-Aware", "Parallel Aware"),
        ("Node-Type", "Node Type"),
        ("Relation-Name", "Relation Name"),
        ("Index-Name", "Index Name"),
        ("Plan-Rows", "Plan Rows"),
        ("Actual-Rows", "Actual Rows"),
        ("Actual-Loops", "Actual Loops"),
        ("Rows-Removed-by-Filter", "Rows Removed by Filter"),
        ("Rows-Removed-by-Join-Filter", "Rows Removed by Join Filter"),
        ("Sort-Space-Used", "Sort Space Used"),
        ("Sort-Space-Type", "Sort Space Type"),
        ("Workers", "Workers"),
        ("Worker", "Workers"),
    ];
    KEYS.iter().find(|(xml, _)| *xml == key).map_or(key, |(_, plain)| plain)
}
