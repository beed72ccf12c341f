//! AVX-512 VNNI in 256-bit registers: four products of bytes and their sum in one instruction.

use std::arch::x86_64::*;

use super::avx2::Avx2;
use crate::kernels::gemm::{Chain, Quads, Tile};
use crate::kernels::lanes::Lanes;

pub(in crate::kernels) struct Vnni;

// SAFETY of all the blocks below: the trait asks the caller for the instruction set and for good pointers.
impl Tile for Vnni {
    type Floats = __m256;
    type Weights = __m256i;
    type Code = __m256i;
    type Products = __m256i;
    const QUADS: Quads = Quads::Whole;
    const CHAIN: Chain = Chain::Wide;
    const PANELS: usize = 2;

    #[inline(always)]
    unsafe fn weights(from: *const u8) -> __m256i {
        // SAFETY: see above.
        unsafe { Avx2::weights(from) }
    }
    #[inline(always)]
    unsafe fn code(from: *const u8) -> __m256i {
        // SAFETY: see above.
        unsafe { Avx2::code(from) }
    }
    #[inline(always)]
    unsafe fn start(_: *const i16) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_setzero_si256() }
    }
    #[inline(always)]
    unsafe fn add(products: __m256i, weights: __m256i, code: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_dpbusd_epi32(products, code, weights) }
    }
    #[inline(always)]
    unsafe fn finish(products: __m256i, starts: *const i32, zero: i32) -> __m256i {
        // SAFETY: see above.
        unsafe { __m256::dot_i16(products, __m256::int_load(starts), __m256::int(zero)) }
    }
}

crate::kernels::operations!(Vnni, __m256, attention tiles of 2, "avx2,avx512vnni,avx512vl");
