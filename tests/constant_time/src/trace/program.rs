//! The program that runs: what of it is executable, and the names and lines of its instructions.

use crate::divisions::{Frame, frames, output};
use std::{fs, ops::Range, path::PathBuf, process::Command};

/// In the name of every copy of the function (there's one of this program's own): its path, as it's mangled.
const DECLASSIFY: &str = "6oneway6kernel6secret10declassify";

pub(super) struct Program {
    path: PathBuf,
    /// The program's own code.
    own: Range<u64>,
    /// Where the file's first byte is in memory: addresses in the file's tables are relative to it.
    base: u64,
    /// What can be executed in this process, the libraries included.
    pub(super) executable: Vec<Range<u64>>,
    /// The functions that aren't part of a trace.
    pub(super) excused: Vec<Range<u64>>,
}

impl Program {
    /// This one.
    ///
    /// # Panics
    /// If its symbols aren't there.
    pub(super) fn this() -> Self {
        let path = std::env::current_exe().expect("the path of this program");
        let maps = fs::read_to_string("/proc/self/maps").expect("/proc is there");
        let range = |line: &str| {
            let (start, end) = line.split(' ').next()?.split_once('-')?;
            Some(u64::from_str_radix(start, 16).ok()?..u64::from_str_radix(end, 16).ok()?)
        };
        let name = path.to_str().expect("a path in UTF-8");
        let first = maps.lines().find(|line| line.ends_with(name)).expect("the program is mapped");
        let base = range(first).expect("an address").start;
        let is_executable =
            |line: &&str| line.split(' ').nth(1).is_some_and(|rights| rights.starts_with("r-x"));
        let own = maps.lines().filter(is_executable).filter(|line| line.ends_with(name)).find_map(range);
        let own = own.expect("the program's code is mapped");
        let executable = maps.lines().filter(is_executable).filter_map(range).collect();
        let excused: Vec<_> = symbols(&path, DECLASSIFY)
            .into_iter()
            .map(|range| base + range.start..base + range.end)
            .collect();
        // The crate's, and the copy for the planted cases.
        assert!(excused.len() >= 2, "the program's symbols name `declassify`: build it without stripping");
        Self { path, own, base, executable, excused }
    }

    /// Whether an instruction is the program's own, and not a library's.
    pub(super) fn is_own(&self, address: u64) -> bool {
        self.own.contains(&address)
    }

    /// The functions that an instruction of the program's own belongs to, the innermost first.
    pub(super) fn frames(&self, address: u64) -> Vec<Frame> {
        frames(&self.path, &[self.relative(address)]).pop().unwrap_or_default()
    }

    /// The address of an instruction in the program's file.
    pub(super) fn relative(&self, address: u64) -> String {
        format!("{:#x}", address.wrapping_sub(self.base))
    }
}

/// The addresses of the functions whose mangled names have a part.
fn symbols(program: &std::path::Path, part: &str) -> Vec<Range<u64>> {
    // Lines of address, size, type, name.
    let listing = output(Command::new("nm").args(["-S", "--defined-only"]).arg(program));
    let range = |line: &str| {
        let [start, size, _, name] = line.split_whitespace().collect::<Vec<_>>()[..] else { return None };
        let start = u64::from_str_radix(start, 16).ok()?;
        let size = u64::from_str_radix(size, 16).ok()?;
        name.contains(part).then_some(start..start + size)
    };
    listing.lines().filter_map(range).collect()
}
