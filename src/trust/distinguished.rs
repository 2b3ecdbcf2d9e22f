//! Distinguished names, and when two of them are one.
//!
//! A name is a sequence of sets of attributes: `C=DE`, then `O=Example`, then `CN=Example Root`. A certificate's
//! issuer is found by its name, so it matters which names are equal. RFC 5280, section 7.1: values are compared
//! without regard to case, to white space at their ends, to the length of white space within, and to the type
//! of string that they're written in. That's decided once, when a name is read, by a canonical form:
//!
//! ```text
//! for each set, in order:  attributes, sorted, each as  type, length, text
//! ```
//!
//! in which text is in lower case (by Unicode's simple mapping, not by all of RFC 4518, of which compatibility
//! forms and bidirectional checks are left out: names that differ in those are different). Whatever isn't text
//! counts with its tag and its bytes.
//!
//! Everything in here is public.
//!
//! Sources: RFC 5280, sections 4.1.2.4 and 7.1; RFC 4514 (as text).

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use digest::Digest;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::{Any, BmpString, ObjectIdentifier, SetOfVec};
use x509_cert::der::{self, Decode, Encode, Tag, Tagged};
use x509_cert::name::{Name, RelativeDistinguishedName};

use super::sign::sequence;
use super::{Error, Result};
use crate::hash::Sha256;

pub(super) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
pub(super) const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");
const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const DOMAIN_COMPONENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25");
/// `id-at`, 2.5.4: where most types of attributes are.
const ID_AT: [u8; 2] = [0x55, 4];

/// A distinguished name: who a certificate is about, or who issued it.
///
/// Equal by the rules of RFC 5280, section 7.1: without regard to case and to white space. Printed as text of
/// RFC 4514, most particular part first: `CN=www.example.com,O=Example,C=DE`.
#[derive(Clone)]
pub struct DistinguishedName {
    name: Name,
    /// The canonical form of each set.
    canonical: Vec<Vec<u8>>,
    /// The SHA-256 of all of it, by which names are compared: it costs the same however long they are.
    digest: [u8; 32],
}

/// A name is at most 16 KiB long.
const MAX_LEN: usize = 1 << 14;

impl DistinguishedName {
    pub(super) fn new(name: Name) -> Self {
        let canonical: Vec<Vec<u8>> = name.iter_rdn().map(canonical).collect();
        let hash = canonical.iter().fold(Sha256::new(), |hash, set| {
            hash.chain_update((set.len() as u64).to_be_bytes()).chain_update(set)
        });
        Self { name, canonical, digest: hash.finalize().into() }
    }

    /// The name that a text is, in the form of RFC 4514, most particular part first; an empty one is no name.
    pub(super) fn new_from_text(text: &str) -> Result<Self> {
        let error = |problem| Error::Name { name: printable(text), problem };
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        if text.len() > MAX_LEN {
            return Err(error("longer than 16 KiB"));
        }
        let sets = parse(text).map_err(error)?;
        let name = sets.into_iter().rev().try_fold(Vec::new(), |mut der, set| {
            der.extend(SetOfVec::try_from(set)?.to_der()?);
            Ok::<_, der::Error>(der)
        });
        let name = name.and_then(|sets| Name::from_der(&sequence(&[&sets])?)).map(Self::new);
        let name = name.map_err(|_| error("a part of it is too long"))?;
        name.check_writable().map_err(error)?;
        Ok(name)
    }

