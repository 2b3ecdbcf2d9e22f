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
//! counts with its tag and its bytes. Of text that RFC 4518 would change in these other ways, no name constraint can
//! tell where it belongs, so that an authority that mustn't vouch for a tree of names can't spell it otherwise.
//!
//! Everything in here is public.
//!
//! Sources: RFC 5280, sections 4.1.2.4 and 7.1; RFC 4514 (as text).

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use digest::Digest;
use x509_cert::der as const_der;
use x509_cert::der::asn1::ObjectIdentifier;

use super::der::{
    BMP_STRING, IA5_STRING, NUMERIC_STRING, OBJECT_IDENTIFIER, PRINTABLE_STRING, Reader, SEQUENCE, SET,
    TELETEX_STRING, UNIVERSAL_STRING, UTF8_STRING, VISIBLE_STRING, sequence, sequence_of, written,
};
use super::display::hex;
use super::oid::{self, Oid};
use super::{Error, Result, der};
use crate::hash::Sha256;

/// Types of attributes, the contents of their OBJECT IDENTIFIERs: `id-at` (2.5.4), and `emailAddress` of PKCS#9.
pub(super) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
pub(super) const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];
const COUNTRY: &[u8] = &[0x55, 4, 6];
/// 0.9.2342.19200300.100.1.25.
const DOMAIN_COMPONENT: &[u8] = &[9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25];
/// `id-at`, 2.5.4: where most types of attributes are.
const ID_AT: &[u8] = &[0x55, 4];
/// Those of RFC 4524, where the one of domain components is.
const COSINE: &[u8] = &[9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1];

/// A distinguished name: who a certificate is about, or who issued it.
///
/// Equal by the rules of RFC 5280, section 7.1: without regard to case and to white space. Printed as text of
/// RFC 4514, most particular part first: `CN=www.example.com,O=Example,C=DE`.
#[derive(Clone)]
pub struct DistinguishedName {
    /// As it was read or made: a SEQUENCE.
    der: Vec<u8>,
    /// The SHA-256 of its canonical form, by which names are compared: it costs the same however long they are.
    digest: [u8; 32],
}

/// A name is at most 16 KiB long.
const MAX_LEN: usize = 1 << 14;

/// An attribute of a name.
#[derive(Clone, Copy)]
pub(super) struct Attribute<'a> {
    /// In which set it is.
    pub(super) set: usize,
    /// The contents of its type.
    pub(super) oid: &'a [u8],
    pub(super) tag: u8,
    pub(super) value: &'a [u8],
    /// Type and value, as they stand in the set.
    pub(super) whole: &'a [u8],
}

/// Checks the structure of a name, and that it isn't too long.
pub(super) fn check_name(der: &[u8]) -> der::Result<()> {
    if der.len() > MAX_LEN {
        return Err("a name of more than 16 KiB");
    }
    let mut sets = Reader::of_sequence(der)?;
    while !sets.is_empty() {
        let mut set = Reader::new(sets.element(SET)?);
        if set.is_empty() {
            return Err("a name has an empty part (RFC 5280, appendix A.1)");
        }
        while !set.is_empty() {
            let mut attribute = set.sequence()?;
            attribute.oid()?;
            attribute.any()?;
            attribute.finish()?;
        }
    }
    Ok(())
}

/// The attributes of a name whose structure was checked, in order.
fn attributes(der: &[u8]) -> impl Iterator<Item = Attribute<'_>> {
    let mut sets = Reader::of_sequence(der).unwrap_or(Reader::new(&[]));
    let (mut set, mut next) = (Reader::new(&[]), 0);
    core::iter::from_fn(move || {
        while set.is_empty() {
            set = Reader::new(sets.element(SET).ok()?);
            next += 1;
        }
        let whole = set.whole_sequence().ok()?;
        let mut attribute = Reader::of_sequence(whole).ok()?;
        let (oid, value) = (attribute.oid().ok()?, attribute.any().ok()?);
        Some(Attribute { set: next - 1, oid, tag: value.tag, value: value.value, whole })
    })
}

