//! What the verifier says to the cases of an x509-limbo file, and where that's another verdict than the file's.
//!
//! ```text
//! cargo run --release --features trust --example limbo -- limbo.json
//! ```
//!
//! x509-limbo (<https://x509-limbo.com>) is a collection of certificates, good and bad, in chains of which each
//! implementation should think the same. A case has trusted certificates, intermediates, a certificate to verify,
//! what for, when, and the verdict.
//!
//! The policy that fits a case:
//!
//! | case | policy |
//! |---|---|
//! | `rfc5280::…`, and `pathlen::…`, which are RFC 5280's rules | `Policy::strict()` |
//! | for clients | `Policy::strict()`, as the Web's rules are about servers |
//! | `cve::cve-2024-0567`, whose trusted certificate isn't issued by itself | `Policy::rfc5280()`, to which it's a name and a key |
//! | all others | `Policy::web()` |
//! | with the feature `pedantic-public-suffix-wildcard` | the same, with the Public Suffix List (the crate `psl`) |
//! | with `max_chain_depth` | the same, with so many intermediates |
//! | with revocation lists | the same, and the certificate itself has to be covered by one |
//!
//! What an implementation may be milder about (other features that start with `pedantic`) is what these policies ask
//! for anyway.

mod common;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use oneway::trust::x509_cert::ext::pkix::KeyUsages;
use oneway::trust::{Certificate, Crl, Name, Policy, Purpose, Revocation, Time, TrustStore, Verifier};
use serde_json::Value;

use common::{Arguments, Stop, run};

const USAGE: &str = "\
usage: limbo [--all] FILE

  FILE    a file of cases, as x509-limbo has them (limbo.json)
  --all   print every case, not only those with another verdict
  --help  this text";

fn main() -> ExitCode {
    run(USAGE, |out| {
        let (mut all, mut files) = (false, Vec::new());
        let mut arguments = Arguments::new();
        while let Some(argument) = arguments.take()? {
            match argument.option() {
                Some("--all") => all = true,
                Some(_) => return Err(argument.unknown()),
                None => files.push(PathBuf::from(argument.text)),
            }
        }
        let [file] = &files[..] else { return Err(Stop::Usage("one file is expected".into())) };
        compare(out, file, all)
    })
}

fn compare(out: &mut impl Write, file: &Path, all: bool) -> Result<(), Stop> {
    let text = fs::read(file).map_err(|error| Stop::file(file, error))?;
    let cases: Value = serde_json::from_slice(&text).map_err(|error| Stop::file(file, error))?;
    let cases = cases["testcases"].as_array().ok_or_else(|| {
        Stop::Failed(format!("{}: not a file of x509-limbo: there is no list \"testcases\"", file.display()))
    })?;
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for case in cases {
        let id = case["id"].as_str().unwrap_or("(no name)");
        let expected = case["expected_result"].as_str() == Some("SUCCESS");
        let verdict = match Case::read(case) {
            Ok(case) => case.verify(),
            Err(Unfit::Skip(reason)) => {
                skipped += 1;
                writeln!(out, "skipped   {id}\n          {reason}")?;
                continue;
            }
            Err(Unfit::Refused(reason)) => Err(reason),
        };
        let agrees = verdict.is_ok() == expected;
        if agrees {
            passed += 1;
        } else {
            failed += 1;
        }
        if all || !agrees {
            let mark = if agrees { "agreed" } else { "DISAGREED" };
            let verdict = verdict.map_or_else(|reason| reason, |()| "trusted".into());
            writeln!(out, "{mark:<9} {id}\n          {verdict}")?;
        }
    }
    writeln!(out, "{passed} passed, {failed} failed, {skipped} skipped")?;
    if failed == 0 { Ok(()) } else { Err(Stop::Failed(format!("{failed} verdicts differ"))) }
}

/// Why a case isn't verified.
enum Unfit {
    /// It asks for something that can't be said.
    Skip(String),
    /// Something in it can't be read, and so isn't trusted.
    Refused(String),
}

impl From<oneway::trust::Error> for Unfit {
    fn from(error: oneway::trust::Error) -> Self {
        Self::Refused(error.to_string())
    }
}

struct Case {
    store: TrustStore,
    pool: Vec<Certificate>,
    leaf: Certificate,
    crls: Vec<Crl>,
    time: Time,
    purpose: Purpose,
    policy: Policy,
}

