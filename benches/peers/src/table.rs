//! The report: markdown tables, and the same as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::machine::held;
use crate::race::Figure;
use crate::rows::{Op, Section};

/// One cell: who, what's in the figure, and the figure.
pub(crate) struct Cell {
    pub(crate) column: String,
    /// One of our columns.
    pub(crate) ours: bool,
    pub(crate) work: String,
    pub(crate) vartime: bool,
    pub(crate) figure: Figure,
}

/// A row with its cells, in the order of columns.
pub(crate) struct Row {
    pub(crate) op: Op,
    pub(crate) cells: Vec<Cell>,
}

/// What RustCrypto has for a row, for the portable engine's goal.
const RUSTCRYPTO: [&str; 3] = ["rsa", "crypto-bigint", "p256 p384 p521"];

impl Row {
    fn cell(&self, column: &str) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.column == column)
    }

    /// The fastest of the others whose time doesn't depend on secrets.
    fn best_peer(&self) -> Option<&Cell> {
        let peers = self.cells.iter().filter(|cell| !cell.ours && !cell.vartime);
        peers.min_by(|a, b| a.figure.seconds.total_cmp(&b.figure.seconds))
    }

    fn ratio(&self, column: &str, to: Option<&Cell>) -> Option<f64> {
        Some(self.cell(column)?.figure.seconds / to?.figure.seconds)
    }

    /// Our time with that engine, in times of RustCrypto's.
    fn to_rustcrypto(&self) -> Option<f64> {
        self.ratio("portable", RUSTCRYPTO.iter().find_map(|name| self.cell(name)))
    }
}

/// A section as markdown.
pub(crate) fn markdown(section: &Section, rows: &[Row]) -> String {
    let columns = columns(rows);
    let ours = columns.iter().filter(|(_, ours)| *ours).map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    let mut head: Vec<String> = vec![String::new()];
    head.extend(columns.iter().map(|(name, _)| name.clone()));
    head.push("best peer".into());
    head.extend(ours.iter().map(|name| format!("{name} / best")));
    head.push("goal".into());
    let portable = rows.iter().any(|row| row.to_rustcrypto().is_some());
    if portable {
        head.push("portable / RustCrypto".into());
    }
    let mut text = format!(
        "### {}\n\n| {} |\n|---{}|\n",
        section.title,
        head.join(" | "),
        "|--:".repeat(head.len() - 1)
    );
    for row in rows {
        let mut cells = vec![row.op.to_string()];
        cells.extend(
            columns.iter().map(|(name, _)| row.cell(name).map_or(String::new(), |cell| time(row.op, cell))),
        );
        cells.push(row.best_peer().map_or(String::new(), |cell| cell.column.clone()));
        let (goals, held) = (row.op.goals(), held(row.op));
        for name in &ours {
            let goal = match *name {
                "oneway" => goals.map(|(goal, _)| goal),
                "ifma" => goals.filter(|_| held.ifma).map(|(ifma, _)| ifma),
                _ => goals.filter(|_| held.others).map(|(_, other)| other),
            };
            cells.push(judged(row.ratio(name, row.best_peer()), goal));
        }
        cells.push(match goals {
            Some((ifma, other)) if ours != ["oneway"] => format!("{ifma} / {other}"),
            Some((goal, _)) => format!("{goal}"),
            None => String::new(),
        });
        if portable {
            cells.push(judged(row.to_rustcrypto(), row.op.portable_goal()));
        }
        writeln!(text, "| {} |", cells.join(" | ")).expect("memory");
    }
    text + &notes(rows, &columns)
}

/// Every column of these rows once, and whether it's ours.
fn columns(rows: &[Row]) -> Vec<(String, bool)> {
    let mut columns = Vec::new();
    // Ours come first; the longest rows give the order.
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.cells.len()));
    for cell in rows.iter().flat_map(|row| &row.cells) {
        let column = (cell.column.clone(), cell.ours);
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns.sort_by_key(|(_, ours)| !ours);
    columns
}

/// A ratio, in bold if it's within its goal.
fn judged(ratio: Option<f64>, goal: Option<f64>) -> String {
    match (ratio, goal) {
        (None, _) => String::new(),
        // Rounded first, so that what's read is what's judged.
        (Some(ratio), Some(goal)) if (ratio * 100.0).round() <= goal * 100.0 => format!("**{ratio:.2}**"),
        (Some(ratio), _) => format!("{ratio:.2}"),
    }
}

