//! The matrix product: quantised rows times weights in panels.
//!
//! A tile of up to four rows by one or two panels is summed up in registers, block by block of 32 inputs: exactly, in
//! 32-bit integers, within a block; then scaled by the row's and the output's scale of that block, and added in `f32`.
//! Every output sees the same operations in the same order whatever tile it falls into, so a row's results do not
//! depend on the rows beside it.

use super::activations::{Activations, BlockScale};
use super::lanes::Lanes;
use super::weights::{BLOCK, PANEL, Panels};

/// The order of a quad's bytes in a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quads {
    /// Output by output, four inputs each; codes are bytes.
    Whole,
    /// Two inputs of each output, then the other two; codes are 16-bit integers with the zero point taken off.
    #[cfg_attr(not(target_arch = "wasm32"), expect(dead_code, reason = "of simd128 alone"))]
    Halved,
}

impl Quads {
    /// Bytes of one code.
    pub const fn code_bytes(self) -> usize {
        match self {
            Self::Whole => 1,
            Self::Halved => 2,
        }
    }
}

/// What an instruction set brings to the matrix product.
///
/// # Safety
/// As for [`Lanes`].
pub(super) trait Tile {
    /// The vectors.
    type Floats: Lanes;
    /// A quad of inputs of a panel's 8 outputs: 32 signed bytes, in whatever form they are multiplied.
    type Weights: Copy;
    /// A quad of one row's codes, for every output.
    type Code: Copy;
    /// What a block's sums start from, before the zero point is known.
    type Start: Copy;
    /// How panels and codes are stored.
    const QUADS: Quads;
    /// Panels in a tile, 1 or 2: as many as the registers hold.
    const PANELS: usize;

    /// Reads a quad of a panel (32 bytes).
    unsafe fn weights(from: *const u8) -> Self::Weights;
    /// Reads a quad of a row (4 codes).
    unsafe fn code(from: *const u8) -> Self::Code;
    /// Reads a block's sums of codes (8 integers of 16 bits).
    unsafe fn start(sums: *const u8) -> Self::Start;
    /// A block's first sums: the zero point's part.
    unsafe fn begin(start: Self::Start, zero: i32) -> Int<Self>;
    /// Adds the products of a quad.
    unsafe fn dot(sum: Int<Self>, weights: Self::Weights, code: Self::Code) -> Int<Self>;

    /// Writes a block's codes, each in 0..=127; `zero` is minus the zero point.
    #[inline(always)]
    unsafe fn store_codes(codes: [Int<Self>; 4], zero: i32, to: *mut u8) {
        // SAFETY: the caller has the instruction set, and room for a block of codes.
        unsafe {
            match Self::QUADS {
                Quads::Whole => Self::Floats::store_u8(codes, to),
                Quads::Halved => {
                    let zero = Self::Floats::int(zero);
                    for (place, codes) in codes.into_iter().enumerate() {
                        let codes = Self::Floats::int_add(codes, zero);
                        Self::Floats::store_i16(codes, to.add(16 * place).cast());
                    }
                }
            }
        }
    }
}

/// The integer vectors that go with a tile.
pub(super) type Int<T> = <<T as Tile>::Floats as Lanes>::Int;

/// What becomes of the values that are in the output already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// They are overwritten.
    Replace,
    /// The product is added to them (a residual connection).
    Add,
}

/// A rectangle of a row-major matrix that results are written to.
pub struct Target<'a> {
    /// The matrix.
    pub values: &'a mut [f32],
    /// Its width.
    pub stride: usize,
    /// The first column that is written.
    pub column: usize,
    /// What becomes of the old values.
    pub output: Output,
}

/// Rows in the highest tile.
const ROWS: usize = 4;

/// `target = rows * weights + bias` for all rows of `rows`.
///
/// # Safety
/// The instruction set of `T` must be there.
#[inline(always)]
pub(super) unsafe fn linear<T: Tile>(rows: &Activations, weights: &Panels<'_>, target: Target<'_>) {
    weights.check();
    assert_eq!(rows.width(), weights.inputs);
    assert!(target.column + weights.outputs <= target.stride);
    assert!(target.values.len() >= rows.rows() * target.stride);
    let place = Place {
        values: target.values.as_mut_ptr(),
        stride: target.stride,
        column: target.column,
        output: target.output,
    };
    let panels = weights.outputs / PANEL;
    let mut panel = 0;
    while panel < panels {
        let mut row = 0;
        while row < rows.rows() {
            let height = ROWS.min(rows.rows() - row);
            let two = T::PANELS == 2 && panel + 2 <= panels;
            // SAFETY: the caller has the instruction set; rows, panels and target were checked above.
            unsafe {
                let job = Job::new::<T>(rows, weights, &place, row, panel);
                match (height, two) {
                    (4, true) => tile::<T, 4, 2>(&job),
                    (3, true) => tile::<T, 3, 2>(&job),
                    (2, true) => tile::<T, 2, 2>(&job),
                    (_, true) => tile::<T, 1, 2>(&job),
                    (4, false) => tile::<T, 4, 1>(&job),
                    (3, false) => tile::<T, 3, 1>(&job),
                    (2, false) => tile::<T, 2, 1>(&job),
                    (_, false) => tile::<T, 1, 1>(&job),
                }
            }
            row += height;
        }
        panel += T::PANELS;
    }
}

