//! What rustls-webpki says about certificates and revocation lists that are issued here. Names, times, usages and
//! constraints are checked by it; it has no cryptography of its own, so that signatures are checked by ours.
#![cfg(feature = "trust")]

use std::fmt;
use std::time::Duration;

use oneway::ecdsa::{P256, P384, P521, SigningKey};
use oneway::hash::Sha256;
use oneway::key::PrivateKey;
use oneway::trust::{
    Authority, Certificate, Crl, CrlReason, PathLength, Profile, Request, Revoked, Time, Validity,
};
use oneway::{ecdsa, ed25519, rsa};
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, ServerName, SignatureVerificationAlgorithm,
    UnixTime, alg_id,
};
use webpki::{
    EndEntityCert, Error, ExpirationPolicy, KeyUsage, OwnedCertRevocationList, RevocationCheckDepth,
    RevocationOptionsBuilder, UnknownStatusPolicy, anchor_from_trusted_cert,
};

/// A scheme by its names, and a check of its signatures: key, message, signature.
struct Scheme {
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    verify: fn(&[u8], &[u8], &[u8]) -> oneway::Result<()>,
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scheme({:?})", self.signature)
    }
}

impl SignatureVerificationAlgorithm for Scheme {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        (self.verify)(key, message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

fn ecdsa<C: ecdsa::Curve>(key: &[u8], message: &[u8], signature: &[u8]) -> oneway::Result<()> {
    let signature = ecdsa::Signature::<C>::from_der(signature)?;
    ecdsa::VerifyingKey::from_bytes(key)?.verify(message, &signature)
}

const SCHEMES: [&dyn SignatureVerificationAlgorithm; 5] = [
    &Scheme {
        key: alg_id::RSA_ENCRYPTION,
        signature: alg_id::RSA_PKCS1_SHA256,
        verify: |key, message, signature| {
            rsa::PublicKey::from_der(key)?.verify_with(&rsa::Pkcs1v15::<Sha256>::new(), message, signature)
        },
    },
    &Scheme { key: alg_id::ECDSA_P256, signature: alg_id::ECDSA_SHA256, verify: ecdsa::<P256> },
    &Scheme { key: alg_id::ECDSA_P384, signature: alg_id::ECDSA_SHA384, verify: ecdsa::<P384> },
    &Scheme { key: alg_id::ECDSA_P521, signature: alg_id::ECDSA_SHA512, verify: ecdsa::<P521> },
    &Scheme {
        key: alg_id::ED25519,
        signature: alg_id::ED25519,
        verify: |key, message, signature| {
            let signature = ed25519::Signature::from_bytes(signature)?;
            ed25519::VerifyingKey::from_bytes(key)?.verify(message, &signature)
        },
    },
];

/// One key of each kind.
fn keys() -> [PrivateKey; 5] {
    [
        rsa::PrivateKey::generate(2048).unwrap().into(),
        SigningKey::<P256>::generate().unwrap().into(),
        SigningKey::<P384>::generate().unwrap().into(),
        SigningKey::<P521>::generate().unwrap().into(),
        ed25519::SigningKey::generate().unwrap().into(),
    ]
}

struct Chain {
    root: Authority,
    inter: Authority,
    leaf: Certificate,
}

impl Chain {
    fn new([root, inter, leaf]: [&PrivateKey; 3], profile: &Profile) -> Self {
        let root = Authority::self_signed("CN=Root", root.clone(), Validity::days(3650)).unwrap();
        let request = Request::builder("CN=Authority").sign(inter).unwrap();
        let certificate = root.issue_authority(&request, Validity::days(365), PathLength::Max(0)).unwrap();
        let authority = Authority::new(certificate, inter.clone()).unwrap();
        let request = Request::builder("CN=www.example.com").dns("*.example.com").ip([192, 0, 2, 1]);
        let request = request.sign(leaf).unwrap();
        let leaf = authority.issue(&request, profile.clone(), Validity::days(90)).unwrap();
        Self { root, inter: authority, leaf }
    }

    fn verify(&self, usage: KeyUsage, name: Option<&str>, at: UnixTime, lists: &[Crl]) -> Result<(), Error> {
        let der = |certificate: &Certificate| CertificateDer::from(certificate.to_der().to_vec());
        let (root, inter) = (der(self.root.certificate()), [der(self.inter.certificate())]);
        let leaf = der(&self.leaf);
        let leaf = EndEntityCert::try_from(&leaf)?;
        let lists: Vec<_> = lists
            .iter()
            .map(|list| OwnedCertRevocationList::from_der(list.to_der()).map(Into::into))
            .collect::<Result<_, _>>()?;
        let lists: Vec<_> = lists.iter().collect();
        let revocation = RevocationOptionsBuilder::new(&lists).ok().map(|options| {
            options
                .with_depth(RevocationCheckDepth::Chain)
                .with_status_policy(UnknownStatusPolicy::Deny)
                .with_expiration_policy(ExpirationPolicy::Enforce)
                .build()
        });
        let anchors = [anchor_from_trusted_cert(&root)?];
        leaf.verify_for_usage(&SCHEMES, &anchors, &inter, at, usage, revocation, None)?;
        name.map_or(Ok(()), |name| {
            leaf.verify_is_valid_for_subject_name(&ServerName::try_from(name).unwrap())
        })
    }
}

/// Some seconds from now: a machine's clock may be set back after a certificate was issued.
fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(UnixTime::now().as_secs() + 10))
}

#[test]
fn chains_of_every_kind() {
    let keys = keys();
    for i in 0..25 {
        let three = [&keys[i % 5], &keys[i / 5], &keys[(i + i / 5 + 2) % 5]];
        let chain = Chain::new(three, &Profile::server());
        let (server, now) = (KeyUsage::server_auth(), now());
        for name in ["www.example.com", "x.example.com", "192.0.2.1"] {
            assert_eq!(chain.verify(server, Some(name), now, &[]), Ok(()), "chain {i}, {name}");
        }
        let wrong = chain.verify(server, Some("a.b.example.com"), now, &[]).unwrap_err();
        assert!(matches!(wrong, Error::CertNotValidForName(_)), "{wrong}");
        assert!(chain.verify(KeyUsage::client_auth(), None, now, &[]).is_err());
        let later = UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs() + 91 * 86_400));
        assert!(matches!(chain.verify(server, None, later, &[]), Err(Error::CertExpired { .. })));
        let client = Chain::new(three, &Profile::client().keep_subject());
        assert_eq!(client.verify(KeyUsage::client_auth(), None, now, &[]), Ok(()));
    }
}

#[test]
fn revocation_lists_of_every_kind() {
    let keys = keys();
    for i in 0..5 {
        let chain = Chain::new([&keys[i], &keys[(i + 1) % 5], &keys[1]], &Profile::server());
        let now = Time::now();
        let next = Time::from_unix_seconds(now.unix_seconds() + 86_400);
        let of_root = chain.root.revoke(Vec::<Revoked>::new(), next).unwrap();
        let good = chain.inter.revoke([([1, 2, 3], now, CrlReason::Superseded)], next).unwrap();
        let bad = chain.inter.revoke([(chain.leaf.serial(), now, CrlReason::KeyCompromise)], next).unwrap();
        let verify =
            |list| chain.verify(KeyUsage::server_auth(), None, self::now(), &[of_root.clone(), list]);
        assert_eq!(verify(good), Ok(()));
        assert_eq!(verify(bad), Err(Error::CertRevoked));
    }
}
