//! The examples as `examples/README.md` has them: in its order, by its commands, each with the next one at its end, and
//! what they print compared with the files beside this one, but for what's random or takes time.
//!
//! In those files `…` stands for what differs from run to run: alone in a line for any lines, or else for a part of one.

use std::path::Path;
use std::process::Command;

use super::{EXAMPLES, Folder, features, program, success};

const MAP: &str = include_str!("../../examples/README.md");

/// An example in the map.
#[derive(Debug)]
struct Entry {
    name: &'static str,
    /// What stands behind `cargo run --release`.
    command: String,
    chapter: &'static str,
}

impl Entry {
    /// What cargo has to switch on for it.
    fn features(&self) -> Vec<&str> {
        let features = self.command.strip_prefix("--features ").and_then(|rest| rest.split(' ').next());
        features.map(|list| list.split(',').collect()).unwrap_or_default()
    }

    /// The words behind `--`, as a shell would have them.
    fn arguments(&self) -> Vec<&str> {
        match self.command.split_once(" -- ") {
            Some((_, text)) if text.starts_with('"') => vec![text.trim_matches('"')],
            Some((_, words)) => words.split_whitespace().collect(),
            None => vec![],
        }
    }

    /// How the example before this one ends, to which a chapter belongs.
    fn announced(&self, chapter: &str) -> String {
        format!(
            "\nTo read on: oneway::manual::{chapter} (cargo doc -p oneway --open).\n\
             The next example:\n\n  cargo run --release {}\n",
            self.command
        )
    }
}

/// The story: the map's numbered examples.
fn story() -> Vec<Entry> {
    let (story, _) = MAP.split_once("\n# Tools\n").expect("the tools stand after the story");
    let entry = |(text, number): (&'static str, usize)| {
        let (title, rest) = text.split_once("\n\n").expect("a title");
        let name = title.strip_prefix(&format!("{number}. ")).expect("numbers that go up by one");
        let (command, rest) = rest.split_once("\n\n").expect("a command");
        let command = command.lines().map(|line| line.strip_prefix("    ").expect("indented"));
        let command = command.collect::<Vec<_>>().join("\n");
        let (_, chapter) = rest.split_once("Chapter: `oneway::manual::").expect("a chapter");
        let chapter = chapter.strip_suffix("`.").expect("the chapter comes last");
        let command = command.strip_prefix("cargo run --release ").expect("a command of cargo").to_owned();
        Entry { name, command, chapter }
    };
    story.split("\n## ").skip(1).map(str::trim_end).zip(1..).map(entry).collect()
}

/// Whether a text is as expected, and if not, the line where it isn't.
fn compare(expected: &str, text: &str) -> Result<(), String> {
    let (mut expected, mut lines) = (expected.lines().peekable(), text.lines().peekable());
    while let Some(wanted) = expected.next() {
        if wanted == "…" {
            let end = expected.peek();
            while lines.next_if(|line| !end.is_some_and(|end| is_like(end, line))).is_some() {}
        } else {
            let line = lines.next().unwrap_or("(the end)");
            if !is_like(wanted, line) {
                return Err(format!("expected: {wanted}\nfound:    {line}"));
            }
        }
    }
    lines.next().map_or(Ok(()), |line| Err(format!("expected: (the end)\nfound:    {line}")))
}

/// Whether a line is as expected, `…` standing for any characters.
fn is_like(expected: &str, line: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    let mut is_whole = rest.is_empty();
    while let Some(part) = parts.next() {
        is_whole = true;
        rest = match parts.peek() {
            None if rest.ends_with(part) => "",
            None => return false,
            Some(_) => match rest.split_once(part) {
                Some((_, rest)) => rest,
                None => return false,
            },
        };
    }
    is_whole
}

#[test]
fn texts_are_compared() {
    for (expected, text) in [
        ("a\nb\n", "a\nb\n"),
        ("a\n…\nc\n", "a\nb\nb\nc\n"),
        ("a\n…\n", "a\nb\nb\n"),
        ("a … c\n…\nd", "a b c\nd"),
        ("…s, … of …\n", "12 s, b of c\n"),
    ] {
        assert_eq!(compare(expected, text), Ok(()));
    }
    for (expected, text) in [
        ("a\nb\n", "a\n"),
        ("a\n", "a\nb\n"),
        ("a", "ab"),
        ("a …", "b a "),
        ("… a", "a b"),
        ("a … c … e", "a b c d"),
        ("a\n…\nc\nd\n", "a\nb\nc\ne\n"),
        ("a\n…\nc\n", "a\nb\n"),
    ] {
        assert!(compare(expected, text).is_err(), "{expected:?} {text:?}");
    }
}

