//! `relaxed-simd` where four products of bytes and their sum are one instruction of the machine: AVX-VNNI, and ARM's
//! `sdot`. Elsewhere engines put the same instruction together from several, and [`super::relaxed`] is faster.
//!
//! The sums are of 32 bits, and codes are at most 127, so all machines agree.

use std::arch::wasm32::*;
use std::hint::black_box;

use super::lanes::Pair;
use super::relaxed::Relaxed;
use crate::kernels::gemm::{Chain, Quads, Tile};
use crate::kernels::lanes::Lanes;

pub(in crate::kernels) struct RelaxedDot;

/// Whether this machine has such an instruction.
///
/// WebAssembly has no way to ask, but what the dot product makes of codes above 127 tells. Without AVX-VNNI, x86-64
/// takes the codes for unsigned and caps the sums of two products at 32,767; AVX-VNNI caps nothing; ARM takes the codes
/// for signed.
pub(in crate::kernels) fn is_one_instruction() -> bool {
    // Hidden from the compiler, which might have an answer of its own.
    let (weights, codes) = (black_box(i8x16_splat(127)), black_box(u8x16_splat(255)));
    let sums = i32x4_relaxed_dot_i8x16_i7x16_add(weights, codes, i32x4_splat(0));
    i32x4_extract_lane::<0>(sums) != 2 * 32_767
}

// SAFETY of the pointers below: the trait asks the caller for it. The module is only compiled with relaxed-simd.
impl Tile for RelaxedDot {
    type Floats = Pair;
    type Weights = Pair;
    type Code = v128;
    type Products = Pair;
    const QUADS: Quads = Quads::Whole;
    const CHAIN: Chain = Chain::Wide;
    const PANELS: usize = 1;
    const OUTPUTS_IN_REGISTERS: bool = false;
    const GROUPS: usize = 4;

    #[inline(always)]
    unsafe fn weights(from: *const u8) -> Pair {
        // SAFETY: as for the caller.
        unsafe { Relaxed::weights(from) }
    }
    #[inline(always)]
    unsafe fn code(from: *const u8) -> v128 {
        // SAFETY: as for the caller.
        unsafe { Relaxed::code(from) }
    }
    #[inline(always)]
    unsafe fn start(_: *const i16) -> Pair {
        // SAFETY: simd128 is there.
        unsafe { Pair::int(0) }
    }
    #[inline(always)]
    unsafe fn add(products: Pair, weights: Pair, code: v128) -> Pair {
        Pair(
            i32x4_relaxed_dot_i8x16_i7x16_add(weights.0, code, products.0),
            i32x4_relaxed_dot_i8x16_i7x16_add(weights.1, code, products.1),
        )
    }
    #[inline(always)]
    unsafe fn widen(products: Pair) -> Pair {
        products
    }
}

crate::kernels::operations!(RelaxedDot, attention tiles of 1);
