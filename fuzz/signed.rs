//! One key that signs whatever it's given, so that changed certificates, requests and lists get past their signatures.

use std::sync::LazyLock;

use oneway::ecdsa::{P256, SigningKey};

pub static KEY: LazyLock<SigningKey<P256>> =
    LazyLock::new(|| SigningKey::from_pem(include_str!("chain.pem")).unwrap());

/// SEQUENCE { tbs, ecdsa-with-SHA256, BIT STRING of the signature }.
pub fn sign(tbs: &[u8]) -> Vec<u8> {
    const ECDSA_WITH_SHA_256: [u8; 12] = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    let signature = KEY.sign(tbs).to_der();
    let bits = [&[3, 1 + u8::try_from(signature.len()).unwrap(), 0], &signature[..]].concat();
    let contents = [tbs, &ECDSA_WITH_SHA_256, &bits].concat();
    let length = u32::try_from(contents.len()).unwrap().to_be_bytes();
    let header = match contents.len() {
        0..0x80 => vec![length[3]],
        0x80..0x100 => vec![0x81, length[3]],
        0x100..0x1_0000 => vec![0x82, length[2], length[3]],
        _ => vec![0x83, length[1], length[2], length[3]],
    };
    [&[0x30], &header[..], &contents].concat()
}
