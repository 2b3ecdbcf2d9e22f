//! DER (X.690, section 10), as much of it as keys are made of.
//!
//! An element is a tag, a length and that many bytes; the bytes of a SEQUENCE are elements. DER allows one
//! encoding of each value: lengths and INTEGERs in as few bytes as possible, INTEGERs in two's complement.
//!
//! **What leaks of a private key**: tags, lengths, of each INTEGER its top bit (which is its sign) and whether
//! its first byte is zero, and then the second byte's top bit (so that the zero is known to be needed). These
//! pass through [`declassify`]; no other bit is looked at in here. That is why a private key isn't read with the
//! crate `der`: it looks at whole bytes, and copies the numbers. Versions and names of algorithms are public.
//!
//! The writer measures first, so that secrets are written once into room of the right size. That a number
//! starts with so many zero bytes shows in its encoding, and becomes public there.
//!
//! Sources: X.690 (2021), sections 8.1, 8.3 and 10.1; RFC 8017, appendix A.1.2.

use alloc::vec::Vec;

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::kernel::secret::declassify;
use crate::{Error, Result};

pub(crate) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
/// `[0]`, constructed.
pub(crate) const CONTEXT_0: u8 = 0xa0;

/// No key and no password's parameters are longer: 64 KiB, also as text.
pub(super) const MAX_LEN: usize = 1 << 16;
/// A number of 16,384 bits, and its sign.
const MAX_INTEGER: usize = 2049;

/// Refuses what's too long to be a key, before any work.
pub(super) fn check_len(input: &[u8]) -> Result<()> {
    if input.len() <= MAX_LEN { Ok(()) } else { Err(malformed("key", "longer than 64 KiB")) }
}

pub(crate) const fn malformed(part: &'static str, problem: &'static str) -> Error {
    Error::Malformed { part, problem }
}

/// A byte that is structure, and public.
pub(super) fn public(byte: u8) -> u8 {
    (0..8).rev().fold(0, |value, i| value << 1 | u8::from(declassify(Choice::from(byte >> i & 1))))
}

/// A byte's top bit, which is public: the sign of an INTEGER, or the reason for the zero before it.
fn top_bit(byte: u8) -> bool {
    declassify(Choice::from(byte >> 7))
}

/// Whether bytes are these; that they are, or aren't, is public.
pub(crate) fn is(bytes: &[u8], expected: &[u8]) -> bool {
    bytes.len() == expected.len() && declassify(bytes.ct_eq(expected))
}

