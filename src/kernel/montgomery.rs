//! Montgomery arithmetic: the product x · y · R⁻¹ mod m for odd m, and powers; and the choice of the code that
//! computes them.
//!
//! Division by m is hard, division by R, a power of two, is a matter of dropping digits. A multiple of m that
//! makes the low digits of x · y vanish is found digit by digit: u = t · (−m⁻¹) modulo the radix, then t + u · m
//! is divisible by it. Source: Montgomery, "Modular multiplication without trial division", Math. Comp. 44
//! (1985).
//!
//! Numbers come and go as rows of n limbs, and everything that this module gives back is below m. What R is
//! depends on the engine: 2^(64 n) where products are those of limbs, 2^(B N) where they're of N digits of B
//! bits. A number in Montgomery form, x · R mod m, is one of its modulus and its engine; [`Params`] holds the
//! three together. [`Engine`] names the code; it's chosen once per modulus, and a whole power runs inside one
//! function.
//!
//! What leaks: n, the number of exponent bits that the caller announces, and where the name has `vartime` the
//! exponent.

use core::fmt;

use super::portable;
use super::word::neg_inverse;

#[cfg(target_arch = "x86_64")]
use super::{avx2::Avx2, ifma::Ifma};

/// Which code computes Montgomery products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// 64-bit integer code for every CPU.
    Portable,
    /// AVX-512 IFMA on x86-64: eight products of 52-bit digits an instruction, for moduli of 7 to 128 limbs.
    Ifma,
    /// AVX2 on x86-64: four products of 28 or 29-bit digits an instruction, for moduli of 12 to 64 limbs.
    Avx2,
}

impl Engine {
    const ALL: [Self; 3] = [Self::Ifma, Self::Avx2, Self::Portable];

    /// Whether this CPU has what the engine needs.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Ifma => Ifma::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => Avx2::detect().is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Ifma | Self::Avx2 => false,
        }
    }

    /// The engines that this CPU has, the best one first.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|engine| engine.is_available())
    }

    /// The one that is chosen where nobody chooses.
    pub(crate) fn best() -> Self {
        Self::available().next().unwrap_or(Self::Portable)
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Portable => "portable",
            Self::Ifma => "ifma",
            Self::Avx2 => "avx2",
        })
    }
}

/// The code for a modulus of a certain width, found to be there.
#[derive(Clone, Copy)]
pub(crate) enum Code {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Ifma(Ifma),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
}

impl Code {
    /// The code of an engine for moduli of n limbs; portable code where the CPU or the engine hasn't any.
    pub(crate) fn of(engine: Engine, n: usize) -> Self {
        let _ = n;
        match engine {
            Engine::Portable => Self::Portable,
            #[cfg(target_arch = "x86_64")]
            Engine::Ifma => Ifma::detect_for(n).map_or(Self::Portable, Self::Ifma),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2 => Avx2::detect_for(n).map_or(Self::Portable, Self::Avx2),
            #[cfg(not(target_arch = "x86_64"))]
            Engine::Ifma | Engine::Avx2 => Self::Portable,
        }
    }

    pub(crate) fn engine(self) -> Engine {
        match self {
            Self::Portable => Engine::Portable,
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(_) => Engine::Ifma,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => Engine::Avx2,
        }
    }

    /// r, where R = 2^r for moduli of n limbs: at least 64 n.
    pub(crate) fn r_bits(self, n: usize) -> usize {
        match self {
            Self::Portable => 64 * n,
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(token) => 52 * token.digits(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(token) => token.r_bits(),
        }
    }
}

/// An odd modulus with what its products need.
#[derive(Clone, Copy)]
pub(crate) struct Params<'a> {
    /// m, odd, n limbs.
    pub(crate) m: &'a [u64],
    /// R mod m: one, in Montgomery form.
    pub(crate) one: &'a [u64],
    /// R² mod m: what brings a number into Montgomery form.
    pub(crate) rr: &'a [u64],
    /// The code to use.
    pub(crate) code: Code,
}

