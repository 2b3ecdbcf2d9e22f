//! Two races' results beside each other: what has become faster or slower, and not by chance.

use std::fmt::Write as _;

use crate::machine::{CPU, FLAGS, IA32CAP};
use crate::results::{Cell, Results, Row};
use crate::table::time;

/// By how much of it a figure differs in another run of the same program, however quiet the run: memory lies
/// elsewhere, and the clock follows the temperature. Less is never called a change.
const FLOOR: f64 = 0.02;

/// What a change is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Faster,
    Slower,
    Same,
}

/// A figure with its noise.
#[derive(Clone, Copy, Debug)]
struct Noisy {
    value: f64,
    noise: f64,
}

/// Faster or slower only if the change is more than the noise of both together, and more than that if everything has
/// drifted by some part of its time.
fn verdict(before: Noisy, after: Noisy, drift: f64) -> Verdict {
    let change = after.value - before.value;
    let noise = (before.noise + after.noise).max(FLOOR * before.value);
    if change.abs() <= noise + drift * before.value {
        Verdict::Same
    } else if change < 0.0 {
        Verdict::Faster
    } else {
        Verdict::Slower
    }
}

/// What's compared: times of one machine, or, of different ones, times in those of the best peer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    Time,
    Ratio,
}

impl Measure {
    /// A contestant's figure; none of the best peer if it's ratios, nor where there are no peers.
    fn of(self, row: &Row, cell: &Cell) -> Option<Noisy> {
        let figure = &cell.figure;
        match self {
            Self::Time => Some(Noisy { value: figure.seconds, noise: figure.noise }),
            Self::Ratio => {
                let best = row.best_peer().filter(|best| best.name != cell.name)?;
                let value = figure.seconds / best.figure.seconds;
                // Relative errors of a quotient add up.
                let noise = value * (figure.noise / figure.seconds + best.figure.noise / best.figure.seconds);
                Some(Noisy { value, noise })
            }
        }
    }

    fn text(self, value: f64) -> String {
        match self {
            Self::Time => time(value, None),
            Self::Ratio => format!("{value:.2}"),
        }
    }
}

/// The comparison as markdown.
pub(crate) fn markdown(old: &Results, new: &Results) -> String {
    let mut text = String::new();
    let differs = |what: &&str| old.machine(what) != new.machine(what);
    // What makes times those of another machine.
    let machine: Vec<&str> = [CPU, FLAGS, IA32CAP].into_iter().filter(differs).collect();
    let measure = if machine.is_empty() { Measure::Time } else { Measure::Ratio };
    if measure == Measure::Ratio {
        let list = machine.join(", ");
        text += "**The machines differ** (";
        text += &list;
        text += "): times can't be compared. These are ratios to each run's best peer, which may be another one.\n\n";
    }
    let mut listed: Vec<&str> = Vec::new();
    for name in old.machine.keys().chain(new.machine.keys()).map(String::as_str).filter(differs) {
        if !listed.contains(&name) {
            listed.push(name);
            let [before, after] =
                [old, new].map(|r| if r.machine(name).is_empty() { "nothing" } else { r.machine(name) });
            writeln!(text, "- {name}: {before} → {after}").expect("memory");
        }
    }
    let (table, counts) = table(old, new, measure);
    write!(text, "\n{table}\n{counts}").expect("memory");
    for (title, one, other) in [("Only before", old, new), ("Only after", new, old)] {
        let missing: Vec<&str> = one.rows.iter().map(|row| row.name.as_str()).collect();
        let missing: Vec<&str> =
            missing.into_iter().filter(|name| !other.rows.iter().any(|row| row.name == *name)).collect();
        if !missing.is_empty() {
            write!(text, "\n{title}: {}.\n", missing.join("; ")).expect("memory");
        }
    }
    text.trim_start().to_owned()
}

/// A line for each contestant that's in both, and how many there are of each verdict.
fn table(old: &Results, new: &Results, measure: Measure) -> (String, String) {
    let mut text = "| | | before | after | after / before | |\n|---|---|--:|--:|--:|---|\n".to_owned();
    let mut counts = [(Verdict::Faster, 0, 0), (Verdict::Slower, 0, 0), (Verdict::Same, 0, 0)];
    for before in &old.rows {
        let Some(after) = new.rows.iter().find(|row| row.name == before.name) else { continue };
        for cell in &before.cells {
            let Some(other) = after.cell(&cell.name) else { continue };
            let Some((x, y)) = measure.of(before, cell).zip(measure.of(after, other)) else { continue };
            let drift = if measure == Measure::Time && cell.ours { drift(before, after) } else { 0.0 };
            let verdict = verdict(x, y, drift);
            let count = counts.iter_mut().find(|count| count.0 == verdict).expect("all are there");
            *(if cell.ours { &mut count.1 } else { &mut count.2 }) += 1;
            writeln!(
                text,
                "| {} | {} | {} | {} | {:.2} | {} |",
                before.name,
                cell.name,
                measure.text(x.value),
                measure.text(y.value),
                y.value / x.value,
                verdict.text(),
            )
            .expect("memory");
        }
    }
    let [faster, slower, same] =
        counts.map(|(verdict, ours, theirs)| format!("{} {ours} ({theirs})", verdict.word()));
    (text, format!("Of oneway's figures, and in parentheses of its peers': {faster}, {slower}, {same}.\n"))
}

