//! What people give in place of a key's PEM or DER, for errors that name it: files of other programs, and text
//! that lost something on its way.
//!
//! | mark | is |
//! |---|---|
//! | FE ED FE ED, CE CE CE CE | a Java key store |
//! | SEQUENCE { 3, SEQUENCE … }, also in BER | PKCS#12 |
//! | SEQUENCE { 1.2.840.113549.1.7.…, … }, also in BER | PKCS#7 |
//! | FF FE, FE FF | UTF-16 |
//! | `{` or `[` | JSON; with `"kty"` a JWK (RFC 7517), with `"keys"` as well a set of them |
//! | `ssh-…`, `---- BEGIN SSH2 `, `PuTTY-User-Key-File` | keys of SSH |
//! | base64 of `-----BEGIN ` | PEM text that was encoded once more |
//! | base64 of a SEQUENCE, hexadecimal digits of one | DER as text |
//! | 44 characters of base64, 64 hexadecimal digits | a key's 32 bytes as text |
//! | `pkcs11:` | the name of a key in a token (RFC 7512) |
//!
//! Nothing of this is read. It's looked at only once it's known to be no key in PEM or DER.
//!
//! **What leaks of a private key** that's in a wrong form: whether a mark is there and where, how the text is laid
//! out, and whether all of it is base64 or hexadecimal.

use alloc::vec::Vec;

use subtle::{Choice, ConstantTimeEq, ConstantTimeGreater};
use zeroize::Zeroizing;

use super::base64;
use super::der::{Reader, SEQUENCE, is, public};
use super::pem::{BEGIN, BYTE_ORDER_MARK, Lines, contains, is_one_of, starts_with};
use crate::kernel::secret::declassify;

pub(super) const PKCS12: &str = "a PKCS#12 file (for `trust::KeyStore`)";
pub(super) const PKCS7: &str =
    "a PKCS#7 message (`openssl pkcs7 -inform DER -print_certs` takes the certificates out of it)";

/// What bytes are that aren't text: the file of a store, of any length.
pub(super) fn container(bytes: &[u8]) -> Option<&'static str> {
    // The SEQUENCE's length isn't checked: BER has some that DER hasn't, and stores are longer than keys.
    let inside = |start: &[u8]| after_header(bytes).is_some_and(|contents| starts_with(contents, start));
    if starts_with(bytes, &[0xfe, 0xed, 0xfe, 0xed]) {
        Some("a Java key store (JKS, for `trust::KeyStore::from_jks_with`)")
    } else if starts_with(bytes, &[0xce; 4]) {
        Some("a Java key store (JCEKS, for `trust::KeyStore::from_jks_with`)")
    } else if inside(&[2, 1, 3, SEQUENCE]) {
        Some(PKCS12)
    } else if inside(&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7]) {
        Some(PKCS7)
    } else {
        None
    }
}

/// What's after the tag and the length of a SEQUENCE.
fn after_header(bytes: &[u8]) -> Option<&[u8]> {
    let [tag, len, rest @ ..] = bytes else { return None };
    if !is(&[*tag], &[SEQUENCE]) {
        return None;
    }
    match public(*len) {
        len @ 0x81..=0x84 => rest.get(usize::from(len & 0x7f)..),
        _ => Some(rest),
    }
}

/// What text is that isn't PEM.
pub(super) fn text(text: &[u8]) -> Option<&'static str> {
    if starts_with(text, b"\xff\xfe") || starts_with(text, b"\xfe\xff") {
        return Some("UTF-16 text");
    }
    let text = if starts_with(text, BYTE_ORDER_MARK) { &text[BYTE_ORDER_MARK.len()..] } else { text };
    json(text).or_else(|| by_line(text)).or_else(|| encoded(text))
}

fn json(text: &[u8]) -> Option<&'static str> {
    let spaces = text.iter().take_while(|c| is_one_of(**c, b" \t\r\n")).count();
    if !text.get(spaces).is_some_and(|c| is_one_of(*c, b"{[")) {
        return None;
    }
    Some(match (contains(text, b"\"kty\""), contains(text, b"\"keys\"")) {
        (true, false) => "a JWK (a key as JSON, which isn't read here: what wrote it may write PEM, too)",
        (true, true) => "a JWK set (keys as JSON, which aren't read here: what wrote it may write PEM, too)",
        (false, _) if contains(text, BEGIN) => {
            "JSON with PEM text in it (a reader of JSON takes the text out, and makes line ends of each `\\n`)"
        }
        (false, _) => "JSON",
    })
}

fn by_line(text: &[u8]) -> Option<&'static str> {
    Lines(text).find_map(|line| {
        let is_at = |start: &[u8]| starts_with(line, start);
        if is_at(b"ssh-") || is_at(b"ecdsa-sha2-") {
            Some("an OpenSSH public key (`ssh-keygen -e -m PKCS8` converts it)")
        } else if is_at(b"---- BEGIN SSH2 ") {
            Some("an SSH public key (`ssh-keygen -i -e -m PKCS8` converts it)")
        } else if is_at(b"PuTTY-User-Key-File") {
            Some("a PuTTY key (PuTTYgen exports it in OpenSSL's form)")
        } else if is_at(b"pkcs11:") {
            Some("the name of a key in a token (PKCS#11), from where none is read here")
        } else {
            None
        }
    })
}

fn encoded(text: &[u8]) -> Option<&'static str> {
    let mut characters = Zeroizing::new(Vec::with_capacity(text.len()));
    characters.extend(text.iter().filter(|c| !is_one_of(**c, b" \t\r\n")));
    if starts_with(&characters, b"LS0tLS1CRUdJTi") {
        return Some("base64 of PEM text, as in a Kubernetes secret (it has to be decoded first)");
    }
    let may_be_hexadecimal = starts_with(&characters, b"30") || characters.len() == 64;
    if may_be_hexadecimal && is_hexadecimal(&characters) {
        return Some(match characters.len() {
            64 => "64 hexadecimal digits (their 32 bytes, if they're a key, are for `from_bytes`)",
            _ => "hexadecimal digits (their bytes are for `from_der`)",
        });
    }
    let pads = characters.iter().rev().take(2).take_while(|c| is_one_of(**c, b"=")).count();
    let (bytes, is_valid) = base64::decode(&characters[..characters.len() - pads]);
    if !declassify(is_valid) {
        return None;
    }
    // Before the reader, which would look at the first of them.
    if (pads, bytes.len()) == (1, 32) {
        return Some("32 bytes in base64, as WireGuard has keys (decoded, they're for `from_bytes`)");
    }
    // What has no SEQUENCE in it may be a file's name.
    let is_sequence = starts_with(&bytes, &[SEQUENCE]) && Reader::new(&bytes).sequence("DER").is_ok();
    is_sequence.then_some("base64 without its BEGIN and END lines (decoded, it's for `from_der`)")
}

/// Whether there are but digits, two for a byte. That's asked of what isn't read, and the answer is in the error.
fn is_hexadecimal(characters: &[u8]) -> bool {
    let between = |c: &u8, first: u8, last: u8| !(first.ct_gt(c) | c.ct_gt(&last));
    let digit = |c: &u8| between(c, b'0', b'9') | between(c, b'a', b'f') | between(c, b'A', b'F');
    let all = characters.iter().fold(Choice::from(1), |all, c| all & digit(c));
    declassify(all & (characters.len() % 2).ct_eq(&0))
}
