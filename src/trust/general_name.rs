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
use alloc::string::{String, ToString};

use super::der::{
    Element, IA5_STRING, PRINTABLE_STRING, Reader, Result, SEQUENCE, UTF8_STRING, check_oid, constructed,
    context, only,
};
use super::distinguished::{DistinguishedName, check_name, printable};
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
}

impl<'a> GeneralName<'a> {
    /// Reads an element.
    pub(super) fn of(element: Element<'a>) -> Result<Self> {
        let value = element.value;
        let text = || match core::str::from_utf8(value) {
            Ok(text) if text.is_ascii() => Ok(text),
            _ => Err("a name isn't ASCII"),
        };
        Ok(match element.tag {
            tag if tag == constructed(0) => {
                let mut fields = Reader::new(value);
                let type_id = fields.oid()?;
                let name = only(fields.any()?.whole, constructed(0))?;
                fields.finish()?;
                Self::Other(type_id, name)
            }
            tag if tag == context(1) => Self::Mail(text()?),
            tag if tag == context(2) => Self::Dns(text()?),
            tag if tag == constructed(3) => Self::X400(value),
            tag if tag == constructed(4) => {
                only(value, SEQUENCE)?;
                check_name(value)?;
                Self::Directory(value)
            }
            tag if tag == constructed(5) => Self::EdiParty(value),
            tag if tag == context(6) => Self::Uri(text()?),
            tag if tag == context(7) => Self::Ip(value),
            tag if tag == context(8) => {
                check_oid(value)?;
                Self::RegisteredId(value)
            }
            _ => return Err("a name of a kind that isn't known"),
        })
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
        }
    }

    /// What two names have in common that are the same: domains in lower case, directory names by their digests.
    pub(super) fn same(&self) -> (u8, Cow<'a, [u8]>) {
        let bytes = match *self {
            Self::Dns(text) if text.bytes().any(|c| c.is_ascii_uppercase()) => {
                Cow::Owned(text.to_ascii_lowercase().into_bytes())
            }
            Self::Dns(text) | Self::Mail(text) | Self::Uri(text) => Cow::Borrowed(text.as_bytes()),
            Self::Directory(der) => Cow::Owned(DistinguishedName::known(der).digest().to_vec()),
            Self::Ip(bytes) | Self::X400(bytes) | Self::EdiParty(bytes) | Self::RegisteredId(bytes) => {
                Cow::Borrowed(bytes)
            }
            Self::Other(type_id, name) => Cow::Owned([type_id, &[0xff], name].concat()),
        };
        (self.kind(), bytes)
    }
}

/// As people read it; an address that's none is told as such.
impl core::fmt::Display for GeneralName<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&shown(self))
    }
}

/// A name in a certificate, as people read it.
pub(super) fn shown(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::Dns(text) | GeneralName::Mail(text) | GeneralName::Uri(text) => printable(text),
        GeneralName::Ip(bytes) => super::name::ip(bytes)
            .map_or_else(|| alloc::format!("an IP address of {} bytes", bytes.len()), |a| a.to_string()),
        GeneralName::Directory(der) => DistinguishedName::known(der).to_string(),
        GeneralName::RegisteredId(contents) => oid::text(contents),
        GeneralName::Other(type_id, der) => {
            let text = text_of(der).map_or_else(String::new, |text| alloc::format!(": {}", printable(text)));
            alloc::format!("another name, of type {}{text}", oid::name_of(type_id))
        }
        GeneralName::X400(_) => "an address of X.400".to_string(),
        GeneralName::EdiParty(_) => "a name of an EDI party".to_string(),
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
