//! The primes of P-256, P-384 and P-521, and the orders of these curves.
//!
//! Source: SP 800-186, sections 3.2.1.3 to 3.2.1.5.

use super::constant::hex;
use super::{Element, Prime};
use crate::kernel::fixed::{sum_modulo, unrolled};

macro_rules! prime {
    ($(#[$doc:meta])* $name:ident, $element:ident, $n:literal, $bits:literal, $hex:expr $(, $special:item)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name;
        impl Prime<$n> for $name {
            const P: [u64; $n] = hex($hex);
            const BITS: usize = $bits;
            $($special)*
        }
        #[doc = concat!("An element of the field that [`", stringify!($name), "`] names.")]
        pub(crate) type $element = Element<$name, $n>;
    };
}

prime!(
    /// p = 2^256 − 2^224 + 2^192 + 2^96 − 1.
    Prime256, Field256, 4, 256, "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    /// p ≡ −1 mod 2^64, so that a Montgomery step adds y·p for the lowest limb y itself: y·2^96 and
    /// y·(2^64 − 2^32 + 1)·2^192, after which the lowest limb is 0. Each step's sum is at most (2^256 − 1) + (2^64 − 1)·p
    /// < 2^320, so four limbs are left; as for the end, see `montgomery`.
    #[inline(always)]
    fn reduce([mut t, high]: [[u64; 4]; 2]) -> [u64; 4] {
        for _ in 0..4 {
            let y = t[0];
            let (low, borrow) = y.overflowing_sub(y << 32);
            let top = y - (y >> 32) - u64::from(borrow);
            let (t1, carry) = t[1].overflowing_add(y << 32);
            let (t2, carry) = t[2].carrying_add(y >> 32, carry);
            let (t3, carry) = t[3].carrying_add(low, carry);
            t = [t1, t2, t3, top + u64::from(carry)];
        }
        sum_modulo(&t, &high, &Self::P)
    }
);
prime!(
    /// The order of P-256.
    Order256, Scalar256, 4, 256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
);
prime!(
    /// p = 2^384 − 2^128 − 2^96 + 2^32 − 1.
    Prime384, Field384, 6, 384,
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
    /// −p⁻¹ = 2^32 + 1 mod 2^64, so a Montgomery step adds u·p for u = t₀·(2^32 + 1): it adds u·2^384 and takes away
    /// c = u·(2^128 + 2^96 − 2^32 + 1), of which the lowest limb is t₀. Each step's result is at most (2^384 − 1 +
    /// (2^64 − 1)·p)/2^64 < 2^384; as for the end, see `montgomery`.
    #[inline(always)]
    fn reduce([mut t, high]: [[u64; 6]; 2]) -> [u64; 6] {
        unrolled!(_I, {
            let u = t[0].wrapping_add(t[0] << 32);
            let (low, top) = (u << 32, u >> 32);
            // c₁ = low − top − borrow, c₂ = u + top − borrow, and c₃ the carry of that: 0 ≤ c < 2^193.
            let (_, borrow) = u.overflowing_sub(low);
            let (c1, borrow) = low.borrowing_sub(top, borrow);
            let (c2, carry) = u.overflowing_add(top);
            let (c2, borrow) = c2.overflowing_sub(u64::from(borrow));
            let c3 = u64::from(carry) - u64::from(borrow);
            let (t1, borrow) = t[1].overflowing_sub(c1);
            let (t2, borrow) = t[2].borrowing_sub(c2, borrow);
            let (t3, borrow) = t[3].borrowing_sub(c3, borrow);
            let (t4, borrow) = t[4].borrowing_sub(0, borrow);
            let (t5, borrow) = t[5].borrowing_sub(0, borrow);
            t = [t1, t2, t3, t4, t5, u.wrapping_sub(u64::from(borrow))];
        }, 0 1 2 3 4 5);
        sum_modulo(&t, &high, &Self::P)
    }
);
prime!(
    /// The order of P-384.
    Order384, Scalar384, 6, 384,
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
);
prime!(
    /// p = 2^521 − 1.
    Prime521, Field521, 9, 521,
    "1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    /// R = 1.
    const ONE: [u64; 9] = [1, 0, 0, 0, 0, 0, 0, 0, 0];,
    const RR: [u64; 9] = Self::ONE;,
    /// 2^521 ≡ 1, so with t = a + b·2^521, t ≡ a + b. From t ≤ p² follows b < p, and so s = a + b < 2 p. With w = s + 1:
    /// s ≥ p if w ≥ 2^521, and then s − p = w − 2^521; otherwise s = w − 1.
    #[inline(always)]
    fn reduce([low, high]: [[u64; 9]; 2]) -> [u64; 9] {
        let (mut w, mut carry, mut borrow) = ([0; 9], true, false);
        unrolled!(I, {
            let a = if I < 8 { low[I] } else { low[8] & 0x1ff };
            let below = if I == 0 { low[8] } else { high[(I + 8) % 9] };
            let b = below >> 9 | high[I] << 55;
            (w[I], carry) = a.carrying_add(b, carry);
        });
        debug_assert!(!carry);
        borrow |= w[8] >> 9 == 0;
        w[8] &= 0x1ff;
        unrolled!(I, {
            (w[I], borrow) = w[I].borrowing_sub(0, borrow);
        });
        debug_assert!(!borrow);
        w
    }
);
prime!(
    /// The order of P-521.
    Order521, Scalar521, 9, 521,
    "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
);
