//! Key exchange: ephemeral Diffie-Hellman on X25519, P-256, P-384 and P-521.
//!
//! Shares on the NIST curves are uncompressed points, `04 ‖ x ‖ y` (RFC 8446, section 4.2.8.2); a point that isn't on
//! its curve, and on X25519 one that leads to zero, is refused.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use oneway::ecdh::{Curve, P256, P384, P521, PrivateKey, PublicKey};
use rustls::crypto::{ActiveKeyExchange, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup, PeerMisbehaved};

pub(crate) const INVALID_KEY_SHARE: Error = Error::PeerMisbehaved(PeerMisbehaved::InvalidKeyShare);

/// A curve, by the name that TLS has for it.
struct Group<C> {
    name: NamedGroup,
    curve: PhantomData<fn() -> C>,
}

impl<C> Group<C> {
    const fn new(name: NamedGroup) -> Self {
        Self { name, curve: PhantomData }
    }
}

/// X25519 (RFC 7748).
pub static X25519: &dyn SupportedKxGroup = &Group::<oneway::ecdh::X25519>::new(NamedGroup::X25519);
/// P-256, also called secp256r1.
pub static SECP256R1: &dyn SupportedKxGroup = &Group::<P256>::new(NamedGroup::secp256r1);
/// P-384, also called secp384r1.
pub static SECP384R1: &dyn SupportedKxGroup = &Group::<P384>::new(NamedGroup::secp384r1);
/// P-521, also called secp521r1.
pub static SECP521R1: &dyn SupportedKxGroup = &Group::<P521>::new(NamedGroup::secp521r1);

impl<C> fmt::Debug for Group<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

impl<C: Curve> SupportedKxGroup for Group<C>
where
    PrivateKey<C>: Send + Sync + 'static,
{
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let key = PrivateKey::<C>::generate_with(&mut getrandom::SysRng)
            .map_err(|_| Error::FailedToGetRandomBytes)?;
        let share = key.public_key().to_bytes().to_vec();
        Ok(Box::new(Exchange { key, share, name: self.name }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        self.name
    }
}

/// An ephemeral key, whose public half is sent.
struct Exchange<C: Curve> {
    key: PrivateKey<C>,
    share: Vec<u8>,
    name: NamedGroup,
}

impl<C: Curve> ActiveKeyExchange for Exchange<C>
where
    PrivateKey<C>: Send + Sync,
{
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        // Points on NIST curves are as long as ours only if they're uncompressed, as TLS has them.
        if peer.len() != self.share.len() {
            return Err(INVALID_KEY_SHARE);
        }
        let peer = PublicKey::<C>::from_bytes(peer).map_err(|_| INVALID_KEY_SHARE)?;
        let secret = self.key.agree(&peer).map_err(|_| INVALID_KEY_SHARE)?;
        Ok(SharedSecret::from(secret.as_bytes()))
    }

    fn pub_key(&self) -> &[u8] {
        &self.share
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        self.name
    }
}
