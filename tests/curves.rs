//! What keys and signatures on the NIST curves refuse, and how: points, private keys and signatures that aren't any,
//! generators that don't work. And what the types promise: that they can be sent, compared, hashed and shown.

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;

use num_bigint::BigUint;
use oneway::ecdsa::{P256, P384, P521, Signature, SigningKey, VerifyingKey};
use oneway::{Error, Result, ecdh};
use signature::Keypair;
use subtle::ConstantTimeEq;

mod generators;
mod schoolbook;

use generators::{Constant, Failing};
use schoolbook::{Numbers, Schoolbook};

/// Runs a generic test on each curve.
macro_rules! on_each_curve {
    ($($test:ident => $generic:ident,)+) => {
        $(#[test]
        fn $test() {
            $generic::<P256>();
            $generic::<P384>();
            $generic::<P521>();
        })+
    };
}

on_each_curve! {
    points => points_of,
    private_keys => private_keys_of,
    numbers_of_signatures => numbers_of_signatures_of,
    signatures_in_der => signatures_in_der_of,
    hashes_of_any_length => hashes_of_any_length_of,
    generators_that_do_not_work => generators_of,
    types => types_of,
}

/// A point's bytes as both kinds of public key read them, which have to agree.
fn read_point<C: Numbers>(bytes: &[u8]) -> Result<Vec<u8>> {
    let [a, b] = [
        VerifyingKey::<C>::from_bytes(bytes).map(|key| key.to_bytes()),
        ecdh::PublicKey::<C>::from_bytes(bytes).map(|key| key.to_bytes()),
    ];
    assert_eq!(a, b, "ECDSA and ECDH, {bytes:02x?}");
    a.map(|bytes| bytes.to_vec())
}

/// The kinds of errors that points lead to.
#[derive(Clone, Copy, Debug)]
enum Bad {
    Length,
    Malformed,
    NotAPoint,
    NotReduced,
    Infinity,
}

fn assert_refused<C: Numbers>(bytes: &[u8], bad: Bad) {
    let error = read_point::<C>(bytes).expect_err("not a point");
    let as_wanted = match bad {
        Bad::Length => matches!(error, Error::Length { len, .. } if len == bytes.len()),
        Bad::Malformed => matches!(error, Error::Malformed { part: "point", .. }),
        Bad::NotAPoint => error == Error::InvalidKey("the point isn't on the curve"),
        Bad::NotReduced => error == Error::InvalidKey("a coordinate isn't below the field's prime"),
        Bad::Infinity => error == Error::InvalidKey("it's the point at infinity"),
    };
    assert!(as_wanted, "{bad:?}, but {error:?}: {bytes:02x?}");
}

/// Points of the curve with the smallest x that have one, and the first x that don't.
fn smallest_points(numbers: &Schoolbook, count: usize) -> (Vec<(BigUint, BigUint)>, Vec<BigUint>) {
    let (mut points, mut others) = (Vec::new(), Vec::new());
    for x in (0u32..).map(BigUint::from) {
        match numbers.sqrt(&numbers.right_side(&x)) {
            Some(y) => points.push((x, y)),
            None => others.push(x),
        }
        if points.len() >= count && others.len() >= count {
            return (points, others);
        }
    }
    unreachable!()
}

