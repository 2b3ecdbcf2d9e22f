//! OpenSSL in both directions: what the command signs and encrypts is verified and decrypted here, and the
//! other way round.
//!
//! The keys are OpenSSL's, of 2048, 3072 and 4096 bits. They come in as numbers, read from the text that
//! `openssl pkey -text` prints, so that nothing here rests on our own reading of key files; the public key
//! goes out as a `SubjectPublicKeyInfo`.
#![cfg(all(feature = "pem", feature = "getrandom"))]

mod openssl;

use std::fmt::Write;
use std::sync::OnceLock;

use digest::Digest;
use digest::const_oid::AssociatedOid;
use oneway::hash::{Sha256, Sha384, Sha512};
use oneway::rsa::{Oaep, Pkcs1v15, PrivateKey, Pss, PublicKey};
use openssl::OpenSsl;
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
