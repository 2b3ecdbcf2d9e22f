//! RSA through the front door.
#![cfg(feature = "getrandom")]

use oneway::Error;
use oneway::rsa::{Oaep, Pkcs1v15, PrivateKey, Pss};
use oneway::hash::{Sha256, Sha512};

#[test]
fn encrypts_and_signs() {
    let key = PrivateKey::generate(2048).unwrap();
    let public = key.public_key();
    assert_eq!(public.modulus_bits(), 2048);
    let message = b"attack at dawn";
    let c = public.encrypt(message).unwrap();
    assert_eq!(key.decrypt(&c).unwrap().as_slice(), message);
    for _ in 0..40 {
        let s = key.sign(message).unwrap();
        public.verify(message, &s).unwrap();
    }
    let s = key.sign_with(&Pkcs1v15::<Sha256>::new(), message).unwrap();
    public.verify_with(&Pkcs1v15::<Sha256>::new(), message, &s).unwrap();
    assert_eq!(public.verify(message, &s), Err(Error::Signature));
    let oaep = Oaep::<Sha512, Sha256>::new().label(b"x");
    let c = public.encrypt_with(&oaep, message).unwrap();
    assert_eq!(key.decrypt(&c).err(), Some(Error::Decryption));
    assert_eq!(key.decrypt_with(&oaep, &c).unwrap().as_slice(), message);
    let again = PrivateKey::from_components(&public.modulus(), 65537, &key.private_exponent()).unwrap();
    let s = again.sign_with(&Pss::<Sha512>::new(), message).unwrap();
    public.verify_with(&Pss::<Sha512>::new().any_salt_len(), message, &s).unwrap();
    let (p, q) = key.primes();
    PrivateKey::from_primes(&p, &q, 65537).unwrap().validate().unwrap();
}
