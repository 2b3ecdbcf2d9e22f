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
