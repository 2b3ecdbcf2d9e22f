//! What came out of a race, as JSON: `--json` and `report` write it, `compare` and `report --from` read it.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::growth::Growth;
use crate::race::Figure;

/// What a file of results begins with; the number changes with the meaning of fields.
const FORMAT: &str = "oneway-race-1";

/// A whole race.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    format: String,
    /// Where and with what it was run: what, and which.
    pub(crate) machine: Map<String, Value>,
    pub(crate) rows: Vec<Row>,
    /// How times grow with sizes; only in reports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) growth: Vec<Growth>,
}

/// A row with its cells, in the order of columns.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) section: String,
    #[serde(rename = "row")]
    pub(crate) name: String,
    pub(crate) statistic: Statistic,
    /// The fastest of the others whose time doesn't depend on secrets.
    pub(crate) best_peer: Option<String>,
    #[serde(flatten)]
    pub(crate) goals: Goals,
    pub(crate) portable_to_rustcrypto: Option<f64>,
    /// What there is of it in a second, where people ask for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rate: Option<Rate>,
    #[serde(rename = "contestants")]
    pub(crate) cells: Vec<Cell>,
}

/// What a figure is, of its samples.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Statistic {
    Mean,
    Median,
}

/// Goals in times of the best peer, and of RustCrypto for the portable engine.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Goals {
    pub(crate) goal_ifma: Option<f64>,
    pub(crate) goal_other_engines: Option<f64>,
    pub(crate) goal_portable: Option<f64>,
    /// Whether this run holds the IFMA engine to its goal, for peers that use IFMA as far as they can.
    pub(crate) holds_ifma: bool,
    /// Whether it holds the other engines to theirs, for peers without.
    pub(crate) holds_other_engines: bool,
}

/// How much of something one operation is: bytes, say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Rate {
    pub(crate) amount: f64,
    pub(crate) unit: String,
}

/// One cell: who, what's in the figure, and the figure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) name: String,
    /// One of our columns.
    pub(crate) ours: bool,
    pub(crate) work: String,
    #[serde(rename = "variable_time")]
    pub(crate) vartime: bool,
    #[serde(flatten)]
    pub(crate) figure: Figure,
    pub(crate) ratio_to_best_peer: Option<f64>,
}

/// What RustCrypto has for a row, for the portable engine's goal.
const RUSTCRYPTO: [&str; 3] = ["rsa", "crypto-bigint", "p256 p384 p521"];

impl Row {
    pub(crate) fn cell(&self, name: &str) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.name == name)
    }

    /// The fastest of the others whose time doesn't depend on secrets.
    pub(crate) fn best_peer(&self) -> Option<&Cell> {
        fastest(self.cells.iter().filter(|cell| !cell.ours && !cell.vartime))
    }

    /// Our fastest.
    pub(crate) fn best_of_ours(&self) -> Option<&Cell> {
        fastest(self.cells.iter().filter(|cell| cell.ours))
    }

    /// Fills in what follows from the figures.
    pub(crate) fn with_ratios(mut self) -> Self {
        let best = self.best_peer().map(|cell| (cell.name.clone(), cell.figure.seconds));
        for cell in &mut self.cells {
            cell.ratio_to_best_peer = best.as_ref().map(|(_, seconds)| cell.figure.seconds / seconds);
        }
        self.best_peer = best.map(|(name, _)| name);
        let rustcrypto = RUSTCRYPTO.iter().find_map(|name| self.cell(name));
        let portable = self.cell("portable");
        self.portable_to_rustcrypto =
            portable.zip(rustcrypto).map(|(ours, theirs)| ours.figure.seconds / theirs.figure.seconds);
        self
    }
}

fn fastest<'a>(cells: impl Iterator<Item = &'a Cell>) -> Option<&'a Cell> {
    cells.min_by(|a, b| a.figure.seconds.total_cmp(&b.figure.seconds))
}

impl Results {
    pub(crate) fn new(machine: &[(String, String)], rows: Vec<Row>, growth: Vec<Growth>) -> Self {
        let machine = machine.iter().map(|(what, which)| (what.clone(), which.clone().into())).collect();
        Self { format: FORMAT.into(), machine, rows, growth }
    }

    /// What the head says of it, or nothing.
    pub(crate) fn machine(&self, what: &str) -> &str {
        self.machine.get(what).and_then(Value::as_str).unwrap_or_default()
    }

