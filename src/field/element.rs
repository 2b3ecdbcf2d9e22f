//! Numbers of N limbs modulo a prime that a type names.

use core::marker::PhantomData;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, CtOption};
use zeroize::Zeroize;

use super::{Field, constant, inverse};
use crate::kernel::word::mask;
use crate::kernel::{fixed, limbs};

/// A prime p of N limbs, 2^(64 N − 64) < p, and how one multiplies modulo it.
///
/// What has a default is generic Montgomery arithmetic; a prime of special form overrides `reduce` (and with it R,
/// by `ONE` and `RR`).
pub(crate) trait Prime<const N: usize>: Copy + Send + Sync + 'static {
    const P: [u64; N];
    const BITS: usize;
    /// R mod p: what stands for one.
    const ONE: [u64; N] = constant::power_of_two(64 * N, &Self::P);
    /// R² mod p: a product with it brings a number into the form.
    const RR: [u64; N] = constant::power_of_two(128 * N, &Self::P);

    /// t · R⁻¹ mod p, below p, for t < R · p, low and high limbs (and for t ≤ p² if R = 1).
    #[inline(always)]
    fn reduce(t: [[u64; N]; 2]) -> [u64; N] {
        fixed::montgomery(t, &Self::P, const { constant::neg_inverse(Self::P[0]) })
    }

    /// x · y · R⁻¹ mod p, below p, for x · y < R · p (x · y ≤ p² if R = 1).
    #[inline(always)]
    fn mul(x: &[u64; N], y: &[u64; N]) -> [u64; N] {
        Self::reduce(fixed::product(x, y))
    }

    /// x² · R⁻¹ mod p, below p, for x < p.
    #[inline(always)]
    fn square(x: &[u64; N]) -> [u64; N] {
        Self::reduce(fixed::square(x))
    }
}

impl<P: Prime<N>, const N: usize> inverse::Modulus<N> for P {
    const M: [u64; N] = P::P;
    const BITS: usize = P::BITS;
}

/// An element of GF(p), kept as x · R mod p.
pub(crate) struct Element<P, const N: usize>([u64; N], PhantomData<P>);

impl<P, const N: usize> Clone for Element<P, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, const N: usize> Copy for Element<P, N> {}

/// Says nothing: it may be a secret.
impl<P, const N: usize> core::fmt::Debug for Element<P, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Element(..)")
    }
}

impl<P: Prime<N>, const N: usize> ConditionallySelectable for Element<P, N> {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        let mut z = *a;
        limbs::assign_masked(&mut z.0, &b.0, mask(u64::from(choice.unwrap_u8())));
        z
    }
}

impl<P, const N: usize> ConstantTimeEq for Element<P, N> {
    fn ct_eq(&self, other: &Self) -> Choice {
        Choice::from(limbs::equal(&self.0, &other.0) as u8)
    }
}

impl<P, const N: usize> Zeroize for Element<P, N> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl<P: Prime<N>, const N: usize> Element<P, N> {
    /// The element that's kept like this, for constants.
    pub(crate) const fn new(form: [u64; N]) -> Self {
        Self(form, PhantomData)
    }

    /// The element of a number below p, for constants.
    pub(crate) const fn constant(x: &[u64; N]) -> Self {
        Self::new(constant::mul(x, &P::ONE, &P::P))
    }
}

impl<P: Prime<N>, const N: usize> Field for Element<P, N> {
    type Limbs = [u64; N];

    const BITS: usize = P::BITS;
    const ZERO: Self = Self::new([0; N]);
    const ONE: Self = Self::new(P::ONE);

    #[inline(always)]
    fn add(&self, y: &Self) -> Self {
        Self::new(fixed::sum_modulo(&self.0, &y.0, &P::P))
    }

    #[inline(always)]
    fn sub(&self, y: &Self) -> Self {
        Self::new(fixed::difference_modulo(&self.0, &y.0, &P::P))
    }

    #[inline(always)]
    fn neg(&self) -> Self {
        Self::ZERO.sub(self)
    }

