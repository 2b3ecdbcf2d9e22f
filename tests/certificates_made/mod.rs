//! Certificates and revocation lists from scratch, also such as no sensible program makes.
//!
//! A writer of DER, and drafts of which every field can be overridden before they're signed. Keys are P-256
//! keys made of a number, and signatures have no randomness, so all of it is the same bytes on every run.

#![allow(dead_code, reason = "each test takes what it needs")]

use oneway::ecdsa::{P256, SigningKey};
use oneway::hash::Sha256;
use oneway::trust::{Certificate, Crl, Oid};

// ---- DER ----

/// A tag, a length in its shortest form, and the value.
pub(crate) fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let len = value.len().to_be_bytes();
    let len = &len[len.iter().take_while(|byte| **byte == 0).count()..];
    let mut der = vec![tag];
    if value.len() < 128 {
        der.push(value.len() as u8);
    } else {
        der.push(0x80 | len.len() as u8);
        der.extend_from_slice(len);
    }
    der.extend_from_slice(value);
    der
}

pub(crate) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// `[number]` around something, constructed.
pub(crate) fn tagged(number: u8, value: &[u8]) -> Vec<u8> {
    tlv(0xa0 | number, value)
}

pub(crate) fn oid(text: &str) -> Vec<u8> {
    tlv(6, text.parse::<Oid>().unwrap().as_bytes())
}

pub(crate) fn integer(number: u32) -> Vec<u8> {
    let bytes = u64::from(number).to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count().min(7);
    // A zero in front of a first bit that would be a sign.
    let start = if bytes[zeros] >= 0x80 { zeros - 1 } else { zeros };
    tlv(2, &bytes[start..])
}

pub(crate) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tlv(3, &[&[0], bytes].concat())
}

pub(crate) fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(4, bytes)
}

/// `20260601000000Z`, as `UTCTime` until 2049.
pub(crate) fn time(text: &str) -> Vec<u8> {
    if text < "2050" { tlv(0x17, &text.as_bytes()[2..]) } else { tlv(0x18, text.as_bytes()) }
}

const COMMON_NAME: &str = "2.5.4.3";
const ORGANISATION: &str = "2.5.4.10";

/// One attribute as a set of its own.
pub(crate) fn attribute(oid_text: &str, tag: u8, value: &[u8]) -> Vec<u8> {
    tlv(0x31, &sequence(&[oid(oid_text), tlv(tag, value)]))
}

/// A distinguished name with a common name alone, or with none if that's empty.
pub(crate) fn name(common: &str) -> Vec<u8> {
    if common.is_empty() {
        return sequence(&[]);
    }
    sequence(&[attribute(COMMON_NAME, 12, common.as_bytes())])
}

pub(crate) fn organisation(organisation: &str, common: &str) -> Vec<u8> {
    sequence(&[
        attribute(ORGANISATION, 12, organisation.as_bytes()),
        attribute(COMMON_NAME, 12, common.as_bytes()),
    ])
}

// ---- keys ----

/// A P-256 key.
pub(crate) struct Key(SigningKey<P256>);

impl Key {
    /// The one of this number; zero isn't one.
    pub(crate) fn new(number: u32) -> Self {
        let mut bytes = [0; 32];
        bytes[28..].copy_from_slice(&number.to_be_bytes());
        Self(SigningKey::from_bytes(&bytes).unwrap())
    }

