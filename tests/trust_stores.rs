//! Key stores and trust stores: chains put in order, PEM and PKCS#12 both ways, with OpenSSL and Java's `keytool` on the
//! other side, and what hostile files may ask for.
//!
//! Certificates are made here (`certificates_made`) for the keys of `tests/keys/`.

mod certificates_made;
mod openssl;

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs};

use certificates_made::*;
use oneway::ecdsa::{P256, SigningKey};
use oneway::key::{Cipher, Encryption, Kdf, PrivateKey};
use oneway::trust::{
    Certificate, CertificateEntry, Error, Jks, KeyStore, Pkcs12, Reason, Result, StoreOptions, TrustStore,
};
use openssl::OpenSsl;

// ---- who's who ----

fn root() -> Party {
    Party::new("Root", 1)
}

fn authority() -> Party {
    Party::new("Authority", 2)
}

fn server() -> Party {
    Party::new("www.example.com", 3)
}

fn root_certificate() -> Certificate {
    Draft::authority(&root(), &root()).sign(&root().key)
}

fn authority_certificate() -> Certificate {
    Draft::authority(&authority(), &root()).sign(&root().key)
}

fn leaf_certificate() -> Certificate {
    Draft::leaf(&server(), &authority()).sign(&authority().key)
}

/// The private key of this number, as `certificates_made` has it.
fn private(number: u8) -> PrivateKey {
    let mut bytes = [0; 32];
    bytes[31] = number;
    SigningKey::<P256>::from_bytes(&bytes).unwrap().into()
}

fn chain() -> [Certificate; 3] {
    [leaf_certificate(), authority_certificate(), root_certificate()]
}

fn good() -> KeyStore {
    KeyStore::new(private(3), chain()).unwrap()
}

/// A key of `tests/keys/`, with a chain as `chain` is.
fn store_of(name: &str) -> KeyStore {
    let file = format!("{}/tests/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"));
    let key = PrivateKey::from_pem(fs::read(file).unwrap()).unwrap();
    let draft = Draft { spki: key.public_key().to_der(), ..Draft::leaf(&server(), &authority()) };
    let leaf = draft.without(SUBJECT_KEY_ID).sign(&authority().key);
    KeyStore::new(key, [leaf, authority_certificate(), root_certificate()]).unwrap()
}

const KINDS: [&str; 5] = ["rsa2048", "p256", "p384", "p521", "ed25519"];

/// Costs little.
const QUICK: Encryption = Encryption { kdf: Kdf::Pbkdf2 { rounds: 10 }, cipher: Cipher::Aes256 };

fn written(store: &KeyStore, password: &str) -> Vec<u8> {
    store.to_pkcs12_with(&mut getrandom::SysRng, &QUICK, password).unwrap()
}

#[track_caller]
fn assert_same(a: &KeyStore, b: &KeyStore) {
    assert_eq!(a.key().to_der(), b.key().to_der());
    assert_eq!(a.chain(), b.chain());
}

fn limit(value: u64, max: u64) -> Error {
    Error::Key(oneway::Error::KdfLimit { cost: "rounds of key derivation", value, max })
}

fn unsupported(what: &'static str) -> Error {
    Error::Key(oneway::Error::Unsupported(what))
}

// ---- chains ----

#[test]
fn a_chain_is_put_in_order() {
    let [leaf, authority, root] = chain();
    let stranger =
        Draft::authority(&Party::new("Stranger", 9), &Party::new("Stranger", 9)).sign(&Key::new(9));
    let all = [root, stranger, authority.clone(), leaf.clone(), authority, leaf];
    for shift in 0..all.len() {
        let given = all.iter().cycle().skip(shift).take(all.len()).cloned();
        let store = KeyStore::new(private(3), given).unwrap();
        assert_eq!(store.chain(), chain());
        assert_eq!(store.certificate(), &leaf_certificate());
        assert_eq!(store.name(), None);
    }
    let store = good().named("server");
    assert_eq!(store.name(), Some("server"));
    assert_eq!(
        format!("{store:?}"),
        format!("KeyStore(CN=www.example.com, {})", leaf_certificate().fingerprint())
    );
    let alone = KeyStore::new(private(1), [root_certificate()]).unwrap();
    assert_eq!(alone.chain(), [root_certificate()]);
}

#[test]
fn what_does_not_belong_together_is_said_at_once() {
    assert_eq!(KeyStore::new(private(3), []).unwrap_err(), Error::NoCertificate);
    let error = KeyStore::new(private(7), chain()).unwrap_err();
    assert_eq!(error, Error::KeyMismatch { subject: "CN=www.example.com".into() });
    assert_eq!(error.to_string(), "the private key isn't the one of the certificate of CN=www.example.com");
    let error = KeyStore::new(private(3), [leaf_certificate()]).unwrap_err();
    let (subject, issuer) = ("CN=www.example.com".into(), "CN=Authority".into());
    assert_eq!(error, Error::IncompleteChain { subject, issuer });
    assert_eq!(
        error.to_string(),
        "the chain is incomplete: it ends at the certificate of CN=www.example.com, and that of its issuer, CN=Authority, \
         is missing (`StoreOptions::trusting` takes a chain whose issuer is in a trust store, `allow_incomplete` any)"
    );
    // An issuer's name on another key isn't the issuer.
    let impostor = Draft::authority(&Party::new("Authority", 8), &root()).sign(&root().key);
    let error = KeyStore::new(private(3), [leaf_certificate(), impostor, root_certificate()]).unwrap_err();
    let (subject, issuer) = ("CN=www.example.com".into(), "CN=Authority".into());
    assert_eq!(error, Error::IncompleteChain { subject, issuer });
}

#[test]
fn a_chain_may_be_incomplete_if_that_is_known() {
    let given = || [leaf_certificate(), authority_certificate()];
    let incomplete = StoreOptions::new().allow_incomplete();
    assert_eq!(KeyStore::new_with(private(3), given(), &incomplete).unwrap().chain(), given());
    for trusted in [root_certificate(), authority_certificate()] {
        let trusted = TrustStore::from_iter([trusted]);
        let store = KeyStore::new_with(private(3), given(), &StoreOptions::new().trusting(&trusted)).unwrap();
        assert_eq!(store.chain(), given());
        let leaf_alone =
            KeyStore::new_with(private(3), chain(), &StoreOptions::new().trusting(&trusted)).unwrap();
        assert_eq!(leaf_alone.chain(), chain(), "a root that's there is taken");
    }
    // A root of this name, with another key.
    let other = Draft::authority(&Party::new("Root", 8), &Party::new("Root", 8)).sign(&Key::new(8));
    let other = TrustStore::from_iter([other]);
    let options = StoreOptions::new().trusting(&other);
    let error = KeyStore::new_with(private(3), given(), &options).unwrap_err();
    assert_eq!(error, Error::IncompleteChain { subject: "CN=Authority".into(), issuer: "CN=Root".into() });
}

#[test]
fn of_several_ways_up_the_one_to_a_root_is_found() {
    // The authority is also signed by somebody whose certificate isn't here, and by one that it signed itself.
    let absent = Party::new("Absent", 5);
    let cross = Draft::authority(&authority(), &absent).sign(&absent.key);
    let circle = Draft::authority(&authority(), &server()).sign(&server().key);
    for given in [
        [leaf_certificate(), cross.clone(), circle.clone(), authority_certificate(), root_certificate()],
        [circle.clone(), root_certificate(), cross.clone(), authority_certificate(), leaf_certificate()],
    ] {
        assert_eq!(KeyStore::new(private(3), given).unwrap().chain(), chain());
    }
    let given = [leaf_certificate(), cross.clone(), circle];
    assert_eq!(
        KeyStore::new(private(3), given.clone()).unwrap().chain(),
        [leaf_certificate(), cross.clone()]
    );
    let options = StoreOptions::new().allow_incomplete();
    assert_eq!(
        KeyStore::new_with(private(3), given.clone(), &options).unwrap().chain(),
        [leaf_certificate(), cross]
    );
    let other = TrustStore::from_iter([root_certificate()]);
    let error = KeyStore::new_with(private(3), given, &StoreOptions::new().trusting(&other)).unwrap_err();
    assert_eq!(error, Error::IncompleteChain { subject: "CN=Authority".into(), issuer: "CN=Absent".into() });
}

/// As certbot writes `fullchain.pem`: who trusts the root has it.
#[test]
fn a_chain_without_its_root_is_a_store() {
    let without_root = [leaf_certificate(), authority_certificate()];
    for given in [without_root.clone(), [authority_certificate(), leaf_certificate()]] {
        assert_eq!(KeyStore::new(private(3), given).unwrap().chain(), without_root);
    }
    let text: String = without_root.iter().map(Certificate::to_pem).collect();
    assert_eq!(KeyStore::from_pem(text + &private(3).to_pem()).unwrap().chain(), without_root);
    let store = KeyStore::new(private(3), without_root.clone()).unwrap();
    assert_eq!(KeyStore::from_pkcs12(written(&store, "x"), "x").unwrap().chain(), without_root);
    // What's above the key's certificate has to be an authority's; and an authority's certificate alone isn't a chain.
    let no_authority = Draft::leaf(&authority(), &root()).sign(&root().key);
    let error = KeyStore::new(private(3), [leaf_certificate(), no_authority]).unwrap_err();
    assert_eq!(error, Error::IncompleteChain { subject: "CN=Authority".into(), issuer: "CN=Root".into() });
    let error = KeyStore::new(private(2), [authority_certificate()]).unwrap_err();
    assert_eq!(error, Error::IncompleteChain { subject: "CN=Authority".into(), issuer: "CN=Root".into() });
}

/// The certificate of the server's key, with this serial number, and this validity.
fn valid(serial: u8, from: &'static str, until: &'static str) -> Certificate {
    let draft = Draft { serial: vec![serial], from, until, ..Draft::leaf(&server(), &authority()) };
    draft.sign(&authority().key)
}

