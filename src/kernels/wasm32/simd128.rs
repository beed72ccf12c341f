//! `simd128`, which every browser has: bytes are widened and multiplied as 16-bit integers.

use std::arch::wasm32::*;

use super::lanes::Pair;
use crate::kernels::gemm::{Chain, Quads, Tile};
use crate::kernels::lanes::Lanes;

pub(in crate::kernels) struct Simd128;

// SAFETY of the pointers below: the trait asks the caller for it. The module is only compiled with simd128.
impl Tile for Simd128 {
    type Floats = Pair;
    /// The first two inputs of outputs 0 to 3 and 4 to 7, then the other two.
    type Weights = [v128; 4];
    /// The first two codes in every lane, then the other two.
    type Code = [v128; 2];
    type Products = Pair;
    const QUADS: Quads = Quads::Halved;
    const CHAIN: Chain = Chain::Wide;
    const PANELS: usize = 1;
    const OUTPUTS_IN_REGISTERS: bool = false;
    const GROUPS: usize = 4;

    #[inline(always)]
    unsafe fn weights(from: *const u8) -> Self::Weights {
        let from = from.cast::<i8>();
        // SAFETY: the caller's pointer is good for 32 bytes.
        unsafe {
            [
                i16x8_load_extend_i8x8(from),
                i16x8_load_extend_i8x8(from.add(8)),
                i16x8_load_extend_i8x8(from.add(16)),
                i16x8_load_extend_i8x8(from.add(24)),
            ]
        }
    }
    #[inline(always)]
    unsafe fn code(from: *const u8) -> Self::Code {
        // SAFETY: the caller's pointer is good for 8 bytes.
        unsafe { [v128_load32_splat(from.cast()), v128_load32_splat(from.add(4).cast())] }
    }
    #[inline(always)]
    unsafe fn start(_: *const i16) -> Pair {
        // SAFETY: simd128 is there.
        unsafe { Pair::int(0) }
    }
    #[inline(always)]
    unsafe fn add(products: Pair, weights: Self::Weights, code: Self::Code) -> Pair {
        let dot = |sum, weights, code| i32x4_add(sum, i32x4_dot_i16x8(weights, code));
        Pair(
            dot(dot(products.0, weights[0], code[0]), weights[2], code[1]),
            dot(dot(products.1, weights[1], code[0]), weights[3], code[1]),
        )
    }
    #[inline(always)]
    unsafe fn widen(products: Pair) -> Pair {
        products
    }
}

crate::kernels::operations!(Simd128, attention tiles of 1);