impl Case {
    fn read(case: &Value) -> Result<Self, Unfit> {
        let texts = |field: &str| case[field].as_array().into_iter().flatten().filter_map(Value::as_str);
        let features: Vec<_> = texts("features").collect();
        let is_client = case["validation_kind"] == "CLIENT";
        let id = case["id"].as_str().unwrap_or_default();
        let policy = if id.ends_with("cve-2024-0567") {
            Policy::rfc5280()
        } else if is_client || id.starts_with("rfc5280::") || id.starts_with("pathlen::") {
            Policy::strict()
        } else {
            Policy::web()
        };
        let policy = match case["max_chain_depth"].as_u64() {
            Some(max) => policy.max_intermediates(usize::try_from(max).unwrap_or(usize::MAX)),
            None => policy,
        };
        let policy = if features.contains(&"pedantic-public-suffix-wildcard") {
            policy.public_suffixes(is_public_suffix)
        } else {
            policy
        };
        let time = match case["validation_time"].as_str() {
            Some(text) => read_time(text).ok_or_else(|| Unfit::Skip(format!("the time \"{text}\"")))?,
            None => Time::now(),
        };
        if texts("signature_algorithms").next().is_some() {
            return Err(Unfit::Skip("a choice of signature algorithms".into()));
        }
        // Strangers' certificates are passed over if they can't be read, and trusted ones can't be trusted.
        let readable = |field| texts(field).filter_map(|text| Certificate::from_pem(text).ok());
        Ok(Self {
            purpose: read_purpose(case, is_client)?,
            store: readable("trusted_certs").collect(),
            pool: readable("untrusted_intermediates").collect(),
            leaf: Certificate::from_pem(case["peer_certificate"].as_str().unwrap_or_default())?,
            crls: texts("crls").map(Crl::from_pem).collect::<Result<_, _>>()?,
            time,
            policy,
        })
    }

    fn verify(&self) -> Result<(), String> {
        let verifier = Verifier::new(&self.store, self.purpose.clone())
            .intermediates(&self.pool)
            .at(self.time)
            .policy(self.policy.clone());
        let verifier = if self.crls.is_empty() {
            verifier
        } else {
            verifier.revocation(Revocation::crls(&self.crls).leaf_only())
        };
        verifier.verify(&self.leaf).map(drop).map_err(|error| error.to_string())
    }
}

/// What the certificate is for, and for whom.
fn read_purpose(case: &Value, is_client: bool) -> Result<Purpose, Unfit> {
    let mut purpose = if is_client { Purpose::client() } else { Purpose::any_server() };
    for usage in case["extended_key_usage"].as_array().into_iter().flatten() {
        purpose = match usage.as_str() {
            Some("serverAuth") => Purpose::any_server(),
            Some("clientAuth") => Purpose::client(),
            Some("codeSigning") => Purpose::code(),
            Some("anyExtendedKeyUsage") => Purpose::any(),
            other => return Err(Unfit::Skip(format!("the extended key usage {other:?}"))),
        };
    }
    for usage in case["key_usage"].as_array().into_iter().flatten() {
        purpose = purpose.with_key_usage(match usage.as_str() {
            Some("digitalSignature") => KeyUsages::DigitalSignature,
            Some("contentCommitment") => KeyUsages::NonRepudiation,
            Some("keyEncipherment") => KeyUsages::KeyEncipherment,
            Some("dataEncipherment") => KeyUsages::DataEncipherment,
            Some("keyAgreement") => KeyUsages::KeyAgreement,
            Some("keyCertSign") => KeyUsages::KeyCertSign,
            Some("cRLSign") => KeyUsages::CRLSign,
            Some("encipher_only" | "encipherOnly") => KeyUsages::EncipherOnly,
            Some("decipher_only" | "decipherOnly") => KeyUsages::DecipherOnly,
            other => return Err(Unfit::Skip(format!("the key usage {other:?}"))),
        });
    }
    let one = [&case["expected_peer_name"]].into_iter().filter(|name| !name.is_null());
    for name in one.chain(case["expected_peer_names"].as_array().into_iter().flatten()) {
        let text = name["value"].as_str().unwrap_or_default();
        let found = Name::new(text)?;
        if !matches!(
            (name["kind"].as_str(), &found),
            (Some("DNS"), Name::Dns(_)) | (Some("IP"), Name::Ip(_)) | (Some("RFC822"), Name::Mail(_))
        ) {
            return Err(Unfit::Skip(format!("the name {name}")));
        }
        purpose = purpose.named(found);
    }
    Ok(purpose)
}

/// `2024-01-01T00:00:00+00:00`, with fractions or without; all times are in UTC.
fn read_time(text: &str) -> Option<Time> {
    let text = text.strip_suffix("+00:00").or_else(|| text.strip_suffix('Z')).unwrap_or(text);
    format!("{text}Z").parse().ok()
}

fn is_public_suffix(domain: &str) -> bool {
    psl::suffix(domain.as_bytes()).is_some_and(|suffix| suffix.is_known() && suffix == domain.as_bytes())
}