#[test]
fn the_map_names_each_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let story = story();
    let in_folder = |name: &str| root.join("examples").join(name).with_extension("rs").exists();
    let mut names: Vec<_> = story.iter().map(|entry| entry.name).filter(|name| in_folder(name)).collect();
    names.extend(["chains", "limbo"]);
    names.sort_unstable();
    assert_eq!(names, EXAMPLES);
    for entry in std::fs::read_dir(root.join("rustls-oneway/examples")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let command = format!("-p rustls-oneway --example {}", name.trim_end_matches(".rs"));
        assert!(MAP.contains(&command), "not in the map: {command}");
    }

    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for entry in &story {
        let chapter = root.join("src/manual").join(entry.chapter).with_extension("md");
        assert!(chapter.exists(), "{} names a chapter that isn't there: {}", entry.name, entry.chapter);
        assert!(entry.command.contains(&format!("--example {}", entry.name)), "{entry:?}");
        if !in_folder(entry.name) {
            continue;
        }
        // The manifest's features, without those that are there by default.
        let (_, rest) = manifest.split_once(&format!("[[example]]\nname = \"{}\"\n", entry.name)).unwrap();
        let required = rest.lines().next().and_then(|line| line.strip_prefix("required-features = ["));
        let required = required.unwrap().trim_end_matches(']').split(", ").map(|word| word.trim_matches('"'));
        let required: Vec<_> = required.filter(|name| !["std", "getrandom", "pem"].contains(name)).collect();
        assert_eq!(entry.features(), required, "{}", entry.name);
    }
}

#[test]
fn the_story_goes_as_the_map_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Folder::new("the-story");
    // FIPS 180's example of a message, so that its hash is known.
    std::fs::write(folder.0.join("README.md"), "abc").unwrap();
    let on = features();
    let on: Vec<_> = on.split(',').collect();
    let story = story();
    let mut told = 0;
    for (entry, next) in story.iter().zip(&story[1..]) {
        let needs_pem = ["keygen", "sign_and_verify"].contains(&entry.name) && !on.contains(&"pem");
        if needs_pem
            || !EXAMPLES.contains(&entry.name)
            || entry.features().iter().any(|name| !on.contains(name))
        {
            continue;
        }
        let mut command = Command::new(program(entry.name));
        command.args(entry.arguments()).current_dir(&folder.0);
        if entry.name == "one_way" {
            command.args(["--seconds", "1"]);
        }
        let text = success(command.output().unwrap());
        let expected = root.join("tests/stories").join(entry.name).with_extension("txt");
        let expected =
            std::fs::read_to_string(&expected).unwrap_or_else(|e| panic!("{}: {e}", expected.display()));
        if let Err(difference) = compare(&expected, &text) {
            panic!("{}:\n{difference}\n\n{text}", entry.name);
        }
        // What `inspect` prints on a terminal alone is another test's.
        if entry.name != "inspect" {
            let end = next.announced(entry.chapter);
            assert!(text.ends_with(&end), "{} should end in\n{end}\n\n{text}", entry.name);
        }
        told += 1;
    }
    assert!(told >= 3, "{told} examples were run");
}

/// The README shows how `trapdoor` begins.
#[test]
fn the_readme_shows_what_trapdoor_prints() {
    let readme = include_str!("../../README.md");
    let (_, shown) =
        readme.split_once("$ cargo run --release --example trapdoor -- \"a message\"\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    // Numbers that are drawn, times, and what's made of them.
    let steady =
        |line: &str| !line.starts_with("  ") || line.starts_with("  9 *") || line.ends_with("failed");
    let text = super::story("trapdoor", &["a message"]);
    let mut seen = 0;
    for line in shown.lines().filter(|line| steady(line) && !line.contains("candidates:") && *line != "…") {
        assert!(text.lines().any(|printed| printed == line), "not printed: {line}\n{text}");
        seen += 1;
    }
    assert!(seen > 10, "{seen} lines");
}

/// On a terminal `inspect` names the next example too; elsewhere what's in the files is all. A terminal is made by the
/// command `script`.
#[cfg(all(feature = "trust", target_os = "linux"))]
#[test]
fn inspect_names_the_next_example_on_a_terminal() {
    let certificate = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trust/p256.leaf.pem");
    let inspect = program("inspect");
    let command = format!("'{}' '{}'", inspect.display(), certificate.display());
    let output = Command::new("script").args(["-q", "-e", "-c", &command, "/dev/null"]).output();
    let Ok(std::process::Output { status, stdout, .. }) = output else {
        eprintln!("skipped: there's no command `script`");
        return;
    };
    let text = String::from_utf8(stdout).unwrap().replace("\r\n", "\n");
    let plain = success(Command::new(inspect).arg(&certificate).output().unwrap());
    let story = story();
    let at = story.iter().position(|entry| entry.name == "inspect").unwrap();
    assert!(status.success(), "{text}");
    assert_eq!(text, plain + &story[at + 1].announced(story[at].chapter));
}
