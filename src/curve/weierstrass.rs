//! The NIST curves: y² = x³ − 3 x + b over GF(p), with a prime number n of points, the point at infinity among
//! them.
//!
//! **Representation.** [`Affine`] is a point (x, y) other than infinity. [`Jacobian`] (X : Y : Z) stands for
//! x = X/Z², y = Y/Z³, and for infinity if Z = 0: additions without divisions.
//!
//! **Secret scalars.** k·P for 1 ≤ k < n goes by windows of five bits and odd digits ([`crate::kernel::recode`]):
//! the same doublings and additions for all k, with multiples from a table that is read as a whole. k is replaced by
//! n − k if it's even, and the result by its opposite. The formula for A + B fails if A = ±B or one of them is
//! infinity; with these windows (the lowest one on P-384 has three bits) that doesn't come up for any k, as is shown
//! there. The table's entries come from (2 i − 1)·P + 2·P, and 2 i + 1 < n.
//!
//! **Public scalars.** a·G + b·P for the verification of signatures goes by the non-adjacent form, with
//! additions that branch on every case.
//!
//! What leaks: for secret scalars nothing, for public ones (`_vartime`) scalars and points.
//!
//! **`inline(never)`** is on what takes long in any case: of such a function the compiler takes the copy for each curve
//! that this crate has, and doesn't make another one in each program.
//!
//! Sources: Cohen, Miyaji, Ono, "Efficient elliptic curve exponentiation using mixed coordinates" (1998), for the
//! coordinates; Bernstein's and Lange's database of formulas (dbl-2001-b, add-2007-bl); SEC 1, section 2.3, for
//! encodings.

use digest::const_oid::AssociatedOid;
use rand_core::TryCryptoRng;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, CtOption};
use zeroize::{Zeroize, Zeroizing};

use super::{Engine, P256, P384, P521, base_table};
use crate::field::nist::{Field256, Field384, Field521, Scalar256, Scalar384, Scalar521};
use crate::field::{Field, constant};
use crate::kernel::limbs::assign_masked;
#[cfg(target_arch = "x86_64")]
use crate::kernel::nist_ifma::{Ifma, p256, p384, p521};
use crate::kernel::recode::{Windows, wnaf_vartime};
use crate::kernel::secret::declassify;
use crate::kernel::word::{equal, mask};
use crate::{Bytes, Error, Result};

/// A curve of the family. Its field and its scalars have as many limbs as each other.
pub(crate) trait Weierstrass: AssociatedOid + Copy + Send + Sync + 'static {
    type Field: Field<Limbs = Self::Limbs>;
    type Scalar: Field<Limbs = Self::Limbs>;
    type Limbs: Copy + AsRef<[u64]> + AsMut<[u64]> + Zeroize + core::fmt::Debug + Eq;

    const NAME: &'static str;
    /// b of the equation.
    const B: Self::Field;
    /// The base point G.
    const G: Affine<Self>;
    /// n, the number of points.
    const N: Self::Limbs;
    /// How secret scalars are cut: no addition is exceptional.
    const WINDOWS: Windows;

    /// (2 i + 1)·2^(20 j)·G for 0 ≤ i < 16, as the field keeps x and y.
    fn base_row(j: usize) -> &'static [[Self::Limbs; 2]; 16];

    /// [`mul`] for this curve, which nothing else in this crate would have compiled for all of them.
    fn mul(engine: Engine, k: &Self::Scalar, p: &Affine<Self>) -> Affine<Self>;

    /// A multiplication on vectors, if this engine has that and the CPU too.
    fn on_vectors(engine: Engine, multiplication: &Multiplication<'_, Self>) -> Option<Jacobian<Self>>;
}

/// A multiplication of points, with its numbers: those of the functions of the same names.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "for kernels of x86-64"))]
pub(crate) enum Multiplication<'a, C: Weierstrass> {
    Mul(&'a C::Limbs, &'a Affine<C>),
    MulBase(&'a C::Limbs),
    MulTwoVartime(&'a C::Limbs, &'a C::Limbs, &'a Affine<C>),
}

/// A point (x, y) on the curve: not infinity.
#[derive(Clone, Copy)]
pub(crate) struct Affine<C: Weierstrass> {
    pub(crate) x: C::Field,
    pub(crate) y: C::Field,
}

/// For public points.
impl<C: Weierstrass> PartialEq for Affine<C> {
    fn eq(&self, other: &Self) -> bool {
        self.x.form() == other.x.form() && self.y.form() == other.y.form()
    }
}

impl<C: Weierstrass> Zeroize for Affine<C> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
    }
}

