//! Base64 (RFC 4648, section 4) in constant time.
//!
//! Three bytes are four characters of six bits each. The usual tables of 64 and 256 entries would be read at
//! secret addresses; here a character is computed from its value, and back, by comparing it with the ends of
//! the alphabet's five ranges and masking. Whether a whole text was base64 comes out as one bit.
//!
//! What leaks: the lengths. Which characters are line ends, spaces and `=` is the caller's to know.

use alloc::vec::Vec;

use subtle::Choice;
use zeroize::Zeroizing;

use crate::kernel::word::{equal, less, mask};

/// The ranges of the alphabet: first and last character, and what to subtract from one to get its value,
/// modulo 2^64.
const RANGES: [(u8, u8, u64); 5] = [
    (b'A', b'Z', 65),
    (b'a', b'z', 97 - 26),
    (b'0', b'9', 48u64.wrapping_sub(52)),
    (b'+', b'+', 43u64.wrapping_sub(62)),
    (b'/', b'/', 47u64.wrapping_sub(63)),
];

/// The value of a character, and the bit of its being one of the alphabet.
fn value(character: u8) -> (u64, u64) {
    let c = u64::from(character);
    RANGES.iter().fold((0, 0), |(value, is_valid), (first, last, offset)| {
        let in_range = (less(c, u64::from(*first)) | less(u64::from(*last), c)) ^ 1;
        (value | mask(in_range) & c.wrapping_sub(*offset), is_valid | in_range)
    })
}

/// The character of a value below 64.
fn character(value: u64) -> u8 {
    // From each range to the next, what is added to the value changes by a constant.
    let steps = [(26, 6), (52, 75u64.wrapping_neg()), (62, 15u64.wrapping_neg()), (63, 3)];
    let sum = steps
        .iter()
        .fold(value + 65, |sum, (start, step)| sum.wrapping_add(mask(less(value, *start) ^ 1) & step));
    sum as u8
}

/// The bytes of characters, without the `=` at their end; and whether they were base64, in the one form that
/// encoding gives: no bits but zeros after the last byte.
pub(super) fn decode(characters: &[u8]) -> (Zeroizing<Vec<u8>>, Choice) {
    let mut bytes = Zeroizing::new(Vec::with_capacity(characters.len() / 4 * 3 + 2));
    let mut all_valid = u64::from(characters.len() % 4 != 1);
    for group in characters.chunks(4) {
        let mut bits = 0;
        for i in 0..4 {
            let (value, is_valid) = group.get(i).map_or((0, 1), |c| value(*c));
            bits = bits << 6 | value;
            all_valid &= is_valid;
        }
        let count = group.len() * 6 / 8;
        bytes.extend_from_slice(&(bits as u32).to_be_bytes()[1..=count]);
        all_valid &= equal(bits & (0x00ff_ffff >> (8 * count)), 0);
    }
    (bytes, Choice::from(all_valid as u8))
}

/// Appends the characters of bytes, ended by `=` to full groups of four if so wished.
pub(super) fn encode(bytes: &[u8], pad: bool, out: &mut Vec<u8>) {
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, i| bits << 8 | u64::from(group.get(i).copied().unwrap_or(0)));
        let characters = [18, 12, 6, 0].map(|shift| character(bits >> shift & 63));
        out.extend_from_slice(&characters[..=group.len()]);
        if pad {
            out.extend_from_slice(&b"=="[..3 - group.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    fn encoded(bytes: &[u8], pad: bool) -> Vec<u8> {
        let mut out = Vec::new();
        encode(bytes, pad, &mut out);
        out
    }

    #[test]
    fn every_character() {
        for c in 0..=255 {
            let position = ALPHABET.iter().position(|x| *x == c);
            let (value, is_valid) = value(c);
            assert_eq!((is_valid == 1).then_some(value as usize), position, "{c}");
        }
        for (value, c) in (0..).zip(ALPHABET) {
            assert_eq!(character(value), *c);
        }
    }

    #[test]
    fn every_input_of_up_to_two_bytes_and_many_of_three() {
        let mut inputs = vec![vec![]];
        inputs.extend((0..=255).map(|a| vec![a]));
        inputs.extend((0..=65_535u16).map(|x| x.to_be_bytes().to_vec()));
        inputs.extend((0..1u32 << 24).step_by(251).map(|x| x.to_be_bytes()[1..].to_vec()));
        for input in inputs {
            let text = encoded(&input, false);
            let bits =
                input.iter().fold(0u32, |x, byte| x << 8 | u32::from(*byte)) << (8 * (3 - input.len()));
            let expected: Vec<u8> =
                (0..text.len()).map(|i| ALPHABET[(bits >> (18 - 6 * i) & 63) as usize]).collect();
            assert_eq!(text, expected);
            let (bytes, is_valid) = decode(&text);
            assert!(bool::from(is_valid) && *bytes == input);
        }
    }

    #[test]
    fn every_text_of_up_to_two_characters() {
        for a in 0..=255u8 {
            assert!(!bool::from(decode(&[a]).1), "one character is no byte");
            for b in 0..=255u8 {
                let (bytes, is_valid) = decode(&[a, b]);
                // The one text of a byte is the one that encoding gives.
                assert_eq!(bool::from(is_valid), encoded(&bytes, false) == [a, b]);
                let is_valid = bool::from(decode(&[b'A', a, b, b'/']).1);
                assert_eq!(is_valid, ALPHABET.contains(&a) && ALPHABET.contains(&b));
            }
        }
    }

    #[test]
    fn rfc_4648_section_10() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encoded(bytes.as_bytes(), true), text.as_bytes());
            let (decoded, is_valid) = decode(text.trim_end_matches('=').as_bytes());
            assert!(bool::from(is_valid) && *decoded == bytes.as_bytes());
        }
    }
}