fn points_of<C: Numbers>() {
    let numbers = C::numbers();
    let len = numbers.bytes;
    let (points, others) = smallest_points(&numbers, 5);
    let wide = |x: &BigUint| numbers.fixed(x);
    let long = |x: &BigUint, y: &BigUint| [vec![4], wide(x), wide(y)].concat();
    let short = |first: u8, x: &BigUint| [vec![first], wide(x)].concat();

    let g = numbers.to_sec1(&numbers.g);
    assert_eq!(read_point::<C>(&g).as_ref(), Ok(&g));
    for (x, y) in &points {
        let other = &numbers.p - y;
        let (even, odd) = if y.bit(0) { (&other, y) } else { (y, &other) };
        assert_eq!(read_point::<C>(&long(x, y)), Ok(long(x, y)));
        assert_eq!(read_point::<C>(&short(2, x)), Ok(long(x, even)));
        assert_eq!(read_point::<C>(&short(3, x)), Ok(long(x, odd)));

        // Beside the curve, in every direction; swapped coordinates; y = 0.
        let one = BigUint::from(1u32);
        for (x, y) in
            [(x.clone(), y + &one), (x + &one, y.clone()), (y.clone(), x.clone()), (x.clone(), BigUint::ZERO)]
        {
            assert!(!numbers.is_on_curve(&x, &y));
            assert_refused::<C>(&long(&x, &y), Bad::NotAPoint);
        }
        // The same point modulo p, where x + p still fits: x is small, so it does if p isn't all ones.
        let not_reduced = x + &numbers.p;
        if not_reduced.bits() <= 8 * len as u64 {
            assert_refused::<C>(&long(&not_reduced, y), Bad::NotReduced);
            for first in [2, 3] {
                assert_refused::<C>(&short(first, &not_reduced), Bad::NotReduced);
            }
        }
        // Hybrid form, and what isn't a form at all.
        let hybrid = |y: &BigUint| [vec![6 + u8::from(y.bit(0))], wide(x), wide(y)].concat();
        assert_refused::<C>(&hybrid(even), Bad::Malformed);
        assert_refused::<C>(&hybrid(odd), Bad::Malformed);
        for first in [0, 1, 5, 8, 0x40, 0x84, 0xff] {
            assert_refused::<C>(&[&[first], &long(x, y)[1..]].concat(), Bad::Malformed);
            assert_refused::<C>(&[&[first], &wide(x)[..]].concat(), Bad::Malformed);
        }
    }
    // Where x has no point on the curve, it has two on the twist. There's no y that does.
    for x in &others {
        for first in [2, 3] {
            assert_refused::<C>(&short(first, x), Bad::NotAPoint);
        }
        let minus = &numbers.p - numbers.right_side(x);
        let y = numbers.sqrt(&minus).expect("-1 isn't a square modulo p = 3 mod 4, so one of two is");
        assert_refused::<C>(&long(x, &y), Bad::NotAPoint);
    }
    // Large coordinates: p itself, all ones; (0, 0), (0, √b) plus p.
    let ones = (BigUint::from(1u32) << (8 * len)) - 1u32;
    let (gx, gy) = numbers.g.as_ref().expect("a point");
    for large in [&numbers.p, &ones, &(&numbers.p + 1u32)] {
        if large.bits() <= 8 * len as u64 {
            assert_refused::<C>(&long(large, gy), Bad::NotReduced);
            assert_refused::<C>(&long(gx, large), Bad::NotReduced);
            assert_refused::<C>(&short(2, large), Bad::NotReduced);
        }
    }
    assert_refused::<C>(&long(&BigUint::ZERO, &BigUint::ZERO), Bad::NotAPoint);
    assert_refused::<C>(&long(&(&numbers.p - 1u32), &(&numbers.p - 1u32)), Bad::NotAPoint);
    // Every other curve's base point.
    for other in [P256::numbers(), P384::numbers(), P521::numbers()] {
        if other.bytes != len {
            assert_refused::<C>(&other.to_sec1(&other.g), Bad::Length);
            assert_refused::<C>(&other.to_compressed(&other.g), Bad::Length);
        }
    }
    // Infinity, and every wrong length.
    assert_refused::<C>(&[0], Bad::Infinity);
    assert_refused::<C>(&[], Bad::Malformed);
    assert_refused::<C>(&[0, 0], Bad::Malformed);
    let compressed = numbers.to_compressed(&numbers.g);
    let padded = [g.clone(), vec![0; 10]].concat();
    for n in (1..g.len()).chain(g.len() + 1..padded.len()) {
        assert_refused::<C>(&padded[..n], Bad::Length);
    }
    let padded = [compressed.clone(), vec![0; 2 * len]].concat();
    for n in (1..compressed.len()).chain(compressed.len() + 1..padded.len()) {
        assert_refused::<C>(&padded[..n], Bad::Length);
    }
    assert_refused::<C>(&[&[4], &vec![1; 1 << 20][..]].concat(), Bad::Length);
}