impl<C: Weierstrass> Affine<C> {
    /// The length of an uncompressed point: 04 ‖ x ‖ y.
    pub(crate) const BYTES: usize = 1 + 2 * C::Field::BYTES;

    /// Reads a point in one of SEC 1's forms: 04 ‖ x ‖ y, or 02 or 03 ‖ x. The point is public.
    #[inline(never)]
    pub(crate) fn from_sec1(bytes: &[u8]) -> Result<Self> {
        let malformed = |problem| Error::Malformed { part: "point", problem };
        let (first, rest) = bytes.split_first().ok_or(malformed("no bytes"))?;
        let expected = match first {
            0 if rest.is_empty() => return Err(Error::InvalidKey("it's the point at infinity")),
            2 | 3 => 1 + C::Field::BYTES,
            4 => Self::BYTES,
            6 | 7 => return Err(malformed("the hybrid form isn't supported")),
            _ => return Err(malformed("the first byte is none of 2, 3 and 4")),
        };
        if bytes.len() != expected {
            return Err(Error::Length { len: bytes.len(), expected });
        }
        let (x, y) = rest.split_at(C::Field::BYTES);
        let coordinate = |bytes: &[u8]| {
            let value = C::Field::from_be_bytes(bytes);
            // Public keys are public.
            if declassify(value.is_some()) {
                Ok(value.unwrap_or(C::Field::ZERO))
            } else {
                Err(Error::InvalidKey("a coordinate isn't below the field's prime"))
            }
        };
        let x = coordinate(x)?;
        let (y, on_curve) = if *first == 4 {
            let y = coordinate(y)?;
            (y, y.square().ct_eq(&Self::right_side(&x)))
        } else {
            let root = Self::right_side(&x).sqrt();
            let is_some = root.is_some();
            let y = root.unwrap_or(C::Field::ZERO);
            // No point has y = 0 (it would be of order 2), so one of ±y has the parity.
            let other = y.is_odd() ^ Choice::from(first & 1);
            (C::Field::conditional_select(&y, &y.neg(), other), is_some)
        };
        // Public keys are public.
        if declassify(on_curve) {
            Ok(Self { x, y })
        } else {
            Err(Error::InvalidKey("the point isn't on the curve"))
        }
    }

    /// 04 ‖ x ‖ y.
    #[inline(never)]
    pub(crate) fn to_sec1(self) -> Bytes {
        let mut bytes = Bytes::zeros(Self::BYTES);
        let (first, rest) = bytes.as_mut_slice().split_at_mut(1);
        first[0] = 4;
        let (x, y) = rest.split_at_mut(C::Field::BYTES);
        self.x.to_be_bytes(x);
        self.y.to_be_bytes(y);
        bytes
    }

    /// 02 or 03 ‖ x, as y is even or odd.
    #[inline(never)]
    pub(crate) fn to_sec1_compressed(self) -> Bytes {
        let mut bytes = Bytes::zeros(1 + C::Field::BYTES);
        let (first, x) = bytes.as_mut_slice().split_at_mut(1);
        first[0] = 2 | self.y.is_odd().unwrap_u8();
        self.x.to_be_bytes(x);
        bytes
    }

    /// x³ − 3 x + b.
    fn right_side(x: &C::Field) -> C::Field {
        x.square().sub(&C::Field::ONE.double().add(&C::Field::ONE)).mul(x).add(&C::B)
    }
}

/// (X : Y : Z), the point (X/Z², Y/Z³), or infinity if Z = 0.
#[derive(Clone, Copy)]
pub(crate) struct Jacobian<C: Weierstrass> {
    pub(crate) x: C::Field,
    pub(crate) y: C::Field,
    pub(crate) z: C::Field,
}

