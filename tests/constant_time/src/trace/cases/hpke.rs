//! HPKE: the private key and the message are secret. That a tag is right is public.

use super::{curve_engines, varied};
use crate::{
    case::Size::{self, Normal, Small},
    taint::TaintedRng,
    trace::{Case, Work},
};
use oneway::{
    ecdh::{P256, P384, P521, PrivateKey, X25519},
    hazmat::engine::{self, Engine},
    hpke::{self, Kem},
};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![];
    on_curve::<X25519>(&mut cases, "X25519", 32, Small, 8);
    on_curve::<P256>(&mut cases, "P-256", 32, Small, 8);
    on_curve::<P384>(&mut cases, "P-384", 48, Normal, 8);
    on_curve::<P521>(&mut cases, "P-521", 66, Normal, 8);
    cases
}

fn on_curve<C: Kem + 'static>(cases: &mut Vec<Case>, curve: &str, len: usize, size: Size, secrets: usize) {
    for engine in curve_engines() {
        let name = format!("hpke: AES-GCM, opening right and wrong, {curve}, {engine}");
        cases.push(Case::new(name, size, secrets, move |seed| open::<C>(seed, len, engine)));
    }
}

fn open<C: Kem>(seed: u64, len: usize, engine: Engine) -> Work {
    // Any number below 2^248 is in range but zero.
    let mut number = varied(seed, len);
    number[..1].fill(0);
    number[len - 1] |= 1;
    let key = PrivateKey::<C>::from_bytes(&number).expect("in range");
    let (key, message) = (engine::agreement_key(&key, engine), varied(seed, 100));
    let rng = &mut TaintedRng::new(3);
    let sealed = hpke::seal_rng(rng, &key.public_key(), b"info", b"aad", &message).expect("sealed");
    let mut wrong = sealed.clone();
    *wrong.last_mut().expect("a tag") ^= 1;
    Work::new(move || {
        let open = |sealed: &[u8]| hpke::open(&key, b"info", b"aad", sealed);
        let (opened, refused) = (open(&sealed).expect("opens"), open(&wrong).is_err());
        [&opened[..], &[u8::from(refused)]].concat()
    })
    .checked(move |out| assert_eq!(out, [&message[..], &[1]].concat()))
}
