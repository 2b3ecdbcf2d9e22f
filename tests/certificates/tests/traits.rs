//! Keys in other people's hands: generic code over the traits of `signature`, and certificates by the
//! crates x509-cert and rcgen, which OpenSSL has to accept.

#[path = "../../openssl/mod.rs"]
mod openssl;

use std::str::FromStr;
use std::sync::OnceLock;
use std::time::Duration;

use digest::Digest;
use oneway::ecdsa::{self, P256, P384, P521};
use oneway::hash::{Sha256, Sha384, Sha512};
use oneway::rsa::{Pkcs1v15, PrivateKey, Pss, Signature, SignatureScheme, SigningKey};
use oneway::{ed25519, key};
use openssl::OpenSsl;
use sha1::Sha1;
use signature::hazmat::{PrehashSigner, PrehashVerifier};
use signature::{Keypair, RandomizedSigner, SignatureEncoding, Signer, Verifier};
use spki::der::asn1::UtcTime;
use spki::der::{Decode, Encode};
use spki::{
    AssociatedAlgorithmIdentifier, DecodePublicKey, DynSignatureAlgorithmIdentifier, EncodePublicKey,
    SignatureBitStringEncoding, SubjectPublicKeyInfoRef,
};
use x509_cert::Certificate;
use x509_cert::builder::profile::{BuilderProfile, cabf};
use x509_cert::builder::{Builder, CertificateBuilder, RequestBuilder};
use x509_cert::ext::pkix::name::GeneralNames;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfo;
use x509_cert::time::{Time, Validity};

/// One key of 2048 bits for the authority and one for whoever asks it.
fn keys() -> &'static [PrivateKey; 2] {
    static KEYS: OnceLock<[PrivateKey; 2]> = OnceLock::new();
    KEYS.get_or_init(|| [(); 2].map(|()| PrivateKey::generate(2048).unwrap()))
}

// ---- generic code ----

/// Signs and verifies, knowing nothing but the traits; the signature comes back by its bytes.
fn signs_and_verifies<T, K>(key: &K)
where
    T: SignatureEncoding,
    K: Signer<T> + RandomizedSigner<T> + PrehashSigner<T> + Keypair,
    K::VerifyingKey: Verifier<T> + PrehashVerifier<T>,
{
    let verifier = key.verifying_key();
    let hash = Sha256::digest(b"message");
    let signatures = [
        key.sign(b"message"),
        key.try_sign_with_rng(&mut getrandom::SysRng, b"message").unwrap(),
        key.sign_prehash(&hash).unwrap(),
    ];
    for signature in signatures {
        let bytes = signature.to_bytes();
        let Ok(signature) = T::try_from(bytes.as_ref()) else { panic!("its own bytes") };
        assert!(verifier.verify(b"message", &signature).is_ok());
        assert!(verifier.verify_prehash(&hash, &signature).is_ok());
        assert!(verifier.verify(b"another message", &signature).is_err());
    }
}

#[test]
fn generic_code_signs_and_verifies() {
    let short = keys()[0].signer(Pss::<Sha256>::new()).sign_prehash(&[0; 31]);
    assert!(short.is_err());
    signs_and_verifies::<Signature, _>(&keys()[0].signer(Pkcs1v15::<Sha256>::new()));
    signs_and_verifies::<Signature, _>(&keys()[0].signer(Pss::<Sha256>::new()));
    signs_and_verifies::<Signature, _>(&keys()[0].signer(Pss::<Sha256, Sha1>::new().salt_len(20)));
    signs_and_verifies::<ecdsa::Signature<P256>, _>(&ecdsa::SigningKey::<P256>::generate().unwrap());
    // A hash of another crate.
    signs_and_verifies::<Signature, _>(&keys()[0].signer(Pkcs1v15::<sha2::Sha256>::new()));
}

#[test]
fn a_signer_may_be_a_trait_object() {
    let [key, _] = keys();
    let signers: [(Box<dyn Signer<Signature>>, Box<dyn Verifier<Signature>>); 2] = [
        (
            Box::new(key.signer(Pss::<Sha384>::new())),
            Box::new(key.public_key().verifier(Pss::<Sha384>::new())),
        ),
        (
            Box::new(key.signer(Pkcs1v15::<Sha512>::new())),
            Box::new(key.public_key().verifier(Pkcs1v15::<Sha512>::new())),
        ),
    ];
    for (signer, verifier) in &signers {
        assert!(verifier.verify(b"message", &signer.sign(b"message")).is_ok());
    }
    assert!(signers[0].1.verify(b"message", &signers[1].0.sign(b"message")).is_err());
}