fn private_keys_of<C: Numbers>() {
    let numbers = C::numbers();
    let (n, len) = (&numbers.n, numbers.bytes);
    let one = BigUint::from(1u32);
    let read = |bytes: &[u8]| {
        let [a, b] = [
            SigningKey::<C>::from_bytes(bytes).map(|key| key.verifying_key().to_bytes()),
            ecdh::PrivateKey::<C>::from_bytes(bytes).map(|key| key.public_key().to_bytes()),
        ];
        assert_eq!(a, b, "ECDSA and ECDH");
        a
    };
    assert_eq!(read(&numbers.fixed(&one)).as_deref(), Ok(&*numbers.to_sec1(&numbers.g)));
    let minus_g = numbers.to_sec1(&numbers.neg(&numbers.g));
    assert_eq!(read(&numbers.fixed(&(n - 1u32))).as_deref(), Ok(&*minus_g));

    let ones = (&one << (8 * len)) - 1u32;
    for bad in [BigUint::ZERO, n.clone(), n + 1u32, &one << (8 * len - 1), numbers.p.clone(), ones, n * 2u32]
    {
        // 2^(8 len − 1) is a key on P-256 and P-384, and 2 n is too long for them.
        if bad.bits() <= 8 * len as u64 && (bad >= *n || bad == BigUint::ZERO) {
            assert!(matches!(read(&numbers.fixed(&bad)), Err(Error::InvalidKey(_))), "{bad:x}");
        }
    }
    for wrong in (0..len).chain(len + 1..2 * len + 2).chain([1 << 20]) {
        assert_eq!(read(&vec![1; wrong]).err(), Some(Error::Length { len: wrong, expected: len }));
        assert_eq!(read(&vec![0; wrong]).err(), Some(Error::Length { len: wrong, expected: len }));
    }
}

/// A key, and a signature of the message "m" with it.
fn signed<C: Numbers>() -> (SigningKey<C>, Signature<C>) {
    let key = SigningKey::<C>::from_bytes(&vec![1; C::numbers().bytes]).expect("a private key");
    let signature = key.sign(b"m");
    (key, signature)
}

/// An INTEGER of DER, for less than 256 bytes of content.
fn integer(content: &[u8]) -> Vec<u8> {
    [vec![2], length(content.len()), content.to_vec()].concat()
}

/// A positive number's INTEGER.
fn positive(number: &BigUint) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    let zero = if bytes[0] >> 7 == 1 { &[0][..] } else { &[] };
    integer(&[zero, &bytes].concat())
}

/// A length in DER.
fn length(len: usize) -> Vec<u8> {
    let bytes = len.to_be_bytes();
    let bytes = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    if len < 0x80 { vec![len as u8] } else { [&[0x80 | bytes.len() as u8], bytes].concat() }
}

fn sequence(content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    [vec![0x30], length(content.len()), content].concat()
}

/// r and s from 1 to n − 1, and nothing else.
fn numbers_of_signatures_of<C: Numbers>() {
    let numbers = C::numbers();
    let (n, len) = (&numbers.n, numbers.bytes);
    let one = BigUint::from(1u32);
    let ones = (&one << (8 * len)) - 1u32;
    let far = &one << (8 * len + 8);
    let good = [one.clone(), BigUint::from(0x80u32), n >> 1u32, n - 1u32];
    let bad = [BigUint::ZERO, n.clone(), n + 1u32, numbers.p.clone(), ones, far];
    for (r, s) in good.iter().flat_map(|r| good.iter().map(move |s| (r, s))) {
        let fixed = [numbers.fixed(r), numbers.fixed(s)].concat();
        let der = sequence(&[&positive(r), &positive(s)]);
        let signature = Signature::<C>::from_bytes(&fixed).expect("a signature in range");
        assert_eq!(Signature::from_der(&der), Ok(signature));
        assert_eq!((&*signature.to_bytes(), &*signature.to_der()), (&*fixed, &*der));
        assert_eq!(signature.is_low_s(), s <= &(n >> 1u32));
        let low = numbers.fixed(s.min(&(n - s)));
        assert_eq!(signature.normalized().to_bytes(), [numbers.fixed(r), low].concat());
        // In range, and still none of this message.
        let (key, _) = signed::<C>();
        assert_eq!(key.verifying_key().verify(b"m", &signature), Err(Error::Signature));
    }
    for bad in &bad {
        for (r, s) in [(bad, &one), (&one, bad), (bad, bad)] {
            if bad.bits() <= 8 * len as u64 {
                let fixed = [numbers.fixed(r), numbers.fixed(s)].concat();
                assert_eq!(Signature::<C>::from_bytes(&fixed), Err(Error::Signature), "{r:x}, {s:x}");
            }
            let der = sequence(&[&positive(r), &positive(s)]);
            assert_eq!(Signature::<C>::from_der(&der), Err(Error::Signature), "{r:x}, {s:x}");
        }
    }
    for wrong in (0..2 * len).chain(2 * len + 1..4 * len).chain([1 << 20]) {
        let expected = Err(Error::Length { len: wrong, expected: 2 * len });
        assert_eq!(Signature::<C>::from_bytes(&vec![1; wrong]), expected);
    }
}