    #[inline(always)]
    fn mul(&self, y: &Self) -> Self {
        Self::new(P::mul(&self.0, &y.0))
    }

    #[inline(always)]
    fn square(&self) -> Self {
        Self::new(P::square(&self.0))
    }

    fn invert(&self) -> Self {
        Self::new(inverse::divide::<P, N>(&P::RR, &self.0))
    }

    fn sqrt(&self) -> CtOption<Self> {
        assert!(P::P[0] & 3 == 3);
        // (p + 1)/4 = (p − 3)/4 + 1.
        let root = self.pow_public(&const { constant::plus(&constant::shift_right(&P::P, 2), 1) });
        CtOption::new(root, root.square().ct_eq(self))
    }

    fn from_limbs(x: &[u64; N]) -> CtOption<Self> {
        let in_range = Choice::from(limbs::less_than(x, &P::P) as u8);
        CtOption::new(Self::from_limbs_reduced(x), in_range)
    }

    fn from_limbs_reduced(x: &[u64; N]) -> Self {
        Self::new(P::mul(x, &P::RR))
    }

    fn to_limbs(self) -> [u64; N] {
        let mut one = [0; N];
        one[0] = 1;
        P::mul(&self.0, &one)
    }

    fn form(&self) -> &[u64; N] {
        &self.0
    }

    fn from_form(form: [u64; N]) -> Self {
        debug_assert!(limbs::less_than(&form, &P::P) == 1);
        Self::new(form)
    }
}

