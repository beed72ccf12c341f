//! `relaxed-simd`: bytes are multiplied as they are.
//!
//! Its dot product is free to treat a code above 127 as signed or not, and to wrap or saturate a sum beyond 16 bits. Codes
//! are at most 127 and two products at most 2 * 127 * 128, so there is nothing to choose: all machines agree.

use std::arch::wasm32::*;

use super::lanes::Pair;
use crate::kernels::gemm::{Quads, Tile};
use crate::kernels::lanes::Lanes;

pub(in crate::kernels) struct Relaxed;

// SAFETY of the pointers below: the trait asks the caller for it. The module is only compiled with relaxed-simd.
impl Tile for Relaxed {
    type Floats = Pair;
    type Weights = Pair;
    type Code = v128;
    type Start = Pair;
    const QUADS: Quads = Quads::Whole;
    const PANELS: usize = 1;

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
    unsafe fn start(sums: *const u8) -> Pair {
        // SAFETY: the caller's pointer is good for 16 bytes.
        unsafe { Pair::load_u16(sums) }
    }
    #[inline(always)]
    unsafe fn begin(start: Pair, zero: i32) -> Pair {
        let zero = i32x4_splat(zero);
        Pair(i32x4_dot_i16x8(start.0, zero), i32x4_dot_i16x8(start.1, zero))
    }
    #[inline(always)]
    unsafe fn dot(sum: Pair, weights: Pair, code: v128) -> Pair {
        // In two steps: in one (relaxed_dot_..._add) engines make the vector of ones anew each time.
        let ones = i16x8_splat(1);
        let dot = |sum, weights| {
            let pairs = i16x8_relaxed_dot_i8x16_i7x16(weights, code);
            i32x4_add(sum, i32x4_dot_i16x8(pairs, ones))
        };
        Pair(dot(sum.0, weights.0), dot(sum.1, weights.1))
    }
}

crate::kernels::operations!(Relaxed, Pair, attention tiles of 1);