impl DistinguishedName {
    /// A name whose structure was checked.
    pub(super) fn known(der: &[u8]) -> Self {
        Self { der: der.to_vec(), digest: Self::digest_of(der) }
    }

    /// The digest of a name whose structure was checked.
    pub(super) fn digest_of(der: &[u8]) -> [u8; 32] {
        digests(der).last().copied().unwrap_or_default()
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
        if text.starts_with('/') {
            return Err(error(
                "it's in the form of OpenSSL's -subj; what's wanted is CN=www.example.com,O=Example,C=DE (RFC 4514)",
            ));
        }
        let sets = parse(text).map_err(error)?;
        let sets = sets.into_iter().rev().map(written_set);
        let name = Self::from_der(&sequence_of(sets)).map_err(|_| error("a part of it is too long"))?;
        name.check_writable().map_err(error)?;
        Ok(name)
    }

    /// Checks that it's one that new certificates may have: text of the types and lengths that RFC 5280 asks of them
    /// (sections 4.1.2.4 and 4.1.2.6, appendix A.1), without harmful characters, and no part empty.
    pub(super) fn check_writable(&self) -> Result<(), &'static str> {
        self.attributes().try_for_each(|attribute| check_attribute(&attribute))
    }

    /// The same without the attributes that this function doesn't keep, which is asked about the type and the text of
    /// each, in order.
    pub(super) fn filtered(&self, mut keeps: impl FnMut(&Attribute<'_>, Option<String>) -> bool) -> Self {
        let mut sets: Vec<Vec<&[u8]>> = Vec::new();
        let mut last = None;
        for attribute in self.attributes() {
            if !keeps(&attribute, text(&attribute).map(Cow::into_owned)) {
                continue;
            }
            if last == Some(attribute.set)
                && let Some(set) = sets.last_mut()
            {
                set.push(attribute.whole);
            } else {
                sets.push(alloc::vec![attribute.whole]);
            }
            last = Some(attribute.set);
        }
        Self::known(&sequence_of(sets.iter().map(|set| written(SET, set))))
    }

    /// Reads a name: the DER of its SEQUENCE.
    ///
    /// # Errors
    /// What's wrong with it.
    pub(super) fn from_der(bytes: &[u8]) -> der::Result<Self> {
        check_name(bytes)?;
        Ok(Self::known(bytes))
    }

    /// The name as DER, as it was read.
    pub fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// Whether it has no part at all.
    pub fn is_empty(&self) -> bool {
        self.attributes().next().is_none()
    }

    /// The common names, in order: what people call it.
    pub fn common_names(&self) -> impl Iterator<Item = String> {
        self.values(COMMON_NAME).flatten()
    }

    /// The mail addresses, which older certificates have here instead of among the alternative names.
    pub fn email_addresses(&self) -> impl Iterator<Item = String> {
        self.values(EMAIL_ADDRESS).flatten()
    }

    /// The types of its attributes, and their text, None for a value that isn't text; the most general part first.
    pub fn parts(&self) -> impl Iterator<Item = (Oid, Option<String>)> {
        self.attributes().map(|a| (Oid::known(a.oid), text(&a).map(Cow::into_owned)))
    }

    /// The attributes, in order.
    pub(super) fn attributes(&self) -> impl Iterator<Item = Attribute<'_>> {
        attributes(&self.der)
    }

    /// The values of a type of attributes, None for one that isn't text.
    pub(super) fn values(&self, of: &'static [u8]) -> impl Iterator<Item = Option<String>> {
        let of_type = self.attributes().filter(move |attribute| attribute.oid == of);
        of_type.map(|attribute| text(&attribute).map(Cow::into_owned))
    }

    pub(super) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The name for comparing it with trees of names.
    pub(super) fn path(&self) -> NamePath {
        NamePath::known(&self.der)
    }
}