    /// The public key as `SubjectPublicKeyInfo`.
    pub(crate) fn spki(&self) -> Vec<u8> {
        let algorithm = sequence(&[oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")]);
        sequence(&[algorithm, bit_string(&self.0.verifying_key().to_bytes())])
    }

    /// A key identifier: 20 bytes that go with the key.
    pub(crate) fn id(&self) -> Vec<u8> {
        use digest::Digest;
        Sha256::digest(self.spki())[..20].to_vec()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).to_der().to_vec()
    }
}

/// An RSA key of this many bits, which nobody has the private half of.
pub(crate) fn rsa_spki(bits: usize) -> Vec<u8> {
    rsa_spki_with(bits, 65537, 0xff)
}

/// The same, with a public exponent; and with another last byte, which is odd.
pub(crate) fn rsa_spki_with(bits: usize, exponent: u64, last: u8) -> Vec<u8> {
    let mut modulus = vec![0xff; bits.div_ceil(8)];
    modulus[0] = 0xff >> (8 * modulus.len() - bits);
    *modulus.last_mut().unwrap() = last;
    if modulus[0] >= 0x80 {
        modulus.insert(0, 0);
    }
    let exponent = exponent.to_be_bytes();
    let zeros = exponent.iter().take_while(|byte| **byte == 0).count();
    // A zero in front of a first bit that would be a sign.
    let start = if exponent[zeros] >= 0x80 { zeros - 1 } else { zeros };
    let key = sequence(&[tlv(2, &modulus), tlv(2, &exponent[start..])]);
    sequence(&[sequence(&[oid("1.2.840.113549.1.1.1"), tlv(5, &[])]), bit_string(&key)])
}

pub(crate) fn ecdsa_with_sha256() -> Vec<u8> {
    sequence(&[oid("1.2.840.10045.4.3.2")])
}

// ---- extensions ----

pub(crate) const SUBJECT_KEY_ID: &str = "2.5.29.14";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
pub(crate) const NAMES: &str = "2.5.29.17";
pub(crate) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub(crate) const CRL_NUMBER: &str = "2.5.29.20";
pub(crate) const NAME_CONSTRAINTS: &str = "2.5.29.30";
pub(crate) const POLICIES: &str = "2.5.29.32";
pub(crate) const POLICY_MAPPINGS: &str = "2.5.29.33";
pub(crate) const AUTHORITY_KEY_ID: &str = "2.5.29.35";
pub(crate) const POLICY_CONSTRAINTS: &str = "2.5.29.36";
pub(crate) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
pub(crate) const INHIBIT_ANY_POLICY: &str = "2.5.29.54";

pub(crate) const FOR_SERVERS: &str = "1.3.6.1.5.5.7.3.1";
pub(crate) const FOR_CLIENTS: &str = "1.3.6.1.5.5.7.3.2";
pub(crate) const FOR_ANYTHING: &str = "2.5.29.37.0";
pub(crate) const ANY_POLICY: &str = "2.5.29.32.0";

pub(crate) const DIGITAL_SIGNATURE: u8 = 0;
pub(crate) const KEY_CERT_SIGN: u8 = 5;
pub(crate) const KEY_ENCIPHERMENT: u8 = 2;
pub(crate) const CRL_SIGN: u8 = 6;

pub(crate) fn basic_constraints(authority: bool, path_length: Option<u32>) -> Vec<u8> {
    let flag = if authority { tlv(1, &[0xff]) } else { Vec::new() };
    sequence(&[flag, path_length.map_or_else(Vec::new, integer)])
}

/// Bits by their numbers, in ascending order, all below 8.
pub(crate) fn key_usage(bits: &[u8]) -> Vec<u8> {
    let byte = bits.iter().fold(0, |byte, bit| byte | 0x80 >> bit);
    match bits.last() {
        Some(last) => tlv(3, &[7 - last, byte]),
        None => tlv(3, &[0]),
    }
}

pub(crate) fn oids(all: &[&str]) -> Vec<u8> {
    sequence(&all.iter().map(|text| oid(text)).collect::<Vec<_>>())
}

pub(crate) fn domain(name: &str) -> Vec<u8> {
    tlv(0x82, name.as_bytes())
}

pub(crate) fn mail(address: &str) -> Vec<u8> {
    tlv(0x81, address.as_bytes())
}

pub(crate) fn ip(bytes: &[u8]) -> Vec<u8> {
    tlv(0x87, bytes)
}

pub(crate) fn domains(names: &[&str]) -> Vec<u8> {
    sequence(&names.iter().map(|name| domain(name)).collect::<Vec<_>>())
}

pub(crate) fn authority_key_id(id: &[u8]) -> Vec<u8> {
    sequence(&[tlv(0x80, id)])
}

/// Subtrees of these bases, permitted and excluded; `None` for no such list.
pub(crate) fn name_constraints(permitted: Option<&[Vec<u8>]>, excluded: Option<&[Vec<u8>]>) -> Vec<u8> {
    let trees = |bases: &[Vec<u8>]| {
        bases.iter().flat_map(|base| sequence(std::slice::from_ref(base))).collect::<Vec<u8>>()
    };
    let list = |number, bases: Option<&[Vec<u8>]>| bases.map_or_else(Vec::new, |b| tagged(number, &trees(b)));
    sequence(&[list(0, permitted), list(1, excluded)])
}

pub(crate) fn policies(all: &[&str]) -> Vec<u8> {
    sequence(&all.iter().map(|text| sequence(&[oid(text)])).collect::<Vec<_>>())
}

pub(crate) fn policy_mappings(pairs: &[(&str, &str)]) -> Vec<u8> {
    sequence(&pairs.iter().map(|(from, to)| sequence(&[oid(from), oid(to)])).collect::<Vec<_>>())
}

pub(crate) fn policy_constraints(require: Option<u8>, inhibit_mapping: Option<u8>) -> Vec<u8> {
    let field = |tag, value: Option<u8>| value.map_or_else(Vec::new, |value| tlv(tag, &[value]));
    sequence(&[field(0x80, require), field(0x81, inhibit_mapping)])
}

/// An extension: object identifier, whether it's critical, and the value.
type Extension = (String, bool, Vec<u8>);

fn extension_list(extensions: &[Extension]) -> Vec<u8> {
    let one = |(id, critical, value): &Extension| {
        let mark = if *critical { tlv(1, &[0xff]) } else { Vec::new() };
        sequence(&[oid(id), mark, octets(value)])
    };
    sequence(&extensions.iter().map(one).collect::<Vec<_>>())
}

// ---- certificates ----

pub(crate) const FROM: &str = "20200101000000Z";
pub(crate) const UNTIL: &str = "20400101000000Z";

/// Somebody with a name and a key.
pub(crate) struct Party {
    pub(crate) common: String,
    pub(crate) key: Key,
}

impl Party {
    pub(crate) fn new(common: &str, key: u32) -> Self {
        Self { common: common.into(), key: Key::new(key) }
    }

