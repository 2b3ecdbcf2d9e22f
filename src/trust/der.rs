//! DER (X.690, section 10) of what's public: certificates, requests, revocation lists.
//!
//! An element is a tag, a length and that many bytes; nothing is copied, and a part is read when it's asked for. That
//! keeps reading quick, and lets a certificate be read of which only a part that nobody needs is odd. (Private keys
//! have a reader of their own, in `key/der.rs`, which looks at no more of them than it must.)
//!
//! DER allows one encoding of each value, and so does this reader, since what two programs read in two ways is
//! where one of them is deceived:
//!
//! | what | is refused by |
//! |---|---|
//! | lengths of more bytes than needed, indefinite lengths | X.690, section 10.1 |
//! | a BOOLEAN that's neither 00 nor FF | X.690, section 11.1 |
//! | an INTEGER of more bytes than needed | X.690, section 8.3.2 |
//! | an OBJECT IDENTIFIER with an arc of more bytes than needed | X.690, section 8.19.2 |
//! | a value that's its default, spelt out | X.690, section 11.5 |
//!
//! Errors are texts; whoever calls knows of what part.

use alloc::vec::Vec;

use crate::key::der::element;

/// A result whose error says what's wrong.
pub(super) type Result<T, E = &'static str> = core::result::Result<T, E>;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const NUMERIC_STRING: u8 = 0x12;
pub(super) const PRINTABLE_STRING: u8 = 0x13;
pub(super) const TELETEX_STRING: u8 = 0x14;
pub(super) const IA5_STRING: u8 = 0x16;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const VISIBLE_STRING: u8 = 0x1a;
pub(super) const UNIVERSAL_STRING: u8 = 0x1c;
pub(super) const BMP_STRING: u8 = 0x1e;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// `[n]`, not constructed.
pub(super) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// `[n]`, constructed.
pub(super) const fn constructed(number: u8) -> u8 {
    0xa0 | number
}

/// An element: its tag, its contents, and all of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) value: &'a [u8],
    pub(super) whole: &'a [u8],
}

/// Reads elements one after another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(der: &'a [u8]) -> Self {
        Self { rest: der }
    }

    /// The elements of a SEQUENCE that's all there is.
    pub(super) fn of_sequence(der: &'a [u8]) -> Result<Self> {
        Ok(Self::new(only(der, SEQUENCE)?))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next element.
    pub(super) fn tag(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element, whatever it is.
    pub(super) fn any(&mut self) -> Result<Element<'a>> {
        const ENDS_EARLY: &str = "ends early";
        let all = self.rest;
        let (tag, first) = match *all {
            [] => return Err("missing"),
            [_] => return Err(ENDS_EARLY),
            [tag, first, ..] => (tag, usize::from(first)),
        };
        if tag & 0x1f == 0x1f {
            return Err("a tag of more than one byte");
        }
        let (head, len) = match first {
            0..0x80 => (2, first),
            0x80 => return Err("indefinite length, which is BER"),
            _ => {
                let count = first & 0x7f;
                // Four bytes of length are 16 MiB and more; of revocation lists that's still possible.
                let bytes = all.get(2..2 + count).filter(|_| count <= 4).ok_or(ENDS_EARLY)?;
                let len = bytes.iter().fold(0u64, |len, byte| len << 8 | u64::from(*byte));
                if len < 0x80 || len >> (8 * (count - 1)) == 0 {
                    return Err("a length isn't encoded in as few bytes as possible");
                }
                (2 + count, usize::try_from(len).map_err(|_| ENDS_EARLY)?)
            }
        };
        let end = head.checked_add(len).filter(|end| *end <= all.len()).ok_or(ENDS_EARLY)?;
        self.rest = &all[end..];
        Ok(Element { tag, value: &all[head..end], whole: &all[..end] })
    }

    /// The contents of the next element, which has to be of this tag.
    pub(super) fn element(&mut self, tag: u8) -> Result<&'a [u8]> {
        match self.tag() {
            Some(found) if found != tag => Err(wrong_tag(tag)),
            _ => Ok(self.any()?.value),
        }
    }

    /// The contents of the next element if it's of this tag.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>> {
        if self.tag() == Some(tag) { Ok(Some(self.any()?.value)) } else { Ok(None) }
    }

    pub(super) fn sequence(&mut self) -> Result<Self> {
        self.element(SEQUENCE).map(Self::new)
    }

    /// The whole of the next element, which has to be a SEQUENCE.
    pub(super) fn whole_sequence(&mut self) -> Result<&'a [u8]> {
        match self.any()? {
            Element { tag: SEQUENCE, whole, .. } => Ok(whole),
            _ => Err(wrong_tag(SEQUENCE)),
        }
    }

    /// The contents of an INTEGER, big-endian, two's complement.
    pub(super) fn integer(&mut self) -> Result<&'a [u8]> {
        let bytes = self.element(INTEGER)?;
        check_integer(bytes)?;
        Ok(bytes)
    }

    /// The contents of an OBJECT IDENTIFIER.
    pub(super) fn oid(&mut self) -> Result<&'a [u8]> {
        let bytes = self.element(OBJECT_IDENTIFIER)?;
        check_oid(bytes)?;
        Ok(bytes)
    }

    /// The bytes of a BIT STRING, which has to be of whole ones.
    pub(super) fn whole_bytes(&mut self) -> Result<&'a [u8]> {
        match self.element(BIT_STRING)?.split_first() {
            Some((0, bytes)) => Ok(bytes),
            Some(_) => Err("a BIT STRING isn't of full bytes"),
            None => Err("a BIT STRING is empty"),
        }
    }

    /// A BOOLEAN of which false is the default: it's there if it's true.
    pub(super) fn true_or_absent(&mut self) -> Result<bool> {
        match self.optional(BOOLEAN)?.map(boolean) {
            None => Ok(false),
            Some(Ok(true)) => Ok(true),
            Some(Ok(false)) => Err("FALSE is the default, and is spelt out (X.690, section 11.5)"),
            Some(Err(problem)) => Err(problem),
        }
    }

    /// Ends the reading: nothing may follow.
    pub(super) fn finish(self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err("trailing bytes") }
    }
}