/// A [`Target`] that several tiles write to.
struct Place {
    values: *mut f32,
    stride: usize,
    column: usize,
    output: Output,
}

/// One tile's places in memory.
struct Job {
    inputs: usize,
    codes: *const u8,
    scales: *const BlockScale,
    weights: *const u8,
    weight_scales: *const u8,
    sums: *const u8,
    bias: *const f32,
    target: *mut f32,
    stride: usize,
    output: Output,
}

impl Job {
    #[inline(always)]
    unsafe fn new<T: Tile>(rows: &Activations, weights: &Panels<'_>, place: &Place, row: usize, panel: usize) -> Self {
        let (codes, scales) = rows.row(row, T::QUADS.code_bytes());
        let blocks = weights.inputs / BLOCK;
        // SAFETY: `panel` is one of the panels, so each place is inside its slice.
        unsafe {
            Self {
                inputs: weights.inputs,
                codes,
                scales,
                weights: weights.codes.as_ptr().add(panel * PANEL * weights.inputs),
                weight_scales: weights.scales.as_ptr().add(panel * PANEL * blocks * 2),
                sums: weights.sums.as_ptr().add(panel * PANEL * blocks).cast(),
                bias: weights.bias.as_ptr().add(panel * PANEL),
                target: place.values.add(row * place.stride + place.column + panel * PANEL),
                stride: place.stride,
                output: place.output,
            }
        }
    }
}

#[inline(always)]
unsafe fn tile<T: Tile, const R: usize, const P: usize>(job: &Job) {
    let blocks = job.inputs / BLOCK;
    let row_bytes = job.inputs * T::QUADS.code_bytes();
    let quad_bytes = 4 * T::QUADS.code_bytes();
    // SAFETY: the caller has the instruction set, and gives R rows and P panels from where the job points.
    unsafe {
        let zero = T::Floats::splat(0.0);
        let mut sums = [[zero; P]; R];
        for p in 0..P {
            let bias = T::Floats::load(job.bias.add(p * PANEL));
            for r in 0..R {
                sums[r][p] = match job.output {
                    Output::Replace => bias,
                    Output::Add => T::Floats::load(job.target.add(r * job.stride + p * PANEL)).add(bias),
                };
            }
        }
        for block in 0..blocks {
            // Loops rather than closures: those are compiled without the caller's instruction set.
            let first = job.scales.add(block);
            let start = T::start(job.sums.add(block * PANEL * 2));
            let mut dots = [[T::begin(start, 0); P]; R];
            for p in 0..P {
                let start = T::start(job.sums.add((p * blocks + block) * PANEL * 2));
                for r in 0..R {
                    dots[r][p] = T::begin(start, (*first.add(r * blocks)).zero);
                }
            }
            let codes = job.codes.add(block * BLOCK * T::QUADS.code_bytes());
            let panel = job.weights.add(block * BLOCK * PANEL);
            for quad in 0..BLOCK / 4 {
                let mut weights = [T::weights(panel.add(quad * 4 * PANEL)); P];
                for p in 1..P {
                    weights[p] = T::weights(panel.add(p * PANEL * job.inputs + quad * 4 * PANEL));
                }
                for r in 0..R {
                    let code = T::code(codes.add(r * row_bytes + quad * quad_bytes));
                    for p in 0..P {
                        dots[r][p] = T::dot(dots[r][p], weights[p], code);
                    }
                }
            }
            for p in 0..P {
                let scale = T::Floats::load_half(job.weight_scales.add((p * blocks + block) * PANEL * 2));
                for r in 0..R {
                    let dot = T::Floats::to_float(dots[r][p]).mul(T::Floats::splat((*first.add(r * blocks)).scale));
                    sums[r][p] = sums[r][p].add(dot.mul(scale));
                }
            }
        }
        for r in 0..R {
            for p in 0..P {
                sums[r][p].store(job.target.add(r * job.stride + p * PANEL));
            }
        }
    }
}
