//! Sections as markdown tables.

use std::fmt::Write as _;

use crate::results::{Cell, Rate, Row, Statistic};

/// A section as markdown.
pub(crate) fn markdown(title: &str, rows: &[&Row]) -> String {
    let columns = columns(rows);
    let ours = columns.iter().filter(|(_, ours)| *ours).map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    let mut head: Vec<String> = vec![String::new()];
    head.extend(columns.iter().map(|(name, _)| name.clone()));
    head.push("best peer".into());
    head.extend(ours.iter().map(|name| format!("{name} / best")));
    head.push("goal".into());
    let portable = rows.iter().any(|row| row.portable_to_rustcrypto.is_some());
    if portable {
        head.push("portable / RustCrypto".into());
    }
    let mut text =
        format!("### {}\n\n| {} |\n|---{}|\n", title, head.join(" | "), "|--:".repeat(head.len() - 1));
    for row in rows {
        let mut cells = vec![row.name.clone()];
        cells.extend(
            columns
                .iter()
                .map(|(name, _)| row.cell(name).map_or(String::new(), |cell| marked_time(row, cell))),
        );
        cells.push(row.best_peer.clone().unwrap_or_default());
        let goals = row.goals;
        for name in &ours {
            let goal = match *name {
                "oneway" => goals.goal_ifma,
                "ifma" => goals.goal_ifma.filter(|_| goals.holds_ifma),
                _ => goals.goal_other_engines.filter(|_| goals.holds_other_engines),
            };
            cells.push(judged(row.cell(name).and_then(|cell| cell.ratio_to_best_peer), goal));
        }
        cells.push(match (goals.goal_ifma, goals.goal_other_engines) {
            (Some(ifma), Some(other)) if ours != ["oneway"] => format!("{ifma} / {other}"),
            (Some(goal), _) => format!("{goal}"),
            _ => String::new(),
        });
        if portable {
            cells.push(judged(row.portable_to_rustcrypto, goals.goal_portable));
        }
        writeln!(text, "| {} |", cells.join(" | ")).expect("memory");
    }
    text + &notes(rows, &columns)
}

