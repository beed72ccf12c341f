//! AVX-512 VNNI: four products of bytes and their sum in one instruction, for 16 outputs at a time.

use std::arch::x86_64::*;

use super::avx2::Avx2;
use crate::kernels::gemm::{Chain, Quads, Tile};

pub(in crate::kernels) struct Vnni;

// SAFETY of all the blocks below: the trait asks the caller for the instruction set and for good pointers.
impl Tile for Vnni {
    type Floats = __m512;
    type Weights = __m512i;
    type Code = __m512i;
    type Products = __m512i;
    const QUADS: Quads = Quads::Whole;
    const CHAIN: Chain = Chain::Wide;
    const PANELS: usize = 2;
    const OUTPUTS_IN_REGISTERS: bool = true;

    #[inline(always)]
    unsafe fn weights(from: *const u8) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_loadu_si512(from.cast()) }
    }
    #[inline(always)]
    unsafe fn prefetch(from: *const u8) {
        // SAFETY: see above.
        unsafe { Avx2::prefetch(from) }
    }
    #[inline(always)]
    unsafe fn code(from: *const u8) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_set1_epi32(from.cast::<i32>().read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn start(_: *const i16) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_setzero_si512() }
    }
    #[inline(always)]
    unsafe fn add(products: __m512i, weights: __m512i, code: __m512i) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_dpbusd_epi32(products, code, weights) }
    }
    #[inline(always)]
    unsafe fn widen(products: __m512i) -> __m512i {
        products
    }
}

crate::kernels::operations!(Vnni, attention tiles of 2, "avx2,f16c,avx512f,avx512vnni,avx512vl");