// ---- x509-cert ----

fn name(text: &str) -> Name {
    Name::from_str(text).unwrap()
}

fn certificate<P, K, T>(profile: P, serial: u32, subject: &K::VerifyingKey, signer: &K) -> Certificate
where
    P: BuilderProfile,
    K: Signer<T> + Keypair + DynSignatureAlgorithmIdentifier,
    K::VerifyingKey: EncodePublicKey,
    T: SignatureBitStringEncoding,
{
    let time = |years: u64| {
        let seconds = Duration::from_secs(years * 31_557_600);
        Time::UtcTime(UtcTime::from_unix_duration(seconds).unwrap())
    };
    CertificateBuilder::new(
        profile,
        SerialNumber::from(serial),
        Validity::new(time(50), time(79)), // 2019 to 2048
        SubjectPublicKeyInfo::from_key(subject).unwrap(),
    )
    .unwrap()
    .build(signer)
    .unwrap()
}

/// Certificates with an RSA scheme.
fn certificates_are_valid<S>(scheme: &S, openssls_name: &str)
where
    S: SignatureScheme + Clone,
    SigningKey<S>: Signer<Signature> + DynSignatureAlgorithmIdentifier,
{
    let [ca_key, leaf_key] = keys().each_ref().map(|key| key.signer(scheme.clone()));
    certificates_of_keys_are_valid(&ca_key, &leaf_key, openssls_name);
}

/// An authority and a leaf signed by it, which OpenSSL verifies, unless the signature is damaged; and a request.
fn certificates_of_keys_are_valid<K, T>(ca_key: &K, leaf_key: &K, openssls_name: &str)
where
    K: Signer<T> + Keypair + DynSignatureAlgorithmIdentifier,
    K::VerifyingKey: EncodePublicKey,
    T: SignatureBitStringEncoding,
{
    let Some(openssl) = OpenSsl::new() else { return };
    let subject = name("CN=Authority,O=Example,C=DE");
    let profile = cabf::Root::new(false, subject.clone()).unwrap();
    let ca = certificate(profile, 1, &ca_key.verifying_key(), ca_key);
    let (leaf_name, names) = (name("CN=leaf.example"), GeneralNames::default());
    let certificate_type = cabf::tls::CertificateType::domain_validated(leaf_name, names).unwrap();
    let profile = cabf::tls::Subscriber { certificate_type, issuer: subject, client_auth: false };
    let leaf = certificate(profile, 2, &leaf_key.verifying_key(), ca_key);
    let request = RequestBuilder::new(name("CN=leaf.example")).unwrap().build(leaf_key).unwrap();

    openssl.write("ca.der", &ca.to_der().unwrap());
    openssl.write("leaf.der", &leaf.to_der().unwrap());
    openssl.run("x509 -inform DER -in ca.der -out ca.pem");
    openssl.run("verify -x509_strict -check_ss_sig -CAfile ca.pem ca.pem");
    openssl.run("verify -x509_strict -CAfile ca.pem leaf.der");
    let text = String::from_utf8(openssl.run("x509 -in leaf.der -noout -text")).unwrap();
    assert!(text.contains(&format!("Signature Algorithm: {openssls_name}")), "{text}");
    openssl.write("request.der", &request.to_der().unwrap());
    openssl.run("req -inform DER -in request.der -verify -noout");

    let mut damaged = leaf.to_der().unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    openssl.write("leaf.der", &damaged);
    assert!(!openssl.accepts("verify -CAfile ca.pem leaf.der"));
}

#[test]
fn x509_cert_with_pkcs1v15() {
    certificates_are_valid(&Pkcs1v15::<Sha256>::new(), "sha256WithRSAEncryption");
    certificates_are_valid(&Pkcs1v15::<Sha384>::new(), "sha384WithRSAEncryption");
    certificates_are_valid(&Pkcs1v15::<sha3::Sha3_256>::new(), "RSA-SHA3-256");
}

#[test]
fn x509_cert_with_pss() {
    certificates_are_valid(&Pss::<Sha256>::new(), "rsassaPss");
    certificates_are_valid(&Pss::<Sha384>::new(), "rsassaPss");
    certificates_are_valid(&Pss::<sha3::Sha3_256>::new(), "rsassaPss");
    // The fields that have their defaults, which DER leaves out.
    certificates_are_valid(&Pss::<Sha512, Sha1>::new().salt_len(20), "rsassaPss");
}

