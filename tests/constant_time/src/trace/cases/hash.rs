//! SHA-2, HMAC and HKDF of secret messages and keys.

use super::varied;
use crate::{
    case::Size::Small,
    trace::{Case, Work},
};
use oneway::hash::{
    Hkdf, Hmac, Sha224, Sha256, Sha384, Sha512,
    digest::{Digest, block_api::BlockSizeUser},
    sha512_engines,
};
use std::hint::black_box;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("hash: SHA-224, SHA-256, SHA-384, SHA-512", Small, 8, |seed| {
            // Messages that end before, at and after the ends of blocks.
            let messages = [1, 55, 56, 64, 111, 112, 128, 300].map(|len| varied(seed, len));
            Work::new(move || {
                let mut out = vec![];
                for message in &messages {
                    out.extend_from_slice(&Sha224::digest(message));
                    out.extend_from_slice(&Sha256::digest(message));
                    out.extend_from_slice(&Sha384::digest(message));
                    out.extend_from_slice(&Sha512::digest(message));
                }
                out
            })
        }),
        Case::new("hash: HMAC-SHA-256, HMAC-SHA-512", Small, 8, |seed| {
            let (keys, message) = ([1, 32, 64, 65, 129].map(|len| varied(seed, len)), varied(seed + 1, 100));
            let tag = mac::<Sha256>(&keys[0], b"");
            Work::new(move || {
                let mut out = vec![];
                for key in &keys {
                    out.extend_from_slice(&mac::<Sha256>(key, &message));
                    out.extend_from_slice(&mac::<Sha512>(key, &message));
                }
                // That a tag is right is public.
                out.push(u8::from(Hmac::<Sha256>::new(&keys[0]).verify(&tag).is_ok()));
                out
            })
        }),
        Case::new("hash: HKDF-SHA-256, HKDF-SHA-512", Small, 8, |seed| {
            let inputs = [16, 64, 200].map(|len| varied(seed, len));
            Work::new(move || {
                let mut out = vec![0; 150 * 6];
                for (input, okm) in inputs.iter().zip(out.chunks_exact_mut(300)) {
                    let (a, b) = okm.split_at_mut(150);
                    Hkdf::<Sha256>::derive(b"salt", input, b"info", a).expect("short");
                    Hkdf::<Sha512>::derive(b"salt", input, b"info", b).expect("short");
                }
                out
            })
        }),
    ];
    for (name, compress) in sha512_engines() {
        let compress = std::rc::Rc::new(compress);
        cases.push(Case::new(format!("hash: blocks of SHA-512 by {name}"), Small, 8, move |seed| {
            let (compress, blocks) = (compress.clone(), varied(seed, 3 * 128));
            Work::new(move || {
                let mut state = [7; 8];
                compress(&mut state, black_box(blocks.as_chunks().0));
                state.map(u64::to_be_bytes).concat()
            })
        }));
    }
    cases
}

fn mac<D: Digest + BlockSizeUser + Clone>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<D>::new(key);
    mac.update(message);
    mac.finalize().to_vec()
}
