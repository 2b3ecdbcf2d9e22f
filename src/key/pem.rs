//! PEM, the textual encoding of keys (RFC 7468): DER in base64 between two lines that say what it is.
//!
//! ```text
//! -----BEGIN PRIVATE KEY-----
//! MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDE2…
//! -----END PRIVATE KEY-----
//! ```
//!
//! Taken are: lines that end in LF, CR LF or CR, with spaces and tabs before that; lines of any length, as
//! some programs write all of the base64 into one; empty lines; text before the BEGIN line; a byte order mark;
//! a block of `EC PARAMETERS`, which `openssl ecparam -genkey` puts before a key that says it all again.
//! Refused is what could be read in two ways, or isn't all there: text after the END line, a second block, an
//! END of another label, headers, padding that isn't where it belongs, bits left over at the end. BEGIN and END
//! have lines of their own: text that lost its line ends, as in an environment variable, is refused, and so are
//! two files that were joined without one. Written are lines of 64 characters that end in LF.
//!
//! **What leaks of a private key**: where lines start and end, spaces, `=`, that a line begins with dashes or
//! has a colon, and, in text that's refused, where it has other marks of a layout that isn't PEM's. The label,
//! and text before the block, are public. The characters themselves go through [`base64`], in constant time,
//! and leave one bit: whether they were right.

use alloc::string::String;
use alloc::vec::Vec;

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use super::der::{MAX_LEN, check_len, is, malformed, public};
use super::{base64, instead};
use crate::kernel::secret::declassify;
use crate::{Error, Result};

pub(super) const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const DASHES: &[u8] = b"-----";
const EC_PARAMETERS: &[u8] = b"EC PARAMETERS";
/// The longest label, in characters.
const MAX_LABEL: usize = 76;
const INDENTED: &str = "it's indented, and lines have to start without spaces";
const NO_END_OF_BEGIN: &str = "its BEGIN line doesn't end after the label";
const NO_END_OF_END: &str = "its END line doesn't end after the label";
const BACKSLASHES: &str = "it has a backslash and a letter (`\\n`) in place of its line ends, as text from an \
     environment variable or from JSON has: line ends have to be put there first";
const ONE_LINE: &str = "its line ends are lost, as happens in environment variables: BEGIN and END have to be lines of \
     their own again";
const JOINED: &str =
    "two files are joined without a line end between them: BEGIN has to start a line, and END to end one";
/// The length of the lines that are written.
const LINE: usize = 64;

/// A block whose BEGIN line has been read.
pub(super) struct Block<'a> {
    label: Vec<u8>,
    rest: Lines<'a>,
}

impl<'a> Block<'a> {
    /// Finds the first block, of parameters only if no other follows.
    ///
    /// # Errors
    /// [`Error::Malformed`] if there's none, [`Error::Found`] for DER and for what other programs have.
    pub(super) fn find(text: &'a [u8]) -> Result<Self> {
        // Stores are longer than keys: what one is comes before its length.
        if let Some(found) = instead::container(text) {
            return Err(Error::Found { found, expected: "PEM text" });
        }
        check_len(text)?;
        Self::find_in_any(text)
    }

    /// The same, in text of any length.
    pub(super) fn find_in_any(text: &'a [u8]) -> Result<Self> {
        let text = if starts_with(text, BYTE_ORDER_MARK) { &text[BYTE_ORDER_MARK.len()..] } else { text };
        let mut rest = Lines(text);
        let mut parameters = None;
        while let Some(line) = rest.next() {
            if starts_with(line, BEGIN) {
                let label = label(&line[BEGIN.len()..], NO_END_OF_BEGIN)?;
                let block = Self { label, rest: Lines(rest.0) };
                if block.label != EC_PARAMETERS {
                    return Ok(block);
                }
                parameters = Some(block);
            } else if is_joined(line) {
                return Err(malformed("PEM", JOINED));
            }
        }
        // What text is shows at its beginning, and however long it is, no more time is spent on an error.
        parameters.ok_or_else(|| what_it_is_instead(&text[..text.len().min(MAX_LEN)]))
    }

    pub(super) fn label(&self) -> &[u8] {
        &self.label
    }

    /// The bytes of the block, after which nothing may follow.
    pub(super) fn decode(mut self) -> Result<Zeroizing<Vec<u8>>> {
        let characters = self.characters()?;
        self.expect_end()?;
        bytes(&characters)
    }

