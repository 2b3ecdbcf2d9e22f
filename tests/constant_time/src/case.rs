//! A case, and how it's judged.

use crate::tool::Findings;
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
    /// The case leaks on purpose, in a way that this tool doesn't see: said rather than left out.
    Unseen,
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

    /// A case that leaks on purpose, and isn't found.
    pub(crate) fn unseen(name: impl Into<String>, run: impl Fn() + 'static) -> Self {
        Self { expected: Expected::Unseen, ..Self::leak(name, run) }
    }

    /// Runs the case and prints one line. True if it's as it has to be.
    pub(crate) fn passes(&self) -> bool {
        let name = &self.name;
        let (findings, start) = (Findings::begin(name), Instant::now());
        let returned = catch_unwind(AssertUnwindSafe(&self.run)).is_ok();
        let (count, seconds) = (findings.count(), start.elapsed().as_secs_f64());
        let passes = returned
            && match self.expected {
                Expected::Clean => count == 0,
                Expected::Leak => count > 0,
                Expected::Unseen => true,
            };
        match (returned, count, self.expected) {
            (false, ..) => println!("PANIC {name} ({seconds:.1} s)"),
            (_, 0, Expected::Clean) => println!("ok {name} ({seconds:.1} s)"),
            (_, k, Expected::Clean) => println!("LEAK {name}: {k} findings ({seconds:.1} s)"),
            (_, 0, Expected::Leak) => println!("BLIND {name}: this leak was not found ({seconds:.1} s)"),
            (_, 0, Expected::Unseen) => println!("ok {name}: not found, as is known ({seconds:.1} s)"),
            (_, k, _) => println!("ok {name}: found, as it has to be: {k} ({seconds:.1} s)"),
        }
        findings.end(name, !passes);
        passes
    }
}
