//! Requests: as DER and as PEM, and, since those are never signed with the right key, by what's in them, signed here.
//!
//! ```text
//! profile              1 byte
//! what's to be signed  CertificationRequestInfo
//! ```
//!
//! Nothing panics; what's read is written as the same bytes; and what's issued on a request convinces.
#![no_main]

#[path = "../signed.rs"]
mod signed;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use oneway::trust::{
    Authority, Certificate, PathLength, Policy, Profile, Purpose, Request, Time, TrustStore, Validity,
    Verifier,
};

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| {
    let validity = Validity::between(time("2026-01-01T00:00:00Z"), time("2046-01-01T00:00:00Z"));
    Authority::self_signed("CN=Root", signed::KEY.clone(), validity).unwrap()
});

fn validity() -> Validity {
    Validity::days(90).starting(time("2030-01-01T00:00:00Z"))
}

fuzz_target!(|bytes: &[u8]| {
    for request in Request::from_der(bytes).into_iter().chain(Request::from_pem(bytes)) {
        check(&request);
        let _ = request.verify();
    }
    let Some((&choice, info)) = bytes.split_first() else { return };
    let signed = signed::sign(info);
    let Ok(request) = Request::from_der(&signed) else { return };
    assert_eq!(request.to_der(), signed);
    check(&request);
    let (profile, purpose) = match choice % 5 {
        0 => (Profile::server(), Purpose::any_server()),
        1 => (Profile::client(), Purpose::client()),
        2 => (Profile::mail(), Purpose::any()),
        3 => (Profile::code(), Purpose::code()),
        _ => (Profile::authority(PathLength::Max(choice)), Purpose::any()),
    };
    if let Ok(own) = Certificate::self_signed(&request, &*signed::KEY, profile.clone(), validity()) {
        let store = TrustStore::from_iter([own.clone()]);
        let verifier = Verifier::new(&store, Purpose::any()).at(time("2030-02-01T00:00:00Z"));
        verifier.verify(&own).unwrap();
    }
    match AUTHORITY.issue_with_report(&request, profile, validity()) {
        Ok((certificate, report)) => {
            assert!(request.verify().is_ok());
            assert!(
                report.iter().all(|refusal| !refusal.to_string().contains(char::is_control)),
                "{report:?}"
            );
            let store = TrustStore::from_iter([AUTHORITY.certificate().clone()]);
            let verifier = Verifier::new(&store, purpose).at(time("2030-02-01T00:00:00Z"));
            // An authority isn't a server, to the Web.
            let policy = if certificate.is_authority() { Policy::rfc5280() } else { Policy::web() };
            verifier.policy(policy).verify(&certificate).unwrap();
        }
        Err(error) => assert!(!error.to_string().contains(char::is_control), "{error:?}"),
    }
});

fn check(request: &Request) {
    let again = Request::from_pem(request.to_pem()).unwrap();
    assert_eq!(&again, request);
    let text = request.to_string();
    assert!(text.lines().all(|line| !line.chars().any(char::is_control)), "{text:?}");
    let _ = format!("{request:?}");
}
