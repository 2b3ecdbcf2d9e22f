//! The NIST curves in the plainest way: the affine formulas of the textbook, on num-bigint.
//!
//! Source: SP 800-186, section 3.2.1, for the numbers; section A.1.1 for the formulas.

#![allow(dead_code, reason = "each test takes what it needs")]

use num_bigint::BigUint;
use oneway::ecdsa::{Curve, P256, P384, P521};

/// A point, or infinity.
pub(crate) type Point = Option<(BigUint, BigUint)>;

/// y² = x³ − 3 x + b modulo p, with n points, all of them multiples of g.
pub(crate) struct Schoolbook {
    pub(crate) p: BigUint,
    pub(crate) n: BigUint,
    pub(crate) b: BigUint,
    pub(crate) g: Point,
    /// The length of coordinates and scalars.
    pub(crate) bytes: usize,
}

/// A curve with its numbers.
pub(crate) trait Numbers: Curve {
    fn numbers() -> Schoolbook;
}

macro_rules! numbers {
    ($curve:ident, $bytes:literal, $p:literal, $n:literal, $b:literal, $x:literal, $y:literal) => {
        impl Numbers for $curve {
            fn numbers() -> Schoolbook {
                let [p, n, b, x, y] = [$p, $n, $b, $x, $y]
                    .map(|hex| BigUint::parse_bytes(hex.replace(' ', "").as_bytes(), 16).expect("hex"));
                Schoolbook { p, n, b, g: Some((x, y)), bytes: $bytes }
            }
        }
    };
}

numbers!(
    P256,
    32,
    "ffffffff 00000001 00000000 00000000 00000000 ffffffff ffffffff ffffffff",
    "ffffffff 00000000 ffffffff ffffffff bce6faad a7179e84 f3b9cac2 fc632551",
    "5ac635d8 aa3a93e7 b3ebbd55 769886bc 651d06b0 cc53b0f6 3bce3c3e 27d2604b",
    "6b17d1f2 e12c4247 f8bce6e5 63a440f2 77037d81 2deb33a0 f4a13945 d898c296",
    "4fe342e2 fe1a7f9b 8ee7eb4a 7c0f9e16 2bce3357 6b315ece cbb64068 37bf51f5"
);
numbers!(
    P384,
    48,
    "ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff fffffffe ffffffff 00000000 00000000 ffffffff",
    "ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff c7634d81 f4372ddf 581a0db2 48b0a77a ecec196a ccc52973",
    "b3312fa7 e23ee7e4 988e056b e3f82d19 181d9c6e fe814112 0314088f 5013875a c656398d 8a2ed19d 2a85c8ed d3ec2aef",
    "aa87ca22 be8b0537 8eb1c71e f320ad74 6e1d3b62 8ba79b98 59f741e0 82542a38 5502f25d bf55296c 3a545e38 72760ab7",
    "3617de4a 96262c6f 5d9e98bf 9292dc29 f8f41dbd 289a147c e9da3113 b5f0b8c0 0a60b1ce 1d7e819d 7a431d7c 90ea0e5f"
);
numbers!(
    P521,
    66,
    "1ff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff \
     ffffffff ffffffff ffffffff ffffffff",
    "1ff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff fffffffa 51868783 bf2f966b 7fcc0148 f709a5d0 \
     3bb5c9b8 899c47ae bb6fb71e 91386409",
    "051 953eb961 8e1c9a1f 929a21a0 b68540ee a2da725b 99b315f3 b8b48991 8ef109e1 56193951 ec7e937b 1652c0bd 3bb1bf07 \
     3573df88 3d2c34f1 ef451fd4 6b503f00",
    "0c6 858e06b7 0404e9cd 9e3ecb66 2395b442 9c648139 053fb521 f828af60 6b4d3dba a14b5e77 efe75928 fe1dc127 a2ffa8de \
     3348b3c1 856a429b f97e7e31 c2e5bd66",
    "118 39296a78 9a3bc004 5c8a5fb4 2c7d1bd9 98f54449 579b4468 17afbd17 273e662c 97ee7299 5ef42640 c550b901 3fad0761 \
     353c7086 a272c240 88be9476 9fd16650"
);

impl Schoolbook {
    /// x³ − 3 x + b.
    pub(crate) fn right_side(&self, x: &BigUint) -> BigUint {
        (x * x * x + (&self.p - 3u32) * x + &self.b) % &self.p
    }

    pub(crate) fn is_on_curve(&self, x: &BigUint, y: &BigUint) -> bool {
        (y * y) % &self.p == self.right_side(x)
    }

    /// A square root modulo p ≡ 3 mod 4.
    pub(crate) fn sqrt(&self, x: &BigUint) -> Option<BigUint> {
        let root = x.modpow(&((&self.p + 1u32) >> 2u32), &self.p);
        (&root * &root % &self.p == x % &self.p).then_some(root)
    }

    /// x − y modulo p.
    fn sub(&self, x: &BigUint, y: &BigUint) -> BigUint {
        (x + &self.p - y % &self.p) % &self.p
    }

    pub(crate) fn neg(&self, p: &Point) -> Point {
        p.as_ref().map(|(x, y)| (x.clone(), self.sub(&BigUint::ZERO, y)))
    }

    pub(crate) fn add(&self, a: &Point, b: &Point) -> Point {
        let (Some((x1, y1)), Some((x2, y2))) = (a, b) else { return a.clone().or_else(|| b.clone()) };
        let (rise, run) = if x1 != x2 {
            (self.sub(y2, y1), self.sub(x2, x1))
        } else if y1 == y2 {
            (x1 * x1 * 3u32 + &self.p - 3u32, y1 * 2u32)
        } else {
            return None;
        };
        let slope = rise * run.modinv(&self.p)? % &self.p;
        let x = self.sub(&(&slope * &slope), &(x1 + x2));
        let y = self.sub(&(slope * self.sub(x1, &x)), y1);
        Some((x, y))
    }

    pub(crate) fn mul(&self, k: &BigUint, p: &Point) -> Point {
        (0..k.bits()).rev().fold(None, |sum, i| {
            let twice = self.add(&sum, &sum);
            if k.bit(i) { self.add(&twice, p) } else { twice }
        })
    }

    /// A number's big-endian bytes, as many as coordinates and scalars have.
    pub(crate) fn fixed(&self, x: &BigUint) -> Vec<u8> {
        let bytes = x.to_bytes_be();
        [vec![0; self.bytes - bytes.len()], bytes].concat()
    }

    /// 04 ‖ x ‖ y, or one zero for infinity.
    pub(crate) fn to_sec1(&self, p: &Point) -> Vec<u8> {
        p.as_ref().map_or(vec![0], |(x, y)| [vec![4], self.fixed(x), self.fixed(y)].concat())
    }

    /// 02 or 03 ‖ x.
    pub(crate) fn to_compressed(&self, p: &Point) -> Vec<u8> {
        let (x, y) = p.as_ref().expect("a point that isn't infinity");
        [vec![2 + u8::from(y.bit(0))], self.fixed(x)].concat()
    }
}
