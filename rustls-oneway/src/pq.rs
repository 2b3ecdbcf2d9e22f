//! X25519MLKEM768: X25519 and ML-KEM-768 side by side, so that what's agreed on is secret as long as either holds.
//!
//! ```text
//! client's share   encapsulation key (1184 bytes) ‖ X25519 (32)
//! server's share   ciphertext (1088 bytes) ‖ X25519 (32)
//! secret           of ML-KEM (32 bytes) ‖ of X25519 (32)
//! ```
//!
//! Sources: draft-ietf-tls-ecdhe-mlkem; FIPS 203.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ml_kem::kem::{Decapsulate, KeyExport};
use ml_kem::{DecapsulationKey768, EncapsulationKey768};
use rustls::crypto::{ActiveKeyExchange, CompletedKeyExchange, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup, ProtocolVersion};
use zeroize::Zeroizing;

use crate::kx::{INVALID_KEY_SHARE, X25519};

/// X25519 and ML-KEM-768 together.
pub static X25519MLKEM768: &dyn SupportedKxGroup = &Hybrid;

const ENCAPSULATION_KEY_LEN: usize = 1184;
const CIPHERTEXT_LEN: usize = 1088;

#[derive(Debug)]
struct Hybrid;

fn joined(post_quantum: &[u8], classical: &[u8]) -> Vec<u8> {
    [post_quantum, classical].concat()
}

/// Wiped by rustls.
fn secret(post_quantum: &[u8], classical: &[u8]) -> SharedSecret {
    SharedSecret::from(joined(post_quantum, classical))
}

/// Random bytes in place of zeros.
fn randomize(zeros: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(zeros).map_err(|_| Error::FailedToGetRandomBytes)
}

impl SupportedKxGroup for Hybrid {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let classical = X25519.start()?;
        let mut seed = Zeroizing::new(ml_kem::Seed::default());
        randomize(&mut seed)?;
        // It's copied on the way: ml-kem takes it by value.
        let key = DecapsulationKey768::from_seed(*seed);
        let share = joined(&key.encapsulation_key().to_bytes(), classical.pub_key());
        Ok(Box::new(Exchange { classical, key: Box::new(key), share }))
    }

    /// The server's side, whose share depends on the client's.
    fn start_and_complete(&self, client: &[u8]) -> Result<CompletedKeyExchange, Error> {
        let (post_quantum, classical) =
            client.split_at_checked(ENCAPSULATION_KEY_LEN).ok_or(INVALID_KEY_SHARE)?;
        let key = post_quantum.try_into().map_err(|_| INVALID_KEY_SHARE)?;
        let key = EncapsulationKey768::new(key).map_err(|_| INVALID_KEY_SHARE)?;
        let classical = X25519.start_and_complete(classical)?;
        // `encapsulate` would panic if there were no randomness.
        let mut message = Zeroizing::new(ml_kem::B32::default());
        randomize(&mut message)?;
        let (ciphertext, shared) = key.encapsulate_deterministic(&message);
        let shared = Zeroizing::new(<[u8; 32]>::from(shared));
        Ok(CompletedKeyExchange {
            group: self.name(),
            pub_key: joined(&ciphertext, &classical.pub_key),
            secret: secret(&*shared, classical.secret.secret_bytes()),
        })
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519MLKEM768
    }

    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        version == ProtocolVersion::TLSv1_3
    }
}

/// The client's side: both keys, and their public halves.
struct Exchange {
    classical: Box<dyn ActiveKeyExchange>,
    key: Box<DecapsulationKey768>,
    share: Vec<u8>,
}

impl ActiveKeyExchange for Exchange {
    fn complete(self: Box<Self>, server: &[u8]) -> Result<SharedSecret, Error> {
        let (ciphertext, classical) = server.split_at_checked(CIPHERTEXT_LEN).ok_or(INVALID_KEY_SHARE)?;
        let shared = self.key.decapsulate_slice(ciphertext).map_err(|_| INVALID_KEY_SHARE)?;
        let shared = Zeroizing::new(<[u8; 32]>::from(shared));
        let classical = self.classical.complete(classical)?;
        Ok(secret(&*shared, classical.secret_bytes()))
    }

    /// A server that doesn't know the whole takes the half.
    fn hybrid_component(&self) -> Option<(NamedGroup, &[u8])> {
        Some((self.classical.group(), self.classical.pub_key()))
    }

    fn complete_hybrid_component(self: Box<Self>, server: &[u8]) -> Result<SharedSecret, Error> {
        self.classical.complete(server)
    }

    fn pub_key(&self) -> &[u8] {
        &self.share
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519MLKEM768
    }
}
