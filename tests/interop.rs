//! OpenSSL in both directions: what the command signs and encrypts is verified and decrypted here, the key
//! files that it writes are read, and the other way round.
//!
//! The RSA keys are OpenSSL's, of 2048, 3072 and 4096 bits. They come in as numbers, read from the text that
//! `openssl pkey -text` prints, so that nothing here rests on our own reading of key files; the public key
//! goes out as a `SubjectPublicKeyInfo`.
#![cfg(all(feature = "pem", feature = "getrandom"))]

mod openssl;

use std::fmt::Write;
use std::sync::OnceLock;

use digest::Digest;
use digest::const_oid::AssociatedOid;
use oneway::Error;
use oneway::hash::{Sha256, Sha384, Sha512};
use oneway::rsa::{Oaep, Pkcs1v15, PrivateKey, Pss, PssBinding, PssHash, PssParams, PublicKey};
use openssl::OpenSsl;
use pkcs1::{EncodeRsaPrivateKey, EncodeRsaPublicKey, LineEnding};
use sha1::Sha1;
use sha3::Sha3_256;
use spki::EncodePublicKey;

// ---- keys ----

/// A key of OpenSSL's on both sides.
///
/// In the folder are `private.pem` and `public.pem`, which OpenSSL wrote, and `public.der`, which we did.
struct Pair {
    openssl: OpenSsl,
    private: PrivateKey,
}

impl Pair {
    fn public(&self) -> &PublicKey {
        self.private.public_key()
    }
}

/// A pair of each size, in folders of their own; none where OpenSSL is missing.
fn pairs() -> Vec<Pair> {
    // Making the keys takes longer than all that's done with them.
    static KEYS: OnceLock<Option<Vec<Vec<u8>>>> = OnceLock::new();
    let keys = KEYS.get_or_init(|| {
        let openssl = OpenSsl::new()?;
        let make = [
            "genrsa -out private.pem 2048",
            "genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out private.pem",
            "genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:4096 -out private.pem",
        ];
        let made = |arguments| {
            openssl.run(arguments);
            openssl.read("private.pem")
        };
        Some(make.into_iter().map(made).collect())
    });
    keys.iter().flatten().map(|pem| pair(pem)).collect()
}

fn pair(pem: &[u8]) -> Pair {
    let openssl = OpenSsl::new().unwrap();
    openssl.write("private.pem", pem);
    openssl.run("pkey -in private.pem -pubout -out public.pem");
    let text = String::from_utf8(openssl.run("pkey -in private.pem -noout -text")).unwrap();
    let (p, q) = (number(&text, "prime1:"), number(&text, "prime2:"));
    let exponent = text.lines().find_map(|line| line.strip_prefix("publicExponent: ")).unwrap();
    let e = exponent.split(' ').next().unwrap().parse().unwrap();
    let private = PrivateKey::from_primes(&p, &q, e).unwrap();
    assert_eq!(private.public_key().modulus(), number(&text, "modulus:")[1..]);
    let spki = private.public_key().verifier(Pss::<Sha256>::new()).to_public_key_der().unwrap();
    openssl.write("public.der", spki.as_bytes());
    Pair { openssl, private }
}

/// The bytes under a heading: lines of hexadecimal with colons, indented.
fn number(text: &str, heading: &str) -> Vec<u8> {
    let lines = text.lines().skip_while(|line| *line != heading).skip(1);
    let lines: Vec<&str> = lines.take_while(|line| line.starts_with(' ')).map(str::trim).collect();
    let byte = |hex| u8::from_str_radix(hex, 16).unwrap();
    lines.concat().split(':').map(byte).collect()
}

#[test]
fn public_keys_are_the_same_bytes() {
    for Pair { openssl, .. } in pairs() {
        openssl.run("pkey -pubin -in public.pem -pubout -outform DER -out theirs.der");
        assert_eq!(openssl.read("public.der"), openssl.read("theirs.der"));
        openssl.run("pkey -pubin -inform DER -in public.der -pubcheck -noout");
    }
}

// ---- signatures ----

const MESSAGE: &[u8] = b"what one signs, the other verifies";

/// OpenSSL's signature of the message.
fn sign(openssl: &OpenSsl, hash: &str, options: &str) -> Vec<u8> {
    openssl.write("message", MESSAGE);
    openssl.run(&format!("dgst -{hash} -sign private.pem {options} -out signature message"));
    openssl.read("signature")
}

/// Whether OpenSSL takes a signature of the message.
fn verify(openssl: &OpenSsl, hash: &str, options: &str, signature: &[u8]) -> bool {
    openssl.write("message", MESSAGE);
    openssl.write("signature", signature);
    openssl.accepts(&format!("dgst -{hash} -verify public.der {options} -signature signature message"))
}

#[test]
fn pss_signatures() {
    for pair in pairs() {
        pss::<Sha256>(&pair, "sha256");
        pss::<Sha384>(&pair, "sha384");
        pss::<Sha512>(&pair, "sha512");
    }
}

