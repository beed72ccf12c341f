//! AVX-512 VNNI in 256-bit registers: four products of bytes and their sum in one instruction.

use std::arch::x86_64::*;

use super::avx2::Avx2;
use crate::kernels::gemm::{Quads, Tile};

pub(in crate::kernels) struct Vnni;

// SAFETY of all the blocks below: the trait asks the caller for the instruction set and for good pointers.
impl Tile for Vnni {
    type Floats = __m256;
    type Weights = __m256i;
    type Code = __m256i;
    type Start = __m256i;
    const QUADS: Quads = Quads::Whole;
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
    unsafe fn start(sums: *const u8) -> __m256i {
        // SAFETY: see above.
        unsafe { Avx2::start(sums) }
    }
    #[inline(always)]
    unsafe fn begin(start: __m256i, zero: i32) -> __m256i {
        // SAFETY: see above.
        unsafe { Avx2::begin(start, zero) }
    }
    #[inline(always)]
    unsafe fn dot(sum: __m256i, weights: __m256i, code: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_dpbusd_epi32(sum, code, weights) }
    }
}

crate::kernels::operations!(Vnni, __m256, attention tiles of 2, "avx2,avx512vnni,avx512vl");