#[test]
fn of_several_certificates_for_a_key_the_longest_running_is_taken() {
    let (old, new) =
        (valid(1, "20260101000000Z", "20260401000000Z"), valid(2, "20260301000000Z", "20260601000000Z"));
    let (short, twin) =
        (valid(3, "20260501000000Z", "20260502000000Z"), valid(4, "20260302000000Z", "20260601000000Z"));
    let above = [authority_certificate(), root_certificate()];
    let leaf_of = |leaves: &[&Certificate]| {
        let given = leaves.iter().copied().chain(&above).cloned();
        KeyStore::new(private(3), given).unwrap().certificate().clone()
    };
    for leaves in [[&old, &new, &short], [&new, &short, &old], [&short, &old, &new]] {
        assert_eq!(leaf_of(&leaves), new);
    }
    assert_eq!(leaf_of(&[&new, &twin, &old]), twin, "of those that end together, the one that begins last");
    assert_eq!(leaf_of(&[&twin, &new]), twin);
    let again = Draft { serial: vec![5], ..Draft::leaf(&server(), &authority()) }.sign(&authority().key);
    assert_eq!(leaf_of(&[&again, &leaf_certificate()]), again, "of equals, the first");
    let text: String = [&old, &new].into_iter().chain(&above).map(Certificate::to_pem).collect();
    assert_eq!(KeyStore::from_pem(text + &private(3).to_pem()).unwrap().certificate(), &new);

    // A store that says which is the key's is believed, and of several that it names, it's the longest again.
    let key = bag("1", &private(3).to_der(), &[local_key_id(&[7])]);
    let open = |tied: &[&Certificate]| {
        let mut bags = vec![key.clone()];
        bags.extend(tied.iter().map(|certificate| certificate_bag(certificate, &[local_key_id(&[7])])));
        bags.extend([&old, &new, &short].map(|certificate| certificate_bag(certificate, &[])));
        bags.extend(above.iter().map(|certificate| certificate_bag(certificate, &[])));
        let bytes = bare(&[data(&sequence(&bags))]);
        KeyStore::from_pkcs12_with(bytes, "", &trusting_all()).unwrap().certificate().clone()
    };
    assert_eq!(open(&[]), new);
    assert_eq!(open(&[&old]), old);
    assert_eq!(open(&[&short, &old]), short);
    assert_eq!(open(&[&authority_certificate()]), new, "one that isn't the key's ties nothing");
}

#[test]
fn an_authority_s_key_does_not_make_a_store_of_what_it_issued() {
    for given in [
        vec![leaf_certificate(), authority_certificate()],
        vec![leaf_certificate(), authority_certificate(), root_certificate()],
        vec![root_certificate(), authority_certificate(), leaf_certificate()],
    ] {
        for options in [StoreOptions::new(), StoreOptions::new().allow_incomplete()] {
            let error = KeyStore::new_with(private(2), given.clone(), &options).unwrap_err();
            assert_eq!(error, Error::KeyMismatch { subject: "CN=www.example.com".into() });
        }
    }
    let leaf = Draft::leaf(&server(), &root()).sign(&root().key);
    let error = KeyStore::new(private(1), [leaf, root_certificate()]).unwrap_err();
    assert_eq!(error, Error::KeyMismatch { subject: "CN=www.example.com".into() });
    let text: String = chain().iter().map(Certificate::to_pem).collect();
    let error = KeyStore::from_pem(text + &private(2).to_pem()).unwrap_err();
    assert_eq!(error, Error::KeyMismatch { subject: "CN=www.example.com".into() });
    // New certificates for its own key are an authority's own, and what another one of its name issued isn't its.
    let renewed = Draft { serial: vec![9], ..Draft::authority(&root(), &root()) }.sign(&root().key);
    assert_eq!(KeyStore::new(private(1), [renewed.clone(), root_certificate()]).unwrap().chain(), [renewed]);
    let twin = Party::new("Authority", 8);
    let other = Draft::leaf(&server(), &twin).sign(&twin.key);
    let given = [other, authority_certificate(), root_certificate()];
    let expected = [authority_certificate(), root_certificate()];
    assert_eq!(KeyStore::new(private(2), given).unwrap().chain(), expected);
    // A store that has the keys of both, and says which certificate is whose.
    let bags = [
        bag("1", &private(2).to_der(), &[named("authority"), local_key_id(&[1])]),
        bag("1", &private(3).to_der(), &[named("server"), local_key_id(&[2])]),
        certificate_bag(&authority_certificate(), &[local_key_id(&[1])]),
        certificate_bag(&leaf_certificate(), &[local_key_id(&[2])]),
        certificate_bag(&root_certificate(), &[]),
    ];
    let bytes = bare(&[data(&sequence(&bags))]);
    let open = |name| KeyStore::from_pkcs12_with(&bytes, "", &trusting_all().key_named(name)).unwrap();
    assert_eq!(open("authority").chain(), &chain()[1..]);
    assert_eq!(open("server").chain(), chain());
}

#[test]
fn a_signature_that_cannot_be_checked_leaves_the_name() {
    // MD5, and an issuer with a key of 1024 bits.
    let md5 = sequence(&[oid("1.2.840.113549.1.1.4"), tlv(5, &[])]);
    let draft = Draft { algorithm: md5.clone(), outer_algorithm: md5, ..Draft::leaf(&server(), &root()) };
    let leaf = draft.sign(&root().key);
    let store = KeyStore::new(private(3), [root_certificate(), leaf.clone()]).unwrap();
    assert_eq!(store.chain(), [leaf, root_certificate()]);
    let weak = Draft { spki: rsa_spki(1024), ..Draft::authority(&root(), &root()) }.sign(&root().key);
    let leaf = Draft::leaf(&server(), &root()).sign(&root().key);
    let store = KeyStore::new(private(3), [weak.clone(), leaf.clone()]).unwrap();
    assert_eq!(store.chain(), [leaf.clone(), weak.clone()]);
    // Where one can be checked, it's taken.
    let store = KeyStore::new(private(3), [weak, leaf.clone(), root_certificate()]).unwrap();
    assert_eq!(store.chain(), [leaf, root_certificate()]);
}

#[test]
fn thousands_of_one_name_cost_little() {
    let start = Instant::now();
    let same_name = |i: u32| {
        let party = Party::new("Authority", 2);
        let draft = Draft { serial: i.to_be_bytes()[1..].to_vec(), ..Draft::authority(&party, &authority()) };
        draft.with(SUBJECT_KEY_ID, false, octets(&i.to_be_bytes())).sign(&Key::new(77))
    };
    // All of them name themselves as issuer's issuer, and none signed the leaf but the last.
    let mut given: Vec<_> = (0..3000).map(|i| same_name(0x10_0000 + i)).collect();
    given.push(Draft::leaf(&server(), &Party::new("Authority", 78)).sign(&Key::new(78)));
    let error = KeyStore::new(private(3), given.clone()).unwrap_err();
    let reason = Reason::Budget { of: "signatures", limit: 100 };
    assert_eq!(error, Error::Refused { position: 0, subject: "CN=www.example.com".into(), reason });
    assert!(start.elapsed() < Duration::from_secs(20));
    // The key identifier finds the right one among them.
    let right = Draft::authority(&Party::new("Authority", 78), &root()).sign(&root().key);
    given.extend([right.clone(), root_certificate()]);
    let store = KeyStore::new(private(3), given).unwrap();
    assert_eq!(store.chain()[1], right);
}

#[test]
fn a_chain_is_at_most_64_long() {
    let party = |i: u32| Party::new(&format!("Authority {i}"), 100 + i);
    let link = |i: u32| Draft::authority(&party(i), &party(i + 1)).sign(&party(i + 1).key);
    let top = |i: u32| Draft::authority(&party(i), &party(i)).sign(&party(i).key);
    let build = |length: u32| {
        let given: Vec<_> = (0..length - 1).map(link).chain([top(length - 1)]).collect();
        KeyStore::new(private(100), given)
    };
    assert_eq!(build(64).unwrap().chain().len(), 64);
    assert!(matches!(build(65).unwrap_err(), Error::IncompleteChain { .. }));
}

// ---- PEM ----

