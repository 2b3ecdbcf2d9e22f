//! Divisions in the compiled program.
//!
//! The time of a division depends on its operands on many processors, and memcheck doesn't report one, so
//! they're looked for in the program's own machine code: the instructions `div` and `idiv`, and calls of
//! the compiler's helpers for two-word numbers. Each belongs to the functions that the debug information
//! names for its address, the inlined ones included; if one of them is oneway's or this program's, then
//! `divisions.allow` has to name it, with the reason why its operands are public.
//!
//! What isn't seen: a division in a function that no case reaches, as it isn't in this program; and one in a
//! generic function of another crate that is compiled for oneway and not inlined into it (`chunks` of the
//! standard library, say, whose operand is a length).

use std::{path::Path, process::Command, time::Instant};

/// Lines of `pattern reason`, where `*` in the pattern stands for anything.
const ALLOWED: &str = include_str!("../divisions.allow");

/// These are in the program on purpose and have to be found.
const PLANTED: [&str; 3] = ["planted::division", "planted::inlined_division", "planted::wide_division"];

/// What the compiler calls for numbers of two words.
const HELPERS: [&str; 6] = ["__udivti3", "__umodti3", "__udivmodti4", "__divti3", "__modti3", "__divmodti4"];

/// Looks at this program, prints the divisions that aren't allowed, and a line in the end.
pub(crate) fn pass() -> bool {
    let start = Instant::now();
    let program = std::env::current_exe().expect("the path of this program");
    let divisions = ours(&program, instructions(&program));
    let blind = PLANTED.iter().any(|planted| !divisions.iter().any(|d| d.is_within(planted)));
    let (mut allowed, mut refused) = (0, 0);
    for division in divisions.iter().filter(|d| !PLANTED.iter().any(|planted| d.is_within(planted))) {
        if division.is_allowed() {
            allowed += 1;
        } else {
            refused += 1;
            println!("  {}", division.instruction);
            division.frames.iter().for_each(|frame| println!("    {} at {}", frame.function, frame.place));
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    match (blind, refused) {
        (true, _) => println!("BLIND divisions: a planted one was not found ({seconds:.1} s)"),
        (_, 0) => println!("ok divisions: by public numbers alone ({seconds:.1} s, {allowed} allowed)"),
        (_, k) => println!("LEAK divisions: {k} that divisions.allow doesn't name ({seconds:.1} s)"),
    }
    !blind && refused == 0
}

/// A division and the functions it belongs to, the innermost first.
struct Division {
    instruction: String,
    frames: Vec<Frame>,
}

/// A function, and a line in it.
pub(crate) struct Frame {
    pub(crate) function: String,
    pub(crate) place: String,
}

impl Division {
    fn is_within(&self, path: &str) -> bool {
        self.frames.iter().any(|frame| frame.function.ends_with(path))
    }

    /// One allowed function is enough: this copy of what's inlined into it is run by it alone.
    fn is_allowed(&self) -> bool {
        let patterns =
            ALLOWED.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
        patterns
            .into_iter()
            .any(|(pattern, _reason)| self.frames.iter().any(|f| matches(pattern, &f.function)))
    }
}

impl Frame {
    fn is_ours(&self) -> bool {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the package is in tests/");
        let place = Path::new(&self.place);
        place.starts_with(root.join("src"))
            || place.starts_with(root.join("tests"))
            || self.function.contains("oneway::")
            || self.function.contains("oneway_constant_time::")
    }
}

/// Whether `pattern`, in which `*` stands for anything, is the whole of `name`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len()).filter_map(|i| rest.get(i..)).any(|rest| matches(tail, rest))
        }),
    }
}

/// The address and the text of each division in the program.
fn instructions(program: &Path) -> Vec<(String, String)> {
    let listing = output(Command::new("objdump").args(["-d", "--no-show-raw-insn"]).arg(program));
    let helpers = helpers(program, &listing);
    let lines = listing.lines().filter_map(|line| line.split_once(":\t"));
    let divisions = lines.filter(|(_, instruction)| is_division(instruction, &helpers));
    divisions.map(|(address, text)| (format!("0x{}", address.trim()), text.to_string())).collect()
}

/// What stands in a call of a helper: its name, as in `call 72ee0 <__udivti3>`, or, as in
/// `call *0x55345(%rip) # 76170 <...>`, the place where the loader puts its address.
fn helpers(program: &Path, listing: &str) -> Vec<String> {
    let mut found: Vec<_> = HELPERS.iter().map(|name| format!("<{name}>")).collect();
    let functions = listing.lines().filter_map(|line| line.strip_suffix(">:")?.split_once(" <"));
    let addresses: Vec<_> =
        functions.filter(|(_, name)| HELPERS.contains(name)).map(|(address, _)| address).collect();
    // Lines of place, type of relocation, value: a symbol, or a base and an address.
    for line in output(Command::new("objdump").arg("-R").arg(program)).lines() {
        let [place, _, value] = line.split_whitespace().collect::<Vec<_>>()[..] else { continue };
        let address = value.rsplit_once("+0x").map_or("", |(_, address)| address);
        if addresses.contains(&address) || HELPERS.iter().any(|name| value.starts_with(name)) {
            found.push(format!("# {} <", place.trim_start_matches('0')));
        }
    }
    found
}

fn is_division(instruction: &str, helpers: &[String]) -> bool {
    let (name, operands) = instruction.split_once(' ').unwrap_or((instruction, ""));
    match name {
        "div" | "divb" | "divw" | "divl" | "divq" | "idiv" | "idivb" | "idivw" | "idivl" | "idivq" => true,
        "call" | "callq" | "jmp" | "jmpq" => helpers.iter().any(|helper| operands.contains(helper)),
        _ => false,
    }
}

/// Those of the divisions that are oneway's or this program's.
fn ours(program: &Path, instructions: Vec<(String, String)>) -> Vec<Division> {
    let addresses: Vec<_> = instructions.iter().map(|(address, _)| address.clone()).collect();
    let divisions = instructions.into_iter().zip(frames(program, &addresses));
    divisions
        .filter(|(_, frames)| frames.iter().any(Frame::is_ours))
        .map(|((_, instruction), frames)| Division { instruction, frames })
        .collect()
}

/// For each address in a program, the functions it belongs to, the innermost first.
pub(crate) fn frames(program: &Path, addresses: &[String]) -> Vec<Vec<Frame>> {
    let mut addr2line = Command::new("addr2line");
    let listing = output(addr2line.args(["-a", "-i", "-f", "-C", "-e"]).arg(program).args(addresses));
    // For each address a line with it, then a line with a function and a line with its place, repeatedly.
    let mut all = vec![];
    let mut lines = listing.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("0x") {
            all.push(vec![]);
        } else if let (Some(frames), Some(place)) = (all.last_mut(), lines.next()) {
            frames.push(Frame { function: line.to_string(), place: place.to_string() });
        }
    }
    assert_eq!(all.len(), addresses.len(), "addr2line answers for every address");
    all
}

/// What a command writes.
pub(crate) fn output(command: &mut Command) -> String {
    let output = command.output().expect("binutils are installed");
    assert!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