fn pss<D: Digest>(Pair { openssl, private }: &Pair, hash: &str) {
    let public = private.public_key();
    let max = public.size() - <D as Digest>::output_size() - 2;
    for (salt, len) in [("0", 0), ("20", 20), ("32", 32), ("max", max)] {
        let case = format!("{} bits, {hash}, salt {salt}", public.modulus_bits());
        let options = |salt: &str| format!("-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:{salt}");
        let scheme = Pss::<D>::new().salt_len(len);

        let signature = sign(openssl, hash, &options(salt));
        assert_eq!(public.verify_with(&scheme, MESSAGE, &signature), Ok(()), "{case}");
        assert_eq!(public.verify_with(&scheme.any_salt_len(), MESSAGE, &signature), Ok(()), "{case}");
        assert!(public.verify_with(&Pss::<D>::new().salt_len(17), MESSAGE, &signature).is_err(), "{case}");

        let mut signature = private.sign_with(&scheme, MESSAGE).unwrap();
        assert!(verify(openssl, hash, &options(&len.to_string()), &signature), "{case}");
        assert!(verify(openssl, hash, &options("auto"), &signature), "{case}");
        assert!(!verify(openssl, hash, &options("17"), &signature), "{case}");
        signature[9] ^= 1;
        assert!(!verify(openssl, hash, &options("auto"), &signature), "{case}");
    }
}

#[test]
fn pss_with_another_hash_for_the_mask() {
    for Pair { openssl, private } in pairs() {
        let options = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha1";
        let scheme = Pss::<Sha256, Sha1>::new();
        let signature = sign(&openssl, "sha256", options);
        assert_eq!(private.public_key().verify_with(&scheme, MESSAGE, &signature), Ok(()));
        assert!(verify(&openssl, "sha256", options, &private.sign_with(&scheme, MESSAGE).unwrap()));
    }
}

#[test]
fn pkcs1v15_signatures() {
    for pair in pairs() {
        pkcs1v15::<Sha256>(&pair, "sha256");
        pkcs1v15::<Sha384>(&pair, "sha384");
        pkcs1v15::<Sha512>(&pair, "sha512");
        pkcs1v15::<Sha3_256>(&pair, "sha3-256");
    }
}

fn pkcs1v15<D: Digest + AssociatedOid>(Pair { openssl, private }: &Pair, hash: &str) {
    let scheme = Pkcs1v15::<D>::new();
    let case = format!("{} bits, {hash}", private.public_key().modulus_bits());
    // A message has one signature: theirs is ours.
    let mut signature = private.sign_with(&scheme, MESSAGE).unwrap();
    assert_eq!(sign(openssl, hash, ""), signature, "{case}");
    assert_eq!(private.public_key().verify_with(&scheme, MESSAGE, &signature), Ok(()), "{case}");
    assert!(verify(openssl, hash, "", &signature), "{case}");
    signature[9] ^= 1;
    assert!(!verify(openssl, hash, "", &signature), "{case}");
}

// ---- encryption ----

#[test]
fn oaep_ciphertexts() {
    for pair in pairs() {
        oaep::<Sha256, Sha256>(&pair, "sha256", "sha256", b"");
        oaep::<Sha256, Sha256>(&pair, "sha256", "sha256", b"label");
        oaep::<Sha384, Sha384>(&pair, "sha384", "sha384", b"\0\xff");
        oaep::<Sha512, Sha256>(&pair, "sha512", "sha256", &[7; 100]);
        oaep::<Sha256, Sha1>(&pair, "sha256", "sha1", b"");
        oaep::<Sha1, Sha1>(&pair, "sha1", "sha1", b"label");
    }
}

fn oaep<D: Digest, M: Digest>(pair: &Pair, hash: &str, mask_hash: &str, label: &[u8]) {
    let Pair { openssl, private } = pair;
    let case = format!("{} bits, {hash}, {mask_hash}", pair.public().modulus_bits());
    let scheme = Oaep::<D, M>::new().label(label);
    let mut options = format!(
        "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:{hash} -pkeyopt rsa_mgf1_md:{mask_hash}"
    );
    if !label.is_empty() {
        options.push_str(" -pkeyopt rsa_oaep_label:");
        for byte in label {
            write!(options, "{byte:02x}").unwrap();
        }
    }
    let encrypt =
        format!("pkeyutl -encrypt -pubin -keyform DER -inkey public.der {options} -in message -out secret");
    let decrypt = format!("pkeyutl -decrypt -inkey private.pem {options} -in secret -out message");
    let max = pair.public().size() - 2 * <D as Digest>::output_size() - 2;
    for len in [1, 32, max] {
        let message: Vec<u8> = (0..len).map(|i| i as u8).collect();
        openssl.write("message", &message);
        openssl.run(&encrypt);
        let ciphertext = openssl.read("secret");
        assert_eq!(*private.decrypt_with(&scheme, &ciphertext).unwrap(), message, "{case}");
        let other = Oaep::<D, M>::new().label(b"another label");
        assert!(private.decrypt_with(&other, &ciphertext).is_err(), "{case}");

        openssl.write("secret", &pair.public().encrypt_with(&scheme, &message).unwrap());
        openssl.run(&decrypt);
        assert_eq!(openssl.read("message"), message, "{case}");
        openssl.write("secret", &pair.public().encrypt_with(&other, &message).unwrap());
        assert!(!openssl.accepts(&decrypt), "{case}");
    }
}

// ---- key files ----