/// A name as its path from the root of all names.
pub(super) struct NamePath {
    /// The digest of the canonical form of each of its beginnings, the empty one and the whole one included.
    digests: Vec<[u8; 32]>,
    /// How many of its first sets can be compared, if not all.
    comparable: Option<usize>,
}

impl NamePath {
    /// Of a name whose structure was checked.
    pub(super) fn known(der: &[u8]) -> Self {
        let incomparable = attributes(der).find(|attribute| !is_comparable(attribute));
        Self { digests: digests(der), comparable: incomparable.map(|attribute| attribute.set) }
    }

    /// Whether it's this name, or one below it: what a name constraint asks. None if that can't be told, as a value
    /// isn't text that can be compared.
    pub(super) fn is_within(&self, tree: &Self) -> Option<bool> {
        let depth = tree.digests.len() - 1;
        let common = tree.comparable.into_iter().chain(self.comparable).fold(depth, usize::min);
        match self.digests.get(common) {
            // They differ before, or it ends before.
            None => Some(false),
            Some(digest) if *digest != tree.digests[common] => Some(false),
            Some(_) if common == depth => Some(true),
            Some(_) => None,
        }
    }
}

/// The sets of attributes of a text of RFC 4514, in its order, which is the most particular one first.
fn parse(text: &str) -> Result<Vec<Vec<Vec<u8>>>, &'static str> {
    parts(text, ',').map(|set| parts(set, '+').map(parse_attribute).collect()).collect()
}

/// A SET OF attributes, in the order of DER.
fn written_set(mut attributes: Vec<Vec<u8>>) -> Vec<u8> {
    attributes.sort();
    written(SET, &attributes.iter().map(Vec::as_slice).collect::<Vec<_>>())
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

/// `TYPE=text`, or `TYPE=#` and DER in hexadecimal, as DER.
fn parse_attribute(attribute: &str) -> Result<Vec<u8>, &'static str> {
    let (oid, value) =
        attribute.split_once('=').ok_or("not of the form CN=www.example.com,O=Example,C=DE")?;
    let oid =
        type_of(oid.trim()).ok_or("it has a type of attribute that isn't known (nor a dotted number)")?;
    let value = match value.trim_start().strip_prefix('#') {
        Some(hex) => from_hex(hex.trim_end()).filter(|der| {
            let mut outer = Reader::new(der);
            outer.any().is_ok() && outer.finish().is_ok()
        }),
        None => unescaped(value).map(|text| {
            let tag = match &*oid {
                DOMAIN_COMPONENT | EMAIL_ADDRESS => IA5_STRING,
                // Country, serial number, and the qualifier of a name.
                oid if matches!(oid.strip_prefix(ID_AT), Some([6 | 5 | 46])) => PRINTABLE_STRING,
                _ => UTF8_STRING,
            };
            written(tag, &[text.as_bytes()])
        }),
    };
    let value = value.ok_or("a value in it isn't escaped as RFC 4514 has it")?;
    Ok(sequence(&[&written(OBJECT_IDENTIFIER, &[&oid]), &value]))
}

