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

pub(crate) use super::engine::Engine;
use super::portable;
use super::word::neg_inverse;

#[cfg(target_arch = "x86_64")]
use super::{avx2::Avx2, ifma::Ifma};

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
/// `rr` isn't needed. Requires s < `last`, or `last` = `bits` − 1: the last so many squarings are looked at one by
/// one.
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

#[cfg(test)]
mod tests {
    //! Every engine against portable code, with moduli and operands that make carries run as far as they can.
    //!
    //! What an engine computes is brought out of its Montgomery form and compared as a plain number with what the
    //! [`Reference`] says: portable code one limb wider, where R is another one and the widths with instances of
    //! their own go through the code for all widths. (Portable code itself is held against num-bigint in
    //! `tests/oracle.rs`.)

    extern crate std;

    use super::super::limbs::{add_assign, bits, less_than, reduce_once, sub_assign, sub_word};
    use super::*;
    use crate::bignum::Nat;
    use alloc::string::String;
    use alloc::vec;
    use alloc::vec::Vec;
    use std::println;

    const MAX: u64 = u64::MAX;

    /// All widths up to 66 limbs, and a few beyond what vector code is for.
    fn widths() -> impl Iterator<Item = usize> {
        (1..=66).chain([96, 97, 100, 127, 128, 129])
    }

    /// Whether code changes at this width or next to it: then more operands are tried.
    fn is_dense(n: usize) -> bool {
        matches!(n, 1..=3 | 11..=17 | 23..=25 | 31..=33 | 47..=49 | 63..=65)
    }

    /// Whether it's the turn of operand i of many modulo the k-th modulus: of one in two, or of one in eight.
    fn is_turn(n: usize, k: usize, i: usize) -> bool {
        (n + k + i).is_multiple_of(if is_dense(n) { 2 } else { 8 })
    }

    /// The output of a test names the engines that it couldn't test.
    fn say_what_is_skipped() {
        for engine in Engine::ALL.into_iter().filter(|engine| !engine.is_available()) {
            println!("skipped: engine {engine} isn't available on this CPU");
        }
    }

    /// A modulus on an engine, prepared as `bignum` does it.
    struct Ring {
        m: Vec<u64>,
        one: Vec<u64>,
        rr: Vec<u64>,
        code: Code,
    }

    impl Ring {
        fn new(m: &[u64], code: Code) -> Self {
            let power = |bits| reduced(Nat::power_of_two(bits).as_limbs(), m);
            let r_bits = code.r_bits(m.len());
            Self { m: m.to_vec(), one: power(r_bits), rr: power(2 * r_bits), code }
        }

        fn params(&self) -> Params<'_> {
            Params { m: &self.m, one: &self.one, rr: &self.rr, code: self.code }
        }

        /// An operation's result, which is below m; the memory that it works in isn't zero before.
        fn run(&self, x: &[u64], operation: Operation<'_>) -> Vec<u64> {
            let p = self.params();
            let (mut z, mut scratch) = (vec![MAX; self.m.len()], vec![MAX / 3; p.scratch(operation)]);
            p.run(&mut z, x, operation, &mut scratch);
            assert!(less_than(&z, &self.m) == 1, "{}", self.place("not reduced", &[x, &z]));
            z
        }

        /// Panics unless a result is the one that it has to be.
        fn agree(&self, operation: &str, found: &[u64], expected: &[u64], operands: &[&[u64]]) {
            let results = || std::format!("{} instead of {}", hex(found), hex(expected));
            assert!(found == expected, "{}: {}", self.place(operation, operands), results());
        }

