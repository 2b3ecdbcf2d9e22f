//! A case, and how it's judged.

use crate::valgrind;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

/// How long a case takes under valgrind, which is some fifty times slower than the processor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Size {
    /// Up to a second: always run.
    Small,
    /// Up to half a minute: left out by `--quick`.
    Normal,
    /// Run by `--all` alone.
    Large,
}

/// What has to be found in a case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Nothing: the case is constant time.
    Clean,
    /// Something: the case leaks on purpose, and shows that the witness sees it.
    Leak,
}

/// One operation on secrets.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) size: Size,
    expected: Expected,
    run: Box<dyn Fn()>,
}

impl Case {
    /// A case in which nothing may be found.
    pub(crate) fn new(name: impl Into<String>, size: Size, run: impl Fn() + 'static) -> Self {
        Self { name: name.into(), size, expected: Expected::Clean, run: Box::new(run) }
    }

    /// A case that leaks on purpose.
    pub(crate) fn leak(name: impl Into<String>, run: impl Fn() + 'static) -> Self {
        Self { name: name.into(), size: Size::Small, expected: Expected::Leak, run: Box::new(run) }
    }

    /// Runs the case and prints one line. True if it's as it has to be.
    ///
    /// The lines in valgrind's log let `run` cut out what was found between them; those of a case that
    /// isn't as it has to be end in "unexpected".
    pub(crate) fn passes(&self) -> bool {
        let name = &self.name;
        valgrind::log(&format!("[case {name}"));
        let (before, start) = (valgrind::errors(), Instant::now());
        let returned = catch_unwind(AssertUnwindSafe(&self.run)).is_ok();
        let (findings, seconds) = (valgrind::errors() - before, start.elapsed().as_secs_f64());
        let passes = returned && (findings > 0) == (self.expected == Expected::Leak);
        match (returned, findings, self.expected) {
            (false, ..) => println!("PANIC {name} ({seconds:.1} s)"),
            (_, 0, Expected::Clean) => println!("ok {name} ({seconds:.1} s)"),
            (_, 0, Expected::Leak) => println!("BLIND {name}: this leak was not found ({seconds:.1} s)"),
            (_, k, Expected::Leak) => println!("ok {name}: found, as it has to be: {k} ({seconds:.1} s)"),
            (_, k, Expected::Clean) => println!("LEAK {name}: {k} findings ({seconds:.1} s)"),
        }
        valgrind::log(&format!("case {name}: {findings}{}]", if passes { "" } else { ", unexpected" }));
        passes
    }
}