/// A time with three digits, and its mark; and where there is one, the rate.
fn time(op: Op, cell: &Cell) -> String {
    let Figure { seconds, error, calm, .. } = cell.figure;
    let (scale, unit) = match seconds {
        s if s < 1e-6 => (1e9, "ns"),
        s if s < 1e-3 => (1e6, "µs"),
        _ => (1e3, "ms"),
    };
    let digits = |x: f64| match x {
        x if x < 9.995 => format!("{x:.2}"),
        x if x < 99.95 => format!("{x:.1}"),
        x => format!("{x:.0}"),
    };
    let error = error.map_or(String::new(), |error| format!(" ± {}", digits(error * scale)));
    let marks = format!("{}{}", if calm { "" } else { "~" }, if cell.vartime { "†" } else { "" });
    let rate = op.rate().map_or(String::new(), |(amount, unit)| format!(" ({:.0}{unit})", amount / seconds));
    format!("{}{error} {unit}{marks}{rate}", digits(seconds * scale))
}

/// What's in each column's figures.
fn notes(rows: &[Row], columns: &[(String, bool)]) -> String {
    let mut text = String::new();
    // Columns that do the same share a line; a column that doesn't do the same in all rows says in which.
    let mut lines: Vec<(Vec<String>, &str)> = Vec::new();
    for (name, _) in columns {
        let cells = || rows.iter().filter_map(|row| Some((row.op, row.cell(name)?)));
        let mut works: Vec<(&str, Vec<String>)> = Vec::new();
        for (op, cell) in cells().filter(|(_, cell)| !cell.work.is_empty()) {
            match works.iter_mut().find(|(work, _)| *work == cell.work) {
                Some((_, ops)) => ops.push(op.to_string()),
                None => works.push((&cell.work, vec![op.to_string()])),
            }
        }
        let is_one = works.len() == 1;
        for (work, ops) in works {
            let name = if is_one { name.clone() } else { format!("{name} ({})", ops.join(", ")) };
            match lines.iter_mut().find(|(_, other)| *other == work) {
                Some((names, _)) => names.push(name),
                None => lines.push((vec![name], work)),
            }
        }
    }
    for (names, work) in lines {
        write!(text, "\n- {}: {work}.", names.join(", ")).expect("memory");
    }
    let cells = || rows.iter().flat_map(|row| &row.cells);
    if cells().any(|cell| cell.vartime) {
        text += "\n- †: time depends on the secret; not counted as best peer.";
    }
    if cells().any(|cell| !cell.figure.calm) {
        text += "\n- ~: too few calm samples, so that all of them count.";
    }
    if cells().any(|cell| cell.figure.error.is_some()) {
        text += "\n- Means of ";
        let counts: Vec<String> = rows
            .iter()
            .filter_map(|row| Some(format!("{} runs ({})", row.cells.first()?.figure.samples.0, row.op)))
            .collect();
        text += &counts.join(", ");
        text += ", ± their standard error.";
    }
    text + "\n"
}

pub(crate) fn to_json(rows: &[Row]) -> Value {
    rows.iter().map(row_to_json).collect()
}

fn row_to_json(row: &Row) -> Value {
    let best = row.best_peer();
    let cells: Vec<Value> = row
        .cells
        .iter()
        .map(|cell| {
            let Figure { seconds, error, samples, calm } = cell.figure;
            json!({
                "name": cell.column,
                "ours": cell.ours,
                "work": cell.work,
                "variable_time": cell.vartime,
                "seconds": seconds,
                "standard_error": error,
                "samples_used": samples.0,
                "samples_taken": samples.1,
                "calm": calm,
                "ratio_to_best_peer": row.ratio(&cell.column, best),
            })
        })
        .collect();
    json!({
        "row": row.op.to_string(),
        "statistic": if row.op.is_random() { "mean" } else { "median" },
        "best_peer": best.map(|cell| &cell.column),
        "goal_ifma": row.op.goals().map(|(ifma, _)| ifma),
        "goal_other_engines": row.op.goals().map(|(_, other)| other),
        "portable_to_rustcrypto": row.to_rustcrypto(),
        "contestants": cells,
    })
}
