//! oneway raced against other libraries: the same operations, in one process, in turns.
//!
//! `README.md` says how to run it, how to read it and how to add a library. The files: `rows` (the
//! operations, what they work on, what must come out, the goals), `peers` (one module per library), `race`
//! (the clock), `table` (the report), `machine` (its head), `tls` (connections).

mod machine;
mod peers;
mod race;
mod rows;
mod table;
#[cfg(feature = "tls")]
mod tls;

use std::time::Duration;

use race::{Entry, Pace};
use rows::{Fixtures, Op};
use serde_json::json;
use table::{Cell, Row};

const USAGE: &str = "\
Usage: oneway-peers [OPTIONS] [FILTER…]
  FILTER         only rows whose name contains one of these
  --quick        a short run: rough figures, few keys
  --keys N       how many keys of 2048 bits each library generates (default 100, quick 10);
                 half as many of 3072 bits, a quarter of 4096
  --json FILE    the figures as JSON
  --list         the names of rows";

/// What the command line says.
struct Options {
    filters: Vec<String>,
    pace: Pace,
    keys: usize,
    json: Option<String>,
    list: bool,
}

fn main() {
    let options = match options() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            std::process::exit(2);
        }
    };
    let mut sections = rows::sections();
    for section in &mut sections {
        section.rows.retain(|op| options.wants(*op));
    }
    sections.retain(|section| !section.rows.is_empty());
    if options.list {
        for op in sections.iter().flat_map(|section| &section.rows) {
            println!("{op}");
        }
        return;
    }
    run(&options, &sections);
}

fn run(options: &Options, sections: &[rows::Section]) {
    let peers = peers::all();
    let machine = machine::describe(&peers);
    for (what, which) in &machine {
        println!("- {what}: {which}");
    }
    println!("- bold: within the goal (IFMA engine / other engines, the latter for peers without IFMA)");
    let fixtures = Fixtures::new();
    let mut all = Vec::new();
    for section in sections {
        let race = |op: &Op| {
            eprintln!("{op} …");
            race_row(*op, &peers, &fixtures, options)
        };
        let rows: Vec<Row> = section.rows.iter().map(race).collect();
        println!("\n{}", table::markdown(section, &rows));
        all.extend(rows);
    }
    if let Some(file) = &options.json {
        let report = json!({ "machine": machine::to_json(&machine), "rows": table::to_json(&all) });
        if let Err(error) = std::fs::write(file, format!("{report:#}\n")) {
            eprintln!("{file}: {error}");
            std::process::exit(1);
        }
    }
}

/// Everyone's entry for a row: checked, then timed.
fn race_row(op: Op, peers: &[peers::Peer], fixtures: &Fixtures, options: &Options) -> Row {
    let ours = peers::ours::enter(op, fixtures).into_iter().map(|(name, entry)| (name, true, entry));
    let theirs =
        peers.iter().filter_map(|peer| Some((peer.name.to_owned(), false, (peer.enter)(op, fixtures)?)));
    let (mut names, mut entries) = (Vec::new(), Vec::new());
    for (name, ours, mut entry) in ours.chain(theirs) {
        if let Err(error) = rows::check(op, fixtures, &(entry.run)(1)) {
            panic!("{op}, {name}: {error}");
        }
        names.push((name, ours));
        entries.push(entry);
    }
    let figures = match op {
        Op::Generate(bits) => race::means(&mut entries, options.keys_of(bits)),
        _ => race::medians(&mut entries, options.pace),
    };
    let cells = names.into_iter().zip(entries).zip(figures).map(|(((column, ours), entry), figure)| {
        let Entry { work, vartime, .. } = entry;
        Cell { column, ours, work, vartime, figure }
    });
    Row { op, cells: cells.collect() }
}

impl Options {
    fn wants(&self, op: Op) -> bool {
        let name = op.to_string();
        self.filters.is_empty() || self.filters.iter().any(|filter| name.contains(filter.as_str()))
    }

    fn keys_of(&self, bits: usize) -> usize {
        let share = if bits <= 2048 {
            1
        } else if bits <= 3072 {
            2
        } else {
            4
        };
        self.keys.div_ceil(share).max(2)
    }
}

fn options() -> Result<Options, String> {
    let (mut quick, mut keys) = (false, None);
    let (mut json, mut list, mut filters) = (None, false, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--quick" => quick = true,
            "--list" => list = true,
            "--json" => json = Some(value()?),
            "--keys" => keys = Some(value()?.parse().map_err(|_| "--keys needs a number".to_owned())?),
            "--help" | "-h" => {
                println!("{USAGE}");
                std::process::exit(0);
            }
            _ if argument.starts_with('-') => return Err(format!("unknown option {argument}")),
            _ => filters.push(argument),
        }
    }
    let (sample, row, rounds) = if quick { (1, 500, 5) } else { (2, 4000, 15) };
    let [sample, row] = [sample, row].map(Duration::from_millis);
    let keys = keys.unwrap_or(if quick { 10 } else { 100 });
    Ok(Options { filters, pace: Pace { sample, row, rounds }, keys, json, list })
}
