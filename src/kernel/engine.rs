//! The names of the code that computes products: modulo large numbers, and in the fields of curves.

use core::fmt;

#[cfg(target_arch = "x86_64")]
cpufeatures::new!(ifma_features, "avx512f", "avx512vl", "avx512dq", "avx512bw", "avx512ifma", "bmi2");
#[cfg(target_arch = "x86_64")]
cpufeatures::new!(avx2_features, "avx2");

/// Which code computes products, those modulo a large number and those of a curve's field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// 64-bit integer code for every CPU.
    Portable,
    /// AVX-512 IFMA on x86-64: eight products of 52-bit digits an instruction, for moduli of 12 to 128 limbs; for
    /// curves four field products at a time.
    Ifma,
    /// AVX2 on x86-64: four products of 28 or 29-bit digits an instruction, for moduli of 12 to 64 limbs. Curves have no
    /// such code: it's portable there.
    Avx2,
}

impl Engine {
    /// All engines, the best one first.
    pub const ALL: [Self; 3] = [Self::Ifma, Self::Avx2, Self::Portable];

    /// Whether this CPU has what the engine needs.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Ifma => ifma_features::get(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2_features::get(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Ifma | Self::Avx2 => false,
        }
    }

    /// The engines that this CPU has, the best one first.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|engine| engine.is_available())
    }

    /// The one that is chosen where nobody chooses.
    pub(crate) fn best() -> Self {
        Self::available().next().unwrap_or(Self::Portable)
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Portable => "portable",
            Self::Ifma => "ifma",
            Self::Avx2 => "avx2",
        })
    }
}