/// Reads elements one after another.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(der: &'a [u8]) -> Self {
        Self { rest: der }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next element.
    pub(crate) fn tag(&self) -> Option<u8> {
        self.rest.first().map(|byte| public(*byte))
    }

    /// The contents of the next element, which has to be of this tag. `part` names it in errors.
    pub(crate) fn element(&mut self, tag: u8, part: &'static str) -> Result<&'a [u8]> {
        match self.tag() {
            None => Err(malformed(part, "missing")),
            Some(found) if found == tag => self.any(part),
            Some(_) => Err(malformed(part, wrong_tag(tag))),
        }
    }

    /// The contents of the next element, whatever it is.
    pub(crate) fn any(&mut self, part: &'static str) -> Result<&'a [u8]> {
        let ends_early = malformed(part, "ends early");
        let (&first, mut rest) = self.rest.get(1..).and_then(<[u8]>::split_first).ok_or(ends_early)?;
        let mut len = usize::from(public(first));
        if len == 0x80 {
            return Err(malformed(part, "indefinite length"));
        }
        if len > 0x80 {
            let count = len & 0x7f;
            // Four bytes of length are 16 MiB and more: it can't all be there.
            if count > 3 {
                return Err(ends_early);
            }
            let bytes;
            (bytes, rest) = rest.split_at_checked(count).ok_or(ends_early)?;
            len = bytes.iter().fold(0, |len, byte| len << 8 | usize::from(public(*byte)));
            if len < 0x80 || len >> (8 * (count - 1)) == 0 {
                return Err(malformed(part, "a length isn't encoded in as few bytes as possible"));
            }
        }
        let contents;
        (contents, self.rest) = rest.split_at_checked(len).ok_or(ends_early)?;
        Ok(contents)
    }

    pub(crate) fn sequence(&mut self, part: &'static str) -> Result<Self> {
        self.element(SEQUENCE, part).map(Self::new)
    }

    /// A positive INTEGER, without the zero byte that stands for its sign.
    pub(super) fn positive(&mut self, part: &'static str) -> Result<&'a [u8]> {
        let bytes = self.element(INTEGER, part)?;
        let first = *bytes.first().ok_or(malformed(part, "the INTEGER is empty"))?;
        if top_bit(first) {
            return Err(malformed(part, "the INTEGER is negative"));
        }
        if bytes.len() > MAX_INTEGER {
            return Err(malformed(part, "the INTEGER has more than 16384 bits"));
        }
        // Whether a zero stands for the sign is public: most often it shows in the length.
        if !declassify(first.ct_eq(&0)) {
            return Ok(bytes);
        }
        match bytes.get(1) {
            None => Err(malformed(part, "the INTEGER is zero")),
            // The zero is there because the next bit would be a sign otherwise.
            Some(second) if top_bit(*second) => Ok(&bytes[1..]),
            Some(_) => Err(malformed(part, "the INTEGER isn't encoded in as few bytes as possible")),
        }
    }

    /// A **public** INTEGER from 0 to 2^63 − 1; none if it's larger.
    pub(crate) fn small(&mut self, part: &'static str) -> Result<Option<u64>> {
        let mut zero = *self;
        if is(zero.element(INTEGER, part)?, &[0]) {
            *self = zero;
            return Ok(Some(0));
        }
        let bytes = self.positive(part)?;
        let fold = |x: u64, byte: &u8| x << 8 | u64::from(public(*byte));
        Ok((bytes.len() <= 8).then(|| bytes.iter().fold(0, fold)).filter(|x| *x < 1 << 63))
    }

    /// Ends the reading: nothing may follow.
    pub(crate) fn finish(self, part: &'static str) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(malformed(part, "trailing bytes")) }
    }
}

fn wrong_tag(expected: u8) -> &'static str {
    match expected {
        INTEGER => "not an INTEGER",
        BIT_STRING => "not a BIT STRING",
        OCTET_STRING => "not an OCTET STRING",
        NULL => "not NULL",
        OBJECT_IDENTIFIER => "not an OBJECT IDENTIFIER",
        SEQUENCE => "not a SEQUENCE",
        _ => "wrong tag",
    }
}

/// The tag and the length of an element, and how many bytes they are.
pub(super) fn head(tag: u8, len: usize) -> ([u8; 2 + size_of::<usize>()], usize) {
    let mut head = [tag; 2 + size_of::<usize>()];
    let bytes = len.to_be_bytes();
    let significant = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    let (first, more) = if len < 0x80 { (len, &[][..]) } else { (0x80 | significant.len(), significant) };
    head[1] = first as u8;
    head[2..][..more.len()].copy_from_slice(more);
    (head, 2 + more.len())
}

/// An element of these contents, in room of exactly its size.
pub(crate) fn element(tag: u8, contents: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let len: usize = contents.iter().map(|part| part.len()).sum();
    let (head, head_len) = head(tag, len);
    let mut out = Zeroizing::new(Vec::with_capacity(head_len + len));
    out.extend_from_slice(&head[..head_len]);
    for part in contents {
        out.extend_from_slice(part);
    }
    out
}

/// The INTEGER of a number in big-endian bytes. How many bytes it has, and the next bit, become public.
pub(crate) fn integer(number: &[u8]) -> Zeroizing<Vec<u8>> {
    let zeros = number.iter().take_while(|byte| declassify(byte.ct_eq(&0))).count();
    let significant = &number[zeros..];
    let needs_zero = significant.first().is_none_or(|byte| top_bit(*byte));
    element(INTEGER, &[if needs_zero { &[0] } else { &[] }, significant])
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn problem(result: Result<&[u8]>) -> &'static str {
        match result {
            Err(Error::Malformed { part: "x", problem }) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lengths_both_ways() {
        for len in [0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000] {
            let contents = vec![7; len];
            let der = element(OCTET_STRING, &[&contents[..len / 2], &contents[len / 2..]]);
            assert_eq!(der.capacity(), der.len());
            let mut reader = Reader::new(&der);
            assert_eq!(reader.element(OCTET_STRING, "x").unwrap(), contents);
            assert!(reader.is_empty());
            for cut in 1..der.len().min(8) {
                let mut reader = Reader::new(&der[..der.len() - cut]);
                assert_eq!(problem(reader.element(OCTET_STRING, "x")), "ends early");
            }
        }
    }

    #[test]
    fn lengths_that_are_refused() {
        let table: [(&[u8], &str); 9] = [
            (&[], "missing"),
            (&[4], "ends early"),
            (&[2, 0], "not an OCTET STRING"),
            (&[4, 0x80, 0, 0], "indefinite length"),
            (&[4, 0x81, 0x7f], "a length isn't encoded in as few bytes as possible"),
            (&[4, 0x82, 0, 0x80], "a length isn't encoded in as few bytes as possible"),
            (&[4, 0x82, 1], "ends early"),
            (&[4, 0x84, 0, 0, 0, 1, 0], "ends early"),
            (&[4, 0xff, 1, 1], "ends early"),
        ];
        for (der, expected) in table {
            assert_eq!(problem(Reader::new(der).element(OCTET_STRING, "x")), expected, "{der:?}");
        }
    }

    #[test]
    fn integers_both_ways() {
        for (number, expected) in [
            (&[][..], &[2, 1, 0][..]),
            (&[0, 0], &[2, 1, 0]),
            (&[1], &[2, 1, 1]),
            (&[0, 0x7f], &[2, 1, 0x7f]),
            (&[0x80], &[2, 2, 0, 0x80]),
            (&[0, 0, 1, 0], &[2, 2, 1, 0]),
        ] {
            assert_eq!(integer(number).as_slice(), expected);
        }
        for x in [1, 0x7f, 0x80, 0xff, 0x100, 65_537, (1 << 63) - 1] {
            let der = integer(&x.to_be_bytes_vec());
            assert_eq!(Reader::new(&der).small("x"), Ok(Some(x)));
        }
        assert_eq!(Reader::new(&[2, 1, 0]).small("x"), Ok(Some(0)));
        assert_eq!(Reader::new(&integer(&[0x80, 0, 0, 0, 0, 0, 0, 0])).small("x"), Ok(None));
        assert_eq!(Reader::new(&integer(&[1; 9])).small("x"), Ok(None));
        assert_eq!(Reader::new(&integer(&[0xff; 2048])).positive("x").unwrap(), [0xff; 2048]);
    }

    trait ToBytes {
        fn to_be_bytes_vec(self) -> Vec<u8>;
    }

    impl ToBytes for u64 {
        fn to_be_bytes_vec(self) -> Vec<u8> {
            self.to_be_bytes().to_vec()
        }
    }

    #[test]
    fn integers_that_are_refused() {
        let long = integer(&[1; 2050]);
        let table: [(&[u8], &str); 7] = [
            (&[2, 0], "the INTEGER is empty"),
            (&[2, 1, 0], "the INTEGER is zero"),
            (&[2, 1, 0x80], "the INTEGER is negative"),
            (&[2, 2, 0xff, 0xff], "the INTEGER is negative"),
            (&[2, 2, 0, 0], "the INTEGER isn't encoded in as few bytes as possible"),
            (&[2, 2, 0, 0x7f], "the INTEGER isn't encoded in as few bytes as possible"),
            (&long, "the INTEGER has more than 16384 bits"),
        ];
        for (der, expected) in table {
            assert_eq!(problem(Reader::new(der).positive("x")), expected, "{der:?}");
        }
    }
}