/// A type of attributes by its name or its number.
pub(super) fn type_of(name: &str) -> Option<Vec<u8>> {
    if name.eq_ignore_ascii_case("E") {
        return Some(EMAIL_ADDRESS.to_vec());
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return name.parse::<Oid>().ok().map(|oid| oid.as_bytes().to_vec());
    }
    // The table has names of all kinds of things.
    let is_attribute = |oid: &[u8]| oid == EMAIL_ADDRESS || oid.starts_with(ID_AT) || oid.starts_with(COSINE);
    let oid = const_der::oid::db::DB.by_name(name)?;
    Some(oid.as_bytes().to_vec()).filter(|oid| is_attribute(oid))
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
fn check_attribute(attribute: &Attribute<'_>) -> Result<(), &'static str> {
    let (tag, bytes) = (attribute.tag, attribute.value);
    let text = core::str::from_utf8(bytes).map_err(|_| "a text in it isn't UTF-8")?;
    let is_printable = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
    let fits = match tag {
        PRINTABLE_STRING => text.chars().all(is_printable),
        UTF8_STRING => true,
        IA5_STRING => text.is_ascii(),
        NUMERIC_STRING => text.chars().all(|c| c.is_ascii_digit() || c == ' '),
        _ => return Err("a value in it isn't text of the types that new certificates have"),
    };
    if text.chars().any(is_harmful) {
        return Err("a text in it has a character that controls, turns or hides text");
    }
    let is_of_type = match attribute.oid {
        COUNTRY => tag == PRINTABLE_STRING && text.len() == 2,
        DOMAIN_COMPONENT | EMAIL_ADDRESS => tag == IA5_STRING,
        _ => true,
    };
    if !(fits && is_of_type) {
        return Err(
            "a text in it has characters or a length that its type doesn't have (a country is two letters)",
        );
    }
    // The upper bounds of RFC 5280, appendix A.1, where there are any.
    let max = match (attribute.oid.strip_prefix(ID_AT), attribute.oid) {
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

/// The digests of the canonical forms of a name's beginnings: of no set, of the first one, and so on.
fn digests(der: &[u8]) -> Vec<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut all = alloc::vec![hash.clone().finalize().into()];
    let mut sets = Reader::of_sequence(der).unwrap_or(Reader::new(&[]));
    let mut form = Vec::new();
    while let Ok(set) = sets.element(SET) {
        form.clear();
        canonical(set, &mut form);
        hash.update((form.len() as u64).to_be_bytes());
        hash.update(&form);
        all.push(hash.clone().finalize().into());
    }
    all
}

/// Appends the canonical form of a set of attributes.
fn canonical(set: &[u8], form: &mut Vec<u8>) {
    let mut parts = Vec::new();
    let mut set = Reader::new(set);
    while let Ok(mut attribute) = set.sequence() {
        let (Ok(oid), Ok(value)) = (attribute.oid(), attribute.any()) else { continue };
        let attribute = Attribute { set: 0, oid, tag: value.tag, value: value.value, whole: value.whole };
        let start = form.len();
        canonical_attribute(&attribute, form);
        parts.push(start..form.len());
    }
    if parts.len() > 1 {
        let mut parts: Vec<Vec<u8>> = parts.into_iter().map(|part| form[part].to_vec()).collect();
        parts.sort();
        form.clear();
        form.extend(parts.concat());
    }
}

/// Appends the canonical form of an attribute: type, mark, length, value.
fn canonical_attribute(attribute: &Attribute<'_>, form: &mut Vec<u8>) {
    form.extend_from_slice(&(attribute.oid.len() as u64).to_be_bytes());
    form.extend_from_slice(attribute.oid);
    let at = form.len();
    form.extend_from_slice(&[0; 9]);
    if let Some(text) = text(attribute) {
        fold(&text, form);
    } else {
        form[at] = 1;
        form.push(attribute.tag);
        form.extend_from_slice(attribute.value);
    }
    let len = (form.len() - at - 9) as u64;
    form[at + 1..at + 9].copy_from_slice(&len.to_be_bytes());
}

/// Appends lower case, with one space between words.
fn fold(text: &str, form: &mut Vec<u8>) {
    let mut is_first = true;
    for word in text.split_whitespace() {
        if !is_first {
            form.push(b' ');
        }
        is_first = false;
        if word.is_ascii() {
            form.extend(word.bytes().map(|c| c.to_ascii_lowercase()));
        } else {
            let lower = word.chars().flat_map(char::to_lowercase);
            lower.for_each(|c| form.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()));
        }
    }
}

/// An attribute's value, if it's text.
///
/// `TeletexString` is read as Latin 1, which is what those who still have it mean.
fn text<'a>(attribute: &Attribute<'a>) -> Option<Cow<'a, str>> {
    let bytes = attribute.value;
    match attribute.tag {
        PRINTABLE_STRING | UTF8_STRING | IA5_STRING | VISIBLE_STRING | NUMERIC_STRING => {
            core::str::from_utf8(bytes).ok().map(Cow::Borrowed)
        }
        TELETEX_STRING => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        BMP_STRING => {
            let units = bytes.as_chunks::<2>();
            let text = char::decode_utf16(units.0.iter().map(|pair| u16::from_be_bytes(*pair)));
            units.1.is_empty().then(|| text.collect::<Result<_, _>>().ok()).flatten()
        }
        UNIVERSAL_STRING => {
            let units = bytes.as_chunks::<4>();
            let text = units.0.iter().map(|unit| char::from_u32(u32::from_be_bytes(*unit)));
            units.1.is_empty().then(|| text.collect::<Option<_>>()).flatten()
        }
        _ => None,
    }
}

