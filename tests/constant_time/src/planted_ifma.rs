//! Leaks behind instructions of AVX-512 IFMA, where `MemorySanitizer` has to follow a secret through vectors.
//!
//! A secret number goes through the steps of a kernel: split into digits of 52 bits, loaded, multiplied, moved
//! between lanes, compared, stored, joined. At each of these places a leak is planted.

use crate::{
    case::{Case, Size::Small},
    taint::{public, secret},
    tool::is_poisoned,
};
use std::{arch::x86_64::*, hint::black_box};

const KEY: [u64; 8] = [0x0123_4567_89ab_cdef; 8];
const MASK: u64 = (1 << 52) - 1;

/// None where the processor (or valgrind) has no such instructions.
pub(crate) fn cases() -> Vec<Case> {
    if !(is_x86_feature_detected!("avx512ifma") && is_x86_feature_detected!("avx512vl")) {
        return vec![];
    }
    vec![
        Case::leak("planted: branch on the low half of an IFMA product", || {
            black_box(branch(low(key(), black_box([3; 8]))[0] & 1));
        }),
        Case::leak("planted: branch on the high half of an IFMA product", || {
            black_box(branch(high(key(), black_box([MASK; 8]))[7] >> 40 & 1));
        }),
        Case::leak("planted: branch on an IFMA accumulator, whose product is public", || {
            black_box(branch(accumulate(secret(KEY), black_box([3; 8]))[3] & 1));
        }),
        Case::leak("planted: table indexed by a digit of an IFMA product", || {
            let table = black_box([7u64; 256]);
            black_box(table[(low(key(), key())[1] & 255) as usize]);
        }),
        Case::leak("planted: branch on a lane that a secret one was moved to", || {
            let moved = moved(low(key_in_lane(0), black_box([3; 8])));
            assert!(is_poisoned(&moved[6].to_ne_bytes()));
            black_box(branch(moved[6] & 1));
        }),
        Case::leak("planted: branch on a comparison of vectors", || {
            black_box(branch(u64::from(compare(low(key(), black_box([3; 8]))) & 1)));
        }),
        Case::leak("planted: branch on what a secret mask kept", || {
            black_box(branch(select(low(key(), black_box([3; 8])))[0] & 1));
        }),
        Case::leak("planted: branch on digits of an IFMA product that are joined again", || {
            let product = low(key(), black_box([3; 8]));
            black_box(branch((product[0] | product[1] << 52) >> 60));
        }),
        Case::leak("planted: branch after the registers were cleared", || {
            let product = low(key(), black_box([3; 8]));
            // SAFETY: AVX-512 is there, which has AVX.
            unsafe { _mm256_zeroall() };
            black_box(branch(product[0] & 1));
        }),
        Case::new("IFMA: the same without leaks", Small, || {
            let product = moved(select(high(key(), low(key(), black_box([3; 8])))));
            assert!(product[..7].iter().all(|word| is_poisoned(&word.to_ne_bytes())));
            assert_eq!(public(product)[7], 0);
        }),
        Case::new("IFMA: public lanes stay public", Small, || {
            let product = low(key_in_lane(2), black_box([3; 8]));
            assert!(is_poisoned(&product[2].to_ne_bytes()));
            black_box(branch(product[1] & 1));
        }),
        // A bit of a sum or a product counts as secret if the bits at its own place are: carries aren't followed.
        Case::unseen("planted: branch on the carry of an IFMA product, above its 52 bits", || {
            black_box(branch(accumulate(key(), key())[0] >> 52 & 1));
        }),
        Case::unseen(
            "planted: branch on a bit of an IFMA product whose factor has another secret bit",
            || {
                let factor = [public(KEY[0]) & !1 | secret(KEY[0]) & 1; 8];
                black_box(branch(low(factor, black_box([0xff; 8]))[0] >> 7 & 1));
            },
        ),
    ]
}

/// Secret digits, as a kernel makes them of secret words.
fn key() -> [u64; 8] {
    secret(KEY).map(|word| word & MASK)
}

fn key_in_lane(lane: usize) -> [u64; 8] {
    let mut key = black_box(KEY).map(|word| word & MASK);
    key[lane] = secret(KEY[0]) & MASK;
    key
}

#[inline(never)]
fn branch(bit: u64) -> u64 {
    if bit != 0 { black_box(3) } else { black_box(4) }
}

macro_rules! vectors {
    ($(fn $name:ident($($x:ident),*) -> $of:ty { $result:expr } to $back:expr)*) => { $(
        #[inline(never)]
        fn $name($($x: [u64; 8]),*) -> $of {
            #[target_feature(enable = "avx512f,avx512ifma,avx512vl")]
            fn inner($($x: &[u64; 8]),*) -> $of {
                // SAFETY: 64 bytes are there, at any alignment.
                $(let $x = unsafe { _mm512_loadu_si512($x.as_ptr().cast()) };)*
                $back($result)
            }
            // SAFETY: `cases` has looked for the features.
            unsafe { inner($(&$x),*) }
        }
    )* };
}

fn stored(x: __m512i) -> [u64; 8] {
    let mut words = [0; 8];
    // SAFETY: called where AVX-512 is; 64 bytes are there, at any alignment.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), x) };
    words
}

vectors! {
    fn low(x, y) -> [u64; 8] { _mm512_madd52lo_epu64(_mm512_setzero_si512(), x, y) } to stored
    fn high(x, y) -> [u64; 8] { _mm512_madd52hi_epu64(_mm512_setzero_si512(), x, y) } to stored
    fn accumulate(x, y) -> [u64; 8] { _mm512_madd52lo_epu64(x, y, y) } to stored
    // Lane 0 goes to all, and one down; the top one takes 0.
    fn moved(x) -> [u64; 8] {
        _mm512_alignr_epi64::<1>(
            _mm512_setzero_si512(),
            _mm512_permutex_epi64::<0>(_mm512_broadcastq_epi64(_mm512_castsi512_si128(x))),
        )
    } to stored
    fn compare(x) -> u8 { _mm512_cmpgt_epu64_mask(x, _mm512_set1_epi64(1000)) } to core::convert::identity
    fn select(x) -> [u64; 8] {
        _mm512_mask_mov_epi64(
            _mm512_set1_epi64(1),
            _mm512_cmpeq_epi64_mask(x, _mm512_set1_epi64(1000)),
            _mm512_set1_epi64(2),
        )
    } to stored
}
