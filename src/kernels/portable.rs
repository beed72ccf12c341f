//! Lanes in plain Rust: for machines without an implementation of their own, and what the others are tested against.

use half::f16;

use super::gemm::{Chain, Quads, Tile};
use super::lanes::{Eight, Lanes};

/// Eight floats.
pub(super) type Floats = [f32; 8];

#[inline(always)]
fn map<T: Copy, U>(a: [T; 8], b: [T; 8], f: impl Fn(T, T) -> U) -> [U; 8] {
    std::array::from_fn(|lane| f(a[lane], b[lane]))
}

#[inline(always)]
fn low(pair: i32) -> i32 {
    i32::from(pair as i16)
}

/// Halves, then pairs, then the last two.
#[inline(always)]
fn fold(lanes: Floats, f: impl Fn(f32, f32) -> f32) -> f32 {
    let four: [f32; 4] = std::array::from_fn(|lane| f(lanes[lane], lanes[lane + 4]));
    f(f(four[0], four[2]), f(four[1], four[3]))
}

fn less(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

fn more(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

// SAFETY of the pointers below: the trait asks the caller for it. Plain Rust needs no instruction set.
impl Lanes for Floats {
    type Int = [i32; 8];
    type Eight = Self;
    const COUNT: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        [value; 8]
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's pointer is good for 8 floats.
        unsafe { from.cast::<Self>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn load_half(from: *const f16) -> Self {
        // SAFETY: the caller's pointer is good for 8 half-precision floats.
        unsafe { from.cast::<[f16; 8]>().read_unaligned().map(f16::to_f32_const) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's pointer is good for 8 floats.
        unsafe { to.cast::<Self>().write_unaligned(self) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        map(self, other, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        map(self, other, |a, b| a - b)
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        map(self, other, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        map(self, other, |a, b| a / b)
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        map(self, other, less)
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        map(self, other, more)
    }
    #[inline(always)]
    unsafe fn abs(self) -> Self {
        self.map(f32::abs)
    }
    #[inline(always)]
    unsafe fn bits(self) -> Self::Int {
        self.map(|lane| lane.to_bits() as i32)
    }
    #[inline(always)]
    unsafe fn eight(self, _: usize) -> Self {
        self
    }
    #[inline(always)]
    unsafe fn smallest(self) -> f32 {
        fold(self, less)
    }
    #[inline(always)]
    unsafe fn largest(self) -> f32 {
        fold(self, more)
    }

    #[inline(always)]
    unsafe fn int(value: i32) -> Self::Int {
        [value; 8]
    }
    #[inline(always)]
    unsafe fn int_load(from: *const i32) -> Self::Int {
        // SAFETY: the caller's pointer is good for 8 integers.
        unsafe { from.cast::<Self::Int>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn int_load_low(from: *const i16) -> Self::Int {
        // SAFETY: the caller's pointer is good for 16 bytes.
        unsafe { from.cast::<[u16; 8]>().read_unaligned().map(i32::from) }
    }
    #[inline(always)]
    unsafe fn int_store(value: Self::Int, to: *mut i32) {
        // SAFETY: the caller's pointer is good for 8 integers.
        unsafe { to.cast::<Self::Int>().write_unaligned(value) }
    }
    #[inline(always)]
    unsafe fn int_add(a: Self::Int, b: Self::Int) -> Self::Int {
        map(a, b, i32::wrapping_add)
    }
    #[inline(always)]
    unsafe fn int_sub(a: Self::Int, b: Self::Int) -> Self::Int {
        map(a, b, i32::wrapping_sub)
    }
    #[inline(always)]
    unsafe fn int_pair(low: Self::Int, high: Self::Int) -> Self::Int {
        map(low, high, |low, high| low & 0xffff | high << 16)
    }
    #[inline(always)]
    unsafe fn times_power_of_two(self, exponent: Self::Int) -> Self {
        std::array::from_fn(|lane| f32::from_bits(self[lane].to_bits().wrapping_add((exponent[lane] as u32) << 23)))
    }
    #[inline(always)]
    unsafe fn to_float(value: Self::Int) -> Self {
        value.map(|lane| lane as f32)
    }
    #[inline(always)]
    unsafe fn store_i16(value: Self::Int, to: *mut i16) {
        // SAFETY: the caller's pointer is good for 16 bytes.
        unsafe { to.cast::<[i16; 8]>().write_unaligned(value.map(|lane| lane as i16)) }
    }
    #[inline(always)]
    unsafe fn store_u8(values: &[Self::Int], to: *mut u8) {
        for (place, values) in values.iter().enumerate() {
            // SAFETY: the caller's pointer is good for 32 bytes.
            unsafe {
                to.cast::<[u8; 8]>()
                    .add(place)
                    .write_unaligned(values.map(|lane| lane as u8))
            }
        }
    }
    #[inline(always)]
    unsafe fn dot_i16(sum: Self::Int, a: Self::Int, b: Self::Int) -> Self::Int {
        std::array::from_fn(|lane| {
            let (a, b) = (a[lane], b[lane]);
            sum[lane]
                .wrapping_add(low(a) * low(b))
                .wrapping_add((a >> 16) * (b >> 16))
        })
    }
}

// SAFETY of the pointers below: see above.
impl Eight for Floats {
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        fold(self, |a, b| a + b)
    }
}

/// The matrix product in plain Rust.
pub(super) struct Portable;

impl Tile for Portable {
    type Floats = Floats;
    type Weights = [i8; 32];
    type Code = [u8; 4];
    type Products = [i32; 8];
    const QUADS: Quads = Quads::Whole;
    const CHAIN: Chain = Chain::Wide;
    const PANELS: usize = 1;
    const OUTPUTS_IN_REGISTERS: bool = false;

    #[inline(always)]
    unsafe fn weights(from: *const u8) -> Self::Weights {
        // SAFETY: the caller's pointer is good for 32 bytes.
        unsafe { from.cast::<[i8; 32]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn code(from: *const u8) -> Self::Code {
        // SAFETY: the caller's pointer is good for 4 bytes.
        unsafe { from.cast::<[u8; 4]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn start(_: *const i16) -> [i32; 8] {
        [0; 8]
    }
    #[inline(always)]
    unsafe fn add(products: [i32; 8], weights: Self::Weights, code: Self::Code) -> [i32; 8] {
        std::array::from_fn(|lane| {
            let weights: [i8; 4] = std::array::from_fn(|k| weights[lane * 4 + k]);
            products[lane]
                + (i32::from(weights[0]) * i32::from(code[0]) + i32::from(weights[1]) * i32::from(code[1]))
                + (i32::from(weights[2]) * i32::from(code[2]) + i32::from(weights[3]) * i32::from(code[3]))
        })
    }
    #[inline(always)]
    unsafe fn widen(products: [i32; 8]) -> [i32; 8] {
        products
    }
}