fn signatures_in_der_of<C: Numbers>() {
    let (_, signature) = signed::<C>();
    let (fixed, der) = (signature.to_bytes(), signature.to_der());
    let (r, s) = fixed.split_at(fixed.len() / 2);
    let [r, s] = [r, s].map(BigUint::from_bytes_be);
    let [ri, si] = [&r, &s].map(positive);
    assert_eq!(sequence(&[&ri, &si]), *der);
    let content = [&ri[..], &si].concat();
    let header = der.len() - content.len();

    let mut bad: Vec<(&str, Vec<u8>)> = Vec::new();
    for n in 0..der.len() {
        bad.push(("truncated", der[..n].to_vec()));
    }
    for n in [1, 2, 1 << 20] {
        bad.push(("trailing zeros", [&*der, &vec![0; n][..]].concat()));
        bad.push(("trailing zeros in the sequence", sequence(&[&content, &vec![0; n][..]])));
    }
    bad.push(("twice", [&*der, &*der].concat()));
    bad.push(("a third integer", sequence(&[&ri, &si, &integer(&[1])])));
    bad.push(("a NULL in it", sequence(&[&ri, &si, &[5, 0]])));
    bad.push(("one integer", sequence(&[&ri])));
    bad.push(("no integer", sequence(&[])));
    for tag in [0x00, 0x02, 0x10, 0x31, 0x34, 0x70, 0xa0, 0xb0, 0x3f, 0xff] {
        bad.push(("the sequence's tag", [&[tag], &der[1..]].concat()));
    }
    for tag in [0x00, 0x01, 0x03, 0x04, 0x0a, 0x22, 0x30, 0x42, 0x82, 0xff] {
        bad.push(("the tag of r", sequence(&[&[tag], &ri[1..], &si])));
        bad.push(("the tag of s", sequence(&[&ri, &[tag], &si[1..]])));
    }
    // Lengths: one more, one less, in more bytes than needed, indefinite, and reserved.
    for wrong in [content.len() - 1, content.len() + 1, 0] {
        bad.push(("the sequence's length", [&[0x30], &length(wrong)[..], &content].concat()));
    }
    let len = content.len() as u8;
    let mut forms =
        vec![vec![0x82, 0, len], vec![0x83, 0, 0, len], vec![0x84, 0, 0, 0, len], vec![0x80], vec![0xff]];
    forms.extend([vec![0x88, 0, 0, 0, 0, 0, 0, 0, len], vec![0x84, 0xff, 0xff, 0xff, 0xff], vec![0x88; 9]]);
    if content.len() < 0x80 {
        forms.push(vec![0x81, len]);
    }
    for form in forms {
        bad.push(("the sequence's length in another form", [&[0x30], &form[..], &content].concat()));
        bad.push(("the same, with an end", [&[0x30], &form[..], &content, &[0, 0]].concat()));
    }
    for (a, b) in [(&ri, &si), (&si, &ri)] {
        // The changed integer comes first, then second.
        let n = a[1];
        let value = &a[2..];
        for form in [
            vec![0x81, n],
            vec![0x82, 0, n],
            vec![0x80],
            vec![n - 1],
            vec![n + 1],
            vec![0],
            vec![0x84, 0, 0, 0, n],
        ] {
            let other = [&[2], &form[..], value].concat();
            bad.push(("an integer's length", sequence(&[&other, b])));
            bad.push(("an integer's length", sequence(&[b, &other])));
        }
        let negative = [&[value[0] | 0x80], &value[1..]].concat();
        let (zero, ones) = ([&[0], value].concat(), [&[0xff], value].concat());
        for other in [negative, zero, ones, vec![], vec![0xff], vec![0x80], vec![0, 0], vec![0, 1]] {
            bad.push(("an integer's content", sequence(&[&integer(&other), b])));
            bad.push(("an integer's content", sequence(&[b, &integer(&other)])));
        }
    }
    for (what, bytes) in &bad {
        let read = Signature::<C>::from_der(bytes);
        let kind = matches!(read, Err(Error::Malformed { part: "signature", .. }));
        assert!(kind, "{what}: {read:?}, {:02x?}", &bytes[..bytes.len().min(300)]);
    }

    // A megabyte in one integer, and in all.
    let huge = vec![1; 1 << 20];
    let huge_integer = [vec![2], length(huge.len()), huge.clone()].concat();
    for bytes in
        [sequence(&[&huge_integer, &si]), sequence(&[&ri, &huge_integer]), huge.clone(), sequence(&[&huge])]
    {
        assert!(matches!(Signature::<C>::from_der(&bytes), Err(Error::Malformed { .. })));
    }
    // Longer than any signature, but with a length that can be read: no panic, an error of either kind.
    let long = integer(&[1; 100]);
    assert_eq!(Signature::<C>::from_der(&sequence(&[&long, &long])), Err(Error::Signature));

    // Any one byte turned into any other is an error or another signature, which is written as it was read.
    for at in 0..der.len() {
        for byte in 0..=255 {
            let mut other = der.to_vec();
            other[at] = byte;
            match Signature::<C>::from_der(&other) {
                Ok(read) => {
                    assert_eq!(&*read.to_der(), &*other);
                    assert_eq!(read == signature, byte == der[at]);
                    assert!(at >= header || byte == der[at], "the header has one form");
                }
                Err(error) => {
                    assert!(matches!(error, Error::Malformed { .. } | Error::Signature), "{error:?}");
                }
            }
        }
    }
}