    /// The base64 of the block, up to its END line.
    fn characters(&mut self) -> Result<Zeroizing<Vec<u8>>> {
        let problem = |problem| Err(malformed("PEM", problem));
        // Room for all that may come, so that no copy stays behind.
        let mut characters = Zeroizing::new(Vec::with_capacity(self.rest.0.len()));
        loop {
            let Some(line) = self.rest.next() else { return problem("it has no END line") };
            if starts_with(line, END) {
                if is_joined(line) {
                    return problem(JOINED);
                }
                if label(&line[END.len()..], NO_END_OF_END)? != self.label {
                    return problem("its END line has another label than its BEGIN line");
                }
                break;
            }
            if starts_with(line, DASHES) {
                return problem("a block starts before the END line of the one before");
            }
            if indent(line) > 0 {
                return problem(INDENTED);
            }
            if has(line, b':') {
                return Err(header(line));
            }
            characters.extend_from_slice(line);
        }
        Ok(characters)
    }

    /// Checks that nothing but spaces and line ends is left.
    fn expect_end(self) -> Result<()> {
        let mut only_spaces = true;
        for line in self.rest {
            if starts_with(line, BEGIN) {
                return Err(malformed("PEM", "there are several blocks, where one is expected"));
            }
            only_spaces &= line.is_empty();
        }
        if only_spaces { Ok(()) } else { Err(malformed("PEM", "text follows its END line")) }
    }
}

/// What base64 stands for.
fn bytes(characters: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let problem = |problem| Err(malformed("PEM", problem));
    let pads = characters.iter().rev().take_while(|c| is_one_of(**c, b"=")).count();
    if characters.is_empty() {
        return problem("there's nothing between its BEGIN and END lines");
    }
    // No base64 has one, and nothing of what's there is a key.
    if has(characters, b'\\') {
        return problem(BACKSLASHES);
    }
    if pads > 2 || !characters.len().is_multiple_of(4) {
        return problem("its base64 isn't padded to full groups of four, or characters are missing");
    }
    let (bytes, is_valid) = base64::decode(&characters[..characters.len() - pads]);
    // A file that's refused isn't used as a key.
    if declassify(is_valid) { Ok(bytes) } else { problem("its base64 is damaged") }
}

/// Reads the blocks with certain labels one after another, without a limit on the whole text.
#[cfg(feature = "trust")]
pub(super) struct Blocks<'a> {
    rest: Lines<'a>,
    labels: &'static [&'static str],
}

#[cfg(feature = "trust")]
impl<'a> Blocks<'a> {
    pub(super) fn new(text: &'a [u8], labels: &'static [&'static str]) -> Self {
        Self { rest: Lines(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)), labels }
    }

    /// The next block that's looked for, with what belongs to it and no more.
    pub(super) fn find(&mut self) -> Option<Result<Block<'a>>> {
        loop {
            let line = self.rest.next()?;
            if is_joined(line) {
                return Some(Err(malformed("PEM", JOINED)));
            }
            if !starts_with(line, BEGIN) {
                continue;
            }
            let label = label(&line[BEGIN.len()..], NO_END_OF_BEGIN);
            let is_wanted = |label: &Vec<u8>| self.labels.iter().any(|wanted| wanted.as_bytes() == label);
            match label {
                Ok(label) if is_wanted(&label) => {
                    let text = self.rest.0;
                    self.rest.find(|line| starts_with(line, END));
                    let rest = Lines(&text[..text.len() - self.rest.0.len()]);
                    return Some(Ok(Block { label, rest }));
                }
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

#[cfg(feature = "trust")]
impl Iterator for Blocks<'_> {
    /// The label, and the bytes.
    type Item = Result<(Vec<u8>, Zeroizing<Vec<u8>>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.find()?;
        Some(block.and_then(|mut block| {
            let bytes = bytes(&block.characters()?)?;
            Ok((block.label, bytes))
        }))
    }
}

/// Lines of text, without the spaces and tabs at their ends. They are the part of a private key's text
/// that's public.
pub(super) struct Lines<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = self.0.iter().position(|c| is_one_of(*c, b"\n\r")).unwrap_or(self.0.len());
        let (line, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or(&[]);
        let spaces = line.iter().rev().take_while(|c| is_one_of(**c, b" \t")).count();
        Some(&line[..line.len() - spaces])
    }
}

/// Whether a character is one of those that lay a text out, which is public.
pub(super) fn is_one_of(c: u8, set: &[u8]) -> bool {
    declassify(set.iter().fold(Choice::from(0), |found, member| found | c.ct_eq(member)))
}

/// Whether a line has a character, as one bit, which is public: it's asked for what isn't base64, as the colons of
/// headers.
fn has(line: &[u8], character: u8) -> bool {
    declassify(line.iter().fold(Choice::from(0), |found, c| found | c.ct_eq(&character)))
}

/// How many spaces and tabs a line starts with.
fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|c| is_one_of(**c, b" \t")).count()
}

pub(super) fn starts_with(line: &[u8], prefix: &[u8]) -> bool {
    line.get(..prefix.len()).is_some_and(|start| is(start, prefix))
}

/// Whether there are these bytes in a text, and where, is public: they are layout.
fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| is(window, wanted))
}

