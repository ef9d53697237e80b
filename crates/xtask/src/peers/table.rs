//! The table that is printed.

use super::MEGA;
use super::measure::Cost;

pub(super) struct Row {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) cost: Cost,
}

impl Row {
    pub(super) fn cpu_per_mb(&self) -> f64 {
        self.cost.cpu.as_secs_f64() / (self.bytes as f64 / MEGA)
    }
}

/// Each row beside the floor and beside each of `peers`, whose rows begin with their names.
pub(super) fn print(rows: &[Row], peers: &[&str]) {
    let cpu_of =
        |name: &str| rows.iter().find(|row| row.name.starts_with(name)).map(Row::cpu_per_mb);
    let floor = cpu_of("floor");
    print!(
        "{:<22} {:>8} {:>11} {:>9} {:>8} {:>9} {:>9}",
        "", "MB", "CPU ms/MB", "MB/s CPU", "wall s", "peak MB", "x floor"
    );
    for peer in peers {
        print!(" {:>11}", format!("x {peer}"));
    }
    println!();
    for row in rows {
        let own = row.cpu_per_mb();
        let ratio =
            |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
        print!(
            "{:<22} {:>8.1} {:>11.3} {:>9.1} {:>8.2} {:>9.1} {:>9}",
            row.name,
            row.bytes as f64 / MEGA,
            own * 1e3,
            1.0 / own,
            row.cost.wall.as_secs_f64(),
            row.cost.peak_bytes as f64 / MEGA,
            ratio(floor.map(|floor| own / floor)),
        );
        for peer in peers {
            let width = (peer.len() + 2).max(11);
            print!(" {:>width$}", ratio(cpu_of(peer).map(|peer| peer / own)));
        }
        println!();
    }
    let find = |name: &str| rows.iter().find(|row| row.name == name);
    if let (Some(one), Some(two)) = (find("slowlog json -j1"), find("slowlog json -j2")) {
        println!(
            "two threads: {:.2} times faster in wall time, {:.2} times the CPU",
            one.cost.wall.as_secs_f64() / two.cost.wall.as_secs_f64(),
            two.cost.cpu.as_secs_f64() / one.cost.cpu.as_secs_f64()
        );
    }
}
