//! WebAssembly: what a build may use is settled when it is compiled.

mod lanes;
#[cfg(target_feature = "relaxed-simd")]
pub(super) mod relaxed;
#[cfg(target_feature = "relaxed-simd")]
pub(super) mod relaxed_dot;
pub(super) mod simd128;