    /// The titles of sections, in order.
    pub(crate) fn sections(&self) -> Vec<&str> {
        let mut sections: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !sections.contains(&row.section.as_str()) {
                sections.push(&row.section);
            }
        }
        sections
    }

    /// The rows of a section.
    pub(crate) fn rows_of(&self, section: &str) -> Vec<&Row> {
        self.rows.iter().filter(|row| row.section == section).collect()
    }

    pub(crate) fn write(&self, file: impl AsRef<Path>) -> Result<(), String> {
        let text = serde_json::to_string_pretty(self).expect("numbers and texts");
        write(file.as_ref(), &(text + "\n"))
    }

    pub(crate) fn read(file: impl AsRef<Path>) -> Result<Self, String> {
        let file = file.as_ref();
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Self::parse(&text).map_err(|error| format!("{}: {error}", file.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        // Looked at first: whatever else is wrong with a file of another kind, this is the reason.
        let json: Value = serde_json::from_str(text).map_err(|error| format!("isn't JSON: {error}"))?;
        if json.get("format").and_then(Value::as_str) != Some(FORMAT) {
            return Err(format!("isn't a race's results: no \"format\": \"{FORMAT}\""));
        }
        let results: Self = serde_json::from_value(json).map_err(|error| error.to_string())?;
        for row in &results.rows {
            for Cell { name, figure, .. } in &row.cells {
                if !(figure.seconds > 0.0 && figure.noise >= 0.0) {
                    return Err(format!("{}, {name}: no time at all", row.name));
                }
            }
        }
        for curve in results.growth.iter().flat_map(|growth| &growth.curves) {
            if !curve.points.iter().all(|p| p.size > 0.0 && p.seconds > 0.0 && p.quartiles[0] > 0.0) {
                return Err(format!("{}: a point without size or time", curve.name));
            }
        }
        Ok(results)
    }
}

/// Writes a file, with an error that names it.
pub(crate) fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A figure with some noise.
    pub(crate) fn figure(seconds: f64, noise: f64) -> Figure {
        Figure {
            seconds,
            quartiles: [seconds - noise, seconds + noise],
            noise,
            standard_error: None,
            samples_used: 9,
            samples_taken: 10,
            calm: true,
        }
    }

    /// A row of those contestants: name, whether it's ours, seconds, noise.
    pub(crate) fn row(name: &str, cells: &[(&str, bool, f64, f64)]) -> Row {
        let cells = cells.iter().map(|&(name, ours, seconds, noise)| Cell {
            name: name.into(),
            ours,
            work: "all of it".into(),
            vartime: false,
            figure: figure(seconds, noise),
            ratio_to_best_peer: None,
        });
        let row = Row {
            section: "A section".into(),
            name: name.into(),
            statistic: Statistic::Median,
            best_peer: None,
            goals: Goals::default(),
            portable_to_rustcrypto: None,
            rate: None,
            cells: cells.collect(),
        };
        row.with_ratios()
    }

    pub(crate) fn results(cpu: &str, rows: Vec<Row>) -> Results {
        Results::new(&[("CPU".into(), cpu.into())], rows, Vec::new())
    }

    #[test]
    fn what_is_written_is_read() {
        let cells = [("ifma", true, 1e-3, 1e-5), ("portable", true, 3e-3, 0.0), ("rsa", false, 4e-3, 1e-4)];
        let results = results("a CPU", vec![row("rsa-2048 sign pss", &cells)]);
        let text = serde_json::to_string(&results).unwrap();
        let read = Results::parse(&text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        assert_eq!(read.machine("CPU"), "a CPU");
        let row = &read.rows[0];
        assert_eq!((row.best_peer.as_deref(), row.cells[0].ratio_to_best_peer), (Some("rsa"), Some(0.25)));
        assert_eq!(row.portable_to_rustcrypto, Some(0.75));
        assert_eq!(row.best_of_ours().unwrap().name, "ifma");
    }

    #[test]
    fn other_files_are_refused_with_a_reason() {
        let error = |text: &str| Results::parse(text).unwrap_err();
        assert!(error("CPU: fast").starts_with("isn't JSON"));
        assert!(error("[1, 2]").starts_with("isn't a race's results"));
        assert!(error(r#"{"format": "another"}"#).starts_with("isn't a race's results"));
        assert!(error(r#"{"format": "oneway-race-1", "machine": {}}"#).contains("missing field `rows`"));
        let results = results("a CPU", vec![row("pow 512", &[("ifma", true, 0.0, 0.0)])]);
        assert_eq!(error(&serde_json::to_string(&results).unwrap()), "pow 512, ifma: no time at all");
    }
}