/// Of a hash that's longer than n the leftmost bits count, of a shorter one all of them.
fn hashes_of_any_length_of<C: Numbers>() {
    let len = C::numbers().bytes;
    let (key, _) = signed::<C>();
    let public = key.verifying_key();
    for n in [len.div_ceil(2), len.div_ceil(2) + 1, len - 1, len, len + 1, 200, 1 << 20] {
        let hash = vec![0xa5; n];
        let signature = key.sign_prehash(&hash).expect("a hash that's long enough");
        assert_eq!(public.verify_prehash(&hash, &signature), Ok(()), "{n} bytes");
        assert_eq!(key.sign_prehash(&hash), Ok(signature), "{n} bytes, again");
        // What's after the leftmost bits doesn't count; before them it does.
        let longer = [&hash[..], &[0x5a]].concat();
        let verdict = if n >= len { Ok(()) } else { Err(Error::Signature) };
        assert_eq!(public.verify_prehash(&longer, &signature), verdict, "{n} bytes and one more");
        let mut other = hash.clone();
        other[0] ^= 0x80;
        assert_eq!(
            public.verify_prehash(&other, &signature),
            Err(Error::Signature),
            "{n} bytes, another hash"
        );
    }
    for n in [0, 1, len.div_ceil(2) - 1] {
        assert!(matches!(key.sign_prehash(&vec![0xa5; n]), Err(Error::HashTooShort { .. })), "{n} bytes");
    }
    // Zeros are the number 0, and so is n (of P-256 and P-384, which are whole bytes).
    let signature = key.sign_prehash(&[0; 33]).expect("a hash that's long enough");
    assert_eq!(public.verify_prehash(&[0; 300], &signature), Ok(()));
    let numbers = C::numbers();
    if numbers.n.bits() == 8 * len as u64 {
        assert_eq!(public.verify_prehash(&numbers.fixed(&numbers.n), &signature), Ok(()));
    }
}

