//! A report to study: `report.html` (a page with charts), `report.md` (tables) and `report.json` (the results).
//!
//! The files: this one (the race within a budget of time), `charts` (SVG), `html` (the page), `markdown`.

mod charts;
mod html;
mod markdown;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::contest::{Contest, Effort, Keys};
use crate::growth;
use crate::machine;
use crate::options::Choice;
use crate::race::Pace;
use crate::results::{self, Results, Row};
use crate::rows::{Op, Section};

/// Races the rows of these sections and the points of growth curves, and writes the report into a folder. What comes
/// back is the list of files.
pub(crate) fn race(
    choice: &Choice,
    sections: &[Section],
    contest: &Contest,
    budget: Duration,
    out: &Path,
) -> Result<String, String> {
    // Before the race and not after it: whether there's a place for what comes out.
    fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let probe = out.join(".report");
    results::write(&probe, "")?;
    fs::remove_file(&probe).map_err(|error| format!("{}: {error}", probe.display()))?;

    let rows = sections.iter().flat_map(|section| section.rows.iter().map(|op| (section.title, *op)));
    let mut steps: Vec<Step> = rows.map(|(section, op)| Step::row(section, op)).collect();
    let plans: Vec<_> = growth::plans().into_iter().filter(|plan| plan.is_wanted(choice)).collect();
    for op in plans.iter().flat_map(|plan| &plan.points).map(|point| point.op) {
        // Most sizes of keys are rows as well.
        if !steps.iter().any(|step| step.op == op) {
            steps.push(Step::point(op));
        }
    }
    let raced = run(&steps, contest, budget);

    let of = |op: Op| {
        let step = steps.iter().position(|step| step.op == op).expect("raced");
        raced[step].clone()
    };
    let growth = plans.iter().map(|plan| {
        let rows: Vec<Row> = plan.points.iter().map(|point| of(point.op)).collect();
        plan.curves(&rows)
    });
    let growth = growth.collect();
    let is_row = |row: &Row| !row.section.is_empty();
    let rows = raced.into_iter().filter(is_row).collect();
    write(&Results::new(&machine::describe(&contest.peers), rows, growth), out)
}

/// Writes the report of results into a folder. What comes back is the list of files.
pub(crate) fn write(results: &Results, out: &Path) -> Result<String, String> {
    fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let [html, markdown, json] = ["report.html", "report.md", "report.json"].map(|name| out.join(name));
    results::write(&html, &html::page(results))?;
    results::write(&markdown, &markdown::text(results))?;
    results.write(&json)?;
    Ok([html, markdown, json].map(|file| file.display().to_string()).join("\n"))
}

/// Something to race, in no section if it's for a curve alone.
struct Step {
    section: &'static str,
    op: Op,
    /// How much of the time it gets, compared to the others.
    weight: u64,
}

impl Step {
    fn row(section: &'static str, op: Op) -> Self {
        // Keys vary, so that it takes many; and each takes long.
        let weight = match op {
            Op::Generate(..=2048) => 80,
            Op::Generate(_) => 150,
            _ => 10,
        };
        Self { section, op, weight }
    }

    fn point(op: Op) -> Self {
        let weight = if matches!(op, Op::Generate(_)) { 30 } else { 6 };
        Self { section: "", op, weight }
    }
}

/// Races them one after the other. A row that takes longer than its share leaves less to the rest.
fn run(steps: &[Step], contest: &Contest, budget: Duration) -> Vec<Row> {
    let end = Instant::now() + budget;
    let mut weight: u64 = steps.iter().map(|step| step.weight).sum();
    eprintln!("{} operations, about {} s", steps.len(), budget.as_secs());
    // Draws nothing where standard error isn't a terminal. It's drawn between rows alone: something that ticks
    // would disturb the clock.
    let progress = ProgressBar::new(weight);
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} %, {msg}");
    progress.set_style(style.expect("a template"));
    let race = |step: &Step| {
        let left = end.saturating_duration_since(Instant::now());
        progress.set_message(format!("about {} s left: {}", left.as_secs(), step.op));
        let share = share(left, step.weight, weight);
        weight -= step.weight;
        let row = contest.race(step.section, step.op, effort(share));
        progress.inc(step.weight);
        row
    };
    let rows = steps.iter().map(race).collect();
    progress.finish_and_clear();
    rows
}

/// A step's part of the time that's left.
fn share(left: Duration, weight: u64, of: u64) -> Duration {
    left.mul_f64(weight as f64 / of as f64)
}

/// What can be done in that time. The fixtures, the checks and finding out how often to do it take some of it.
fn effort(time: Duration) -> Effort {
    let pace = Pace { sample: Duration::from_millis(1), row: time.mul_f64(0.8), rounds: 5, patience: 1.3 };
    Effort { pace, keys: Keys::Time(time.mul_f64(0.8)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows;

    #[test]
    fn shares_of_the_time_that_is_left_use_up_all_of_it() {
        let second = Duration::from_secs(1);
        assert_eq!(share(12 * second, 1, 4), 3 * second);
        // The first took twice its time: the others have less each.
        assert_eq!(share(6 * second, 1, 3), 2 * second);
        assert_eq!(share(2 * second, 1, 1), 2 * second);
        assert_eq!(share(Duration::ZERO, 1, 1), Duration::ZERO);
    }

    #[test]
    fn a_small_race_is_written_as_three_files() {
        let choice = Choice { filters: vec!["sha256".into()], peers: vec![] };
        let mut sections = rows::sections();
        sections.retain_mut(|section| {
            section.rows.retain(|op| choice.wants(&op.to_string()));
            !section.rows.is_empty()
        });
        let out = std::env::temp_dir().join(format!("oneway-report-{}", std::process::id()));
        let contest = Contest::new(&[]).unwrap();
        let files = race(&choice, &sections, &contest, Duration::from_millis(500), &out).unwrap();
        assert_eq!(files.lines().count(), 3);
        let results = Results::read(out.join("report.json")).unwrap();
        assert_eq!(results.rows.len(), 3);
        assert_eq!(results.growth.len(), 1);
        assert_eq!(results.growth[0].curves[0].points.len(), 8);
        let page = fs::read_to_string(out.join("report.html")).unwrap();
        assert_eq!(page.matches("<figure").count(), 3 + 1);
        assert!(fs::read_to_string(out.join("report.md")).unwrap().contains("sha256 16384 B"));
        fs::remove_dir_all(&out).unwrap();
        // A file is no folder.
        let error = write(&results, Path::new("/proc/version")).unwrap_err();
        assert!(error.starts_with("/proc/version: "), "{error}");
    }
}
