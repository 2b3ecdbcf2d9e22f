//! The vector files beside this one: blocks of "key = value" lines between blank lines, where a block without a name
//! (a key, a modulus, a curve) holds for the cases after it.

#![allow(dead_code, unused_imports, unused_macros, reason = "each test takes what it needs")]

use std::collections::BTreeMap;
use std::fs;

/// A block of "key = value" lines.
pub(crate) struct Block {
    file: &'static str,
    fields: BTreeMap<String, String>,
}

impl Block {
    pub(crate) fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.fields.get(key).unwrap_or_else(|| panic!("{}: no {key} in {:?}", self.file, self.fields))
    }

    pub(crate) fn bytes(&self, key: &str) -> Vec<u8> {
        let hex = self.text(key);
        assert!(hex.len().is_multiple_of(2), "{}: half a byte in {key} = {hex}", self.file);
        let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16);
        (0..hex.len())
            .step_by(2)
            .map(|at| byte(at).unwrap_or_else(|_| panic!("{}: {key} = {hex} isn't hex", self.file)))
            .collect()
    }

    /// A case has a name.
    fn is_case(&self) -> bool {
        self.has("name")
    }

    /// For messages: where the case stands.
    pub(crate) fn place(&self) -> String {
        let note = self.fields.get("note").map_or(String::new(), |note| format!(" ({note})"));
        format!("{}, case {}{note}", self.file, self.text("name"))
    }
}

/// The blocks of a file.
fn blocks(file: &'static str) -> Vec<Block> {
    let path = format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut blocks = Vec::new();
    let mut fields = BTreeMap::new();
    for line in text.lines().chain([""]).filter(|line| !line.starts_with('#')) {
        if let Some((key, value)) = line.split_once(" =") {
            fields.insert(key.to_owned(), value.trim_start().to_owned());
        } else if !fields.is_empty() {
            blocks.push(Block { file, fields: std::mem::take(&mut fields) });
        }
    }
    blocks
}

/// Runs `check` on every case of a file, with what `load` makes of the block without a name before it.
/// Gives the number of these blocks and of cases.
pub(crate) fn run<K>(
    file: &'static str,
    load: impl Fn(&Block) -> K,
    mut check: impl FnMut(&K, &Block),
) -> (usize, usize) {
    let (mut keys, mut cases) = (0, 0);
    let mut key = None;
    for block in blocks(file) {
        if block.is_case() {
            check(key.as_ref().unwrap_or_else(|| panic!("{file}: a case before any key")), &block);
            cases += 1;
        } else {
            key = Some(load(&block));
            keys += 1;
        }
    }
    (keys, cases)
}

/// Evaluates an expression with `D` standing for the hash that `name` names.
macro_rules! with_hash {
    ($name:expr, $D:ident => $then:expr) => {
        match $name {
            "sha1" => {
                type $D = sha1::Sha1;
                $then
            }
            "sha224" => {
                type $D = oneway::hash::Sha224;
                $then
            }
            "sha256" => {
                type $D = oneway::hash::Sha256;
                $then
            }
            "sha384" => {
                type $D = oneway::hash::Sha384;
                $then
            }
            "sha512" => {
                type $D = oneway::hash::Sha512;
                $then
            }
            other => panic!("no hash {other}"),
        }
    };
}

/// Evaluates an expression with `C` standing for the curve that `name` names.
macro_rules! with_curve {
    ($name:expr, $C:ident => $then:expr) => {
        match $name {
            "P-256" => {
                type $C = oneway::ecdsa::P256;
                $then
            }
            "P-384" => {
                type $C = oneway::ecdsa::P384;
                $then
            }
            "P-521" => {
                type $C = oneway::ecdsa::P521;
                $then
            }
            other => panic!("no curve {other}"),
        }
    };
}

pub(crate) use {with_curve, with_hash};

/// The byte at `at` with its lowest bit turned.
pub(crate) fn spoiled(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}
