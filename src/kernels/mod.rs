//! The inner loops of the packed encoder.
//!
//! Every operation is written once, over vectors of lanes ([`lanes`]), and instantiated for each instruction set in a thin
//! file of its own: plain Rust (`portable.rs`), WebAssembly `simd128` and `relaxed-simd`, x86-64 AVX2 and AVX-512 VNNI.
//! All compute the same bits: products are summed up exactly in integers, floating-point operations come in one order
//! and are never fused. So an index made natively serves the browser, whichever build the browser loads.
//!
//! | operation | work |
//! |---|---|
//! | [`Isa::quantize`] | floats to 7-bit codes, by row and block of 32, after GELU if wanted |
//! | [`Isa::linear`] | codes times packed weights, plus bias, plus residual |
//! | [`Isa::layer_norm`] | LayerNorm in place |
//! | [`Isa::attention`] | scores, softmax and context of one sequence |

// Register tiles are indexed by row and panel, as on paper.
#![allow(clippy::needless_range_loop)]

use half::f16;

mod activations;
mod attention;
mod gemm;
mod lanes;
mod math;
mod norm;
mod portable;
mod weights;

#[cfg(test)]
mod tests;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm32;
#[cfg(target_arch = "x86_64")]
mod x86_64;

pub use activations::{Activations, Before};
pub use attention::{AttentionScratch, Heads, LONGEST, WIDEST};
pub use gemm::{Output, Target};
pub use norm::LayerNorm;
pub use weights::{BLOCK, HEAVIEST_LANE, Panels, Sums, heaviest_lane};