        fn place(&self, operation: &str, operands: &[&[u64]]) -> String {
            let operands: Vec<_> = operands.iter().map(|x| hex(x)).collect();
            let (engine, n) = (self.code.engine(), self.m.len());
            std::format!("{operation} on {engine} at {n} limbs, m = {}, operands {operands:?}", hex(&self.m))
        }
    }

    /// Arithmetic on plain numbers of n limbs, by portable code on n + 1 limbs.
    struct Reference {
        ring: Ring,
    }

    impl Reference {
        fn new(m: &[u64]) -> Self {
            Self { ring: Ring::new(&[m, &[0]].concat(), Code::Portable) }
        }

        /// x in Montgomery form, for a number of any width.
        fn enter(&self, x: &[u64]) -> Vec<u64> {
            self.ring.run(&reduced(x, &self.ring.m), Operation::Mul(&self.ring.rr))
        }

        /// A plain number of n limbs out of Montgomery form.
        fn leave(&self, x: &[u64]) -> Vec<u64> {
            self.narrow(self.ring.run(x, Operation::Leave))
        }

        fn narrow(&self, mut x: Vec<u64>) -> Vec<u64> {
            x.truncate(self.ring.m.len() - 1);
            x
        }

        /// x · y mod m for x in Montgomery form and a plain y.
        fn product(&self, x: &[u64], y: &[u64]) -> Vec<u64> {
            self.narrow(self.ring.run(x, Operation::Mul(&[y, &[0]].concat())))
        }

        /// x^(2^count), both in Montgomery form.
        fn squarings(&self, x: &[u64], count: usize) -> Vec<u64> {
            let mut x = x.to_vec();
            for _ in 0..count {
                x = self.ring.run(&x, Operation::Square);
            }
            x
        }

        /// x^e mod m for the low `bits` bits of e and plain numbers: bit by bit, without windows.
        fn power(&self, x: &[u64], e: &[u64], bits: usize) -> Vec<u64> {
            let x = self.enter(x);
            let mut z = self.ring.one.clone();
            let is_set = |at: &usize| e[at / 64] >> (at % 64) & 1 == 1;
            for at in (0..bits).rev().skip_while(|at| !is_set(at)) {
                z = self.ring.run(&z, Operation::Square);
                if is_set(&at) {
                    z = self.ring.run(&z, Operation::Mul(&x));
                }
            }
            self.leave(&z)
        }

        /// The plain number that a Montgomery form of a ring with the same modulus stands for; checked by
        /// going back with a product of this engine's.
        fn value(&self, ring: &Ring, form: &[u64]) -> Vec<u64> {
            let value = ring.run(form, Operation::Leave);
            ring.agree("Leave", &self.product(&self.enter(&value), &ring.one), form, &[form]);
            value
        }
    }

    fn hex(x: &[u64]) -> String {
        x.iter().rev().fold(String::new(), |text, limb| text + &std::format!("{limb:016x}"))
    }

    /// x mod m, by division.
    fn reduced(x: &[u64], m: &[u64]) -> Vec<u64> {
        Nat::from_limbs(x).rem_nonzero(&Nat::from_limbs(m)).as_limbs().to_vec()
    }

    /// Numbers that look like random ones, the same in every run.
    fn numbers(mut state: u64) -> impl FnMut(usize) -> Vec<u64> {
        let mut next = move || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            state ^ (state >> 29)
        };
        move |n| (0..n).map(|_| next()).collect()
    }

    /// Digits of so many bits that are all ones and all zeros in turn, the lowest one all ones or not.
    fn stripes(n: usize, digit: usize, lowest: bool) -> Vec<u64> {
        let mut x = vec![0; n];
        for i in (0..64 * n).filter(|i| (i / digit).is_multiple_of(2) == lowest) {
            x[i / 64] |= 1 << (i % 64);
        }
        x
    }

    /// A number of n limbs with these bits.
    fn sparse(n: usize, bits: &[usize]) -> Vec<u64> {
        let mut x = vec![0; n];
        for i in bits {
            x[i / 64] |= 1 << (i % 64);
        }
        x
    }

    /// Odd moduli of n limbs: 2^b − 1, 2^b − 105, 2^(b−1) + 1, 2^(b−1) − 1; few bits set; digits of an engine
    /// that are all ones; zeros on top; random ones.
    fn moduli(n: usize) -> Vec<Vec<u64>> {
        let b = 64 * n;
        let mut random = numbers(n as u64);
        let mut half = vec![MAX; n];
        half[n - 1] >>= 1;
        let mut near = vec![MAX; n];
        near[0] -= 104;
        let mut low = random(n);
        low[n - 1] = u64::from(n == 1);
        let mut full = random(n);
        full[n - 1] |= 1 << 63;
        let mut moduli = vec![
            vec![MAX; n],
            near,
            sparse(n, &[0, b - 1]),
            half,
            sparse(n, &[0, b / 2, b - 1]),
            sparse(n, &[1, b - 52, b - 13]),
            stripes(n, 52, true),
            stripes(n, 52, false),
            stripes(n, 29, true),
            low,
            full,
            random(n),
        ];
        for m in &mut moduli {
            m[0] |= if m[1..].iter().all(|limb| *limb == 0) { 3 } else { 1 };
        }
        moduli
    }

    /// Montgomery forms, below m: 0, 1, what is near m, R and its like, digits that are all ones.
    fn forms(ring: &Ring) -> Vec<Vec<u64>> {
        let (n, m) = (ring.m.len(), &ring.m);
        let minus = |x: &[u64]| {
            let mut z = m.clone();
            sub_assign(&mut z, x);
            z
        };
        // As many low bits of a pattern as m has, less one.
        let below = |mut x: Vec<u64>| {
            let top = bits(m) as usize - 1;
            for i in top..64 * n {
                x[i / 64] &= !(1 << (i % 64));
            }
            x
        };
        let mut all = vec![
            vec![0; n],
            sparse(n, &[0]),
            minus(&sparse(n, &[0])),
            ring.one.clone(),
            minus(&ring.one),
            ring.rr.clone(),
            below(vec![MAX; n]),
            minus(&sparse(n, &[1])),
            below(stripes(n, 52, true)),
            below(stripes(n, 52, false)),
            below(stripes(n, 29, true)),
            reduced(&numbers(7)(n), m),
        ];
        all.retain(|x| less_than(x, m) == 1);
        all.dedup();
        all
    }

    /// Every modulus of n limbs on every engine that has code for it, numbered. Portable code, which is the same at
    /// most widths, gets a third of the moduli there.
    fn rings(n: usize) -> impl Iterator<Item = (usize, Ring, Reference)> {
        moduli(n).into_iter().enumerate().flat_map(move |(k, m)| {
            let codes = Engine::available().map(move |engine| (engine, Code::of(engine, n)));
            codes
                .filter(move |(engine, code)| {
                    let is_enough = *engine == Engine::Portable && !is_dense(n) && !(n + k).is_multiple_of(3);
                    *engine == code.engine() && !is_enough
                })
                .map(move |(_, code)| (k, Ring::new(&m, code), Reference::new(&m)))
        })
    }

    #[test]
    fn products_and_squares() {
        say_what_is_skipped();
        for n in widths() {
            for (_, ring, reference) in rings(n) {
                let forms = forms(&ring);
                let ones = vec![MAX; n];
                let ones_value = reference.value(&ring, &reduced(&ones, &ring.m));
                let values: Vec<_> = forms.iter().map(|x| reference.value(&ring, x)).collect();
                for (i, (x, a)) in forms.iter().zip(&values).enumerate() {
                    ring.agree("into Montgomery form", &ring.run(a, Operation::Mul(&ring.rr)), x, &[a]);
                    let a_form = reference.enter(a);
                    let check = |operation: &str, z: &[u64], b: &[u64], y: &[u64]| {
                        let (found, expected) =
                            (ring.run(z, Operation::Leave), reference.product(&a_form, b));
                        ring.agree(operation, &found, &expected, &[x, y]);
                    };
                    check("Square", &ring.run(x, Operation::Square), a, x);
                    check("Mul by all ones", &ring.run(x, Operation::Mul(&ones)), &ones_value, &ones);
                    check("Mul of all ones", &ring.run(&ones, Operation::Mul(x)), &ones_value, &ones);
                    for (j, (y, b)) in forms.iter().zip(&values).enumerate() {
                        if is_dense(n) || (i + j) % 4 == n % 4 {
                            check("Mul", &ring.run(x, Operation::Mul(y)), b, y);
                        }
                    }
                }
            }
        }
    }

    /// Squares of squares, which an engine needn't reduce below m in between.
    #[test]
    fn long_runs_of_squarings() {
        say_what_is_skipped();
        for n in widths() {
            for (k, ring, reference) in rings(n) {
                let step = if is_dense(n) { 4 } else { 12 };
                for x in forms(&ring).iter().skip((n + k) % step).step_by(step) {
                    let form = reference.enter(&reference.value(&ring, x));
                    let expected = reference.leave(&reference.squarings(&form, 210));
                    let z = ring.run(x, Operation::PowVartime(&[0, 0, 0, 1 << 18]));
                    ring.agree("210 squares", &ring.run(&z, Operation::Leave), &expected, &[x]);
                    if is_dense(n) && n < 50 {
                        let z = (0..210).fold(x.clone(), |z, _| ring.run(&z, Operation::Square));
                        ring.agree("210 times Square", &ring.run(&z, Operation::Leave), &expected, &[x]);
                    }
                }
            }
        }
    }

    /// Exponents and the number of their bits that count.
    fn exponents(n: usize) -> Vec<(Vec<u64>, usize)> {
        let mut all = vec![
            (vec![], 0),
            (vec![0], 1),
            (vec![0], 64),
            (vec![1], 1),
            (vec![1], 64),
            (vec![2], 2),
            (vec![2], 7),
            (vec![MAX], 5),
            (vec![MAX], 63),
            (vec![MAX, MAX], 65),
            (vec![MAX, MAX], 66),
            (vec![0, 1], 66),
        ];
        if is_dense(n) {
            all.push((numbers(3)(3), 189));
        }
        all
    }

    #[test]
    fn powers_of_forms() {
        say_what_is_skipped();
        for n in widths() {
            for (k, ring, reference) in rings(n) {
                let forms = forms(&ring);
                for (i, (e, bits)) in exponents(n).into_iter().enumerate() {
                    if !is_turn(n, k, i) {
                        continue;
                    }
                    let x = &forms[(i + 2 * k) % forms.len()];
                    let expected = reference.power(&reference.value(&ring, x), &e, bits);
                    let check = |operation: &str, z: &[u64]| {
                        ring.agree(operation, &ring.run(z, Operation::Leave), &expected, &[x, &e]);
                    };
                    check("Pow", &ring.run(x, Operation::Pow(&e, bits)));
                    if 64 * e.len() - bits < 64 {
                        let mut e = e.clone();
                        e.iter_mut().skip(bits / 64).for_each(|w| *w &= (1 << (bits % 64)) - 1);
                        check("PowVartime", &ring.run(x, Operation::PowVartime(&e)));
                    }
                }
                for e in [0, 1, 3, 65_537] {
                    let x = &forms[(e as usize + k) % forms.len()];
                    let expected = reference.power(&reference.value(&ring, x), &[e], 64);
                    let z = ring.run(x, Operation::PowVartime(&[e, 0]));
                    ring.agree("PowVartime", &ring.run(&z, Operation::Leave), &expected, &[x, &[e]]);
                }
            }
        }
    }

    /// An exponent as long as the modulus, which isn't a multiple of the window, where code changes.
    #[test]
    fn long_powers() {
        say_what_is_skipped();
        for n in widths().filter(|n| is_dense(*n) && *n < 50) {
            for (_, ring, reference) in rings(n).filter(|(k, ..)| (n + k).is_multiple_of(4)) {
                let (x, mut e) = (vec![MAX; 2 * n], numbers(n as u64)(n));
                e[n - 1] >>= 1;
                let expected = reference.power(&x, &e, 64 * n - 1);
                let z = ring.run(&x, Operation::PlainPow(&e, 64 * n - 1));
                ring.agree("PlainPow", &z, &expected, &[&x, &e]);
                let form = ring.run(&reduced(&x, &ring.m), Operation::Mul(&ring.rr));
                let z = ring.run(&form, Operation::PowVartime(&e));
                ring.agree("PowVartime", &ring.run(&z, Operation::Leave), &expected, &[&x, &e]);
            }
        }
    }

    /// Plain numbers for a modulus of n limbs: 2 n limbs at most.
    fn plain_numbers(m: &[u64]) -> Vec<Vec<u64>> {
        let n = m.len();
        let mut next_below = [&vec![0; n], m].concat();
        sub_word(&mut next_below, 1);
        vec![
            vec![MAX; 2 * n],
            vec![MAX; n],
            vec![MAX; n + 1],
            vec![0; n],
            vec![0; 2 * n],
            vec![1],
            m.to_vec(),
            // m · 2^(64 n), and one less; 2^(64 n).
            [&vec![0; n], m].concat(),
            next_below,
            sparse(2 * n, &[64 * n]),
            stripes(2 * n, 52, true),
            stripes(2 * n, 52, false),
            numbers(9)(2 * n - 1),
        ]
    }

    #[test]
    fn powers_of_plain_numbers() {
        say_what_is_skipped();
        for n in widths() {
            for (k, ring, reference) in rings(n) {
                let exponents = exponents(n);
                for (i, x) in plain_numbers(&ring.m).iter().enumerate() {
                    if !is_turn(n, k, i) {
                        continue;
                    }
                    let (e, bits) = &exponents[(i + 2 * k) % exponents.len()];
                    let expected = reference.power(x, e, *bits);
                    ring.agree("PlainPow", &ring.run(x, Operation::PlainPow(e, *bits)), &expected, &[x, e]);
                    if x.len() == n {
                        for e in [0, 1, 2, 3, 65_537, [MAX, MAX - 1, 1 << 63][k % 3]] {
                            let z = ring.run(x, Operation::PlainPowVartime(e));
                            let expected = reference.power(x, &[e], 64);
                            ring.agree("PlainPowVartime", &z, &expected, &[x, &[e]]);
                        }
                    }
                }
            }
        }
    }

    /// Two moduli at once give what one gives, whatever the other half does.
    #[test]
    fn powers_in_pairs() {
        say_what_is_skipped();
        let mut count = 0;
        for engine in Engine::available() {
            for n in widths().filter(|n| Code::of(engine, *n).engine() == engine) {
                for other in [n, n + 1, n.saturating_sub(3), n + 4].into_iter().filter(|other| *other > 0) {
                    let ring = |m: &Vec<u64>| Ring::new(m, Code::of(engine, m.len()));
                    let (first, second) = (moduli(n), moduli(other));
                    if !is_pair([&ring(&first[0]).params(), &ring(&second[0]).params()]) {
                        continue;
                    }
                    // Neighbours in the list are a modulus whose digits carry and one whose digits don't.
                    let shift = if n == other { 1 } else { 4 };
                    for i in 0..first.len() {
                        let rings = [ring(&first[i]), ring(&second[(i + shift) % second.len()])];
                        count += pair(&rings, i, if is_dense(n) { 1 } else { 4 });
                    }
                }
            }
        }
        println!("{count} pairs of powers");
    }

    /// Powers of two moduli at once; returns how many.
    fn pair(rings: &[Ring; 2], seed: usize, step: usize) -> usize {
        let numbers = [plain_numbers(&rings[0].m), plain_numbers(&rings[1].m)];
        let exponents = exponents(rings[0].m.len());
        let mut count = 0;
        for i in (seed % step..numbers[0].len()).step_by(step) {
            let x = [&numbers[0][i], &numbers[1][(5 * i + seed) % numbers[1].len()]];
            let (e, bits) = &exponents[(i + seed) % exponents.len()];
            // The other half's exponent has its bits the other way round: zeros where this one has ones.
            let e = [e.clone(), e.iter().map(|w| !w).collect()];
            let expected = [0, 1].map(|h| rings[h].run(x[h], Operation::PlainPow(&e[h], *bits)));
            let mut z = [vec![MAX; rings[0].m.len()], vec![MAX; rings[1].m.len()]];
            let [first, second] = &mut z;
            let params = [&rings[0].params(), &rings[1].params()];
            powers(params, [first, second], x.map(|x| &x[..]), [&e[0], &e[1]], *bits);
            for h in 0..2 {
                rings[h].agree("one of two powers", &z[h], &expected[h], &[x[h], &e[h], &rings[1 - h].m]);
            }
            count += 1;
        }
        count
    }

    /// Primes (2^(bits − 1 − s) + j) · 2^s + 1, by their bits: pairs of s, the number of times that 2 divides n −
    /// 1, and the smallest odd j, found by a search.
    const PRIMES: [(usize, &[(usize, u64)]); 8] = [
        (
            705,
            &[
                (1, 163),
                (2, 419),
                (3, 1149),
                (4, 279),
                (5, 1335),
                (6, 105),
                (7, 87),
                (8, 821),
                (16, 51),
                (31, 1287),
                (63, 55),
                (64, 945),
                (65, 927),
                (128, 231),
                (352, 1299),
                (639, 1987),
            ],
        ),
        (
            768,
            &[
                (1, 349),
                (2, 931),
                (3, 1051),
                (4, 905),
                (5, 521),
                (6, 1525),
                (7, 245),
                (8, 797),
                (16, 475),
                (32, 1199),
                (63, 1223),
                (64, 1229),
                (65, 127),
                (127, 395),
                (384, 1637),
                (702, 503),
            ],
        ),
        (1017, &[(1, 3351), (2, 71), (3, 147), (6, 171), (64, 839), (128, 5), (951, 363)]),
        (1021, &[(1, 855), (2, 1161), (3, 49), (5, 505), (65, 327), (127, 109), (955, 33)]),
        (
            1024,
            &[
                (1, 577),
                (2, 373),
                (3, 1093),
                (4, 247),
                (5, 1015),
                (6, 107),
                (7, 79),
                (8, 847),
                (16, 479),
                (31, 725),
                (32, 2143),
                (63, 715),
                (64, 299),
                (65, 191),
                (127, 179),
                (128, 473),
                (512, 37),
                (958, 287),
            ],
        ),
        (1055, &[(1, 237), (2, 1881), (3, 237), (4, 767), (16, 11), (64, 281), (128, 231), (989, 1137)]),
        (1536, &[(1, 349), (2, 743), (3, 641), (8, 2399), (63, 1), (64, 1897), (128, 563), (768, 1009)]),
        (2048, &[(1, 959), (2, 1265), (3, 1373), (8, 269), (63, 1855), (64, 397), (128, 173), (1024, 1337)]),
    ];

    /// Composite numbers of exactly so many bits that pass for base 2: for a prime p and w = 2^k, the quotient n
    /// = (2^(w p) + 1) / (2^w + 1) has w (p − 1) bits, 2^w is the power of 2 in n − 1, and 2^(w t) = −1 as p
    /// divides t (if it doesn't divide n). And 2^p − 1 for a prime p, where 2^t = 1.
    fn pseudoprimes(bits: usize) -> Vec<Vec<u64>> {
        let is_prime = |p: usize| p > 2 && (2..p).take_while(|d| d * d <= p).all(|d| !p.is_multiple_of(d));
        let divides = |p: usize, w: usize| (0..w).fold(1, |x, _| 2 * x % p) == p - 1;
        let power_plus_one = |e| Nat::power_of_two(e).add(&Nat::from(1));
        let mut all = Vec::new();
        for w in (0..10).map(|k| 1 << k).filter(|w| bits.is_multiple_of(*w)) {
            let p = bits / w + 1;
            if is_prime(p) && !divides(p, w) {
                all.push(power_plus_one(w * p).div_rem_nonzero(&power_plus_one(w)).0);
            }
        }
        if is_prime(bits) {
            all.push(Nat::power_of_two(bits).minus_word(1));
        }
        all.iter().map(|n| n.as_limbs()[..bits.div_ceil(64)].to_vec()).collect()
    }

    /// Composite numbers that don't pass. The first one for an odd number of bits 2 p − 1, p prime, is
    /// (4^p − 1) / 3: it passes Fermat's test to base 2, and on the way there is a root of 1 that is 1 modulo
    /// 2^p − 1 and −1 modulo the other factor.
    fn composites(bits: usize) -> Vec<Vec<u64>> {
        let (n, top) = (bits.div_ceil(64), bits - 1);
        let mut random = numbers(bits as u64)(n);
        random[n - 1] &= MAX >> (64 * n - bits);
        random[n - 1] |= 1 << (top % 64);
        random[0] |= 1;
        let step = if bits % 2 == 1 { 2 } else { 3 };
        let mut all = vec![
            sparse(n, &(0..bits).rev().step_by(step).chain([0]).collect::<Vec<_>>()),
            sparse(n, &[0, top]),
            sparse(n, &[0, 1, 64, top]),
            random,
        ];
        if bits.is_multiple_of(2) {
            all.push(sparse(n, &(0..bits).collect::<Vec<_>>()));
        }
        all
    }

    /// Whether n is a strong probable prime to base 2, by the definition, in portable code; and s.
    fn is_strong(n: &[u64]) -> (bool, u64) {
        let reference = Reference::new(n).ring;
        let mut minus_one = reference.m.clone();
        sub_assign(&mut minus_one, &reference.one);
        let mut even = n.to_vec();
        even[0] -= 1;
        let s = super::super::limbs::trailing_zeros(&even);
        let mut x = reference.one.clone();
        for at in (s as usize..64 * n.len()).rev() {
            x = reference.run(&x, Operation::Square);
            if n[at / 64] >> (at % 64) & 1 == 1 {
                let y = x.clone();
                let carry = add_assign(&mut x, &y);
                reduce_once(&mut x, carry, &reference.m);
            }
        }
        let mut strong = x == reference.one || x == minus_one;
        for _ in 1..s {
            x = reference.run(&x, Operation::Square);
            strong |= x == minus_one;
        }
        (strong, s)
    }

    /// A number to be tested, what the test has to say, and how often 2 divides n − 1.
    struct Candidate {
        ring: Ring,
        strong: bool,
        s: u64,
    }

    /// All of them of one size: primes, pseudoprimes, and others.
    fn candidates(bits: usize, primes: &[(usize, u64)], code: Code) -> Vec<Candidate> {
        let prime = |(s, j): &(usize, u64)| {
            let n = Nat::power_of_two(bits - 1 - s).add(&Nat::from(*j)).shl(*s).add(&Nat::from(1));
            n.as_limbs()[..bits.div_ceil(64)].to_vec()
        };
        let passing = primes.iter().map(prime).chain(pseudoprimes(bits)).map(|n| (n, true));
        let failing = composites(bits).into_iter().map(|n| (n, false));
        let candidate = |(n, wanted): (Vec<u64>, bool)| {
            let (strong, s) = is_strong(&n);
            assert_eq!(strong, wanted, "{}, by the definition", hex(&n));
            Candidate { ring: Ring::new(&n, code), strong, s }
        };
        passing.chain(failing).map(candidate).collect()
    }

    #[test]
    fn strong_probable_primes_in_pairs() {
        say_what_is_skipped();
        let mut answers = [[0; 2]; 2];
        for engine in Engine::available() {
            for (bits, primes) in PRIMES {
                let code = Code::of(engine, bits.div_ceil(64));
                if !is_pair([&Params { m: &[], one: &[], rr: &[], code }; 2]) {
                    continue;
                }
                let candidates = candidates(bits, primes, code);
                for (i, a) in candidates.iter().enumerate() {
                    for (j, b) in candidates.iter().enumerate() {
                        let least = a.s.max(b.s) as usize + 1;
                        let last = (least + (i + 3 * j) % 7).min(bits - 1);
                        let params = [a, b].map(|n| Params { rr: &[], ..n.ring.params() });
                        let found = strong_base_2([&params[0], &params[1]], bits, last, [a.s, b.s]);
                        let [m, other] = [a, b].map(|n| hex(&n.ring.m));
                        let expected = [u64::from(a.strong), u64::from(b.strong)];
                        assert_eq!(found, expected, "on {engine}, last {last}: {m} and {other}");
                        answers[usize::from(a.strong)][usize::from(b.strong)] += 1;
                    }
                }
            }
        }
        println!("pairs of candidates, by their answers: {answers:?}");
    }
}
