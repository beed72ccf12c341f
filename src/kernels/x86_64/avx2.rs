//! AVX2: bytes are multiplied as they are, and a block summed up in 16 bits, where nothing saturates.

use std::arch::x86_64::*;

use crate::kernels::gemm::{Chain, Quads, Tile};

pub(in crate::kernels) struct Avx2;

// SAFETY of all the blocks below: the trait asks the caller for the instruction set and for good pointers.
impl Tile for Avx2 {
    type Floats = __m256;
    type Weights = __m256i;
    type Code = __m256i;
    type Products = __m256i;
    const QUADS: Quads = Quads::Whole;
    const CHAIN: Chain = Chain::Narrow;
    const PANELS: usize = 2;
    const OUTPUTS_IN_REGISTERS: bool = false;

    #[inline(always)]
    unsafe fn weights(from: *const u8) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_loadu_si256(from.cast()) }
    }
    #[inline(always)]
    unsafe fn prefetch(from: *const u8) {
        // SAFETY: no address faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast()) }
    }
    #[inline(always)]
    unsafe fn code(from: *const u8) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_set1_epi32(from.cast::<i32>().read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn start(middles: *const i16) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_loadu_si256(middles.cast()) }
    }
    #[inline(always)]
    unsafe fn add(products: __m256i, weights: __m256i, code: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_add_epi16(products, _mm256_maddubs_epi16(code, weights)) }
    }
    #[inline(always)]
    unsafe fn widen(products: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_madd_epi16(products, _mm256_set1_epi16(1)) }
    }
}

crate::kernels::operations!(Avx2, attention tiles of 2, "avx2,f16c");
