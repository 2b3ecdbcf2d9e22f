//! What the verifier says to the cases of a suite of chains, and where that's another verdict than the suite's.
//!
//! ```text
//! cargo run --release --features trust --example chains -- pkits.json openssl-verify.json
//! ```
//!
//! A file is an array of cases, such as NIST's PKITS and OpenSSL's own tests in one form:
//!
//! | field | what it is |
//! |---|---|
//! | `id`, `expected` | the name; whether the certificate is to be trusted |
//! | `leaf`, `pool`, `roots`, `crls` | the certificate, those between, the trusted ones, revocation lists: PEM, or DER in hexadecimal |
//! | `time` | when: seconds since 1970 |
//! | `purpose`, `names` | what for (`any`, `server`, `client`, `mail`, `code`), and for whom |
//! | `revocation` | `leaf` or `all`: what has to be covered by a list |
//! | `policies`, `explicit`, `inhibit_mapping`, `inhibit_any` | the inputs of RFC 5280, section 6.1.1 (c), (e), (f) and (g) |
//! | `require` | policies of which one is required: (c) and (e) at once, where there's no `policies` |
//! | `policy` | `rfc5280`: with the duties of those who issue, `Policy::strict()`; else `Policy::rfc5280()` |
//! | `max` | how many authorities may be between |
//! | `whole` | chains end at certificates that are issued by themselves, so that other trusted ones are between |
//! | `skip` | why the case asks for something that isn't offered here |

mod common;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use oneway::trust::{Certificate, Crl, Name, Oid, Policy, Purpose, Revocation, Time, TrustStore, Verifier};
use serde_json::Value;

use common::{Arguments, Stop, run};

const USAGE: &str = "\
usage: chains [--all] FILE...

  FILE    a file of cases, as pkits.json and openssl-verify.json are
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
        if files.is_empty() {
            return Err(Stop::Usage("a file is expected".into()));
        }
        let mut differ = 0;
        for file in &files {
            differ += compare(out, file, all)?;
        }
        if differ == 0 { Ok(()) } else { Err(Stop::Failed(format!("{differ} verdicts differ"))) }
    })
}

/// How many verdicts differ.
fn compare(out: &mut impl Write, file: &Path, all: bool) -> Result<usize, Stop> {
    let text = fs::read(file).map_err(|error| Stop::file(file, error))?;
    let cases: Value = serde_json::from_slice(&text).map_err(|error| Stop::file(file, error))?;
    let cases = cases.as_array().ok_or_else(|| {
        Stop::Failed(format!("{}: not a file of cases, which are an array", file.display()))
    })?;
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for case in cases {
        let id = case["id"].as_str().unwrap_or("(no name)");
        if let Some(reason) = case["skip"].as_str() {
            skipped += 1;
            if all {
                writeln!(out, "skipped   {id}\n          {reason}")?;
            }
            continue;
        }
        let verdict = verdict(case);
        let agrees = Some(verdict.is_ok()) == case["expected"].as_bool();
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
    Ok(failed)
}

/// Whether the certificate is trusted; if not, why not.
fn verdict(case: &Value) -> Result<(), String> {
    let said = |error: oneway::trust::Error| error.to_string();
    // Strangers' certificates are passed over if they can't be read, and trusted ones can't be trusted.
    let readable = |field: &str| texts(&case[field]).filter_map(|text| certificate(text).ok());
    let (mut store, mut pool): (TrustStore, Vec<_>) = (TrustStore::new(), readable("pool").collect());
    for root in readable("roots") {
        if case["whole"] == true && root.subject() != root.issuer() {
            pool.push(root);
        } else {
            store.add(root);
        }
    }
    let crls: Vec<Crl> = texts(&case["crls"]).map(crl).collect::<Result<_, _>>().map_err(said)?;
    let leaf = certificate(case["leaf"].as_str().unwrap_or_default()).map_err(said)?;
    let verifier = Verifier::new(&store, purpose(case)?).intermediates(&pool).policy(policy(case)?);
    let verifier = verifier.at(Time::from_unix_seconds(case["time"].as_u64().unwrap_or_default()));
    let verifier = match case["revocation"].as_str() {
        Some("all") => verifier.revocation(Revocation::crls(&crls)),
        Some("leaf") => verifier.revocation(Revocation::crls(&crls).leaf_only()),
        _ => verifier,
    };
    verifier.verify(&leaf).map(drop).map_err(said)
}

fn purpose(case: &Value) -> Result<Purpose, String> {
    let purpose = match case["purpose"].as_str() {
        Some("server") => Purpose::any_server(),
        Some("client") => Purpose::client(),
        Some("code") => Purpose::code(),
        Some("any") => Purpose::any(),
        Some("mail") => {
            let address = texts(&case["names"]).next().unwrap_or_default();
            return Purpose::mail(address).map_err(|error| error.to_string());
        }
        other => return Err(format!("the purpose {other:?}")),
    };
    let names = texts(&case["names"]).map(Name::new);
    names
        .collect::<Result<Vec<_>, _>>()
        .map(|names| names.into_iter().fold(purpose, Purpose::named))
        .map_err(|error| error.to_string())
}

fn policy(case: &Value) -> Result<Policy, String> {
    let policy = if case["policy"] == "rfc5280" { Policy::strict() } else { Policy::rfc5280() };
    let oids = |field: &str| -> Result<Vec<Oid>, String> {
        let oids = texts(&case[field]).map(str::parse);
        oids.collect::<Result<_, oneway::trust::Error>>().map_err(|error| error.to_string())
    };
    let steps: [(bool, fn(Policy) -> Policy); 3] = [
        (case["explicit"] == true, Policy::require_explicit_policy),
        (case["inhibit_mapping"] == true, Policy::inhibit_policy_mapping),
        (case["inhibit_any"] == true, Policy::inhibit_any_policy),
    ];
    let policy =
        steps.into_iter().filter(|(is_asked, _)| *is_asked).fold(policy, |policy, (_, step)| step(policy));
    let policy = match case["max"].as_u64() {
        Some(max) => policy.max_intermediates(usize::try_from(max).unwrap_or(usize::MAX)),
        None => policy,
    };
    Ok(match (&case["policies"], &case["require"]) {
        (Value::Null, Value::Null) => policy,
        (Value::Null, _) => policy.require_policies(oids("require")?),
        _ => policy.accept_policies(oids("policies")?),
    })
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn certificate(text: &str) -> oneway::trust::Result<Certificate> {
    match hexadecimal(text) {
        Some(der) => Certificate::from_der(&der),
        None => Certificate::from_pem(text),
    }
}

fn crl(text: &str) -> oneway::trust::Result<Crl> {
    match hexadecimal(text) {
        Some(der) => Crl::from_der(&der),
        None => Crl::from_pem(text),
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