    /// Checks that it's one that new certificates may have: text of the types and lengths that RFC 5280 asks of them
    /// (sections 4.1.2.4 and 4.1.2.6, appendix A.1), and no part empty.
    pub(super) fn check_writable(&self) -> Result<(), &'static str> {
        if self.canonical.iter().any(Vec::is_empty) {
            return Err("a part of it is empty");
        }
        self.name.iter().try_for_each(check_attribute)
    }

    /// The same without the attributes that this function doesn't keep, which is asked about the type and the text of
    /// each, in order.
    pub(super) fn filtered(&self, mut keeps: impl FnMut(ObjectIdentifier, Option<String>) -> bool) -> Self {
        let mut sets = Vec::new();
        for set in self.name.iter_rdn() {
            let kept: Vec<_> =
                set.iter().filter(|attribute| keeps(attribute.oid, text(attribute))).cloned().collect();
            if !kept.is_empty() {
                sets.extend(SetOfVec::try_from(kept).and_then(|set| set.to_der()).unwrap_or_default());
            }
        }
        // A part of what was read as a name is one.
        let name = sequence(&[&sets]).and_then(|der| Name::from_der(&der));
        Self::new(name.unwrap_or_default())
    }

    pub(super) fn from_der(bytes: &[u8]) -> der::Result<Self> {
        if bytes.len() > MAX_LEN {
            return Err(der::ErrorKind::Overlength.into());
        }
        Name::from_der(bytes).map(Self::new)
    }

    /// Whether it has no part at all.
    pub fn is_empty(&self) -> bool {
        self.canonical.iter().all(Vec::is_empty)
    }

    /// The name as the crate `x509-cert` has it.
    pub fn as_name(&self) -> &Name {
        &self.name
    }

    /// The common names, in order: what people call it.
    pub fn common_names(&self) -> impl Iterator<Item = String> {
        self.values(COMMON_NAME).flatten()
    }

    /// The mail addresses, which older certificates have here instead of among the alternative names.
    pub fn email_addresses(&self) -> impl Iterator<Item = String> {
        self.values(EMAIL_ADDRESS).flatten()
    }

    /// The common names and the mail addresses, None for a value that isn't text.
    pub(super) fn all_common_names(&self) -> impl Iterator<Item = Option<String>> {
        self.values(COMMON_NAME)
    }

    pub(super) fn all_email_addresses(&self) -> impl Iterator<Item = Option<String>> {
        self.values(EMAIL_ADDRESS)
    }

    fn values(&self, of: ObjectIdentifier) -> impl Iterator<Item = Option<String>> {
        self.name.iter().filter(move |attribute| attribute.oid == of).map(text)
    }

    /// How many bytes it has, about.
    pub(super) fn len(&self) -> usize {
        self.canonical.iter().map(Vec::len).sum()
    }

    /// Whether it is this name, or one below it: what a name constraint asks.
    pub(super) fn is_within(&self, tree: &Self) -> bool {
        self.canonical.starts_with(&tree.canonical)
    }
}

/// The sets of attributes of a text of RFC 4514, in its order, which is the most particular one first.
fn parse(text: &str) -> Result<Vec<Vec<AttributeTypeAndValue>>, &'static str> {
    parts(text, ',').map(|set| parts(set, '+').map(parse_attribute).collect()).collect()
}

/// What's between separators that aren't escaped.
fn parts(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut escaped = false;
    text.split(move |c| {
        let ends = c == separator && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })
}

/// `TYPE=text`, or `TYPE=#` and DER in hexadecimal.
fn parse_attribute(attribute: &str) -> Result<AttributeTypeAndValue, &'static str> {
    let (oid, value) =
        attribute.split_once('=').ok_or("not of the form CN=www.example.com,O=Example,C=DE")?;
    let oid =
        type_of(oid.trim()).ok_or("it has a type of attribute that isn't known (nor a dotted number)")?;
    let value = match value.trim_start().strip_prefix('#') {
        Some(hex) => from_hex(hex.trim_end()).and_then(|der| Any::from_der(&der).ok()),
        None => unescaped(value).and_then(|text| {
            let tag = match oid {
                DOMAIN_COMPONENT | EMAIL_ADDRESS => Tag::Ia5String,
                // Country, serial number, and the qualifier of a name.
                _ if matches!(oid.as_bytes().strip_prefix(&ID_AT), Some([6 | 5 | 46])) => {
                    Tag::PrintableString
                }
                _ => Tag::Utf8String,
            };
            Any::new(tag, text.into_bytes()).ok()
        }),
    };
    let value = value.ok_or("a value in it isn't escaped as RFC 4514 has it")?;
    Ok(AttributeTypeAndValue { oid, value })
}

/// A type of attributes by its name or its number.
fn type_of(name: &str) -> Option<ObjectIdentifier> {
    if name.eq_ignore_ascii_case("E") {
        return Some(EMAIL_ADDRESS);
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return ObjectIdentifier::new(name).ok();
    }
    // The table has names of all kinds of things.
    let is_attribute = |oid: &ObjectIdentifier| {
        *oid == EMAIL_ADDRESS
            || [&ID_AT[..], &DOMAIN_COMPONENT.as_bytes()[..9]]
                .iter()
                .any(|start| oid.as_bytes().starts_with(start))
    };
    der::oid::db::DB.by_name(name).copied().filter(is_attribute)
}