impl<C: Weierstrass> ConditionallySelectable for Jacobian<C> {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self {
            x: C::Field::conditional_select(&a.x, &b.x, choice),
            y: C::Field::conditional_select(&a.y, &b.y, choice),
            z: C::Field::conditional_select(&a.z, &b.z, choice),
        }
    }
}

impl<C: Weierstrass> Zeroize for Jacobian<C> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
        self.z.zeroize();
    }
}

impl<C: Weierstrass> From<Affine<C>> for Jacobian<C> {
    fn from(p: Affine<C>) -> Self {
        Self { x: p.x, y: p.y, z: C::Field::ONE }
    }
}

impl<C: Weierstrass> Jacobian<C> {
    const INFINITY: Self = Self { x: C::Field::ONE, y: C::Field::ONE, z: C::Field::ZERO };

    /// 2·P, for every P: infinity's Z stays 0, and no point has Y = 0, as n is odd. dbl-2001-b.
    fn double(&self) -> Self {
        let delta = self.z.square();
        let gamma = self.y.square();
        let beta = self.x.mul(&gamma);
        let alpha = self.x.sub(&delta).mul(&self.x.add(&delta));
        let alpha = alpha.double().add(&alpha);
        let beta4 = beta.double().double();
        let x = alpha.square().sub(&beta4.double());
        let z = self.y.add(&self.z).square().sub(&gamma).sub(&delta);
        let y = alpha.mul(&beta4.sub(&x)).sub(&gamma.square().double().double().double());
        Self { x, y, z }
    }

    /// P + Q, unless P = Q, P = −Q or one is infinity; also H, which is 0 if x is the same, and r, which is 0 if y is.
    /// add-2007-bl without its doublings.
    fn add_unequal(&self, q: &Self) -> (Self, [C::Field; 2]) {
        let (zz1, zz2) = (self.z.square(), q.z.square());
        let (u1, u2) = (self.x.mul(&zz2), q.x.mul(&zz1));
        let (s1, s2) = (self.y.mul(&q.z).mul(&zz2), q.y.mul(&self.z).mul(&zz1));
        let (h, r) = (u2.sub(&u1), s2.sub(&s1));
        let hh = h.square();
        let hhh = h.mul(&hh);
        let v = u1.mul(&hh);
        let x = r.square().sub(&hhh).sub(&v.double());
        let y = r.mul(&v.sub(&x)).sub(&s1.mul(&hhh));
        let z = self.z.mul(&q.z).mul(&h);
        (Self { x, y, z }, [h, r])
    }

    /// P + Q, unless P = Q, P = −Q or P is infinity, as [`Jacobian::add_unequal`]. madd-2004-hmv.
    fn add_affine(&self, q: &Affine<C>) -> (Self, [C::Field; 2]) {
        let zz = self.z.square();
        let (h, r) = (q.x.mul(&zz).sub(&self.x), q.y.mul(&self.z).mul(&zz).sub(&self.y));
        let hh = h.square();
        let hhh = h.mul(&hh);
        let v = self.x.mul(&hh);
        let x = r.square().sub(&hhh).sub(&v.double());
        let y = r.mul(&v.sub(&x)).sub(&self.y.mul(&hhh));
        (Self { x, y, z: self.z.mul(&h) }, [h, r])
    }

    /// P + Q, unless P = −Q or P is infinity.
    fn add_or_double(&self, q: &Affine<C>) -> Self {
        let (sum, [h, r]) = self.add_affine(q);
        Self::conditional_select(&sum, &self.double(), h.is_zero() & r.is_zero())
    }

    /// P + Q in every case, for public points.
    fn add_vartime(&self, q: &Self) -> Self {
        // All of this is public: the caller's name says so.
        if declassify(self.z.is_zero()) {
            return *q;
        }
        if declassify(q.z.is_zero()) {
            return *self;
        }
        let (sum, [h, r]) = self.add_unequal(q);
        match (declassify(h.is_zero()), declassify(r.is_zero())) {
            (false, _) => sum,
            (true, true) => self.double(),
            (true, false) => Self::INFINITY,
        }
    }

    fn negate_if(&self, choice: Choice) -> Self {
        let mut z = *self;
        z.y.conditional_assign(&self.y.neg(), choice);
        z
    }

