//! The third witness: the instructions and addresses of an operation are the same for every secret.
//!
//! An operation runs several times, with other secrets of the same size each time, and each instruction is followed
//! ([`step`]). What was executed and which memory was touched has to be the same, step by step. That's constant
//! time by its definition, of the program as it ships, its vector code included, and for these secrets. No tool has
//! to know what an instruction does to a secret.
//!
//! - `step`: one instruction after the other
//! - `machine`: a second set of registers, for what's traced
//! - `program`: its symbols, and the lines of a finding
//! - `arena`: a heap with the same addresses each time
//! - `planted`: leaks that have to be found
//! - `cases`: the operations of oneway
//!
//! **What's equal by design** is all but the secrets: the stack's depth, the heap's addresses, the inputs' sizes,
//! and what was computed once and for all by a run before. The secrets of a case share what's public about them
//! and may show in a trace ([`public`]): how often an operation asks for randomness, which is one more time where
//! a number was out of range, and the lengths of an encoding. So do the inputs' places in memory. Seeds are tried
//! until there are enough that do.
//!
//! **What's outside of the trace**: making the inputs, and checking the result afterwards. The results of a case's
//! secrets may not all be the same: a trace of nothing shows nothing.

mod arena;
mod cases;
mod machine;
mod planted;
mod program;
mod step;

use crate::case::Size;
use program::Program;
use std::{
    any::Any,
    collections::BTreeMap,
    hint::black_box,
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Instant,
};
use step::{Keep, Stepper, Trace};

type Operation = Box<dyn FnOnce() -> Vec<u8>>;
type Check = Box<dyn FnOnce(&[u8])>;

/// One operation, on one of its secrets.
struct Work {
    /// What's traced. The result says that something was done.
    operation: Operation,
    /// What the result is checked by, outside of the trace.
    check: Check,
}

impl Work {
    fn new(operation: impl FnOnce() -> Vec<u8> + 'static) -> Self {
        Self { operation: Box::new(operation), check: Box::new(|_| ()) }
    }

    fn checked(self, check: impl FnOnce(&[u8]) + 'static) -> Self {
        Self { check: Box::new(check), ..self }
    }
}

/// What has to be found in a case.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Clean,
    /// A leak, in a function with this in its name.
    Leak(&'static str),
    /// The leak of this case can't be seen in a trace.
    Unseen,
}

/// An operation on secrets.
struct Case {
    name: String,
    size: Size,
    expected: Expected,
    /// With how many secrets.
    secrets: usize,
    /// From a seed, the operation on a secret of it.
    prepare: Box<dyn Fn(u64) -> Work>,
}

impl Case {
    /// A case of which all traces have to be the same.
    fn new(
        name: impl Into<String>,
        size: Size,
        secrets: usize,
        prepare: impl Fn(u64) -> Work + 'static,
    ) -> Self {
        Self { name: name.into(), size, expected: Expected::Clean, secrets, prepare: Box::new(prepare) }
    }
}

/// A case that can't be judged, and why.
struct Unfit(String);

/// Of how many seeds secrets are made, in search of those that share what's public.
const SEEDS: u64 = 3000;

static PUBLIC: AtomicU64 = AtomicU64::new(0);

/// Something public about a secret that may show in a trace: it's the same for all secrets of a case.
fn public(fact: u64) {
    let sum = PUBLIC.load(Relaxed).rotate_left(9) ^ fact.wrapping_add(1);
    PUBLIC.store(sum.wrapping_mul(0x9e37_79b9_7f4a_7c15), Relaxed);
}

/// Runs the cases up to a size that have one of the names. True if all are as they have to be; nothing if
/// there are none.
pub(crate) fn pass(largest: Size, names: &[String]) -> Option<bool> {
    let fits = |case: &Case| {
        case.size <= largest && (names.is_empty() || names.iter().any(|name| case.name.contains(name)))
    };
    let cases: Vec<_> = planted::cases().into_iter().chain(cases::cases()).filter(fits).collect();
    if cases.is_empty() {
        return None;
    }
    let default = take_hook();
    set_hook(Box::new(move |panic| {
        arena::leave();
        default(panic);
    }));
    let (mut stepper, mut steps, start) = (Stepper::new(Program::this()), 0, Instant::now());
    let failed = cases.iter().filter(|case| !case.passes(&mut stepper, &mut steps)).count();
    // Not as integers: what's divided here would be for `divisions` to judge.
    let nanoseconds = start.elapsed().as_secs_f64() * 1e9 / steps as f64;
    println!("{:.0} million steps, {nanoseconds:.0} ns each", steps as f64 / 1e6);
    Some(failed == 0)
}

impl Case {
    /// Runs the case and prints one line, and what was found. True if it's as it has to be.
    fn passes(&self, stepper: &mut Stepper, steps: &mut u64) -> bool {
        let (name, start) = (&self.name, Instant::now());
        let judged = catch_unwind(AssertUnwindSafe(|| self.judge(stepper, steps)));
        arena::leave();
        let seconds = format!("{:.1} s", start.elapsed().as_secs_f64());
        let (line, passes) = match judged {
            Err(panic) => (format!("PANIC {name}: {} ({seconds})", text(&*panic)), false),
            Ok(Err(Unfit(why))) => (format!("PANIC {name}: {why} ({seconds})"), false),
            Ok(Ok((trace, None))) => {
                let what = format!("{} secrets, {} steps, {seconds}", self.secrets, trace.steps);
                match self.expected {
                    Expected::Clean => (format!("ok {name} ({what})"), true),
                    Expected::Unseen => (format!("ok {name}: not found, as is known ({what})"), true),
                    Expected::Leak(_) => (format!("BLIND {name}: this leak was not found ({what})"), false),
                }
            }
            Ok(Ok((_, Some(finding)))) => match self.expected {
                Expected::Leak(function) if finding.is_in(function) => {
                    (format!("ok {name}: found, as it has to be ({seconds})"), true)
                }
                Expected::Leak(_) => {
                    (format!("BLIND {name}: found elsewhere ({seconds})\n{}", finding.text), false)
                }
                _ => (format!("LEAK {name}: {} ({seconds})\n{}", finding.what, finding.text), false),
            },
        };
        println!("{line}");
        passes
    }

