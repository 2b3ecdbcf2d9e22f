//! BER (X.690, section 8) rewritten as DER: lengths and strings, as far as stores have them.
//!
//! ```text
//! indefinite length      30 80 … 00 00                            30 len …
//! longer than need be    30 84 00 00 00 05 …                      30 05 …
//! a string in pieces     24 80 04 02 01 02 04 01 03 00 00         04 03 01 02 03
//! ```
//!
//! NSS, Firefox, Bouncy Castle and Windows write PKCS#12 like that: whoever writes before he knows how much it will be
//! has no other way. The reader of keys takes DER alone ([`der`](super::der)), so that a key has one encoding; what
//! isn't DER is rewritten first, whole, and then read by it.
//!
//! What's inside of a primitive element is left as it is. So an OCTET STRING in which there's a structure is put
//! together, and the structure is rewritten by who reads it, after a message authentication code over it was checked.
//! An `[0]` may be an implicit tag of a string in pieces, or anything else: that's for the reader to know.
//!
//! **What leaks**: tags and lengths. Contents are copied; what's rewritten may be a key, and is wiped.
//!
//! **Hostile input.** Nothing recurses; elements are at most 32 deep; each level copies what's in it once more, so the
//! time is bounded by 32 copies of the input. What's written is hardly longer than what's read: of 2^16 bytes and more,
//! a length takes one byte more than an indefinite one with its end.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::der::{OCTET_STRING, head, malformed, public};
use crate::Result;

const PART: &str = "BER";
const MAX_DEPTH: usize = 32;
const CONSTRUCTED: u8 = 0x20;
const NUMBER: u8 = 0x1f;

/// An element whose contents are being written.
struct Open {
    tag: u8,
    /// Where its contents start in what's written.
    start: usize,
    /// Where they end in what's read, if that's known.
    end: Option<usize>,
    /// Where they end at the latest.
    limit: usize,
    /// What its parts have to be, if it's a string in pieces.
    pieces: Option<Pieces>,
}

#[derive(Clone, Copy)]
struct Pieces {
    /// The number of the string's tag, which pieces may have as well as an OCTET STRING's.
    number: u8,
    /// A piece that's in pieces itself has no head of its own in what's written.
    is_part: bool,
}

/// The bytes as DER; none if they are it already, as far as it's looked for here. What's no encoding at all is left to
/// who reads it, and so is what follows the first element.
///
/// # Errors
/// [`Error::Malformed`](crate::Error::Malformed) for BER that can't be rewritten.
pub(crate) fn rewritten(bytes: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let room = bytes.len() + MAX_DEPTH * (bytes.len() / (1 << 16) + 1);
    let mut rewriting =
        Rewriting { bytes, at: 0, out: Zeroizing::new(Vec::with_capacity(room)), is_der: true };
    match rewriting.first_element() {
        Err(error) if !rewriting.is_der => return Err(error),
        _ if rewriting.is_der => return Ok(None),
        _ => {}
    }
    let Rewriting { at, mut out, .. } = rewriting;
    out.extend_from_slice(&bytes[at..]);
    debug_assert!(out.len() <= room, "no copy is left behind");
    Ok(Some(out))
}

struct Rewriting<'a> {
    bytes: &'a [u8],
    at: usize,
    out: Zeroizing<Vec<u8>>,
    is_der: bool,
}

