//! The manual: from bits to trust, a chapter each, with the mathematics, where it is in the code, and sources.
//!
//! | chapter | what it's about |
//! |---|---|
//! | [`limbs`] | numbers in words, carries, and widths that are announced |
//! | [`montgomery`] | arithmetic modulo a number, without division |
//! | [`ifma`] | the engine that works on eight digits at a time |
//! | [`powers`] | powers and inverses that leak nothing |
//! | [`constant_time`] | what that means, how it's written, how it's shown, and everything that becomes public |
//! | [`witnesses`] | which operation was watched, on which engine, by which witness |
//! | [`primes`] | how many there are, how they're tested, and how they're found |
//! | [`rsa`] | the trap door, and why it needs padding |
//! | [`curves`] | points, formulas and encodings |
//! | [`diffie_hellman`] | a secret agreed on in public |
//! | [`signatures`] | RSA, ECDSA, Ed25519, and where the danger is in each |
//! | [`hashes`] | SHA-2, HMAC, HKDF, fingerprints |
//! | [`trust`] | certificates, chains, and who vouches for whom |
//! | [`stores`] | keys and roots in files |
//! | [`tls`] | the handshake |
//! | [`glossary`] | our names, and those of other libraries |
//!
//! The modules are empty: there's nothing here but text.

macro_rules! chapters {
    ($($name:ident $file:literal)*) => {
        $(
            pub mod $name {
                #![doc = include_str!($file)]
            }
        )*
    };
}

chapters! {
    limbs "limbs.md"
    montgomery "montgomery.md"
    ifma "ifma.md"
    powers "powers.md"
    constant_time "constant_time.md"
    witnesses "witnesses.md"
    primes "primes.md"
    rsa "rsa.md"
    curves "curves.md"
    diffie_hellman "diffie_hellman.md"
    signatures "signatures.md"
    hashes "hashes.md"
    trust "trust.md"
    stores "stores.md"
    tls "tls.md"
    glossary "glossary.md"
}