fn generators_of<C: Numbers>() {
    let random = |rng: &mut Constant| {
        let [a, b] = [
            SigningKey::<C>::generate_with(rng).map(|key| key.to_bytes().to_vec()),
            ecdh::PrivateKey::<C>::generate_with(rng).map(|key| key.to_bytes().to_vec()),
        ];
        assert_eq!(a, b, "ECDSA and ECDH");
        a
    };
    for byte in [0, 0xff] {
        // Zeros are out of range, and so are as many ones as n has bits.
        let mut rng = Constant { byte, calls: 0 };
        assert_eq!(random(&mut rng), Err(Error::Random), "{byte}");
        assert!((2..1000).contains(&rng.calls), "{byte}: some attempts and then no more, but {}", rng.calls);
    }
    // Neither of these can be told from random numbers by its range.
    assert!(random(&mut Constant { byte: 1, calls: 0 }).is_ok());
    assert_eq!(SigningKey::<C>::generate_with(&mut Failing).err(), Some(Error::Random));
    assert_eq!(ecdh::PrivateKey::<C>::generate_with(&mut Failing).err(), Some(Error::Random));
    // Constant noise does no harm.
    let (key, plain) = signed::<C>();
    for byte in [0, 0xff] {
        let hedged = key.sign_hedged(&mut Constant { byte, calls: 0 }, b"m").expect("a signature");
        assert_eq!(key.verifying_key().verify(b"m", &hedged), Ok(()));
        assert_ne!(hedged, plain);
    }
}

fn digit(nibble: u8) -> char {
    char::from(b"0123456789abcdef"[usize::from(nibble)])
}

fn types_of<C: Numbers>() {
    fn secret<T: Clone + Debug + Send + Sync>() {}
    fn public<T: Clone + Eq + Hash + Debug + Send + Sync>() {}
    secret::<SigningKey<C>>();
    secret::<ecdh::PrivateKey<C>>();
    secret::<ecdh::SharedSecret>();
    public::<VerifyingKey<C>>();
    public::<ecdh::PublicKey<C>>();
    public::<Signature<C>>();

    let len = C::numbers().bytes;
    let bytes: Vec<u8> = (0..len).map(|i| (i as u8).wrapping_mul(0x35) & 0x7e).collect();
    let key = SigningKey::<C>::from_bytes(&bytes).expect("a private key");
    let agreement = ecdh::PrivateKey::<C>::from_bytes(&bytes).expect("a private key");
    let peer = ecdh::PrivateKey::<C>::from_bytes(&vec![1; len]).expect("a private key").public_key();
    let agreed = agreement.agree(&peer).expect("a secret");

    // The public key is shown, and of the secret not four bytes in a row: not in hexadecimal, not as a list.
    let hex = |bytes: &[u8]| bytes.iter().flat_map(|x| [x >> 4, x & 15]).map(digit).collect::<String>();
    for (shown, secret) in [
        (format!("{key:?} {key:#?}"), &bytes[..]),
        (format!("{agreement:?} {agreement:#?}"), &bytes),
        (format!("{agreed:?} {agreed:#?}"), agreed.as_bytes()),
    ] {
        for part in secret.windows(4) {
            let list = format!("{}, {}, {}, {}", part[0], part[1], part[2], part[3]);
            let limb = format!("{}", u32::from_be_bytes([part[0], part[1], part[2], part[3]]));
            for text in [hex(part), list, limb] {
                assert!(!shown.contains(&text), "{text} in {shown}");
            }
        }
    }
    assert!(format!("{key:?}").contains(&hex(&key.verifying_key().to_bytes())));
    assert!(format!("{agreement:?}").contains(&hex(&agreement.public_key().to_bytes())));

    // Equal keys have equal hashes, whatever form they came in.
    let public = key.verifying_key();
    let again = VerifyingKey::from_bytes(&public.to_compressed_bytes()).expect("a point");
    let other = signed::<C>().0.verifying_key().clone();
    assert_eq!(HashSet::from([public.clone(), again, other]).len(), 2);
    let public = agreement.public_key();
    let again = ecdh::PublicKey::from_bytes(&public.to_compressed_bytes()).expect("a point");
    assert_eq!(HashSet::from([public, again, peer]).len(), 2);
    let signature = key.sign(b"m");
    let again = Signature::from_der(&signature.to_der()).expect("a signature");
    assert_eq!(HashSet::from([signature, again, key.sign(b"n")]).len(), 2);
    assert_eq!(format!("{signature}"), hex(&signature.to_bytes()));
    assert_eq!(format!("{signature:?}").split_once(':').map(|(_, hex)| hex), Some(&*format!("{signature}")));
    // A clone is the same key, and another key isn't.
    assert_eq!(key.clone().sign(b"m"), signature);
    assert!(bool::from(key.ct_eq(&key.clone())) && !bool::from(key.ct_eq(&signed::<C>().0)));
    assert_eq!(Keypair::verifying_key(&key), *key.verifying_key());
    assert_eq!(agreement.clone().to_bytes(), agreement.to_bytes());
}