/// Whether a value is text that's the same wherever it's read. What `TeletexString` has beside ASCII isn't, nor is what
/// RFC 4518 would map to other text (sections 2.2 and 2.3): characters that aren't seen, marks on the letter before, and
/// the commonest forms of letters for compatibility.
fn is_comparable(attribute: &Attribute<'_>) -> bool {
    match attribute.tag {
        TELETEX_STRING => attribute.value.iter().all(|byte| (0x20..0x7f).contains(byte)),
        _ => text(attribute).is_some_and(|text| text.is_ascii() || !text.chars().any(is_mapped)),
    }
}

/// Whether preparation of text (RFC 4518) may make something else of a character.
fn is_mapped(c: char) -> bool {
    is_harmful(c)
        || matches!(c,
            '\u{a8}' | '\u{aa}' | '\u{af}' | '\u{b2}'..='\u{b5}' | '\u{b8}'..='\u{ba}' | '\u{bc}'..='\u{be}'
            | '\u{132}' | '\u{133}' | '\u{13f}' | '\u{140}' | '\u{149}' | '\u{17f}' | '\u{1c4}'..='\u{1cc}'
            | '\u{1f1}'..='\u{1f3}' | '\u{2b0}'..='\u{2b8}' | '\u{2e0}'..='\u{2e4}' | '\u{300}'..='\u{36f}'
            | '\u{1ab0}'..='\u{1aff}' | '\u{1d2c}'..='\u{1d6a}' | '\u{1dc0}'..='\u{1dff}'
            | '\u{2000}'..='\u{200a}' | '\u{2070}'..='\u{209f}' | '\u{20d0}'..='\u{20ff}'
            | '\u{2100}'..='\u{218f}' | '\u{2460}'..='\u{24ff}' | '\u{2c7c}' | '\u{2c7d}'
            | '\u{3200}'..='\u{33ff}' | '\u{f900}'..='\u{faff}' | '\u{fb00}'..='\u{fdff}'
            | '\u{fe20}'..='\u{fe2f}' | '\u{fe30}'..='\u{ffef}' | '\u{1d400}'..='\u{1d7ff}'
            | '\u{1f100}'..='\u{1f2ff}')
}

impl PartialEq for DistinguishedName {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for DistinguishedName {}

/// By their digests: an order, but none that means something.
impl Ord for DistinguishedName {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.digest.cmp(&other.digest)
    }
}