    pub(crate) fn name(&self) -> Vec<u8> {
        name(&self.common)
    }
}

/// A certificate that isn't signed yet: each field is DER, but for the serial number, which is a DER
/// INTEGER's contents.
#[derive(Clone)]
pub(crate) struct Draft {
    /// The number in the field: 2 for version 3, none for version 1.
    pub(crate) version: Option<u32>,
    pub(crate) serial: Vec<u8>,
    /// The algorithm in the part that's signed, and the one beside the signature.
    pub(crate) algorithm: Vec<u8>,
    pub(crate) outer_algorithm: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) from: &'static str,
    pub(crate) until: &'static str,
    pub(crate) subject: Vec<u8>,
    pub(crate) spki: Vec<u8>,
    pub(crate) extensions: Vec<Extension>,
    /// In place of the right signature.
    pub(crate) signature: Option<Vec<u8>>,
}

impl Draft {
    /// With nothing but key identifiers.
    pub(crate) fn new(subject: &Party, issuer: &Party) -> Self {
        let draft = Self {
            version: Some(2),
            serial: vec![1, 2, 3],
            algorithm: ecdsa_with_sha256(),
            outer_algorithm: ecdsa_with_sha256(),
            issuer: issuer.name(),
            from: FROM,
            until: UNTIL,
            subject: subject.name(),
            spki: subject.key.spki(),
            extensions: Vec::new(),
            signature: None,
        };
        draft.with(SUBJECT_KEY_ID, false, octets(&subject.key.id())).with(
            AUTHORITY_KEY_ID,
            false,
            authority_key_id(&issuer.key.id()),
        )
    }

    /// An authority's.
    pub(crate) fn authority(subject: &Party, issuer: &Party) -> Self {
        Self::new(subject, issuer).with(BASIC_CONSTRAINTS, true, basic_constraints(true, None)).with(
            KEY_USAGE,
            true,
            key_usage(&[KEY_CERT_SIGN, CRL_SIGN]),
        )
    }

    /// One that's nobody else's authority, for the server that its subject names.
    pub(crate) fn leaf(subject: &Party, issuer: &Party) -> Self {
        Self::new(subject, issuer)
            .with(KEY_USAGE, true, key_usage(&[DIGITAL_SIGNATURE]))
            .with(EXTENDED_KEY_USAGE, false, oids(&[FOR_SERVERS]))
            .with(NAMES, false, domains(&[&subject.common]))
    }

