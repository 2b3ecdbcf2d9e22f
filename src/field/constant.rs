//! What the compiler computes of a prime: R mod p, R² mod p, and a number's Montgomery form.
//!
//! For constants alone: nothing here is in constant time, nor fast.

#![allow(clippy::cast_sign_loss, reason = "words are taken as signed and unsigned on purpose")]

/// x + y mod p, for x, y < p.
pub(crate) const fn add<const N: usize>(x: &[u64; N], y: &[u64; N], p: &[u64; N]) -> [u64; N] {
    let (mut sum, mut difference, mut carry, mut borrow, mut i) = ([0; N], [0; N], 0, 0, 0);
    while i < N {
        let t = x[i] as u128 + y[i] as u128 + carry;
        sum[i] = t as u64;
        carry = t >> 64;
        let t = sum[i] as i128 - p[i] as i128 + borrow;
        difference[i] = t as u64;
        borrow = t >> 64;
        i += 1;
    }
    if carry == 1 || borrow == 0 { difference } else { sum }
}

/// x − y mod p, for x, y < p.
pub(crate) const fn sub<const N: usize>(x: &[u64; N], y: &[u64; N], p: &[u64; N]) -> [u64; N] {
    let (difference, borrow) = subtract(x, y);
    if borrow { add_unreduced(&difference, p) } else { difference }
}

/// x + y mod 2^(64 N).
const fn add_unreduced<const N: usize>(x: &[u64; N], y: &[u64; N]) -> [u64; N] {
    let (mut z, mut carry, mut i) = ([0; N], 0, 0);
    while i < N {
        let t = x[i] as u128 + y[i] as u128 + carry;
        z[i] = t as u64;
        carry = t >> 64;
        i += 1;
    }
    z
}

/// x · y · 2^(−64 N) mod p, for x, y < p, with `p_inv` = −p⁻¹ mod 2^64.
///
/// Few and plain steps, as the compiler takes them one by one. t < 2 p before each row and after the last.
pub(crate) const fn montgomery<const N: usize>(
    x: &[u64; N],
    y: &[u64; N],
    p: &[u64; N],
    p_inv: u64,
) -> [u64; N] {
    let (mut t, mut top, mut i) = ([0; N], 0, 0);
    while i < N {
        let w = y[i] as u128;
        let mut a = x[0] as u128 * w + t[0] as u128;
        let u = (a as u64 as u128 * p_inv as u128) as u64 as u128;
        let mut b = (p[0] as u128 * u + a as u64 as u128) >> 64;
        let mut j = 1;
        while j < N {
            a = x[j] as u128 * w + t[j] as u128 + (a >> 64);
            b += p[j] as u128 * u + a as u64 as u128;
            t[j - 1] = b as u64;
            b >>= 64;
            j += 1;
        }
        b += (a >> 64) + top;
        t[N - 1] = b as u64;
        top = b >> 64;
        i += 1;
    }
    let (difference, borrow) = subtract(&t, p);
    if top == 1 || !borrow { difference } else { t }
}

/// x − y mod 2^(64 N), and whether it borrows.
const fn subtract<const N: usize>(x: &[u64; N], y: &[u64; N]) -> ([u64; N], bool) {
    let (mut z, mut borrow, mut i) = ([0; N], 0, 0);
    while i < N {
        let t = x[i] as i128 - y[i] as i128 + borrow;
        z[i] = t as u64;
        borrow = t >> 64;
        i += 1;
    }
    (z, borrow != 0)
}

/// 2^k mod p.
pub(crate) const fn power_of_two<const N: usize>(k: usize, p: &[u64; N]) -> [u64; N] {
    let (mut x, mut i) = ([0; N], 0);
    x[0] = 1;
    while i < k {
        x = add(&x, &x, p);
        i += 1;
    }
    x
}

/// x · y mod p for x, y < p, bit by bit.
pub(crate) const fn mul<const N: usize>(x: &[u64; N], y: &[u64; N], p: &[u64; N]) -> [u64; N] {
    let (mut z, mut i) = ([0; N], 64 * N);
    while i > 0 {
        i -= 1;
        z = add(&z, &z, p);
        if y[i / 64] >> (i % 64) & 1 == 1 {
            z = add(&z, x, p);
        }
    }
    z
}

/// −p⁻¹ mod 2^64 for odd p, by Newton's iteration.
pub(crate) const fn neg_inverse(p: u64) -> u64 {
    let (mut y, mut i) = (1u64, 0);
    while i < 6 {
        y = y.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(y)));
        i += 1;
    }
    y.wrapping_neg()
}

/// p + a for a word a, or p − |a|, without reduction.
pub(crate) const fn plus<const N: usize>(p: &[u64; N], a: i64) -> [u64; N] {
    let (mut z, mut carry, mut i) = ([0; N], a as i128, 0);
    while i < N {
        let sum = p[i] as i128 + carry;
        z[i] = sum as u64;
        carry = sum >> 64;
        i += 1;
    }
    z
}

/// ⌊x / 2^k⌋, k < 64.
pub(crate) const fn shift_right<const N: usize>(x: &[u64; N], k: u32) -> [u64; N] {
    let (mut z, mut i) = ([0; N], 0);
    while i < N {
        z[i] = x[i] >> k;
        if k > 0 && i + 1 < N {
            z[i] |= x[i + 1] << (64 - k);
        }
        i += 1;
    }
    z
}

/// Σ x\[i\]·2^(64 i) from big-endian hexadecimal text of at most 16 N digits.
pub(crate) const fn hex<const N: usize>(text: &str) -> [u64; N] {
    let (bytes, mut z, mut i) = (text.as_bytes(), [0; N], 0);
    assert!(bytes.len() <= 16 * N);
    while i < bytes.len() {
        let c = bytes[bytes.len() - 1 - i];
        let digit = match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'f' => c - b'a' + 10,
            _ => panic!("a hexadecimal digit, in lower case"),
        };
        z[i / 16] |= (digit as u64) << (4 * (i % 16));
        i += 1;
    }
    z
}
