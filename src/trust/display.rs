//! Certificates, chains and revocation lists as people read them.
//!
//! A heading, and what it's about: one thing a line, of at most 80 characters. What's longer goes on below:
//!
//! ```text
//! subject:      CN=www.example.com,O=Example,C=DE
//! names:        www.example.com, *.api.example.com, mail.example.com,
//!               www.example.org
//! ```
//!
//! What comes from a certificate can't pass for a heading: it never starts a line.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use x509_cert::ext::pkix::KeyUsage;

use super::Reason;
use super::authority::{ISSUERS, OCSP};
use super::certificate::Certificate;
use super::constraints::base_text;
use super::crl::Crl;
use super::extensions::{Extensions, Known, PointName, subtrees};
use super::general_name::GeneralNames;
use super::oid;
use super::request::Request;
use super::verify::Chain;
use crate::key::PublicKey;

/// Where values start, and how many characters of one stand in a line.
const INDENT: usize = 14;
const WIDTH: usize = 80 - INDENT;
/// How many entries of a revocation list are shown.
const MAX_ENTRIES: usize = 10;

/// What people look for: subject, issuer, time, names, key, what it's for, and the fingerprint. One heading a
/// line, without a line end after the last.
impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sheet = Sheet::new(f);
        sheet.line("subject:", &self.subject().to_string())?;
        sheet.line("issuer:", &issuer_text(self))?;
        if self.version != 3 {
            sheet.line("version:", &self.version.to_string())?;
        }
        sheet.line("serial:", &hex(self.serial(), ":"))?;
        sheet.line("valid:", &alloc::format!("{} to {}", self.not_before(), self.not_after()))?;
        sheet.values("names:", self.alternative_names().map(|name| name.to_string()))?;
        sheet.line("key:", &key_text(self.public_key()))?;
        sheet.line("signed by:", &self.algorithm.name())?;
        put_usage(&self.extensions, &mut sheet)?;
        self.put_constraints(&mut sheet)?;
        if let Some(id) = self.extensions.key_id() {
            sheet.line("key id:", &hex(id, ":"))?;
        }
        if let Some(id) = self.extensions.issuer_key_id() {
            sheet.line("issuer's id:", &hex(id, ":"))?;
        }
        self.put_places(&mut sheet)?;
        for (oid, critical, _) in self.extensions.others() {
            let mark = if critical { ": critical, and not understood here" } else { "" };
            sheet.line("extension:", &alloc::format!("{}{mark}", what_for(oid)))?;
        }
        if let Some((known, problem)) = self.extensions.damaged() {
            sheet.line("damaged:", &alloc::format!("{}: {problem}", known.name()))?;
        }
        sheet.line("fingerprint:", &alloc::format!("SHA-256 {}", self.fingerprint().to_hex()))
    }
}

impl Certificate {
    fn put_constraints(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        let Ok(Some(constraints)) = self.extensions.name_constraints() else { return Ok(()) };
        let texts = |list: Option<&[u8]>| {
            let trees = list.into_iter().flat_map(subtrees).flatten();
            trees.map(|tree| base_text(&tree.base)).collect::<Vec<_>>()
        };
        sheet.values("permitted:", texts(constraints.value.permitted).into_iter())?;
        sheet.values("excluded:", texts(constraints.value.excluded).into_iter())
    }

    /// Where its issuer's certificate, its status and revocation lists are to be had.
    fn put_places(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        let points = self.extensions.points(Known::DistributionPoints).into_iter().flatten().flatten();
        let names = points.filter_map(|point| match point.name {
            Some(PointName::Full(names)) => GeneralNames::of(names).ok(),
            _ => None,
        });
        sheet.list("CRLs at:", names.flatten().map(|name| name.to_string()))?;
        for place in self.extensions.access(Known::AuthorityInfo).into_iter().flatten().flatten() {
            let heading = match place.method {
                ISSUERS => "issuer at:",
                OCSP => "OCSP at:",
                _ => "more at:",
            };
            sheet.line(heading, &place.location.to_string())?;
        }
        Ok(())
    }
}

