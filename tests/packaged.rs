//! The crate as others get it: what's in the package, and programs that depend on the unpacked one, with the default
//! features and with none.
#![cfg(feature = "std")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

/// Standard output of cargo, in a folder, without asking a registry: what's built here was built before.
fn cargo(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--offline", "--quiet"])
        .current_dir(folder)
        // Of this test's own build, nothing.
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {}: {}\n{errors}", arguments.join(" "), output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What the package holds.
const FOLDERS: [&str; 3] = ["examples/", "src/", "tests/"];
const FILES: [&str; 8] = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
];
/// What cargo adds.
const MADE: [&str; 2] = [".cargo_vcs_info.json", "Cargo.toml.orig"];

/// Whether these are the sources, from which a package is made, and not a package.
fn are_sources() -> bool {
    let are = !Path::new(ROOT).join("Cargo.toml.orig").exists();
    if !are {
        eprintln!("skipped: this is the package itself");
    }
    are
}

#[test]
fn nothing_else_is_in_the_package() {
    if !are_sources() {
        return;
    }
    let list = cargo(Path::new(ROOT), &["package", "-p", "oneway", "--list", "--allow-dirty"]);
    let files: Vec<&str> = list.lines().collect();
    for file in &files {
        let is_known = FOLDERS.iter().any(|folder| file.starts_with(folder))
            || FILES.contains(file)
            || MADE.contains(file);
        assert!(is_known, "{file} doesn't belong there");
        // These are packages of their own, and never published.
        let others = ["tests/certificates/", "tests/clients", "tests/constant_time", "tests/wycheproof"];
        assert!(!others.iter().any(|other| file.starts_with(other)), "{file} is another package's");
    }
    for file in FILES {
        assert!(files.contains(&file), "{file} is missing");
    }
    for file in ["src/manual/rsa.md", "examples/trapdoor.rs", "tests/keys/rsa2048.pem"] {
        assert!(files.contains(&file), "{file} is missing");
    }
}

/// The package, unpacked.
fn unpacked() -> PathBuf {
    let folder = Path::new(SCRATCH).join("package");
    let target = folder.to_str().expect("a path in UTF-8");
    cargo(
        Path::new(ROOT),
        &["package", "-p", "oneway", "--no-verify", "--allow-dirty", "--target-dir", target],
    );
    let name = format!("oneway-{}", env!("CARGO_PKG_VERSION"));
    let packages = folder.join("package");
    let _ = fs::remove_dir_all(packages.join(&name));
    let status = Command::new("tar")
        .args(["-xzf", &format!("{name}.crate")])
        .current_dir(&packages)
        .status()
        .expect("tar runs");
    assert!(status.success(), "the package isn't unpacked");
    packages.join(name)
}

/// A new program that depends on the unpacked package: what it prints.
fn run(name: &str, dependency: &str, source: &str) -> String {
    let folder = Path::new(SCRATCH).join(name);
    fs::create_dir_all(folder.join("src")).expect("a folder");
    let manifest = format!(
        "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dependencies]\noneway = {{ {dependency} }}\n\n\
         [profile.dev]\ndebug = false\n\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    fs::write(folder.join("src/main.rs"), source).expect("a program");
    cargo(&folder, &["run", "--target-dir", folder.join("target").to_str().expect("a path in UTF-8")])
}

/// The first program of the README.
fn first_program() -> &'static str {
    let readme = include_str!("../README.md");
    let (_, program) = readme.split_once("```rust\n").expect("a program");
    program.split_once("```").expect("its end").0
}

#[test]
fn programs_use_the_package() {
    if !are_sources() {
        return;
    }
    let package = unpacked();
    let path = format!("path = {package:?}");

    let printed = run("with-default-features", &path, first_program());
    assert!(printed.starts_with("SHA256:") && printed.trim_end().len() == 50, "{printed}");

    // Without a standard library, a heap and a generator there are still hashes and curves.
    let printed = run(
        "without-features",
        &format!("{path}, default-features = false"),
        r#"
use oneway::hash::{Sha256, digest::Digest};
use oneway::{ecdh, ed25519};

fn main() -> oneway::Result<()> {
    let hash = Sha256::digest(b"abc");
    let (alice, bob) = (ecdh::PrivateKey::<ecdh::X25519>::from_bytes(&[1; 32])?, ecdh::PrivateKey::from_bytes(&[2; 32])?);
    assert_eq!(alice.agree(&bob.public_key())?.as_bytes(), bob.agree(&alice.public_key())?.as_bytes());
    let key = ed25519::SigningKey::from_bytes(&[3; 32])?;
    key.verifying_key().verify(b"mine", &key.sign(b"mine"))?;
    println!("{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3]);
    Ok(())
}
"#,
    );
    assert_eq!(printed, "ba7816bf\n", "FIPS 180-4's example");
}
