//! `BN_mod_exp_mont_consttime`, which OpenSSL and its descendants share.

/// An entry for a row `pow`, from the functions of the library whose bindings are `$sys`.
///
/// What's allocated stays: it lives as long as the program.
macro_rules! pow {
    ($sys:ident, $power:expr) => {{
        use std::ptr::null_mut;
        let power: &crate::rows::Power = $power;
        let len = power.modulus.len();
        let number = |bytes: &[u8]| {
            // SAFETY: reads `bytes`, makes a new number.
            let x = unsafe { $sys::BN_bin2bn(bytes.as_ptr(), bytes.len() as _, null_mut()) };
            assert!(!x.is_null());
            x
        };
        let (base, exponent, modulus) = (number(&power.base), number(&power.exponent), number(&power.modulus));
        // SAFETY: without arguments, or with what was just made.
        let (result, context, constants) =
            unsafe { ($sys::BN_new(), $sys::BN_CTX_new(), $sys::BN_MONT_CTX_new()) };
        // SAFETY: as before.
        assert!(unsafe { $sys::BN_MONT_CTX_set(constants, modulus, context) } == 1);
        crate::race::Entry::with_output(
            "BN_mod_exp_mont_consttime, constants of the modulus known before; into and out of Montgomery form",
            move || {
                // SAFETY: pointers to numbers and contexts that live as long as the program, and that this
                // closure alone uses.
                let ok = unsafe {
                    $sys::BN_mod_exp_mont_consttime(result, base, exponent, modulus, context, constants)
                };
                assert!(ok == 1);
            },
            move |()| {
                let mut bytes = vec![0; len];
                // SAFETY: writes `len` bytes, or fails.
                let written = unsafe { $sys::BN_bn2binpad(result, bytes.as_mut_ptr(), len as _) };
                assert!(usize::try_from(written) == Ok(len));
                bytes
            },
        )
    }};
}

pub(super) use pow;
