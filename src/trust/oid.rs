//! Object identifiers: names in a tree of numbers, of any size.
//!
//! `2.25.` and a number of 128 bits is anybody's to use (X.667), and some authorities have longer ones than that; the
//! type of the crate `const-oid` has numbers of 32 bits and room for 39 bytes. So certificates' identifiers are kept as
//! they're written, the contents of a DER element, and compared so: DER has one encoding for each.
//!
//! Sources: X.690, section 8.19; X.660.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use x509_cert::der;
use x509_cert::der::asn1::ObjectIdentifier;

use super::der::check_oid;
use super::display::hex;
use super::{Error, Result};

/// An object identifier of any size.
///
/// ```
/// use oneway::trust::Oid;
///
/// let servers: Oid = "1.3.6.1.5.5.7.3.1".parse()?;
/// let own: Oid = "2.25.329800735698586629295641978511506172918".parse()?;
/// assert_eq!(own.to_string(), "2.25.329800735698586629295641978511506172918");
/// assert_ne!(own, servers);
/// # Ok::<(), oneway::trust::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(Vec<u8>);

impl Oid {
    /// Of the contents of a DER element.
    ///
    /// # Errors
    /// [`Error::Malformed`] if they aren't an object identifier's.
    pub fn from_bytes(contents: &[u8]) -> Result<Self> {
        check_oid(contents).map_err(|problem| super::error::malformed("object identifier", problem))?;
        Ok(Self(contents.to_vec()))
    }

    /// Of contents that were checked when they were read.
    pub(super) fn known(contents: &[u8]) -> Self {
        Self(contents.to_vec())
    }

    /// The contents of its DER element.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its type in the crate `const-oid`, if it has room for it: numbers below 2^32, at most 39 bytes.
    pub fn to_const(&self) -> Option<ObjectIdentifier> {
        ObjectIdentifier::from_bytes(&self.0).ok()
    }
}

impl From<ObjectIdentifier> for Oid {
    fn from(oid: ObjectIdentifier) -> Self {
        Self(oid.as_bytes().to_vec())
    }
}

impl PartialEq<ObjectIdentifier> for Oid {
    fn eq(&self, other: &ObjectIdentifier) -> bool {
        self.0 == other.as_bytes()
    }
}

impl AsRef<[u8]> for Oid {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Dotted numbers; one with a number of more than 128 bits as its bytes, `#` and hexadecimal.
impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(&self.0))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Dotted numbers, each of at most 128 bits.
impl FromStr for Oid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let problem = "not an object identifier: numbers with dots between, such as 2.5.29.17";
        let error = || Error::Name { name: super::distinguished::printable(text), problem };
        let mut arcs = text.split('.').map(|arc| {
            let is_number = !arc.is_empty() && arc.bytes().all(|c| c.is_ascii_digit());
            let is_plain = is_number && (arc == "0" || !arc.starts_with('0'));
            arc.parse::<u128>().ok().filter(|_| is_plain).ok_or_else(error)
        });
        let (Some(first), Some(second)) = (arcs.next(), arcs.next()) else { return Err(error()) };
        let (first, second) = (first?, second?);
        if first > 2 || (first < 2 && second > 39) {
            return Err(error());
        }
        let mut bytes = Vec::new();
        push_arc(&mut bytes, second.checked_add(40 * first).ok_or_else(error)?);
        for arc in arcs {
            push_arc(&mut bytes, arc?);
        }
        Ok(Self(bytes))
    }
}

/// Seven bits a byte, the top bit set on all but the last.
fn push_arc(bytes: &mut Vec<u8>, arc: u128) {
    let len = (128 - arc.leading_zeros()).div_ceil(7).max(1);
    for i in (0..len).rev() {
        bytes.push((arc >> (7 * i)) as u8 & 0x7f | if i > 0 { 0x80 } else { 0 });
    }
}

/// The text of an object identifier's contents.
pub(super) fn text(contents: &[u8]) -> String {
    let mut text = String::new();
    for (i, arc) in contents.split_inclusive(|byte| byte & 0x80 == 0).enumerate() {
        let mut number = 0u128;
        for byte in arc {
            let Some(shifted) = number.checked_mul(128) else {
                return alloc::format!("#{}", super::distinguished::shortened(&hex(contents, "")));
            };
            number = shifted | u128::from(byte & 0x7f);
        }
        if i == 0 {
            let first = (number / 40).min(2);
            text = alloc::format!("{first}.{}", number - 40 * first);
        } else {
            text.push('.');
            text.push_str(&number.to_string());
        }
    }
    text
}

/// An object identifier, with its name beside it if there's a well-known one; of a long one the beginning.
pub(super) fn name_of(contents: &[u8]) -> String {
    let known = ObjectIdentifier::from_bytes(contents).ok().and_then(|oid| der::oid::db::DB.by_oid(&oid));
    let text = super::distinguished::shortened(&text(contents));
    known.map_or_else(|| text.clone(), |name| alloc::format!("{name} ({text})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let uuid = "2.25.340282366920938463463374607431768211455";
        for text in ["0.0", "1.39", "2.40", "2.999", "2.5.29.17", "1.2.840.113549", "1.2.4294967296", uuid] {
            let oid: Oid = text.parse().unwrap();
            assert_eq!(oid.to_string(), text);
            assert_eq!(Oid::from_bytes(oid.as_bytes()).unwrap(), oid);
        }
        let own = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
        assert_eq!("1.2.840.10045.4.3.2".parse::<Oid>().unwrap(), own);
        assert_eq!(Oid::from(own).to_const(), Some(own));
        assert_eq!(uuid.parse::<Oid>().unwrap().to_const(), None);
    }

    #[test]
    fn what_is_none() {
        for text in ["", "1", "1.", ".1", "3.1", "1.40", "1.2.a", "1.2.03", "1.2.+3", "1.2..3"] {
            assert!(text.parse::<Oid>().is_err(), "{text}");
        }
        assert!(Oid::from_bytes(&[0x2a, 0x86]).is_err());
        let long = [&[0x2a][..], &[0x81; 30], &[1]].concat();
        assert!(Oid::from_bytes(&long).unwrap().to_string().starts_with("#2a81"));
    }
}
