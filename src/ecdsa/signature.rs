//! ECDSA signatures as bytes, in two forms.
//!
//! - *Fixed*: r ‖ s, each as long as n ("P1363"; JWS, PKCS#11). [`Signature::to_bytes`].
//! - *DER*: SEQUENCE { r INTEGER, s INTEGER } (X.509, TLS, CMS, OpenSSL). [`Signature::to_der`]. Read strictly: one
//!   encoding for each signature, and nothing after it.
//!
//! Signatures are public.
//!
//! Sources: IEEE 1363-2000, section D.5; RFC 3279, section 2.2.3; X.690, sections 8.3 and 10.1.

use core::fmt;
use core::hash::{Hash, Hasher};

use subtle::ConditionallySelectable;

use super::Curve;
use crate::field::Field;
use crate::kernel::limbs::less_than;
use crate::kernel::secret::declassify;
use crate::{Bytes, Error, Result};

/// A signature: two numbers r and s from 1 to n − 1.
#[derive(Clone, Copy)]
pub struct Signature<C: Curve> {
    r: C::Scalar,
    s: C::Scalar,
}

fn malformed(problem: &'static str) -> Error {
    Error::Malformed { part: "signature", problem }
}

impl<C: Curve> Signature<C> {
    pub(super) fn new(r: C::Scalar, s: C::Scalar) -> Self {
        Self { r, s }
    }

    pub(super) fn r(&self) -> &C::Scalar {
        &self.r
    }

    pub(super) fn s(&self) -> &C::Scalar {
        &self.s
    }

    /// r and s from big-endian bytes of any number.
    #[inline(never)]
    fn from_numbers(r: &[u8], s: &[u8]) -> Result<Self> {
        let [r, s] = [r, s].map(|bytes| {
            let scalar = C::Scalar::from_be_bytes(bytes);
            // A signature is public.
            let in_range = declassify(scalar.is_some() & !scalar.unwrap_or(C::Scalar::ZERO).is_zero());
            in_range.then(|| scalar.unwrap_or(C::Scalar::ZERO)).ok_or(Error::Signature)
        });
        Ok(Self { r: r?, s: s? })
    }

    /// Reads r ‖ s, each of as many bytes as n has: 64, 96 or 132 in all.
    ///
    /// # Errors
    /// [`Error::Length`], with the length that's called for; [`Error::Found`] for a signature in DER;
    /// [`Error::Signature`] if r or s isn't from 1 to n − 1.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let expected = 2 * C::Scalar::BYTES;
        if bytes.len() != expected {
            if is_der(bytes) {
                return Err(Error::Found {
                    found: "a signature in DER (for `from_der`)",
                    expected: "r and s as bytes of fixed length",
                });
            }
            return Err(Error::Length { len: bytes.len(), expected });
        }
        let (r, s) = bytes.split_at(C::Scalar::BYTES);
        Self::from_numbers(r, s)
    }

    /// r ‖ s, each of as many bytes as n has.
    #[inline(never)]
    pub fn to_bytes(&self) -> Bytes {
        let mut bytes = Bytes::zeros(2 * C::Scalar::BYTES);
        let (r, s) = bytes.as_mut_slice().split_at_mut(C::Scalar::BYTES);
        self.r.to_be_bytes(r);
        self.s.to_be_bytes(s);
        bytes
    }

    /// Reads DER.
    ///
    /// # Errors
    /// [`Error::Malformed`], with the problem, for what isn't DER or has something after it; [`Error::Found`] for
    /// r ‖ s; [`Error::Signature`] if r or s isn't from 1 to n − 1.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        if der.len() == 2 * C::Scalar::BYTES && !begins_as_der(der) {
            return Err(Error::Found {
                found: "r and s as bytes of fixed length (for `from_bytes`)",
                expected: "a signature in DER",
            });
        }
        let (content, rest) = read(der, 0x30)?;
        let (r, content) = read(content, 0x02)?;
        let (s, content) = read(content, 0x02)?;
        if !content.is_empty() || !rest.is_empty() {
            return Err(malformed("there's something after it"));
        }
        Self::from_numbers(positive(r)?, positive(s)?)
    }

    /// The signature in DER: at most 72, 104 or 139 bytes.
    pub fn to_der(&self) -> Bytes {
        let fixed = self.to_bytes();
        let (r, s) = fixed.split_at(C::Scalar::BYTES);
        let [r, s] = [r, s].map(without_leading_zeros);
        // A zero in front of what would look negative.
        let length = |x: &[u8]| x.len() + usize::from(x[0] >> 7);
        let content = 2 + length(r) + 2 + length(s);
        // From 128 bytes on the length takes another byte: 0x81 and the length.
        let long = usize::from(content >= 128);
        let mut der = Bytes::zeros(2 + long + content);
        let out = der.as_mut_slice();
        out[0] = 0x30;
        out[1] = 0x81;
        out[1 + long] = content as u8;
        let mut at = 2 + long;
        for x in [r, s] {
            out[at..at + 2].copy_from_slice(&[0x02, length(x) as u8]);
            at += 2 + length(x);
            out[at - x.len()..at].copy_from_slice(x);
        }
        der
    }

    /// Whether s ≤ n/2. Of (r, s) and (r, n − s), which are valid together, it's one.
    pub fn is_low_s(&self) -> bool {
        less_than(self.s.neg().to_limbs().as_ref(), self.s.to_limbs().as_ref()) == 0
    }

    /// This signature with the smaller one of s and n − s.
    #[must_use]
    pub fn normalized(&self) -> Self {
        let high = subtle::Choice::from(u8::from(!self.is_low_s()));
        Self { r: self.r, s: C::Scalar::conditional_select(&self.s, &self.s.neg(), high) }
    }
}

