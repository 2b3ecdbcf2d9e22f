//! The extensions of a certificate (RFC 5280, section 4.2), read once.
//!
//! An extension is an object identifier, a mark whether it's critical (who doesn't know it must refuse the
//! certificate), and a value in DER. Those that a verdict depends on are read into their types here, and one
//! that's damaged damages the certificate; others are kept as they are.

use alloc::string::ToString;
use alloc::vec::Vec;

use x509_cert::der::asn1::{ObjectIdentifier, OctetString};
use x509_cert::der::{self, Decode};
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityKeyIdentifier, BasicConstraints, KeyUsage, NameConstraints,
    PolicyConstraints, PolicyMapping,
};

use super::error::malformed;
use super::{Error, Result};

/// An extension that was read.
#[derive(Clone, Debug)]
pub(super) struct Read<T> {
    pub(super) critical: bool,
    pub(super) value: T,
}

/// A certificate's extensions.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    pub(super) authority_key_id: Option<Read<AuthorityKeyIdentifier>>,
    pub(super) subject_key_id: Option<Read<OctetString>>,
    pub(super) key_usage: Option<Read<KeyUsage>>,
    pub(super) policies: Option<Read<Vec<PolicyInformation>>>,
    pub(super) policy_mappings: Option<Read<Vec<PolicyMapping>>>,
    pub(super) alternative_names: Option<Read<Vec<GeneralName>>>,
    pub(super) issuer_alternative_names: Option<Read<Vec<GeneralName>>>,
    pub(super) basic_constraints: Option<Read<BasicConstraints>>,
    pub(super) name_constraints: Option<Read<NameConstraints>>,
    pub(super) policy_constraints: Option<Read<PolicyConstraints>>,
    pub(super) extended_key_usage: Option<Read<Vec<ObjectIdentifier>>>,
    pub(super) distribution_points: Option<Read<Vec<DistributionPoint>>>,
    pub(super) inhibit_any_policy: Option<Read<u32>>,
    pub(super) authority_info: Option<Read<Vec<AccessDescription>>>,
    pub(super) subject_info: Option<Read<Vec<AccessDescription>>>,
    /// The others: identifier, and whether it's critical.
    pub(super) others: Vec<(ObjectIdentifier, bool)>,
}

/// A certificate has at most this many. (Those in use have about ten.)
const MAX_COUNT: usize = 128;

/// `id-ce` and its members, 2.5.29.
const ID_CE: [u8; 2] = [0x55, 0x1d];
const AUTHORITY_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.1");
const SUBJECT_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.11");

impl Extensions {
    /// Reads them all, of a certificate or a request.
    pub(super) fn new(part: &'static str, list: &[x509_cert::ext::Extension]) -> Result<Self> {
        if list.len() > MAX_COUNT {
            return Err(malformed(part, "it has more than 128 extensions"));
        }
        let mut all = Self::default();
        for extension in list {
            all.add(extension).map_err(|error| match error {
                Error::Malformed { part: "", problem } => Error::Malformed { part, problem },
                error => error,
            })?;
        }
        Ok(all)
    }

    fn add(&mut self, extension: &x509_cert::ext::Extension) -> Result<()> {
        let oid = extension.extn_id;
        match (oid.as_bytes().strip_prefix(&ID_CE), oid) {
            (Some([14]), _) => read(&mut self.subject_key_id, extension, "subject key identifier"),
            (Some([15]), _) => read(&mut self.key_usage, extension, "key usage"),
            (Some([17]), _) => read(&mut self.alternative_names, extension, "subject alternative name"),
            (Some([18]), _) => read(&mut self.issuer_alternative_names, extension, "issuer alternative name"),
            (Some([19]), _) => read(&mut self.basic_constraints, extension, "basic constraints"),
            (Some([30]), _) => read(&mut self.name_constraints, extension, "name constraints"),
            (Some([31]), _) => read(&mut self.distribution_points, extension, "CRL distribution points"),
            (Some([32]), _) => read(&mut self.policies, extension, "certificate policies"),
            (Some([33]), _) => read(&mut self.policy_mappings, extension, "policy mappings"),
            (Some([35]), _) => read(&mut self.authority_key_id, extension, "authority key identifier"),
            (Some([36]), _) => read(&mut self.policy_constraints, extension, "policy constraints"),
            (Some([37]), _) => read(&mut self.extended_key_usage, extension, "extended key usage"),
            (Some([54]), _) => read(&mut self.inhibit_any_policy, extension, "inhibit anyPolicy"),
            (_, AUTHORITY_INFO) => read(&mut self.authority_info, extension, "authority information access"),
            (_, SUBJECT_INFO) => read(&mut self.subject_info, extension, "subject information access"),
            _ if self.others.iter().any(|(other, _)| *other == oid) => Err(twice(oid.to_string())),
            _ => {
                self.others.push((oid, extension.critical));
                Ok(())
            }
        }
    }

    /// An extension that must not be passed over, and isn't one that verification goes by.
    ///
    /// Where RFC 5280 says that an extension must not be critical, and verification doesn't need it, it's not
    /// one of them.
    pub(super) fn unknown_critical(&self) -> Option<ObjectIdentifier> {
        fn critical<T>(read: Option<&Read<T>>) -> bool {
            read.is_some_and(|read| read.critical)
        }
        let known = [
            (critical(self.subject_key_id.as_ref()), "2.5.29.14"),
            (critical(self.issuer_alternative_names.as_ref()), "2.5.29.18"),
            (critical(self.authority_key_id.as_ref()), "2.5.29.35"),
            (critical(self.authority_info.as_ref()), "1.3.6.1.5.5.7.1.1"),
            (critical(self.subject_info.as_ref()), "1.3.6.1.5.5.7.1.11"),
        ];
        let known = known.into_iter().map(|(critical, oid)| (ObjectIdentifier::new_unwrap(oid), critical));
        known.chain(self.others.iter().copied()).find(|(_, critical)| *critical).map(|(oid, _)| oid)
    }

    /// The alternative names, none if it has no such extension.
    pub(super) fn names(&self) -> &[GeneralName] {
        self.alternative_names.as_ref().map_or(&[], |names| &names.value)
    }

    /// Whether it's marked as an authority's.
    pub(super) fn is_authority(&self) -> bool {
        self.basic_constraints.as_ref().is_some_and(|constraints| constraints.value.ca)
    }

    pub(super) fn key_id(&self) -> Option<&[u8]> {
        self.subject_key_id.as_ref().map(|id| id.value.as_bytes())
    }

    pub(super) fn issuer_key_id(&self) -> Option<&[u8]> {
        let id = self.authority_key_id.as_ref()?;
        id.value.key_identifier.as_ref().map(OctetString::as_bytes)
    }
}

/// The error that doesn't say yet of what.
fn twice(name: impl core::fmt::Display) -> Error {
    malformed("", alloc::format!("it has the extension {name} twice"))
}

/// Reads one extension into its place.
fn read<T: for<'a> Decode<'a, Error = der::Error>>(
    place: &mut Option<Read<T>>,
    extension: &x509_cert::ext::Extension,
    name: &'static str,
) -> Result<()> {
    if place.is_some() {
        return Err(twice(name));
    }
    let value = T::from_der(extension.extn_value.as_bytes()).map_err(|error| malformed(name, error))?;
    *place = Some(Read { critical: extension.critical, value });
    Ok(())
}