/// What OpenSSL writes of `private.pem`, in the file `theirs`, has to be what we write, to the byte: DER has
/// one encoding of a key. And what we write, in the file `ours`, has to be to OpenSSL what it wrote.
#[test]
fn private_key_files() {
    for Pair { openssl, private } in pairs() {
        let text = |text: &str| text.as_bytes().to_vec();
        let forms = [
            ("rsa -traditional -outform PEM", "PEM", text(&private.to_pkcs1_pem(LineEnding::LF).unwrap())),
            ("rsa -traditional -outform DER", "DER", private.to_pkcs1_der().unwrap().as_bytes().to_vec()),
            ("pkcs8 -topk8 -nocrypt -outform PEM", "PEM", text(&private.to_pem())),
            ("pkcs8 -topk8 -nocrypt -outform DER", "DER", private.to_der().to_vec()),
        ];
        openssl.run("pkey -in private.pem -outform DER -out private.der");
        for (command, form, ours) in forms {
            let case = format!("{} bits, {command}", private.public_key().modulus_bits());
            openssl.run(&format!("{command} -in private.pem -out theirs"));
            let theirs = openssl.read("theirs");
            let read =
                if form == "PEM" { PrivateKey::from_pem(&theirs) } else { PrivateKey::from_der(&theirs) };
            assert_same(&read.expect(&case), &private, &case);
            assert_eq!(theirs, ours, "{case}");
            // Of these functions, `rsa` knows PKCS#1 by other means than `pkey` does.
            openssl.write("ours", &ours);
            openssl.run(&format!("rsa -inform {form} -in ours -check -noout"));
            for command in ["rsa", "pkey"] {
                openssl.run(&format!("{command} -inform {form} -in ours -outform DER -out again"));
                openssl.run("pkey -inform DER -in again -outform DER -out again.der");
                assert_eq!(openssl.read("again.der"), openssl.read("private.der"), "{case}, {command}");
            }
        }
    }
}

/// Every number of a private key, and of its public key.
fn assert_same(key: &PrivateKey, expected: &PrivateKey, case: &str) {
    assert_eq!(key.public_key(), expected.public_key(), "{case}");
    assert_eq!(key.primes(), expected.primes(), "{case}");
    assert_eq!(key.private_exponent(), expected.private_exponent(), "{case}");
    assert_eq!(*key.to_der(), *expected.to_der(), "{case}");
}

#[test]
fn public_key_files() {
    for Pair { openssl, private } in pairs() {
        let public = private.public_key();
        let pkcs1 = public.to_pkcs1_pem(LineEnding::LF).unwrap().into_bytes();
        let forms = [
            ("-RSAPublicKey_out -outform PEM", "-RSAPublicKey_in -inform PEM", pkcs1),
            (
                "-RSAPublicKey_out -outform DER",
                "-RSAPublicKey_in -inform DER",
                public.to_pkcs1_der().unwrap().into_vec(),
            ),
            ("-pubout -outform PEM", "-pubin -inform PEM", public.to_pem().into_bytes()),
            ("-pubout -outform DER", "-pubin -inform DER", public.to_der()),
        ];
        for (write, read, ours) in forms {
            let case = format!("{} bits, {write}", public.modulus_bits());
            openssl.run(&format!("rsa -in private.pem {write} -out theirs"));
            let theirs = openssl.read("theirs");
            let key = if read.ends_with("PEM") {
                PublicKey::from_pem(&theirs)
            } else {
                PublicKey::from_der(&theirs)
            };
            assert_eq!(&key.expect(&case), public, "{case}");
            assert_eq!(theirs, ours, "{case}");
            openssl.write("ours", &ours);
            openssl.run(&format!("rsa {read} -in ours -pubout -out again"));
            assert_eq!(openssl.read("again"), openssl.read("public.pem"), "{case}");
        }
    }
}

#[test]
fn our_own_keys_pass_its_checks() {
    let Some(openssl) = OpenSsl::new() else { return };
    for bits in [2048, 3072, 4096] {
        let private = PrivateKey::generate(bits).unwrap();
        openssl.write("pkcs8.pem", private.to_pem().as_bytes());
        openssl.write("pkcs1.pem", private.to_pkcs1_pem(LineEnding::LF).unwrap().as_bytes());
        for name in ["pkcs8.pem", "pkcs1.pem"] {
            openssl.run(&format!("rsa -in {name} -check -noout"));
            openssl.run(&format!("pkey -in {name} -check -pubcheck -noout"));
            openssl.run(&format!("pkey -in {name} -pubout -out public.pem"));
            assert_eq!(
                openssl.read("public.pem"),
                private.public_key().to_pem().as_bytes(),
                "{bits}, {name}"
            );
        }
    }
}

#[test]
fn its_old_encryption_is_named() {
    for Pair { openssl, .. } in pairs() {
        for cipher in ["-aes128", "-aes256", "-des3"] {
            openssl.run(&format!(
                "rsa -in private.pem -traditional {cipher} -passout pass:password -out theirs"
            ));
            let text = openssl.read("theirs");
            let is_named = |error: Error| {
                assert!(error.to_string().contains("old encryption (Proc-Type: 4,ENCRYPTED"), "{error}");
                assert!(error.to_string().contains("`openssl pkcs8 -topk8` converts them"), "{error}");
            };
            is_named(PrivateKey::from_pem(&text).unwrap_err());
            #[cfg(feature = "encryption")]
            is_named(PrivateKey::from_encrypted_pem(&text, "password").unwrap_err());
            // As it says.
            openssl.run("pkcs8 -topk8 -nocrypt -in theirs -passin pass:password -out converted");
            assert_eq!(openssl.read("converted"), openssl.read("private.pem"));
        }
    }
}

// ---- keys that are for PSS alone ----

