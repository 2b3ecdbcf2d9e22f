//! Numbers as text and as bytes: nothing panics, and each form that's written is read as the same number.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::bignum::PublicNat;

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = core::str::from_utf8(input) {
        let number = text.parse::<PublicNat>();
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let is_digit = |c: char| c == '_' || c.is_digit(if digits.len() == text.len() { 10 } else { 16 });
        if !digits.chars().all(is_digit) {
            assert!(number.is_err());
        }
        if let Ok(number) = number {
            check(&number);
        }
    }
    if let Ok(number) = PublicNat::from_be_bytes(input) {
        check(&number);
        let significant = input.iter().skip_while(|byte| **byte == 0);
        assert!(number.to_be_bytes().iter().eq(significant));
    }
});

fn check(number: &PublicNat) {
    assert_eq!(&number.to_string().parse::<PublicNat>().unwrap(), number);
    assert_eq!(&format!("{number:#x}").parse::<PublicNat>().unwrap(), number);
    let bytes = number.to_be_bytes();
    assert_eq!(bytes.len(), number.bits().div_ceil(8));
    assert_eq!(&PublicNat::from_be_bytes(&bytes).unwrap(), number);
    assert_eq!(&number.to_nat().declassify(), number);
    if let Some(x) = number.to_u64() {
        assert_eq!(x.to_string(), number.to_string());
        assert_eq!(&PublicNat::from(x), number);
    }
}
