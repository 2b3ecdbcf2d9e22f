//! Numbers modulo m, in Montgomery form.
//!
//! The residue x mod m is kept as x · R mod m, fully reduced; R is a power of two of the modulus' engine. That form is a type, so that it
//! can't be mixed up with plain numbers: it's entered by [`Modulus::residue`] and left by
//! [`Residue::to_nat`]. Time depends on the modulus' width, and for [`Residue::pow_vartime`] on the
//! exponent.

use alloc::vec::Vec;
use core::fmt;

use subtle::{Choice, ConstantTimeEq, CtOption};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{Modulus, Nat, inverse, scratch};
use crate::kernel::limbs;
use crate::kernel::montgomery::Operation;
use crate::kernel::secret::declassify;
use crate::kernel::word::mask;
use crate::{Error, Result};

/// A number modulo an odd [`Modulus`]; its value is secret.
///
/// Besides the methods there are `+`, `−` and `·` on references. Residues of different moduli don't mix:
/// that panics.
#[derive(Clone)]
pub struct Residue<'m> {
    modulus: &'m Modulus,
    /// x · R mod m.
    form: Zeroizing<Vec<u64>>,
}

impl<'m> Residue<'m> {
    /// Reads big-endian bytes of a number below the modulus.
    ///
    /// # Errors
    /// [`Error::NotReduced`] if the number isn't below the modulus: whether it is, is public.
    /// [`Error::TooWide`] beyond 32,768 bits.
    pub fn from_be_bytes(bytes: &[u8], modulus: &'m Modulus) -> Result<Self> {
        use subtle::ConstantTimeLess;
        let x = Nat::from_be_bytes(bytes)?;
        if declassify(x.ct_lt(&modulus.to_nat())) { Ok(modulus.residue(&x)) } else { Err(Error::NotReduced) }
    }

    /// Big-endian bytes of the number, eight for each limb of the modulus.
    pub fn to_be_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.to_nat().to_be_bytes()
    }

    /// A residue from limbs that are in Montgomery form and below m already.
    pub(crate) fn from_montgomery(modulus: &'m Modulus, form: Zeroizing<Vec<u64>>) -> Self {
        debug_assert!(limbs::less_than(&form, modulus.limbs()) == 1);
        Self { modulus, form }
    }

    /// The limbs of the Montgomery form.
    pub(crate) fn into_montgomery(self) -> Zeroizing<Vec<u64>> {
        self.form
    }

    /// The modulus.
    pub fn modulus(&self) -> &'m Modulus {
        self.modulus
    }

    /// The number, below the modulus and as wide as it.
    pub fn to_nat(&self) -> Nat {
        let mut z = Nat::zero(self.modulus.width());
        self.run(z.as_limbs_mut(), Operation::Leave);
        z
    }

    /// x + y mod m.
    ///
    /// # Panics
    /// If the moduli differ.
    pub fn add(&self, y: &Self) -> Self {
        self.check(y);
        let mut z = self.clone();
        self.modulus.add_limbs(&mut z.form, &y.form);
        z
    }

    /// x − y mod m.
    ///
    /// # Panics
    /// If the moduli differ.
    pub fn sub(&self, y: &Self) -> Self {
        self.check(y);
        let mut z = self.clone();
        let borrow = limbs::sub_assign(&mut z.form, &y.form);
        limbs::add_masked(&mut z.form, self.modulus.limbs(), mask(borrow));
        z
    }

    /// −x mod m.
    pub fn neg(&self) -> Self {
        self.modulus.zero().sub(self)
    }

    /// x / 2 mod m.
    pub fn half(&self) -> Self {
        let mut z = self.clone();
        let odd = mask(z.form[0] & 1);
        let carry = limbs::add_masked(&mut z.form, self.modulus.limbs(), odd);
        limbs::shr1(&mut z.form, carry);
        z
    }

    /// x · y mod m.
    ///
    /// # Panics
    /// If the moduli differ.
    pub fn mul(&self, y: &Self) -> Self {
        self.check(y);
        self.apply(Operation::Mul(&y.form))
    }

    /// x² mod m.
    pub fn square(&self) -> Self {
        self.apply(Operation::Square)
    }

    fn apply(&self, operation: Operation<'_>) -> Self {
        let mut z = scratch(self.modulus.width());
        self.run(&mut z, operation);
        Self { modulus: self.modulus, form: z }
    }

    fn run(&self, z: &mut [u64], operation: Operation<'_>) {
        self.modulus.params().run(z, &self.form, operation, &mut self.modulus.room(operation));
    }

    /// x^e mod m for a secret exponent: the time depends on the exponent's width in limbs, not on its
    /// value. 0^0 = 1.
    pub fn pow(&self, e: &Nat) -> Self {
        self.pow_bounded(e, 64 * e.width())
    }

    /// x^e mod m for a secret exponent known to have at most `bits` bits, which is public. Higher bits of
    /// `e` are ignored.
    ///
    /// # Panics
    /// If `bits` is more than the exponent's width.
    pub fn pow_bounded(&self, e: &Nat, bits: usize) -> Self {
        assert!(bits <= 64 * e.width(), "an exponent of {} limbs has no {bits} bits", e.width());
        self.apply(Operation::Pow(e.as_limbs(), bits))
    }

    /// x^e mod m for a **public** exponent; x and m stay secret.
    pub fn pow_vartime(&self, e: &Nat) -> Self {
        self.apply(Operation::PowVartime(e.as_limbs()))
    }

    /// x⁻¹ mod m; none if x and m have a common divisor.
    pub fn invert(&self) -> CtOption<Self> {
        let (z, exists) = self.invert_parts();
        CtOption::new(z, exists)
    }

    /// The parts of [`Residue::invert`], for whoever makes it public whether there is an inverse: a number,
    /// meaningless if there's none, and whether there is one.
    pub(crate) fn invert_parts(&self) -> (Self, Choice) {
        // (x·R)⁻¹ · R³ · R⁻¹ = x⁻¹ · R, with R³ = R² · R² · R⁻¹.
        let (inverse, exists) = inverse::invert_odd(&self.form, self.modulus.limbs());
        let rr = Self { modulus: self.modulus, form: Zeroizing::new(self.modulus.rr().to_vec()) };
        (Self { modulus: self.modulus, form: inverse }.apply(Operation::Mul(&rr.square().form)), exists)
    }

    /// `a` if the choice is 0 and `b` if it's 1.
    ///
    /// # Panics
    /// If the moduli differ.
    pub fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        a.check(b);
        let mut z = a.clone();
        limbs::assign_masked(&mut z.form, &b.form, mask(super::nat::bit(choice)));
        z
    }

    /// Whether x is 0.
    pub fn is_zero(&self) -> Choice {
        super::nat::choice(limbs::is_zero(&self.form))
    }

    /// Panics if the moduli differ. That two residues belong together is a property of the program, not of
    /// secrets.
    fn check(&self, y: &Self) {
        let same = core::ptr::eq(self.modulus, y.modulus) || declassify(self.modulus.same(y.modulus));
        assert!(same, "residues of different moduli");
    }
}