/// Every column of these rows once, and whether it's ours.
pub(crate) fn columns(rows: &[&Row]) -> Vec<(String, bool)> {
    let mut columns = Vec::new();
    // Ours come first; the longest rows give the order.
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| std::cmp::Reverse(row.cells.len()));
    for cell in rows.iter().flat_map(|row| &row.cells) {
        let column = (cell.name.clone(), cell.ours);
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

/// A time with its mark; and where there is one, the rate.
fn marked_time(row: &Row, cell: &Cell) -> String {
    let seconds = cell.figure.seconds;
    let marks = format!("{}{}", if cell.figure.calm { "" } else { "~" }, if cell.vartime { "†" } else { "" });
    let rate = row.rate.as_ref().map_or(String::new(), |rate| format!(" ({})", per_second(rate, seconds)));
    format!("{}{marks}{rate}", time(seconds, cell.figure.standard_error))
}

/// How much there is in a second if one operation takes so long.
pub(crate) fn per_second(Rate { amount, unit }: &Rate, seconds: f64) -> String {
    format!("{:.0}{unit}", amount / seconds)
}

/// A time with three digits, and its standard error if there is one.
pub(crate) fn time(seconds: f64, error: Option<f64>) -> String {
    let (scale, unit) = match seconds {
        s if s < 0.999_5e-6 => (1e9, "ns"),
        s if s < 0.999_5e-3 => (1e6, "µs"),
        _ => (1e3, "ms"),
    };
    let digits = |x: f64| match x {
        x if x < 9.995 => format!("{x:.2}"),
        x if x < 99.95 => format!("{x:.1}"),
        x => format!("{x:.0}"),
    };
    let error = error.map_or(String::new(), |error| format!(" ± {}", digits(error * scale)));
    format!("{}{error} {unit}", digits(seconds * scale))
}

/// What's in each column's figures: lines of a list.
fn notes(rows: &[&Row], columns: &[(String, bool)]) -> String {
    let mut text = String::new();
    for line in notes_of(rows, columns) {
        write!(text, "\n- {line}").expect("memory");
    }
    text + "\n"
}

pub(crate) fn notes_of(rows: &[&Row], columns: &[(String, bool)]) -> Vec<String> {
    // Columns that do the same share a line; a column that doesn't do the same in all rows says in which.
    let mut lines: Vec<(Vec<String>, &str)> = Vec::new();
    for (name, _) in columns {
        let cells = rows.iter().filter_map(|row| Some((&row.name, row.cell(name)?)));
        let mut works: Vec<(&str, Vec<&str>)> = Vec::new();
        for (row, cell) in cells.filter(|(_, cell)| !cell.work.is_empty()) {
            match works.iter_mut().find(|(work, _)| *work == cell.work) {
                Some((_, rows)) => rows.push(row),
                None => works.push((&cell.work, vec![row])),
            }
        }
        let is_one = works.len() == 1;
        for (work, rows) in works {
            let name = if is_one { name.clone() } else { format!("{name} ({})", rows.join(", ")) };
            match lines.iter_mut().find(|(_, other)| *other == work) {
                Some((names, _)) => names.push(name),
                None => lines.push((vec![name], work)),
            }
        }
    }
    let mut lines: Vec<String> =
        lines.into_iter().map(|(names, work)| format!("{}: {work}.", names.join(", "))).collect();
    let cells = || rows.iter().flat_map(|row| &row.cells);
    if cells().any(|cell| cell.vartime) {
        lines.push("†: time depends on the secret; not counted as best peer.".into());
    }
    if cells().any(|cell| !cell.figure.calm) {
        lines.push("~: too few calm samples, so that all of them count.".into());
    }
    let means = rows.iter().filter(|row| row.statistic == Statistic::Mean);
    let runs: Vec<String> = means.map(|row| format!("{} ({})", runs(row), row.name)).collect();
    if !runs.is_empty() {
        lines.push(format!("Means of {}, ± their standard error.", runs.join(", ")));
    }
    lines
}

/// How many runs the means of a row are of.
fn runs(row: &Row) -> String {
    let counts = || row.cells.iter().map(|cell| cell.figure.samples_used);
    match (counts().min().unwrap_or(0), counts().max().unwrap_or(0)) {
        (least, most) if least == most => format!("{most} runs"),
        (least, most) => format!("{least} to {most} runs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::row;

    #[test]
    fn times_have_three_digits() {
        for (seconds, text) in [
            (1.234e-8, "12.3 ns"),
            (999.6e-9, "1.00 µs"),
            (4.5678e-4, "457 µs"),
            (0.5, "500 ms"),
            (12.0, "12000 ms"),
        ] {
            assert_eq!(time(seconds, None), text);
        }
        assert_eq!(time(0.012_34, Some(0.000_56)), "12.3 ± 0.56 ms");
    }

    #[test]
    fn a_table_has_our_columns_first_and_says_what_is_in_them() {
        let first = row("pow 512", &[("ifma", true, 1e-3, 0.0), ("rsa", false, 2e-3, 0.0)]);
        let mut second = row("pow 1024", &[("ifma", true, 1e-3, 0.0), ("rsa", false, 4e-3, 0.0)]);
        second.cells[1].work = "half of it".into();
        let text = markdown("Powers", &[&first, &second]);
        assert!(text.contains("|  | ifma | rsa | best peer | ifma / best | goal |"), "{text}");
        assert!(text.contains("| pow 1024 | 1.00 ms | 4.00 ms | rsa | 0.25 |  |"), "{text}");
        assert!(
            text.contains("\n- ifma, rsa (pow 512): all of it.\n- rsa (pow 1024): half of it.\n"),
            "{text}"
        );
    }
}