    /// (x, y), for a point that isn't infinity.
    fn to_affine(self) -> Affine<C> {
        let mut inverse = self.z.invert();
        let mut square = inverse.square();
        let affine = Affine { x: self.x.mul(&square), y: self.y.mul(&square).mul(&inverse) };
        inverse.zeroize();
        square.zeroize();
        affine
    }

    /// (x, y), or nothing for infinity, for a public point.
    pub(crate) fn to_affine_vartime(self) -> Option<Affine<C>> {
        // The caller's name says that it's public.
        (!declassify(self.z.is_zero())).then(|| self.to_affine())
    }

    /// Whether x(P) mod n = r, for a public point; never for infinity. Without an inversion: the x < p that are r
    /// modulo n are r and, if that's below p, r + n (p < 2 n), and x = X/Z² is compared as X = x·Z².
    #[inline(never)]
    pub(crate) fn x_is_vartime(&self, r: &C::Scalar) -> bool {
        let zz = self.z.square();
        let r = r.to_limbs();
        let mut r_plus_n = r;
        let carry = crate::kernel::limbs::add_assign(r_plus_n.as_mut(), C::N.as_ref());
        // A signature's validity is public, and so are the numbers that decide on it.
        let is_x = |x: &C::Limbs| {
            let x = C::Field::from_limbs(x);
            declassify(x.is_some() & x.unwrap_or(C::Field::ZERO).mul(&zz).ct_eq(&self.x))
        };
        !declassify(self.z.is_zero()) && (is_x(&r) || carry == 0 && is_x(&r_plus_n))
    }
}

/// A secret scalar 1 ≤ k < n, wiped when it's dropped.
pub(crate) struct Secret<C: Weierstrass>(C::Scalar);

impl<C: Weierstrass> Clone for Secret<C> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<C: Weierstrass> Drop for Secret<C> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<C: Weierstrass> Secret<C> {
    /// k, ⌈bits/8⌉ big-endian bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let expected = C::Scalar::BYTES;
        if bytes.len() != expected {
            return Err(Error::Length { len: bytes.len(), expected });
        }
        // The outcome is public: the key is discarded.
        let secret = Self::try_from_bytes(bytes);
        secret.ok_or(Error::InvalidKey("the number isn't between 1 and the group's order - 1"))
    }

    /// k from bytes of the right number, unless it's out of range, which becomes public.
    pub(crate) fn try_from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::in_range(C::Scalar::from_be_bytes(bytes))
    }

    /// k from limbs, unless it's out of range, which becomes public.
    pub(crate) fn try_from_limbs(limbs: &C::Limbs) -> Option<Self> {
        Self::in_range(C::Scalar::from_limbs(limbs))
    }

    #[inline(never)]
    fn in_range(scalar: CtOption<C::Scalar>) -> Option<Self> {
        let secret = Self(scalar.unwrap_or(C::Scalar::ZERO));
        // What's out of range is thrown away; of what's in range nothing is told.
        declassify(scalar.is_some() & !secret.0.is_zero()).then_some(secret)
    }

    /// A random k: numbers of as many bits as n are drawn until one is in range (FIPS 186-5, appendix A.2.2), which
    /// the first one is but once in 2^32 times.
    pub(crate) fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self> {
        let mut bytes = Zeroizing::new(Bytes::zeros(C::Scalar::BYTES));
        // A generator that gives nothing in range so often is broken.
        for _ in 0..64 {
            rng.try_fill_bytes(bytes.as_mut_slice()).map_err(|_| Error::Random)?;
            bytes.as_mut_slice()[0] &= (0xff_u32 >> (8 * C::Scalar::BYTES - C::Scalar::BITS)) as u8;
            if let Some(secret) = Self::try_from_bytes(&bytes) {
                return Ok(secret);
            }
        }
        Err(Error::Random)
    }

    #[inline(never)]
    pub(crate) fn to_bytes(&self) -> Zeroizing<Bytes> {
        let mut bytes = Zeroizing::new(Bytes::zeros(C::Scalar::BYTES));
        self.0.to_be_bytes(bytes.as_mut_slice());
        bytes
    }

    pub(crate) fn scalar(&self) -> &C::Scalar {
        &self.0
    }
}

