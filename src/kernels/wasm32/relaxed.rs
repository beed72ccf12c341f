//! `relaxed-simd`: bytes are multiplied as they are.
//!
//! Its dot product is free to treat a code above 127 as signed or not, and to wrap or saturate a sum beyond 16 bits. Codes
//! are at most 127 and two products at most 2 * 127 * 128, so there is nothing to choose: all machines agree. A block's
//! sums stay in 16 bits.

use std::arch::wasm32::*;

use super::lanes::Pair;
use crate::kernels::gemm::{Chain, Quads, Tile};
use crate::kernels::lanes::Lanes;

pub(in crate::kernels) struct Relaxed;

// SAFETY of the pointers below: the trait asks the caller for it. The module is only compiled with relaxed-simd.
impl Tile for Relaxed {
    type Floats = Pair;
    type Weights = Pair;
    type Code = v128;
    type Products = Pair;
    const QUADS: Quads = Quads::Whole;
    const CHAIN: Chain = Chain::Narrow;
    const PANELS: usize = 1;
    const OUTPUTS_IN_REGISTERS: bool = false;
    const GROUPS: usize = 4;

    #[inline(always)]
    unsafe fn weights(from: *const u8) -> Pair {
        // SAFETY: the caller's pointer is good for 32 bytes.
        unsafe { Pair::int_load(from.cast()) }
    }
    #[inline(always)]
    unsafe fn code(from: *const u8) -> v128 {
        // SAFETY: the caller's pointer is good for 4 bytes.
        unsafe { v128_load32_splat(from.cast()) }
    }
    #[inline(always)]
    unsafe fn start(middles: *const i16) -> Pair {
        // SAFETY: the caller's pointer is good for 32 bytes.
        unsafe { Pair::int_load(middles.cast()) }
    }
    #[inline(always)]
    unsafe fn add(products: Pair, weights: Pair, code: v128) -> Pair {
        let add = |products, weights| i16x8_add(products, i16x8_relaxed_dot_i8x16_i7x16(weights, code));
        Pair(add(products.0, weights.0), add(products.1, weights.1))
    }
    #[inline(always)]
    unsafe fn widen(products: Pair) -> Pair {
        let ones = i16x8_splat(1);
        Pair(i32x4_dot_i16x8(products.0, ones), i32x4_dot_i16x8(products.1, ones))
    }
}

crate::kernels::operations!(Relaxed, attention tiles of 1);