/// The operations for one instruction set: instantiations of the generic functions, compiled with its features.
macro_rules! operations {
    ($tile:ty, attention tiles of $vectors:literal $(, $features:literal)?) => {
        type Floats = <$tile as $crate::kernels::gemm::Tile>::Floats;
        type Eight = <Floats as $crate::kernels::lanes::Lanes>::Eight;

        /// How weights are stored for this instruction set.
        pub(in crate::kernels) fn storage() -> $crate::kernels::gemm::Storage {
            $crate::kernels::gemm::Storage::of::<$tile>()
        }

        /// # Safety
        /// The instruction set must be there.
        $(#[target_feature(enable = $features)])?
        pub(in crate::kernels) unsafe fn quantize(
            values: &[f32],
            before: $crate::kernels::Before,
            to: &mut $crate::kernels::Activations,
        ) {
            // SAFETY: the caller has the instruction set.
            unsafe { $crate::kernels::activations::quantize::<$tile>(values, before, to) }
        }

        /// # Safety
        /// The instruction set must be there.
        $(#[target_feature(enable = $features)])?
        pub(in crate::kernels) unsafe fn linear(
            rows: &$crate::kernels::Activations,
            weights: &$crate::kernels::Panels<'_>,
            target: $crate::kernels::Target<'_>,
        ) {
            // SAFETY: the caller has the instruction set.
            unsafe { $crate::kernels::gemm::linear::<$tile>(rows, weights, target) }
        }

        /// # Safety
        /// The instruction set must be there.
        $(#[target_feature(enable = $features)])?
        pub(in crate::kernels) unsafe fn layer_norm(values: &mut [f32], norm: &$crate::kernels::LayerNorm) {
            // SAFETY: the caller has the instruction set.
            unsafe { $crate::kernels::norm::layer_norm::<Eight>(values, norm) }
        }

        /// # Safety
        /// The instruction set must be there.
        $(#[target_feature(enable = $features)])?
        pub(in crate::kernels) unsafe fn attention(
            projected: &[f32],
            heads: $crate::kernels::Heads,
            context: &mut [f32],
            scratch: &mut $crate::kernels::AttentionScratch,
        ) {
            // SAFETY: the caller has the instruction set.
            unsafe {
                $crate::kernels::attention::attention::<Floats, $vectors>(projected, heads, context, scratch)
            }
        }
    };
}
use operations;

/// The operations in plain Rust.
mod plain {
    super::operations!(super::portable::Portable, attention tiles of 1);
}

/// An instruction set that this machine has: there is no way to name one that it lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isa(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Portable,
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128,
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    Relaxed,
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    RelaxedDot,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Vnni,
}

/// An item of the instruction set at hand.
macro_rules! dispatch {
    ($isa:expr, $item:ident($($argument:expr),*)) => {
        match $isa.0 {
            Kind::Portable => plain::$item($($argument),*),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Kind::Simd128 => wasm32::simd128::$item($($argument),*),
            #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
            Kind::Relaxed => wasm32::relaxed::$item($($argument),*),
            #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
            Kind::RelaxedDot => wasm32::relaxed_dot::$item($($argument),*),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => x86_64::avx2::$item($($argument),*),
            #[cfg(target_arch = "x86_64")]
            Kind::Vnni => x86_64::vnni::$item($($argument),*),
        }
    };
}

impl Isa {
    /// The fastest instruction set of this machine or, in WebAssembly, of this build.
    pub fn best() -> Self {
        *Self::available().last().expect("plain Rust is always there")
    }

    /// Every instruction set that can be used here, the slowest first.
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut)]
        let mut found = vec![Self(Kind::Portable)];
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        found.push(Self(Kind::Simd128));
        #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
        {
            found.push(Self(Kind::Relaxed));
            if wasm32::relaxed_dot::is_one_instruction() {
                found.push(Self(Kind::RelaxedDot));
            }
        }
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("f16c") {
                found.push(Self(Kind::Avx2));
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vnni")
                    && is_x86_feature_detected!("avx512vl")
                {
                    found.push(Self(Kind::Vnni));
                }
            }
        }
        found
    }

    /// A name for people: "portable", "simd128", "relaxed-simd", "relaxed-simd-dot", "avx2" or
    /// "avx512-vnni".
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Kind::Simd128 => "simd128",
            #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
            Kind::Relaxed => "relaxed-simd",
            #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
            Kind::RelaxedDot => "relaxed-simd-dot",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Kind::Vnni => "avx512-vnni",
        }
    }

    /// Brings `outputs x inputs` signed bytes, row-major, into this instruction set's panels where they lie.
    ///
    /// # Panics
    /// When `inputs` or the number of rows is no multiple of [`BLOCK`], or a block has a lane beyond [`HEAVIEST_LANE`].
    pub fn pack_codes(self, codes: &mut [u8], inputs: usize) -> Sums {
        weights::pack_codes(codes, inputs, dispatch!(self, storage()))
    }

    /// The scales of such weights, from row-major order in the order of the panels.
    ///
    /// # Panics
    /// When `inputs` or the number of rows is no multiple of [`BLOCK`].
    pub fn pack_scales(self, scales: &[u8], inputs: usize) -> Vec<f16> {
        weights::pack_scales(scales, inputs, dispatch!(self, storage()))
    }

    /// Quantises rows of floats: all of `to`'s rows, row-major.
    ///
    /// # Panics
    /// When `values` is not `to`'s size.
    pub fn quantize(self, values: &[f32], before: Before, to: &mut Activations) {
        // SAFETY: an `Isa` only comes from `available`, which lists what the machine has.
        unsafe { dispatch!(self, quantize(values, before, to)) };
    }

    /// Multiplies all of `rows` with weights that this instruction set packed.
    ///
    /// # Panics
    /// When the sizes do not fit together.
    pub fn linear(self, rows: &Activations, weights: &Panels<'_>, target: Target<'_>) {
        // SAFETY: an `Isa` only comes from `available`, which lists what the machine has.
        unsafe { dispatch!(self, linear(rows, weights, target)) };
    }

    /// Normalises every row of `values` in place.
    ///
    /// # Panics
    /// When `values` is no whole number of rows, or a row no whole number of vectors of 8.
    pub fn layer_norm(self, values: &mut [f32], norm: &LayerNorm) {
        // SAFETY: an `Isa` only comes from `available`, which lists what the machine has.
        unsafe { dispatch!(self, layer_norm(values, norm)) };
    }

    /// Attention of one sequence. `projected` is `tokens x 3 * count * width`: a token's queries, keys and values, each
    /// head by head; `context` becomes `tokens x count * width`.
    ///
    /// # Panics
    /// When the sizes do not fit together, or are beyond [`LONGEST`] and [`WIDEST`].
    pub fn attention(self, projected: &[f32], heads: Heads, context: &mut [f32], scratch: &mut AttentionScratch) {
        // SAFETY: an `Isa` only comes from `available`, which lists what the machine has.
        unsafe { dispatch!(self, attention(projected, heads, context, scratch)) };
    }
}