/// k·P for a secret scalar k ≠ 0.
#[inline(never)]
pub(crate) fn mul<C: Weierstrass>(engine: Engine, k: &C::Scalar, p: &Affine<C>) -> Affine<C> {
    let limbs = Zeroizing::new(k.to_limbs());
    // X and Z tell the secret as well as x does, and Z tells of k too: neither is left behind.
    if let Some(product) = C::on_vectors(engine, &Multiplication::Mul(&*limbs, p)).map(Zeroizing::new) {
        return product.to_affine();
    }
    let table = Zeroizing::new(odd_multiples::<C, 16>(p));
    let (k, negative) = odd::<C>(k);
    let mut sum = Zeroizing::new(table[0]);
    for i in (0..C::WINDOWS.count).rev() {
        for _ in 0..C::WINDOWS.size(i) {
            *sum = sum.double();
        }
        let (index, negative) = C::WINDOWS.digit(k.as_ref(), i);
        let mut entry = Zeroizing::new(table[0]);
        for (j, candidate) in (0..).zip(table.iter()) {
            entry.conditional_assign(candidate, index.ct_eq(&j));
        }
        *entry = entry.negate_if(choice(negative));
        *sum = sum.add_unequal(&entry).0;
    }
    *sum = sum.negate_if(negative);
    sum.to_affine()
}

/// k·G for a secret scalar k ≠ 0.
///
/// With windows of five bits and odd digits, k′ = Σ dᵢ·32^i, 0 ≤ i ≤ t: like rᵢ = ⌊k′/32^i⌋ | 1, dᵢ = (rᵢ mod 64) − 32
/// below the top, and dₜ = rₜ there. The table has the multiples of 32^(4 j)·G, so first all d₃₊₄ⱼ are added up, from the
/// top down, then that's multiplied by 32, the d₂₊₄ⱼ are added, and so on: 15 doublings in all.
///
/// *No exceptional addition but one.* Before dᵢ, i = 4 j + s, is added as e = dᵢ·2^(20 j), the sum is a number A times
/// G. For s = 3 all terms of A are multiples of 2^(20 (j + 1)), and the highest outweighs the others; e has 2^(20 j)
/// and no higher power of two, so A ≠ ±e, A ≠ 0. For s < 3, A is 32 times an odd number plus such multiples: it has the
/// factor 2^5 and no higher one, e has 2^(20 j): again A ≠ ±e, A ≠ 0. What's left is that A or A ± e is a multiple of n
/// other than 0. For s > 0 they're too small: below 32^t in absolute value, and below n/2. For s = 0 they're below 2 n: where
/// the top digit is in this place (P-384, P-521), |A| < 2^(5 t + 1) before it's added, and dₜ·2^(5 t) ≤ 15·2^380 or
/// 2^520; once it's there, what's missing to k′ are digits of this place with lower j, less than 2^(20 j). So it would have
/// to be ±n, which is odd; and A is even, and e too for j > 0. It's the last addition, i = 0, alone: A + e = k′ isn't n, but
/// A − e = k′ − 2·d₀ can be, for k′ = n − 2·|d₀|, which on P-384 is one k′ (n − 38). There the entry is doubled.
#[inline(never)]
pub(crate) fn mul_base<C: Weierstrass>(engine: Engine, k: &C::Scalar) -> Affine<C> {
    let limbs = Zeroizing::new(k.to_limbs());
    if let Some(product) = C::on_vectors(engine, &Multiplication::MulBase(&*limbs)).map(Zeroizing::new) {
        return product.to_affine();
    }
    let (k, negative) = odd::<C>(k);
    // rᵢ, the limbs from bit 5 i on, as far as 6 bits go.
    let bits = |i: usize| {
        let (limb, shift) = (5 * i / 64, 5 * i % 64);
        let above =
            if shift > 64 - 6 { k.as_ref().get(limb + 1).map_or(0, |w| w << (64 - shift)) } else { 0 };
        (k.as_ref()[limb] >> shift | above) & 63
    };
    let top = C::Scalar::BITS / 5;
    let entry = |i: usize| {
        // dᵢ = (rᵢ | 1) − 32, or rₜ | 1 at the top: (|dᵢ| − 1)/2, and the mask of dᵢ < 0.
        let half = bits(i) >> 1;
        let is_negative = if i < top { mask(half >> 4 ^ 1) } else { 0 };
        let index = (half ^ is_negative) & 15;
        let row = C::base_row(i / 4);
        let mut entry = Zeroizing::new(row[0]);
        for (j, candidate) in (0..).zip(row) {
            let chosen = mask(equal(index, j));
            for (limbs, candidate) in entry.iter_mut().zip(candidate) {
                assign_masked(limbs.as_mut(), candidate.as_ref(), chosen);
            }
        }
        let [x, y] = (*entry).map(C::Field::from_form);
        Affine::<C> { x, y: C::Field::conditional_select(&y, &y.neg(), choice(is_negative)) }
    };
    let first = (top + 1) / 4 * 4 - 1;
    let mut sum = Zeroizing::new(Jacobian::from(entry(first)));
    for place in (0..4).rev() {
        if place < 3 {
            (0..5).for_each(|_| *sum = sum.double());
        }
        for i in (0..=top).rev().filter(|i| i % 4 == place && *i != first) {
            let mut entry = entry(i);
            *sum = if i == 0 { sum.add_or_double(&entry) } else { sum.add_affine(&entry).0 };
            entry.zeroize();
        }
    }
    *sum = sum.negate_if(negative);
    sum.to_affine()
}