/// By how much of it the best peer's time has changed. It was raced in the same minutes, and nobody has worked on it: so
/// much our times may have changed without any work as well.
fn drift(before: &Row, after: &Row) -> f64 {
    let best = before.best_peer().and_then(|best| Some((best, after.cell(&best.name)?)));
    best.map_or(0.0, |(x, y)| (y.figure.seconds / x.figure.seconds - 1.0).abs())
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Same => "same",
        }
    }

    /// Changes stand out.
    fn text(self) -> String {
        match self {
            Self::Same => "same".into(),
            changed => format!("**{}**", changed.word()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::{results, row};

    fn judge(before: (f64, f64), after: (f64, f64)) -> Verdict {
        let [before, after] = [before, after].map(|(value, noise)| Noisy { value, noise });
        verdict(before, after, 0.0)
    }

    #[test]
    fn a_change_is_one_beyond_the_noise_of_both() {
        assert_eq!(judge((10.0, 0.1), (9.0, 0.1)), Verdict::Faster);
        assert_eq!(judge((10.0, 0.1), (11.0, 0.1)), Verdict::Slower);
        // Either one's noise may be the reason.
        assert_eq!(judge((10.0, 0.95), (9.0, 0.1)), Verdict::Same);
        assert_eq!(judge((10.0, 0.1), (9.0, 0.95)), Verdict::Same);
        assert_eq!(judge((10.0, 0.4), (9.0, 0.5)), Verdict::Faster);
        // And however quiet they were: 2 % is none.
        assert_eq!(judge((10.0, 0.0), (9.81, 0.0)), Verdict::Same);
        assert_eq!(judge((10.0, 0.0), (9.79, 0.0)), Verdict::Faster);
    }

    #[test]
    fn times_are_compared_on_one_machine() {
        let old = row("pow 512", &[("ifma", true, 2e-3, 1e-5), ("rsa", false, 4e-3, 1e-5)]);
        let new = row("pow 512", &[("ifma", true, 1e-3, 1e-5), ("rsa", false, 4e-3, 1e-5)]);
        let gone = row("pow 768", &[("ifma", true, 2e-3, 1e-5)]);
        let text = markdown(&results("one", vec![old, gone]), &results("one", vec![new]));
        assert!(text.contains("| pow 512 | ifma | 2.00 ms | 1.00 ms | 0.50 | **faster** |"), "{text}");
        assert!(text.contains("| pow 512 | rsa | 4.00 ms | 4.00 ms | 1.00 | same |"), "{text}");
        assert!(text.contains("faster 1 (0), slower 0 (0), same 0 (1)."), "{text}");
        assert!(text.contains("Only before: pow 768."), "{text}");
        assert!(!text.contains("machines differ") && !text.contains("Only after"), "{text}");
    }

    #[test]
    fn what_everyone_does_is_no_change_of_ours() {
        let old = row("pow 512", &[("ifma", true, 1.00e-3, 0.0), ("rsa", false, 4.0e-3, 0.0)]);
        let new = row("pow 512", &[("ifma", true, 1.05e-3, 0.0), ("rsa", false, 4.2e-3, 0.0)]);
        let text = markdown(&results("one", vec![old.clone()]), &results("one", vec![new]));
        assert!(text.contains("| ifma | 1.00 ms | 1.05 ms | 1.05 | same |"), "{text}");
        assert!(text.contains("| rsa | 4.00 ms | 4.20 ms | 1.05 | **slower** |"), "{text}");
        // And what's more than that is one.
        let new = row("pow 512", &[("ifma", true, 1.10e-3, 0.0), ("rsa", false, 4.2e-3, 0.0)]);
        let text = markdown(&results("one", vec![old]), &results("one", vec![new]));
        assert!(text.contains("| ifma | 1.00 ms | 1.10 ms | 1.10 | **slower** |"), "{text}");
    }

    #[test]
    fn ratios_are_compared_on_two() {
        // Everything takes twice as long there: nothing has changed.
        let old = row("pow 512", &[("ifma", true, 1e-3, 0.0), ("rsa", false, 4e-3, 1e-5)]);
        let new = row("pow 512", &[("ifma", true, 2e-3, 0.0), ("rsa", false, 8e-3, 1e-5)]);
        let alone = row("alone", &[("oneway", true, 2e-3, 1e-5)]);
        let text = markdown(&results("one", vec![old, alone.clone()]), &results("another", vec![new, alone]));
        assert!(text.starts_with("**The machines differ** (CPU)"), "{text}");
        assert!(text.contains("- CPU: one → another"), "{text}");
        assert!(text.contains("| pow 512 | ifma | 0.25 | 0.25 | 1.00 | same |"), "{text}");
        // The best peer's ratio is 1, and without peers there's none.
        assert!(!text.contains("| rsa |") && !text.contains("| alone |"), "{text}");
    }
}
