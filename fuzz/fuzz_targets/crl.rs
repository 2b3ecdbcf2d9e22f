//! Revocation lists, as DER and as PEM: nothing panics, and every entry is found by its serial number.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::trust::Crl;

fuzz_target!(|bytes: &[u8]| {
    let lists = Crl::bundle_from_pem(bytes).unwrap_or_default();
    for crl in lists.into_iter().chain(Crl::from_der(bytes)) {
        for entry in crl.revoked() {
            assert_eq!(crl.find(&entry.serial).unwrap().serial, entry.serial);
            let _ = entry.why();
        }
        let _ = (crl.issuer().to_string(), crl.this_update(), crl.next_update(), format!("{crl:?}"));
    }
});
