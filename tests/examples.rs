//! Every example is run, and what it prints is checked.
#![cfg(all(feature = "std", feature = "getrandom"))]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;
use std::time::SystemTime;

/// The examples that this file runs.
const EXAMPLES: [&str; 2] = ["one_way", "trapdoor"];

/// The program of an example: target/PROFILE/examples/NAME, beside the directory of this test's own
/// program.
///
/// `cargo test` builds it before any test runs, and `cargo test --test examples` doesn't: then it's built
/// here.
fn program(name: &str) -> PathBuf {
    static BUILD: Once = Once::new();
    let own = std::env::current_exe().expect("the path of this program");
    let profile = own.parent().and_then(Path::parent).expect("target/PROFILE/deps");
    let path = |name: &str| profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    BUILD.call_once(|| {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        if !EXAMPLES.iter().all(|name| is_newer(&path(name), &sources.join(format!("{name}.rs")))) {
            build(profile);
        }
    });
    path(name)
}

/// Whether a program is there, and newer than its source.
fn is_newer(program: &Path, source: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|data| data.modified());
    modified(source).expect("the example's source") <= modified(program).unwrap_or(SystemTime::UNIX_EPOCH)
}

fn build(profile: &Path) {
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--quiet", "--examples"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        command.arg("--release");
    }
    assert!(command.status().expect("cargo").success(), "the examples don't build");
}

fn run<S: AsRef<OsStr>>(name: &str, arguments: &[S]) -> Output {
    Command::new(program(name)).args(arguments).output().expect("the example runs")
}

/// Standard output of a run that has to succeed, without anything on standard error.
fn story<S: AsRef<OsStr>>(name: &str, arguments: &[S]) -> String {
    let output = run(name, arguments);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{:?}\n{text}\n{errors}", output.status);
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "more than 80 columns: {line}");
    }
    text
}

/// Standard error of a run that has to end with an exit code, without anything on standard output.
fn refusal<S: AsRef<OsStr>>(name: &str, arguments: &[S], code: i32) -> String {
    let output = run(name, arguments);
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{text}");
    text
}

/// The text between two others.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from:?} in\n{text}"));
    rest.split_once(to).unwrap_or_else(|| panic!("no {to:?} in\n{rest}")).0
}

/// A file of this test run that goes away with the value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("oneway-{}-{name}", std::process::id())))
    }

    fn with(name: &str, content: &[u8]) -> Self {
        let file = Self::new(name);
        std::fs::write(&file.0, content).expect("a temporary file");
        file
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn no_example_is_left_out() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let files = std::fs::read_dir(directory).expect("examples/").map(|file| file.expect("a file").path());
    let mut names: Vec<_> = files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    assert_eq!(names, EXAMPLES);
}

#[test]
fn trapdoor_tells_its_story() {
    let text = story("trapdoor", &["to you alone"]);
    // The letter "t" is 116, and 116^17 mod 3233 = 884: by hand, and by no code of this crate.
    for line in [
        "9 * 780 + 1 = 7021 = 17 * 413, so d = 413",
        "In a computer the letter \"t\" is 116.",
        "116^2    = 116 * 116   =    13456, remainder  524",
        "The locked letter is 884.",
        "That's 116 again, the letter \"t\".",
        "the 16th prime, 53, divides it",
    ] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
    assert!(!between(&text, "Encrypted with the public key", "Decrypted").contains("to you alone"));
    assert_eq!(between(&text, "Decrypted with the private key:", "4. Without").trim(), "to you alone");
    assert_eq!(text.matches("refused: decryption failed").count(), 2);
    assert!(!text.contains('\x1b') && !text.contains('\r'), "a live counter, and no terminal");
}

#[test]
fn trapdoor_shows_the_numbers_it_uses() {
    let text = story::<&str>("trapdoor", &[]);
    assert!(text.contains("No message given, using \"Meet me"));
    let number = |from: &str, to: &str| {
        let digits = between(&text, from, to).split_once(":\n").expect("a number after a colon").1;
        digits.split_whitespace().collect::<String>().parse::<num_bigint::BigUint>().expect("a number")
    };
    let (p, q) = (number("p, a prime of 1024 bits", "q, a prime"), number("q, a prime of", "Found in"));
    assert_eq!(p * q, number("The public key: n = p * q, of 2048 bits", "and e ="));
    let ciphertext = between(&text, "256 bytes in hexadecimal:", "Encrypted once more");
    assert_eq!(ciphertext.split_whitespace().collect::<String>().len(), 512);
}