impl PartialOrd for DistinguishedName {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// No name.
impl Default for DistinguishedName {
    fn default() -> Self {
        Self::known(&[SEQUENCE, 0])
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
        let attributes: Vec<_> = self.attributes().collect();
        for (i, set) in attributes.chunk_by(|a, b| a.set == b.set).rev().enumerate() {
            for (j, attribute) in set.iter().enumerate() {
                f.write_str(if j > 0 {
                    "+"
                } else if i > 0 {
                    ","
                } else {
                    ""
                })?;
                f.write_str(&attribute_text(attribute))?;
            }
        }
        Ok(())
    }
}

/// `CN=Example`, with what has a meaning in RFC 4514 escaped. Of a type without a name the value is in hexadecimal (section
/// 2.4), and so is what isn't text.
fn attribute_text(attribute: &Attribute<'_>) -> String {
    if let (Some(name), Some(text)) = (type_name(attribute.oid), text(attribute)) {
        return alloc::format!("{name}={}", escaped(&text));
    }
    let value = hex(&written(attribute.tag, &[attribute.value]), "");
    alloc::format!("{}=#{value}", type_name_or_number(attribute.oid))
}

/// What a type of attributes is called, or its number.
pub(super) fn type_name_or_number(oid: &[u8]) -> String {
    type_name(oid).unwrap_or_else(|| oid::text(oid))
}

/// What a type of attributes is called. The last four are those that certificates of companies have (ETSI EN 319
/// 412-1, section 5.1.4; CA/Browser Forum, EV guidelines, section 7.1.4.2.4).
fn type_name(oid: &[u8]) -> Option<String> {
    const JURISDICTION: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1];
    let name = match (oid.strip_prefix(ID_AT), oid.strip_prefix(JURISDICTION)) {
        (Some([97]), _) => "organizationIdentifier",
        (_, Some([1])) => "jurisdictionLocality",
        (_, Some([2])) => "jurisdictionState",
        (_, Some([3])) => "jurisdictionCountry",
        _ => {
            let names = const_der::oid::db::DB.find_names_for_oid(ObjectIdentifier::from_bytes(oid).ok()?);
            return names.min_by_key(|name| name.len()).map(str::to_ascii_uppercase);
        }
    };
    Some(name.to_string())
}

impl fmt::Debug for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As much of something's text as errors show: 200 characters. No more than that is made.
pub(super) fn shortened(text: &dyn fmt::Display) -> String {
    struct Start(String, usize);
    impl Write for Start {
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
    let _ = Write::write_fmt(&mut start, format_args!("{text}"));
    start.0
}

/// Whether a character controls a terminal, turns the direction of writing, or isn't seen: those of Unicode's property
/// `Default_Ignorable_Code_Point`, and those between which annotations stand.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Text from a certificate, fit for a terminal: what's harmful is shown by its number.
pub(super) fn printable(text: &str) -> String {
    Printable(text).to_string()
}

/// The same, written character by character, for whoever sees the beginning only.
pub(super) struct Printable<'a>(pub(super) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            if is_harmful(c) { write!(f, "{}", c.escape_unicode()) } else { f.write_char(c) }
        })
    }
}

