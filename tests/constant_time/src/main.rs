//! The first witness of constant time: oneway's secret operations, in the program as it ships, with every
//! secret marked as undefined memory under valgrind's memcheck. `tests/constant_time/run` runs it.
//!
//! - `valgrind`: how the program speaks to valgrind
//! - `taint`: secrets for the cases
//! - `case`: what a case is and when it passes
//! - `planted`: leaks that have to be found
//! - `cases`: the operations of oneway
//! - `divisions`: the look at the compiled program for divisions, which memcheck doesn't report

mod case;
mod cases;
mod divisions;
mod planted;
mod taint;
mod valgrind;

use case::Size;
use std::process::ExitCode;

const USAGE: &str = "usage: oneway-constant-time [--quick | --all] [PART OF A NAME]...
       oneway-constant-time --divisions";

fn main() -> ExitCode {
    let (mut largest, mut names) = (Size::Normal, vec![]);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--quick" => largest = Size::Small,
            "--all" => largest = Size::Large,
            "--divisions" => return verdict(divisions::pass()),
            option if option.starts_with('-') => return refuse(USAGE),
            _ => names.push(argument),
        }
    }
    if !valgrind::running() {
        return refuse("not under valgrind, where nothing can be found: use tests/constant_time/run");
    }
    println!("under valgrind, which shows a processor with: {}", processor());
    let mut cases = planted::cases();
    cases.extend(cases::cases());
    cases.retain(|case| case.size <= largest);
    if !names.is_empty() {
        cases.retain(|case| names.iter().any(|name| case.name.contains(name.as_str())));
    }
    if cases.is_empty() {
        return refuse("no case has such a name");
    }
    let failed = cases.iter().filter(|case| !case.passes()).count();
    verdict(failed == 0)
}

fn verdict(passes: bool) -> ExitCode {
    if passes { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::from(2)
}

/// The features that oneway detects, as far as valgrind emulates them: the code that is chosen by them is
/// the code that this witness sees. valgrind 3.19 has neither AVX-512 nor the SHA extensions.
#[cfg(target_arch = "x86_64")]
fn processor() -> String {
    use std::arch::is_x86_feature_detected as has;
    let features = [
        ("bmi2", has!("bmi2")),
        ("adx", has!("adx")),
        ("avx2", has!("avx2")),
        ("avx512f", has!("avx512f")),
        ("avx512ifma", has!("avx512ifma")),
        ("sha", has!("sha")),
        ("aes", has!("aes")),
    ];
    let shown: Vec<_> =
        features.iter().map(|&(name, has)| format!("{name} {}", if has { "yes" } else { "no" })).collect();
    shown.join(", ")
}

#[cfg(not(target_arch = "x86_64"))]
fn processor() -> String {
    String::from("(not x86-64)")
}
