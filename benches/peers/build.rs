//! Which compiler it is and which backend curve25519-dalek was told to have, for the head of the report.

use std::process::Command;

fn main() {
    let rustc = std::env::var_os("RUSTC").expect("cargo sets it");
    let output = Command::new(rustc).arg("--version").output().expect("rustc runs");
    println!("cargo::rustc-env=RUSTC_VERSION={}", String::from_utf8_lossy(&output.stdout).trim());
    // What the build script of curve25519-dalek 5 looks at: the flag, or else the features that all code may use.
    let cfg = |name: &str| std::env::var(format!("CARGO_CFG_{name}")).unwrap_or_default();
    let features = cfg("TARGET_FEATURE");
    let has = |feature: &str| features.split(',').any(|f| f == feature);
    let backend = match cfg("CURVE25519_DALEK_BACKEND").as_str() {
        "" if has("avx512ifma") && has("avx512vl") => "avx512".to_owned(),
        "" if cfg("TARGET_ARCH") == "x86_64" => "simd".to_owned(),
        "" => "serial".to_owned(),
        backend => backend.to_owned(),
    };
    println!("cargo::rustc-env=DALEK_BACKEND={backend}");
    println!("cargo::rerun-if-env-changed=CARGO_CFG_CURVE25519_DALEK_BACKEND");
    println!("cargo::rerun-if-changed=build.rs");
}
