//! oneway raced against other libraries: the same operations, in one process, in turns.
//!
//! `README.md` says how to run it, how to read it and how to add a library. The files: `options` (the command line),
//! `rows` (the operations, what they work on, what must come out, the goals), `peers` (one module per library),
//! `contest` (a row's entries, checked and timed), `race` (the clock), `tls` (connections); `results` (what came out,
//! as JSON), `machine` (its head), `table` (the same as markdown), `compare` (of two), `growth` (times against
//! sizes), `report` (a page with charts).

// Times are counted in floating point; what C takes as a length is short.
#![allow(clippy::cast_precision_loss, clippy::cast_sign_loss, clippy::cast_possible_wrap)]

mod compare;
mod contest;
mod growth;
mod machine;
mod options;
mod peers;
mod race;
mod report;
mod results;
mod rows;
mod table;
#[cfg(feature = "tls")]
mod tls;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use contest::{Contest, Effort, Keys};
use options::{Choice, Command, USAGE};
use race::Pace;
use results::Results;
use rows::Section;

/// What stops the program.
enum Failure {
    /// The command line makes no sense: exit code 2.
    Usage(String),
    /// Something else is wrong, a file for instance: exit code 1.
    Other(String),
}

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    match Command::parse(arguments).map_err(Failure::Usage).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(error)) => {
            eprintln!("{error}\n\n{USAGE}");
            ExitCode::from(2)
        }
        Err(Failure::Other(error)) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Help => print(USAGE),
        Command::List(choice) => {
            let sections = sections(&choice)?;
            for op in sections.iter().flat_map(|section| &section.rows) {
                print(&op.to_string())?;
            }
            let peers = Contest::new(&choice.peers).map_err(Failure::Usage)?.peers;
            let names: Vec<&str> = peers.iter().map(|peer| peer.name).collect();
            print(&format!("\npeers: {}", names.join("; ")))
        }
        Command::Race { choice, quick, keys, json } => {
            let (sample, row, rounds) = if quick { (1, 500, 5) } else { (2, 4000, 15) };
            let [sample, row] = [sample, row].map(Duration::from_millis);
            let keys = Keys::Count(keys.unwrap_or(if quick { 10 } else { 100 }));
            race(&choice, Effort { pace: Pace { sample, row, rounds, patience: 3.0 }, keys }, json.as_deref())
        }
        Command::Report { choice, budget, out } => {
            let sections = sections(&choice)?;
            let contest = Contest::new(&choice.peers).map_err(Failure::Usage)?;
            print(&report::race(&choice, &sections, &contest, budget, &out).map_err(Failure::Other)?)
        }
        Command::Redraw { from, out } => {
            let results = Results::read(from).map_err(Failure::Other)?;
            print(&report::write(&results, &out).map_err(Failure::Other)?)
        }
        Command::Compare { old, new } => {
            let old = Results::read(old).map_err(Failure::Other)?;
            let new = Results::read(new).map_err(Failure::Other)?;
            print(compare::markdown(&old, &new).trim_end())
        }
    }
}

/// The rows that are wanted.
fn sections(choice: &Choice) -> Result<Vec<Section>, Failure> {
    let mut sections = rows::sections();
    for section in &mut sections {
        section.rows.retain(|op| choice.wants(&op.to_string()));
    }
    sections.retain(|section| !section.rows.is_empty());
    if sections.is_empty() && !growth::plans().iter().any(|plan| plan.is_wanted(choice)) {
        return Err(Failure::Usage("no row has such a name; --list prints them".into()));
    }
    Ok(sections)
}

/// Races, and prints a table for each section.
fn race(choice: &Choice, effort: Effort, json: Option<&Path>) -> Result<(), Failure> {
    let sections = sections(choice)?;
    let contest = Contest::new(&choice.peers).map_err(Failure::Usage)?;
    let machine = machine::describe(&contest.peers);
    for (what, which) in &machine {
        print(&format!("- {what}: {which}"))?;
    }
    print("- bold: within the goal (IFMA engine / other engines, the latter for peers without IFMA)")?;
    let mut all = Vec::new();
    for section in sections {
        let rows = section.rows.iter().map(|op| {
            eprintln!("{op} …");
            contest.race(section.title, *op, effort)
        });
        let rows: Vec<_> = rows.collect();
        print(&format!("\n{}", table::markdown(section.title, &rows.iter().collect::<Vec<_>>())))?;
        all.extend(rows);
    }
    match json {
        Some(file) => Results::new(&machine, all, Vec::new()).write(file).map_err(Failure::Other),
        None => Ok(()),
    }
}

/// Prints a line. Where nobody reads any more, there's an error and no panic.
fn print(line: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{line}").map_err(|error| Failure::Other(format!("standard output: {error}")))
}
