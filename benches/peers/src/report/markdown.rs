//! The tables, as markdown.

// It is written once, and read more often.
#![allow(clippy::format_collect)]

use std::fmt::Write as _;

use super::html::{point_text, sizes};
use crate::growth::{Curve, Growth};
use crate::results::Results;
use crate::table;

/// All of it.
pub(crate) fn text(results: &Results) -> String {
    let mut text = "# oneway and other libraries\n\n".to_owned();
    for what in results.machine.keys() {
        writeln!(text, "- {what}: {}", results.machine(what)).expect("memory");
    }
    text += "- bold: within the goal (IFMA engine / other engines, the latter for peers without IFMA)\n";
    for section in results.sections() {
        write!(text, "\n{}", table::markdown(section, &results.rows_of(section))).expect("memory");
    }
    if !results.growth.is_empty() {
        text += "\n## How times grow\n\nExponents are the slopes of the lines that fit the logarithms best, by least squares.\n";
        for growth in &results.growth {
            text += &curves(growth);
        }
    }
    text
}

/// A table with sizes downwards, contestants across, and exponents as the last line.
fn curves(growth: &Growth) -> String {
    let across = |cell: &dyn Fn(&Curve) -> String| {
        growth.curves.iter().map(|curve| format!(" {} |", cell(curve))).collect::<String>()
    };
    let mut text = format!("\n### {}\n\n| {} |{}\n", growth.title, growth.size, across(&|c| c.name.clone()));
    writeln!(text, "|--:|{}", across(&|_| "--:".into()).replace(' ', "")).expect("memory");
    for size in sizes(growth) {
        let cell = |curve: &Curve| {
            let point = curve.points.iter().find(|point| point.size.total_cmp(&size).is_eq());
            point.map_or(String::new(), |point| point_text(growth, point))
        };
        writeln!(text, "| {size} |{}", across(&cell)).expect("memory");
    }
    let exponent = |curve: &Curve| curve.exponent.map_or(String::new(), |exponent| format!("{exponent:.2}"));
    writeln!(
        text,
        "| exponent from {} on; theory: {} |{}\n\n{}",
        growth.fit_from,
        growth.theory,
        across(&exponent),
        growth.why
    )
    .expect("memory");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth;
    use crate::results::tests::{results, row};

    #[test]
    fn sections_and_curves_are_tables() {
        let mut results = results("a CPU", vec![row("pow 512", &[("ifma", true, 1e-3, 0.0)])]);
        let plan = growth::plans().remove(0);
        let rows: Vec<_> = plan
            .points
            .iter()
            .map(|point| row(&point.op.to_string(), &[("ifma", true, 1e-3, 0.0)]))
            .collect();
        results.growth = vec![plan.curves(&rows)];
        let text = text(&results);
        assert!(text.contains("- CPU: a CPU\n"), "{text}");
        assert!(text.contains("| pow 512 | 1.00 ms |"), "{text}");
        assert!(text.contains("| bits | ifma |\n|--:|--:|\n| 512 | 1.00 ms |\n"), "{text}");
        assert!(text.contains("| exponent from 1024 on; theory: 3 | 0.00 |\n"), "{text}");
    }
}
