//! Sixteen lanes in one 512-bit register.

use std::arch::x86_64::*;

use half::f16;

use crate::kernels::lanes::Lanes;

// SAFETY of all the blocks below: the trait asks the caller for the instruction set and for good pointers.
impl Lanes for __m512 {
    type Int = __m512i;
    type Eight = __m256;
    const COUNT: usize = 16;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn load_half(from: *const f16) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(from.cast())) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: see above.
        unsafe { _mm512_storeu_ps(to, self) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_add_ps(self, other) }
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_sub_ps(self, other) }
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_mul_ps(self, other) }
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_div_ps(self, other) }
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_min_ps(self, other) }
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_max_ps(self, other) }
    }
    #[inline(always)]
    unsafe fn abs(self) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_abs_ps(self) }
    }
    #[inline(always)]
    unsafe fn bits(self) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_castps_si512(self) }
    }
    #[inline(always)]
    unsafe fn eight(self, part: usize) -> __m256 {
        // SAFETY: see above.
        unsafe {
            let half = match part {
                0 => _mm512_castpd512_pd256(_mm512_castps_pd(self)),
                _ => _mm512_extractf64x4_pd::<1>(_mm512_castps_pd(self)),
            };
            _mm256_castpd_ps(half)
        }
    }
    #[inline(always)]
    unsafe fn smallest(self) -> f32 {
        // SAFETY: see above.
        unsafe { _mm512_reduce_min_ps(self) }
    }
    #[inline(always)]
    unsafe fn largest(self) -> f32 {
        // SAFETY: see above.
        unsafe { _mm512_reduce_max_ps(self) }
    }
    #[inline(always)]
    unsafe fn int(value: i32) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_set1_epi32(value) }
    }
    #[inline(always)]
    unsafe fn int_load(from: *const i32) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_loadu_si512(from.cast()) }
    }
    #[inline(always)]
    unsafe fn int_load_low(from: *const i16) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.cast())) }
    }
    #[inline(always)]
    unsafe fn int_store(value: __m512i, to: *mut i32) {
        // SAFETY: see above.
        unsafe { _mm512_storeu_si512(to.cast(), value) }
    }
    #[inline(always)]
    unsafe fn int_add(a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_add_epi32(a, b) }
    }
    #[inline(always)]
    unsafe fn int_sub(a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_sub_epi32(a, b) }
    }
    #[inline(always)]
    unsafe fn int_pair(low: __m512i, high: __m512i) -> __m512i {
        // SAFETY: see above.
        unsafe {
            _mm512_or_si512(
                _mm512_and_si512(low, _mm512_set1_epi32(0xffff)),
                _mm512_slli_epi32::<16>(high),
            )
        }
    }
    #[inline(always)]
    unsafe fn times_power_of_two(self, exponent: __m512i) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_castsi512_ps(_mm512_add_epi32(self.bits(), _mm512_slli_epi32::<23>(exponent))) }
    }
    #[inline(always)]
    unsafe fn to_float(value: __m512i) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_cvtepi32_ps(value) }
    }
    #[inline(always)]
    unsafe fn store_i16(value: __m512i, to: *mut i16) {
        // SAFETY: see above.
        unsafe { _mm256_storeu_si256(to.cast(), _mm512_cvtepi32_epi16(value)) }
    }
    #[inline(always)]
    unsafe fn store_u8(values: &[__m512i], to: *mut u8) {
        // SAFETY: see above.
        unsafe {
            for (place, value) in values.iter().enumerate() {
                _mm_storeu_si128(to.add(16 * place).cast(), _mm512_cvtepi32_epi8(*value));
            }
        }
    }
    #[inline(always)]
    unsafe fn dot_i16(sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_dpwssd_epi32(sum, a, b) }
    }
}
