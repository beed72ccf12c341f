//! Activations as 7-bit integers.
//!
//! Every row is cut into blocks of [`BLOCK`], as the weights are. A block's codes are in 0..=127 with a scale and a
//! zero point of the block's own: `value = (code - zero) * scale`. 7 bits, because two products of a byte and a code
//! then always fit 16 bits, so no instruction saturates on any machine.

use super::gemm::{QUAD, Quads, ROWS, Tile};
use super::lanes::{Lanes, ROUND};
use super::math::Gelu;
use super::weights::BLOCK;

/// Highest code.
const HIGHEST: i32 = 127;
/// Highest code less one: rounding the zero point can add one.
const STEPS: f32 = 126.0;
/// Bound of the zero point: it and any code less it fit 16 bits.
const FARTHEST: f32 = 32_000.0;
/// Blocks whose steps are below this are taken for zeros: a step's reciprocal must be finite.
const SMALLEST: f32 = 1e-30;

/// What a block's codes mean.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub(super) struct BlockScale {
    /// The step between two codes.
    pub scale: f32,
    /// Minus the zero point.
    pub zero: i32,
}

/// Quantised rows: the left side of a matrix product.
///
/// Four rows lie together, quad by quad: the product takes as many at a time, and so finds them all from one pointer.
#[derive(Default)]
pub struct Activations {
    width: usize,
    rows: usize,
    /// Codes by group of [`ROWS`] rows, quad, row and place in the quad; of 1 byte or, where the instruction set multiplies
    /// 16-bit integers, of 2.
    codes: Vec<u8>,
    /// Scales by group, block and row.
    scales: Vec<BlockScale>,
}

impl Activations {
    /// Makes room for `rows` rows of `width`, a multiple of [`BLOCK`]; what was in them is lost.
    pub fn resize(&mut self, rows: usize, width: usize) {
        assert!(width > 0 && width.is_multiple_of(BLOCK));
        (self.rows, self.width) = (rows, width);
        let rows = rows.next_multiple_of(ROWS);
        // Two bytes a code: enough for every instruction set.
        let codes = 2 * rows * width;
        if self.codes.len() < codes {
            self.codes.resize(codes, 0);
        }
        let scales = rows * (width / BLOCK);
        if self.scales.len() < scales {
            self.scales.resize(scales, BlockScale { scale: 0.0, zero: 0 });
        }
    }

    /// How many rows there is room for.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Width of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The codes, of `bytes` bytes each, and the scales of the group that starts with row `row`.
    pub(super) fn group(&self, row: usize, bytes: usize) -> (*const u8, *const BlockScale) {
        assert!(row < self.rows && row.is_multiple_of(ROWS));
        (
            self.codes[row * self.width * bytes..][..ROWS * self.width * bytes].as_ptr(),
            self.scales[row * (self.width / BLOCK)..][..ROWS * (self.width / BLOCK)].as_ptr(),
        )
    }

    /// The scale of one block of one row, and the codes of its whole group, in which the row's quads are every fourth.
    fn block_mut(&mut self, row: usize, block: usize, bytes: usize) -> (&mut BlockScale, &mut [u8]) {
        assert!(row < self.rows && block < self.width / BLOCK);
        let (group, row) = (row / ROWS * ROWS, row % ROWS);
        let codes = (group * self.width + block * ROWS * BLOCK) * bytes;
        (
            &mut self.scales[group * (self.width / BLOCK) + block * ROWS + row],
            &mut self.codes[codes..][..ROWS * BLOCK * bytes],
        )
    }
}

/// What is done to values before they are quantised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Nothing.
    Nothing,
    /// GELU with the exact erf, as in BERT.
    Gelu,
}

/// Blocks that go through the steps together, few enough to stay in the first-level cache.
const TOGETHER: usize = 16;

/// Quantises `values`, `rows x width` of `activations`, row-major.
///
/// It is a long way from a block's values to their codes, and each step waits for the one before. So many blocks take
/// one step, then all the next: a third less time than block by block.
///
/// # Safety
/// The instruction set of `T` must be there.
#[inline(always)]
pub(super) unsafe fn quantize<T: Tile>(values: &[f32], before: Before, activations: &mut Activations) {
    let width = activations.width();
    assert_eq!(values.len(), activations.rows() * width);
    // SAFETY: the caller has the instruction set.
    let gelu = unsafe { Gelu::new() };
    let mut blocks = Blocks::default();
    for (row, values) in values.chunks_exact(width).enumerate() {
        for (place, values) in values.as_chunks::<BLOCK>().0.chunks(TOGETHER).enumerate() {
            // SAFETY: the caller has the instruction set.
            unsafe {
                match before {
                    Before::Nothing => blocks.measure::<T>(values, None),
                    Before::Gelu => blocks.measure::<T>(values, Some(&gelu)),
                }
                blocks.scale();
                blocks.encode::<T>(values.len(), (row, place * TOGETHER), activations);
            }
        }
    }
}

