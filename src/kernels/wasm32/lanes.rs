//! Eight lanes in two 128-bit registers.

use std::arch::wasm32::*;
use std::hint::black_box;

use half::f16;

use crate::kernels::lanes::{Eight, Lanes};

/// Lanes 0 to 3 and 4 to 7.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Pair(pub(super) v128, pub(super) v128);

/// The last four lanes folded to one: pairs, then the last two.
#[inline(always)]
fn fold(four: v128, f: impl Fn(f32, f32) -> f32) -> f32 {
    f(
        f(f32x4_extract_lane::<0>(four), f32x4_extract_lane::<2>(four)),
        f(f32x4_extract_lane::<1>(four), f32x4_extract_lane::<3>(four)),
    )
}

// SAFETY of the pointers below: the trait asks the caller for it. The module is only compiled with simd128.
impl Lanes for Pair {
    type Int = Self;
    type Eight = Self;
    const COUNT: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self(f32x4_splat(value), f32x4_splat(value))
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's pointer is good for 8 floats.
        unsafe { Self(v128_load(from.cast()), v128_load(from.add(4).cast())) }
    }
    #[inline(always)]
    unsafe fn load_half(from: *const f16) -> Self {
        // SAFETY: the caller's pointer is good for 16 bytes.
        let halves = unsafe { Self::int_load_low(from.cast()) };
        // Exponent and fraction where a float has them; what is left of the exponents' offsets is a factor, also for the
        // smallest, which have no leading one.
        let offset = f32x4_splat(f32::from_bits((127 + 112) << 23));
        let float = |half| f32x4_mul(i32x4_shl(half, 13), offset);
        Self(float(halves.0), float(halves.1))
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's pointer is good for 8 floats.
        unsafe {
            v128_store(to.cast(), self.0);
            v128_store(to.add(4).cast(), self.1);
        }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(f32x4_add(self.0, other.0), f32x4_add(self.1, other.1))
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Self(f32x4_sub(self.0, other.0), f32x4_sub(self.1, other.1))
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0), f32x4_mul(self.1, other.1))
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        Self(f32x4_div(self.0, other.0), f32x4_div(self.1, other.1))
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        // pmin(a, b) is `if b < a { b } else { a }`.
        Self(f32x4_pmin(other.0, self.0), f32x4_pmin(other.1, self.1))
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // pmax(a, b) is `if a < b { b } else { a }`.
        Self(f32x4_pmax(other.0, self.0), f32x4_pmax(other.1, self.1))
    }
    #[inline(always)]
    unsafe fn abs(self) -> Self {
        Self(f32x4_abs(self.0), f32x4_abs(self.1))
    }
    #[inline(always)]
    unsafe fn bits(self) -> Self {
        self
    }
    #[inline(always)]
    unsafe fn eight(self, _: usize) -> Self {
        self
    }
    #[inline(always)]
    unsafe fn smallest(self) -> f32 {
        let four = f32x4_pmin(self.1, self.0);
        let two = f32x4_pmin(i32x4_shuffle::<2, 3, 2, 3>(four, four), four);
        let one = f32x4_pmin(i32x4_shuffle::<1, 1, 1, 1>(two, two), two);
        f32x4_extract_lane::<0>(one)
    }
    #[inline(always)]
    unsafe fn largest(self) -> f32 {
        let four = f32x4_pmax(self.1, self.0);
        let two = f32x4_pmax(i32x4_shuffle::<2, 3, 2, 3>(four, four), four);
        let one = f32x4_pmax(i32x4_shuffle::<1, 1, 1, 1>(two, two), two);
        f32x4_extract_lane::<0>(one)
    }

    #[inline(always)]
    unsafe fn int(value: i32) -> Self {
        Self(i32x4_splat(value), i32x4_splat(value))
    }
    #[inline(always)]
    unsafe fn int_load(from: *const i32) -> Self {
        // SAFETY: the caller's pointer is good for 8 integers.
        unsafe { Self::load(from.cast()) }
    }
    #[inline(always)]
    unsafe fn int_load_low(from: *const i16) -> Self {
        // SAFETY: the caller's pointer is good for 16 bytes.
        unsafe {
            Self(
                i32x4_load_extend_u16x4(from.cast()),
                i32x4_load_extend_u16x4(from.add(4).cast()),
            )
        }
    }
    #[inline(always)]
    unsafe fn int_store(value: Self, to: *mut i32) {
        // SAFETY: the caller's pointer is good for 8 integers.
        unsafe { value.store(to.cast()) }
    }
    #[inline(always)]
    unsafe fn int_add(a: Self, b: Self) -> Self {
        Self(i32x4_add(a.0, b.0), i32x4_add(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn int_sub(a: Self, b: Self) -> Self {
        Self(i32x4_sub(a.0, b.0), i32x4_sub(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn int_pair(low: Self, high: Self) -> Self {
        let half = i32x4_splat(0xffff);
        let pair = |low, high| v128_or(v128_and(low, half), i32x4_shl(high, 16));
        Self(pair(low.0, high.0), pair(low.1, high.1))
    }
    #[inline(always)]
    unsafe fn times_power_of_two(self, exponent: Self) -> Self {
        let times = |value, exponent| i32x4_add(value, i32x4_shl(exponent, 23));
        Self(times(self.0, exponent.0), times(self.1, exponent.1))
    }
    #[inline(always)]
    unsafe fn to_float(value: Self) -> Self {
        Self(f32x4_convert_i32x4(value.0), f32x4_convert_i32x4(value.1))
    }
    #[inline(always)]
    unsafe fn store_i16(value: Self, to: *mut i16) {
        // SAFETY: the caller's pointer is good for 16 bytes.
        unsafe { v128_store(to.cast(), i16x8_narrow_i32x4(value.0, value.1)) }
    }
    #[inline(always)]
    unsafe fn store_u8(values: &[Self], to: *mut u8) {
        let &[a, b, c, d] = values else {
            unreachable!("32 bytes are four vectors")
        };
        // Two narrowings in a row are no longer two instructions once the compiler has seen through them.
        let [a, b, c, d] = [a, b, c, d].map(|value| black_box(i16x8_narrow_i32x4(value.0, value.1)));
        // SAFETY: the caller's pointer is good for 32 bytes.
        unsafe {
            v128_store(to.cast(), i8x16_narrow_i16x8(a, b));
            v128_store(to.add(16).cast(), i8x16_narrow_i16x8(c, d));
        }
    }
    #[inline(always)]
    unsafe fn dot_i16(sum: Self, a: Self, b: Self) -> Self {
        Self(
            i32x4_add(sum.0, i32x4_dot_i16x8(a.0, b.0)),
            i32x4_add(sum.1, i32x4_dot_i16x8(a.1, b.1)),
        )
    }
}

// SAFETY of the pointers below: see above.
impl Eight for Pair {
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        fold(f32x4_add(self.0, self.1), |a, b| a + b)
    }
}
