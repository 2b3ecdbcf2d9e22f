//! The primes of P-256, P-384 and P-521, and the orders of these curves.
//!
//! Source: SP 800-186, sections 3.2.1.3 to 3.2.1.5.

use super::constant::hex;
use super::{Element, Prime};

macro_rules! prime {
    ($(#[$doc:meta])* $name:ident, $element:ident, $n:literal, $bits:literal, $hex:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name;
        impl Prime<$n> for $name {
            const P: [u64; $n] = hex($hex);
            const BITS: usize = $bits;
        }
        #[doc = concat!("An element of the field that [`", stringify!($name), "`] names.")]
        pub(crate) type $element = Element<$name, $n>;
    };
}

prime!(
    /// p = 2^256 − 2^224 + 2^192 + 2^96 − 1.
    Prime256, Field256, 4, 256, "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
);
prime!(
    /// The order of P-256.
    Order256, Scalar256, 4, 256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
);
prime!(
    /// p = 2^384 − 2^128 − 2^96 + 2^32 − 1.
    Prime384, Field384, 6, 384,
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff"
);
prime!(
    /// The order of P-384.
    Order384, Scalar384, 6, 384,
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
);
prime!(
    /// p = 2^521 − 1.
    Prime521, Field521, 9, 521,
    "1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
);
prime!(
    /// The order of P-521.
    Order521, Scalar521, 9, 521,
    "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
);