/// Blocks of one row on their way from values to codes.
#[derive(Default)]
struct Blocks {
    values: [[f32; BLOCK]; TOGETHER],
    lowest: [f32; TOGETHER],
    highest: [f32; TOGETHER],
    /// Steps between two codes.
    scales: [f32; TOGETHER],
    /// Their reciprocals.
    inverses: [f32; TOGETHER],
    /// Minus the zero points.
    zeros: [i32; TOGETHER],
}

impl Blocks {
    /// Takes values, after GELU if it is given, and finds each block's extremes.
    #[inline(always)]
    unsafe fn measure<T: Tile>(&mut self, values: &[[f32; BLOCK]], gelu: Option<&Gelu<T::Floats>>) {
        for (block, values) in values.iter().enumerate() {
            let (from, to) = (values.as_ptr(), self.values[block].as_mut_ptr());
            // SAFETY: the caller has the instruction set; a block is whole vectors.
            unsafe {
                let (mut lowest, mut highest) = (T::Floats::splat(0.0), T::Floats::splat(0.0));
                for at in (0..BLOCK).step_by(T::Floats::COUNT) {
                    let mut value = T::Floats::load(from.add(at));
                    if let Some(gelu) = gelu {
                        value = gelu.of(value);
                    }
                    value.store(to.add(at));
                    (lowest, highest) = match at {
                        0 => (value, value),
                        _ => (value.min(lowest), value.max(highest)),
                    };
                }
                (self.lowest[block], self.highest[block]) = (lowest.smallest(), highest.largest());
            }
        }
    }

    /// Scales and zero points from the extremes.
    #[inline(always)]
    fn scale(&mut self) {
        for block in 0..TOGETHER {
            let (lowest, highest) = (self.lowest[block], self.highest[block]);
            let step = (highest - lowest) * (1.0 / STEPS);
            let least = lowest.abs().max(highest.abs()) * (1.0 / FARTHEST);
            let scale = if step > least { step } else { least };
            (self.scales[block], self.inverses[block], self.zeros[block]) = if scale.is_nan() || scale <= SMALLEST {
                (0.0, 0.0, 0)
            } else {
                let inverse = 1.0 / scale;
                let zero = round(lowest * inverse).clamp(-FARTHEST as i32 - 1, FARTHEST as i32 + 1);
                (scale, inverse, zero)
            };
        }
    }

    /// Writes the codes and scales of the first `count` blocks, from block `first` of row `row` on.
    #[inline(always)]
    unsafe fn encode<T: Tile>(&self, count: usize, (row, first): (usize, usize), activations: &mut Activations) {
        let mut block_codes = [0; 2 * BLOCK];
        for block in 0..count {
            let zero = self.zeros[block];
            let (scale, to) = activations.block_mut(row, first + block, T::QUADS.code_bytes());
            *scale = BlockScale {
                scale: self.scales[block],
                zero,
            };
            // SAFETY: the caller has the instruction set; a block is whole vectors, and there is room for codes of two bytes.
            unsafe {
                let inverse = T::Floats::splat(self.inverses[block]);
                // Clamped while they are floats: whole numbers bound them, and what is no number becomes one.
                let (bottom, top) = (T::Floats::splat(zero as f32), T::Floats::splat((zero + HIGHEST) as f32));
                let magic = T::Floats::splat(ROUND);
                let offset = T::Floats::int(ROUND.to_bits() as i32 + zero);
                let mut codes = [T::Floats::int(0); 4];
                let codes = &mut codes[..BLOCK / T::Floats::COUNT];
                for (place, code) in codes.iter_mut().enumerate() {
                    let value = T::Floats::load(self.values[block].as_ptr().add(T::Floats::COUNT * place));
                    let nearest = value.mul(inverse).max(bottom).min(top).add(magic).bits();
                    *code = T::Floats::int_sub(nearest, offset);
                }
                T::store_codes(codes, zero, block_codes.as_mut_ptr());
            }
            match T::QUADS {
                Quads::Whole => scatter::<QUAD>(&block_codes, row % ROWS, to),
                Quads::Halved => scatter::<{ 2 * QUAD }>(&block_codes, row % ROWS, to),
            }
        }
    }
}

/// Copies the quads of a block, of `BYTES` bytes each, to every fourth place of `to`, from `row` on.
#[inline(always)]
fn scatter<const BYTES: usize>(quads: &[u8; 2 * BLOCK], row: usize, to: &mut [u8]) {
    let quads = &quads.as_chunks::<BYTES>().0[..BLOCK / QUAD];
    let to = &mut to.as_chunks_mut::<BYTES>().0[..ROWS * BLOCK / QUAD];
    for quad in 0..BLOCK / QUAD {
        to[quad * ROWS + row % ROWS] = quads[quad];
    }
}

/// To the nearest integer, ties to even, for values within ±2^22.
#[inline(always)]
fn round(value: f32) -> i32 {
    ((value + ROUND).to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32)
}
