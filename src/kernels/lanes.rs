//! The vector type that every kernel is written in: eight or sixteen 32-bit lanes.
//!
//! Eight are one AVX2 register, two of wasm's, or a plain array; sixteen one AVX-512 register. With the same order of
//! operations and no fused multiply-add, every implementation computes the same bits. What is summed up across lanes is
//! summed up in [`Eight`], whatever the vector.

use half::f16;

/// 1.5 * 2^23: adding it to a small float leaves the nearest integer in the low bits of the sum.
pub(super) const ROUND: f32 = 12_582_912.0;

/// Lanes of `f32`, with their counterpart of `i32`.
///
/// Rounding is to nearest, ties to even. No operation is undefined for any lane's value, NaN included.
///
/// # Safety
/// Every function may only be called where the instruction set of the implementing type is there; pointers must be
/// good for the bytes that a function says it reads or writes. They need no alignment.
pub(super) trait Lanes: Copy {
    /// As many lanes of `i32`.
    type Int: Copy;
    /// Eight of the lanes.
    type Eight: Eight;
    /// How many lanes there are, 8 or 16.
    const COUNT: usize;

    /// `value` in every lane.
    unsafe fn splat(value: f32) -> Self;
    /// Reads a vector of floats.
    unsafe fn load(from: *const f32) -> Self;
    /// Reads a vector of half-precision floats, none of them negative, infinite or no number.
    unsafe fn load_half(from: *const f16) -> Self;
    /// Writes a vector of floats.
    unsafe fn store(self, to: *mut f32);
    /// Sum.
    unsafe fn add(self, other: Self) -> Self;
    /// Difference.
    unsafe fn sub(self, other: Self) -> Self;
    /// Product.
    unsafe fn mul(self, other: Self) -> Self;
    /// Quotient.
    unsafe fn div(self, other: Self) -> Self;
    /// `if self < other { self } else { other }`: `other` where either is NaN.
    unsafe fn min(self, other: Self) -> Self;
    /// `if self > other { self } else { other }`: `other` where either is NaN.
    unsafe fn max(self, other: Self) -> Self;
    /// Clears the signs.
    unsafe fn abs(self) -> Self;
    /// The lanes' bits.
    unsafe fn bits(self) -> Self::Int;
    /// Lanes `8 * part` and on.
    unsafe fn eight(self, part: usize) -> Self::Eight;
    /// The smallest lane, if none is NaN.
    unsafe fn smallest(self) -> f32;
    /// The largest lane, if none is NaN.
    unsafe fn largest(self) -> f32;

    /// `value` in every lane.
    unsafe fn int(value: i32) -> Self::Int;
    /// Reads a vector of integers.
    unsafe fn int_load(from: *const i32) -> Self::Int;
    /// Reads a vector of 16-bit integers to the low halves of the lanes; the high ones are 0.
    unsafe fn int_load_low(from: *const i16) -> Self::Int;
    /// Writes a vector of integers.
    unsafe fn int_store(value: Self::Int, to: *mut i32);
    /// Wrapping sum.
    unsafe fn int_add(a: Self::Int, b: Self::Int) -> Self::Int;
    /// Wrapping difference.
    unsafe fn int_sub(a: Self::Int, b: Self::Int) -> Self::Int;
    /// `low & 0xffff | high << 16`: pairs of 16-bit integers, lane by lane.
    unsafe fn int_pair(low: Self::Int, high: Self::Int) -> Self::Int;
    /// `self * 2^n` for the integers `n` in the low 9 bits of `exponent`, where neither is zero or too small for an
    /// exponent of its own.
    unsafe fn times_power_of_two(self, exponent: Self::Int) -> Self;
    /// To floats, rounded.
    unsafe fn to_float(value: Self::Int) -> Self;
    /// Writes a vector as 16-bit integers, each lane in the range of `i16`.
    unsafe fn store_i16(value: Self::Int, to: *mut i16);
    /// Writes 32 bytes, in as many vectors as hold them, each lane in 0..=127.
    unsafe fn store_u8(values: &[Self::Int], to: *mut u8);
    /// `sum + a.low * b.low + a.high * b.high` lane by lane, of the 16-bit halves of `a` and `b`, signed.
    unsafe fn dot_i16(sum: Self::Int, a: Self::Int, b: Self::Int) -> Self::Int;

    /// To the nearest integers; the lanes must be within ±2^22.
    #[inline(always)]
    unsafe fn round(self) -> Self::Int {
        // SAFETY: the caller has the instruction set.
        unsafe { Self::int_sub(self.add(Self::splat(ROUND)).bits(), Self::int(ROUND.to_bits() as i32)) }
    }
}

/// Eight lanes.
///
/// # Safety
/// As for [`Lanes`].
pub(super) trait Eight: Lanes {
    /// The sum of the lanes: halves, then pairs, then the last two.
    unsafe fn sum(self) -> f32;
}