/// The text that's meant, without the blanks around it that aren't escaped.
fn unescaped(value: &str) -> Option<String> {
    let (mut bytes, mut len) = (Vec::new(), 0);
    let mut rest = value.trim_start_matches(' ').bytes();
    while let Some(c) = rest.next() {
        match c {
            b'\\' => {
                let escaped = rest.next()?;
                match escaped {
                    b' ' | b'"' | b'#' | b'=' | b'\\' | b'+' | b',' | b';' | b'<' | b'>' => {
                        bytes.push(escaped);
                    }
                    _ => bytes.push(hex_digit(escaped)? << 4 | hex_digit(rest.next()?)?),
                }
                len = bytes.len();
            }
            b'"' | b';' | b'<' | b'>' | 0 => return None,
            b' ' => bytes.push(c),
            _ => {
                bytes.push(c);
                len = bytes.len();
            }
        }
    }
    bytes.truncate(len);
    String::from_utf8(bytes).ok()
}

fn hex_digit(c: u8) -> Option<u8> {
    char::from(c).to_digit(16).map(|digit| digit as u8)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(hex_digit(*high)? << 4 | hex_digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

/// Checks that an attribute is one that new certificates may have.
fn check_attribute(attribute: &AttributeTypeAndValue) -> Result<(), &'static str> {
    let (tag, bytes) = (attribute.value.tag(), attribute.value.value());
    let text = core::str::from_utf8(bytes).map_err(|_| "a text in it isn't UTF-8")?;
    let is_printable = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
    let fits = match tag {
        Tag::PrintableString => text.chars().all(is_printable),
        Tag::Utf8String => true,
        Tag::Ia5String => text.is_ascii(),
        Tag::NumericString => text.chars().all(|c| c.is_ascii_digit() || c == ' '),
        _ => return Err("a value in it isn't text of the types that new certificates have"),
    };
    let is_of_type = match attribute.oid {
        COUNTRY => tag == Tag::PrintableString && text.len() == 2,
        DOMAIN_COMPONENT | EMAIL_ADDRESS => tag == Tag::Ia5String,
        _ => true,
    };
    if !(fits && is_of_type) {
        return Err(
            "a text in it has characters or a length that its type doesn't have (a country is two letters)",
        );
    }
    // The upper bounds of RFC 5280, appendix A.1, where there are any.
    let max = match (attribute.oid.as_bytes().strip_prefix(&ID_AT), attribute.oid) {
        // Common name, serial number, organization, unit, title.
        (Some([3 | 5 | 10..=12]), _) => 64,
        // Locality, state.
        (Some([7 | 8]), _) => 128,
        (_, EMAIL_ADDRESS) => 255,
        _ => MAX_LEN,
    };
    match text.chars().count() {
        0 => Err("a part of it is empty"),
        len if len > max => Err("a text in it is longer than its type may be (64 characters for most)"),
        _ => Ok(()),
    }
}

/// The canonical form of a set of attributes.
fn canonical(set: &RelativeDistinguishedName) -> Vec<u8> {
    let mut attributes: Vec<Vec<u8>> = set.iter().map(canonical_attribute).collect();
    attributes.sort();
    attributes.concat()
}

fn canonical_attribute(attribute: &AttributeTypeAndValue) -> Vec<u8> {
    let oid = attribute.oid.as_bytes();
    let mut form = alloc::vec![oid.len() as u8];
    form.extend_from_slice(oid);
    let (mark, value) = match text(attribute) {
        Some(text) => (0, folded(&text).into_bytes()),
        None => (1, attribute.value.to_der().unwrap_or_default()),
    };
    form.push(mark);
    form.extend_from_slice(&value.len().to_be_bytes());
    form.extend_from_slice(&value);
    form
}

/// Lower case, one space between words.
fn folded(text: &str) -> String {
    text.split_whitespace().fold(String::with_capacity(text.len()), |mut folded, word| {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
        folded
    })
}

/// An attribute's value, if it's text.
///
/// `TeletexString` is read as Latin 1, which is what those who still have it mean.
fn text(attribute: &AttributeTypeAndValue) -> Option<String> {
    let bytes = attribute.value.value();
    match attribute.value.tag() {
        Tag::PrintableString | Tag::Utf8String | Tag::Ia5String | Tag::VisibleString | Tag::NumericString => {
            core::str::from_utf8(bytes).ok().map(ToString::to_string)
        }
        Tag::TeletexString => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Tag::BmpString => BmpString::from_ucs2(bytes.to_vec()).ok().map(|text| text.to_string()),
        _ => None,
    }
}

impl PartialEq for DistinguishedName {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for DistinguishedName {}

/// No name.
impl Default for DistinguishedName {
    fn default() -> Self {
        Self::new(Name::default())
    }
}

/// From text of RFC 4514, most particular part first: `CN=www.example.com,O=Example,C=DE`.
///
/// ```
/// use oneway::trust::DistinguishedName;
///
/// let name: DistinguishedName = "CN=Example Root,O=Example\\, Inc.,C=DE".parse()?;
/// assert_eq!(name.to_string(), "CN=Example Root,O=Example\\, Inc.,C=DE");
/// # Ok::<(), oneway::trust::Error>(())
/// ```
impl FromStr for DistinguishedName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::new_from_text(text)
    }
}

