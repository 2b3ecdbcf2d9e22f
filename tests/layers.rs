//! The architecture, as a test: which storey may use which, where `unsafe` may stand, that nothing else
//! gets in, and that the manual names all places from which a secret gets out.
//!
//! A file of `src/` speaks of another storey as `crate::storey`; each such word outside of tests and
//! comments is checked against the table.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each storey and the ones that it may use. `error` (the type `Error`, and `Result`) and `bytes` (the type
/// `Bytes`) are open to all.
const MAY_USE: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("bytes", &[]),
    ("kernel", &[]),
    ("field", &["kernel"]),
    ("curve", &["kernel", "field"]),
    ("bignum", &["kernel"]),
    ("prime", &["kernel", "bignum"]),
    ("hash", &["kernel"]),
    ("rsa", &["kernel", "bignum", "prime", "hash"]),
    ("ecdh", &["kernel", "hash", "curve", "field"]),
    ("ecdsa", &["kernel", "hash", "curve", "field"]),
    ("ed25519", &["kernel", "hash", "curve", "field"]),
    ("hpke", &["kernel", "hash", "curve", "ecdh"]),
    ("key", &["kernel", "bignum", "prime", "hash", "curve", "rsa", "ecdh", "ecdsa", "ed25519"]),
    ("trust", &["hash", "key", "rsa", "ecdsa", "ed25519"]),
    // Only text.
    ("manual", &[]),
    // Only re-exports.
    ("hazmat", &["kernel", "bignum", "prime", "rsa", "field", "curve", "ecdh", "ecdsa", "ed25519"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

/// The lines of code: without comments, and without the tests at the end of a file.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]") && !line.starts_with("#[cfg(all(test"))
        .map(|line| {
            let end = line.find("//").unwrap_or(line.len());
            &line[..end]
        })
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
}

fn storey_of(path: &Path, src: &Path) -> String {
    let first = path.strip_prefix(src).unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

#[test]
fn a_storey_uses_only_the_storeys_under_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut uses = 0;
    for path in sources(&src) {
        let storey = storey_of(&path, &src);
        if storey == "lib" {
            continue;
        }
        let (_, may_use) = MAY_USE.iter().find(|(name, _)| *name == storey).expect("a storey of the table");
        let text = fs::read_to_string(&path).unwrap();
        // `use crate::{a, b::c}` counts as `crate::a` and `crate::b`.
        let joined = code(&text).collect::<Vec<_>>().join("\n");
        for after in joined.split("crate::").skip(1) {
            let targets: Vec<&str> = match after.strip_prefix('{') {
                Some(list) => list.split('}').next().unwrap().split(',').map(str::trim).collect(),
                None => vec![after],
            };
            for target in targets {
                let name = words(target).next().unwrap();
                if ["Error", "Result", "Bytes", ""].contains(&name) || name == storey {
                    continue;
                }
                uses += 1;
                assert!(may_use.contains(&name), "{}: {storey} may not use {name}", path.display());
            }
        }
    }
    assert!(uses > 30, "only {uses} uses were found: does the test still read the sources?");
}

#[test]
fn unsafe_stays_in_the_kernel_and_is_argued_for() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut blocks = 0;
    for path in sources(&src) {
        let storey = storey_of(&path, &src);
        let text = fs::read_to_string(&path).unwrap();
        for (i, line) in text.lines().enumerate() {
            let line_code = &line[..line.find("//").unwrap_or(line.len())];
            let place = format!("{}:{}", path.display(), i + 1);
            let may_clear = path.ends_with("kernel/clear_x86.rs");
            assert!(may_clear || !line_code.contains("asm!"), "{place}: inline assembly");
            if words(line_code).any(|word| word == "unsafe") {
                assert_eq!(storey, "kernel", "{place}: unsafe outside of the kernel");
                let above = text.lines().take(i + 1).collect::<Vec<_>>();
                let argued = above
                    .iter()
                    .rev()
                    .take(12)
                    .any(|line| line.contains("SAFETY") || line.contains("# Safety"));
                assert!(argued, "{place}: unsafe without its argument");
                blocks += 1;
            }
        }
    }
    assert!(blocks > 0 || !cfg!(target_arch = "x86_64"), "does the test still read the sources?");
}

/// How often code makes something public: by `declassify`, by `declassify_word`, or by `Nat`'s method. A function that's
/// only named, as in `map(declassify)`, counts as called. Definitions and imports don't.
fn made_public(text: &str) -> usize {
    let in_line = |line: &str| {
        let mut before = "";
        let mut count = 0;
        for word in words(line) {
            count += usize::from(["declassify", "declassify_word"].contains(&word) && before != "fn");
            before = word;
        }
        count
    };
    code(text).filter(|line| !line.starts_with("use ")).map(in_line).sum()
}

#[test]
fn what_becomes_public_is_counted() {
    let text = "use a::{declassify, declassify_word};\n\
        // declassify(x)\n\
        pub fn declassify(x: u8) { f(declassify_word(1)) } // declassify(y)\n\
        let z = (declassify(a), x.map(declassify), n.declassify());\n\
        declassified(is_declassify);\n\
        #[cfg(test)]\n\
        declassify(x);\n";
    assert_eq!(made_public(text), 4);
}

#[test]
fn the_manual_has_all_that_becomes_public() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let chapter = fs::read_to_string(src.join("manual/constant_time.md")).unwrap();
    let (_, table) = chapter.split_once("\n# Everything that becomes public\n").expect("the section");
    // | `file` | calls | what | why |, where a file may have several rows.
    let mut said = BTreeMap::<String, usize>::new();
    for row in table.lines().take_while(|line| !line.starts_with("# ")).filter(|line| line.starts_with("| `"))
    {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [file, calls, what, why] = cells[..] else { panic!("not four cells: {row}") };
        assert!(!what.is_empty() && !why.is_empty(), "without a reason: {row}");
        let calls: usize = calls.parse().expect("a number of calls");
        assert!(calls > 0, "no call: {row}");
        *said.entry(file.trim_matches('`').to_owned()).or_default() += calls;
    }
    let mut counted = BTreeMap::<String, usize>::new();
    for path in sources(&src) {
        let calls = made_public(&fs::read_to_string(&path).unwrap());
        if calls > 0 {
            let file = path.strip_prefix(&src).unwrap().components();
            let parts: Vec<&str> = file.map(|part| part.as_os_str().to_str().unwrap()).collect();
            counted.insert(format!("src/{}", parts.join("/")), calls);
        }
    }
    for (file, calls) in &counted {
        let in_table = said.get(file).copied().unwrap_or(0);
        assert_eq!(in_table, *calls, "{file}: calls in the manual's table, and in the code");
    }
    for file in said.keys() {
        assert!(counted.contains_key(file), "{file}: in the manual's table, but it makes nothing public");
    }
    assert!(counted.len() > 20, "only {} files: does the test still read the sources?", counted.len());
}

#[test]
fn no_build_script_and_no_c() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(!root.join("build.rs").exists());
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert!(!manifest.contains("\ncc =") && !manifest.contains("build-dependencies"));
}
