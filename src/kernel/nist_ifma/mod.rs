//! Scalar multiplication on P-256, P-384 and P-521 with AVX-512 IFMA: four field products at a time.
//!
//! The curves y² = x³ − 3x + b over the prime fields of FIPS 186-5, whose orders are prime. Three operations
//! on each: k·(x, y) and k·G in constant time, a·G + b·(x, y) for public numbers. Points come in as x, y and
//! go out as Jacobian X, Y, Z, the point (X / Z², Y / Z³), in the form that scalar code has them in
//! ([`p256`], [`p384`], [`p521`] say which); inverting Z is the caller's business, as are checks: the point
//! has to be on the curve.
//!
//! **Field elements** have N digits of 52 bits, and are in Montgomery form with R = 2^(52 N). N vectors of
//! four 64-bit lanes hold four elements; a point's formulas are laid out in rounds of up to four products
//! that don't depend on each other. Between a product, whose columns are some 57 bits wide (*raw*, and signed
//! once something has been subtracted), and the next one, sums are formed on raw columns, and one exact
//! `carry!` makes digits of them. It doesn't mask them: the multiply-add reads 52 bits of its factors and no
//! more. Numbers aren't reduced below p; what they're below stands next to the formulas.
//!
//! **Points** are Jacobian, as −X, Y′ = 2Y, Z, D and −a, where D is Z² and a = 3 (X − D) (X + D): Y′ takes
//! the factors 4 and 8 out of the formulas, the signs are such that sums come out above zero. A doubling is
//! three rounds. An addition comes right after a doubling and shares its last round, so it's three rounds
//! more.
//!
//! **Tables.** The odd multiples of (x, y) are made by co-Z additions (Meloni), two points under the same Z,
//! and then brought under one Z for all, c. Under it, an entry is two coordinates, (x, y) = (X / c², Y / c³)
//! read as (X, Y): a point of y² = x³ − 3c⁴x + c⁶b, an isomorphic curve. The whole multiplication takes place
//! there, with additions of affine points; D stands for c²Z² = √c⁴ Z² then, and at the end Z is multiplied by
//! c. No inversion is needed.
//!
//! **k·G** is a comb: a table of the affine points d·2^pᵢ·G for all odd digits d > 0 of all windows, one
//! addition a window, no doublings. Additions are pipelined: the last round of one has the first products of
//! the next, so one takes three rounds. The table is computed when it's first needed (some 0.1 to 0.5 ms) and
//! takes 104 KB for P-256, 158 KB for P-384 and 200 KB for P-521, in static memory.
//!
//! **Exceptional cases** of the additions (equal points, opposite points, infinity) can't come up in
//! constant-time code: `kernel::recode` has the proof. For public scalars they can only in the sum of a·G and
//! b·(x, y), which tests for them.
//!
//! **What leaks**: nothing of k, x or y in [`p256::mul`] and its like; the scalars and the point in functions
//! that end in `_vartime`. Tables are read in whole, under masks. Vector registers are cleared before secret
//! functions return, and tables and digits on the stack wiped. What a compiler spills to the stack stays
//! there.
//!
//! Map: `vector` (instructions and macros on four elements), `curve` (points, tables, multiplications: one
//! text for the three curves, compiled once for each), `p256`, `p384`, `p521` (constants, the Montgomery
//! product).
//!
//! Sources: Gueron, Krasnov, "Software implementation of modular exponentiation, using advanced vector
//! instructions architectures", WAIFI 2012, for digits of 52 bits; Bernstein, Lange, "Explicit-Formulas
//! Database", dbl-2001-b, add-2007-bl, madd-2007-bl, for the formulas that ours are variants of; Meloni, "New
//! point addition formulae for ECC applications", WAIFI 2007; Goundar, Joye, Miyaji, "Co-Z addition formulae
//! and binary ladders on elliptic curves", CHES 2010, for tables without inversions; SEC 2, version 2, and
//! FIPS 186-5 with SP 800-186, for the curves. The rounds are this project's.
#![allow(unsafe_code)]

#[macro_use]
mod vector;

pub(crate) mod p256;
pub(crate) mod p384;
pub(crate) mod p521;

cpufeatures::new!(features, "avx512f", "avx512vl", "avx512ifma", "bmi2");

/// Whoever holds one has asked the CPU: it has AVX-512 F, VL and IFMA, and BMI2.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ifma(());

impl Ifma {
    #[inline]
    pub(crate) fn detect() -> Option<Self> {
        features::get().then_some(Self(()))
    }
}