impl<P: Prime<N>, const N: usize> Element<P, N> {
    /// x^e for a public exponent.
    fn pow_public(&self, e: &[u64; N]) -> Self {
        let mut z = Self::ONE;
        for i in (0..64 * N).rev() {
            z = z.square();
            if e[i / 64] >> (i % 64) & 1 == 1 {
                z = z.mul(self);
            }
        }
        z
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use num_bigint::BigUint;
    use proptest::prelude::*;
    use std::vec::Vec;

    use super::super::nist::{Order256, Order384, Order521, Prime256, Prime384, Prime521};
    use super::*;

    const MAX: u64 = u64::MAX;

    fn big(x: &[u64]) -> BigUint {
        x.iter().rev().fold(BigUint::default(), |sum, w| (sum << 64u32) + *w)
    }

    fn limbs_of<const N: usize>(x: &BigUint) -> [u64; N] {
        let digits = x.to_u64_digits();
        core::array::from_fn(|i| digits.get(i).copied().unwrap_or(0))
    }

    /// The element of a number, which may be p or more.
    fn element<P: Prime<N>, const N: usize>(x: &BigUint) -> Element<P, N> {
        Element::from_limbs(&limbs_of(&(x % big(&P::P)))).unwrap()
    }

    /// All operations on x and y mod p, against the integers.
    fn agree<P: Prime<N>, const N: usize>(x: &[u64; N], y: &[u64; N]) {
        let p = big(&P::P);
        let (a, b) = (element::<P, N>(&big(x)), element::<P, N>(&big(y)));
        let (x, y) = (big(x) % &p, big(y) % &p);
        let same = |z: Element<P, N>, w: BigUint| {
            assert_eq!(limbs::less_than(&z.0, &P::P), 1);
            assert_eq!(big(&z.to_limbs()), w % &p);
        };
        same(a, x.clone());
        same(a.add(&b), &x + &y);
        same(a.double(), &x + &x);
        same(a.sub(&b), &x + &p - &y);
        same(a.neg(), &p - &x);
        same(a.mul(&b), &x * &y);
        same(a.square(), &x * &x);
        same(a.invert(), x.modpow(&(&p - 2u32), &p));
        same(Element::from_limbs_reduced(&limbs_of(&x)), x.clone());
        assert_eq!(bool::from(a.ct_eq(&b)), x == y);
        assert_eq!(bool::from(a.is_odd()), x.bit(0));
        same(Element::conditional_select(&a, &b, Choice::from(0)), x.clone());
        same(Element::conditional_select(&a, &b, Choice::from(1)), y.clone());
        same(Element::from_form(*a.form()), x.clone());
        let mut bytes = [0; 66];
        let bytes = &mut bytes[..Element::<P, N>::BYTES];
        a.to_be_bytes(bytes);
        assert_eq!(BigUint::from_bytes_be(bytes), x);
        assert!(bool::from(Element::<P, N>::from_be_bytes(bytes).unwrap().ct_eq(&a)));
        // Overrides against the generic way: with Montgomery's R, times R to leave it.
        let t = fixed::product(&a.0, &b.0);
        let generic = fixed::montgomery(t, &P::P, constant::neg_inverse(P::P[0]));
        same(a.mul(&b), (big(&generic) << (64 * N)) * leave::<P, N>());
        if P::P[0] & 3 == 3 {
            let root = a.square().sqrt().unwrap();
            assert!(bool::from(root.ct_eq(&a) | root.ct_eq(&a.neg())));
            let is_square = x.modpow(&(&p >> 1), &p) <= BigUint::from(1u32);
            assert_eq!(bool::from(a.sqrt().is_some()), is_square);
        }
    }

    /// R⁻¹ of the form's R.
    fn leave<P: Prime<N>, const N: usize>() -> BigUint {
        let p = big(&P::P);
        big(&P::ONE).modpow(&(&p - 2u32), &p).pow(2)
    }

    fn edges<P: Prime<N>, const N: usize>() {
        let p = big(&P::P);
        let mut edges: Vec<[u64; N]> = [0u32, 1, 2, 3].iter().map(|k| limbs_of(&BigUint::from(*k))).collect();
        edges.extend([1u32, 2, 3].iter().map(|k| limbs_of(&(&p - *k))));
        edges.extend([limbs_of(&(&p >> 1)), [MAX; N], [1 << 63; N], [0xffff_ffff; N], [MAX << 32; N]]);
        edges.extend((0..P::BITS).step_by(29).map(|k| limbs_of(&(BigUint::from(1u32) << k))));
        edges.extend([P::ONE, P::RR]);
        for x in &edges {
            for y in &edges {
                agree::<P, N>(x, y);
            }
        }
        // What's in range, and what is reduced.
        for (x, in_range) in [(&p - 1u32, true), (p.clone(), false), (&p + 1u32, false)] {
            let x = limbs_of(&x);
            assert_eq!(bool::from(Element::<P, N>::from_limbs(&x).is_some()), in_range);
            assert_eq!(big(&Element::<P, N>::from_limbs_reduced(&x).to_limbs()), big(&x) % &p);
        }
        assert!(bool::from(Element::<P, N>::from_limbs(&[MAX; N]).is_none()));
        assert_eq!(big(&Element::<P, N>::from_limbs_reduced(&[MAX; N]).to_limbs()), big(&[MAX; N]) % &p);
    }

    /// Limbs that are at random, or nothing but carries.
    fn limbs_strategy<const N: usize>() -> impl Strategy<Value = [u64; N]> {
        prop::collection::vec(prop_oneof![2 => any::<u64>(), 1 => Just(0), 1 => Just(MAX)], N)
            .prop_map(|limbs| limbs.try_into().unwrap())
    }

    macro_rules! fields {
        ($($name:ident: $p:ty, $n:literal;)*) => { $(
            mod $name {
                use super::*;

                #[test]
                fn edges() {
                    super::edges::<$p, $n>();
                }

                proptest! {
                    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]
                    #[test]
                    fn agrees_with_integers(x in limbs_strategy::<$n>(), y in limbs_strategy::<$n>()) {
                        agree::<$p, $n>(&x, &y);
                    }
                }
            }
        )* };
    }

    fields! {
        prime_256: Prime256, 4;
        order_256: Order256, 4;
        prime_384: Prime384, 6;
        order_384: Order384, 6;
        prime_521: Prime521, 9;
        order_521: Order521, 9;
    }
}