/// P, 3·P, 5·P, … for a point of large order.
fn odd_multiples<C: Weierstrass, const M: usize>(p: &Affine<C>) -> [Jacobian<C>; M] {
    let mut table = [Jacobian::from(*p); M];
    let twice = table[0].double();
    for i in 1..M {
        table[i] = table[i - 1].add_unequal(&twice).0;
    }
    table
}

/// The odd one of k and n − k, and whether it's n − k.
fn odd<C: Weierstrass>(k: &C::Scalar) -> (Zeroizing<C::Limbs>, Choice) {
    let negative = !k.is_odd();
    (Zeroizing::new(C::Scalar::conditional_select(k, &k.neg(), negative).to_limbs()), negative)
}

/// Whether a mask is all ones.
fn choice(mask: u64) -> Choice {
    Choice::from((mask & 1) as u8)
}

/// a·G + b·P for public scalars and a public point.
#[inline(never)]
pub(crate) fn mul_two_vartime<C: Weierstrass>(
    engine: Engine,
    a: &C::Scalar,
    b: &C::Scalar,
    p: &Affine<C>,
) -> Jacobian<C> {
    if let Some(sum) = C::on_vectors(engine, &Multiplication::MulTwoVartime(&a.to_limbs(), &b.to_limbs(), p))
    {
        return sum;
    }
    let tables = [&C::G, p].map(odd_multiples::<C, 8>);
    let mut digits = [[0; 522]; 2];
    for (digits, k) in digits.iter_mut().zip([a, b]) {
        wnaf_vartime(k.to_limbs().as_ref(), WNAF, |i, digit| digits[i] = digit);
    }
    let mut sum = Jacobian::INFINITY;
    for i in (0..=C::Scalar::BITS).rev() {
        sum = sum.double();
        for (table, digits) in tables.iter().zip(&digits) {
            if digits[i] != 0 {
                let entry = table[usize::from(digits[i].unsigned_abs() >> 1)];
                sum = sum.add_vartime(&entry.negate_if(Choice::from(u8::from(digits[i] < 0))));
            }
        }
    }
    sum
}

/// Digits of public scalars are odd and below 2^(WNAF − 1), or 0.
const WNAF: usize = 5;