impl Rewriting<'_> {
    fn first_element(&mut self) -> Result<()> {
        let mut open = Vec::new();
        self.element(&mut open)?;
        while let Some(last) = open.last() {
            if self.is_at_end(last)? {
                self.close(last);
                open.pop();
            } else {
                self.element(&mut open)?;
            }
        }
        Ok(())
    }

    /// Whether the contents of an element are all read. An indefinite length's end is passed.
    fn is_at_end(&mut self, open: &Open) -> Result<bool> {
        if let Some(end) = open.end {
            return Ok(self.at == end);
        }
        match self.bytes[self.at..open.limit] {
            [] => Err(malformed(PART, "ends early")),
            [tag, ..] if public(tag) != 0 => Ok(false),
            [_, length, ..] if public(length) == 0 => {
                self.at += 2;
                Ok(true)
            }
            _ => Err(malformed(PART, "an end of contents that isn't one")),
        }
    }

    /// Writes the head of an element before its contents.
    fn close(&mut self, open: &Open) {
        let tag = match open.pieces {
            Some(Pieces { is_part: true, .. }) => return,
            Some(_) => open.tag & !CONSTRUCTED,
            None => open.tag,
        };
        let len = self.out.len();
        let (head, head_len) = head(tag, len - open.start);
        self.out.resize(len + head_len, 0);
        self.out.copy_within(open.start..len, open.start + head_len);
        self.out[open.start..][..head_len].copy_from_slice(&head[..head_len]);
    }

    /// Reads an element: all of a primitive one, of others what stands before the contents.
    fn element(&mut self, open: &mut Vec<Open>) -> Result<()> {
        let (limit, outer) = open.last().map_or((self.bytes.len(), None), |last| (last.limit, last.pieces));
        let (tag, len) = self.head(limit)?;
        let end = match len {
            None => None,
            Some(len) => match self.at.checked_add(len) {
                Some(end) if end <= limit => Some(end),
                _ => return Err(malformed(PART, "ends early")),
            },
        };
        let number = tag & NUMBER;
        let is_piece =
            |outer: Pieces| tag & !CONSTRUCTED == number && [OCTET_STRING, outer.number].contains(&number);
        if !outer.is_none_or(is_piece) {
            return Err(malformed(PART, "a piece of a string isn't one"));
        }
        match end {
            Some(end) if tag & CONSTRUCTED == 0 => {
                let contents = &self.bytes[self.at..end];
                if outer.is_none() {
                    let (head, head_len) = head(tag, contents.len());
                    self.out.extend_from_slice(&head[..head_len]);
                }
                self.out.extend_from_slice(contents);
                self.at = end;
            }
            None if tag & CONSTRUCTED == 0 => {
                return Err(malformed(PART, "an indefinite length of a primitive element"));
            }
            _ if open.len() == MAX_DEPTH => return Err(malformed(PART, "nested too deep")),
            _ => {
                let pieces = (outer.is_some() || is_string(tag & !CONSTRUCTED)).then_some(Pieces {
                    number: outer.map_or(number, |outer| outer.number),
                    is_part: outer.is_some(),
                });
                self.is_der &= pieces.is_none();
                open.push(Open { tag, start: self.out.len(), end, limit: end.unwrap_or(limit), pieces });
            }
        }
        Ok(())
    }

    /// A tag and a length, none if it's indefinite.
    fn head(&mut self, limit: usize) -> Result<(u8, Option<usize>)> {
        let tag = self.byte(limit)?;
        if tag & NUMBER == NUMBER {
            return Err(malformed(PART, "a tag of several bytes"));
        }
        let first = self.byte(limit)?;
        if first == 0x80 {
            self.is_der = false;
            return Ok((tag, None));
        }
        if first < 0x80 {
            return Ok((tag, Some(usize::from(first))));
        }
        let (mut len, mut is_short) = (0usize, false);
        for i in 0..first & 0x7f {
            let byte = self.byte(limit)?;
            is_short |= i == 0 && byte == 0;
            // More than 16 MiB can't all be there.
            if len >> 16 != 0 {
                return Err(malformed(PART, "ends early"));
            }
            len = len << 8 | usize::from(byte);
        }
        self.is_der &= !is_short && len >= 0x80;
        Ok((tag, Some(len)))
    }

    fn byte(&mut self, limit: usize) -> Result<u8> {
        let byte = self.bytes[..limit].get(self.at).ok_or(malformed(PART, "ends early"))?;
        self.at += 1;
        Ok(public(*byte))
    }
}

