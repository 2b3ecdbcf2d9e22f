//! Certificates, as DER and as PEM: nothing panics, and what's read is written as the same bytes and read again as the
//! same certificate. All that it says is asked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::trust::Certificate;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(certificate) = Certificate::from_der(bytes) {
        assert_eq!(certificate.to_der(), bytes);
        check(&certificate);
    }
    for certificate in Certificate::bundle_from_pem(bytes).unwrap_or_default() {
        check(&certificate);
    }
});

fn check(certificate: &Certificate) {
    let again = Certificate::from_pem(certificate.to_pem()).unwrap();
    assert_eq!(&again, certificate);
    assert_eq!(again.fingerprint(), certificate.fingerprint());
    assert_eq!(again.subject() == again.issuer(), certificate.issuer() == certificate.subject());
    let text = certificate.to_string();
    assert!(text.lines().all(|line| !line.chars().any(char::is_control)), "{text:?}");
    let _ = (certificate.public_key(), certificate.is_self_signed(), format!("{certificate:?}"));
    let _ = certificate.check_signed_by(&again);
}
