//! Eight lanes in one 256-bit register.

use std::arch::x86_64::*;

use half::f16;

use crate::kernels::lanes::{Eight, Lanes};

/// The halves of a register folded to one lane: halves, then pairs, then the last two.
macro_rules! fold {
    ($value:expr, $four:ident, $one:ident) => {{
        let four = $four(_mm256_castps256_ps128($value), _mm256_extractf128_ps::<1>($value));
        let two = $four(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32($one(two, _mm_shuffle_ps::<1>(two, two)))
    }};
}

// SAFETY of all the blocks below: the trait asks the caller for the instruction set and for good pointers.
impl Lanes for __m256 {
    type Int = __m256i;
    type Eight = Self;
    const COUNT: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn load_half(from: *const f16) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_cvtph_ps(_mm_loadu_si128(from.cast())) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: see above.
        unsafe { _mm256_storeu_ps(to, self) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_add_ps(self, other) }
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_sub_ps(self, other) }
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_mul_ps(self, other) }
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_div_ps(self, other) }
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_min_ps(self, other) }
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_max_ps(self, other) }
    }
    #[inline(always)]
    unsafe fn abs(self) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_andnot_ps(_mm256_set1_ps(-0.0), self) }
    }
    #[inline(always)]
    unsafe fn bits(self) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_castps_si256(self) }
    }
    #[inline(always)]
    unsafe fn eight(self, _: usize) -> Self {
        self
    }
    #[inline(always)]
    unsafe fn smallest(self) -> f32 {
        // SAFETY: see above.
        unsafe { fold!(self, _mm_min_ps, _mm_min_ss) }
    }
    #[inline(always)]
    unsafe fn largest(self) -> f32 {
        // SAFETY: see above.
        unsafe { fold!(self, _mm_max_ps, _mm_max_ss) }
    }

    #[inline(always)]
    unsafe fn int(value: i32) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_set1_epi32(value) }
    }
    #[inline(always)]
    unsafe fn int_load(from: *const i32) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_loadu_si256(from.cast()) }
    }
    #[inline(always)]
    unsafe fn int_load_low(from: *const i16) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_cvtepu16_epi32(_mm_loadu_si128(from.cast())) }
    }
    #[inline(always)]
    unsafe fn int_store(value: __m256i, to: *mut i32) {
        // SAFETY: see above.
        unsafe { _mm256_storeu_si256(to.cast(), value) }
    }
    #[inline(always)]
    unsafe fn int_add(a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_add_epi32(a, b) }
    }
    #[inline(always)]
    unsafe fn int_sub(a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_sub_epi32(a, b) }
    }
    #[inline(always)]
    unsafe fn int_pair(low: __m256i, high: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_blend_epi16::<0b1010_1010>(low, _mm256_slli_epi32::<16>(high)) }
    }
    #[inline(always)]
    unsafe fn times_power_of_two(self, exponent: __m256i) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_castsi256_ps(_mm256_add_epi32(self.bits(), _mm256_slli_epi32::<23>(exponent))) }
    }
    #[inline(always)]
    unsafe fn to_float(value: __m256i) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_cvtepi32_ps(value) }
    }
    #[inline(always)]
    unsafe fn store_i16(value: __m256i, to: *mut i16) {
        // SAFETY: see above.
        unsafe {
            let (low, high) = (_mm256_castsi256_si128(value), _mm256_extracti128_si256::<1>(value));
            _mm_storeu_si128(to.cast(), _mm_packs_epi32(low, high));
        }
    }
    #[inline(always)]
    unsafe fn store_u8(values: &[__m256i], to: *mut u8) {
        let &[a, b, c, d] = values else {
            unreachable!("32 bytes are four vectors")
        };
        // SAFETY: see above.
        unsafe {
            // Packing works within each half of a register: the groups of four come out as a b c d, a b c d.
            let packed = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
            let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
            _mm256_storeu_si256(to.cast(), _mm256_permutevar8x32_epi32(packed, order));
        }
    }
    #[inline(always)]
    unsafe fn dot_i16(sum: __m256i, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_add_epi32(sum, _mm256_madd_epi16(a, b)) }
    }
}

// SAFETY of all the blocks below: see above.
impl Eight for __m256 {
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        // SAFETY: see above.
        unsafe { fold!(self, _mm_add_ps, _mm_add_ss) }
    }
}