#[test]
fn x509_cert_with_curves() {
    let p256 = [(); 2].map(|()| ecdsa::SigningKey::<P256>::generate().unwrap());
    certificates_of_keys_are_valid(&p256[0], &p256[1], "ecdsa-with-SHA256");
    let p384 = [(); 2].map(|()| ecdsa::SigningKey::<P384>::generate().unwrap());
    certificates_of_keys_are_valid(&p384[0], &p384[1], "ecdsa-with-SHA384");
    let p521 = [(); 2].map(|()| ecdsa::SigningKey::<P521>::generate().unwrap());
    certificates_of_keys_are_valid(&p521[0], &p521[1], "ecdsa-with-SHA512");
    let ed25519 = [(); 2].map(|()| ed25519::SigningKey::generate().unwrap());
    certificates_of_keys_are_valid(&ed25519[0], &ed25519[1], "ED25519");
}

/// Public keys come out of certificates, and are called there what they call themselves.
#[test]
fn keys_out_of_certificates() {
    let Some(openssl) = OpenSsl::new() else { return };
    let algorithms =
        ["EC -pkeyopt ec_paramgen_curve:P-256", "EC -pkeyopt ec_paramgen_curve:P-521", "ED25519"];
    for algorithm in algorithms {
        openssl.run(&format!("genpkey -quiet -algorithm {algorithm} -out private.pem"));
        openssl.run("req -x509 -new -key private.pem -subj /CN=x -outform DER -out certificate.der");
        let certificate = Certificate::from_der(&openssl.read("certificate.der")).unwrap();
        let info = certificate.tbs_certificate().subject_public_key_info().to_der().unwrap();
        let public = key::PrivateKey::from_pem(openssl.read("private.pem")).unwrap().public_key();
        assert_eq!(key::PublicKey::from_public_key_der(&info).as_ref(), Ok(&public));
        let algorithm = certificate.tbs_certificate().subject_public_key_info().algorithm.to_der().unwrap();
        let ours = match &public {
            key::PublicKey::P256(_) => ecdsa::VerifyingKey::<P256>::ALGORITHM_IDENTIFIER.to_der(),
            key::PublicKey::P521(_) => ecdsa::SigningKey::<P521>::ALGORITHM_IDENTIFIER.to_der(),
            _ => ed25519::SigningKey::ALGORITHM_IDENTIFIER.to_der(),
        };
        assert_eq!(ours.unwrap(), algorithm);
    }
}

#[test]
fn names_are_openssls() {
    let Some(openssl) = OpenSsl::new() else { return };
    openssl.run("genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private.pem");
    let [key, _] = keys();
    let pss = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen";
    let cases: [(&str, &dyn DynSignatureAlgorithmIdentifier); 6] = [
        ("-sha256", &key.signer(Pkcs1v15::<Sha256>::new())),
        ("-sha512", &key.public_key().verifier(Pkcs1v15::<Sha512>::new())),
        ("-sha3-384", &Pkcs1v15::<sha3::Sha3_384>::new()),
        (&format!("-sha256 {pss}:32"), &key.signer(Pss::<Sha256>::new())),
        (&format!("-sha384 {pss}:20"), &Pss::<Sha384>::new().salt_len(20)),
        (&format!("-sha512 {pss}:190"), &Pss::<Sha512>::new().salt_len(190)),
    ];
    for (options, named) in cases {
        let arguments = "req -x509 -new -key private.pem -subj /CN=x -outform DER -out certificate.der";
        openssl.run(&format!("{arguments} {options}"));
        let certificate = Certificate::from_der(&openssl.read("certificate.der")).unwrap();
        let ours = named.signature_algorithm_identifier().unwrap();
        assert_eq!(certificate.signature_algorithm(), &ours, "{options}");
    }
    let p256 = ecdsa::SigningKey::<P256>::generate().unwrap();
    let p521 = ecdsa::SigningKey::<P521>::generate().unwrap();
    let ed25519 = ed25519::SigningKey::generate().unwrap();
    let cases: [(&str, &dyn DynSignatureAlgorithmIdentifier); 3] = [
        ("EC -pkeyopt ec_paramgen_curve:P-256", &p256),
        ("EC -pkeyopt ec_paramgen_curve:P-521", p521.verifying_key()),
        ("ED25519", &ed25519),
    ];
    for (algorithm, named) in cases {
        openssl.run(&format!("genpkey -quiet -algorithm {algorithm} -out private.pem"));
        let hash = if algorithm.ends_with("521") { "-sha512" } else { "-sha256" };
        openssl.run(&format!(
            "req -x509 -new -key private.pem -subj /CN=x -outform DER -out certificate.der {hash}"
        ));
        let certificate = Certificate::from_der(&openssl.read("certificate.der")).unwrap();
        let ours = named.signature_algorithm_identifier().unwrap();
        assert_eq!(certificate.signature_algorithm(), &ours, "{algorithm}");
    }
}

