//! Where tests disturb the private operation: each intermediate number passes a point, at which one of its bits can be
//! flipped. Outside of the crate's own tests a point does nothing.

/// An intermediate number, just computed.
#[cfg(not(all(test, feature = "std")))]
#[inline]
pub(super) fn point(_limbs: &mut [u64]) {}

#[cfg(all(test, feature = "std"))]
pub(super) use injected::{disturbed, point};

#[cfg(all(test, feature = "std"))]
mod injected {
    use core::cell::Cell;

    std::thread_local! {
        /// How many points this thread has passed, and at which of them a bit is flipped, and which.
        static PLAN: Cell<(usize, Option<(usize, usize)>)> = const { Cell::new((0, None)) };
    }

    pub(in crate::rsa) fn point(limbs: &mut [u64]) {
        let (passed, plan) = PLAN.get();
        if let Some((_, bit)) = plan.filter(|(at, _)| *at == passed) {
            let bit = bit % (64 * limbs.len());
            limbs[bit / 64] ^= 1 << (bit % 64);
        }
        PLAN.set((passed + 1, plan));
    }

    /// Runs an operation, in which at a point, counted from 0, a bit is flipped; and says how many points it passed.
    pub(in crate::rsa) fn disturbed<T>(
        fault: Option<(usize, usize)>,
        operation: impl FnOnce() -> T,
    ) -> (T, usize) {
        PLAN.set((0, fault));
        let result = operation();
        let (passed, _) = PLAN.replace((0, None));
        (result, passed)
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use alloc::vec::Vec;

    use super::disturbed;
    use crate::bignum::Nat;
    use crate::hash::Sha256;
    use crate::kernel::engine::Engine;
    use crate::rsa::blinding::DerivedRng;
    use crate::rsa::{Oaep, Pkcs1v15, PrivateKey, Pss, decrypt_pkcs1v15, encrypt_pkcs1v15};
    use crate::{Error, Result};

    /// Every way to use the trap door: what comes out, judged by the public key; true if it's right.
    fn uses(key: &PrivateKey) -> Vec<(&'static str, alloc::boxed::Box<dyn Fn(&PrivateKey) -> Result<bool>>)> {
        let rng = || DerivedRng::new(b"key", b"input");
        let public = key.public_key().clone();
        let sealed = public.encrypt_with_rng(&mut rng(), &Oaep::<Sha256>::new(), b"message").unwrap();
        let old = encrypt_pkcs1v15(&public, &mut rng(), b"message").unwrap();
        let (pss, pkcs1v15) = (Pss::<Sha256>::new(), Pkcs1v15::<Sha256>::new());
        let another = public.clone();
        alloc::vec![
            (
                "PSS",
                alloc::boxed::Box::new(move |key: &PrivateKey| {
                    let signature = key.sign_with_rng(&mut rng(), &pss, b"message")?;
                    Ok(public.verify_with(&pss, b"message", &signature).is_ok())
                }) as _,
            ),
            (
                "PKCS#1 v1.5 signature",
                alloc::boxed::Box::new(move |key: &PrivateKey| {
                    let signature = key.sign_with_rng(&mut rng(), &pkcs1v15, b"message")?;
                    Ok(another.verify_with(&pkcs1v15, b"message", &signature).is_ok())
                }),
            ),
            (
                "OAEP",
                alloc::boxed::Box::new(move |key| {
                    Ok(*key.decrypt_with_rng(&mut rng(), &Oaep::<Sha256>::new(), &sealed)? == b"message")
                }),
            ),
            (
                "PKCS#1 v1.5 encryption",
                alloc::boxed::Box::new(move |key| {
                    Ok(*decrypt_pkcs1v15(key, &mut rng(), &old, 7)? == b"message")
                }),
            ),
        ]
    }

    /// At every point, with a fresh blinding pair and with one that's kept, bits of all limbs.
    fn no_fault_leaves(key: &PrivateKey, bits: usize) {
        for (name, run) in uses(key) {
            for is_kept in [false, true] {
                // A clone has no blinding pair yet.
                let prepared = || {
                    let key = key.clone();
                    if is_kept {
                        assert_eq!(run(&key), Ok(true));
                    }
                    key
                };
                let (result, points) = disturbed(None, || run(&prepared()));
                assert_eq!(result, Ok(true));
                let points = points - disturbed(None, prepared).1;
                assert!(points >= 14, "{points}");
                for at in 0..points {
                    let mut found = 0;
                    for bit in (0..bits).map(|i| 97 * i + i / 64) {
                        let key = prepared();
                        let place = || std::format!("{name}, kept: {is_kept}, point {at}, bit {bit}");
                        match disturbed(Some((at, bit)), || run(&key)).0 {
                            Ok(is_right) => assert!(is_right, "{}", place()),
                            Err(error) => {
                                assert_eq!(error, Error::Fault, "{}", place());
                                found += 1;
                            }
                        }
                        // A fault in what's kept is found at the next use, and then gone.
                        match run(&key) {
                            Ok(is_right) => assert!(is_right, "{}", place()),
                            Err(error) => {
                                assert_eq!((error, run(&key)), (Error::Fault, Ok(true)), "{}", place());
                                found += 1;
                            }
                        }
                    }
                    // All of them, but for limbs above what a product of primes of unequal length fills.
                    assert!(found > bits * 3 / 4, "{name}, kept: {is_kept}, point {at}: {found}");
                }
            }
        }
    }

    #[test]
    fn a_fault_anywhere_gives_an_error_and_never_a_result() {
        for engine in Engine::available() {
            std::println!("on {engine}");
            let rng = &mut DerivedRng::new(b"a key", b"for faults");
            for (bits, faults) in [(1024, 8), (2048, 4)] {
                no_fault_leaves(&PrivateKey::generate_on(rng, bits, engine, |_| ()).unwrap(), faults);
            }
        }
    }

    #[test]
    fn primes_of_unequal_length_too() {
        let mersenne = |k| Nat::power_of_two(k).minus_word(1);
        let key = PrivateKey::from_prime_numbers(&mersenne(521), &mersenne(607), 65_537, 0).unwrap();
        no_fault_leaves(&key, 16);
    }
}
