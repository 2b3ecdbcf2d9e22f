//! (head to be written)
#![allow(unsafe_code)]

cpufeatures::new!(features, "avx512f", "avx512vl", "avx512ifma", "bmi2");

/// Whoever holds one has asked the CPU: it has AVX-512 F, VL and IFMA, and BMI2.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ifma(());

impl Ifma {
    #[inline]
    pub(crate) fn detect() -> Option<Self> {
        features::get().then_some(Self(()))
    }
}

#[macro_use]
mod vector;
pub(crate) mod p256;
pub(crate) mod p384;
pub(crate) mod p521;
