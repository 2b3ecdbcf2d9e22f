//! PKCS#12 in BER: what's read of DER is read of the same file in any encoding of BER's.
//!
//! The input is choices, 32 bytes of them, and a file under the password `password`. The file is written anew: lengths at
//! the end or longer than need be, strings in pieces. Where no message authentication code is over it, that's done to
//! what's inside of it as well.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oneway::trust::{Pkcs12, StoreOptions};

/// The encoding of pkcs7-data.
const DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
/// Pieces of strings are one level more, and the reader goes down to 32.
const MAX_DEPTH: usize = 24;

fuzz_target!(|input: &[u8]| {
    let Some((choices, file)) = input.split_first_chunk::<32>() else { return };
    let options =
        StoreOptions::new().allow_incomplete().allow_legacy().allow_unauthenticated().max_rounds(1000);
    // Whatever it is, it doesn't panic.
    let Ok(expected) = Pkcs12::open_with(file, "password", &options) else { return };
    let has_code = Pkcs12::open_with(file, "password", &StoreOptions::new().allow_legacy()).is_ok();
    let mut writer = Writer { choices, at: 0, inside: false };
    for inside in [false, true] {
        if inside && has_code {
            break;
        }
        writer.inside = inside;
        let Some(ber) = writer.elements(file, 0) else { return };
        let read = Pkcs12::open_with(&ber, "password", &options).expect("the same file");
        assert_eq!(all_of(&read), all_of(&expected));
        // What's cut off isn't a file.
        let end = ber.len() - 1;
        assert!(Pkcs12::open_with(&ber[..end], "password", &options).is_err());
    }
});

fn all_of(file: &Pkcs12) -> (Vec<String>, Vec<Option<Vec<u8>>>) {
    let keys = file.keys().iter().take(4).map(|entry| entry.key().ok().map(|key| key.to_der().to_vec()));
    let certificates = file.certificates().iter();
    let certificates = certificates.map(|entry| entry.certificate().ok().map(|one| one.to_der().to_vec()));
    let names = file.keys().iter().map(|entry| format!("{entry:?}"));
    let names = names.chain(file.certificates().iter().map(|entry| format!("{:?}", entry.name())));
    (names.collect(), keys.chain(certificates).collect())
}

struct Writer<'a> {
    choices: &'a [u8; 32],
    at: usize,
    inside: bool,
}

impl Writer<'_> {
    fn choice(&mut self) -> u8 {
        self.at += 1;
        self.choices[self.at % 32]
    }

    /// Elements, each in an encoding of the choices'; none for what's no DER.
    fn elements(&mut self, mut der: &[u8], depth: usize) -> Option<Vec<u8>> {
        let is_of_data = der.starts_with(DATA);
        let mut ber = Vec::new();
        while !der.is_empty() {
            let (tag, contents, rest) = element(der)?;
            der = rest;
            if depth == MAX_DEPTH {
                write(&mut ber, tag, contents, 0);
                continue;
            }
            let choice = self.choice();
            match tag {
                // The contents of data, and ciphertext, which is an OCTET STRING by another name.
                0xa0 if self.inside && is_of_data => {
                    let (4, contents, []) = element(contents)? else { return None };
                    let contents = self.elements(contents, depth + 2)?;
                    let mut string = Vec::new();
                    write_string(&mut string, 0x24, 4, &contents, self.choice());
                    write(&mut ber, tag, &string, choice);
                }
                0x80 if is_of_data => write_string(&mut ber, 0xa0, 0x80, contents, choice),
                4 | 0x1e => write_string(&mut ber, tag | 0x20, tag, contents, choice),
                _ if tag & 0x20 != 0 => {
                    let contents = self.elements(contents, depth + 1)?;
                    write(&mut ber, tag, &contents, choice);
                }
                // No end of an indefinite length.
                0 => return None,
                _ => write(&mut ber, tag, contents, choice & !1),
            }
        }
        Some(ber)
    }
}

/// A tag, contents, and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let count = usize::from(first.saturating_sub(0x80));
    if tag & 0x1f == 0x1f || first == 0x80 || count > 3 {
        return None;
    }
    let (long, rest) = rest.split_at_checked(count)?;
    let long = long.iter().fold(0, |len, byte| len << 8 | usize::from(*byte));
    let (contents, rest) = rest.split_at_checked(if count == 0 { usize::from(first) } else { long })?;
    Some((tag, contents, rest))
}

/// An element, of an indefinite length if the choice is odd.
fn write(ber: &mut Vec<u8>, tag: u8, contents: &[u8], choice: u8) {
    ber.push(tag);
    if choice & 1 == 1 {
        ber.push(0x80);
        ber.extend_from_slice(contents);
        ber.extend_from_slice(&[0, 0]);
        return;
    }
    let bytes = contents.len().to_be_bytes();
    let needed = bytes.iter().skip_while(|byte| **byte == 0).count();
    let count = needed.max(usize::from(choice >> 1 & 7)).min(8);
    if contents.len() < 0x80 && count <= 1 && choice & 2 == 0 {
        ber.push(bytes[7]);
    } else {
        let count = count.max(1);
        ber.push(0x80 | count as u8);
        ber.extend_from_slice(&bytes[8 - count..]);
    }
    ber.extend_from_slice(contents);
}

/// A string, in pieces if the choice says so.
fn write_string(ber: &mut Vec<u8>, constructed: u8, primitive: u8, contents: &[u8], choice: u8) {
    if choice & 0xc0 == 0 {
        return write(ber, primitive, contents, choice & !1);
    }
    let mut pieces = Vec::new();
    for piece in contents.chunks(1 + 13 * usize::from(choice >> 6)) {
        write(&mut pieces, 4, piece, choice & 0x3e);
    }
    write(ber, constructed, &pieces, choice);
}
