//! Public numbers: text in base 10 and 16, order and equality.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt::{self, Write};
use core::str::FromStr;

use super::Nat;
use crate::kernel::secret::declassify_word;
use crate::{Error, Result};

/// A number whose value is public: it prints, parses and compares like any number, in variable time.
///
/// Made from a secret number by [`Nat::declassify`], from text by [`str::parse`], and a [`Nat`] again by
/// [`PublicNat::to_nat`].
///
/// ```
/// use oneway::bignum::PublicNat;
///
/// let x: PublicNat = "18446744073709551616".parse()?;
/// assert_eq!(format!("{x} = {x:#x}"), "18446744073709551616 = 0x10000000000000000");
/// assert_eq!(x.bits(), 65);
/// # Ok::<(), oneway::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicNat {
    /// Least significant first, no zeros at the top.
    limbs: Vec<u64>,
}

impl PublicNat {
    /// What [`Nat::declassify`] does: its callers say why.
    pub(super) fn new(x: &Nat) -> Self {
        Self::from_limbs(x.as_limbs().iter().map(|limb| declassify_word(*limb)).collect())
    }

    fn from_limbs(mut limbs: Vec<u64>) -> Self {
        limbs.truncate(limbs.iter().rposition(|limb| *limb != 0).map_or(0, |i| i + 1));
        Self { limbs }
    }

    /// Reads big-endian bytes; leading zeros are passed over.
    ///
    /// # Errors
    /// [`Error::TooWide`] for more than 4096 bytes.
    pub fn from_be_bytes(bytes: &[u8]) -> Result<Self> {
        // The caller takes the bytes for public, by asking for this type.
        Ok(Nat::from_be_bytes(bytes)?.declassify())
    }

    /// The number of bits without leading zeros; 0 for 0.
    pub fn bits(&self) -> usize {
        self.limbs.last().map_or(0, |top| 64 * self.limbs.len() - top.leading_zeros() as usize)
    }

    /// The number at the smallest width that holds it.
    pub fn to_nat(&self) -> Nat {
        if self.limbs.is_empty() { Nat::zero(1) } else { Nat::from_limbs(&self.limbs) }
    }

    /// Big-endian bytes without leading zeros; none at all for 0.
    pub fn to_be_bytes(&self) -> Vec<u8> {
        let bytes: Vec<u8> = self.limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
        bytes[bytes.len() - self.bits().div_ceil(8)..].to_vec()
    }

    /// The value, if it fits a word.
    pub fn to_u64(&self) -> Option<u64> {
        match self.limbs[..] {
            [] => Some(0),
            [x] => Some(x),
            _ => None,
        }
    }

    /// x = x · factor + term.
    fn scale(&mut self, factor: u64, term: u64) {
        let mut carry = term;
        for limb in &mut self.limbs {
            (*limb, carry) = limb.carrying_mul(factor, carry);
        }
        if carry != 0 {
            self.limbs.push(carry);
        }
    }
}

impl From<u64> for PublicNat {
    fn from(x: u64) -> Self {
        Self::from_limbs([x].to_vec())
    }
}

impl fmt::Display for PublicNat {
    /// Decimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The largest power of ten in a word, and its exponent.
        const CHUNK: (u64, usize) = (10_000_000_000_000_000_000, 19);
        let mut rest = self.limbs.clone();
        let mut chunks = Vec::new();
        while !rest.is_empty() {
            let mut remainder = 0u128;
            for limb in rest.iter_mut().rev() {
                let value = remainder << 64 | u128::from(*limb);
                *limb = (value / u128::from(CHUNK.0)) as u64;
                remainder = value % u128::from(CHUNK.0);
            }
            chunks.push(remainder as u64);
            rest = Self::from_limbs(rest).limbs;
        }
        let mut text = alloc::format!("{}", chunks.pop().unwrap_or(0));
        for chunk in chunks.iter().rev() {
            write!(text, "{chunk:0width$}", width = CHUNK.1)?;
        }
        f.pad_integral(true, "", &text)
    }
}

impl fmt::LowerHex for PublicNat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut limbs = self.limbs.iter().rev();
        let mut text = alloc::format!("{:x}", limbs.next().unwrap_or(&0));
        for limb in limbs {
            write!(text, "{limb:016x}")?;
        }
        f.pad_integral(true, "0x", &text)
    }
}

impl fmt::Debug for PublicNat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicNat({self})")
    }
}

impl FromStr for PublicNat {
    type Err = Error;

    /// Decimal digits, or hexadecimal ones after `0x`; underscores are passed over. At most
    /// 32,768 bits.
    fn from_str(text: &str) -> Result<Self> {
        let (digits, base) = text.strip_prefix("0x").map_or((text, 10), |hex| (hex, 16));
        let digits: String = digits.chars().filter(|c| *c != '_').collect();
        // 9,865 digits make 32,768 bits in base 10: longer text is refused before any work is done.
        if digits.is_empty() || digits.len() > 9865 {
            return Err(Error::NotANumber);
        }
        let mut x = Self { limbs: Vec::new() };
        for c in digits.chars() {
            x.scale(base, u64::from(c.to_digit(base as u32).ok_or(Error::NotANumber)?));
        }
        if x.bits() > super::MAX_BITS {
            return Err(Error::TooWide { bits: x.bits(), max: super::MAX_BITS });
        }
        Ok(x)
    }
}

impl PartialOrd for PublicNat {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicNat {
    fn cmp(&self, other: &Self) -> Ordering {
        self.limbs
            .len()
            .cmp(&other.limbs.len())
            .then_with(|| self.limbs.iter().rev().cmp(other.limbs.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    #[test]
    fn text_both_ways() {
        for text in [
            "0",
            "1",
            "10000000000000000000",
            "18446744073709551615",
            "340282366920938463463374607431768211456",
        ] {
            let x: PublicNat = text.parse().unwrap();
            assert_eq!(x.to_string(), text);
            assert_eq!(format!("{x:#x}").parse::<PublicNat>().unwrap(), x);
        }
        assert_eq!(format!("{:>6}|{:04x}", PublicNat::from(255), PublicNat::from(255)), "   255|00ff");
        assert_eq!("1_000".parse::<PublicNat>().unwrap(), PublicNat::from(1000));
        for text in ["", "0x", "_", "-1", "1e3", "0xfg", "१", &"9".repeat(9866)] {
            assert_eq!(text.parse::<PublicNat>(), Err(Error::NotANumber), "{text}");
        }
        assert!(matches!("9".repeat(9865).parse::<PublicNat>(), Err(Error::TooWide { .. })));
    }

    #[test]
    fn order_and_bytes() {
        let big: PublicNat = "0x10000000000000000".parse().unwrap();
        assert!(big > PublicNat::from(u64::MAX) && PublicNat::from(0) < PublicNat::from(1));
        assert_eq!(big.to_be_bytes(), [1, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(PublicNat::from(0).to_be_bytes(), [0u8; 0]);
        assert_eq!((big.bits(), big.to_u64(), PublicNat::from(0).to_u64()), (65, None, Some(0)));
        assert!(bool::from(subtle::ConstantTimeEq::ct_eq(&big.to_nat(), &Nat::power_of_two(64))));
    }
}