/// The contents of an element of this tag that's all there is.
pub(super) fn only(der: &[u8], tag: u8) -> Result<&[u8]> {
    let mut outer = Reader::new(der);
    let contents = outer.element(tag)?;
    outer.finish()?;
    Ok(contents)
}

pub(super) fn boolean(contents: &[u8]) -> Result<bool> {
    match contents {
        [0] => Ok(false),
        [0xff] => Ok(true),
        _ => Err("a BOOLEAN is neither 00 nor FF (X.690, section 11.1)"),
    }
}

pub(super) fn check_integer(contents: &[u8]) -> Result<()> {
    match contents {
        [] => Err("an INTEGER is empty"),
        [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => {
            Err("an INTEGER isn't encoded in as few bytes as possible")
        }
        _ => Ok(()),
    }
}

pub(super) fn check_oid(contents: &[u8]) -> Result<()> {
    let ends = contents.last().is_some_and(|last| last & 0x80 == 0);
    let starts_with_zero = |pair: &[u8]| pair[0] & 0x80 == 0 && pair[1] == 0x80;
    if ends && contents[0] != 0x80 && !contents.windows(2).any(starts_with_zero) {
        Ok(())
    } else {
        Err("malformed OBJECT IDENTIFIER")
    }
}

/// A number that isn't negative; what's too large is as large as can be.
pub(super) fn saturating(contents: &[u8]) -> Result<u32> {
    check_integer(contents)?;
    match contents {
        [0x80..=0xff, ..] => Err("the number is negative"),
        [0, rest @ ..] | rest if rest.len() <= 4 => {
            Ok(rest.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
        }
        _ => Ok(u32::MAX),
    }
}

/// A BIT STRING of named bits: its first 16, the first one highest. Bits behind its end, which DER wants to be zero (X.690,
/// section 11.2.1) and some authorities didn't clear, don't count.
pub(super) fn named_bits(contents: &[u8]) -> Result<u16> {
    let Some((&unused, bytes)) = contents.split_first() else { return Err("a BIT STRING is empty") };
    if unused > 7 || (bytes.is_empty() && unused > 0) {
        return Err("a BIT STRING has another number of bits than it says");
    }
    let byte = |i: usize| match bytes.get(i) {
        Some(byte) if i + 1 == bytes.len() => u16::from(byte >> unused << unused),
        other => u16::from(other.copied().unwrap_or_default()),
    };
    Ok(byte(0) << 8 | byte(1))
}

fn wrong_tag(expected: u8) -> &'static str {
    match expected {
        BOOLEAN => "not a BOOLEAN",
        INTEGER => "not an INTEGER",
        BIT_STRING => "not a BIT STRING",
        OCTET_STRING => "not an OCTET STRING",
        OBJECT_IDENTIFIER => "not an OBJECT IDENTIFIER",
        SEQUENCE => "not a SEQUENCE",
        SET => "not a SET",
        _ => "an element of another kind than expected",
    }
}

/// An element of these contents.
pub(super) fn written(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    core::mem::take(&mut *element(tag, contents))
}

/// A SEQUENCE of elements.
pub(super) fn sequence(elements: &[&[u8]]) -> Vec<u8> {
    written(SEQUENCE, elements)
}

/// A SEQUENCE of elements that are at hand one by one.
pub(super) fn sequence_of<T: AsRef<[u8]>>(elements: impl IntoIterator<Item = T>) -> Vec<u8> {
    let contents = elements.into_iter().fold(Vec::new(), |mut contents, element| {
        contents.extend_from_slice(element.as_ref());
        contents
    });
    sequence(&[&contents])
}

/// A BIT STRING of whole bytes.
pub(super) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    written(BIT_STRING, &[&[0], bytes])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_der() {
        let problems: [(&[u8], &str); 9] = [
            (&[], "missing"),
            (&[4], "ends early"),
            (&[4, 2, 1], "ends early"),
            (&[4, 0x80, 0, 0], "indefinite length, which is BER"),
            (&[4, 0x81, 0x7f], "a length isn't encoded in as few bytes as possible"),
            (&[4, 0x82, 0, 0x80], "a length isn't encoded in as few bytes as possible"),
            (&[4, 0x85, 1, 0, 0, 0, 0], "ends early"),
            (&[4, 0x84, 0xff, 0xff, 0xff, 0xff], "ends early"),
            (&[0x1f, 1, 1], "a tag of more than one byte"),
        ];
        for (der, problem) in problems {
            assert_eq!(Reader::new(der).any().unwrap_err(), problem, "{der:?}");
        }
        assert_eq!(only(&[4, 1, 7, 0], OCTET_STRING), Err("trailing bytes"));
        assert_eq!(only(&[4, 1, 7], OCTET_STRING), Ok(&[7][..]));
        assert_eq!(only(&[4, 1, 7], SEQUENCE), Err("not a SEQUENCE"));
    }

    #[test]
    fn values_in_one_encoding_alone() {
        assert_eq!([boolean(&[0]), boolean(&[0xff])], [Ok(false), Ok(true)]);
        assert!(boolean(&[1]).is_err() && boolean(&[]).is_err());
        for integer in [&[0][..], &[0, 0x80], &[0xff], &[0xff, 0x7f]] {
            assert!(check_integer(integer).is_ok());
        }
        for integer in [&[][..], &[0, 0x7f], &[0xff, 0x80]] {
            assert!(check_integer(integer).is_err());
        }
        for oid in [&[][..], &[0x80, 1], &[0x2a, 0x80, 1], &[0x2a, 0x86]] {
            assert!(check_oid(oid).is_err());
        }
        assert!(check_oid(&[0x2a, 0x86, 0x80, 1]).is_ok());
        assert_eq!(saturating(&[0, 0xff]), Ok(255));
        assert_eq!(saturating(&[1, 0, 0, 0, 0]), Ok(u32::MAX));
        assert_eq!(saturating(&[0, 0xff, 0xff, 0xff, 0xff]), Ok(u32::MAX));
        assert!(saturating(&[0x80]).is_err());
    }

    #[test]
    fn bits_with_names() {
        assert_eq!(named_bits(&[5, 0xa0]), Ok(0xa000));
        assert_eq!(named_bits(&[7, 0, 0x80]), Ok(0x80));
        assert_eq!(named_bits(&[0, 1, 2, 3, 4]), Ok(0x102), "what has no name yet is passed over");
        assert_eq!(named_bits(&[0]), Ok(0));
        assert_eq!(named_bits(&[5, 0xbf]), Ok(0xa000));
        for damaged in [&[][..], &[8, 0], &[1]] {
            assert!(named_bits(damaged).is_err());
        }
    }
}