/// What a certificate is for, or what a request asks for.
fn put_usage(extensions: &Extensions, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
    if let Ok(Some(constraints)) = extensions.basic() {
        let text = match (constraints.value.ca, constraints.value.path_len) {
            (false, _) => "no".to_string(),
            (true, None) => "yes".to_string(),
            (true, Some(0)) => "yes, with no authority below it".to_string(),
            (true, Some(max)) => {
                alloc::format!("yes, with at most {max} authorities below it in a chain")
            }
        };
        sheet.line("authority:", &text)?;
    }
    if let Ok(Some(usage)) = extensions.key_usage() {
        sheet.line("key usage:", &usage_names(KeyUsage(usage.value)).join(", "))?;
    }
    if let Ok(Some(usage)) = extensions.extended_key_usage() {
        let texts: Vec<_> = usage.value.into_iter().map(what_for).collect();
        sheet.line("for:", &texts.join(", "))?;
    }
    let policies = extensions.policies().into_iter().flatten().flat_map(|read| read.value).flatten();
    sheet.list("policies:", policies.map(|info| what_for(info.oid)))
}

/// What it asks for: subject, names, key, what it's for; and whether it's signed with that key. One heading a line,
/// without a line end after the last.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sheet = Sheet::new(f);
        sheet.line("subject:", &self.subject().to_string())?;
        sheet.values("names:", self.alternative_names().map(|name| name.to_string()))?;
        sheet.line("key:", &key_text(self.public_key()))?;
        let signer = match self.verify() {
            Ok(()) => "its own key",
            Err(_) => "another key, or in a way that isn't taken here",
        };
        sheet.line("signed by:", &alloc::format!("{signer} ({})", self.algorithm_name()))?;
        put_usage(&self.extensions, &mut sheet)?;
        for (oid, ..) in self.extensions.others() {
            sheet.line("extension:", &what_for(oid))?;
        }
        Ok(())
    }
}

/// The certificates by their subjects, from the one that was verified to the trusted one, one a line, without a
/// line end after the last.
impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sheet = Sheet::new(f);
        let last = self.path().len() - 1;
        for (position, certificate) in self.path().iter().enumerate() {
            let heading = match position {
                _ if position == last => "trusted:",
                0 => "verified:",
                _ => "issued by:",
            };
            sheet.line(heading, &certificate.who())?;
        }
        Ok(())
    }
}

/// Whose list it is, its time, how many certificates it revokes, and the first of them. One heading a line, without
/// a line end after the last.
impl fmt::Display for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sheet = Sheet::new(f);
        sheet.line("issuer:", &self.issuer().to_string())?;
        let until = self.next_update().map_or("(it doesn't say when)".to_string(), |time| time.to_string());
        sheet.line("valid:", &alloc::format!("{} to {until}", self.this_update()))?;
        sheet.line("signed by:", &self.algorithm_name())?;
        let count = self.revoked().len();
        sheet
            .line("revoked:", &alloc::format!("{count} certificate{}", if count == 1 { "" } else { "s" }))?;
        for entry in self.revoked().iter().take(MAX_ENTRIES) {
            sheet.line("", &hex(&entry.serial, ":"))?;
            sheet.line("", &alloc::format!("  since {}: {}", entry.since, entry.why()))?;
        }
        if count > MAX_ENTRIES {
            sheet.line("", &alloc::format!("and {} more", count - MAX_ENTRIES))?;
        }
        Ok(())
    }
}

/// What's written so far.
struct Sheet<'f, 'a> {
    f: &'f mut fmt::Formatter<'a>,
    is_empty: bool,
}

impl<'f, 'a> Sheet<'f, 'a> {
    fn new(f: &'f mut fmt::Formatter<'a>) -> Self {
        Self { f, is_empty: true }
    }