/// What is to be computed of a number x, in Montgomery form unless it says "plain".
#[derive(Clone, Copy)]
pub(crate) enum Operation<'a> {
    /// x · y · R⁻¹. One of the two may be as large as 2^(64 n) − 1.
    Mul(&'a [u64]),
    /// x² · R⁻¹.
    Square,
    /// x · R⁻¹: out of Montgomery form.
    Leave,
    /// x^e for a secret exponent: the low bits of a number, as many as are given.
    Pow(&'a [u64], usize),
    /// x^e for a public exponent.
    PowVartime(&'a [u64]),
    /// x^e mod m for a secret exponent, as for `Pow`, and a plain x of at most 2 n limbs, as a plain number.
    PlainPow(&'a [u64], usize),
    /// x^e mod m for a public exponent and a plain x < 2^(64 n), as a plain number.
    PlainPowVartime(u64),
}

impl Params<'_> {
    /// −m⁻¹ mod 2^64.
    ///
    /// Computed each time, in a few cycles: a word kept beside a modulus would be left behind by every move,
    /// and it tells the lowest limb of m.
    pub(super) fn m0_inv(&self) -> u64 {
        neg_inverse(self.m[0])
    }

    /// z = the operation's result, below m.
    ///
    /// Shapes: `z`, `x` have n limbs, and so have factors; an exponent has as many limbs as its bits need. x < m
    /// unless the operation says otherwise. Time and addresses depend on n, on the bits of an exponent that's
    /// secret, and on one that's public. `scratch` has [`Params::scratch`] limbs.
    pub(crate) fn run(&self, z: &mut [u64], x: &[u64], operation: Operation<'_>, scratch: &mut [u64]) {
        match self.code {
            Code::Portable => portable::run(self, z, x, operation, scratch),
            #[cfg(target_arch = "x86_64")]
            Code::Ifma(token) => token.run(self, z, x, operation),
            #[cfg(target_arch = "x86_64")]
            Code::Avx2(token) => token.run(self, z, x, operation),
        }
    }

    /// The number of limbs of scratch that an operation needs.
    pub(crate) fn scratch(&self, operation: Operation<'_>) -> usize {
        match self.code {
            Code::Portable => portable::scratch(self.m.len(), operation),
            #[cfg(target_arch = "x86_64")]
            Code::Ifma(_) | Code::Avx2(_) => 0,
        }
    }
}

/// Whether two moduli go through [`powers`] together.
pub(crate) fn is_pair(p: [&Params<'_>; 2]) -> bool {
    match [p[0].code, p[1].code] {
        #[cfg(target_arch = "x86_64")]
        [Code::Ifma(a), Code::Ifma(b)] => a.pairs_with(b),
        _ => false,
    }
}

/// zᵢ = xᵢ^eᵢ mod mᵢ for two moduli at a time, secret exponents and plain numbers.
///
/// Shapes: zᵢ has nᵢ limbs, xᵢ at most 2 nᵢ, eᵢ at least ⌈bits/64⌉.
/// # Panics
/// Unless the two are a pair by [`is_pair`].
pub(crate) fn powers(p: [&Params<'_>; 2], z: [&mut [u64]; 2], x: [&[u64]; 2], e: [&[u64]; 2], bits: usize) {
    match p[0].code {
        #[cfg(target_arch = "x86_64")]
        Code::Ifma(token) if is_pair(p) => token.powers(p, z, x, e, bits),
        _ => {
            let _ = (z, x, e, bits);
            panic!("two moduli that are no pair")
        }
    }
}

/// Whether nᵢ = 2^sᵢ · t + 1 is a strong probable prime to base 2, for two odd numbers of exactly `bits` bits at a
/// time: 2^t = 1, or 2^(2^i · t) = −1 for some i < s. The answers are bits.
///
/// `rr` isn't needed. Requires s < `last` < `bits`: the last so many squarings are looked at one by one.
/// # Panics
/// Unless the two are a pair by [`is_pair`].
pub(crate) fn strong_base_2(p: [&Params<'_>; 2], bits: usize, last: usize, s: [u64; 2]) -> [u64; 2] {
    match p[0].code {
        #[cfg(target_arch = "x86_64")]
        Code::Ifma(token) if is_pair(p) => token.strong_base_2(p, bits, last, s),
        _ => {
            let _ = (bits, last, s);
            panic!("two moduli that are no pair")
        }
    }
}

/// The bits of an exponent that one multiplication of a power with a secret exponent takes care of.
pub(super) const WINDOW: usize = 5;

/// The `count` bits of e from bit `at`; both are public. Bits above the number are 0.
#[inline(always)]
pub(super) fn window(e: &[u64], at: usize, count: usize) -> u64 {
    let (i, shift) = (at / 64, at % 64);
    let low = e[i] >> shift;
    let high = if shift + count > 64 { e.get(i + 1).map_or(0, |w| w << (64 - shift)) } else { 0 };
    (low | high) & ((1 << count) - 1)
}

/// A public exponent from left to right in windows that start and end with a one, where it has ones: after as
/// many squarings as the window has bits, a multiplication by the power that is its value (none for 0).
///
/// Short exponents go bit by bit.
pub(super) struct Windows<'a> {
    e: &'a [u64],
    /// The bits that are left.
    at: usize,
    /// The most bits of a window: powers up to x^(2^width − 1) are needed.
    pub(super) width: usize,
}

impl<'a> Windows<'a> {
    pub(super) fn new(e: &'a [u64]) -> Self {
        let at = e.iter().rposition(|w| *w != 0).map_or(0, |i| 64 * (i + 1) - e[i].leading_zeros() as usize);
        Self { e, at, width: if at <= 64 { 1 } else { WINDOW } }
    }
}

impl Iterator for Windows<'_> {
    /// The window's bits, and its value.
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let mut count = 1;
        if self.at == 0 {
            return None;
        } else if window(self.e, self.at - 1, 1) == 1 {
            count = self.width.min(self.at);
            while window(self.e, self.at - count, 1) == 0 {
                count -= 1;
            }
        }
        self.at -= count;
        Some((count, window(self.e, self.at, count) as usize))
    }
}
