//! The names that certificates have for anybody and anything: `GeneralName` (RFC 5280, section 4.2.1.6).
//!
//! | tag | kind | read as |
//! |--:|---|---|
//! | 0 | otherName | a type, and DER |
//! | 1 | rfc822Name | text, ASCII |
//! | 2 | dNSName | text, ASCII |
//! | 3 | x400Address | DER |
//! | 4 | directoryName | a distinguished name |
//! | 5 | ediPartyName | DER |
//! | 6 | uniformResourceIdentifier | text, ASCII |
//! | 7 | iPAddress | bytes |
//! | 8 | registeredID | an object identifier |
//!
//! They're read where they stand, one by one.

use alloc::borrow::Cow;

use super::der::{
    Element, IA5_STRING, PRINTABLE_STRING, Reader, Result, SEQUENCE, UTF8_STRING, check_oid, constructed,
    context, only,
};
use super::distinguished::{DistinguishedName, Printable, check_name};
use super::oid;

/// A name in a certificate, a request or a revocation list, as it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GeneralName<'a> {
    /// A name of another kind: the contents of the type's OBJECT IDENTIFIER, and the DER of the name.
    Other(&'a [u8], &'a [u8]),
    /// A mail address.
    Mail(&'a str),
    /// A domain name, which may start with `*.`.
    Dns(&'a str),
    /// An address of X.400, as DER.
    X400(&'a [u8]),
    /// The DER of a distinguished name.
    Directory(&'a [u8]),
    /// A name of an EDI party, as DER.
    EdiParty(&'a [u8]),
    /// A URI.
    Uri(&'a str),
    /// An address of the Internet Protocol, of 4 or 16 bytes.
    Ip(&'a [u8]),
    /// The contents of an OBJECT IDENTIFIER.
    RegisteredId(&'a [u8]),
    /// Text that isn't ASCII, where it has to be: the kind's number (1, 2 or 6), and the bytes. It's nobody's name, and the
    /// others beside it can be read.
    Unreadable(u8, &'a [u8]),
}

impl<'a> GeneralName<'a> {
    /// Reads an element.
    pub(super) fn of(element: Element<'a>) -> Result<Self> {
        let value = element.value;
        let text = core::str::from_utf8(value).ok().filter(|text| text.is_ascii());
        let text = |kind, name: fn(&'a str) -> Self| text.map_or(Self::Unreadable(kind, value), name);
        Ok(match element.tag {
            tag if tag == constructed(0) => {
                let mut fields = Reader::new(value);
                let type_id = fields.oid()?;
                let name = only(fields.any()?.whole, constructed(0))?;
                fields.finish()?;
                Self::Other(type_id, name)
            }
            tag if tag == context(1) => text(1, Self::Mail),
            tag if tag == context(2) => text(2, Self::Dns),
            tag if tag == constructed(3) => Self::X400(value),
            tag if tag == constructed(4) => {
                only(value, SEQUENCE)?;
                check_name(value)?;
                Self::Directory(value)
            }
            tag if tag == constructed(5) => Self::EdiParty(value),
            tag if tag == context(6) => text(6, Self::Uri),
            tag if tag == context(7) => Self::Ip(value),
            tag if tag == context(8) => {
                check_oid(value)?;
                Self::RegisteredId(value)
            }
            _ => return Err("a name of a kind that isn't known"),
        })
    }

    /// The same, if its text is what its kind has.
    pub(super) fn readable(self) -> Result<Self> {
        match self {
            Self::Unreadable(..) => Err("a name isn't ASCII"),
            name => Ok(name),
        }
    }

    /// Its number in the table above, which tells kinds apart.
    pub(super) fn kind(&self) -> u8 {
        match self {
            Self::Other(..) => 0,
            Self::Mail(_) => 1,
            Self::Dns(_) => 2,
            Self::X400(_) => 3,
            Self::Directory(_) => 4,
            Self::EdiParty(_) => 5,
            Self::Uri(_) => 6,
            Self::Ip(_) => 7,
            Self::RegisteredId(_) => 8,
            Self::Unreadable(kind, _) => *kind,
        }
    }

    /// What two names have in common that are the same: domains in lower case, directory names by their digests.
    pub(super) fn same(&self) -> (u8, Cow<'a, [u8]>) {
        let bytes = match *self {
            Self::Dns(text) if text.bytes().any(|c| c.is_ascii_uppercase()) => {
                Cow::Owned(text.to_ascii_lowercase().into_bytes())
            }
            Self::Dns(text) | Self::Mail(text) | Self::Uri(text) => Cow::Borrowed(text.as_bytes()),
            Self::Directory(der) => Cow::Owned(DistinguishedName::digest_of(der).to_vec()),
            Self::Ip(bytes)
            | Self::X400(bytes)
            | Self::EdiParty(bytes)
            | Self::RegisteredId(bytes)
            | Self::Unreadable(_, bytes) => Cow::Borrowed(bytes),
            Self::Other(type_id, name) => Cow::Owned([type_id, &[0xff], name].concat()),
        };
        (self.kind(), bytes)
    }
}

/// As people read it; an address that's none is told as such.
impl core::fmt::Display for GeneralName<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Dns(text) | Self::Mail(text) | Self::Uri(text) => Printable(text).fmt(f),
            Self::Ip(bytes) => match super::name::ip(bytes) {
                Some(address) => address.fmt(f),
                None => write!(f, "an IP address of {} bytes", bytes.len()),
            },
            Self::Directory(der) => DistinguishedName::known(der).fmt(f),
            Self::RegisteredId(contents) => f.write_str(&oid::text(contents)),
            Self::Other(type_id, der) => {
                write!(f, "another name, of type {}", oid::name_of(type_id))?;
                text_of(der).map_or(Ok(()), |text| write!(f, ": {}", Printable(text)))
            }
            Self::X400(_) => f.write_str("an address of X.400"),
            Self::EdiParty(_) => f.write_str("a name of an EDI party"),
            Self::Unreadable(kind, _) => write!(f, "a name of kind {kind} that isn't ASCII"),
        }
    }
}

/// The text of a name of another kind, if it's one: the one by which Windows knows people, say.
fn text_of(der: &[u8]) -> Option<&str> {
    let mut outer = Reader::new(der);
    let element = outer.any().ok()?;
    let is_text = matches!(element.tag, UTF8_STRING | IA5_STRING | PRINTABLE_STRING);
    core::str::from_utf8(element.value).ok().filter(|_| is_text && outer.is_empty())
}

/// The names of a `GeneralNames`, in order.
#[derive(Clone, Debug)]
pub struct GeneralNames<'a> {
    rest: Reader<'a>,
    len: usize,
}

impl<'a> GeneralNames<'a> {
    /// Those of a SEQUENCE's contents, each of which is read once to see that it can be.
    pub(super) fn of(contents: &'a [u8]) -> Result<Self> {
        let (mut names, mut len) = (Reader::new(contents), 0);
        while !names.is_empty() {
            GeneralName::of(names.any()?)?;
            len += 1;
        }
        Ok(Self { rest: Reader::new(contents), len })
    }

    pub(super) fn none() -> Self {
        Self { rest: Reader::new(&[]), len: 0 }
    }

    /// Whether there's none left.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<'a> Iterator for GeneralNames<'a> {
    type Item = GeneralName<'a>;

    fn next(&mut self) -> Option<GeneralName<'a>> {
        let element = self.rest.any().ok()?;
        self.len = self.len.saturating_sub(1);
        GeneralName::of(element).ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len, Some(self.len))
    }
}

impl ExactSizeIterator for GeneralNames<'_> {}