    /// A heading and a value.
    fn line(&mut self, heading: &str, value: &str) -> fmt::Result {
        let mut rest = value;
        for number in 0.. {
            let (line, more) = rest.split_at(line_end(rest));
            let heading = if number == 0 { heading } else { "" };
            let end = if self.is_empty { "" } else { "\n" };
            write!(self.f, "{end}{heading:INDENT$}{}", line.trim_end())?;
            (self.is_empty, rest) = (false, more);
            if rest.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Several values under one heading, if there are any, each on a line of its own.
    fn list(&mut self, heading: &str, values: impl Iterator<Item = String>) -> fmt::Result {
        for (i, value) in values.enumerate() {
            self.line(if i == 0 { heading } else { "" }, &value)?;
        }
        Ok(())
    }

    /// Several short values under one heading, if there are any: as many as fit on a line, if it's clear where
    /// each of them ends.
    fn values(&mut self, heading: &str, values: impl Iterator<Item = String>) -> fmt::Result {
        let values: Vec<String> = values.collect();
        if values.is_empty() || values.iter().any(|value| value.contains([' ', ','])) {
            return self.list(heading, values.into_iter());
        }
        self.line(heading, &values.join(", "))
    }
}

/// Where the first line of a text ends: after a comma, if that's in its second half, so that parts of names stay
/// together; or else after the last space or comma that fits, or slash; or else it's cut.
fn line_end(text: &str) -> usize {
    let Some((end, next)) = text.char_indices().nth(WIDTH) else { return text.len() };
    if next == ' ' {
        return end + 1;
    }
    let fits = &text[..end];
    // Not after what a backslash begins, and not before the space that belongs to the comma.
    let is_end = |i: usize| !text[..i].ends_with('\\') && !text[i + 1..].starts_with(' ');
    let comma = fits.rmatch_indices(',').map(|(i, _)| i + 1).find(|i| is_end(i - 1));
    let space = fits.rfind(' ').map(|i| i + 1);
    let slash = || fits.rfind('/').map(|i| i + 1);
    comma.filter(|comma| *comma > end / 2).or(comma.max(space)).or_else(slash).unwrap_or(end)
}

/// What an object identifier stands for, in words; beside the identifier where the words are somebody's own.
fn what_for(oid: &[u8]) -> String {
    let text = match oid::text(oid).as_str() {
        "1.3.6.1.5.5.7.3.1" => "servers",
        "1.3.6.1.5.5.7.3.2" => "clients",
        "1.3.6.1.5.5.7.3.3" => "signing programs",
        "1.3.6.1.5.5.7.3.4" => "mail",
        "1.3.6.1.5.5.7.3.8" => "time stamps",
        "1.3.6.1.5.5.7.3.9" => "answers on revocation (OCSP)",
        "2.5.29.37.0" => "anything",
        "2.5.29.32.0" => "any policy",
        "2.23.140.1.1" => "extended validation (2.23.140.1.1)",
        "2.23.140.1.2.1" => "domain validated (2.23.140.1.2.1)",
        "2.23.140.1.2.2" => "organization validated (2.23.140.1.2.2)",
        "2.23.140.1.2.3" => "individual validated (2.23.140.1.2.3)",
        "1.3.6.1.4.1.11129.2.4.2" => "receipts of Certificate Transparency",
        "1.3.6.1.4.1.11129.2.4.3" => "poison of Certificate Transparency",
        "1.3.6.1.5.5.7.1.24" => "TLS features (must staple)",
        _ => return oid::name_of(oid),
    };
    text.to_string()
}

pub(super) fn usage_names(usage: KeyUsage) -> Vec<&'static str> {
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

fn issuer_text(certificate: &Certificate) -> String {
    if certificate.is_self_issued() {
        match certificate.check_signed_by(certificate) {
            Ok(()) => return "itself (self-signed)".to_string(),
            Err(Reason::SignatureAlgorithm { .. }) => {
                return "itself, as it says (signatures of this kind aren't checked here)".to_string();
            }
            Err(_) => {}
        }
    }
    certificate.issuer().to_string()
}

fn key_text(key: crate::Result<PublicKey>) -> String {
    match key {
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
pub(super) fn hex(bytes: &[u8], between: &str) -> String {
    bytes.iter().map(|byte| alloc::format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<&str> {
        let (mut rest, mut lines) = (text, Vec::new());
        while !rest.is_empty() {
            let (line, more) = rest.split_at(line_end(rest));
            lines.push(line);
            rest = more;
        }
        lines
    }

    #[test]
    fn lines_end_where_something_ends() {
        let long = "x".repeat(WIDTH);
        assert_eq!(lines(&long), [long.as_str()]);
        assert_eq!(lines(&alloc::format!("{long}y")), [long.as_str(), "y"]);
        assert_eq!(lines(&alloc::format!("{long} y")), [alloc::format!("{long} ").as_str(), "y"]);
        assert_eq!(lines(&alloc::format!("a b {long}")), ["a b ", long.as_str()]);
        let umlauts = "ä".repeat(WIDTH);
        assert_eq!(lines(&alloc::format!("{umlauts}ö")), [umlauts.as_str(), "ö"]);
        let half = "x".repeat(WIDTH / 2);
        let name = alloc::format!("O={half}\\,{half},C=DE");
        assert_eq!(lines(&name).concat(), name);
        assert!(!lines(&name)[0].ends_with("\\,"));
        assert_eq!(
            lines(&alloc::format!("O={half}x,OU=a b {half}")),
            [alloc::format!("O={half}x,"), alloc::format!("OU=a b {half}")]
        );
    }
}
