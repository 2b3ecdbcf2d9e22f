//! Clearing the vector registers of a kernel that held secrets in them.
//!
//! Without AVX-512 `_mm256_zeroall` does it; this is for the sixteen registers and the masks that AVX-512
//! adds and no intrinsic clears. It's the one place in the crate with inline assembly. (What a compiler
//! spills to the stack stays there.)
#![allow(unsafe_code)]

use core::arch::asm;

/// Clears zmm0 to zmm31, whole (a 128-bit write clears what is above it), and the masks k0 to k7.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
pub(super) fn clear_registers() {
    // SAFETY: AVX-512 VL is there, the registers are declared as overwritten, memory and flags aren't
    // touched.
    unsafe {
        asm!(
            "vzeroall",
            "vpxorq xmm16, xmm16, xmm16", "vpxorq xmm17, xmm17, xmm17",
            "vpxorq xmm18, xmm18, xmm18", "vpxorq xmm19, xmm19, xmm19",
            "vpxorq xmm20, xmm20, xmm20", "vpxorq xmm21, xmm21, xmm21",
            "vpxorq xmm22, xmm22, xmm22", "vpxorq xmm23, xmm23, xmm23",
            "vpxorq xmm24, xmm24, xmm24", "vpxorq xmm25, xmm25, xmm25",
            "vpxorq xmm26, xmm26, xmm26", "vpxorq xmm27, xmm27, xmm27",
            "vpxorq xmm28, xmm28, xmm28", "vpxorq xmm29, xmm29, xmm29",
            "vpxorq xmm30, xmm30, xmm30", "vpxorq xmm31, xmm31, xmm31",
            "kxorw k0, k0, k0", "kxorw k1, k1, k1", "kxorw k2, k2, k2", "kxorw k3, k3, k3",
            "kxorw k4, k4, k4", "kxorw k5, k5, k5", "kxorw k6, k6, k6", "kxorw k7, k7, k7",
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _,
            out("xmm4") _, out("xmm5") _, out("xmm6") _, out("xmm7") _,
            out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _,
            out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
            out("xmm16") _, out("xmm17") _, out("xmm18") _, out("xmm19") _,
            out("xmm20") _, out("xmm21") _, out("xmm22") _, out("xmm23") _,
            out("xmm24") _, out("xmm25") _, out("xmm26") _, out("xmm27") _,
            out("xmm28") _, out("xmm29") _, out("xmm30") _, out("xmm31") _,
            out("k0") _, out("k1") _, out("k2") _, out("k3") _,
            out("k4") _, out("k5") _, out("k6") _, out("k7") _,
            options(nomem, nostack, preserves_flags),
        );
    }
}