    /// With this extension, in place of the same one if it's there.
    pub(crate) fn with(self, id: &str, critical: bool, value: Vec<u8>) -> Self {
        self.without(id).and(id, critical, value)
    }

    /// With this extension once more.
    pub(crate) fn and(mut self, id: &str, critical: bool, value: Vec<u8>) -> Self {
        self.extensions.push((id.to_string(), critical, value));
        self
    }

    pub(crate) fn without(mut self, id: &str) -> Self {
        self.extensions.retain(|(other, ..)| other != id);
        self
    }

    /// The certificate as DER.
    pub(crate) fn der(&self, issuer: &Key) -> Vec<u8> {
        let extensions = if self.extensions.is_empty() {
            Vec::new()
        } else {
            tagged(3, &extension_list(&self.extensions))
        };
        let tbs = sequence(&[
            self.version.map_or_else(Vec::new, |version| tagged(0, &integer(version))),
            tlv(2, &self.serial),
            self.algorithm.clone(),
            self.issuer.clone(),
            sequence(&[time(self.from), time(self.until)]),
            self.subject.clone(),
            self.spki.clone(),
            extensions,
        ]);
        let signature = self.signature.clone().unwrap_or_else(|| issuer.sign(&tbs));
        sequence(&[tbs, self.outer_algorithm.clone(), bit_string(&signature)])
    }

    /// The certificate.
    pub(crate) fn sign(&self, issuer: &Key) -> Certificate {
        Certificate::from_der(&self.der(issuer)).unwrap()
    }
}

// ---- revocation lists ----

/// A revocation list that isn't signed yet.
#[derive(Clone)]
pub(crate) struct List {
    pub(crate) issuer: Vec<u8>,
    pub(crate) algorithm: Vec<u8>,
    pub(crate) from: &'static str,
    pub(crate) until: Option<&'static str>,
    /// Serial number (a DER INTEGER's contents), and the reason's number.
    pub(crate) revoked: Vec<(Vec<u8>, u8)>,
    pub(crate) extensions: Vec<Extension>,
}

impl List {
    pub(crate) fn new(issuer: &Party, revoked: &[&[u8]]) -> Self {
        Self {
            issuer: issuer.name(),
            algorithm: ecdsa_with_sha256(),
            from: "20260101000000Z",
            until: Some("20270101000000Z"),
            revoked: revoked.iter().map(|serial| (serial.to_vec(), 1)).collect(),
            extensions: vec![
                (CRL_NUMBER.into(), false, integer(1)),
                (AUTHORITY_KEY_ID.into(), false, authority_key_id(&issuer.key.id())),
            ],
        }
    }

    pub(crate) fn with(mut self, id: &str, critical: bool, value: Vec<u8>) -> Self {
        self = self.without(id);
        self.extensions.push((id.to_string(), critical, value));
        self
    }

    pub(crate) fn without(mut self, id: &str) -> Self {
        self.extensions.retain(|(other, ..)| other != id);
        self
    }

    pub(crate) fn der(&self, issuer: &Key) -> Vec<u8> {
        let entry = |(serial, reason): &(Vec<u8>, u8)| {
            let reason = ("2.5.29.21".to_string(), false, tlv(10, &[*reason]));
            sequence(&[tlv(2, serial), time("20260201000000Z"), extension_list(&[reason])])
        };
        let revoked = if self.revoked.is_empty() {
            Vec::new()
        } else {
            sequence(&self.revoked.iter().map(entry).collect::<Vec<_>>())
        };
        let tbs = sequence(&[
            integer(1),
            self.algorithm.clone(),
            self.issuer.clone(),
            time(self.from),
            self.until.map_or_else(Vec::new, time),
            revoked,
            tagged(0, &extension_list(&self.extensions)),
        ]);
        sequence(&[tbs.clone(), self.algorithm.clone(), bit_string(&issuer.sign(&tbs))])
    }

    pub(crate) fn sign(&self, issuer: &Key) -> Crl {
        Crl::from_der(&self.der(issuer)).unwrap()
    }
}