pub(super) fn contains(text: &[u8], wanted: &[u8]) -> bool {
    position(text, wanted).is_some()
}

/// Whether a line is the last one of a file and the first one of another.
fn is_joined(line: &[u8]) -> bool {
    starts_with(line, END) && contains(line, BEGIN)
}

/// Whether there's a BEGIN anywhere, in PEM text that may be damaged.
pub(super) fn has_begin(text: &[u8]) -> bool {
    contains(text, BEGIN)
}

/// The label of a BEGIN or END line, of which the rest is given. What comes after the dashes isn't read, as it might
/// be a key in one line: it's asked alone how that's laid out.
fn label(rest: &[u8], otherwise: &'static str) -> Result<Vec<u8>> {
    let problem = |problem| malformed("PEM", problem);
    let mut windows = rest.windows(DASHES.len()).take(MAX_LABEL);
    let len = windows.position(|w| is(w, DASHES)).ok_or(problem(otherwise))?;
    let after = &rest[len + DASHES.len()..];
    if after.is_empty() {
        Ok(rest[..len].iter().map(|c| public(*c)).collect())
    } else if starts_with(after, b"\\") {
        Err(problem(BACKSLASHES))
    } else if is_one_of(after[0], b" \t") || contains(after, END) {
        Err(problem(ONE_LINE))
    } else {
        Err(problem(otherwise))
    }
}

/// The error for a line with a colon, a header: OpenSSL encrypted keys in this way before PKCS#8.
fn header(line: &[u8]) -> Error {
    if starts_with(line, b"Proc-Type: 4,ENCRYPTED") {
        Error::Unsupported(
            "keys in OpenSSL's old encryption (Proc-Type: 4,ENCRYPTED; `openssl pkcs8 -topk8` converts them)",
        )
    } else {
        malformed("PEM", "it has headers between the BEGIN line and the base64")
    }
}

/// The error for text without a block.
fn what_it_is_instead(text: &[u8]) -> Error {
    let found = |found| Error::Found { found, expected: "PEM text" };
    if text.is_empty() {
        return malformed("PEM", "it's empty");
    }
    if let Some(name) = instead::container(text).or_else(|| instead::text(text)) {
        return found(name);
    }
    if text.first().is_some_and(|first| is(&[*first], &[0x30])) {
        return found("DER (for `from_der`)");
    }
    // A BEGIN that doesn't start its line.
    for line in Lines(text) {
        let Some(at) = position(line, BEGIN) else { continue };
        return match label(&line[at + BEGIN.len()..], NO_END_OF_BEGIN) {
            Err(error) if error != malformed("PEM", NO_END_OF_BEGIN) => error,
            _ if indent(line) == at => malformed("PEM", INDENTED),
            _ => {
                malformed("PEM", "there's something before BEGIN in its line, as a quotation mark or a name")
            }
        };
    }
    // A path in the place of the file, as it happens.
    if Lines(text).count() == 1 {
        return malformed("PEM", "it has no BEGIN line (what's wanted is what's in a file, not its name)");
    }
    malformed("PEM", "it has no BEGIN line")
}

/// PEM, in lines of 64 characters.
pub(super) fn encode(label: &str, der: &[u8], line_ending: &str) -> Zeroizing<String> {
    let mut characters = Zeroizing::new(Vec::with_capacity(der.len().div_ceil(3) * 4));
    base64::encode(der, true, &mut characters);
    let lines = characters.len().div_ceil(LINE) + 2;
    let room = characters.len() + 2 * (label.len() + 16) + lines * line_ending.len();
    let mut text = Zeroizing::new(String::with_capacity(room));
    let push = |text: &mut String, parts: &[&str]| parts.iter().for_each(|part| text.push_str(part));
    push(&mut text, &["-----BEGIN ", label, "-----", line_ending]);
    for line in characters.chunks(LINE) {
        // The mask says what base64 ensures, that these are ASCII: without it, making text of them branches
        // on them.
        text.extend(line.iter().map(|c| char::from(c & 0x7f)));
        text.push_str(line_ending);
    }
    push(&mut text, &["-----END ", label, "-----", line_ending]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// Text that outgrew its room would have left a copy of itself behind.
    #[test]
    fn there_is_room_for_all_that_comes() {
        for len in (0..200).chain([1217, 16_384, 40_000]) {
            let der = vec![len as u8; len];
            for ending in ["\n", "\r", "\r\n"] {
                let text = encode("PRIVATE KEY", &der, ending);
                assert_eq!(text.capacity(), text.len() + 2, "END is two characters shorter than BEGIN");
                if len > 0 {
                    let again = Block::find(text.as_bytes()).unwrap().decode().unwrap();
                    assert_eq!(*again, der);
                    assert!(again.capacity() <= len + 4);
                }
            }
        }
    }
}