// ---- rcgen ----

/// What takes our key to rcgen: its trait wants the content of the SPKI's bit string, and signatures as
/// certificates have them.
struct ForRcgen<K> {
    key: K,
    public: Vec<u8>,
    algorithm: &'static rcgen::SignatureAlgorithm,
    sign: fn(&K, &[u8]) -> Vec<u8>,
}

impl<K: Keypair<VerifyingKey: EncodePublicKey>> ForRcgen<K> {
    fn new(key: K, algorithm: &'static rcgen::SignatureAlgorithm, sign: fn(&K, &[u8]) -> Vec<u8>) -> Self {
        let der = key.verifying_key().to_public_key_der().unwrap();
        let info = SubjectPublicKeyInfoRef::try_from(der.as_bytes()).unwrap();
        Self { public: info.subject_public_key.raw_bytes().to_vec(), key, algorithm, sign }
    }
}

impl<K> rcgen::PublicKeyData for ForRcgen<K> {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.algorithm
    }
}

impl<K> rcgen::SigningKey for ForRcgen<K> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok((self.sign)(&self.key, message))
    }
}

#[test]
fn certificates_by_rcgen() {
    let rsa = keys().each_ref().map(|key| {
        let signer = key.signer(Pkcs1v15::<Sha256>::new());
        ForRcgen::new(signer, &rcgen::PKCS_RSA_SHA256, |key, message| key.sign(message).into())
    });
    rcgens_certificates_are_valid(rsa);
    let p256 = [(); 2].map(|()| {
        let key = ecdsa::SigningKey::<P256>::generate().unwrap();
        ForRcgen::new(key, &rcgen::PKCS_ECDSA_P256_SHA256, |key, message| key.sign(message).to_der().to_vec())
    });
    rcgens_certificates_are_valid(p256);
    let p384 = [(); 2].map(|()| {
        let key = ecdsa::SigningKey::<P384>::generate().unwrap();
        ForRcgen::new(key, &rcgen::PKCS_ECDSA_P384_SHA384, |key, message| key.sign(message).to_der().to_vec())
    });
    rcgens_certificates_are_valid(p384);
    // rcgen has P-521 only with a library of its own.
    let ed25519 = [(); 2].map(|()| {
        let key = ed25519::SigningKey::generate().unwrap();
        ForRcgen::new(key, &rcgen::PKCS_ED25519, |key, message| key.sign(message).to_bytes().to_vec())
    });
    rcgens_certificates_are_valid(ed25519);
}

fn rcgens_certificates_are_valid<K>([ca_key, leaf_key]: [ForRcgen<K>; 2]) {
    let Some(openssl) = OpenSsl::new() else { return };
    let params = |name: &str, serial: u64| {
        let mut params = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        // Without a library of its own, rcgen neither draws the one nor hashes the other.
        params.serial_number = Some(serial.into());
        params.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(vec![serial as u8; 20]);
        params
    };
    let mut ca_params = params("authority.example", 1);
    ca_params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    ca_params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
    let ca = ca_params.self_signed(&ca_key).unwrap();
    let unnumbered = rcgen::CertificateParams::new(["leaf.example".to_owned()]).unwrap();
    let request = unnumbered.serialize_request(&leaf_key).unwrap();
    let issuer = rcgen::Issuer::new(ca_params, ca_key);
    let leaf = params("leaf.example", 2).signed_by(&leaf_key, &issuer).unwrap();

    openssl.write("ca.der", ca.der());
    openssl.write("leaf.der", leaf.der());
    openssl.run("x509 -inform DER -in ca.der -out ca.pem");
    openssl.run("verify -check_ss_sig -CAfile ca.pem ca.pem");
    openssl.run("verify -CAfile ca.pem -verify_hostname leaf.example leaf.der");
    openssl.write("request.der", request.der());
    openssl.run("req -inform DER -in request.der -verify -noout");
}
