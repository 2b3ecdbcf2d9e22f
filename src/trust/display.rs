//! A certificate as people read it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use x509_cert::ext::pkix::KeyUsage;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};

use super::algorithm::name_of;
use super::certificate::Certificate;
use super::constraints::base_text;
use super::name::shown;
use crate::key::PublicKey;

/// What people look for: subject, issuer, time, names, key, what it's for, and the fingerprint. One thing a
/// line, without a line end after the last.
impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "subject:      {}", self.subject())?;
        let line = |f: &mut fmt::Formatter<'_>, what: &str, value: &str| write!(f, "\n{what:<13} {value}");
        if self.is_self_signed() {
            line(f, "issuer:", "itself (self-signed)")?;
        } else {
            line(f, "issuer:", &self.issuer().to_string())?;
        }
        line(f, "serial:", &hex(self.serial(), ":"))?;
        line(f, "valid:", &alloc::format!("{} to {}", self.not_before(), self.not_after()))?;
        if !self.alternative_names().is_empty() {
            list(f, "names:", self.alternative_names().iter().map(shown))?;
        }
        line(f, "key:", &key_text(self))?;
        line(f, "signed by:", &self.algorithm.name())?;
        self.fmt_usage(f)?;
        self.fmt_constraints(f)?;
        if let Some(id) = self.extensions.key_id() {
            line(f, "key id:", &hex(id, ":"))?;
        }
        if let Some(id) = self.extensions.issuer_key_id() {
            line(f, "issuer's id:", &hex(id, ":"))?;
        }
        self.fmt_places(f)?;
        for (oid, critical) in &self.extensions.others {
            let mark = if *critical { " (critical, not understood here)" } else { "" };
            line(f, "extension:", &alloc::format!("{}{mark}", name_of(*oid)))?;
        }
        line(f, "fingerprint:", &alloc::format!("SHA-256 {}", self.fingerprint().to_hex()))
    }
}

impl Certificate {
    fn fmt_usage(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(constraints) = &self.extensions.basic_constraints {
            let text = match (constraints.value.ca, constraints.value.path_len_constraint) {
                (false, _) => "no".to_string(),
                (true, None) => "yes".to_string(),
                (true, Some(0)) => "yes, with no authority below it".to_string(),
                (true, Some(max)) => {
                    alloc::format!("yes, with at most {max} authorities below it in a chain")
                }
            };
            write!(f, "\nauthority:    {text}")?;
        }
        if let Some(usage) = self.key_usage() {
            list(f, "key usage:", usage_names(usage).into_iter().map(ToString::to_string))?;
        }
        if let Some(usage) = self.extended_key_usage() {
            list(f, "for:", usage.iter().map(|oid| name_of(*oid)))?;
        }
        if let Some(policies) = &self.extensions.policies {
            list(f, "policies:", policies.value.iter().map(|info| name_of(info.policy_identifier)))?;
        }
        Ok(())
    }

    fn fmt_constraints(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(constraints) = &self.extensions.name_constraints else { return Ok(()) };
        let texts = |trees: &Option<Vec<GeneralSubtree>>| -> Vec<String> {
            trees.iter().flatten().map(base_text).collect()
        };
        list(f, "permitted:", texts(&constraints.value.permitted_subtrees).into_iter())?;
        list(f, "excluded:", texts(&constraints.value.excluded_subtrees).into_iter())
    }

    /// Where its issuer's certificate, its status and revocation lists are to be had.
    fn fmt_places(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let points = self.extensions.distribution_points.iter().flat_map(|points| &points.value);
        let names = points.filter_map(|point| match &point.distribution_point {
            Some(DistributionPointName::FullName(names)) => Some(names),
            _ => None,
        });
        list(f, "CRLs at:", names.flatten().map(shown))?;
        let places = self.extensions.authority_info.iter().flat_map(|info| &info.value);
        list(
            f,
            "information:",
            places
                .filter(|place| matches!(place.access_location, GeneralName::UniformResourceIdentifier(_)))
                .map(|place| {
                    alloc::format!("{}, {}", shown(&place.access_location), name_of(place.access_method))
                }),
        )
    }
}

/// Several values under one heading, each on a line.
fn list(f: &mut fmt::Formatter<'_>, what: &str, values: impl Iterator<Item = String>) -> fmt::Result {
    for (i, value) in values.enumerate() {
        write!(f, "\n{:<13} {value}", if i == 0 { what } else { "" })?;
    }
    Ok(())
}

fn usage_names(usage: KeyUsage) -> Vec<&'static str> {
    let all = [
        (usage.digital_signature(), "signatures"),
        (usage.non_repudiation(), "signatures that commit (non-repudiation)"),
        (usage.key_encipherment(), "encryption of keys"),
        (usage.data_encipherment(), "encryption of data"),
        (usage.key_agreement(), "key agreement"),
        (usage.key_cert_sign(), "signing certificates"),
        (usage.crl_sign(), "signing revocation lists"),
        (usage.encipher_only(), "encryption only"),
        (usage.decipher_only(), "decryption only"),
    ];
    all.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect()
}

fn key_text(certificate: &Certificate) -> String {
    match certificate.public_key() {
        Ok(PublicKey::Rsa(key)) => alloc::format!("RSA, {} bits, e = {}", key.modulus_bits(), key.exponent()),
        Ok(PublicKey::P256(_)) => "P-256".to_string(),
        Ok(PublicKey::P384(_)) => "P-384".to_string(),
        Ok(PublicKey::P521(_)) => "P-521".to_string(),
        Ok(PublicKey::Ed25519(_)) => "Ed25519".to_string(),
        Ok(PublicKey::X25519(_)) => "X25519".to_string(),
        Err(error) => alloc::format!("not usable here: {error}"),
    }
}

/// Bytes in hexadecimal.
fn hex(bytes: &[u8], between: &str) -> String {
    bytes.iter().map(|byte| alloc::format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}