/// Whether a tag is one of the strings of bytes and characters that may be in pieces. (A BIT STRING may, too; none is in
/// what's rewritten here.)
fn is_string(tag: u8) -> bool {
    matches!(tag, OCTET_STRING | 12 | 18..=22 | 25..=28 | 30)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::key::der::{BIT_STRING, SEQUENCE, element};
    use alloc::vec;

    #[track_caller]
    fn check(ber: &[u8], der: &[u8]) {
        let rewritten = rewritten(ber).unwrap().expect("another encoding");
        assert_eq!(rewritten.as_slice(), der);
        assert_eq!(super::rewritten(der), Ok(None), "DER is left alone");
    }

    #[test]
    fn lengths_and_pieces() {
        check(&[0x30, 0x80, 0, 0], &[0x30, 0]);
        check(&[0x30, 0x80, 2, 1, 7, 0xa0, 0x80, 5, 0, 0, 0, 0, 0], &[0x30, 7, 2, 1, 7, 0xa0, 2, 5, 0]);
        check(&[0x30, 0x84, 0, 0, 0, 2, 5, 0], &[0x30, 2, 5, 0]);
        check(&[0x30, 0x81, 2, 5, 0], &[0x30, 2, 5, 0]);
        check(&[0x30, 0x84, 0, 0, 0, 3, 5, 0x81, 0], &[0x30, 2, 5, 0]);
        check(&[0x24, 0x80, 4, 2, 1, 2, 4, 1, 3, 0, 0], &[4, 3, 1, 2, 3]);
        check(&[0x24, 7, 4, 2, 1, 2, 4, 1, 3], &[4, 3, 1, 2, 3]);
        check(&[0x24, 0], &[4, 0]);
        // Pieces in pieces, of the string's own kind and as octets.
        check(&[0x24, 0x80, 0x24, 0x80, 4, 1, 1, 0, 0, 0x24, 3, 4, 1, 2, 4, 0, 0, 0], &[4, 2, 1, 2]);
        check(&[0x3e, 0x80, 0x1e, 2, 0, b'a', 4, 2, 0, b'b', 0, 0], &[0x1e, 4, 0, b'a', 0, b'b']);
        // Two zero bytes in a string of a known length aren't an end.
        check(&[0x30, 0x80, 4, 4, 0, 0, 0, 0, 0, 0], &[0x30, 6, 4, 4, 0, 0, 0, 0]);
        // What follows is left for the reader to refuse.
        check(&[0x30, 0x80, 0, 0, 1, 2, 3], &[0x30, 0, 1, 2, 3]);
        // What's implicit is the reader's to know.
        check(&[0x30, 0x80, 0xa0, 0x80, 4, 1, 9, 0, 0, 0, 0], &[0x30, 5, 0xa0, 3, 4, 1, 9]);
    }

    #[test]
    fn long_ones() {
        for len in [127, 128, 255, 256, 65_535, 65_536, 200_000] {
            let contents = vec![0x5a; len];
            let mut ber = vec![0x30, 0x80, 0x24, 0x80];
            for piece in contents.chunks(1000) {
                ber.extend_from_slice(&element(OCTET_STRING, &[piece]));
            }
            ber.extend_from_slice(&[0; 4]);
            let der = element(SEQUENCE, &[&element(OCTET_STRING, &[&contents])]);
            check(&ber, &der);
            // As deep as may be, each level of an indefinite length.
            let deep =
                [&[0x30, 0x80].repeat(31)[..], &element(OCTET_STRING, &[&contents]), &[0; 62]].concat();
            let mut der = element(OCTET_STRING, &[&contents]);
            for _ in 0..31 {
                der = element(SEQUENCE, &[&der]);
            }
            let rewritten = rewritten(&deep).unwrap().unwrap();
            assert_eq!(*rewritten, *der);
        }
    }

    #[test]
    fn what_is_no_ber() {
        let problem = |ber: &[u8]| match rewritten(ber) {
            Err(Error::Malformed { part: "BER", problem }) => problem,
            other => panic!("{other:?}"),
        };
        let ends_early: [&[u8]; 7] = [
            &[0x30, 0x80],
            &[0x30, 0x80, 0],
            &[0x30, 0x80, 5],
            &[0x30, 0x80, 5, 1],
            &[0x30, 0x80, 4, 0x85, 1, 0, 0, 0, 0],
            &[0x30, 0x80, 0x30, 2, 0x30, 0x80, 0, 0, 0, 0],
            &[0x30, 0x80, 4, 0xff, 0],
        ];
        for ber in &ends_early[..1] {
            assert_eq!(problem(ber), "ends early");
        }
        for ber in ends_early {
            assert!(rewritten(ber).is_err(), "{ber:?}");
        }
        assert_eq!(problem(&[0x30, 0x80, 0, 1, 0]), "an end of contents that isn't one");
        assert_eq!(problem(&[4, 0x80, 0, 0]), "an indefinite length of a primitive element");
        assert_eq!(problem(&[0x24, 0x80, 2, 1, 1, 0, 0]), "a piece of a string isn't one");
        assert_eq!(problem(&[0x24, 0x80, 0x84, 1, 1, 0, 0]), "a piece of a string isn't one");
        assert_eq!(problem(&[0x30, 0x80, 0x1f, 0x81, 1, 0, 0, 0]), "a tag of several bytes");
        assert_eq!(problem(&[0x30, 0x80].repeat(33)), "nested too deep");
        assert_eq!(problem(&[0x30, 0x80].repeat(1 << 20)), "nested too deep");
        // Who reads DER says what's wrong with it.
        for der in [&[][..], &[0x30], &[0x30, 5, 1], &[0x1f, 0x81, 1, 0], &[BIT_STRING, 1], &[0x30, 0x82, 1]]
        {
            assert_eq!(rewritten(der), Ok(None), "{der:?}");
        }
    }
}
