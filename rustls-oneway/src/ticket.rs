//! Tickets: what a server needs to resume a session, encrypted, for the client to keep.
//!
//! ```text
//! ticket = key's name (16 bytes) ‖ nonce (12) ‖ ciphertext ‖ tag (16)
//! ```
//!
//! Nonces are random: a counter would tell how many clients there are. Each key is used for six hours, and its tickets
//! are taken for as long again.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

use aes_gcm::aead::KeyInit;
use alloc::sync::Arc;
use chacha20poly1305::ChaCha20Poly1305;
use rustls::Error;
use rustls::crypto::GetRandomFailed;
use rustls::server::ProducesTickets;
use rustls::ticketer::TicketRotator;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::aead::{Cipher, TAG_LEN};

const NAME_LEN: usize = 16;
const NONCE_LEN: usize = 12;
/// How long a key makes tickets, in seconds.
const LIFETIME: u32 = 6 * 60 * 60;

/// Makes tickets.
#[derive(Debug)]
#[non_exhaustive]
pub struct Ticketer;

impl Ticketer {
    /// For a server's configuration, as its `ticketer`: tickets that are taken for 12 hours at most. (A key is changed when a
    /// ticket is made or looked at: on a server that had nothing to do for long, the last ones are taken once more.)
    ///
    /// # Errors
    /// [`Error::FailedToGetRandomBytes`].
    #[allow(clippy::new_ret_no_self, reason = "as in rustls's own providers")]
    pub fn new() -> Result<Arc<dyn ProducesTickets>, Error> {
        Ok(Arc::new(TicketRotator::new(LIFETIME, || Ok(Box::new(Tickets::new()?)))?))
    }
}

/// Tickets under one key.
struct Tickets {
    cipher: ChaCha20Poly1305,
    name: [u8; NAME_LEN],
    /// No longer ticket was made: what's longer isn't looked at, which makes guessing (by ciphertexts that are right
    /// under many keys, Len, Grubbs and Ristenpart 2021) less of a bargain.
    longest: AtomicUsize,
}

impl Tickets {
    fn new() -> Result<Self, GetRandomFailed> {
        let (mut key, mut name) = (Zeroizing::new([0; 32]), [0; NAME_LEN]);
        getrandom::fill(&mut *key).map_err(|_| GetRandomFailed)?;
        getrandom::fill(&mut name).map_err(|_| GetRandomFailed)?;
        Ok(Self {
            cipher: ChaCha20Poly1305::new_from_slice(&*key).expect("a key of 32 bytes"),
            name,
            longest: AtomicUsize::new(0),
        })
    }
}

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        2 * LIFETIME
    }

    fn encrypt(&self, session: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).ok()?;
        let mut ticket = Vec::with_capacity(NAME_LEN + NONCE_LEN + session.len() + TAG_LEN);
        ticket.extend_from_slice(&self.name);
        ticket.extend_from_slice(&nonce);
        ticket.extend_from_slice(session);
        let tag = self.cipher.seal(&nonce, &self.name, &mut ticket[NAME_LEN + NONCE_LEN..]).ok()?;
        ticket.extend_from_slice(&tag);
        self.longest.fetch_max(ticket.len(), Ordering::SeqCst);
        Some(ticket)
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        if ticket.len() > self.longest.load(Ordering::SeqCst) {
            return None;
        }
        let (name, rest) = ticket.split_at_checked(NAME_LEN)?;
        let (nonce, ciphertext) = rest.split_first_chunk()?;
        if !bool::from(name.ct_eq(&self.name)) {
            return None;
        }
        let mut session = ciphertext.to_vec();
        let len = self.cipher.open(nonce, name, &mut session).ok()?;
        session.truncate(len);
        Some(session)
    }
}

impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tickets").finish_non_exhaustive()
    }
}
