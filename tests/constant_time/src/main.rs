//! Three witnesses of constant time. Two run oneway's secret operations with every secret marked as undefined: in
//! the program as it ships under valgrind's memcheck, and, for the code that valgrind can't run, in a program that
//! `MemorySanitizer` is compiled into (`cfg(oneway_msan)`). The third runs the program as it ships, with one secret
//! after the other, and compares what was executed. `tests/constant_time/run` runs them all.
//!
//! - `tool`: how the program speaks to the one (`valgrind.rs`) or the other (`msan.rs`)
//! - `taint`: secrets for the cases
//! - `case`: what a case is and when it passes
//! - `planted`, `planted_ifma`: leaks that have to be found
//! - `cases`: the operations of oneway
//! - `trace`: the third witness, with its own cases and planted leaks
//! - `divisions`: the look at the compiled program for divisions, which memcheck doesn't report

#![cfg_attr(oneway_msan, feature(sanitize))]

mod case;
mod cases;
mod divisions;
mod planted;
#[cfg(all(oneway_msan, target_arch = "x86_64"))]
mod planted_ifma;
mod taint;
#[cfg(all(target_arch = "x86_64", target_os = "linux", not(oneway_msan)))]
mod trace;

#[cfg(oneway_msan)]
#[path = "msan.rs"]
mod tool;
#[cfg(not(oneway_msan))]
#[path = "valgrind.rs"]
mod tool;

use case::Size;
use oneway::hash::{sha256_engine, sha512_engine};
use std::process::ExitCode;

const USAGE: &str = "usage: oneway-constant-time [--quick | --all] [PART OF A NAME]...
       oneway-constant-time --trace [--quick | --all] [PART OF A NAME]...
       oneway-constant-time --divisions";

fn main() -> ExitCode {
    let (mut largest, mut names, mut traced) = (Size::Normal, vec![], false);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--quick" => largest = Size::Small,
            "--all" => largest = Size::Large,
            "--trace" => traced = true,
            "--divisions" => return verdict(divisions::pass()),
            option if option.starts_with('-') => return refuse(USAGE),
            _ => names.push(argument),
        }
    }
    if traced {
        return trace(largest, &names);
    }
    if !tool::running() {
        return refuse("not under valgrind, where nothing can be found: use tests/constant_time/run");
    }
    introduce(tool::NAME);
    let mut cases = planted::cases();
    #[cfg(all(oneway_msan, target_arch = "x86_64"))]
    cases.extend(planted_ifma::cases());
    cases.extend(cases::cases());
    cases.retain(|case| case.size <= largest);
    for (part, reason) in tool::LEFT_OUT {
        let left_out = cases.extract_if(.., |case| case.name.contains(part)).count();
        println!("left out: {left_out} cases with \"{part}\" in their name: {reason}");
    }
    if !names.is_empty() {
        cases.retain(|case| names.iter().any(|name| case.name.contains(name.as_str())));
    }
    if cases.is_empty() {
        return no_case();
    }
    let failed = cases.iter().filter(|case| !case.passes()).count();
    verdict(failed == 0)
}

#[cfg(all(target_arch = "x86_64", target_os = "linux", not(oneway_msan)))]
fn trace(largest: Size, names: &[String]) -> ExitCode {
    introduce("trace");
    match trace::pass(largest, names) {
        Some(passes) => verdict(passes),
        None => no_case(),
    }
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux", not(oneway_msan))))]
fn trace(_: Size, _: &[String]) -> ExitCode {
    refuse("there are no traces here: x86-64 Linux has them, and no program of MemorySanitizer's")
}

/// By what the cases are judged, and what of them this processor shows.
fn introduce(tool: &str) {
    println!("under {tool}, on a processor with: {}", processor());
    let engines: Vec<_> = cases::engines().iter().map(ToString::to_string).collect();
    println!("engines: {} (cases that name none: {})", engines.join(", "), engines[0]);
    println!("SHA-256 by {}, SHA-512 by {}", sha256_engine(), sha512_engine());
}

fn no_case() -> ExitCode {
    eprintln!("no case has such a name");
    ExitCode::from(3)
}

fn verdict(passes: bool) -> ExitCode {
    if passes { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::from(2)
}

/// The features that oneway detects, under valgrind as far as it emulates them: the code that is chosen by them
/// is the code that this witness sees. valgrind 3.19 has neither AVX-512 nor the SHA extensions.
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