macro_rules! curve {
    ($curve:ident, $name:literal, $ifma:ident, $field:ident, $scalar:ident, $n:literal, $low:literal, $base:ident, $b:literal, $x:literal, $y:literal, $order:literal) => {
        impl Weierstrass for $curve {
            type Field = $field;
            type Scalar = $scalar;
            type Limbs = [u64; $n];

            const NAME: &'static str = $name;
            const B: $field = $field::constant(&constant::hex($b));
            const G: Affine<Self> =
                Affine { x: $field::constant(&constant::hex($x)), y: $field::constant(&constant::hex($y)) };
            const N: [u64; $n] = constant::hex($order);
            const WINDOWS: Windows = Windows::new($scalar::BITS, $low, 5);

            fn base_row(j: usize) -> &'static [[[u64; $n]; 2]; 16] {
                &base_table::$base()[j]
            }

            fn mul(engine: Engine, k: &$scalar, p: &Affine<Self>) -> Affine<Self> {
                mul(engine, k, p)
            }

            #[cfg(target_arch = "x86_64")]
            fn on_vectors(
                engine: Engine,
                multiplication: &Multiplication<'_, Self>,
            ) -> Option<Jacobian<Self>> {
                if engine != Engine::Ifma {
                    return None;
                }
                let token = Ifma::detect()?;
                let [x, y, z] = match multiplication {
                    Multiplication::Mul(k, p) => $ifma::mul(token, k, p.x.form(), p.y.form()),
                    Multiplication::MulBase(k) => $ifma::mul_base(token, k),
                    Multiplication::MulTwoVartime(a, b, p) => {
                        $ifma::mul_two_vartime(token, a, b, p.x.form(), p.y.form())
                    }
                }
                .map($field::from_form);
                Some(Jacobian { x, y, z })
            }

            #[cfg(not(target_arch = "x86_64"))]
            fn on_vectors(_: Engine, _: &Multiplication<'_, Self>) -> Option<Jacobian<Self>> {
                None
            }
        }
    };
}

curve!(
    P256,
    "P-256",
    p256,
    Field256,
    Scalar256,
    4,
    5,
    base_256,
    "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
);
curve!(
    P384,
    "P-384",
    p384,
    Field384,
    Scalar384,
    6,
    3,
    base_384,
    "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
    "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
    "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
);
curve!(
    P521,
    "P-521",
    p521,
    Field521,
    Scalar521,
    9,
    5,
    base_521,
    "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
    "c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
    "11839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
    "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
);

#[cfg(test)]
mod tests {
    use super::*;

    fn points_of_small_multiples<C: Weierstrass>() {
        let scalar = |k: u64| {
            (0..64).rev().fold(C::Scalar::ZERO, |x, i| {
                let x = x.double();
                if k >> i & 1 == 1 { x.add(&C::Scalar::ONE) } else { x }
            })
        };
        let mut sum = Jacobian::from(C::G);
        for k in 1..100 {
            let p = mul_base::<C>(Engine::Portable, &scalar(k));
            assert!(p == sum.to_affine());
            let opposite = mul_base::<C>(Engine::Portable, &scalar(k).neg());
            assert!(opposite == sum.negate_if(Choice::from(1)).to_affine());
            let two = mul_two_vartime::<C>(Engine::Portable, &scalar(k), &scalar(k), &p).to_affine();
            assert!(two == mul_base::<C>(Engine::Portable, &scalar(k + k * k)));
            assert!(Affine::<C>::from_sec1(&p.to_sec1()).unwrap() == p);
            assert!(Affine::<C>::from_sec1(&p.to_sec1_compressed()).unwrap() == p);
            sum = sum.add_vartime(&Jacobian::from(C::G));
        }
    }

    /// Every engine that the CPU has against portable code.
    fn engines_agree<C: Weierstrass>() {
        for engine in Engine::available() {
            let mut k = C::Scalar::ONE.double().neg();
            let mut p = C::G;
            for i in 0..30 {
                let product = mul(Engine::Portable, &k, &p);
                assert!(mul(engine, &k, &p) == product, "{engine} {i}");
                assert!(mul_base::<C>(engine, &k) == mul_base::<C>(Engine::Portable, &k), "{engine} {i}");
                let sum = mul_two_vartime(Engine::Portable, &k, &k.square(), &p).to_affine();
                assert!(mul_two_vartime(engine, &k, &k.square(), &p).to_affine() == sum, "{engine} {i}");
                (k, p) = (k.square().add(&C::Scalar::ONE), product);
            }
        }
    }

    #[test]
    fn all_engines() {
        engines_agree::<P256>();
        engines_agree::<P384>();
        engines_agree::<P521>();
    }

    #[test]
    fn small_multiples() {
        points_of_small_multiples::<P256>();
        points_of_small_multiples::<P384>();
        points_of_small_multiples::<P521>();
    }
}