#[test]
fn pss_keys_that_it_makes() {
    let Some(openssl) = OpenSsl::new() else { return };
    let params =
        |hash, mgf_hash, min_salt_len| PssBinding::Params(PssParams { hash, mgf_hash, min_salt_len });
    let md = "-pkeyopt rsa_pss_keygen_md";
    let mgf1 = "-pkeyopt rsa_pss_keygen_mgf1_md";
    let salt = "-pkeyopt rsa_pss_keygen_saltlen";
    for (options, binding) in [
        (String::new(), PssBinding::Any),
        (format!("{md}:sha256 {mgf1}:sha256 {salt}:32"), params(PssHash::Sha256, PssHash::Sha256, 32)),
        (format!("{md}:sha512 {mgf1}:sha1 {salt}:0"), params(PssHash::Sha512, PssHash::Sha1, 0)),
        (format!("{md}:sha1 {mgf1}:sha384 {salt}:20"), params(PssHash::Sha1, PssHash::Sha384, 20)),
    ] {
        openssl.run(&format!(
            "genpkey -quiet -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 {options} -out private.pem"
        ));
        let text = openssl.read("private.pem");
        let private = PrivateKey::from_pem(&text).unwrap();
        assert_eq!(private.public_key().pss_binding(), Some(binding), "{options}");
        assert_eq!(private.to_pem().as_bytes(), text, "{options}");
        openssl.run("pkey -in private.pem -pubout -out public.pem");
        let text = openssl.read("public.pem");
        assert_eq!(&PublicKey::from_pem(&text).unwrap(), private.public_key(), "{options}");
        assert_eq!(private.public_key().to_pem().as_bytes(), text, "{options}");
    }
}

#[test]
fn pss_keys_that_we_write() {
    let params =
        |hash, mgf_hash, min_salt_len| PssBinding::Params(PssParams { hash, mgf_hash, min_salt_len });
    for Pair { openssl, private } in pairs() {
        for (binding, hash, salt_len) in [
            (PssBinding::Any, "sha256", 7),
            (params(PssHash::Sha256, PssHash::Sha256, 32), "sha256", 32),
            (params(PssHash::Sha256, PssHash::Sha256, 32), "sha256", 40),
            (params(PssHash::Sha384, PssHash::Sha384, 0), "sha384", 48),
            (params(PssHash::Sha512, PssHash::Sha512, 64), "sha512", 64),
        ] {
            let case = format!("{} bits, {binding:?}", private.public_key().modulus_bits());
            let bound = private.clone().bound_to_pss(binding).unwrap();
            openssl.write("private.pem", bound.to_pem().as_bytes());
            openssl.write("private.der", &bound.to_der());
            openssl.run("pkey -in private.pem -check -noout");
            openssl.run("pkey -in private.pem -outform DER -out again.der");
            assert_eq!(openssl.read("again.der"), *bound.to_der(), "{case}");
            openssl.run("pkey -inform DER -in private.der -pubout -out again.pem");
            assert_eq!(openssl.read("again.pem"), bound.public_key().to_pem().as_bytes(), "{case}");

            // Both sides sign under it, and verify.
            openssl.write("public.der", &bound.public_key().to_der());
            let options = format!("-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:{salt_len}");
            let signature = sign(&openssl, hash, &options);
            let ours = match hash {
                "sha256" => both_ways::<Sha256>(&bound, salt_len, &signature),
                "sha384" => both_ways::<Sha384>(&bound, salt_len, &signature),
                _ => both_ways::<Sha512>(&bound, salt_len, &signature),
            };
            assert!(verify(&openssl, hash, &options, &ours), "{case}");
        }
    }
}

/// Verifies a signature and makes one.
fn both_ways<D: Digest + AssociatedOid + 'static>(
    key: &PrivateKey,
    salt_len: usize,
    signature: &[u8],
) -> Vec<u8> {
    let scheme = Pss::<D>::new().salt_len(salt_len);
    key.public_key().verify_with(&scheme, MESSAGE, signature).unwrap();
    key.sign_with(&scheme, MESSAGE).unwrap()
}

// ---- keys on curves ----

mod curves {
    use oneway::ecdh::{self, P256, P384, P521, X25519};
    use oneway::ecdsa::{self, Signature, SigningKey, VerifyingKey};
    use oneway::{ed25519, key};
    use sec1::{DecodeEcPrivateKey, EncodeEcPrivateKey};

    use super::*;

    /// A NIST curve, and what OpenSSL calls it and its hash.
    const NAMES: [(&str, &str); 3] = [("P-256", "sha256"), ("P-384", "sha384"), ("P-521", "sha512")];

    /// Calls a generic function for each NIST curve, with OpenSSL's names.
    macro_rules! on_each_curve {
        ($test:ident) => {
            $test::<P256>(NAMES[0].0, NAMES[0].1);
            $test::<P384>(NAMES[1].0, NAMES[1].1);
            $test::<P521>(NAMES[2].0, NAMES[2].1);
        };
    }

    /// A folder with keys of OpenSSL's, `private.pem` and `public.pem`.
    fn folder(options: &str) -> Option<OpenSsl> {
        let openssl = OpenSsl::new()?;
        openssl.run(&format!("genpkey -quiet -algorithm {options} -out private.pem"));
        openssl.run("pkey -in private.pem -pubout -out public.pem");
        Some(openssl)
    }

