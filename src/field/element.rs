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
        const { assert!(P::P[0] & 3 == 3) };
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
    use super::super::nist::{Field256, Field384, Field521, Scalar256, Scalar384, Scalar521};
    use super::*;

    fn laws<F: Field>() {
        let mut x = F::ONE.double().add(&F::ONE);
        for _ in 0..50 {
            assert!(bool::from(x.mul(&x.invert()).ct_eq(&F::ONE)));
            assert!(bool::from(x.sub(&x).ct_eq(&F::ZERO) & x.add(&x.neg()).ct_eq(&F::ZERO)));
            let mut bytes = [0; 66];
            let bytes = &mut bytes[..F::BYTES];
            x.to_be_bytes(bytes);
            assert!(bool::from(F::from_be_bytes(bytes).unwrap().ct_eq(&x)));
            x = x.square().sub(&F::ONE);
        }
        assert!(bool::from(F::ZERO.invert().is_zero()));
    }

    #[test]
    fn laws_of_fields() {
        laws::<Field256>();
        laws::<Field384>();
        laws::<Field521>();
        laws::<Scalar256>();
        laws::<Scalar384>();
        laws::<Scalar521>();
        assert!(bool::from(
            Field256::ONE.double().double().sqrt().unwrap().square().ct_eq(&Field256::ONE.double().double())
        ));
    }
}
