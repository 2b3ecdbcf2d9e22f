//! The NIST curves by the functions `EC_…`, `ECDH_…` and `ECDSA_…`, which OpenSSL and its descendants share.
//!
//! They have the least around the work: nothing is looked up, and what can be kept is.

/// `ec(op, fixtures)`: the entries of the library whose bindings are `$sys`, for ECDH and ECDSA. `$hash` hashes a
/// message with the hash of a curve, and gives it with its length.
///
/// What's allocated stays, as long as the program; but for signatures.
macro_rules! ec {
    ($sys:ident, $hash:ident) => {
        fn ec(op: Op, fixtures: &Fixtures) -> Option<Entry> {
            Some(match op {
                Op::Agree(curve) => {
                    let fixture = fixtures.agreement(curve);
                    let key = EcKey::new(curve, &fixture.private, &fixture.public);
                    let len = fixture.secret.len();
                    fixture.agreeing(
                        curve,
                        "the public key read and checked; ECDH_compute_key",
                        move |public| key.agree(public, len),
                    )
                }
                Op::PublicKey(curve) => {
                    let fixture = fixtures.agreement(curve);
                    let key = EcKey::new(curve, &fixture.private, &fixture.public);
                    let len = fixture.public.len();
                    Entry::new("of a given private key; EC_POINT_mul", move || key.public_key(len))
                }
                Op::CurveSign(curve) => {
                    let fixture = fixtures.signed(curve);
                    let key = EcKey::new(curve, &fixture.private, &fixture.public);
                    let len = fixture.signature.len() / 2;
                    let work = "random nonce, with the key and the hash in it; hash; ECDSA_do_sign";
                    Entry::new(work, move || key.sign($hash(curve, MESSAGE), len))
                }
                Op::CurveVerify(curve) => {
                    let fixture = fixtures.signed(curve);
                    let key = EcKey::new(curve, &fixture.private, &fixture.public);
                    fixture.verification(
                        "key loaded before; hash; ECDSA_do_verify",
                        move |message, signature| key.verifies($hash(curve, message), signature),
                    )
                }
                _ => return None,
            })
        }

        /// A key pair, and room to work in.
        struct EcKey {
            group: *mut $sys::EC_GROUP,
            key: *mut $sys::EC_KEY,
            private: *mut $sys::BIGNUM,
            point: *mut $sys::EC_POINT,
            context: *mut $sys::BN_CTX,
        }

        // SAFETY, in all of this: functions of C read and write as many bytes as they're told, and are told the
        // lengths of the slices that the pointers come from; a key's pointers are to what was made for it alone and
        // lives as long as the program; a signature is freed once, and its numbers with it.
        impl EcKey {
            fn new(curve: Curve, private: &[u8], public: &[u8]) -> Self {
                let name = match curve {
                    Curve::P256 => $sys::NID_X9_62_prime256v1,
                    Curve::P384 => $sys::NID_secp384r1,
                    Curve::P521 => $sys::NID_secp521r1,
                    Curve::Curve25519 => unreachable!("it has functions of its own"),
                };
                unsafe {
                    let (key, group) =
                        ($sys::EC_KEY_new_by_curve_name(name), $sys::EC_GROUP_new_by_curve_name(name));
                    assert!(!key.is_null() && !group.is_null());
                    let private = $sys::BN_bin2bn(private.as_ptr(), private.len() as _, null_mut());
                    let (point, context) = ($sys::EC_POINT_new(group), $sys::BN_CTX_new());
                    let this = Self { group, key, private, point, context };
                    assert!(this.read(public));
                    assert!($sys::EC_KEY_set_private_key(key, private) == 1);
                    assert!($sys::EC_KEY_set_public_key(key, point) == 1);
                    this
                }
            }

            /// Whether that's a point, which is then in `self.point`.
            fn read(&self, public: &[u8]) -> bool {
                let (bytes, len) = (public.as_ptr(), public.len());
                unsafe { $sys::EC_POINT_oct2point(self.group, self.point, bytes, len, self.context) == 1 }
            }

            fn agree(&self, public: &[u8], len: usize) -> Option<Vec<u8>> {
                if !self.read(public) {
                    return None;
                }
                let mut secret = vec![0; len];
                let out = secret.as_mut_ptr().cast();
                let written = unsafe { $sys::ECDH_compute_key(out, len, self.point, self.key, None) };
                (usize::try_from(written) == Ok(len)).then_some(secret)
            }

            fn public_key(&self, len: usize) -> Vec<u8> {
                let mut public = vec![0; len];
                let form = $sys::point_conversion_form_t::POINT_CONVERSION_UNCOMPRESSED;
                unsafe {
                    let (group, point, out) = (self.group, self.point, public.as_mut_ptr());
                    let ok = $sys::EC_POINT_mul(group, point, self.private, null(), null(), self.context);
                    assert!(ok == 1);
                    assert!($sys::EC_POINT_point2oct(group, point, form, out, len, self.context) == len);
                }
                public
            }

            fn sign(&self, (hash, hash_len): ([u8; 64], usize), len: usize) -> Vec<u8> {
                let mut bytes = vec![0; 2 * len];
                unsafe {
                    let signature = $sys::ECDSA_do_sign(hash.as_ptr(), hash_len as _, self.key);
                    assert!(!signature.is_null());
                    let (mut r, mut s) = (null(), null());
                    $sys::ECDSA_SIG_get0(signature, &raw mut r, &raw mut s);
                    for (number, out) in [r, s].into_iter().zip(bytes.chunks_mut(len)) {
                        let written = $sys::BN_bn2binpad(number, out.as_mut_ptr(), len as _);
                        assert!(usize::try_from(written) == Ok(len));
                    }
                    $sys::ECDSA_SIG_free(signature);
                }
                bytes
            }

            fn verifies(&self, (hash, hash_len): ([u8; 64], usize), signature: &[u8]) -> bool {
                let (r, s) = signature.split_at(signature.len() / 2);
                let number =
                    |bytes: &[u8]| unsafe { $sys::BN_bin2bn(bytes.as_ptr(), bytes.len() as _, null_mut()) };
                unsafe {
                    let signature = $sys::ECDSA_SIG_new();
                    assert!($sys::ECDSA_SIG_set0(signature, number(r), number(s)) == 1);
                    let ok = $sys::ECDSA_do_verify(hash.as_ptr(), hash_len as _, signature, self.key);
                    $sys::ECDSA_SIG_free(signature);
                    ok == 1
                }
            }
        }
    };
}

pub(super) use ec;