impl ConstantTimeEq for Residue<'_> {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.check(other);
        self.form[..].ct_eq(&other.form[..])
    }
}

/// `&x + &y` and its like, by the method of the same name.
macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl<'m> core::ops::$trait<&Residue<'m>> for &Residue<'m> {
            type Output = Residue<'m>;

            fn $method(self, y: &Residue<'m>) -> Residue<'m> {
                Residue::$method(self, y)
            }
        }
    };
}

operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);

impl<'m> core::ops::Neg for &Residue<'m> {
    type Output = Residue<'m>;

    fn neg(self) -> Residue<'m> {
        Residue::neg(self)
    }
}

impl ZeroizeOnDrop for Residue<'_> {}

impl fmt::Debug for Residue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Residue({} limbs, secret)", self.modulus.width())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(x: &Residue<'_>) -> u64 {
        x.to_nat().as_limbs()[0]
    }

    #[test]
    fn a_small_field_in_full() {
        let m = Modulus::new(&Nat::from(13)).unwrap();
        let all: Vec<_> = (0..13).map(|x| m.residue(&Nat::from(x))).collect();
        for (x, a) in (0..).zip(&all) {
            assert_eq!((value(a), value(&a.neg()), value(&a.square())), (x, (13 - x) % 13, x * x % 13));
            assert_eq!(value(&(&a.half() + &a.half())), x);
            assert_eq!(bool::from(a.invert().is_some()), x != 0);
            for (y, b) in (0..).zip(&all) {
                assert_eq!(
                    (value(&(a + b)), value(&(a - b)), value(&(a * b))),
                    ((x + y) % 13, (13 + x - y) % 13, x * y % 13)
                );
                let power = (0..y).fold(1, |z, _| z * x % 13);
                assert_eq!(
                    (value(&a.pow(&Nat::from(y))), value(&a.pow_vartime(&Nat::from(y)))),
                    (power, power)
                );
            }
        }
    }

    #[test]
    fn halves_at_full_width() {
        let m = Modulus::from_be_bytes(&[0xff; 16]).unwrap();
        let x = m.one().neg();
        assert!(bool::from((&x.half() + &x.half()).ct_eq(&x)));
    }

    #[test]
    fn bytes_below_the_modulus_only() {
        let m = Modulus::new(&Nat::from(13)).unwrap();
        assert_eq!(value(&Residue::from_be_bytes(&[12], &m).unwrap()), 12);
        assert_eq!(Residue::from_be_bytes(&[13], &m).err(), Some(Error::NotReduced));
        assert_eq!(Residue::from_be_bytes(&[1; 100], &m).err(), Some(Error::NotReduced));
    }

    #[test]
    #[should_panic(expected = "residues of different moduli")]
    fn moduli_do_not_mix() {
        let (m, k) = (Modulus::new(&Nat::from(13)).unwrap(), Modulus::new(&Nat::from(15)).unwrap());
        let _ = &m.one() + &k.one();
    }
}