    fn on_curve(curve: &str) -> Option<OpenSsl> {
        folder(&format!("EC -pkeyopt ec_paramgen_curve:{curve}"))
    }

    #[test]
    fn files_of_every_form() {
        on_each_curve!(every_form);
    }

    fn every_form<C: ecdsa::Curve>(curve: &str, _: &str)
    where
        SigningKey<C>: EncodeEcPrivateKey + DecodeEcPrivateKey,
    {
        // A number that starts with zeros comes up once in 256 times.
        for _ in 0..4 {
            let Some(openssl) = on_curve(curve) else { return };
            let key = SigningKey::<C>::from_pem(openssl.read("private.pem")).unwrap();
            // Its own reading of the number, and of the point.
            let text = String::from_utf8(openssl.run("pkey -in private.pem -noout -text")).unwrap();
            assert_eq!(*key.to_bytes(), number(&text, "priv:"), "{curve}");
            assert_eq!(key.verifying_key().to_bytes(), number(&text, "pub:"), "{curve}");

            let sec1 = key.to_sec1_der().unwrap().as_bytes().to_vec();
            let sec1_text = key.to_sec1_pem(LineEnding::LF).unwrap().as_bytes().to_vec();
            let forms = [
                ("pkey -outform PEM", "pkey -inform PEM", key.to_pem().as_bytes().to_vec()),
                ("pkcs8 -topk8 -nocrypt -outform DER", "pkey -inform DER", key.to_der().to_vec()),
                ("ec -outform PEM", "ec -inform PEM", sec1_text),
                ("ec -outform DER", "ec -inform DER", sec1),
            ];
            for (write, read, ours) in forms {
                openssl.run(&format!("{write} -in private.pem -out theirs"));
                let theirs = openssl.read("theirs");
                assert_eq!(theirs, ours, "{curve}, {write}");
                let again = if write.ends_with("PEM") {
                    SigningKey::<C>::from_pem(&theirs)
                } else {
                    SigningKey::<C>::from_der(&theirs)
                };
                assert_eq!(again.unwrap().to_der(), key.to_der(), "{curve}, {write}");
                openssl.write("ours", &ours);
                openssl.run(&format!("{read} -in ours -check -noout"));
                openssl.run(&format!("{read} -in ours -pubout -out again.pem"));
                assert_eq!(openssl.read("again.pem"), key.verifying_key().to_pem().as_bytes());
            }
            // Without the public key, and with the point compressed.
            for options in ["-no_public", "-conv_form compressed"] {
                for form in ["PEM", "DER"] {
                    openssl.run(&format!("ec -in private.pem {options} -outform {form} -out theirs"));
                    let theirs = openssl.read("theirs");
                    let any = if form == "PEM" {
                        key::PrivateKey::from_pem(&theirs)
                    } else {
                        key::PrivateKey::from_der(&theirs)
                    };
                    assert_eq!(any.unwrap().to_der(), key.to_der(), "{curve}, {options}");
                }
            }

            let public = key.verifying_key();
            for (options, form) in [("uncompressed", "PEM"), ("uncompressed", "DER"), ("compressed", "DER")] {
                openssl.run(&format!(
                    "ec -in private.pem -pubout -conv_form {options} -outform {form} -out theirs"
                ));
                let theirs = openssl.read("theirs");
                let again = if form == "PEM" {
                    VerifyingKey::<C>::from_pem(&theirs)
                } else {
                    VerifyingKey::<C>::from_der(&theirs)
                };
                assert_eq!(&again.unwrap(), public, "{curve}, {options}");
            }
            assert_eq!(openssl.read("public.pem"), public.to_pem().as_bytes());
            openssl.write("ours", &public.to_der());
            openssl.run("pkey -pubin -inform DER -in ours -pubcheck -noout");

            // Curves that are spelt out.
            openssl.run("ec -in private.pem -param_enc explicit -out theirs");
            let error = SigningKey::<C>::from_pem(openssl.read("theirs")).unwrap_err();
            assert!(
                error.to_string().contains("`openssl ec -param_enc named_curve` converts them"),
                "{error}"
            );
            openssl.run("ec -in theirs -param_enc named_curve -out converted");
            let again = SigningKey::<C>::from_pem(openssl.read("converted")).unwrap();
            assert_eq!(again.to_der(), key.to_der());
        }
    }

    #[test]
    fn our_own_keys_pass_its_checks() {
        on_each_curve!(our_own);
    }

    fn our_own<C: ecdsa::Curve>(curve: &str, _: &str)
    where
        SigningKey<C>: EncodeEcPrivateKey,
    {
        let Some(openssl) = OpenSsl::new() else { return };
        // The smallest number, and one of the largest, among others.
        let len = SigningKey::<C>::generate().unwrap().to_bytes().len();
        let one = [vec![0; len - 1], vec![1]].concat();
        for key in [SigningKey::<C>::from_bytes(&one), SigningKey::generate(), SigningKey::generate()] {
            let key = key.unwrap();
            openssl.write("pkcs8.pem", key.to_pem().as_bytes());
            openssl.write("sec1.pem", key.to_sec1_pem(LineEnding::LF).unwrap().as_bytes());
            for name in ["pkcs8.pem", "sec1.pem"] {
                openssl.run(&format!("pkey -in {name} -check -pubcheck -noout"));
                openssl.run(&format!("pkey -in {name} -pubout -out public.pem"));
                assert_eq!(openssl.read("public.pem"), key.verifying_key().to_pem().as_bytes(), "{curve}");
            }
        }
    }