#[test]
fn pem_both_ways() {
    for kind in KINDS {
        let store = store_of(kind);
        let text = store.to_pem();
        assert_same(&KeyStore::from_pem(text.as_bytes()).unwrap(), &store);
        // The key last, with text around it.
        let (key, certificates) = text.split_at(text.find("-----BEGIN CERTIFICATE").unwrap());
        let text = format!("subject=...\n{certificates}\nKey:\n{key}\n");
        assert_same(&KeyStore::from_pem(&text).unwrap(), &store);
    }
    let key =
        |name| fs::read_to_string(format!("{}/tests/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for (kind, other_form) in [("rsa2048", "rsa2048.pkcs1"), ("p256", "p256.sec1"), ("p521", "p521.sec1")] {
        let store = store_of(kind);
        let certificates: String = store.chain().iter().map(Certificate::to_pem).collect();
        let again = KeyStore::from_pem(certificates + &key(other_form)).unwrap();
        assert_same(&again, &store);
    }
}

#[test]
fn pem_under_a_password() {
    let store = good();
    let text = store.to_encrypted_pem_with(&mut getrandom::SysRng, &QUICK, "secret").unwrap();
    assert_same(&KeyStore::from_encrypted_pem(&text, "secret").unwrap(), &store);
    assert_eq!(KeyStore::from_encrypted_pem(&text, "Secret").unwrap_err(), Error::Password);
    assert_eq!(KeyStore::from_pem(&text).unwrap_err(), Error::Key(oneway::Error::PasswordNeeded));
    let options = StoreOptions::new().max_rounds(9);
    assert_eq!(KeyStore::from_encrypted_pem_with(&text, "secret", &options).unwrap_err(), limit(10, 9));
    let error = KeyStore::from_encrypted_pem(store.to_pem().as_bytes(), "secret").unwrap_err();
    let (found, expected) =
        ("a private key without a password (for `from_pem`, `from_der`)", "an encrypted private key");
    assert_eq!(error, Error::Key(oneway::Error::Found { found, expected }));
    let text = store.to_encrypted_pem("secret").unwrap();
    assert_same(&KeyStore::from_encrypted_pem(&text, "secret").unwrap(), &store);
}

#[test]
fn pem_that_is_no_key_store() {
    let certificates: String = chain().iter().map(Certificate::to_pem).collect();
    let key = private(3).to_pem();
    assert_eq!(KeyStore::from_pem(&certificates).unwrap_err(), Error::NoKey);
    assert_eq!(KeyStore::from_pem(key.as_bytes()).unwrap_err(), Error::NoCertificate);
    let several = format!("{}{certificates}{}", *key, *private(4).to_pem());
    assert_eq!(
        KeyStore::from_pem(&several).unwrap_err().to_string(),
        "malformed PEM: there are several private keys, where one is expected"
    );
    let der = leaf_certificate().to_der().to_vec();
    assert_eq!(KeyStore::from_pem(der).unwrap_err().to_string(), "DER (for `from_der`), not PEM text");
    assert_eq!(KeyStore::from_pem("").unwrap_err().to_string(), "malformed PEM: it's empty");
    let other =
        |name| fs::read_to_string(format!("{}/tests/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let text = other("secp256k1") + &certificates;
    assert_eq!(KeyStore::from_pem(&text).unwrap_err(), unsupported("keys on secp256k1"));
    let text = other("legacy") + &certificates;
    assert!(KeyStore::from_pem(&text).unwrap_err().to_string().contains("Proc-Type: 4,ENCRYPTED"));
    let damaged = certificates.replacen("MII", "MIA", 1) + &key;
    assert!(matches!(
        KeyStore::from_pem(&damaged).unwrap_err(),
        Error::Malformed { part: "certificate", .. }
    ));
}

// ---- PKCS#12, by ourselves ----

#[test]
fn pkcs12_both_ways() {
    for kind in KINDS {
        let store = store_of(kind).named("Schlüssel 🔑");
        let bytes = written(&store, "pässword 🔒");
        let again = KeyStore::from_pkcs12(&bytes, "pässword 🔒").unwrap();
        assert_same(&again, &store);
        assert_eq!(again.name(), Some("Schlüssel 🔑"));
        assert_eq!(KeyStore::from_pkcs12(&bytes, "password").unwrap_err(), Error::Password);
        assert_eq!(KeyStore::from_pkcs12(&bytes, "").unwrap_err(), Error::Password);
    }
    let file = Pkcs12::open(written(&good(), "x"), "x").unwrap();
    assert_eq!((file.keys().len(), file.certificates().len()), (1, 3));
    assert_eq!(file.keys()[0].name(), Some("www.example.com"), "without a name, it has the subject's");
    assert_eq!(file.keys()[0].local_key_id(), file.certificates()[0].local_key_id());
    assert!(file.keys()[0].local_key_id().is_some() && file.certificates()[1].local_key_id().is_none());
    assert!(file.certificates().iter().all(|entry| !entry.is_trusted()));
    let debug = format!("{file:?}");
    assert!(debug.contains("www.example.com") && !debug.contains("info"), "{debug}");
}

#[test]
fn pkcs12_by_every_encryption() {
    let store = good();
    for cipher in [Cipher::Aes128, Cipher::Aes192, Cipher::Aes256] {
        for kdf in [Kdf::Pbkdf2 { rounds: 1 }, Kdf::Scrypt { log_n: 4, r: 2, p: 2 }] {
            let encryption = Encryption { kdf, cipher };
            let bytes = store.to_pkcs12_with(&mut getrandom::SysRng, &encryption, "x").unwrap();
            assert_same(&KeyStore::from_pkcs12(&bytes, "x").unwrap(), &store);
        }
    }
    let bytes = store.to_pkcs12("x").unwrap();
    assert_same(&KeyStore::from_pkcs12(&bytes, "x").unwrap(), &store);
    // What couldn't be read again isn't written: three keys are derived.
    let encryption = Encryption { kdf: Kdf::Pbkdf2 { rounds: 3_333_334 }, ..QUICK };
    let error = store.to_pkcs12_with(&mut getrandom::SysRng, &encryption, "x").unwrap_err();
    assert_eq!(error, limit(10_000_002, 10_000_000));
}

#[test]
fn trust_stores_both_ways() {
    let twin = Draft::authority(&Party::new("ROOT", 6), &root()).sign(&root().key);
    let store = TrustStore::from_iter([root_certificate(), authority_certificate(), twin]);
    let bytes = store.to_pkcs12_with(&mut getrandom::SysRng, &QUICK, "x").unwrap();
    assert_eq!(TrustStore::from_pkcs12(&bytes, "x").unwrap().certificates(), store.certificates());
    let file = Pkcs12::open(&bytes, "x").unwrap();
    let names: Vec<_> = file.certificates().iter().map(|entry| entry.name().unwrap()).collect();
    assert_eq!(names, ["Root", "Authority", "ROOT (2)"], "Java keeps one of each name");
    assert!(file.certificates().iter().all(CertificateEntry::is_trusted));
    assert_eq!(KeyStore::from_pkcs12(&bytes, "x").unwrap_err(), Error::NoKey);
    assert_eq!(TrustStore::from_pkcs12(&bytes, "y").unwrap_err(), Error::Password);
    assert_eq!(
        TrustStore::from_pkcs12(written(&good(), "x"), "x").unwrap_err().to_string(),
        "malformed trust store: it's a key store: it has a private key, and no certificate that's marked as trusted"
    );
    let empty = TrustStore::new().to_pkcs12_with(&mut getrandom::SysRng, &QUICK, "x").unwrap();
    let error = TrustStore::from_pkcs12(empty, "x").unwrap_err();
    assert_eq!(error.to_string(), "malformed trust store: there's no certificate in it");
    let bytes = store.to_pkcs12("x").unwrap();
    assert_eq!(TrustStore::from_pkcs12(&bytes, "x").unwrap().len(), 3);
}

#[test]
fn trust_stores_of_files() {
    let folder = env::temp_dir().join(format!("oneway-stores-{}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    let write = |name: &str, bytes: &[u8]| -> PathBuf {
        fs::write(folder.join(name), bytes).unwrap();
        folder.join(name)
    };
    let der = write("root.der", root_certificate().to_der());
    let pem =
        write("roots.pem", (root_certificate().to_pem() + &authority_certificate().to_pem()).as_bytes());
    let digits =
        write("digits.pem", ("0 is a digit\n".to_string() + &root_certificate().to_pem()).as_bytes());
    assert_eq!(TrustStore::from_file(der).unwrap().certificates(), [root_certificate()]);
    assert_eq!(TrustStore::from_file(pem).unwrap().len(), 2);
    assert_eq!(TrustStore::from_file(digits).unwrap().certificates(), [root_certificate()]);
    let nothing = TrustStore::from_file(write("empty", b"")).unwrap_err();
    assert_eq!(nothing.to_string(), "malformed PEM: there's no certificate in it: it's empty");
    assert!(matches!(TrustStore::from_file(folder.join("none")).unwrap_err(), Error::File { .. }));
    fs::remove_dir_all(folder).unwrap();
}

/// What `native` reads where the variables say so; run by the test below, with them set.
#[test]
#[ignore = "for the test `what_the_variables_name_is_trusted`"]
fn native_by_variables() {
    match TrustStore::native() {
        Ok(store) => println!("<{} certificates>", store.len()),
        Err(error) => println!("<{error}>"),
    }
}

#[test]
fn what_the_variables_name_is_trusted() {
    let folder = env::temp_dir().join(format!("oneway-variables-{}", std::process::id()));
    fs::create_dir_all(folder.join("empty")).unwrap();
    let (file, more) = (folder.join("file.pem"), folder.join("more.pem"));
    fs::write(&file, root_certificate().to_pem()).unwrap();
    fs::write(&more, authority_certificate().to_pem()).unwrap();
    let run = |variables: &[(&str, &PathBuf)]| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "native_by_variables", "--ignored", "--nocapture"]);
        command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR").envs(variables.iter().copied());
        let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let said = &output[output.find('<').unwrap() + 1..output.rfind('>').unwrap()];
        said.to_string()
    };
    assert_eq!(run(&[("SSL_CERT_FILE", &file)]), "1 certificates");
    assert_eq!(run(&[("SSL_CERT_DIR", &folder)]), "2 certificates");
    assert_eq!(run(&[("SSL_CERT_FILE", &file), ("SSL_CERT_DIR", &folder)]), "2 certificates");
    assert_eq!(run(&[("SSL_CERT_FILE", &folder.join("none")), ("SSL_CERT_DIR", &folder)]), "2 certificates");
    assert!(run(&[("SSL_CERT_DIR", &folder.join("empty"))]).ends_with("empty: no certificates are in it"));
    assert!(run(&[("SSL_CERT_FILE", &folder.join("none"))]).contains("none: "));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn pbmac1_of_rfc_9579() {
    // Appendix A.1, whose certificate is self-signed.
    let bytes = include_bytes!("trust/pbmac1.p12");
    let store = KeyStore::from_pkcs12(bytes, "1234").unwrap();
    assert!(store.key().as_rsa().is_some());
    assert_eq!(store.chain().len(), 1);
    assert_eq!(KeyStore::from_pkcs12(bytes, "12345").unwrap_err(), Error::Password);
    let last_of =
        |pattern: &[u8]| bytes.windows(pattern.len()).rposition(|window| window == pattern).unwrap();
    // A.4: other rounds; A.5: another salt; A.6: no length of the key. In place, as long as it was.
    let rounds = last_of(&[2, 2, 8, 0]);
    let changed = |at: usize, byte: u8| {
        let mut bytes = bytes.to_vec();
        bytes[at] = byte;
        KeyStore::from_pkcs12(bytes, "1234").unwrap_err()
    };
    assert_eq!(changed(rounds + 3, 1), Error::Password);
    assert_eq!(changed(rounds - 1, b'x'), Error::Password);
    assert_eq!(changed(rounds + 6, 16).to_string(), BAD_LENGTH);
    assert_eq!(changed(rounds + 6, 65).to_string(), BAD_LENGTH);
    let options = StoreOptions::new().max_rounds(2047);
    assert_eq!(KeyStore::from_pkcs12_with(bytes, "1234", &options).unwrap_err(), limit(2048, 2047));
}

const BAD_LENGTH: &str =
    "malformed key derivation parameters: the key's length isn't one from 20 to 64 bytes";

// ---- BER ----

/// DER as BER that nobody can take for it: lengths at the end, or in five bytes, and strings in pieces.
fn as_ber(der: &[u8]) -> Vec<u8> {
    let (mut der, mut ber) = (der, Vec::new());
    while let [tag, first, rest @ ..] = der {
        let count = usize::from(first.saturating_sub(0x80));
        let len = match count {
            0 => usize::from(*first),
            _ => rest[..count].iter().fold(0, |len, byte| len << 8 | usize::from(*byte)),
        };
        let contents = &rest[count..][..len];
        der = &rest[count + len..];
        let pieces = || -> Vec<u8> { contents.chunks(100).flat_map(octets).collect() };
        let (tag, contents) = match *tag {
            4 => (0x24, pieces()),
            // The ciphertext of an `EncryptedContentInfo`.
            0x80 => (0xa0, pieces()),
            tag if tag & 0x20 != 0 => (tag, as_ber(contents)),
            tag => {
                ber.extend_from_slice(&[tag, 0x84]);
                ber.extend_from_slice(&u32::try_from(len).unwrap().to_be_bytes());
                ber.extend_from_slice(contents);
                continue;
            }
        };
        ber.extend_from_slice(&[tag, 0x80]);
        ber.extend_from_slice(&contents);
        ber.extend_from_slice(&[0, 0]);
    }
    ber
}

#[test]
fn ber_is_read_at_every_level() {
    // The frame of a whole file: what's authenticated is inside of a string, and stays what it was.
    for kind in KINDS {
        let store = store_of(kind).named("server");
        let ber = as_ber(&written(&store, "x"));
        assert_same(&KeyStore::from_pkcs12(&ber, "x").unwrap(), &store);
        assert_eq!(KeyStore::from_pkcs12(&ber, "y").unwrap_err(), Error::Password);
    }
    // The layers below: the list of parts, encrypted ones, entries, keys without a password, names.
    let certificates: Vec<_> =
        chain().iter().map(|certificate| certificate_bag(certificate, &[local_key_id(&[7])])).collect();
    let key = [bag("1", &private(3).to_der(), &[named("server"), local_key_id(&[7])])];
    let ber_data =
        |contents: &[u8]| sequence(&[oid("1.2.840.113549.1.7.1"), tagged(0, &octets(&as_ber(contents)))]);
    let safes = sequence(&[ber_data(&sequence(&certificates)), ber_data(&sequence(&key))]);
    let file = as_ber(&sequence(&[integer(3), ber_data(&safes)]));
    let store = KeyStore::from_pkcs12_with(&file, "", &trusting_all()).unwrap();
    assert_same(&store, &good());
    assert_eq!(store.name(), Some("server"));
    let longer = [&file[..], &[0]].concat();
    let error = KeyStore::from_pkcs12_with(longer, "", &trusting_all()).unwrap_err();
    assert_eq!(error.to_string(), "malformed PKCS#12: trailing bytes");
    for len in 1..file.len() {
        assert!(KeyStore::from_pkcs12_with(&file[..len], "", &trusting_all()).is_err(), "{len}");
    }
}

/// Files of programs that write BER; `ber_indefinite.p12` and `ber_inner.p12` are by hand.
#[test]
fn ber_of_other_programs() {
    const FINGERPRINT: &str = "SHA256:2rk7mZj4z2OfkO877tnceSDfyRCKosorCGvAWNU8kqY";
    let allowed = StoreOptions::new().allow_legacy();
    let table: [(&str, &[u8], usize, Option<&str>); 4] = [
        ("NSS", include_bytes!("trust/ber_nss.p12"), 1, Some("srv")),
        ("Bouncy Castle", include_bytes!("trust/ber_bouncy_castle.p12"), 2, Some("srv")),
        ("lengths at the end", include_bytes!("trust/ber_indefinite.p12"), 2, None),
        ("inside as well", include_bytes!("trust/ber_inner.p12"), 2, None),
    ];
    for (program, bytes, length, name) in table {
        let options = allowed;
        let store = KeyStore::from_pkcs12_with(bytes, "secret", &options).expect(program);
        assert_eq!(store.key().public_key().fingerprint().to_string(), FINGERPRINT, "{program}");
        assert_eq!(store.certificate().subject().to_string(), "CN=p12.example.test", "{program}");
        assert_eq!((store.chain().len(), store.name()), (length, name), "{program}");
        assert_eq!(KeyStore::from_pkcs12_with(bytes, "Secret", &options).unwrap_err(), Error::Password);
        // No change goes unnoticed, but for those in what encodes the same in BER: an end that's cut off is noticed.
        for len in (0..bytes.len()).step_by(7) {
            assert!(KeyStore::from_pkcs12_with(&bytes[..len], "secret", &options.max_rounds(1)).is_err());
        }
    }
    // NSS had no more of the chain. Who has to lead to a certain root finds out.
    let (nss, other) = (include_bytes!("trust/ber_nss.p12"), TrustStore::from_iter([root_certificate()]));
    let error = KeyStore::from_pkcs12_with(nss, "secret", &StoreOptions::new().trusting(&other)).unwrap_err();
    let (subject, issuer) = ("CN=p12.example.test".into(), "CN=P12 Root".into());
    assert_eq!(error, Error::IncompleteChain { subject, issuer });
}

#[test]
fn ber_is_bounded() {
    let start = Instant::now();
    let error = |ber: &[u8]| Pkcs12::open_with(ber, "x", &trusting_all()).unwrap_err().to_string();
    assert_eq!(error(&[0x30, 0x80].repeat(2_000_000)), "malformed BER: nested too deep");
    assert_eq!(error(&[0x24, 0x80].repeat(2_000_000)), "malformed BER: nested too deep");
    // As deep as may be, and wide at the bottom.
    let wide = [&[0x30, 0x80].repeat(31)[..], &[5, 0].repeat(2_000_000), &[0; 62]].concat();
    assert!(error(&wide).starts_with("malformed PKCS#12: "));
    let pieces = [&[0x24, 0x80][..], &[4, 0].repeat(2_000_000), &[0; 2]].concat();
    assert!(error(&pieces).starts_with("malformed PKCS#12: "));
    assert!(start.elapsed() < Duration::from_secs(10));
}

// ---- old formats and ciphers, by files ----

#[test]
fn triple_des_under_pbes2() {
    let (bytes, allowed) = (include_bytes!("trust/pbes2_des3.p12"), StoreOptions::new().allow_legacy());
    let error = KeyStore::from_pkcs12(bytes, "secret").unwrap_err();
    assert_eq!(error, Error::Legacy { algorithm: "triple DES" });
    let store = KeyStore::from_pkcs12_with(bytes, "secret", &allowed).unwrap();
    assert_eq!(store.chain().len(), 2);
    assert_eq!(store.certificate().subject().to_string(), "CN=p12.example.test");
    assert_eq!(KeyStore::from_pkcs12_with(bytes, "Secret", &allowed).unwrap_err(), Error::Password);

    let key = |name: &str| {
        fs::read_to_string(format!("{}/tests/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    for name in ["enc_des3", "enc_pbes1"] {
        let certificates: String = store_of("rsa2048").chain().iter().map(Certificate::to_pem).collect();
        let text = key(name) + &certificates;
        let error = KeyStore::from_encrypted_pem(&text, "password").unwrap_err();
        assert_eq!(error, Error::Legacy { algorithm: "triple DES" });
        assert!(error.to_string().contains("`StoreOptions::allow_legacy`"), "{error}");
        let read = KeyStore::from_encrypted_pem_with(&text, "password", &allowed).unwrap();
        assert_same(&read, &store_of("rsa2048"));
        let error = KeyStore::from_encrypted_pem_with(&text, "other", &allowed).unwrap_err();
        assert_eq!(error, Error::Password);
        let error =
            KeyStore::from_encrypted_pem_with(&text, "password", &allowed.max_rounds(10)).unwrap_err();
        assert!(matches!(error, Error::Key(oneway::Error::KdfLimit { max: 10, .. })), "{error}");
    }
}

#[test]
fn nothing_is_written_under_an_empty_password() {
    let empty = Error::Key(oneway::Error::EmptyPassword);
    let (store, rng) = (good(), &mut getrandom::SysRng);
    assert_eq!(store.to_encrypted_pem("").unwrap_err(), empty);
    assert_eq!(store.to_encrypted_pem_with(rng, &QUICK, "").unwrap_err(), empty);
    assert_eq!(store.to_pkcs12("").unwrap_err(), empty);
    assert_eq!(store.to_pkcs12_with(rng, &QUICK, "").unwrap_err(), empty);
    let trusted = TrustStore::from_iter([root_certificate()]);
    assert_eq!(trusted.to_pkcs12("").unwrap_err(), empty);
    assert_eq!(trusted.to_pkcs12_with(rng, &QUICK, "").unwrap_err(), empty);
    assert_eq!(empty.to_string(), "an empty password protects nothing, and nothing is written under it");
}

/// What `keytool` wrote (`tests/trust/README.md`).
#[test]
fn java_s_own_formats() {
    let allowed = StoreOptions::new().allow_legacy();
    let table: [(&str, &[u8], &[u8]); 2] = [
        ("Java's own JKS", include_bytes!("trust/java.jks"), include_bytes!("trust/java_trust.jks")),
        ("Java's own JCEKS", include_bytes!("trust/java.jceks"), include_bytes!("trust/java_trust.jceks")),
    ];
    let pem =
        |name: &str| fs::read(format!("{}/tests/trust/{name}.pem", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let [p256, rsa] = ["p256.root", "rsa.root"].map(|name| Certificate::from_pem(pem(name)).unwrap());
    for (algorithm, keys, trusted) in table {
        assert_eq!(KeyStore::from_jks(keys, "secret1").unwrap_err(), Error::Legacy { algorithm });
        assert_eq!(TrustStore::from_jks(trusted, "changeit").unwrap_err(), Error::Legacy { algorithm });
        let store = TrustStore::from_jks_with(trusted, "changeit", &allowed).unwrap();
        assert_eq!(store.len(), 2);
        assert!(store.contains(&p256) && store.contains(&rsa));
        assert_eq!(TrustStore::from_jks_with(trusted, "changeme", &allowed).unwrap_err(), Error::Password);
        // Java reads a trust store without its password.
        let without = allowed.allow_unauthenticated();
        let same = TrustStore::from_jks_with(trusted, "", &without).unwrap();
        assert_eq!(same.certificates(), store.certificates());
        assert_eq!(KeyStore::from_jks_with(trusted, "changeit", &allowed).unwrap_err(), Error::NoKey);

        let open = |name| KeyStore::from_jks_with(keys, "secret1", &allowed.key_named(name));
        let server = open("server").unwrap();
        assert!(server.key().as_p256().is_some());
        assert_eq!(server.certificate().subject().to_string(), "CN=www.example.com");
        assert_eq!((server.chain().len(), server.name()), (1, Some("server")));
        let other = open("größe").unwrap();
        assert!(other.key().as_rsa().is_some());
        assert_eq!(other.certificate().subject().to_string(), "CN=other");
        // A key with another password than the file's.
        assert_eq!(open("third").unwrap_err(), Error::Password);
        let Err(Error::WhichKey { names: mut found }) = KeyStore::from_jks_with(keys, "secret1", &allowed)
        else {
            panic!()
        };
        found.sort();
        assert_eq!(found, ["größe", "server", "third"]);
        assert_eq!(KeyStore::from_jks_with(keys, "secret2", &allowed).unwrap_err(), Error::Password);
        let store = TrustStore::from_jks_with(keys, "secret1", &allowed).unwrap();
        assert_eq!(store.certificates(), std::slice::from_ref(&p256), "the trusted entry beside the keys");

        let file = Jks::open_with(keys, "secret1", &allowed).unwrap();
        assert_eq!((file.keys().len(), file.certificates().len()), (3, 4));
        let names: Vec<_> = file.certificates().iter().filter_map(CertificateEntry::name).collect();
        assert_eq!(names.len(), 4);
        for key in file.keys() {
            let of_key = |entry: &&CertificateEntry| entry.local_key_id() == key.local_key_id();
            assert_eq!(file.certificates().iter().filter(of_key).count(), 1);
        }
        assert_eq!(file.key_store(&allowed.key_named("server")).unwrap().chain(), server.chain());
        assert_eq!(file.trust_store().unwrap().certificates(), std::slice::from_ref(&p256));
        assert!(format!("{file:?}").contains("server"));

        // Every byte is under the hash.
        for i in 0..trusted.len() {
            let mut changed = trusted.to_vec();
            changed[i] ^= 1;
            assert!(TrustStore::from_jks_with(&changed, "changeit", &allowed).is_err(), "{i}");
            assert!(TrustStore::from_jks_with(&trusted[..i], "changeit", &allowed).is_err(), "{i}");
        }
    }
    // 200,000 rounds of MD5 for each half of the salt, of each key.
    let error = Jks::open_with(include_bytes!("trust/java.jceks"), "secret1", &allowed.max_rounds(1000));
    assert_eq!(error.unwrap_err(), limit(400_000, 1000));
    let error = Jks::open_with(include_bytes!("trust/java_secret.jceks"), "secret1", &allowed).unwrap_err();
    assert!(error.to_string().starts_with("Java key stores with secret keys"), "{error}");
    let error = |bytes: &[u8]| Jks::open_with(bytes, "x", &allowed).unwrap_err().to_string();
    assert_eq!(
        error(&written(&good(), "x")),
        "malformed Java key store: it's not JKS, but may be PKCS#12 (`from_pkcs12` reads it)"
    );
    assert_eq!(error(b""), "malformed Java key store: neither JKS nor JCEKS");
    assert_eq!(error(&vec![0xfe; (1 << 22) + 1]), "malformed Java key store: longer than 4 MiB");
    let path = env::temp_dir().join(format!("oneway-jks-{}", std::process::id()));
    fs::write(&path, include_bytes!("trust/java_trust.jks")).unwrap();
    assert_eq!(
        TrustStore::from_file(&path).unwrap_err().to_string(),
        "malformed trust store: it's a Java key store, JKS (`from_jks_with` reads it, with the feature `pkcs12`)"
    );
    fs::remove_file(path).unwrap();
}

/// A file of these bytes after the magic, with the hash that the password `x` makes.
fn jks(body: &[&[u8]]) -> Vec<u8> {
    use sha1::Digest;
    let mut file = [&[0xfe, 0xed, 0xfe, 0xed][..], &body.concat()].concat();
    let hash = sha1::Sha1::new().chain_update([0, b'x']).chain_update("Mighty Aphrodite").chain_update(&file);
    file.extend_from_slice(&hash.finalize());
    file
}

#[test]
fn java_s_formats_by_hand_and_by_enemies() {
    let open = |body: &[&[u8]]| {
        let options = StoreOptions::new().allow_legacy();
        Jks::open_with(jks(body), "x", &options)
    };
    let number = |x: u32| x.to_be_bytes();
    let (one, two) = (number(1), number(2));
    let date = [0; 8];
    let der = root_certificate().to_der().to_vec();
    let counted = |bytes: &[u8]| [&number(u32::try_from(bytes.len()).unwrap())[..], bytes].concat();
    let (alias, kind) = (*b"\0\x04root", *b"\0\x05X.509");
    // Version 1 doesn't say of what kind certificates are.
    for file in [
        open(&[&one, &one, &two, &alias, &date, &counted(&der)]),
        open(&[&two, &one, &two, &alias, &date, &kind, &counted(&der)]),
    ] {
        let file = file.unwrap();
        assert_eq!(file.trust_store().unwrap().certificates(), [root_certificate()]);
        assert_eq!(file.certificates()[0].name(), Some("root"));
    }
    // Of another kind than X.509: passed over.
    let other = open(&[&two, &one, &two, &alias, &date, b"\0\x03PGP", &counted(&der)]).unwrap();
    assert_eq!(other.certificates().len(), 0);
    assert_eq!(
        other.trust_store().unwrap_err().to_string(),
        "malformed trust store: there's no certificate in it"
    );
    // One that can't be read is an error of its own.
    let damaged = open(&[&one, &one, &two, &alias, &date, &counted(&[0x30, 0])]).unwrap();
    assert!(damaged.certificates()[0].certificate().is_err());

    let problem = |body: &[&[u8]]| open(body).unwrap_err().to_string();
    let malformed = |problem: &str| format!("malformed Java key store: {problem}");
    assert_eq!(problem(&[]), malformed("ends early"));
    assert_eq!(problem(&[&number(3), &number(0)]), malformed("its version isn't 1 or 2"));
    assert_eq!(problem(&[&two, &number(0), &[0]]), malformed("trailing bytes"));
    assert_eq!(problem(&[&two, &number(u32::MAX)]), malformed("ends early"));
    assert_eq!(problem(&[&two, &one, &number(4), &alias, &date]), malformed("an entry of an unknown kind"));
    assert_eq!(problem(&[&two, &one, &two, b"\xff\xffroot"]), malformed("ends early"));
    let cut = [&one[..], &one, &two, &alias, &date, &number(u32::MAX)];
    assert_eq!(problem(&cut), malformed("ends early"));
    // Entries and certificates are bounded together.
    let empty = [&two[..], b"\0\0", &date, &number(0)].concat();
    assert!(open(&[&one, &number(5000), &empty.repeat(5000)]).is_ok());
    let many = malformed("it has more than 10,000 entries");
    assert_eq!(problem(&[&one, &number(5001), &empty.repeat(5001)]), many);
    let chain = [&one[..], b"\0\0", &date, &number(0), &number(u32::MAX), &number(0).repeat(10_000)].concat();
    assert_eq!(problem(&[&one, &one, &chain]), many);

    // Keys in what can't be decrypted are errors of their own.
    let key = |info: &[u8]| {
        let file = open(&[&two, &one, &one, b"\0\x01k", &date, &counted(info), &number(0)]).unwrap();
        file.keys()[0].key().unwrap_err()
    };
    let protected = |name: &str, parameters: Vec<u8>, len: usize| {
        sequence(&[sequence(&[oid(name), parameters]), octets(&vec![7; len])])
    };
    let (suns, triple_des) = ("1.3.6.1.4.1.42.2.17.1.1", "1.3.6.1.4.1.42.2.19.1");
    assert!(matches!(key(b""), Error::Malformed { .. }));
    assert_eq!(key(&protected(suns, tlv(5, &[]), 100)), Error::Password);
    assert_eq!(key(&protected(suns, Vec::new(), 40)), Error::Password);
    assert_eq!(key(&protected(suns, Vec::new(), 39)).to_string(), "malformed encrypted data: it's too short");
    let parameters = |salt: usize, rounds: u32| sequence(&[octets(&vec![1; salt]), integer(rounds)]);
    assert_eq!(key(&protected(triple_des, parameters(8, 3), 16)), Error::Password);
    assert_eq!(
        key(&protected(triple_des, parameters(7, 3), 16)).to_string(),
        "malformed cipher's parameters: the salt doesn't have 8 bytes"
    );
    assert_eq!(
        key(&protected(triple_des, parameters(8, 3), 15)).to_string(),
        "malformed encrypted data: its length isn't a multiple of 8"
    );
    assert_eq!(
        key(&protected("1.2.3", Vec::new(), 16)),
        unsupported("keys in Java key stores in an unknown encryption")
    );
    let costly = protected(triple_des, parameters(8, 5_000_001), 16);
    let error = open(&[&two, &one, &one, b"\0\x01k", &date, &counted(&costly), &number(0)]).unwrap_err();
    assert_eq!(error, limit(10_000_002, 10_000_000));
}

// ---- hostile files ----

#[test]
fn no_change_goes_unnoticed() {
    let store = good();
    let bytes = written(&store, "x");
    for len in 0..bytes.len() {
        assert!(KeyStore::from_pkcs12(&bytes[..len], "x").is_err(), "{len}");
    }
    let options = StoreOptions::new().allow_legacy().max_rounds(1000);
    for i in 0..bytes.len() {
        for bit in [0, 3, 7] {
            let mut changed = bytes.clone();
            changed[i] ^= 1 << bit;
            let read = KeyStore::from_pkcs12_with(&changed, "x", &options);
            assert!(read.is_err(), "byte {i}, bit {bit}");
        }
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(
        KeyStore::from_pkcs12(longer, "x").unwrap_err().to_string(),
        "malformed PKCS#12: trailing bytes"
    );
}

#[test]
fn what_is_no_pkcs12_says_so() {
    let error = |bytes: &[u8]| KeyStore::from_pkcs12(bytes, "x").unwrap_err().to_string();
    assert_eq!(error(b""), "malformed PKCS#12: it's empty");
    for text in [good().to_pem().to_string(), "Bag Attributes\n".to_string() + &leaf_certificate().to_pem()] {
        assert_eq!(error(text.as_bytes()), "malformed PKCS#12: it's PEM text (for `from_pem`)");
    }
    assert_eq!(
        error(leaf_certificate().to_der()),
        "malformed PKCS#12: it's a certificate, a certificate request or a revocation list"
    );
    assert_eq!(error(&private(3).to_der()), "malformed PKCS#12: it's a private key without a certificate");
    assert_eq!(
        error(b"MIIKPgIBAzCCCfQGCSqGSIb3\r\nDQEHAaCCCeUEggnh\r\n"),
        "malformed PKCS#12: it's base64, and has to be decoded first"
    );
    assert_eq!(
        error(include_bytes!("trust/java.jks")),
        "malformed PKCS#12: it's a Java key store of the old format JKS (`from_jks_with` reads it)"
    );
    assert_eq!(
        error(include_bytes!("trust/java.jceks")),
        "malformed PKCS#12: it's a Java key store of the old format JCEKS (`from_jks_with` reads it)"
    );
    assert!(error(&[0, 0, 0, 2, 0, 0, 0, 20, 7, 7]).contains("Bouncy Castle's format BKS"));
    assert_eq!(error(b"what?!"), "malformed PKCS#12: not a SEQUENCE");
    assert_eq!(error(&[0x30, 3, 2, 1, 3]), "malformed PKCS#12: missing");
    assert_eq!(error(&vec![0x30; (1 << 22) + 1]), "malformed PKCS#12: longer than 4 MiB");
}

/// A file of these parts without a message authentication code, each an element of `AuthenticatedSafe`.
fn bare(safes: &[Vec<u8>]) -> Vec<u8> {
    sequence(&[integer(3), data(&sequence(safes))])
}

/// A `ContentInfo` of data.
fn data(contents: &[u8]) -> Vec<u8> {
    sequence(&[oid("1.2.840.113549.1.7.1"), tagged(0, &octets(contents))])
}

fn bag(kind: &str, value: &[u8], attributes: &[Vec<u8>]) -> Vec<u8> {
    let attributes = if attributes.is_empty() { Vec::new() } else { tlv(0x31, &attributes.concat()) };
    sequence(&[oid(&format!("1.2.840.113549.1.12.10.1.{kind}")), tagged(0, value), attributes])
}

fn named(name: &str) -> Vec<u8> {
    let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
    sequence(&[oid("1.2.840.113549.1.9.20"), tlv(0x31, &tlv(0x1e, &units))])
}

fn local_key_id(id: &[u8]) -> Vec<u8> {
    sequence(&[oid("1.2.840.113549.1.9.21"), tlv(0x31, &octets(id))])
}

fn certificate_bag(certificate: &Certificate, attributes: &[Vec<u8>]) -> Vec<u8> {
    let value = sequence(&[oid("1.2.840.113549.1.9.22.1"), tagged(0, &octets(certificate.to_der()))]);
    bag("3", &value, attributes)
}

fn trusting_all<'a>() -> StoreOptions<'a> {
    StoreOptions::new().allow_unauthenticated().allow_legacy().allow_incomplete()
}

#[test]
fn rounds_are_bounded_before_any_is_done() {
    // A `MacData` that asks for 2^31 - 1 rounds, and for more than any number holds.
    let digest_info = sequence(&[sequence(&[oid("2.16.840.1.101.3.4.2.1")]), octets(&[0; 32])]);
    let with_rounds = |rounds: Vec<u8>| {
        let mac = sequence(&[digest_info.clone(), octets(&[1; 8]), rounds]);
        sequence(&[integer(3), data(&sequence(&[])), mac])
    };
    let start = Instant::now();
    let error = KeyStore::from_pkcs12(with_rounds(integer(0x7fff_ffff)), "x").unwrap_err();
    assert_eq!(error, limit(0x7fff_ffff, 10_000_000));
    assert_eq!(
        error.to_string(),
        "the file asks for 2147483647 rounds of key derivation, but at most 10000000 are done"
    );
    let error = KeyStore::from_pkcs12(with_rounds(tlv(2, &[1; 12])), "x").unwrap_err();
    assert_eq!(error, limit(u64::MAX, 10_000_000));
    let error = KeyStore::from_pkcs12(with_rounds(integer(0)), "x").unwrap_err();
    assert_eq!(error.to_string(), "malformed message authentication code: there are no rounds");
    assert!(KeyStore::from_pkcs12(with_rounds(tlv(2, &[0x80])), "x").is_err());

    // Shrouded keys, each with a little less than is allowed at once.
    let shrouded = |rounds: u32| {
        let pbkdf2 = sequence(&[oid("1.2.840.113549.1.5.12"), sequence(&[octets(&[1; 8]), integer(rounds)])]);
        let aes = sequence(&[oid("2.16.840.1.101.3.4.1.42"), octets(&[2; 16])]);
        let pbes2 = sequence(&[oid("1.2.840.113549.1.5.13"), sequence(&[pbkdf2, aes])]);
        bag("2", &sequence(&[pbes2, octets(&[3; 16])]), &[])
    };
    let file = |rounds: u32, count: usize| bare(&[data(&sequence(&vec![shrouded(rounds); count]))]);
    let options = trusting_all();
    // Two blocks of SHA-1 for each key.
    let error = Pkcs12::open_with(file(9_999_999, 10), "x", &options).unwrap_err();
    assert_eq!(error, limit(2 * 9_999_999, 10_000_000));
    let error = Pkcs12::open_with(file(60, 20), "x", &options.max_rounds(1000)).unwrap_err();
    assert_eq!(error, limit(1080, 1000));
    let error = Pkcs12::open_with(file(1, 1001), "x", &options).unwrap_err();
    let (cost, value, max) = ("key derivations", 1001, 1000);
    assert_eq!(error, Error::Key(oneway::Error::KdfLimit { cost, value, max }));
    assert!(start.elapsed() < Duration::from_secs(10));

    // Old ciphers: 24 bytes of key are two blocks of SHA-1, the initial vector is one.
    let parameters = sequence(&[octets(&[1; 8]), integer(400)]);
    let old = sequence(&[oid("1.2.840.113549.1.12.1.3"), parameters]);
    let old = bare(&[data(&sequence(&[bag("2", &sequence(&[old, octets(&[0; 8])]), &[])]))]);
    let error = Pkcs12::open_with(&old, "x", &options.max_rounds(1000)).unwrap_err();
    assert_eq!(error, limit(1200, 1000));
    let error = Pkcs12::open_with(&old, "x", &StoreOptions::new().allow_unauthenticated()).unwrap_err();
    assert_eq!(error, Error::Legacy { algorithm: "triple DES" });
}

#[test]
fn entries_are_bounded_and_do_not_nest() {
    let options = trusting_all();
    let many = |count: usize| bare(&[data(&sequence(&vec![bag("5", &octets(b"a secret"), &[]); count]))]);
    assert_eq!(Pkcs12::open_with(many(9_999), "x", &options).unwrap().certificates().len(), 0);
    let error = Pkcs12::open_with(many(10_000), "x", &options).unwrap_err();
    assert_eq!(error.to_string(), "malformed PKCS#12: it has more than 10,000 entries");
    let empty = bare(&vec![data(&sequence(&[])); 10_001]);
    assert!(Pkcs12::open_with(empty, "x", &options).is_err());
    let nested = bare(&[data(&sequence(&[bag("6", &sequence(&[]), &[])]))]);
    let error = Pkcs12::open_with(nested, "x", &options).unwrap_err();
    assert_eq!(error, unsupported("PKCS#12 files with bags inside of bags"));
    for (kind, what) in [
        ("3", "PKCS#12 files encrypted to a public key"),
        ("2", "PKCS#12 files with other contents than data"),
    ] {
        let other = sequence(&[oid(&format!("1.2.840.113549.1.7.{kind}")), tagged(0, &sequence(&[]))]);
        assert_eq!(Pkcs12::open_with(bare(&[other]), "x", &options).unwrap_err(), unsupported(what));
    }
    let signed = sequence(&[oid("1.2.840.113549.1.7.2"), tagged(0, &sequence(&[]))]);
    let error = Pkcs12::open(sequence(&[integer(3), signed]), "x").unwrap_err();
    assert_eq!(error, unsupported("PKCS#12 files that are signed instead of authenticated"));
    let error = Pkcs12::open(sequence(&[integer(2), data(&[])]), "x").unwrap_err();
    assert_eq!(error.to_string(), "malformed PKCS#12: its version isn't 3");
    assert_eq!(Pkcs12::open(bare(&[]), "x").unwrap_err(), Error::Unauthenticated);
}

#[test]
fn one_of_several_keys_is_chosen_by_name() {
    let key = |number, attributes: &[Vec<u8>]| bag("1", &private(number).to_der(), attributes);
    let dsa = fs::read_to_string(format!("{}/tests/keys/secp256k1.pem", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let other = Draft::leaf(&Party::new("other", 4), &authority()).sign(&authority().key);
    let other_kind = pem_der(&dsa);
    let bags = [
        key(3, &[named("server")]),
        key(4, &[named("other"), local_key_id(&[7])]),
        bag("1", &other_kind, &[named("bitcoin")]),
        key(5, &[]),
        certificate_bag(&leaf_certificate(), &[]),
        certificate_bag(&authority_certificate(), &[]),
        certificate_bag(&other, &[local_key_id(&[7])]),
    ];
    let bytes = bare(&[data(&sequence(&bags))]);
    let options = trusting_all();
    let open = |name| KeyStore::from_pkcs12_with(&bytes, "", &options.key_named(name));
    let names = vec!["server".into(), "other".into(), "bitcoin".into(), "(no name)".into()];
    let which = Error::WhichKey { names };
    assert_eq!(
        which.to_string(),
        "one of several private keys has to be chosen by its name: server, other, bitcoin, (no name)"
    );
    assert_eq!(KeyStore::from_pkcs12_with(&bytes, "", &options).unwrap_err(), which);
    assert_eq!(open("nobody").unwrap_err(), which);
    assert_eq!(open("server").unwrap().certificate(), &leaf_certificate());
    assert_eq!(open("server").unwrap().name(), Some("server"));
    assert_eq!(open("other").unwrap().certificate(), &other);
    assert_eq!(open("bitcoin").unwrap_err(), unsupported("keys on secp256k1"));
    let file = Pkcs12::open_with(&bytes, "", &options).unwrap();
    let readable: Vec<_> = file.keys().iter().map(|entry| entry.key().is_ok()).collect();
    assert_eq!(readable, [true, true, false, true]);

    // A key that's for no certificate: the one that was meant is named.
    let bags = [
        key(9, &[local_key_id(&[7])]),
        certificate_bag(&leaf_certificate(), &[]),
        certificate_bag(&other, &[local_key_id(&[7])]),
    ];
    let error = KeyStore::from_pkcs12_with(bare(&[data(&sequence(&bags))]), "", &options).unwrap_err();
    assert_eq!(error, Error::KeyMismatch { subject: "CN=other".into() });

    // Names are shown as what they are.
    let bags = [key(3, &[named("\u{1b}[31m")]), key(3, &[named(&"x".repeat(300))])];
    let error = KeyStore::from_pkcs12_with(bare(&[data(&sequence(&bags))]), "", &options).unwrap_err();
    let names = vec!["\\u{1b}[31m".into(), "x".repeat(200) + "…"];
    assert_eq!(error, Error::WhichKey { names });
}

#[test]
fn a_certificate_that_cannot_be_read_is_named_if_it_may_be_missed() {
    let value = sequence(&[oid("1.2.840.113549.1.9.22.1"), tagged(0, &octets(&[0x30, 0]))]);
    let damaged = bag("3", &value, &[]);
    let key = bag("1", &private(3).to_der(), &[]);
    let complete = chain().map(|certificate| certificate_bag(&certificate, &[])).concat();
    let file = |bags: &[Vec<u8>]| bare(&[data(&sequence(bags))]);
    let options = StoreOptions::new().allow_unauthenticated();
    let store =
        KeyStore::from_pkcs12_with(file(&[damaged.clone(), key.clone(), complete]), "", &options).unwrap();
    assert_same(&store, &good());
    let leaf = certificate_bag(&leaf_certificate(), &[]);
    let error =
        KeyStore::from_pkcs12_with(file(&[damaged.clone(), key, leaf.clone()]), "", &options).unwrap_err();
    assert!(matches!(error, Error::Malformed { part: "certificate", .. }), "{error}");
    let bytes = file(&[damaged, leaf]);
    assert!(TrustStore::from_pkcs12_with(&bytes, "", &options).is_err());
    let file = Pkcs12::open_with(&bytes, "", &options).unwrap();
    let readable: TrustStore =
        file.certificates().iter().flat_map(|entry| entry.certificate().cloned()).collect();
    assert_eq!(readable.certificates(), [leaf_certificate()]);
}

/// The bytes of a PEM block, by OpenSSL's rules for keys that aren't ours: base64, and nothing else.
fn pem_der(text: &str) -> Vec<u8> {
    let (mut bits, mut count, mut bytes) = (0u32, 0, Vec::new());
    let body = text.lines().filter(|line| !line.starts_with('-'));
    for c in body.flat_map(str::bytes).filter(|c| *c != b'=') {
        let digit = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            _ => 63,
        };
        (bits, count) = (bits << 6 | u32::from(digit), count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

// ---- OpenSSL ----

/// The files `key.pem`, `leaf.pem` and `above.pem` of a store.
fn put(openssl: &OpenSsl, store: &KeyStore) {
    openssl.write("key.pem", store.key().to_pem().as_bytes());
    openssl.write("leaf.pem", store.certificate().to_pem().as_bytes());
    let above: String = store.chain()[1..].iter().map(Certificate::to_pem).collect();
    openssl.write("above.pem", above.as_bytes());
}

const EXPORT: &str = "pkcs12 -export -inkey key.pem -in leaf.pem -certfile above.pem -out store.p12";

fn exported(openssl: &OpenSsl, options: &str) -> Vec<u8> {
    openssl.run(&format!("{EXPORT} {options}"));
    openssl.read("store.p12")
}

#[test]
fn openssl_writes_and_we_read() {
    let Some(openssl) = OpenSsl::new() else { return };
    for kind in KINDS {
        let store = store_of(kind);
        put(&openssl, &store);
        for options in [
            "-name server",
            "-name server -iter 1",
            "-name server -macalg sha1 -keypbe aes-128-cbc -certpbe aes-128-cbc",
            "-name server -macalg sha224 -iter 1000 -keypbe aes-192-cbc -certpbe NONE",
            "-name server -macalg sha384 -iter 1000 -keypbe NONE -certpbe aes-256-cbc",
            "-name server -macalg sha512 -iter 100000",
            "-name server -nomaciter",
        ] {
            let bytes = exported(&openssl, &format!("{options} -passout pass:secret"));
            let read = KeyStore::from_pkcs12(&bytes, "secret")
                .unwrap_or_else(|error| panic!("{kind}, {options}: {error}"));
            assert_same(&read, &store);
            assert_eq!(read.name(), Some("server"));
            if !options.contains("-iter 100000") {
                assert_eq!(KeyStore::from_pkcs12(&bytes, "Secret").unwrap_err(), Error::Password);
            }
        }
    }
    // Without the chain, it's the certificate that the file says is the key's.
    put(&openssl, &good());
    openssl.run("pkcs12 -export -inkey key.pem -in leaf.pem -out alone.p12 -passout pass:x -iter 10");
    let bytes = openssl.read("alone.p12");
    assert_eq!(KeyStore::from_pkcs12(&bytes, "x").unwrap().chain(), [leaf_certificate()]);
    // No certificate.
    openssl.run("pkcs12 -export -inkey key.pem -nocerts -out key.p12 -passout pass:x -iter 10");
    assert_eq!(KeyStore::from_pkcs12(openssl.read("key.p12"), "x").unwrap_err(), Error::NoCertificate);
    // No key: a trust store, without Java's mark.
    openssl.run("pkcs12 -export -nokeys -in above.pem -out roots.p12 -passout pass:x -iter 10");
    let bytes = openssl.read("roots.p12");
    assert_eq!(KeyStore::from_pkcs12(&bytes, "x").unwrap_err(), Error::NoKey);
    assert_eq!(TrustStore::from_pkcs12(&bytes, "x").unwrap().certificates(), &chain()[1..]);
}

#[test]
fn openssl_writes_without_authentication() {
    let Some(openssl) = OpenSsl::new() else { return };
    put(&openssl, &good());
    let bytes = exported(&openssl, "-iter 10 -nomac -passout pass:x");
    assert_eq!(KeyStore::from_pkcs12(&bytes, "x").unwrap_err(), Error::Unauthenticated);
    let options = StoreOptions::new().allow_unauthenticated();
    assert_same(&KeyStore::from_pkcs12_with(&bytes, "x", &options).unwrap(), &good());
    assert_eq!(KeyStore::from_pkcs12_with(&bytes, "y", &options).unwrap_err(), Error::Password);
    let bytes = exported(&openssl, "-nomac -keypbe NONE -certpbe NONE -passout pass:x");
    assert_same(&KeyStore::from_pkcs12_with(&bytes, "whatever", &options).unwrap(), &good());
}

/// Passwords as OpenSSL and Java have to agree on them with us: ASCII, none, other scripts, outside of 16 bits.
const PASSWORDS: [&str; 6] = ["x", "", "grüße", "пароль", "密码", "🔑🗝"];

#[test]
fn openssl_and_we_agree_on_passwords() {
    let Some(openssl) = OpenSsl::new() else { return };
    put(&openssl, &good());
    for password in PASSWORDS {
        let bytes = exported(&openssl, &format!("-iter 10 -passout pass:{password}"));
        assert_same(&KeyStore::from_pkcs12(&bytes, password).unwrap(), &good());
        if password.is_empty() {
            continue;
        }
        openssl.write("ours.p12", &written(&good(), password));
        let text = openssl.run(&format!("pkcs12 -in ours.p12 -nodes -passin pass:{password}"));
        assert_same(&KeyStore::from_pem(text).unwrap(), &good());
    }
}

#[test]
fn we_write_and_openssl_reads() {
    let Some(openssl) = OpenSsl::new() else { return };
    for kind in KINDS {
        let store = store_of(kind).named("Server 1");
        let scrypt = Encryption { kdf: Kdf::Scrypt { log_n: 4, r: 2, p: 2 }, cipher: Cipher::Aes128 };
        let full = (kind == "p256").then(Encryption::default);
        for encryption in [QUICK, scrypt].into_iter().chain(full) {
            let bytes = store.to_pkcs12_with(&mut getrandom::SysRng, &encryption, "secret").unwrap();
            openssl.write("ours.p12", &bytes);
            openssl.run("pkcs12 -in ours.p12 -noout -passin pass:secret");
            let text = openssl.run("pkcs12 -in ours.p12 -nodes -passin pass:secret");
            assert_same(&KeyStore::from_pem(&text).unwrap(), &store);
            let text = String::from_utf8(text).unwrap();
            assert!(text.contains("localKeyID") && text.contains("friendlyName: Server 1"), "{text}");
            assert!(!openssl.accepts("pkcs12 -in ours.p12 -noout -passin pass:other"));
        }
    }
    let store = TrustStore::from_iter([root_certificate(), authority_certificate()]);
    openssl.write("roots.p12", &store.to_pkcs12_with(&mut getrandom::SysRng, &QUICK, "x").unwrap());
    let text = openssl.run("pkcs12 -in roots.p12 -nokeys -passin pass:x");
    assert_eq!(TrustStore::from_pem(text).unwrap().certificates(), store.certificates());
}

#[test]
fn old_ciphers_are_refused_then_read() {
    let Some(openssl) = OpenSsl::new() else { return };
    if !openssl.accepts("list -providers -provider legacy") {
        eprintln!("skipped: this OpenSSL doesn't have the old ciphers");
        return;
    }
    let allowed = StoreOptions::new().allow_legacy();
    let store = store_of("rsa2048");
    put(&openssl, &store);
    for (options, algorithm) in [
        ("", "40-bit RC2"),
        ("-certpbe PBE-SHA1-3DES", "triple DES"),
        ("-certpbe PBE-SHA1-2DES -keypbe PBE-SHA1-RC2-128", "triple DES with two keys"),
        ("-certpbe PBE-SHA1-RC2-128 -keypbe PBE-SHA1-RC2-40", "128-bit RC2"),
        ("-certpbe aes-128-cbc -keypbe PBE-SHA1-2DES", "triple DES with two keys"),
    ] {
        for password in ["secret", "", "🔑"] {
            let bytes = exported(&openssl, &format!("-legacy {options} -iter 100 -passout pass:{password}"));
            assert_eq!(KeyStore::from_pkcs12(&bytes, password).unwrap_err(), Error::Legacy { algorithm });
            assert_same(&KeyStore::from_pkcs12_with(&bytes, password, &allowed).unwrap(), &store);
        }
        let bytes = exported(&openssl, &format!("-legacy {options} -iter 100 -nomac -passout pass:secret"));
        let allowed = allowed.allow_unauthenticated();
        assert_same(&KeyStore::from_pkcs12_with(&bytes, "secret", &allowed).unwrap(), &store);
        assert_eq!(KeyStore::from_pkcs12_with(&bytes, "other", &allowed).unwrap_err(), Error::Password);
        let bytes = exported(&openssl, &format!("-legacy {options} -iter 100 -nomac -passout pass:"));
        assert_same(&KeyStore::from_pkcs12_with(&bytes, "", &allowed).unwrap(), &store);
    }
    let bytes = exported(&openssl, "-legacy -certpbe PBE-SHA1-RC4-128 -passout pass:x");
    assert_eq!(
        KeyStore::from_pkcs12_with(&bytes, "x", &allowed).unwrap_err(),
        unsupported("keys and stores encrypted by RC4")
    );
    let error = Error::Legacy { algorithm: "40-bit RC2" };
    assert_eq!(
        error.to_string(),
        "it's protected by 40-bit RC2, which is too weak (`StoreOptions::allow_legacy` reads it nevertheless)"
    );
}

// ---- Java ----

/// `keytool` in a folder of its own.
struct Keytool(OpenSsl, PathBuf);

impl Keytool {
    fn new() -> Option<Self> {
        if Command::new("keytool").arg("-help").output().is_err() {
            eprintln!("skipped: there's no command `keytool`");
            return None;
        }
        let openssl = OpenSsl::new()?;
        let folder = openssl.folder().to_path_buf();
        Some(Self(openssl, folder))
    }

    fn run(&self, arguments: &str) -> String {
        let output = Command::new("keytool")
            .args(["-J-Xshare:auto", "-J-Duser.language=en"])
            .args(arguments.split_whitespace())
            .current_dir(&self.1)
            .output()
            .unwrap();
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "keytool {arguments}: {}\n{said}", output.status);
        said
    }
}

#[test]
fn keytool_writes_and_we_read() {
    let Some(keytool) = Keytool::new() else { return };
    let make = "-genkeypair -keystore java.p12 -storetype PKCS12 -storepass secret";
    keytool.run(&format!("{make} -alias Server -keyalg RSA -keysize 2048 -dname CN=server"));
    keytool.run(&format!("{make} -alias other -keyalg EC -groupname secp384r1 -dname CN=other"));
    keytool.run(&format!("{make} -alias old -keyalg DSA -keysize 2048 -dname CN=old"));
    let bytes = keytool.0.read("java.p12");
    // Java makes names lower-case.
    let names = vec!["server".into(), "other".into(), "old".into()];
    let Err(Error::WhichKey { names: mut found }) = KeyStore::from_pkcs12(&bytes, "secret") else { panic!() };
    found.sort();
    let mut names: Vec<String> = names;
    names.sort();
    assert_eq!(found, names);
    let open = |name| KeyStore::from_pkcs12_with(&bytes, "secret", &StoreOptions::new().key_named(name));
    assert!(open("server").unwrap().key().as_rsa().is_some());
    let other = open("other").unwrap();
    assert!(other.key().as_p384().is_some());
    assert_eq!(
        (other.certificate().subject().to_string().as_str(), other.name()),
        ("CN=other", Some("other"))
    );
    assert_eq!(open("old").unwrap_err(), unsupported("DSA keys"));
    assert_eq!(KeyStore::from_pkcs12(&bytes, "Secret").unwrap_err(), Error::Password);

    keytool.0.write("root.pem", root_certificate().to_pem().as_bytes());
    let import = "-importcert -noprompt -storetype PKCS12 -storepass secret -file root.pem";
    keytool.run(&format!("{import} -keystore trust.p12 -alias root"));
    let trusted = TrustStore::from_pkcs12(keytool.0.read("trust.p12"), "secret").unwrap();
    assert_eq!(trusted.certificates(), [root_certificate()]);
    // A trusted certificate beside keys: the trust store is what's marked.
    keytool.run(&format!("{import} -keystore java.p12 -alias root"));
    let trusted = TrustStore::from_pkcs12(keytool.0.read("java.p12"), "secret").unwrap();
    assert_eq!(trusted.certificates(), [root_certificate()]);

    // As Java wrote before 8u301: 40-bit RC2 and triple DES.
    keytool.run(&format!("-J-Dkeystore.pkcs12.legacy {import} -keystore legacy.p12 -alias root"));
    let bytes = keytool.0.read("legacy.p12");
    assert_eq!(
        TrustStore::from_pkcs12(&bytes, "secret").unwrap_err(),
        Error::Legacy { algorithm: "40-bit RC2" }
    );
    let allowed = StoreOptions::new().allow_legacy();
    let trusted = TrustStore::from_pkcs12_with(&bytes, "secret", &allowed).unwrap();
    assert_eq!(trusted.certificates(), [root_certificate()]);
}

#[test]
fn we_write_and_keytool_reads() {
    let Some(keytool) = Keytool::new() else { return };
    let store = store_of("p256").named("server");
    keytool.0.write("ours.p12", &store.to_pkcs12("secret").unwrap());
    let list = keytool.run("-list -v -keystore ours.p12 -storepass secret");
    for part in
        ["Alias name: server", "PrivateKeyEntry", "Certificate chain length: 3", "Owner: CN=www.example.com"]
    {
        assert!(list.contains(part), "{part}: {list}");
    }
    // The key is decrypted, and written again by Java.
    keytool.0.write("ours.p12", &written(&store, "secret"));
    keytool.run(
        "-importkeystore -srckeystore ours.p12 -srcstorepass secret \
         -destkeystore theirs.p12 -deststoretype PKCS12 -deststorepass secret2",
    );
    let again = KeyStore::from_pkcs12(keytool.0.read("theirs.p12"), "secret2").unwrap();
    assert_same(&again, &store);
    assert_eq!(again.name(), Some("server"));

    let trusted = TrustStore::from_iter([root_certificate(), authority_certificate()]);
    let bytes = trusted.to_pkcs12_with(&mut getrandom::SysRng, &QUICK, "secret").unwrap();
    keytool.0.write("trust.p12", &bytes);
    let list = keytool.run("-list -keystore trust.p12 -storepass secret");
    assert_eq!(list.matches("trustedCertEntry").count(), 2, "{list}");
    assert!(list.contains("root,") && list.contains("authority,"), "{list}");
}

/// Results keep what they hold across threads.
#[test]
fn stores_are_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<KeyStore>();
    check::<Pkcs12>();
    check::<Jks>();
    check::<StoreOptions<'_>>();
    check::<Result<TrustStore>>();
}
