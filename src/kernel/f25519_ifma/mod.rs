//! Curve25519 on AVX-512 IFMA, four products at a time: the ladder of X25519 and the sums of multiples of
//! Ed25519.
//!
//! One product of two elements leaves most of a vector unit idle, and both curve shapes have four that
//! don't wait for each other. So the four coordinates of a point (or of the ladder's two points) are the
//! four lanes of a vector, limb by limb ([`field`]). A step of the ladder is three products in a row
//! ([`ladder`]), a doubling or an addition on the twisted Edwards curve is two ([`edwards`]); in between
//! there are sums, and lanes change places. What comes out is projective: inversions are for the caller, in
//! integer code.
//!
//! Elements cross the border as five words, radix 2^51: any words below 2^52 come in, words below 2^51 +
//! 2^16 go out, so that what comes out may go in again. An element has many such forms.
//!
//! Functions without `_vartime` take the same time for all values and touch the same addresses. They clear
//! the vector registers and wipe what they kept on the stack on purpose; what the compiler spilled stays.
//!
//! Multiplication by 19 is `vpmullq`: with shifts and sums in its place everything takes some 7 % longer on
//! Zen 4, where all figures here were measured. (Intel's manuals give `vpmullq` a far longer latency, so
//! there it may be the other way round.)
//!
//! Reading order: [`field`], [`ladder`], [`edwards`].
#![allow(unsafe_code)]

mod edwards;
mod field;
mod ladder;

pub(crate) use edwards::Table;

cpufeatures::new!(features, "avx512f", "avx512vl", "avx512dq", "avx512ifma");

/// Whoever holds one has asked the CPU: it has AVX-512 F, VL, DQ and IFMA.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ifma(());

/// An element of the field, in words below 2^52.
type Element = [u64; 5];

/// A point of the twisted Edwards curve −x² + y² = 1 + d·x²·y², d = −121665/121666: X, Y, Z, T with x =
/// X/Z, y = Y/Z, x·y = T/Z.
type Point = [Element; 4];

#[allow(clippy::unused_self, reason = "that there's a token is what counts")]
impl Ifma {
    pub(crate) fn detect() -> Option<Self> {
        features::get().then_some(Self(()))
    }

    /// (X : Z) with X/Z = the u-coordinate of k·P for a point P with the u-coordinate u, by the ladder of
    /// RFC 7748, section 5; Z ≡ 0 for the point at infinity, which is to be read as u = 0.
    ///
    /// k is little-endian; its bit 255 is ignored. Clamping is for the caller. Same time for all k and u.
    pub(crate) fn ladder(self, k: &[u8; 32], u: &Element) -> (Element, Element) {
        // SAFETY: `self` is made by `detect` alone, which has found the features.
        unsafe { ladder::ladder(k, u) }
    }

    /// k·B for Ed25519's base point B.
    ///
    /// Requires k < 2^255. Same time for all k; but the first call builds a table (some 40 µs), and calls
    /// that come while another thread does so go a slower way.
    pub(crate) fn mul_base(self, k: &[u64; 4]) -> Point {
        // SAFETY: as for `ladder`.
        unsafe { edwards::mul_base(k) }
    }

    /// a·A + b·B.
    ///
    /// Requires a, b < 2^255. For public values.
    pub(crate) fn mul_two_vartime(self, a: &[u64; 4], point_a: &Point, b: &[u64; 4]) -> Point {
        self.sum_vartime(&[(*a, *point_a)], b, &mut [Table::new()])
    }

    /// Σ k·P over all terms, and b·B.
    ///
    /// Requires scalars below 2^255, and at least as many tables as terms; what is in them is neither read
    /// nor wiped. Shorter scalars are quicker. For public values.
    pub(crate) fn sum_vartime(
        self,
        terms: &[([u64; 4], Point)],
        b: &[u64; 4],
        tables: &mut [Table],
    ) -> Point {
        // SAFETY: as for `ladder`.
        unsafe { edwards::sum_vartime(terms, b, tables) }
    }

    /// x^((p − 5) / 8) for four elements at once, which square roots are made from.
    ///
    /// Same time for all values, but registers aren't cleared: for public values.
    #[cfg(feature = "alloc")]
    pub(crate) fn pow_p58(self, x: &[Element; 4]) -> [Element; 4] {
        // SAFETY: as for `ladder`.
        unsafe { field::pow_p58(x) }
    }
}

#[cfg(test)]
mod oracle;
