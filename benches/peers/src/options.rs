//! The command line.

use std::path::PathBuf;
use std::time::Duration;

pub(crate) const USAGE: &str = "\
Usage: peers [OPTIONS] [FILTER…]
       peers report [OPTIONS] [FILTER…]
       peers compare OLD.json NEW.json

Races oneway against other libraries, and prints tables.
  FILTER            only rows whose name contains one of these
  --peers A,B       only peers whose names contain one of these
  --quick           a short run: rough figures, few keys
  --keys N          how many keys of 2048 bits each library generates (default 100, quick 10);
                    half as many of 3072 bits, a quarter of 4096
  --json FILE       the figures as JSON
  --list            the names of rows and peers

report: races, and writes report.html, report.md and report.json, with charts and growth curves.
  FILTER, --peers   as above
  --budget SECONDS  how long the race may take in all (default 200)
  --out DIR         where the files go (default target/report)
  --from FILE       no race: the report of a JSON file

compare: what has become faster or slower, from one JSON file to another, as markdown.";

/// How long the race of a report takes unless it's said.
const BUDGET: Duration = Duration::from_secs(200);

/// What the command line asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Help,
    List(Choice),
    Race {
        choice: Choice,
        quick: bool,
        keys: Option<usize>,
        json: Option<PathBuf>,
    },
    Report {
        choice: Choice,
        budget: Duration,
        out: PathBuf,
    },
    /// The report of a race that was run before.
    Redraw {
        from: PathBuf,
        out: PathBuf,
    },
    Compare {
        old: PathBuf,
        new: PathBuf,
    },
}

/// Which rows and peers: words in their names.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Choice {
    pub(crate) filters: Vec<String>,
    pub(crate) peers: Vec<String>,
}

impl Choice {
    /// Whether a row of that name is one of them.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| name.contains(filter.as_str()))
    }
}

impl Command {
    /// Reads the arguments, without the program's name.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut arguments = arguments.into_iter().peekable();
        match arguments.peek().map(String::as_str) {
            Some("report") => report(arguments.skip(1)),
            Some("compare") => compare(arguments.skip(1)),
            _ => race(arguments),
        }
    }
}

fn race(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut choice = Choice::default();
    let (mut quick, mut keys, mut json, mut list) = (false, None, None, false);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--quick" => quick = true,
            "--list" => list = true,
            "--json" => json = Some(value()?.into()),
            "--keys" => keys = Some(value()?.parse().map_err(|_| "--keys needs a number".to_owned())?),
            "--peers" => choice.peers = words(&value()?),
            "--help" | "-h" => return Ok(Command::Help),
            _ if argument.starts_with('-') => return Err(format!("unknown option {argument}")),
            _ => choice.filters.push(argument),
        }
    }
    Ok(if list { Command::List(choice) } else { Command::Race { choice, quick, keys, json } })
}

fn report(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let (mut choice, mut budget, mut from) = (Choice::default(), None, None);
    let mut out = PathBuf::from("target/report");
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--budget" => budget = Some(seconds(&value()?)?),
            "--from" => from = Some(PathBuf::from(value()?)),
            "--out" => out = value()?.into(),
            "--peers" => choice.peers = words(&value()?),
            "--help" | "-h" => return Ok(Command::Help),
            _ if argument.starts_with('-') => return Err(format!("report has no option {argument}")),
            _ => choice.filters.push(argument),
        }
    }
    match from {
        None => Ok(Command::Report { choice, budget: budget.unwrap_or(BUDGET), out }),
        Some(_) if budget.is_some() || choice != Choice::default() => {
            Err("--from races nothing: it goes with --out alone".into())
        }
        Some(from) => Ok(Command::Redraw { from, out }),
    }
}

fn compare(arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let arguments: Vec<String> = arguments.collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        return Ok(Command::Help);
    }
    if let Some(option) = arguments.iter().find(|argument| argument.starts_with('-')) {
        return Err(format!("compare has no option {option}"));
    }
    match <[String; 2]>::try_from(arguments) {
        Ok([old, new]) => Ok(Command::Compare { old: old.into(), new: new.into() }),
        Err(arguments) => Err(format!("compare needs two files, and there are {}", arguments.len())),
    }
}

fn words(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (1.0..=1e6).contains(seconds));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "--budget needs a number of seconds, from 1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &str) -> Result<Command, String> {
        Command::parse(arguments.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn commands_with_their_options() {
        let choice = Choice { filters: vec!["sign".into(), "pow".into()], peers: vec![] };
        let race = Command::Race { choice, quick: true, keys: Some(7), json: None };
        assert_eq!(parse("--quick sign --keys 7 pow"), Ok(race));
        let choice = Choice { filters: vec![], peers: vec!["rsa".into(), "graviola".into()] };
        let out = "target/report".into();
        let report = Command::Report { choice, budget: Duration::from_millis(2500), out };
        assert_eq!(parse("report --budget 2.5 --peers rsa,graviola"), Ok(report));
        let out = PathBuf::from("here");
        assert_eq!(
            parse("report --from a.json --out here"),
            Ok(Command::Redraw { from: "a.json".into(), out })
        );
        let compare = Command::Compare { old: "a".into(), new: "b".into() };
        assert_eq!(parse("compare a b"), Ok(compare));
        assert_eq!(parse("report -h"), Ok(Command::Help));
        // Words are commands only where they stand first.
        assert!(matches!(parse("--quick report"), Ok(Command::Race { .. })));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (arguments, reason) in [
            ("--fast", "unknown option --fast"),
            ("--keys", "--keys needs a value"),
            ("--keys many", "--keys needs a number"),
            ("report --budget 0", "--budget needs a number of seconds, from 1"),
            ("report --budget NaN", "--budget needs a number of seconds, from 1"),
            ("report --quick", "report has no option --quick"),
            ("report --from a.json pow", "--from races nothing: it goes with --out alone"),
            ("compare a", "compare needs two files, and there are 1"),
            ("compare a b c", "compare needs two files, and there are 3"),
            ("compare --x a b", "compare has no option --x"),
        ] {
            assert_eq!(parse(arguments), Err(reason.to_owned()), "{arguments}");
        }
    }
}
