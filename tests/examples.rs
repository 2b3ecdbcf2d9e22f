//! Every example is run, and what it prints is checked.
#![cfg(all(feature = "std", feature = "getrandom"))]

#[cfg(feature = "pem")]
mod openssl;
mod stories;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;

/// The examples that this file runs.
const EXAMPLES: [&str; 13] = [
    "certificate_request",
    "chain_of_trust",
    "chains",
    "inspect",
    "key_agreement",
    "keygen",
    "keystore",
    "limbo",
    "one_way",
    "sealed_mail",
    "sealed_message",
    "sign_and_verify",
    "trapdoor",
];

/// The features that this file is built with, and so are they.
fn features() -> String {
    let others = [
        ("pem", cfg!(feature = "pem")),
        ("encryption", cfg!(feature = "encryption")),
        ("hpke", cfg!(feature = "hpke")),
        ("trust", cfg!(feature = "trust")),
        ("pkcs12", cfg!(feature = "pkcs12")),
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
    command.args(["build", "--quiet", "--examples"]);
    let has_all = cfg!(all(
        feature = "pem",
        feature = "encryption",
        feature = "hpke",
        feature = "trust",
        feature = "pkcs12"
    ));
    // As the README's command has it, so that nothing is built twice; or else without the other packages, whose
    // features would count too.
    if has_all {
        command.arg("--all-features");
    } else {
        command.args(["-p", "oneway", "--no-default-features", "--features", &features()]);
    }
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

/// Why things were refused, in order, each in one line.
#[cfg(feature = "trust")]
fn verdicts(text: &str) -> Vec<String> {
    let paragraphs = text.split("\n\n").filter_map(|part| part.strip_prefix("  refused: "));
    paragraphs.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// A folder that goes away with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("oneway-{}-{name}", std::process::id()));
        std::fs::create_dir(&folder).expect("a temporary folder");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
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
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
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

    impl Folder {
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
            (&["--speed"][..], "unknown option --speed"),
            (&["alice"], "unknown argument alice"),
            (&["--bits"], "--bits needs a number"),
            (&["--bits", "1024"], "multiples of 64 from 2048 to 16384"),
            (&["--bits", "2050"], "multiples of 64 from 2048 to 16384"),
            (&["--algorithm", "dsa"], "--algorithm takes rsa, ed25519, x25519, p256, p384 or p521"),
            (&["--algorithm"], "--algorithm needs a name: rsa"),
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
                folder
                    .refusal(program, &verify("changed"), 1)
                    .contains("255 bytes, where this key, curve or hash calls for 256")
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

    #[cfg(feature = "trust")]
    #[test]
    fn certificate_request_tells_its_story() {
        let folder = Folder::new("request");
        // Without a folder, a temporary one is used, and goes away.
        let mut command = Command::new(program("certificate_request"));
        let text = success(command.env("TMPDIR", &folder.0).output().expect("the example runs"));
        assert!(text.contains("a temporary folder, and go away") && !text.contains("  openssl "), "{text}");
        assert!(folder.names().is_empty(), "{:?}", folder.names());

        let text = folder.story("certificate_request", ".");
        let names = ["authority.crl", "chain.pem", "root.pem", "server.crt", "server.csr", "server.key"];
        assert_eq!(folder.names(), names);
        for line in [
            "names:        www.example.com, example.com, webmaster@example.com\n",
            "key usage:    signatures, signing certificates\n",
            "for:          signing programs\n",
        ] {
            assert!(between(&text, "reads in it:", "3. The").contains(line), "no {line:?} in\n{text}");
        }
        let left_out: Vec<_> =
            text.split("  left out: ").skip(1).map(|rest| between(rest, "", ": ")).collect();
        assert_eq!(left_out, ["name webmaster@example.com", "extended key usage", "key usage"]);
        let issued = between(&text, "for 90 days:", "4. The owner");
        for line in [
            "names:        www.example.com, example.com\n",
            "authority:    no\n",
            "key usage:    signatures\n",
            "for:          servers\n",
        ] {
            assert!(issued.contains(line), "no {line:?} in\n{text}");
        }
        assert!(verdicts(issued)[0].ends_with("another one has taken its place"), "{issued}");
        assert!(text.contains("\ntrusted:      CN=Example Root,O=Example\n"), "{text}");
        assert_eq!(
            verdicts(between(&text, "5. What", "6. The")),
            [
                "the request of CN=www.example.com isn't signed with the key that it's about",
                "the customer hasn't shown that www.example.org is theirs",
            ]
        );
        let key = key::PrivateKey::from_pem(folder.read("server.key")).unwrap();
        assert!(key.as_p256().is_some() && folder.read("server.key").starts_with(b"-----BEGIN PRIVATE KEY"));
        #[cfg(unix)]
        {
            let data = folder.0.join("server.key").metadata().unwrap();
            assert_eq!(std::os::unix::fs::MetadataExt::mode(&data) & 0o777, 0o600);
        }

        if let Some(openssl) = folder.openssl(&names) {
            let commands = commands(&text);
            assert_eq!(commands.len(), 4);
            for command in &commands {
                openssl.run(command);
            }
            // They'd notice.
            openssl.write("root.pem", &folder.read("server.crt"));
            assert!(!openssl.accepts(&commands[2]) && !openssl.accepts(&commands[3]));
        }
    }

    #[cfg(feature = "trust")]
    #[test]
    fn certificate_request_overwrites_nothing() {
        let folder = Folder::new("request-again");
        folder.write("root.pem", b"dear to me");
        let text = folder.refusal("certificate_request", ".", 1);
        assert!(text.contains("root.pem is there already"), "{text}");
        assert_eq!(
            (folder.names(), folder.read("root.pem")),
            (vec!["root.pem".into()], b"dear to me".to_vec())
        );
        assert!(folder.refusal("certificate_request", "not/there", 1).starts_with("error: not/there: "));
        folder.story("certificate_request", "new");
        assert_eq!(folder.names(), ["new", "root.pem"]);
        for (arguments, reason) in [
            (&["--speed"][..], "unknown option --speed"),
            (&["two", "folders"], "one folder only"),
            (&[""], "the folder's name is empty"),
        ] {
            let text = refusal("certificate_request", arguments, 2);
            assert!(text.contains(reason) && text.contains("usage: cert"), "{arguments:?}: {text}");
        }
        assert!(story("certificate_request", &["--help"]).starts_with("usage: certificate_request"));
    }

    #[test]
    fn sign_and_verify_refuses_what_it_does_not_understand() {
        for (arguments, reason) in [
            (&[][..], "one file is needed"),
            (&["a", "b"], "one file is needed"),
            (&["--key", "a", "b"], "unknown option --key"),
            (&["--algorithm", "x25519", "a"], "--algorithm takes rsa, p256, p384, p521 or ed25519"),
            (&["--algorithm"], "--algorithm needs a name: rsa"),
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

/// Certificates of tests/trust, where a README says what they are.
#[cfg(feature = "trust")]
mod with_certificates {
    use std::fmt::Write;

    use serde_json::{Value, json};

    use super::*;

    const TIME: &str = "2026-12-01T00:00:00Z";

    fn path(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trust").join(name)
    }

    fn read(name: &str) -> String {
        std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A run in the folder of the certificates.
    fn inspect(arguments: &str) -> Output {
        let mut command = Command::new(program("inspect"));
        command.args(arguments.split_whitespace()).current_dir(path(""));
        command.env("SSL_CERT_FILE", path("p256.other.pem")).output().expect("the example runs")
    }

    #[test]
    fn inspect_prints_certificates() {
        let text = success(inspect("p256.chain.pem p256.leaf.der"));
        let leaf = "
subject:      CN=www.example.com,O=Example,C=DE
issuer:       CN=Example Intermediate,O=Example,C=DE
serial:       7e:f5:24:cb:cd:94:12:1c:12:2d:37:ef:40:38:6c:e7:01:05:24:f5
valid:        2026-11-27T00:00:00Z to 2027-11-27T00:00:00Z
names:        www.example.com, *.api.example.com, 192.0.2.1
key:          P-256
signed by:    ECDSA with SHA-256
authority:    no
key usage:    signatures
for:          servers
key id:       4b:56:90:af:44:a1:c6:11:d8:18:cb:09:68:e4:c6:a1:07:6c:2a:7f
issuer's id:  aa:74:35:aa:fb:83:50:1b:1b:17:3f:32:5b:3a:c0:e4:66:34:8d:ec
fingerprint:  SHA-256
              79:fd:44:ff:3a:0d:db:e4:fd:e9:ba:e3:9f:8c:b1:4f:8d:98:fb:fb:d4:fc:
              9e:5a:31:ae:07:1f:4b:70:16:4c
";
        let (first, rest) =
            text.split_once("\nCertificate, 2 of 2, p256.chain.pem\n---").expect("a second one");
        assert_eq!(first, format!("Certificate, 1 of 2, p256.chain.pem\n{}\n{leaf}", "-".repeat(35)));
        assert!(rest.contains("\nauthority:    yes, with no authority below it\n"), "{rest}");
        assert!(rest.contains("\nCertificate, 1 of 1, p256.leaf.der\n---") && rest.ends_with(leaf), "{rest}");
        let text = success(inspect("rsa.root.pem ed25519.root.pem"));
        assert_eq!(text.matches("\nissuer:       itself (self-signed)\n").count(), 2, "{text}");
        assert!(text.contains("\nkey:          RSA, 2048 bits, e = 65537\n"), "{text}");
        assert!(text.contains("\nsigned by:    Ed25519\n"), "{text}");
    }

    #[test]
    fn inspect_breaks_long_lines() {
        let text = success(inspect("p256.many.pem"));
        let names: String = between(&text, "names:", "\nkey:").split_whitespace().collect();
        let expected: Vec<_> = (1..=100).map(|i| format!("host-{i}.example.com")).collect();
        assert_eq!(names, expected.join(","));
        let subject = between(&text, "subject:", "\nissuer:");
        assert!(subject.lines().count() > 4 && subject.lines().skip(1).all(|line| line.starts_with("    ")));
        let subject: String = subject.lines().map(str::trim_start).collect();
        assert!(subject.ends_with(",CN=many.example.com,O=Example,C=DE"), "{subject}");
    }

    #[test]
    fn inspect_says_what_else_is_there() {
        let text = success(inspect("p256.intermediate.crl.pem ../keys/p256.pem ../keys/p256.pub.pem"));
        assert!(text.starts_with("Revocation list, 1 of 1, p256.intermediate.crl.pem\n---"), "{text}");
        assert!(text.contains(
            "
issuer:       CN=Example Intermediate,O=Example,C=DE
valid:        2026-11-27T00:00:00Z to 2046-11-01T00:00:00Z
signed by:    ECDSA with SHA-256
revoked:      1 certificate
              2d:e9:af:71:d2:5f:ee:3b:f9:4a:29:76:56:80:50:6b:af:40:80:af
                since 2026-11-27T20:27:32Z: its key is compromised
"
        ));
        assert!(text.contains("\n(PRIVATE KEY, not shown)\n"), "{text}");
        assert!(
            text.contains("\nPublic key, 1 of 1, ") && text.contains("\nfingerprint:  SHA256:"),
            "{text}"
        );
        // Nothing of the private key but its label.
        let key = std::fs::read_to_string(path("../keys/p256.pem")).unwrap();
        assert!(key.lines().skip(1).all(|line| !text.contains(line)));

        let mut mixed = read("p256.root.pem").replace("MII", "MIJ");
        mixed.push_str("text between them\n");
        mixed.push_str(&read("p256.leaf.pem"));
        mixed.push_str(&std::fs::read_to_string(path("../keys/request.pem")).unwrap());
        let mixed = Scratch::with("mixed.pem", mixed.as_bytes());
        let output = run("inspect", &[mixed.0.as_os_str()]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(output.stderr, b"error: one item can't be read\n");
        assert!(
            text.starts_with("Not readable, 1 of 3, ") && text.contains("Certificate, 2 of 3, "),
            "{text}"
        );
        assert!(text.contains("\n(CERTIFICATE REQUEST, not read)\n"), "{text}");
    }

    #[test]
    fn inspect_trusts() {
        let with_roots = |name: &str, rest: &str| {
            success(inspect(&format!("--verify {name} --roots p256.root.pem --at {TIME} {rest}")))
        };
        let chain = "
verified:     CN=www.example.com,O=Example,C=DE
issued by:    CN=Example Intermediate,O=Example,C=DE
trusted:      CN=Example Root,O=Example,C=DE
";
        let expected = |name: &str| format!("Trusted: {name}, at {TIME}.\n{chain}");
        for name in ["www.example.com", "v2.api.example.com", "192.0.2.1"] {
            assert_eq!(with_roots(name, "p256.chain.pem"), expected(name));
        }
        assert_eq!(
            with_roots("WWW.example.com", "p256.leaf.der p256.other.pem p256.intermediate.pem"),
            expected("www.example.com")
        );
        let lists = "--crl p256.root.crl.pem --crl p256.intermediate.crl.pem p256.chain.pem";
        assert_eq!(with_roots("www.example.com", lists), expected("www.example.com"));
        let text = with_roots("alice@example.com", "p256.mail.pem p256.intermediate.pem");
        assert!(text.contains("\nverified:     CN=Alice,O=Example,C=DE\n"), "{text}");
        for family in ["rsa", "ed25519"] {
            let files = format!("--roots {family}.root.pem {family}.leaf.pem {family}.intermediate.pem");
            assert_eq!(
                success(inspect(&format!("--verify www.example.com --at {TIME} {files}"))),
                expected("www.example.com")
            );
        }
        // Who is trusted needs nobody above.
        let text = success(inspect(&format!(
            "--verify www.example.com --at {TIME} --policy rfc5280 --roots p256.leaf.pem p256.leaf.pem"
        )));
        assert!(text.ends_with("\n\ntrusted:      CN=www.example.com,O=Example,C=DE\n"), "{text}");
    }

    #[test]
    fn inspect_says_why_not() {
        let leaf = "the certificate of CN=www.example.com,O=Example,C=DE";
        let issuer = "its issuer, CN=Example Intermediate,O=Example,C=DE,";
        let root = "CN=Example Root,O=Example,C=DE";
        let roots = "--roots p256.root.pem --at 2026-12-01T00:00:00Z";
        for (question, reason) in [
            (
                format!("www.example.org {roots} p256.chain.pem"),
                format!(
                    "{leaf} isn't for www.example.org, but for www.example.com, *.api.example.com, 192.0.2.1"
                ),
            ),
            (
                format!("www.example.com {roots} p256.expired.pem p256.intermediate.pem"),
                format!("{leaf} expired on 2026-11-15T00:00:00Z (asked about {TIME})"),
            ),
            (
                "www.example.com --roots p256.root.pem --at 2030-01-01T00:00:00Z p256.chain.pem".into(),
                format!("{leaf} expired on 2027-11-27T00:00:00Z (asked about 2030-01-01T00:00:00Z)"),
            ),
            (
                "www.example.com --roots p256.root.pem --at 2026-11-20T00:00:00Z p256.chain.pem".into(),
                format!("{leaf} isn't valid until 2026-11-27T00:00:00Z (asked about 2026-11-20T00:00:00Z)"),
            ),
            (
                format!("www.example.com --roots rsa.leaf.pem --at {TIME} p256.chain.pem"),
                format!(
                    "{issuer} was issued by {root}, of whom there's no certificate: it isn't trusted, or an \
                     intermediate is missing"
                ),
            ),
            (
                format!("www.example.com --roots p256.other.pem --at {TIME} p256.chain.pem"),
                format!("{issuer} has a signature that its issuer's key didn't make"),
            ),
            // The system's roots: here, those of a variable.
            (
                format!("www.example.com --at {TIME} p256.chain.pem"),
                format!("{issuer} has a signature that its issuer's key didn't make"),
            ),
            (
                format!("www.example.com {roots} p256.leaf.pem"),
                format!(
                    "{leaf} was issued by CN=Example Intermediate,O=Example,C=DE, of whom there's no certificate: \
                     it isn't trusted, or an intermediate is missing"
                ),
            ),
            (
                format!("www.example.com {roots} --crl p256.intermediate.crl.pem p256.chain.pem"),
                format!("{issuer} may have been revoked: there's no revocation list of its issuer"),
            ),
            (
                format!(
                    "www.example.com {roots} --crl p256.intermediate.crl.pem p256.revoked.pem p256.intermediate.pem"
                ),
                format!("{leaf} was revoked on 2026-11-27T20:27:32Z: its key is compromised"),
            ),
            (
                format!("host-1.example.com {roots} p256.many.pem p256.intermediate.pem"),
                "doesn't say that it's for servers (Rule::ExplicitUsage, ".into(),
            ),
        ] {
            let text = failure(inspect(&format!("--verify {question}")), 1);
            assert!(text.starts_with("error: not trusted: ") && text.contains(&reason), "{question}: {text}");
        }
    }

    #[test]
    fn inspect_refuses_what_it_does_not_understand() {
        for (arguments, reason) in [
            ("", "a file of certificates is needed"),
            ("--verify www.example.com", "a file of certificates is needed"),
            ("--verify", "--verify needs a name"),
            ("p256.root.pem --roots", "--roots needs a file"),
            ("--roots p256.root.pem p256.leaf.pem", "--roots goes with --verify"),
            ("--at 2026-12-01T00:00:00Z p256.leaf.pem", "--at goes with --verify"),
            (
                "--verify a.b --at 2026-12-01 p256.leaf.pem",
                "--at takes a time in UTC, such as 2026-12-01T00:00:00Z",
            ),
            ("--verify a.b --at 2026-02-30T00:00:00Z p256.leaf.pem", "--at takes a time"),
            ("--verify a.b --policy strict p256.leaf.pem", "--policy takes web or rfc5280"),
            ("--verify *.example.com p256.leaf.pem", "--verify: "),
            ("--verify 1.2.3 p256.leaf.pem", "not a domain name"),
            ("--speed p256.leaf.pem", "unknown option --speed"),
        ] {
            let text = failure(inspect(arguments), 2);
            assert!(text.contains(reason) && text.contains("usage: inspect FILE"), "{arguments}: {text}");
        }
        for (arguments, reason) in [
            ("gone.pem", "error: gone.pem: "),
            ("README.md", "error: README.md: there are no certificates in it, neither as PEM nor as DER"),
            ("--verify a.b --roots gone.pem p256.leaf.pem", "error: gone.pem: "),
            ("--verify a.b p256.root.crl.pem", "p256.root.crl.pem: there's no certificate in it"),
            (
                "--verify a.b --crl p256.leaf.pem p256.leaf.pem",
                "p256.leaf.pem: there's no revocation list in it",
            ),
        ] {
            let text = failure(inspect(arguments), 1);
            assert!(text.contains(reason), "{arguments}: {text}");
        }
        assert!(success(inspect("--help")).starts_with("usage: inspect FILE"));
    }

    #[cfg(feature = "pkcs12")]
    #[test]
    fn keystore_tells_its_story() {
        let text = story::<&str>("keystore", &[]);
        let names = ["CN=www.example.com", "CN=Example Authority,O=Example", "CN=Example Root,O=Example"];
        assert_eq!(
            between(&text, "chain of the key:\n\n  ", "\n\n").split("\n  ").collect::<Vec<_>>(),
            names
        );
        let listed = names.map(|name| format!("\n  certificate: {name}")).concat();
        assert_eq!(between(&text, "this is in it:\n\n", "\n\n"), format!("  private key: server{listed}"));
        assert!(text.contains("\n  KeyStore(CN=www.example.com,"), "{text}");
        let incomplete = "the chain is incomplete: it ends at the certificate of";
        let ways = "(`StoreOptions::trusting` takes a chain whose issuer is in a trust store, `allow_incomplete` any)";
        assert_eq!(
            verdicts(&text),
            [
                "the password is wrong, or the file is damaged".to_string(),
                "the password is wrong, or the file is damaged".to_string(),
                format!(
                    "{incomplete} CN=www.example.com, and that of its issuer, CN=Example Authority,O=Example, is \
                     missing {ways}"
                ),
                format!(
                    "{incomplete} CN=Example Authority,O=Example, and that of its issuer, CN=Example \
                     Root,O=Example, is missing {ways}"
                ),
                "the private key isn't the one of the certificate of CN=www.example.com".to_string(),
                "the file asks for 2147483647 rounds of key derivation, but at most 10000000 are done".to_string(),
                "malformed trust store: it's a key store: it has a private key, and no certificate that's marked \
                 as trusted"
                    .to_string(),
            ]
        );
        assert!(text.contains("\n  trusted: CN=Example Root,O=Example\n"), "{text}");
        assert!(story("keystore", &["--help"]).starts_with("usage: keystore"));
        assert!(refusal("keystore", &["file"], 2).contains("unknown argument file"));
    }

    #[test]
    fn chain_of_trust_tells_its_story() {
        let text = story::<&str>("chain_of_trust", &[]);
        let chain = "
  trusted

verified:     CN=*.example.com
issued by:    CN=Example Authority,O=Example
trusted:      CN=Example Root,O=Example
";
        assert!(between(&text, "1. A chain", "2. What").contains(chain), "{text}");
        let server = "the certificate of CN=*.example.com";
        let authority = "its issuer, CN=Example Authority,O=Example,";
        let missing = "of whom there's no certificate: it isn't trusted, or an intermediate is missing";
        let expected = [
            format!("{server} expired on 2027-01-29T23:59:59Z (asked about 2027-03-01T00:00:00Z)"),
            format!("{server} has a signature that its issuer's key didn't make"),
            "nothing is issued for CN=*.example.com: valid until 2027-01-29T23:59:59Z, it would outlive its \
             issuer, CN=Example Old Authority,O=Example, whose time ends on 2026-11-30T23:59:59Z"
                .into(),
            format!(
                "its issuer, CN=Example Old Authority,O=Example, expired on 2026-11-30T23:59:59Z (asked about {TIME})"
            ),
            format!("{server} isn't for www.example.org, but for *.example.com"),
            format!("{server} isn't for a.b.example.com, but for *.example.com"),
            format!("{authority} was issued by CN=Example Root,O=Example, {missing}"),
            format!("{authority} has a signature that its issuer's key didn't make"),
            format!("{server} was issued by CN=Example Authority,O=Example, {missing}"),
            "the certificate of CN=Mallory is signed by itself, and isn't among the trusted certificates"
                .into(),
            "its issuer, CN=Mallory, is signed by itself, and isn't among the trusted certificates".into(),
            format!("{server} isn't an authority's: it says that it isn't"),
            "its issuer, CN=*.example.com, isn't an authority's: it says that it isn't".into(),
            format!("{server} may have been revoked: there's no revocation list of its issuer"),
            format!("{server} was revoked on 2026-11-20T08:00:00Z: its key is compromised"),
        ];
        assert_eq!(verdicts(&text), expected);
        assert_eq!(text.matches("\n  trusted\n").count(), 3, "{text}");
        assert!(text.contains("\n  valid until 2037-01-29T23:59:59Z\n"), "{text}");
        assert!(story("chain_of_trust", &["--help"]).starts_with("usage: chain_of_trust"));
        assert!(refusal("chain_of_trust", &["--speed"], 2).contains("unknown option --speed"));
    }

    #[cfg(feature = "hpke")]
    #[test]
    fn sealed_mail_tells_its_story() {
        let text = story("sealed_mail", &["to you \u{1b}[31m alone"]);
        assert!(between(&text, "1. Alice", "2. Bob").contains("\nnames:        bob@example.com\n"), "{text}");
        let read = "
  From:  alice@example.com
  To:    bob@example.com
  Date:  2026-12-01T09:00:00Z

  to you \\u{1b}[31m alone
";
        assert!(between(&text, "2. Bob reads", "3. What").ends_with(&format!("{read}\n")), "{text}");
        let unknown = "its issuer, CN=Mallory Mail Authority, was issued by CN=Mallory Root, of whom there's no \
                       certificate: it isn't trusted, or an intermediate is missing";
        let expected = [
            format!("the receiver isn't trusted: {unknown}"),
            "the receiver isn't trusted: the certificate of CN=Carol isn't for bob@example.com, but for \
             carol@example.com"
                .into(),
            "decryption failed".into(),
            format!("the sender isn't trusted: {unknown}"),
            "the sender isn't trusted: the certificate of CN=Carol isn't for alice@example.com, but for \
             carol@example.com"
                .into(),
            "the signature is not valid".into(),
            "the sender isn't trusted: the certificate of CN=Alice expired on 2027-10-31T23:59:59Z (asked about \
             2027-12-01T12:00:00Z)"
                .into(),
            "decryption failed".into(),
            "the mail was written to bob@example.com".into(),
            "the signature is not valid".into(),
        ];
        assert_eq!(verdicts(&text), expected);
        assert!(!text.contains('\x1b'));
        assert!(story::<&str>("sealed_mail", &[]).contains("\n  I accept your offer. Alice\n"));
        assert!(story("sealed_mail", &["--", "--help"]).contains("\n  --help\n"));
        assert!(story("sealed_mail", &["--help"]).starts_with("usage: sealed_mail"));
        for (arguments, reason) in [
            (&["--speed"][..], "unknown option --speed"),
            (&["two", "messages"], "one message only"),
            (&[""], "the message is empty"),
        ] {
            let text = refusal("sealed_mail", arguments, 2);
            assert!(text.contains(reason) && text.contains("usage: sealed_mail"), "{arguments:?}: {text}");
        }
    }

    /// A case as x509-limbo has them.
    fn case(id: &str, expected: &str, leaf: &str, name: &str) -> Value {
        json!({
            "id": id,
            "expected_result": expected,
            "features": [],
            "validation_kind": "SERVER",
            "validation_time": "2026-12-01T00:00:00+00:00",
            "trusted_certs": [read("p256.root.pem")],
            "untrusted_intermediates": [read("p256.intermediate.pem"), "not a certificate"],
            "peer_certificate": read(leaf),
            "expected_peer_name": { "kind": "DNS", "value": name },
            "extended_key_usage": ["serverAuth"],
            "key_usage": [],
            "signature_algorithms": [],
            "max_chain_depth": null,
            "crls": [],
        })
    }

    fn limbo(cases: &[Value], options: &[&str]) -> Output {
        let file =
            Scratch::with("limbo.json", json!({ "version": 1, "testcases": cases }).to_string().as_bytes());
        let options = options.iter().map(OsStr::new);
        run("limbo", &options.chain([file.0.as_os_str()]).collect::<Vec<_>>())
    }

    #[test]
    fn limbo_compares_verdicts() {
        let good = case("test::good", "SUCCESS", "p256.leaf.pem", "www.example.com");
        let other = case("test::other-name", "FAILURE", "p256.leaf.pem", "www.example.org");
        let expired = case("test::expired", "FAILURE", "p256.expired.pem", "www.example.com");
        let mut revoked = case("test::revoked", "FAILURE", "p256.revoked.pem", "www.example.com");
        revoked["crls"] = json!([read("p256.intermediate.crl.pem")]);
        let mut listed = case("test::listed", "SUCCESS", "p256.leaf.pem", "www.example.com");
        listed["crls"] = json!([read("p256.intermediate.crl.pem")]);
        let mut skipped = good.clone();
        skipped["signature_algorithms"] = json!(["ecdsa-with-sha256"]);
        let right = [good.clone(), other, expired, revoked, listed];
        assert_eq!(success(limbo(&right, &[])), "5 passed, 0 failed, 0 skipped\n");
        let text = String::from_utf8(limbo(&right, &["--all"]).stdout).unwrap();
        assert!(text.starts_with("agreed    test::good\n          trusted\n"), "{text}");
        assert!(
            text.contains("its key is compromised\n") && text.ends_with("\n5 passed, 0 failed, 0 skipped\n")
        );

        let wrong = case("test::wrong", "SUCCESS", "p256.expired.pem", "www.example.com");
        let output = limbo(&[good, wrong, skipped], &[]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!((output.status.code(), &output.stderr[..]), (Some(1), &b"error: 1 verdicts differ\n"[..]));
        let mut expected = String::new();
        writeln!(expected, "DISAGREED test::wrong").unwrap();
        write!(expected, "          the certificate of CN=www.example.com,O=Example,C=DE expired on ")
            .unwrap();
        assert!(text.starts_with(&expected), "{text}");
        assert!(text.ends_with(
            "
skipped   test::good
          a choice of signature algorithms
1 passed, 1 failed, 1 skipped
"
        ));
    }

    #[test]
    fn limbo_refuses_what_it_does_not_understand() {
        for arguments in [&[][..], &["a", "b"], &["--speed", "a"]] {
            assert!(refusal("limbo", arguments, 2).contains("usage: limbo"), "{arguments:?}");
        }
        let file = Scratch::with("no-limbo.json", b"{}");
        let text = refusal("limbo", &[file.0.as_os_str()], 1);
        assert!(text.contains("not a file of x509-limbo"), "{text}");
        assert!(refusal("limbo", &["/no/such/file"], 1).starts_with("error: /no/such/file: "));
        assert!(story("limbo", &["--help"]).starts_with("usage: limbo"));
    }

    /// A suite that isn't part of the repository, where it's there.
    fn suite(name: &str) -> Option<PathBuf> {
        let folder = std::env::var_os("ONEWAY_VECTORS").map(PathBuf::from);
        let folder =
            folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"));
        let file = folder.join(name);
        if !file.exists() {
            eprintln!("skipped: there's no {name} in the folder of ONEWAY_VECTORS");
        }
        Some(file).filter(|file| file.exists())
    }

    /// All of x509-limbo.
    #[test]
    fn limbo_agrees_with_x509_limbo() {
        if let Some(file) = suite("x509-limbo.json") {
            assert_eq!(story("limbo", &[file.as_os_str()]), "134 passed, 0 failed, 0 skipped\n");
        }
    }

    /// The names of the cases of which the verdict is another one, and the last line.
    fn differences(file: &Path) -> (Vec<String>, String) {
        let text = String::from_utf8(run("chains", &[file]).stdout).expect("UTF-8");
        let differs = |line: &str| line.strip_prefix("DISAGREED ").map(String::from);
        (text.lines().filter_map(differs).collect(), text.lines().last().unwrap_or_default().into())
    }

    /// NIST's PKITS, by `Policy::rfc5280()`, with all of its revocation lists. What isn't agreed on has keys for DSA.
    #[test]
    fn chains_of_pkits() {
        let Some(file) = suite("pkits.json") else { return };
        let (names, count) = differences(&file);
        assert_eq!(
            names,
            ["4.1.4 Valid DSA Signatures Test4", "4.1.5 Valid DSA Parameter Inheritance Test5"]
        );
        assert_eq!(count, "247 passed, 2 failed, 0 skipped");
    }

    /// Where OpenSSL's own tests expect another verdict than `Policy::rfc5280()` gives, and by which paragraph.
    const OPENSSL: [(&str, &[&str]); 11] = [
        ("RFC 5280, section 4.2: what's critical and isn't known refuses", &["009"]),
        (
            "RFC 5280, section 6.1.1 (d): a trust anchor has no time; `Policy::private()` gives it one",
            &["045", "046"],
        ),
        (
            "RFC 5280, section 6.1: one path that holds is enough, by another certificate of the same authority",
            &["065"],
        ),
        (
            "CA/Browser Forum, code signing, section 7.1.2.3: RFC 5280, section 4.2.1.12, lets a certificate have several \
             purposes, and its key usage be mild",
            &["101", "102", "103", "104", "105"],
        ),
        ("OpenSSL's levels of security are settings of its own: level 3", &["118"]),
        (
            "keys under 2048 bits, MD5 and SHA-1 are refused by every policy",
            &["119", "121", "123", "127", "129", "168"],
        ),
        ("ECDSA with SHA-3 (RFC 9688 has it for CMS) isn't offered", &["134", "135", "136", "137"]),
        (
            "RFC 5280, section 4.2.1.10: constraints on domains are about alternative names, and on mail about a subject \
             without them",
            &["154", "157", "158", "160", "161"],
        ),
        ("OpenSSL's own limit of names and constraints; they're within the budget here", &["174", "175"]),
        ("RFC 3279, section 2.3.1: the identifier of RSA keys is rsaEncryption", &["180"]),
        ("X.690, section 11.5: a default that's spelt out isn't DER", &["183", "188"]),
    ];

    #[test]
    fn chains_of_openssl() {
        let Some(file) = suite("openssl-verify.json") else { return };
        let (names, count) = differences(&file);
        let numbers: Vec<&str> = names.iter().map(|name| &name[..3]).collect();
        let mut expected: Vec<&str> = OPENSSL.iter().flat_map(|(_, cases)| cases.iter().copied()).collect();
        expected.sort_unstable();
        assert_eq!(numbers, expected, "{names:#?}");
        assert_eq!(count, "81 passed, 30 failed, 81 skipped");
    }

    #[test]
    fn chains_compares_verdicts() {
        assert!(refusal::<&str>("chains", &[], 2).contains("usage: chains"));
        assert!(story("chains", &["--help"]).starts_with("usage: chains"));
        let certificates = |name: &str| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/trust/");
            std::fs::read_to_string(format!("{folder}{name}")).expect("a file")
        };
        let case = |id: &str, expected: bool| {
            json!({
                "id": id, "expected": expected, "purpose": "server", "names": ["www.example.com"], "time": 1_796_083_200u64,
                "leaf": certificates("p256.leaf.pem"), "pool": [certificates("p256.intermediate.pem")],
                "roots": [certificates("p256.root.pem")],
            })
        };
        let skipped = json!({ "id": "c", "skip": "not offered" });
        let cases = json!([case("a", true), case("b", false), skipped]);
        let file = Scratch::with("chains.json", cases.to_string().as_bytes());
        let output = run("chains", &[file.0.as_os_str()]);
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(text, "DISAGREED b\n          trusted\n1 passed, 1 failed, 1 skipped\n");
    }
}