/// A value of a distinguished name, by the escapes of RFC 4514 (section 2.4), which can be read again.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let last = text.len().saturating_sub(1);
    for (i, c) in text.char_indices() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => shown.extend(['\\', c]),
            '#' if i == 0 => shown.push_str("\\#"),
            ' ' if i == 0 || i == last => shown.push_str("\\ "),
            c if is_harmful(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    // Into memory, it can't fail.
                    let _ = Write::write_fmt(&mut shown, format_args!("\\{byte:02X}"));
                }
            }
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DistinguishedName {
        text.parse().unwrap()
    }

    /// A name of one common name.
    fn common(tag: u8, value: &[u8]) -> DistinguishedName {
        let attribute = sequence(&[&written(OBJECT_IDENTIFIER, &[COMMON_NAME]), &written(tag, &[value])]);
        DistinguishedName::from_der(&sequence(&[&written(SET, &[&attribute])])).unwrap()
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
        let utf8 = common(UTF8_STRING, b"Example");
        assert_eq!(utf8, common(PRINTABLE_STRING, b"EXAMPLE"));
        assert_eq!(utf8, common(TELETEX_STRING, b"example "));
        assert_eq!(utf8, common(BMP_STRING, b"\0e\0x\0a\0m\0p\0l\0e"));
        assert_eq!(utf8, common(UNIVERSAL_STRING, b"\0\0\0e\0\0\0x\0\0\0a\0\0\0m\0\0\0p\0\0\0l\0\0\0e"));
        assert_ne!(utf8, common(der::OCTET_STRING, b"example"));
        assert_ne!(common(der::OCTET_STRING, b"a"), common(der::OCTET_STRING, b"A"));
        assert_eq!(common(BMP_STRING, b"\0").to_string(), "CN=#1e0100");
    }

    #[test]
    fn trees_of_names() {
        let is_within = |a: &str, b: &str| name(a).path().is_within(&name(b).path());
        let tree = "O=Example,C=DE";
        assert_eq!(is_within("O=example,C=DE", tree), Some(true));
        assert_eq!(is_within("CN=www,O=Example,C=DE", tree), Some(true));
        assert_eq!(is_within("O=Example2,C=DE", tree), Some(false));
        assert_eq!(is_within("C=DE", tree), Some(false));
        assert_eq!(is_within("C=DE", ""), Some(true));
        // What can't be compared is neither inside nor outside, unless something before it tells.
        let (latin, ascii) = (common(TELETEX_STRING, b"\xe4").path(), common(TELETEX_STRING, b"a").path());
        assert_eq!(latin.is_within(&name("CN=a").path()), None);
        assert_eq!(ascii.is_within(&name("CN=a").path()), Some(true));
        assert_eq!(ascii.is_within(&latin), None);
        assert_eq!(latin.is_within(&name("").path()), Some(true));
        let sets = parse("CN=#1401e4,C=DE").unwrap().into_iter().rev().map(written_set);
        let below = DistinguishedName::from_der(&sequence_of(sets)).unwrap().path();
        assert_eq!(below.is_within(&name("CN=a,C=FR").path()), Some(false));
        assert_eq!(below.is_within(&name("CN=a,C=DE").path()), None);
        assert_eq!(below.is_within(&name("C=DE").path()), Some(true));
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
        ] {
            let name = DistinguishedName::new_from_text(text).unwrap();
            let again = DistinguishedName::new_from_text(&name.to_string()).unwrap();
            assert_eq!(name.to_der(), again.to_der(), "{text}");
        }
        let one = DistinguishedName::new_from_text("O=a\\\\\\,CN=admin").unwrap();
        assert_eq!((one.parts().count(), one.common_names().count()), (1, 0));
        let spaced = DistinguishedName::new_from_text("cn = www.example.com , o=Example , C=DE").unwrap();
        assert_eq!(spaced.to_string(), "CN=www.example.com,O=Example,C=DE");
        assert_eq!(name("CN=\\c3\\a4").to_string(), "CN=ä");
        let harmful = common(UTF8_STRING, "a\u{82}\u{202e}b".as_bytes());
        assert_eq!(harmful.to_string(), "CN=a\\C2\\82\\E2\\80\\AEb");
        assert_eq!(unescaped(&escaped("a\u{82}\u{e0001}b")).unwrap(), "a\u{82}\u{e0001}b");
        assert_eq!(DistinguishedName::new_from_text("1.2.3=#0c0161").unwrap().parts().count(), 1);
    }

    #[test]
    fn text_that_is_no_name() {
        let long = alloc::format!("CN={}", "a".repeat(65));
        for text in [
            "Example",
            "/CN=x/O=y",
            "CN=a\u{202e}b",
            "CN=a\u{ad}b",
            "CN=a\\00b",
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
        let company = name("2.5.4.97=VATDE-1\\, CN");
        assert_eq!(company.to_string(), "organizationIdentifier=VATDE-1\\, CN");
        let own = "2.25.340282366920938463463374607431768211455=#0c0161";
        assert_eq!(name(own).to_string(), own);
        assert_eq!(name("2.25.340282366920938463463374607431768211455=a"), name(own));
        assert_eq!(name("CN=a+O=b").to_string(), "CN=a+O=b");
        assert_eq!(printable("a\u{1b}[31m\u{202e}b\n"), "a\\u{1b}[31m\\u{202e}b\\u{a}");
    }
}