    /// The trace of the first secret, and where that of another one differs.
    fn judge(&self, stepper: &mut Stepper, steps: &mut u64) -> Result<(Trace, Option<Finding>), Unfit> {
        // What's computed once and stays is computed here, with memory that stays.
        untraced((self.prepare)(1));
        let seeds = self.seeds()?;
        let mut run = |stepper: &mut Stepper, seed, keep| {
            let (result, trace) = self.run(stepper, seed, keep);
            *steps += trace.steps;
            (result, trace)
        };
        let (mut results, mut traces) = (vec![], vec![]);
        for seed in &seeds {
            let (result, trace) = run(stepper, *seed, Keep::Nothing);
            results.push(result);
            traces.push(trace);
        }
        if results.iter().all(|result| *result == results[0]) {
            return Err(Unfit(String::from("the result is the same for all secrets")));
        }
        let Some(other) = traces.iter().position(|trace| *trace != traces[0]) else {
            return Ok((traces[0], None));
        };
        let (_, again) = run(stepper, seeds[0], Keep::Record);
        if again != traces[0] {
            return Err(Unfit(String::from("the trace of one secret isn't the same each time")));
        }
        run(stepper, seeds[other], Keep::Difference);
        let Some((at, block)) = stepper.difference() else {
            return Err(Unfit(format!(
                "the traces differ, but not in their first {} blocks",
                step::RECORDED
            )));
        };
        // The same block with other addresses, or another block, to which the one before has jumped.
        let [ours, theirs] = [seeds[0], seeds[other]].map(|seed| {
            run(stepper, seed, Keep::Addresses(at));
            stepper.addresses().to_vec()
        });
        let position = ours.iter().zip(&theirs).position(|(x, y)| x != y);
        let (what, address) = match position {
            Some(position) if stepper.recorded(at) == Some(block) => {
                ("an address", stepper.instruction(block, position))
            }
            _ => {
                let before = at.checked_sub(1).and_then(|before| stepper.recorded(before));
                ("a jump", stepper.end(before.ok_or_else(|| Unfit(String::from("no block before")))?))
            }
        };
        // In a library's code the last jump from the program's own is shown.
        let mut before = (0..at).rev().filter_map(|before| stepper.recorded(before));
        let address = if stepper.program().is_own(address) {
            address
        } else {
            before.find(|block| stepper.program().is_own(*block)).map_or(address, |block| stepper.end(block))
        };
        let differing = traces.iter().filter(|trace| **trace != traces[0]).count();
        let what = format!(
            "{what} depends on the secret, after {at} blocks; {differing} of {} secrets differ from the first",
            seeds.len() - 1,
        );
        Ok((traces[0], Some(Finding { what, ..finding(stepper, address) })))
    }

    /// Seeds of secrets that share what's public.
    fn seeds(&self) -> Result<Vec<u64>, Unfit> {
        let mut groups = BTreeMap::<_, Vec<_>>::new();
        for seed in 1..=SEEDS {
            arena::enter();
            PUBLIC.store(0, Relaxed);
            let work = (self.prepare)(seed);
            let place = arena::used();
            untraced(work);
            arena::leave();
            let group = groups.entry((PUBLIC.load(Relaxed), place)).or_default();
            group.push(seed);
            if group.len() == self.secrets {
                return Ok(group.clone());
            }
        }
        Err(Unfit(format!("no {} secrets of {SEEDS} share what's public", self.secrets)))
    }

    /// The result and the trace of one secret. Called from one place in `judge`, as the stack's depth has to be the
    /// same.
    #[inline(never)]
    fn run(&self, stepper: &mut Stepper, seed: u64, keep: Keep) -> (Vec<u8>, Trace) {
        arena::enter();
        let Work { operation, check } = (self.prepare)(seed);
        let (result, trace) = stepper.run(keep, operation);
        check(black_box(&result));
        arena::leave();
        (result.to_vec(), trace)
    }
}

/// An operation at full speed, with its check.
fn untraced(work: Work) {
    let result = (work.operation)();
    (work.check)(black_box(&result));
}

/// Where something was found.
struct Finding {
    what: String,
    /// The functions of that place, the innermost first.
    functions: Vec<String>,
    text: String,
}

impl Finding {
    fn is_in(&self, function: &str) -> bool {
        self.functions.iter().any(|name| name.contains(function))
    }
}

/// The instruction at an address.
fn finding(stepper: &Stepper, address: u64) -> Finding {
    let program = stepper.program();
    let (frames, relative) = (program.frames(address), program.relative(address));
    let lines = frames.iter().map(|frame| format!("\n    {} at {}", frame.function, frame.place));
    Finding {
        what: String::new(),
        text: format!("  {relative}{}", lines.collect::<String>()),
        functions: frames.into_iter().map(|frame| frame.function).collect(),
    }
}

/// What a panic said.
fn text(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("something")
}
