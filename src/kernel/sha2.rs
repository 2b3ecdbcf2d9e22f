//! The constants of SHA-2, computed from the primes that they come from.
//!
//! FIPS 180-4 prints 80 + 64 round constants and four initial values as tables. They're numbers with
//! nothing up their sleeve: the first bits of the fractional parts of roots of the first primes.
//!
//! ```text
//! round constants   SHA-384/512   64 bits of ∛p, the first 80 primes           section 4.2.3
//!                   SHA-224/256   the upper 32 of those bits, the first 64     section 4.2.2
//! initial values    SHA-512       64 bits of √p, primes 1 to 8                 section 5.3.5
//!                   SHA-384       64 bits of √p, primes 9 to 16                section 5.3.4
//!                   SHA-256       the upper 32 bits of SHA-512's               section 5.3.3
//!                   SHA-224       the lower 32 bits of SHA-384's               section 5.3.2
//! ```
//!
//! So two roots give all of it. Everything here is integer arithmetic that the compiler evaluates:
//! floor(2^64 · ᵏ√p) is the largest x with x^k ≤ 2^(64 k) · p, and its low 64 bits are the fraction.

/// The round constants of SHA-384 and SHA-512, K^{512} of section 4.2.3, in groups of sixteen: one turn of
/// the message schedule's ring.
pub(super) static K512: [[u64; 16]; 5] = ROUND_512;
const ROUND_512: [[u64; 16]; 5] = {
    let (primes, mut k, mut i) = (first_primes::<80>(), [[0; 16]; 5], 0);
    while i < 80 {
        k[i / 16][i % 16] = root_fraction(primes[i], 3);
        i += 1;
    }
    k
};

/// The round constants of SHA-224 and SHA-256, K^{256} of section 4.2.2, in groups of sixteen.
pub(super) static K256: Aligned<[[u32; 16]; 4]> = Aligned({
    let (mut k, mut i) = ([[0; 16]; 4], 0);
    while i < 64 {
        k[i / 16][i % 16] = (ROUND_512[i / 16][i % 16] >> 32) as u32;
        i += 1;
    }
    k
});

/// Aligned to a cache line: a vector of constants can then be the memory operand of an addition.
#[repr(align(64))]
pub(super) struct Aligned<T>(pub(super) T);

/// H^(0) of SHA-512: 64 bits of the square roots of the first eight primes.
pub(crate) const INITIAL_512: [u64; 8] = square_roots(0);
/// H^(0) of SHA-384: the same of the ninth to the sixteenth prime.
pub(crate) const INITIAL_384: [u64; 8] = square_roots(8);
/// H^(0) of SHA-256: the upper halves of SHA-512's.
pub(crate) const INITIAL_256: [u32; 8] = halves(INITIAL_512, 32);
/// H^(0) of SHA-224: the lower halves of SHA-384's.
pub(crate) const INITIAL_224: [u32; 8] = halves(INITIAL_384, 0);

const fn square_roots(from: usize) -> [u64; 8] {
    let (primes, mut h, mut i) = (first_primes::<16>(), [0; 8], 0);
    while i < 8 {
        h[i] = root_fraction(primes[from + i], 2);
        i += 1;
    }
    h
}

const fn halves(words: [u64; 8], shift: u32) -> [u32; 8] {
    let (mut h, mut i) = ([0; 8], 0);
    while i < 8 {
        h[i] = (words[i] >> shift) as u32;
        i += 1;
    }
    h
}

/// The first `N` primes, by trial division.
const fn first_primes<const N: usize>() -> [u64; N] {
    let (mut primes, mut found, mut candidate) = ([0; N], 0, 2);
    while found < N {
        let mut i = 0;
        while i < found && candidate % primes[i] != 0 {
            i += 1;
        }
        if i == found {
            primes[found] = candidate;
            found += 1;
        }
        candidate += 1;
    }
    primes
}

/// floor(2^64 · frac(ᵏ√p)), for k = 2 or 3, one bit of the root after the other.
///
/// Requires: ᵏ√p < 8, so that the root has at most 67 bits and its cube at most 201.
const fn root_fraction(p: u64, k: u32) -> u64 {
    let mut integer = 1;
    while power(integer + 1, k) <= p as u128 {
        integer += 1;
    }
    // Invariant: root^k <= 2^(64 k) · p, and root + 2 · bit breaks that.
    let (mut root, mut bit) = (integer << 64, 1u128 << 63);
    while bit > 0 {
        if power_at_most(root | bit, k, p) {
            root |= bit;
        }
        bit >>= 1;
    }
    root as u64
}

const fn power(x: u128, k: u32) -> u128 {
    if k == 2 { x * x } else { x * x * x }
}

/// x^k ≤ 2^(64 k) · p, for x < 2^67: the power's limbs, low to high, are p's below 2^(64 k) only if it's
/// smaller.
const fn power_at_most(x: u128, k: u32, p: u64) -> bool {
    let x = [x as u64, (x >> 64) as u64, 0, 0];
    let mut y = multiply(x, x);
    if k == 3 {
        y = multiply(y, x);
    }
    let k = k as usize;
    // Above: bits 64 k and up. An equality can't be had, as a prime has no rational root.
    y[k] < p && (k == 3 || y[3] == 0)
}

/// a · b mod 2^256, with b < 2^128. Here it's exact: the products are below 2^201.
const fn multiply(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    let (mut z, mut i) = ([0; 4], 0);
    while i < 2 {
        let (mut carry, mut j) = (0, 0);
        while i + j < 4 {
            let t = a[j] as u128 * b[i] as u128 + z[i + j] as u128 + carry;
            z[i + j] = t as u64;
            carry = t >> 64;
            j += 1;
        }
        i += 1;
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The corners of the tables that FIPS 180-4 prints.
    #[test]
    fn agrees_with_fips_180_4() {
        assert_eq!((K256.0[0][0], K256.0[3][15]), (0x428a_2f98, 0xc671_78f2));
        assert_eq!((K512[0][0], K512[4][15]), (0x428a_2f98_d728_ae22, 0x6c44_198c_4a47_5817));
        assert_eq!((INITIAL_224[0], INITIAL_224[7]), (0xc105_9ed8, 0xbefa_4fa4));
        assert_eq!((INITIAL_256[0], INITIAL_256[7]), (0x6a09_e667, 0x5be0_cd19));
        assert_eq!((INITIAL_384[0], INITIAL_384[7]), (0xcbbb_9d5d_c105_9ed8, 0x47b5_481d_befa_4fa4));
        assert_eq!((INITIAL_512[0], INITIAL_512[7]), (0x6a09_e667_f3bc_c908, 0x5be0_cd19_137e_2179));
    }

    #[test]
    fn the_last_prime_is_409() {
        assert_eq!(first_primes::<80>()[79], 409);
    }
}
