//! DHKEM: a shared secret for whoever has a private key, and an encapsulated key by which it's found.
//!
//! The sender makes a fresh key pair (e, E = e·G). With the receiver's pair (r, R), and the sender's own (s, S) where
//! it authenticates itself:
//!
//! ```text
//! dh     = e·R ( ‖ s·R )  =  r·E ( ‖ r·S )
//! secret = LabeledExpand(LabeledExtract("", "eae_prk", dh), "shared_secret", E ‖ R ( ‖ S ), Nsecret)
//! ```
//!
//! The points are part of the input, as who changes one has to get another secret. They're in their one encoding:
//! uncompressed, or 32 bytes.
//!
//! Source: RFC 9180, sections 4.1, 7.1.

use rand_core::TryCryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::Kdf;
use super::kdf::Labelled;
use crate::ecdh::{Curve, P256, P384, P521, PrivateKey, PublicKey, X25519};
use crate::kernel::secret::declassify;
use crate::{Bytes, Error, Result};

/// A curve with its number and its KDF.
///
/// | curve | number | KDF | encapsulated key |
/// |---|--:|---|--:|
/// | [`P256`] | 0x0010 | HKDF-SHA256 | 65 bytes |
/// | [`P384`] | 0x0011 | HKDF-SHA384 | 97 bytes |
/// | [`P521`] | 0x0012 | HKDF-SHA512 | 133 bytes |
/// | [`X25519`] | 0x0020 | HKDF-SHA256 | 32 bytes |
#[allow(private_bounds, reason = "nobody else implements it")]
pub trait Kem: Curve + Candidates {
    /// Its number in the IANA registry "HPKE KEM Identifiers".
    const ID: u16;
    /// How its shared secret is derived, and, in the curve's usual suite, all else.
    const KDF: Kdf;
}

impl Kem for P256 {
    const ID: u16 = 0x10;
    const KDF: Kdf = Kdf::HkdfSha256;
}

impl Kem for P384 {
    const ID: u16 = 0x11;
    const KDF: Kdf = Kdf::HkdfSha384;
}

impl Kem for P521 {
    const ID: u16 = 0x12;
    const KDF: Kdf = Kdf::HkdfSha512;
}

impl Kem for X25519 {
    const ID: u16 = 0x20;
    const KDF: Kdf = Kdf::HkdfSha256;
}

/// How a private key is derived from bytes.
pub(super) trait Candidates {
    /// `Nsk`: the bytes of a private key.
    const LEN: usize;
    /// The bits of a number's first byte that the curve's order has, where numbers are tried until one is in range.
    const MASK: Option<u8>;
}

impl Candidates for P256 {
    const LEN: usize = 32;
    const MASK: Option<u8> = Some(0xff);
}

impl Candidates for P384 {
    const LEN: usize = 48;
    const MASK: Option<u8> = Some(0xff);
}

impl Candidates for P521 {
    const LEN: usize = 66;
    const MASK: Option<u8> = Some(0x01);
}

impl Candidates for X25519 {
    const LEN: usize = 32;
    const MASK: Option<u8> = None;
}

