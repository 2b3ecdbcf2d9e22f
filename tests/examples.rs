//! Every example is run, and what it prints is checked.
#![cfg(all(feature = "std", feature = "getrandom"))]

#[cfg(feature = "pem")]
mod openssl;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;

/// The examples that this file runs.
const EXAMPLES: [&str; 6] =
    ["key_agreement", "keygen", "one_way", "sealed_message", "sign_and_verify", "trapdoor"];

/// The features that this file is built with, and so are they.
fn features() -> String {
    let others = [
        ("pem", cfg!(feature = "pem")),
        ("encryption", cfg!(feature = "encryption")),
        ("hpke", cfg!(feature = "hpke")),
    ];
    let others = others.into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| name);
    ["std", "getrandom"].into_iter().chain(others).collect::<Vec<_>>().join(",")
}

/// The program of an example: target/PROFILE/examples/NAME, beside the directory of this test's own
/// program.
///
/// `cargo test` builds it before any test runs, and `cargo test --test examples` doesn't, where one from
/// another source or with other features may still lie: so it's built here, which is quick if it's there.
fn program(name: &str) -> PathBuf {
    static BUILD: Once = Once::new();
    let own = std::env::current_exe().expect("the path of this program");
    let profile = own.parent().and_then(Path::parent).expect("target/PROFILE/deps");
    BUILD.call_once(|| build(profile));
    profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

fn build(profile: &Path) {
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--quiet", "--examples", "--no-default-features", "--features", &features()]);
    if profile.ends_with("release") {
        command.arg("--release");
    }
    let status = command.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("cargo");
    assert!(status.success(), "the examples don't build");
}

fn run<S: AsRef<OsStr>>(name: &str, arguments: &[S]) -> Output {
    Command::new(program(name)).args(arguments).output().expect("the example runs")
}

/// Standard output of a run that has to succeed, without anything on standard error.
fn story<S: AsRef<OsStr>>(name: &str, arguments: &[S]) -> String {
    success(run(name, arguments))
}

fn success(output: Output) -> String {
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
    failure(run(name, arguments), code)
}

fn failure(output: Output, code: i32) -> String {
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
    let files = files.filter(|path| path.is_file());
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

#[test]
fn key_agreement_tells_its_story() {
    let text = story("key_agreement", &["to you \u{1b}[31m alone"]);
    // 5^6 = 15625 = 679 * 23 + 8 and 5^15 = 30517578125, which leaves 19; 19^6 and 8^15 both leave 2.
    for line in [
        "Alice sends  5^6, remainder of the division by 23:   8",
        "Bob sends    5^15, remainder:                        19",
        "Alice computes  19^6, remainder:  2",
        "Bob computes    8^15, remainder:  2",
    ] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
    let digits = |from: &str, to: &str| between(&text, from, to).split_whitespace().collect::<String>();
    for (curve, next, public, shared) in [
        ("X25519. Alice", "P-256.", 32, 32),
        ("P-256. Alice", "P-384.", 65, 32),
        ("P-384. Alice", "P-521.", 97, 48),
        ("P-521. Alice", "3. Eve", 133, 66),
    ] {
        let part = between(&text, curve, next);
        assert!(part.starts_with(&format!(" sends {public} bytes:")), "{part}");
        let len = |from: &str, to: &str| {
            between(part, from, to).split_once(":\n").unwrap().1.split_whitespace().collect::<String>().len()
        };
        assert_eq!(len(" sends", "Bob sends"), 2 * public);
        assert_eq!(len("Bob sends", "The shared"), 2 * public);
        assert_eq!(len("The shared secret", "The session"), 2 * shared);
        assert!(part.contains(&format!("The shared secret, {shared} bytes")));
    }
    assert_eq!(text.matches("  to you \\u{1b}[31m alone\n").count(), 2, "Bob's and Mallory's");
    assert!(text.contains("with a right tag:\n\n  Meet me at the new bridge at nine.\n"));
    assert_eq!(text.matches("  refused: the authentication tag is not valid\n").count(), 2);
    assert_eq!(text.matches("  refused: the signature is not valid\n").count(), 3);
    let years: u32 = between(&text, "for about 10^", " years").parse().expect("an exponent");
    assert!((22..=32).contains(&years), "{years}");
    assert_eq!(digits("Bob's signature:", "Alice verifies").len(), 128);
    assert!(!text.contains('\x1b'));
    assert!(story::<&str>("key_agreement", &[]).contains("  Meet me at the old bridge at noon.\n"));
}

#[test]
fn key_agreement_refuses_what_it_does_not_understand() {
    let long = "x".repeat(1001);
    for (arguments, reason) in [
        (&["--speed"][..], "unknown option --speed"),
        (&["two", "messages"], "one message only"),
        (&[""], "the message is empty"),
        (&[&long], "more than 1000 bytes"),
    ] {
        let text = refusal("key_agreement", arguments, 2);
        assert!(text.contains(reason) && text.contains("usage: key_agreement"), "{arguments:?}: {text}");
    }
    assert!(story("key_agreement", &["--help"]).starts_with("usage: key_agreement"));
    assert!(story("key_agreement", &["--", "--help"]).contains("  --help\n"));
}

/// Keys in files: the examples run in a folder of their own, and `openssl` beside them where it's there.
#[cfg(feature = "pem")]
mod with_key_files {
    use std::fs;
    use std::io::Write;
    use std::process::{Child, Stdio};

    use oneway::key;
    use oneway::rsa::{PrivateKey, PublicKey};

    use super::openssl::OpenSsl;
    use super::*;

    /// A folder that goes away with the value.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("oneway-{}-{name}", std::process::id()));
            fs::create_dir(&folder).expect("a temporary folder");
            Self(folder)
        }

        fn start(&self, name: &str, arguments: &str) -> Child {
            let mut command = Command::new(program(name));
            command.args(arguments.split_whitespace()).current_dir(&self.0);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("the example runs")
        }

        fn run(&self, name: &str, arguments: &str) -> Output {
            self.run_with(name, arguments, "")
        }

        /// A run with a text on standard input.
        fn run_with(&self, name: &str, arguments: &str, input: &str) -> Output {
            let mut child = self.start(name, arguments);
            // A program that doesn't read it may be gone already.
            let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
            child.wait_with_output().expect("the example ends")
        }

        fn story(&self, name: &str, arguments: &str) -> String {
            success(self.run(name, arguments))
        }

        fn refusal(&self, name: &str, arguments: &str, code: i32) -> String {
            failure(self.run(name, arguments), code)
        }

        fn read(&self, name: &str) -> Vec<u8> {
            fs::read(self.0.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
        }

        fn write(&self, name: &str, content: &[u8]) {
            fs::write(self.0.join(name), content).expect("a file");
        }

        #[cfg(feature = "hpke")]
        fn remove(&self, name: &str) {
            fs::remove_file(self.0.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        }

        fn names(&self) -> Vec<String> {
            let name =
                |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
            let mut names: Vec<_> = fs::read_dir(&self.0).unwrap().map(name).collect();
            names.sort();
            names
        }

        /// A folder for `openssl` with these files in it; none where it's missing.
        fn openssl(&self, names: &[&str]) -> Option<OpenSsl> {
            let openssl = OpenSsl::new()?;
            for name in names {
                openssl.write(name, &self.read(name));
            }
            Some(openssl)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// The commands for `openssl` that an example printed, each in one line.
    fn commands(text: &str) -> Vec<String> {
        let text = text.replace("\\\n", " ");
        text.lines().filter_map(|line| line.trim().strip_prefix("openssl ")).map(str::to_owned).collect()
    }

    #[test]
    fn keygen_writes_a_pair() {
        let folder = Folder::new("keygen");
        let text = folder.story("keygen", "--bits 2048 --out alice");
        assert_eq!(folder.names(), ["alice.pem", "alice.pub.pem"]);
        let private = PrivateKey::from_pem(folder.read("alice.pem")).unwrap();
        let public = PublicKey::from_pem(folder.read("alice.pub.pem")).unwrap();
        assert_eq!((private.public_key(), public.modulus_bits()), (&public, 2048));
        assert!(text.contains(&format!("  {}\n", public.fingerprint())), "{text}");
        let tested = between(&text, "Two primes of 1024 bits: ", " candidates tested");
        assert!(tested.parse::<u32>().unwrap() >= 2);
        assert!(!text.contains('\x1b') && !text.contains('\r'), "a live counter, and no terminal");
        #[cfg(unix)]
        {
            let data = folder.0.join("alice.pem").metadata().unwrap();
            assert_eq!(std::os::unix::fs::MetadataExt::mode(&data) & 0o777, 0o600);
        }

        if let Some(openssl) = folder.openssl(&["alice.pem", "alice.pub.pem"]) {
            let said: Vec<_> =
                commands(&text).iter().map(|c| String::from_utf8(openssl.run(c)).unwrap()).collect();
            assert_eq!(said.len(), 2);
            assert!(said[0].contains("Key is valid") && said[1].contains("Public-Key: (2048 bit)"));
        }

        assert!(folder.story("keygen", "").contains("Two primes of 1536 bits"));
        let private = PrivateKey::from_pem(folder.read("key.pem")).unwrap();
        assert_eq!(private.public_key().modulus_bits(), 3072);
    }

    #[test]
    fn keygen_overwrites_nothing() {
        for (name, other) in [("key.pem", "key.pub.pem"), ("key.pub.pem", "key.pem")] {
            let folder = Folder::new(&format!("overwrite-{name}"));
            folder.write(name, b"dear to me");
            let text = folder.refusal("keygen", "--bits 2048 --out key", 1);
            assert!(text.contains(&format!("{name} is there already")), "{text}");
            assert_eq!((folder.names(), folder.read(name)), (vec![name.to_owned()], b"dear to me".to_vec()));
            assert!(!folder.0.join(other).exists());
        }
        let folder = Folder::new("no-folder");
        let text = folder.refusal("keygen", "--bits 2048 --out not/there", 1);
        assert!(text.contains("there's no folder not"), "{text}");
    }

    #[test]
    fn keygen_refuses_what_it_does_not_understand() {
        for (arguments, reason) in [
            (&["--speed"][..], "unknown argument --speed"),
            (&["alice"], "unknown argument alice"),
            (&["--bits"], "--bits needs a number"),
            (&["--bits", "1024"], "multiples of 64 from 2048 to 16384"),
            (&["--bits", "2050"], "multiples of 64 from 2048 to 16384"),
            (&["--algorithm", "dsa"], "--algorithm takes rsa, ed25519, x25519, p256, p384 or p521"),
            (&["--algorithm"], "--algorithm takes rsa"),
            (&["--algorithm", "p256", "--bits", "2048"], "--bits is for RSA"),
            (&["--out"], "--out needs a name"),
            (&["--out", ""], "--out needs a name"),
            (&["--out", "folder/"], "--out needs a name, not a folder"),
            #[cfg(not(feature = "encryption"))]
            (&["--password"], "cargo run --features encryption"),
        ] {
            let text = refusal("keygen", arguments, 2);
            assert!(text.contains(reason) && text.contains("usage: keygen"), "{arguments:?}: {text}");
        }
        assert!(story("keygen", &["--help"]).starts_with("usage: keygen"));
    }

    #[cfg(feature = "encryption")]
    #[test]
    fn a_key_under_a_password() {
        let folder = Folder::new("password");
        let text = failure(folder.run_with("keygen", "--password", "\n"), 1);
        assert!(text.contains("the password is empty"), "{text}");
        assert!(folder.names().is_empty());

        let password = "correct horse, na\u{ef}ve";
        let line = format!("{password}\r\nand more");
        let text = success(folder.run_with("keygen", "--bits 2048 --password", &line));
        assert!(text.contains("under your password") && !text.contains(password));
        let key = PrivateKey::from_encrypted_pem(folder.read("key.pem"), password).unwrap();
        assert!(text.contains(&key.public_key().fingerprint().to_string()));

        folder.write("file", b"signed");
        let sign = "sign --key key.pem file signature";
        let text = failure(folder.run_with("sign_and_verify", sign, "wrong\n"), 1);
        assert_eq!(text, "error: key.pem: wrong password, or a damaged file\n");
        success(folder.run_with("sign_and_verify", sign, password));
        folder.story("sign_and_verify", "verify --key key.pub.pem file signature");

        if let Some(openssl) = folder.openssl(&["key.pem"]) {
            openssl.write("password", line.replace('\r', "").as_bytes());
            openssl.run("pkey -in key.pem -passin file:password -check -noout");
            assert!(!openssl.accepts("pkey -in key.pem -passin pass:wrong -noout"));
        }
    }

    #[cfg(not(feature = "encryption"))]
    #[test]
    fn a_key_under_a_password_needs_a_feature() {
        let folder = Folder::new("password");
        // What matters is its label.
        folder.write(
            "key.pem",
            b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
        );
        folder.write("file", b"to be signed");
        let text = folder.refusal("sign_and_verify", "sign --key key.pem file signature", 1);
        assert!(text.contains("cargo run --features encryption"), "{text}");
    }

    #[test]
    fn sign_and_verify_tells_its_story() {
        let folder = Folder::new("story");
        folder.write("file", b"abc");
        let text = folder.story("sign_and_verify", "file");
        // FIPS 180-4's example.
        assert!(text.contains("  ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"));
        let signature = between(&text, "signed with the private key:\n", "Verified with");
        assert_eq!(signature.split_whitespace().collect::<String>().len(), 768);
        assert_eq!(between(&text, "Verified with the public key:", "And now").trim(), "right");
        assert_eq!(text.matches("  refused: the signature is not valid\n").count(), 3);
        assert_eq!(folder.names(), ["file"]);

        for (algorithm, hash_name, kind) in [
            ("p256", Some("SHA-256"), "ECDSA on P-256 with SHA-256"),
            ("p384", Some("SHA-384"), "ECDSA on P-384 with SHA-384"),
            ("p521", Some("SHA-512"), "ECDSA on P-521 with SHA-512"),
            ("ed25519", None, "Ed25519"),
        ] {
            let text = folder.story("sign_and_verify", &format!("--algorithm {algorithm} file"));
            assert!(text.contains(&format!("A new key pair for {kind} has the fingerprint")), "{text}");
            assert_eq!(
                hash_name.map(|name| text.contains(&format!("\n{name} hash"))),
                hash_name.map(|_| true)
            );
            assert_eq!(between(&text, "Verified with the public key:", "And now").trim(), "right");
            assert_eq!(text.matches("  refused: the signature is not valid\n").count(), 3);
        }

        folder.write("empty", b"");
        assert!(folder.refusal("sign_and_verify", "empty", 1).contains("empty is empty"));
        assert!(folder.refusal("sign_and_verify", "gone", 1).starts_with("error: gone: "));
    }

    #[test]
    fn files_are_signed_and_verified() {
        let folder = Folder::new("sign");
        folder.story("keygen", "--bits 2048");
        folder.story("keygen", "--bits 2048 --out other");
        // More than a piece, and not a multiple of one.
        let mut content: Vec<u8> = (0..200_001_u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
        folder.write("file", &content);
        let program = "sign_and_verify";
        for (scheme, wrong, options) in [
            ("", "--pkcs1v15 ", "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32"),
            ("--pkcs1v15 ", "", ""),
        ] {
            let sign = |name: &str| format!("sign --key key.pem {scheme}file {name}");
            let verify = |name: &str| format!("verify --key key.pub.pem {scheme}file {name}");
            let name = if scheme.is_empty() { "pss" } else { "v15" };
            let text = folder.story(program, &sign(name));
            assert!(text.contains("Signed 200001 bytes") && text.contains("SHA256:"), "{text}");
            let text = folder.story(program, &verify(name));
            assert!(text.starts_with("Right: a signature of these 200001 bytes\n"), "{text}");

            if let Some(openssl) = folder.openssl(&["key.pem", "key.pub.pem", "file", name]) {
                for command in commands(&text) {
                    assert_eq!(openssl.run(&command), b"Verified OK\n");
                }
                assert_eq!(commands(&text).len(), 1);
                openssl.run(&format!("dgst -sha256 {options} -sign key.pem -out theirs file"));
                folder.write("theirs", &openssl.read("theirs"));
                folder.story(program, &verify("theirs"));
                openssl.write("file", &content[1..]);
                assert!(commands(&text).iter().all(|command| !openssl.accepts(command)));
            }

            let refused = "error: refused: the signature is not valid\n";
            let other = format!("verify --key key.pub.pem {wrong}file {name}");
            assert_eq!(folder.refusal(program, &other, 1), refused);
            let other = format!("verify --key other.pub.pem {scheme}file {name}");
            assert_eq!(folder.refusal(program, &other, 1), refused);
            for at in [0, 65_535, 65_536, 200_000] {
                content[at] ^= 0x80;
                folder.write("file", &content);
                assert_eq!(folder.refusal(program, &verify(name), 1), refused);
                content[at] ^= 0x80;
            }
            folder.write("file", &content);
            let mut changed = folder.read(name);
            changed[128] ^= 1;
            folder.write("changed", &changed);
            assert_eq!(folder.refusal(program, &verify("changed"), 1), refused);
            folder.write("changed", &changed[1..]);
            assert!(
                folder.refusal(program, &verify("changed"), 1).contains("255 bytes where 256 are expected")
            );
            folder.story(program, &verify(name));
        }
        // The two files in the wrong order: the one that's signed stays.
        folder.refusal(program, "sign --key key.pem pss file", 1);
        assert_eq!(folder.read("file"), content);
        for (arguments, reason) in [
            ("sign --key key.pub.pem file new", "key.pub.pem: a public key, not a private key"),
            ("verify --key key.pem file pss", "key.pem: a private key, not a public key"),
            ("verify --key file file pss", "error: file: "),
            ("verify --key gone file pss", "error: gone: "),
            ("verify --key key.pub.pem gone pss", "error: gone: "),
            ("verify --key key.pub.pem file gone", "error: gone: "),
        ] {
            let text = folder.refusal(program, arguments, 1);
            assert!(text.contains(reason), "{arguments}: {text}");
        }
    }

    #[test]
    fn files_are_signed_on_curves() {
        let folder = Folder::new("sign-curves");
        let program = "sign_and_verify";
        let mut content: Vec<u8> = (0..70_000_u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
        folder.write("file", &content);
        for (algorithm, theirs) in [
            ("p256", "dgst -sha256 -sign p256.pem -out theirs file"),
            ("p384", "dgst -sha384 -sign p384.pem -out theirs file"),
            ("p521", "dgst -sha512 -sign p521.pem -out theirs file"),
            ("ed25519", "pkeyutl -sign -rawin -inkey ed25519.pem -in file -out theirs"),
        ] {
            let text = folder.story("keygen", &format!("--algorithm {algorithm} --out {algorithm}"));
            let public = key::PublicKey::from_pem(folder.read(&format!("{algorithm}.pub.pem"))).unwrap();
            assert!(text.contains(&format!("  {}\n", public.fingerprint())), "{text}");
            folder.story("keygen", &format!("--algorithm {algorithm} --out other-{algorithm}"));
            let verify = |key: &str, name: &str| format!("verify --key {key}{algorithm}.pub.pem file {name}");
            let text = folder.story(program, &format!("sign --key {algorithm}.pem file {algorithm}.sig"));
            assert!(text.starts_with("Signed 70000 bytes by E"), "{text}");
            let text = folder.story(program, &verify("", &format!("{algorithm}.sig")));
            assert!(text.starts_with("Right: a signature of these 70000 bytes\n"), "{text}");

            let names =
                [format!("{algorithm}.pem"), format!("{algorithm}.pub.pem"), format!("{algorithm}.sig")];
            if let Some(openssl) = folder.openssl(&[&names[0], &names[1], &names[2], "file"]) {
                let commands = commands(&text);
                assert_eq!(commands.len(), 1);
                let said = String::from_utf8(openssl.run(&commands[0])).unwrap();
                assert!(
                    ["Verified OK\n", "Signature Verified Successfully\n"].contains(&&said[..]),
                    "{said}"
                );
                openssl.run(theirs);
                folder.write(&format!("{algorithm}.theirs"), &openssl.read("theirs"));
                folder.story(program, &verify("", &format!("{algorithm}.theirs")));
                openssl.write("file", &content[1..]);
                assert!(!openssl.accepts(&commands[0]));
            }

            let refused = "error: refused: the signature is not valid\n";
            let signature = format!("{algorithm}.sig");
            assert_eq!(folder.refusal(program, &verify("other-", &signature), 1), refused);
            content[65_536] ^= 1;
            folder.write("file", &content);
            assert_eq!(folder.refusal(program, &verify("", &signature), 1), refused);
            content[65_536] ^= 1;
            folder.write("file", &content);
            let text = folder.refusal(program, &format!("{} --pkcs1v15", verify("", &signature)), 1);
            assert!(text.contains("--pkcs1v15 is for RSA keys"), "{text}");
        }
        folder.story("keygen", "--algorithm x25519 --out x");
        let text = folder.refusal(program, "sign --key x.pem file new", 1);
        assert_eq!(text, "error: a key of this kind makes no signatures\n");
    }

    #[cfg(feature = "hpke")]
    #[test]
    fn sealed_message_tells_its_story() {
        let folder = Folder::new("sealed-story");
        folder.write("abc", b"abc");
        let text = folder.story("sealed_message", "abc");
        // FIPS 180-4's example.
        assert!(text.contains("  ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"));
        assert!(text.contains("The file has 3 bytes.") && text.contains("follows in 1 record\n"), "{text}");
        assert!(text.contains("-----BEGIN PUBLIC KEY-----\n") && !text.contains("PRIVATE KEY"));
        assert_eq!(text.matches("  refused: decryption failed\n").count(), 3);
        assert_eq!(text.matches("  refused: sealed for a key on another curve\n").count(), 1);
        folder.write("empty", b"");
        assert!(folder.story("sealed_message", "empty").contains("follows in 1 record\n"));
        folder.write("large", &vec![7; 3 * 65_536]);
        let text = folder.story("sealed_message", "large");
        assert!(text.contains("follows in 3 records\n"), "{text}");
        assert_eq!(text.matches("  refused: decryption failed\n").count(), 5);
        assert_eq!(folder.names(), ["abc", "empty", "large"]);
        assert!(folder.refusal("sealed_message", "gone", 1).starts_with("error: gone: "));
    }

    #[cfg(feature = "hpke")]
    #[test]
    fn files_are_sealed_and_opened() {
        let folder = Folder::new("sealed");
        let program = "sealed_message";
        for (curve, enc_len) in [("x25519", 32), ("p256", 65), ("p384", 97), ("p521", 133)] {
            folder.story("keygen", &format!("--algorithm {curve} --out {curve}"));
            folder.story("keygen", &format!("--algorithm {curve} --out other-{curve}"));
            for len in [0, 1, 65_535, 65_536, 65_537, 2 * 65_536, 200_001] {
                let content: Vec<u8> = (0..len).map(|i: u32| (i.wrapping_mul(i) >> 7) as u8).collect();
                folder.write("file", &content);
                let text = folder.story(program, &format!("seal --key {curve}.pub.pem file sealed"));
                assert!(text.starts_with(&format!("Sealed {len} bytes:\n")), "{text}");
                let sealed = folder.read("sealed");
                let records = content.len().div_ceil(65_536).max(1);
                assert_eq!(sealed.len(), 10 + enc_len + content.len() + 16 * records);
                let text = folder.story(program, &format!("open --key {curve}.pem sealed opened"));
                assert!(text.starts_with(&format!("Opened {len} bytes:\n")), "{text}");
                assert_eq!(folder.read("opened"), content);
                folder.remove("opened");

                // Cut, also where a record ends; longer; with a bit changed; for somebody else.
                let head = 10 + enc_len;
                let mut wrong: Vec<Vec<u8>> = [0, 9, 10, head - 1, head, head + 15, sealed.len() - 1]
                    .into_iter()
                    .chain((1..records).map(|n| head + n * 65_552))
                    .map(|end| sealed[..end].to_vec())
                    .collect();
                wrong.push([&sealed[..], &[0]].concat());
                wrong.push([&sealed[..], &sealed[head..]].concat());
                for at in [0, 9, head, sealed.len() / 2 + head / 2, sealed.len() - 1] {
                    wrong.push(sealed.clone());
                    wrong.last_mut().unwrap()[at] ^= 1;
                }
                for (i, bytes) in wrong.iter().enumerate().filter(|(i, _)| curve == "x25519" || i % 5 == 2) {
                    folder.write("wrong", bytes);
                    let text = folder.refusal(program, &format!("open --key {curve}.pem wrong opened"), 1);
                    assert!(text.starts_with("error: refused: "), "{len} bytes, change {i}: {text}");
                    assert!(!folder.0.join("opened").exists(), "half a file is left");
                }
                let text = folder.refusal(program, &format!("open --key other-{curve}.pem sealed opened"), 1);
                assert_eq!(text, "error: refused: decryption failed\n");
                // What's there is never overwritten.
                folder.refusal(program, &format!("seal --key {curve}.pub.pem file sealed"), 1);
                assert_eq!(folder.read("sealed"), sealed);
                folder.remove("sealed");
            }
        }
        folder.story("keygen", "--algorithm ed25519 --out ed");
        folder.story(program, "seal --key x25519.pub.pem file sealed");
        for (arguments, reason) in [
            ("open --key p256.pem sealed new", "error: refused: sealed for a key on another curve"),
            ("seal --key ed.pub.pem file new", "ed.pub.pem: sealing takes a key on P-256"),
            ("open --key ed.pem sealed new", "ed.pem: sealing takes a key on P-256"),
            ("seal --key x25519.pem file new", "x25519.pem: a private key, not a public key"),
            ("open --key x25519.pub.pem sealed new", "x25519.pub.pem: a public key, not a private key"),
            ("seal --key x25519.pub.pem gone new", "error: gone: "),
            ("seal --key gone file new", "error: gone: "),
        ] {
            let text = folder.refusal(program, arguments, 1);
            assert!(text.contains(reason), "{arguments}: {text}");
            assert!(!folder.0.join("new").exists(), "{arguments}");
        }
        if let Some(openssl) = folder.openssl(&[]) {
            openssl.run("genpkey -algorithm X25519 -out theirs.pem");
            openssl.run("pkey -in theirs.pem -pubout -out theirs.pub.pem");
            for name in ["theirs.pem", "theirs.pub.pem"] {
                folder.write(name, &openssl.read(name));
            }
            folder.story(program, "seal --key theirs.pub.pem file for-them");
            folder.story(program, "open --key theirs.pem for-them opened");
            assert_eq!(folder.read("opened"), folder.read("file"));
        }
    }

    #[cfg(feature = "hpke")]
    #[test]
    fn sealed_message_refuses_what_it_does_not_understand() {
        for (arguments, reason) in [
            (&[][..], "one file is needed"),
            (&["a", "b"], "one file is needed"),
            (&["--key", "a", "b"], "unknown option --key"),
            (&["seal"], "--key is needed"),
            (&["open", "--key"], "--key needs a file"),
            (&["open", "--key", "k", "a"], "two files are needed"),
            (&["seal", "--key", "k", "--armor", "a", "b"], "unknown option --armor"),
        ] {
            let text = refusal("sealed_message", arguments, 2);
            assert!(text.contains(reason) && text.contains("usage: sealed_message"), "{arguments:?}: {text}");
        }
        assert!(story("sealed_message", &["--help"]).starts_with("usage: sealed_message"));
    }

    #[test]
    fn sign_and_verify_refuses_what_it_does_not_understand() {
        for (arguments, reason) in [
            (&[][..], "one file is needed"),
            (&["a", "b"], "one file is needed"),
            (&["--key", "a", "b"], "unknown option --key"),
            (&["--algorithm", "x25519", "a"], "--algorithm takes rsa, p256, p384, p521 or ed25519"),
            (&["--algorithm"], "--algorithm takes rsa"),
            (&["sign", "--algorithm", "p256", "--key", "k", "a", "b"], "unknown option --algorithm"),
            (&["sign"], "--key is needed"),
            (&["sign", "a", "b"], "--key is needed"),
            (&["verify", "--key"], "--key needs a file"),
            (&["verify", "--key", "k", "a"], "two files are needed"),
            (&["verify", "--key", "k", "a", "b", "c"], "two files are needed"),
            (&["sign", "--key", "k", "--md5", "a", "b"], "unknown option --md5"),
        ] {
            let text = refusal("sign_and_verify", arguments, 2);
            assert!(text.contains(reason) && text.contains("usage: sign_and"), "{arguments:?}: {text}");
        }
        assert!(story("sign_and_verify", &["--help"]).starts_with("usage: sign_and_verify"));
    }
}