impl Hash for DistinguishedName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("(no name)");
        }
        // Most particular part first: from the last set on. Who has seen enough ends it by an error.
        let sets: Vec<_> = self.name.iter_rdn().collect();
        for (i, set) in sets.into_iter().rev().enumerate() {
            for (j, attribute) in set.iter().enumerate() {
                f.write_str(if j > 0 {
                    "+"
                } else if i > 0 {
                    ","
                } else {
                    ""
                })?;
                f.write_str(&escaped(&attribute_text(attribute)))?;
            }
        }
        Ok(())
    }
}

/// `CN=Example`, with what has a meaning in RFC 4514 escaped.
fn attribute_text(attribute: &AttributeTypeAndValue) -> String {
    // Names of attribute types, and the values that are text as x509-cert reads it, are its own.
    let as_text = |oid| {
        let value = Any::new(Tag::Utf8String, text(attribute)?.as_bytes()).ok()?;
        Some(AttributeTypeAndValue { oid, value }.to_string())
    };
    let shown = match (attribute.value.tag(), type_name(attribute.oid)) {
        // Its value, as that of a type that x509-cert knows.
        (_, Some(name)) => as_text(COMMON_NAME).map(|text| text.replacen("CN", name, 1)),
        (Tag::BmpString | Tag::TeletexString | Tag::VisibleString, None) => as_text(attribute.oid),
        _ => None,
    };
    shown.unwrap_or_else(|| attribute.to_string())
}

/// Types of attributes that certificates of companies have, and x509-cert doesn't know by name (ETSI EN 319 412-1,
/// section 5.1.4; CA/Browser Forum, EV guidelines, section 7.1.4.2.4).
fn type_name(oid: ObjectIdentifier) -> Option<&'static str> {
    Some(match oid.to_string().as_str() {
        "2.5.4.97" => "organizationIdentifier",
        "1.3.6.1.4.1.311.60.2.1.1" => "jurisdictionLocality",
        "1.3.6.1.4.1.311.60.2.1.2" => "jurisdictionState",
        "1.3.6.1.4.1.311.60.2.1.3" => "jurisdictionCountry",
        _ => return None,
    })
}

impl fmt::Debug for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As much of something's text as errors show: 200 characters. No more than that is made.
pub(super) fn shortened(text: &dyn fmt::Display) -> String {
    struct Start(String, usize);
    impl fmt::Write for Start {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for c in text.chars() {
                if self.1 == 0 {
                    self.0.push('…');
                    return Err(fmt::Error);
                }
                self.0.push(c);
                self.1 -= 1;
            }
            Ok(())
        }
    }
    let mut start = Start(String::new(), 200);
    // An error says that it's cut.
    let _ = fmt::Write::write_fmt(&mut start, format_args!("{text}"));
    start.0
}

/// Whether a character controls a terminal, or turns the direction of writing.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || c == '\u{feff}'
}

/// Text from a certificate, fit for a terminal: what's harmful is shown by its number.
pub(super) fn printable(text: &str) -> String {
    harmless(text, |c, shown| shown.extend(c.escape_unicode()))
}

/// The same for a part of a distinguished name, by the escapes of RFC 4514 (section 2.4), which can be read again.
fn escaped(text: &str) -> String {
    harmless(text, |c, shown| {
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            // Into memory, it can't fail.
            let _ = fmt::Write::write_fmt(shown, format_args!("\\{byte:02X}"));
        }
    })
}