/// The labels of a curve's KEM.
fn labelled<C: Kem, T>(then: impl FnOnce(&Labelled<'_>) -> T) -> T {
    let [high, low] = C::ID.to_be_bytes();
    then(&Labelled { kdf: C::KDF, suite: &[b'K', b'E', b'M', high, low] })
}

/// A private key of secret bytes, at least as many as it has itself, and as random: always the same one.
///
/// ```
/// use oneway::ecdh::P256;
/// use oneway::hpke::derive_key_pair;
///
/// # let seed = [7; 32];
/// let key = derive_key_pair::<P256>(&seed)?;
/// assert_eq!(key.public_key(), derive_key_pair::<P256>(&seed)?.public_key());
/// # Ok::<(), oneway::Error>(())
/// ```
///
/// # Errors
/// [`Error::Length`] for fewer bytes.
///
/// Source: RFC 9180, section 7.1.3.
pub fn derive_key_pair<C: Kem>(ikm: &[u8]) -> Result<PrivateKey<C>> {
    if ikm.len() < C::LEN {
        return Err(Error::Length { len: ikm.len(), expected: C::LEN });
    }
    labelled::<C, _>(|labels| {
        let prk = labels.extract(b"", "dkp_prk", &[ikm]);
        let Some(mask) = C::MASK else {
            return PrivateKey::from_bytes(&labels.expand_key(&prk, "sk", &[], C::LEN));
        };
        for counter in 0..=u8::MAX {
            let mut number = labels.expand_key(&prk, "candidate", &[&[counter]], C::LEN);
            number.as_mut_slice()[0] &= mask;
            // How many were tried is public: of the one that's taken they tell nothing. A second one is needed once in
            // 2^32 times.
            if let Ok(key) = PrivateKey::from_bytes(&number) {
                return Ok(key);
            }
        }
        // Not once in 2^8000 times.
        Err(Error::Random)
    })
}

/// A fresh encapsulated key, and the secret that's shared with who has the private key of `public`.
pub(super) fn encapsulate<C: Kem, R: TryCryptoRng + ?Sized>(
    rng: &mut R,
    public: &PublicKey<C>,
    sender: Option<&PrivateKey<C>>,
) -> Result<(Bytes, Zeroizing<Bytes>)> {
    let mut ikm = Zeroizing::new(Bytes::zeros(C::LEN));
    rng.try_fill_bytes(ikm.as_mut_slice()).map_err(|_| Error::Random)?;
    // What's refused is never used.
    if declassify(ikm.as_slice().ct_eq(Bytes::zeros(C::LEN).as_slice())) {
        return Err(Error::Random);
    }
    let ephemeral = derive_key_pair::<C>(&ikm)?;
    let enc = ephemeral.public_key().to_bytes();
    let first = ephemeral.agree(public)?;
    let second = sender.map(|own| Ok((own.agree(public)?, own.public_key()))).transpose()?;
    let second = second.as_ref().map(|(dh, own)| (dh.as_bytes(), own));
    Ok((enc.clone(), shared_secret(first.as_bytes(), &enc, public, second)))
}

/// The secret of an encapsulated key.
pub(super) fn decapsulate<C: Kem>(
    private: &PrivateKey<C>,
    enc: &[u8],
    sender: Option<&PublicKey<C>>,
) -> Result<Zeroizing<Bytes>> {
    let public = private.public_key();
    let expected = public.to_bytes().len();
    // A compressed point is a public key, too, but not an encapsulated one.
    if enc.len() != expected {
        return Err(Error::Length { len: enc.len(), expected });
    }
    let first = private.agree(&PublicKey::from_bytes(enc)?)?;
    let second = sender.map(|key| Ok((private.agree(key)?, key))).transpose()?;
    let second = second.as_ref().map(|(dh, key)| (dh.as_bytes(), *key));
    Ok(shared_secret(first.as_bytes(), enc, &public, second))
}

/// `ExtractAndExpand`: of one agreement, or of two, the second of which is the authenticated sender's.
fn shared_secret<C: Kem>(
    first: &[u8],
    enc: &[u8],
    public: &PublicKey<C>,
    second: Option<(&[u8], &PublicKey<C>)>,
) -> Zeroizing<Bytes> {
    let (public, own) = (public.to_bytes(), second.map(|(_, own)| own.to_bytes()));
    let (second, own) =
        (second.map_or(&b""[..], |(dh, _)| dh), own.as_ref().map_or(&b""[..], Bytes::as_slice));
    labelled::<C, _>(|labels| {
        let prk = labels.extract(b"", "eae_prk", &[first, second]);
        labels.expand_key(&prk, "shared_secret", &[enc, &public, own], C::KDF.hash_len())
    })
}
