//! RustCrypto's sha2 and hmac.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};

use super::Peer;
use crate::race::Entry;
use crate::rows::{Fixtures, Function, MAC_KEY, Op};

pub(super) const PEER: Peer = Peer { name: "sha2", packages: &["sha2"], version: None, enter };

fn enter(op: Op, _: &Fixtures) -> Option<Entry> {
    let Op::Hash(function, len) = op else { return None };
    let message = vec![0x61; len];
    Some(match function {
        Function::Sha256 => Entry::new("", move || Sha256::digest(&message)),
        Function::Sha512 => Entry::new("", move || Sha512::digest(&message)),
        Function::HmacSha256 => Entry::new("HMAC's key set up each time", move || {
            let mut hmac = Hmac::<Sha256>::new_from_slice(MAC_KEY).expect("any length");
            hmac.update(&message);
            hmac.finalize().into_bytes()
        }),
    })
}