/// Whether bytes are a SEQUENCE that begins with an INTEGER, and nothing after it.
fn is_der(bytes: &[u8]) -> bool {
    matches!(read(bytes, 0x30), Ok(([0x02, ..], [])))
}

/// Whether bytes may be a damaged SEQUENCE of INTEGERs. One r ‖ s in 2^16 looks like that.
fn begins_as_der(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, 0..=0x7f, 0x02, ..] | [0x30, 0x81, _, 0x02, ..])
}

/// The content of a DER value with this tag and a length below 256, and what's after it.
fn read(der: &[u8], tag: u8) -> Result<(&[u8], &[u8])> {
    let [found, length, rest @ ..] = der else { return Err(malformed("it's too short")) };
    if *found != tag {
        return Err(malformed("it's not a sequence of two integers"));
    }
    let (length, rest) = match (length, rest) {
        (0..=0x7f, rest) => (*length, rest),
        (0x81, [length @ 0x80..=0xff, rest @ ..]) => (*length, rest),
        _ => return Err(malformed("a length isn't in its shortest form, or is too large")),
    };
    rest.split_at_checked(usize::from(length)).ok_or(malformed("it's too short"))
}

/// The number in an INTEGER that's in its shortest form and isn't negative.
fn positive(integer: &[u8]) -> Result<&[u8]> {
    match integer {
        [] => Err(malformed("an integer without content")),
        [0x80..=0xff, ..] => Err(malformed("a negative integer")),
        [0, 0..=0x7f, ..] => Err(malformed("an integer with a zero too many")),
        _ => Ok(integer),
    }
}

fn without_leading_zeros(x: &[u8]) -> &[u8] {
    &x[x.iter().take_while(|byte| **byte == 0).count()..]
}

impl<C: Curve> PartialEq for Signature<C> {
    fn eq(&self, other: &Self) -> bool {
        self.r.form() == other.r.form() && self.s.form() == other.s.form()
    }
}

impl<C: Curve> Eq for Signature<C> {}

impl<C: Curve> Hash for Signature<C> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_bytes().as_slice().hash(state);
    }
}

/// r ‖ s in hexadecimal.
impl<C: Curve> fmt::Display for Signature<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The curve, and r ‖ s in hexadecimal.
impl<C: Curve> fmt::Debug for Signature<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{self}", C::NAME)
    }
}