#[test]
fn trapdoor_takes_files_and_sizes() {
    let text = Scratch::with("text", "first line\n\tsecond line \u{1b}[31m\n".as_bytes());
    let text =
        story("trapdoor", &["--bits".as_ref(), "2304".as_ref(), "--file".as_ref(), text.0.as_os_str()]);
    assert!(text.contains("p, a prime of 1152 bits"));
    let shown = between(&text, "Decrypted with the private key:", "4. Without");
    assert_eq!(shown.trim(), "first line\n  \\tsecond line \\u{1b}[31m");
    let bytes = Scratch::with("bytes", &[0xff, 0x00, 0xfe]);
    let text = story("trapdoor", &["--file".as_ref(), bytes.0.as_os_str()]);
    let shown = between(&text, "Decrypted with the private key:", "4. Without");
    assert_eq!(shown.trim(), "(3 bytes that aren't UTF-8 text, in hexadecimal)\n  ff00fe");
}

#[test]
fn trapdoor_takes_messages_up_to_the_limit() {
    let longest = "x".repeat(190);
    let text = story("trapdoor", &[&longest]);
    let shown = between(&text, "Decrypted with the private key:", "4. Without");
    assert_eq!(shown.split_whitespace().collect::<String>(), longest);
    let text = refusal("trapdoor", &["x".repeat(191)], 1);
    assert!(text.contains("191 bytes") && text.contains("2048 bits can carry 190 at most"), "{text}");
    let text = refusal("trapdoor", &["--bits", "3072", &"x".repeat(400)], 1);
    assert!(text.contains("3072 bits can carry 318 at most"), "{text}");
}

#[test]
fn trapdoor_refuses_what_it_does_not_understand() {
    for (arguments, reason) in [
        (&["--speed"][..], "unknown option --speed"),
        (&["--bits"], "--bits needs a number"),
        (&["--bits", "many"], "--bits needs a number"),
        (&["--bits", "1024"], "multiples of 64 from 2048 to 16384"),
        (&["--bits", "2050"], "multiples of 64 from 2048 to 16384"),
        (&["--file"], "--file needs a path"),
        (&["two", "messages"], "one message only"),
        (&[""], "the message is empty"),
    ] {
        let text = refusal("trapdoor", arguments, 2);
        assert!(text.contains(reason) && text.contains("usage: trapdoor"), "{arguments:?}: {text}");
    }
    let text = refusal("trapdoor", &["--file", "/no/such/file"], 1);
    assert!(text.starts_with("error: /no/such/file: "), "{text}");
    assert!(story("trapdoor", &["--help"]).starts_with("usage: trapdoor"));
    assert!(story("trapdoor", &["--", "--help"]).contains("  --help\n"));
}

#[test]
fn one_way_measures_and_draws() {
    let file = Scratch::new("one_way.svg");
    let text = story("one_way", &["--seconds".as_ref(), "1".as_ref(), "--svg".as_ref(), file.0.as_os_str()]);
    let rows: Vec<Vec<&str>> = between(&text, "--\n", "\nNo further")
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert!(rows.len() >= 3, "{text}");
    for (i, row) in rows.iter().enumerate() {
        // Bits, a time, a time, and from the second row on a ratio.
        assert_eq!(row.len(), if i == 0 { 5 } else { 6 }, "{row:?}");
        assert_eq!(row[0], (32 + 8 * i).to_string());
        assert_eq!(row[2], "ns");
    }
    assert!(text.contains("RSA-250") && text.contains("2700"));
    // About 10^140 years, far from the universe's age and from a slip in the exponent.
    let years: u32 =
        between(&text, "by this method would take about 10^", " years").parse().expect("an exponent");
    assert!((130..=150).contains(&years), "{years}");

    let svg = std::fs::read_to_string(&file.0).expect("the picture");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    let points: Vec<usize> =
        svg.split("points=\"").skip(1).map(|p| between(p, "", "\"").split(' ').count()).collect();
    assert_eq!(points, [rows.len(), rows.len()]);
    assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn one_way_refuses_what_it_does_not_understand() {
    for arguments in [&["--seconds"][..], &["--seconds", "0"], &["--seconds", "x"], &["--svg"], &["128"]] {
        let text = refusal("one_way", arguments, 2);
        assert!(text.starts_with("error: ") && text.contains("usage: one_way"), "{arguments:?}: {text}");
    }
    assert!(story("one_way", &["--help"]).starts_with("usage: one_way"));
}