    #[test]
    fn curves_that_are_not_supported_are_named() {
        for curve in ["secp256k1", "brainpoolP256r1", "brainpoolP512t1", "secp224r1", "prime192v1", "SM2"] {
            let Some(openssl) = on_curve(curve) else { return };
            let error = key::PrivateKey::from_pem(openssl.read("private.pem")).unwrap_err();
            assert_eq!(key::PublicKey::from_pem(openssl.read("public.pem")), Err(error));
            let name = match curve {
                "secp224r1" => "P-224",
                "prime192v1" => "P-192",
                "SM2" => "SM2's curve",
                name => name,
            };
            assert_eq!(error.to_string(), format!("keys on {name} aren't supported"));
        }
        for algorithm in ["ED448", "X448"] {
            let Some(openssl) = folder(algorithm) else { return };
            let error = key::PrivateKey::from_pem(openssl.read("private.pem")).unwrap_err();
            let expected = format!("{} keys aren't supported", algorithm.replace("ED", "Ed"));
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn parameters_before_the_key() {
        let Some(openssl) = OpenSsl::new() else { return };
        openssl.run("ecparam -name secp384r1 -genkey -out private.pem");
        let key = SigningKey::<P384>::from_pem(openssl.read("private.pem")).unwrap();
        openssl.run("pkey -in private.pem -out pkcs8.pem");
        assert_eq!(openssl.read("pkcs8.pem"), key.to_pem().as_bytes());
    }

    #[test]
    fn key_agreement() {
        on_each_curve!(agrees);
        let Some(openssl) = folder("X25519") else { return };
        agrees_with::<X25519>(&openssl, "X25519");
    }

    fn agrees<C: ecdsa::Curve>(curve: &str, _: &str) {
        let Some(openssl) = on_curve(curve) else { return };
        agrees_with::<C>(&openssl, curve);
    }

    /// Both sides' results, with the public keys in both directions as files.
    fn agrees_with<C: ecdh::Curve>(openssl: &OpenSsl, curve: &str) {
        for _ in 0..4 {
            let ours = ecdh::PrivateKey::<C>::generate().unwrap();
            openssl.write("ours.pem", ours.public_key().to_pem().as_bytes());
            openssl.run("pkeyutl -derive -inkey private.pem -peerkey ours.pem -out shared");
            let theirs = ecdh::PublicKey::<C>::from_pem(openssl.read("public.pem")).unwrap();
            assert_eq!(ours.agree(&theirs).unwrap().as_bytes(), openssl.read("shared"), "{curve}");
            // The other way round: it has our private key, and we have its.
            openssl.write("secret.pem", ours.to_pem().as_bytes());
            openssl.run("pkeyutl -derive -inkey secret.pem -peerkey public.pem -out again");
            let private = ecdh::PrivateKey::<C>::from_pem(openssl.read("private.pem")).unwrap();
            assert_eq!(
                private.agree(&ours.public_key()).unwrap().as_bytes(),
                openssl.read("again"),
                "{curve}"
            );
            assert_eq!(openssl.read("shared"), openssl.read("again"));
        }
    }

    #[test]
    fn ecdsa_signatures() {
        on_each_curve!(signs);
    }

    fn signs<C: ecdsa::Curve>(curve: &str, hash: &str) {
        let Some(openssl) = on_curve(curve) else { return };
        let key = SigningKey::<C>::from_pem(openssl.read("private.pem")).unwrap();
        let public = key.verifying_key();
        openssl.write("public.der", &public.to_der());
        for _ in 0..8 {
            let theirs = Signature::<C>::from_der(&sign(&openssl, hash, "")).unwrap();
            assert_eq!(public.verify(MESSAGE, &theirs), Ok(()), "{curve}");
            assert!(public.verify(b"another message", &theirs).is_err(), "{curve}");
            let ours = key.sign_hedged(&mut getrandom::SysRng, MESSAGE).unwrap();
            assert!(verify(&openssl, hash, "", &ours.to_der()), "{curve}");
        }
        let ours = key.sign(MESSAGE);
        assert!(verify(&openssl, hash, "", &ours.to_der()), "{curve}");
        assert!(verify(&openssl, hash, "", &ours.normalized().to_der()), "{curve}");
        openssl.write("message", b"another message");
        assert!(!openssl.accepts(&format!("dgst -{hash} -verify public.der -signature signature message")));

        // Any hash with any curve, and hashes as they are.
        for name in ["sha256", "sha512"] {
            let theirs = Signature::<C>::from_der(&sign(&openssl, name, "")).unwrap();
            let hashed = match name {
                "sha256" => Sha256::digest(MESSAGE).to_vec(),
                _ => Sha512::digest(MESSAGE).to_vec(),
            };
            let ours = if name == "sha256" {
                key.sign_with::<Sha256>(MESSAGE)
            } else {
                key.sign_with::<Sha512>(MESSAGE)
            };
            assert!(verify(&openssl, name, "", &ours.to_der()), "{curve}, {name}");
            assert_eq!(
                public.verify_with::<Sha256>(MESSAGE, &theirs).is_ok(),
                name == "sha256",
                "{curve}, {name}"
            );
            // With P-521 this one is too short for those who say that it's a hash.
            if (curve, name) == ("P-521", "sha256") {
                let error = Err(Error::HashTooShort { len: 32, min: 33 });
                assert_eq!(public.verify_prehash(&hashed, &theirs), error);
                assert_eq!(key.sign_prehash(&hashed).map(|_| ()), error);
                continue;
            }
            assert_eq!(public.verify_prehash(&hashed, &theirs), Ok(()), "{curve}, {name}");
            openssl.write("hash", &hashed);
            openssl.write("signature", &key.sign_prehash(&hashed).unwrap().to_der());
            openssl.run("pkeyutl -verify -pubin -inkey public.pem -in hash -sigfile signature");
            openssl.run("pkeyutl -sign -inkey private.pem -in hash -out signature");
            let theirs = Signature::<C>::from_der(&openssl.read("signature")).unwrap();
            assert_eq!(public.verify_prehash(&hashed, &theirs), Ok(()), "{curve}, {name}");
        }
    }

    #[test]
    fn ed25519_signatures_and_files() {
        for _ in 0..4 {
            let Some(openssl) = folder("ED25519") else { return };
            let key = ed25519::SigningKey::from_pem(openssl.read("private.pem")).unwrap();
            let public = key.verifying_key();
            let text = String::from_utf8(openssl.run("pkey -in private.pem -noout -text")).unwrap();
            assert_eq!(*key.to_bytes(), number(&text, "priv:"));
            assert_eq!(public.to_bytes(), number(&text, "pub:"));
            assert_eq!(key.to_pem().as_bytes(), openssl.read("private.pem"));
            assert_eq!(public.to_pem().as_bytes(), openssl.read("public.pem"));

            // A message has one signature: theirs is ours.
            openssl.write("message", MESSAGE);
            openssl.run("pkeyutl -sign -rawin -inkey private.pem -in message -out signature");
            let theirs = openssl.read("signature");
            assert_eq!(key.sign(MESSAGE).to_bytes(), theirs);
            let signature = ed25519::Signature::from_bytes(&theirs).unwrap();
            assert_eq!(public.verify(MESSAGE, &signature), Ok(()));
            openssl.write("ours.pem", public.to_pem().as_bytes());
            let check = "pkeyutl -verify -rawin -pubin -inkey ours.pem -in message -sigfile signature";
            openssl.run(check);
            openssl.write("message", b"another message");
            assert!(!openssl.accepts(check));

            let own = ed25519::SigningKey::generate().unwrap();
            openssl.write("own.der", &own.to_der());
            openssl.run("pkey -inform DER -in own.der -pubout -out own.pem");
            assert_eq!(openssl.read("own.pem"), own.verifying_key().to_pem().as_bytes());
        }
    }

    #[test]
    fn x25519_files() {
        let Some(openssl) = folder("X25519") else { return };
        let key = key::PrivateKey::from_pem(openssl.read("private.pem")).unwrap();
        assert_eq!(key.to_pem().as_bytes(), openssl.read("private.pem"));
        assert_eq!(key.public_key().to_pem().as_bytes(), openssl.read("public.pem"));
        let own = ecdh::PrivateKey::<X25519>::generate().unwrap();
        openssl.write("own.pem", own.to_pem().as_bytes());
        openssl.run("pkey -in own.pem -pubout -outform DER -out own.der");
        assert_eq!(openssl.read("own.der"), own.public_key().to_der());
    }

    #[cfg(feature = "encryption")]
    #[test]
    fn under_a_password() {
        let kinds = NAMES.map(|(curve, _)| format!("EC -pkeyopt ec_paramgen_curve:{curve}"));
        for kind in kinds.into_iter().chain(["ED25519".to_owned(), "X25519".to_owned()]) {
            let Some(openssl) = folder(&kind) else { return };
            let key = key::PrivateKey::from_pem(openssl.read("private.pem")).unwrap();
            for options in ["-v2 aes-256-cbc -v2prf hmacWithSHA512", "-scrypt -v2 aes-128-cbc", ""] {
                let write = format!("pkcs8 -topk8 {options} -in private.pem -passout pass:password");
                openssl.run(&format!("{write} -out theirs"));
                let theirs = key::PrivateKey::from_encrypted_pem(openssl.read("theirs"), "password").unwrap();
                assert_eq!(theirs.to_der(), key.to_der(), "{kind}, {options}");
                openssl.run(&format!("{write} -outform DER -out theirs"));
                let theirs =
                    key::PrivateKey::from_encrypted_der(&openssl.read("theirs"), "password").unwrap();
                assert_eq!(theirs.to_der(), key.to_der(), "{kind}, {options}");
            }
            openssl.write("ours", key.to_encrypted_pem("password").unwrap().as_bytes());
            openssl.run("pkey -in ours -passin pass:password -out again.pem");
            assert_eq!(openssl.read("again.pem"), key.to_pem().as_bytes(), "{kind}");
            assert!(!openssl.accepts("pkey -in ours -passin pass:wrong -noout"));
        }
        // Its old encryption, which PEM of SEC 1 has by default.
        let Some(openssl) = on_curve("P-256") else { return };
        openssl.run("ec -in private.pem -aes256 -passout pass:password -out theirs");
        let error = SigningKey::<P256>::from_encrypted_pem(openssl.read("theirs"), "password").unwrap_err();
        assert!(error.to_string().contains("old encryption (Proc-Type: 4,ENCRYPTED"), "{error}");
    }
}

// ---- keys under a password ----

#[cfg(feature = "encryption")]
mod encrypted {
    use getrandom::SysRng;
    use oneway::key::{Cipher, Encryption, Kdf};

    use super::*;

    /// With a space and more than ASCII: both sides take the bytes as they are.
    const PASSWORD: &str = "correct hörse ☂";

    /// Puts the password, and a wrong one, into files.
    fn write_passwords(openssl: &OpenSsl) {
        openssl.write("password", format!("{PASSWORD}\n").as_bytes());
        openssl.write("wrong", b"correct horse\n");
    }

    #[test]
    fn what_it_writes() {
        let mut options = vec![
            // What's written when nothing is asked for.
            "pkcs8 -topk8".to_owned(),
            "pkey -aes-256-cbc".to_owned(),
            "rsa -aes128".to_owned(),
            "pkcs8 -topk8 -v2 aes-256-cbc -iter 1".to_owned(),
            "pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA512 -iter 100000".to_owned(),
        ];
        for bits in [128, 192, 256] {
            for hash in [1, 224, 256, 384, 512] {
                options.push(format!("pkcs8 -topk8 -v2 aes-{bits}-cbc -v2prf hmacWithSHA{hash}"));
            }
            options.push(format!("pkcs8 -topk8 -scrypt -v2 aes-{bits}-cbc"));
        }
        for Pair { openssl, private } in pairs() {
            write_passwords(&openssl);
            for options in &options {
                let case = format!("{} bits, {options}", private.public_key().modulus_bits());
                let write = format!("{options} -in private.pem -passout file:password -out theirs");
                openssl.run(&write);
                let text = openssl.read("theirs");
                let read = PrivateKey::from_encrypted_pem(&text, PASSWORD).expect(&case);
                assert_same(&read, &private, &case);
                assert_eq!(PrivateKey::from_pem(&text).unwrap_err(), Error::PasswordNeeded, "{case}");
                if !options.starts_with("pkcs8") {
                    continue; // The others encrypt in PEM only.
                }
                openssl.run(&format!("{write} -outform DER"));
                let der = openssl.read("theirs");
                let read = PrivateKey::from_encrypted_der(&der, PASSWORD).expect(&case);
                assert_same(&read, &private, &case);
                assert_eq!(PrivateKey::from_der(&der).unwrap_err(), Error::PasswordNeeded, "{case}");
            }
        }
    }

    #[test]
    fn a_wrong_password_is_wrong_on_both_sides() {
        for Pair { openssl, private } in pairs() {
            write_passwords(&openssl);
            // One wrong password in 2^16 decrypts to something of the right form, though never to a key.
            openssl.run("pkcs8 -topk8 -in private.pem -passout file:password -out theirs");
            assert!(PrivateKey::from_encrypted_pem(openssl.read("theirs"), "correct horse").is_err());
            openssl.write("ours", private.to_encrypted_pem(PASSWORD).unwrap().as_bytes());
            assert!(!openssl.accepts("pkey -in ours -passin file:wrong -noout"));
        }
    }

    #[test]
    fn what_we_write() {
        for Pair { openssl, private } in pairs() {
            write_passwords(&openssl);
            let check = |form: &str, ours: &[u8], case: &str| {
                openssl.write("ours", ours);
                let read = format!("-inform {form} -in ours -passin file:password");
                openssl.run(&format!("pkey {read} -out again.pem"));
                assert_eq!(openssl.read("again.pem"), private.to_pem().as_bytes(), "{case}");
                openssl.run(&format!("pkcs8 {read} -out again.pem"));
                assert_eq!(openssl.read("again.pem"), private.to_pem().as_bytes(), "{case}");
            };
            check("PEM", private.to_encrypted_pem(PASSWORD).unwrap().as_bytes(), "the default");
            check("DER", &private.to_encrypted_der(PASSWORD).unwrap(), "the default");
            for kdf in [
                Kdf::Pbkdf2 { rounds: 1 },
                Kdf::Pbkdf2 { rounds: 2048 },
                Kdf::SCRYPT,
                Kdf::Scrypt { log_n: 4, r: 1, p: 3 },
            ] {
                for cipher in [Cipher::Aes128, Cipher::Aes192, Cipher::Aes256] {
                    let encryption = Encryption { kdf, cipher };
                    let case = format!("{} bits, {encryption:?}", private.public_key().modulus_bits());
                    let der = private.to_encrypted_der_with(&mut SysRng, &encryption, PASSWORD).unwrap();
                    check("DER", &der, &case);
                    let text = private.to_encrypted_pem_with(&mut SysRng, &encryption, PASSWORD).unwrap();
                    check("PEM", text.as_bytes(), &case);
                }
            }
        }
    }

    #[test]
    fn keys_for_pss_alone() {
        for Pair { openssl, private } in pairs() {
            write_passwords(&openssl);
            let bound = private.clone().bound_to_pss(PssBinding::Any).unwrap();
            openssl.write("ours", bound.to_encrypted_pem(PASSWORD).unwrap().as_bytes());
            let write = "-v2 aes-128-cbc -scrypt -passout file:password -out theirs";
            openssl.run("pkcs8 -in ours -passin file:password -out private.pem");
            openssl.run(&format!("pkcs8 -topk8 -in private.pem {write}"));
            let read = PrivateKey::from_encrypted_pem(openssl.read("theirs"), PASSWORD).unwrap();
            assert_same(&read, &bound, "id-RSASSA-PSS");
            assert_eq!(read.public_key().pss_binding(), Some(PssBinding::Any));
        }
    }
}