/// Text in which something else stands for each harmful character.
fn harmless(text: &str, escape: impl Fn(char, &mut String)) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmful(c) {
            escape(c, &mut shown);
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::str::FromStr;

    fn name(text: &str) -> DistinguishedName {
        let name = if text.is_empty() { Name::default() } else { Name::from_str(text).unwrap() };
        DistinguishedName::new(name)
    }

    #[test]
    fn case_and_white_space_do_not_matter() {
        assert_eq!(name("CN=Example  Root,O=\\ Example,C=DE"), name("CN=example root,O=EXAMPLE,C=de"));
        assert_ne!(name("CN=Example Root"), name("CN=ExampleRoot"));
        assert_ne!(name("CN=a,O=b"), name("O=b,CN=a"));
        assert_ne!(name("CN=a"), name("O=a"));
        assert_eq!(name("CN=ÄRGER"), name("CN=ärger"));
    }

    #[test]
    fn types_of_strings_do_not_matter() {
        let with_tag = |tag, value: &[u8]| {
            let value = Any::new(tag, value).unwrap();
            canonical_attribute(&AttributeTypeAndValue { oid: COMMON_NAME, value })
        };
        let utf8 = with_tag(Tag::Utf8String, b"Example");
        assert_eq!(utf8, with_tag(Tag::PrintableString, b"EXAMPLE"));
        assert_eq!(utf8, with_tag(Tag::TeletexString, b"example "));
        assert_eq!(utf8, with_tag(Tag::BmpString, b"\0e\0x\0a\0m\0p\0l\0e"));
        assert_ne!(utf8, with_tag(Tag::OctetString, b"example"));
        assert_ne!(with_tag(Tag::OctetString, b"a"), with_tag(Tag::OctetString, b"A"));
    }

    #[test]
    fn trees_of_names() {
        let tree = name("O=Example,C=DE");
        assert!(name("O=example,C=DE").is_within(&tree));
        assert!(name("CN=www,O=Example,C=DE").is_within(&tree));
        assert!(!name("O=Example2,C=DE").is_within(&tree));
        assert!(!name("C=DE").is_within(&tree));
        assert!(name("C=DE").is_within(&name("")));
    }

    #[test]
    fn text_is_read_as_it_is_printed() {
        for text in [
            "CN=www.example.com,O=Example\\, Inc.,C=DE",
            "O=a\\\\\\,CN\\=admin",
            "CN=James \\\"Jim\\\" Smith\\, III,DC=example,DC=net",
            "OU=Sales+CN=J. Smith,DC=example",
            "CN=\\#1",
            "CN=\\ a\\ ",
            "CN=Ä\\+b",
            "CN=a\\01\\C2\\82\\E2\\80\\AEb",
        ] {
            let name = DistinguishedName::new_from_text(text).unwrap();
            let again = DistinguishedName::new_from_text(&name.to_string()).unwrap();
            assert_eq!(name.as_name(), again.as_name(), "{text}");
        }
        let one = DistinguishedName::new_from_text("O=a\\\\\\,CN=admin").unwrap();
        assert_eq!((one.as_name().len(), one.common_names().count()), (1, 0));
        let spaced = DistinguishedName::new_from_text("cn = www.example.com , o=Example , C=DE").unwrap();
        assert_eq!(spaced.to_string(), "CN=www.example.com,O=Example,C=DE");
        assert_eq!(name("CN=\\c3\\a4").to_string(), "CN=ä");
        let harmful = DistinguishedName::new_from_text("CN=a\u{82}\u{202e}b").unwrap();
        assert_eq!(harmful.to_string(), "CN=a\\C2\\82\\E2\\80\\AEb");
        assert_eq!(DistinguishedName::new_from_text("1.2.3=#0c0161").unwrap().as_name().len(), 1);
    }

    #[test]
    fn text_that_is_no_name() {
        let long = alloc::format!("CN={}", "a".repeat(65));
        for text in [
            "Example",
            "CN=",
            "CN=a,",
            ",CN=a",
            "CN=a\\",
            "CN=a\\4",
            "CN=a\\zz",
            "CN=\"a\"",
            "CN=a;O=b",
            "C=Germany",
            "C=Ö",
            "DC=bücher",
            "emailAddress=ü@example.com",
            "CN=#0500",
            "CN=#zz",
            "CN=#0",
            "XX=a",
            "sha256=a",
            "CN=\\ff",
            "1.2.=a",
            &long,
        ] {
            let error = DistinguishedName::new_from_text(text).unwrap_err();
            assert!(matches!(error, Error::Name { .. }), "{text}");
        }
    }

    #[test]
    fn as_text() {
        assert_eq!(
            name("CN=www.example.com,O=Example\\, Inc.,C=DE").to_string(),
            "CN=www.example.com,O=Example\\, Inc.,C=DE"
        );
        assert_eq!(name("").to_string(), "(no name)");
        let oid = ObjectIdentifier::new_unwrap("2.5.4.97");
        let value = Any::new(Tag::Utf8String, *b"VATDE-1, CN").unwrap();
        let text = attribute_text(&AttributeTypeAndValue { oid, value });
        assert_eq!(text, "organizationIdentifier=VATDE-1\\, CN");
        assert_eq!(printable("a\u{1b}[31m\u{202e}b\n"), "a\\u{1b}[31m\\u{202e}b\\u{a}");
    }
}
