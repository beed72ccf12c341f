//! The matrix product: quantised rows times weights in panels.
//!
//! A tile of up to four rows by one or two panels is summed up in registers, block by block of 32 inputs: exactly, in
//! integers, within a block; then scaled by the row's and the output's scale of that block, and added in `f32`. Every
//! output sees the same operations in the same order whatever tile it falls into, so a row's results do not depend on
//! the rows beside it.

use half::f16;

use super::activations::{Activations, BlockScale};
use super::lanes::Lanes;
use super::weights::{BLOCK, Panels};

/// The order of a quad's bytes in a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quads {
    /// Output by output, four inputs each; codes are bytes.
    Whole,
    /// Two inputs of each output, then the other two; codes are 16-bit integers with the zero point taken off.
    #[cfg_attr(not(target_arch = "wasm32"), expect(dead_code, reason = "simd128's alone"))]
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

/// How wide the integers are that a block's products are summed up in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chain {
    /// 32 bits.
    Wide,
    /// 16 bits, from [`super::weights::Sums`]'s middles on. Where instructions multiply bytes to 16-bit integers, widening
    /// them once a block rather than once a quad saves a third of the work.
    Narrow,
}

/// How an instruction set wants weights to lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Storage {
    /// Outputs in a panel.
    pub panel: usize,
    /// The order within a panel's quads.
    pub quads: Quads,
    /// Whether middles are wanted.
    pub chain: Chain,
}

impl Storage {
    /// That of a tile.
    pub const fn of<T: Tile>() -> Self {
        Self {
            panel: T::Floats::COUNT,
            quads: T::QUADS,
            chain: T::CHAIN,
        }
    }
}

/// What an instruction set brings to the matrix product.
///
/// # Safety
/// As for [`Lanes`].
pub(super) trait Tile {
    /// The vectors; a panel has as many outputs as they have lanes.
    type Floats: Lanes;
    /// A quad of inputs of each of a panel's outputs: signed bytes, in whatever form they are multiplied.
    type Weights: Copy;
    /// A quad of one row's codes, for every output.
    type Code: Copy;
    /// A block's products so far.
    type Products: Copy;
    /// How panels and codes are stored.
    const QUADS: Quads;
    /// What products are summed up in.
    const CHAIN: Chain;
    /// Panels in a tile, 1 or 2: as many as the registers hold.
    const PANELS: usize;
    /// Whether the registers hold a tile's outputs beside a block's products. Else they are summed up where they lie.
    const OUTPUTS_IN_REGISTERS: bool;
    /// Groups of [`ROWS`] rows that one block's weights are multiplied with before the next block's are read, at most; 1
    /// with [`OUTPUTS_IN_REGISTERS`](Self::OUTPUTS_IN_REGISTERS). With several, weights come from far memory at an even
    /// pace, and not in the bursts of the first group: that is for instruction sets without [`prefetch`](Self::prefetch).
    const GROUPS: usize = 1;

    /// Reads a quad of a panel (4 bytes an output).
    unsafe fn weights(from: *const u8) -> Self::Weights;
    /// Reads a quad of a row (4 codes).
    unsafe fn code(from: *const u8) -> Self::Code;
    /// What a block's products start from; `middles` are two an output for [`Chain::Narrow`], and not read else.
    unsafe fn start(middles: *const i16) -> Self::Products;
    /// Adds the products of a quad.
    unsafe fn add(products: Self::Products, weights: Self::Weights, code: Self::Code) -> Self::Products;
    /// A block's products as integers of 32 bits.
    unsafe fn widen(products: Self::Products) -> Int<Self>;

    /// Asks for the line of the cache at `from`, which need not be there: where it pays.
    #[inline(always)]
    unsafe fn prefetch(_: *const u8) {}

    /// Writes a block's codes, each in 0..=127; `zero` is minus the zero point.
    #[inline(always)]
    unsafe fn store_codes(codes: &[Int<Self>], zero: i32, to: *mut u8) {
        // SAFETY: the caller has the instruction set, and room for a block of codes.
        unsafe {
            match Self::QUADS {
                Quads::Whole => Self::Floats::store_u8(codes, to),
                Quads::Halved => {
                    let zero = Self::Floats::int(zero);
                    for (place, codes) in codes.iter().enumerate() {
                        let codes = Self::Floats::int_add(*codes, zero);
                        Self::Floats::store_i16(codes, to.add(2 * Self::Floats::COUNT * place).cast());
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
pub(super) const ROWS: usize = 4;
/// Bytes of a line of the cache.
const LINE: usize = 64;
/// Inputs that are multiplied together.
pub(super) const QUAD: usize = 4;

/// `target = rows * weights + bias` for all rows of `rows`.
///
/// # Safety
/// The instruction set of `T` must be there.
#[inline(always)]
pub(super) unsafe fn linear<T: Tile>(rows: &Activations, weights: &Panels<'_>, target: Target<'_>) {
    let width = T::Floats::COUNT;
    weights.check(Storage::of::<T>());
    assert_eq!(rows.width(), weights.inputs);
    assert!(target.column + weights.outputs <= target.stride);
    assert!(target.values.len() >= rows.rows() * target.stride);
    let place = Place {
        values: target.values.as_mut_ptr(),
        stride: target.stride,
        column: target.column,
        output: target.output,
    };
    let panels = weights.outputs / width;
    let mut panel = 0;
    while panel < panels {
        let mut row = 0;
        while row < rows.rows() {
            let height = ROWS.min(rows.rows() - row);
            let groups = ((rows.rows() - row) / ROWS).clamp(1, T::GROUPS);
            let two = T::PANELS == 2 && panel + 2 <= panels;
            // SAFETY: the caller has the instruction set; rows, panels and target were checked above.
            unsafe {
                let job = Job {
                    groups,
                    ahead: row + groups * height == rows.rows(),
                    ..Job::new::<T>(rows, weights, &place, row, panel)
                };
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
            row += groups * height;
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
    /// Quads of a block. The compiler must not know that they are always eight: it would take the loop over them apart
    /// and need more registers than there are.
    quads: usize,
    /// Groups of rows, of which the codes, scales and targets below are the first's.
    groups: usize,
    codes: *const u8,
    scales: *const BlockScale,
    weights: *const u8,
    weight_scales: *const f16,
    totals: *const i16,
    middles: *const i16,
    bias: *const f32,
    target: *mut f32,
    stride: usize,
    output: Output,
    /// Whether the next panels are asked for on the way: they are far, and the last rows leave time for them to come.
    ahead: bool,
}

impl Job {
    /// Four rows at most, with nothing asked for ahead.
    #[inline(always)]
    unsafe fn new<T: Tile>(rows: &Activations, weights: &Panels<'_>, place: &Place, row: usize, panel: usize) -> Self {
        let (codes, scales) = rows.group(row, T::QUADS.code_bytes());
        let output = panel * T::Floats::COUNT;
        let blocks = weights.inputs / BLOCK;
        // SAFETY: `panel` is one of the panels, so each place is inside its slice; there are middles where they are used.
        unsafe {
            Self {
                inputs: weights.inputs,
                quads: std::hint::black_box(BLOCK / QUAD),
                groups: 1,
                codes,
                scales,
                weights: weights.codes.as_ptr().add(output * weights.inputs),
                weight_scales: weights.scales.as_ptr().add(output * blocks),
                totals: weights.sums.totals.as_ptr().add(output * blocks),
                middles: match T::CHAIN {
                    Chain::Wide => weights.sums.middles.as_ptr(),
                    Chain::Narrow => weights.sums.middles.as_ptr().add(2 * output * blocks),
                },
                bias: weights.bias.as_ptr().add(output),
                target: place.values.add(row * place.stride + place.column + output),
                stride: place.stride,
                output: place.output,
                ahead: false,
            }
        }
    }
}

#[inline(always)]
unsafe fn tile<T: Tile, const R: usize, const P: usize>(job: &Job) {
    let width = T::Floats::COUNT;
    let blocks = job.inputs / BLOCK;
    const { assert!(T::GROUPS == 1 || !T::OUTPUTS_IN_REGISTERS) };
    // Loops rather than closures: those are compiled without the caller's instruction set.
    // SAFETY: the caller has the instruction set, and gives R rows and P panels from where the job points.
    unsafe {
        // A constant where it can be, for the loops over groups to be none.
        let groups = if T::GROUPS == 1 { 1 } else { job.groups };
        let mut outputs = [[T::Floats::splat(0.0); P]; R];
        for p in 0..P {
            let bias = T::Floats::load(job.bias.add(p * width));
            for group in 0..groups {
                for r in 0..R {
                    let target = job.target.add((group * ROWS + r) * job.stride + p * width);
                    let first = match job.output {
                        Output::Replace => bias,
                        Output::Add => T::Floats::load(target).add(bias),
                    };
                    if T::OUTPUTS_IN_REGISTERS {
                        outputs[r][p] = first;
                    } else {
                        first.store(target);
                    }
                }
            }
        }
        for block in 0..blocks {
            if job.ahead {
                ask_ahead::<T, P>(job, block);
            }
            let mut codes = job.codes.add(block * BLOCK * ROWS * T::QUADS.code_bytes());
            let mut scales = job.scales.add(block * ROWS);
            let mut target = job.target;
            // Once for all groups: scales, totals, and what the middles take off.
            let mut scale = [T::Floats::splat(0.0); P];
            let (mut total, mut taken) = ([T::Floats::int(0); P], [T::Floats::int(0); P]);
            for p in 0..P {
                let place = (p * blocks + block) * width;
                scale[p] = T::Floats::load_half(job.weight_scales.add(place));
                total[p] = T::Floats::int_load_low(job.totals.add(place));
                if T::CHAIN == Chain::Narrow {
                    taken[p] = T::widen(T::start(job.middles.add(2 * place)));
                }
            }
            for _ in 0..groups {
                let products = multiply::<T, R, P>(job, block, codes);
                for p in 0..P {
                    for r in 0..R {
                        let row = *scales.add(r);
                        let mut products = T::widen(products[r][p]);
                        if T::CHAIN == Chain::Narrow {
                            products = T::Floats::int_sub(products, taken[p]);
                        }
                        let sum = match T::QUADS {
                            // The totals' high halves are 0.
                            Quads::Whole => T::Floats::dot_i16(products, total[p], T::Floats::int(row.zero)),
                            // The codes have their zero point taken off already.
                            Quads::Halved => products,
                        };
                        let scaled = T::Floats::to_float(sum).mul(T::Floats::splat(row.scale)).mul(scale[p]);
                        let target = target.add(r * job.stride + p * width);
                        if T::OUTPUTS_IN_REGISTERS {
                            outputs[r][p] = outputs[r][p].add(scaled);
                        } else {
                            T::Floats::load(target).add(scaled).store(target);
                        }
                    }
                }
                // The last group's successors are never read.
                codes = codes.wrapping_add(job.inputs * ROWS * T::QUADS.code_bytes());
                scales = scales.wrapping_add(blocks * ROWS);
                target = target.wrapping_add(ROWS * job.stride);
            }
        }
        if T::OUTPUTS_IN_REGISTERS {
            for r in 0..R {
                for p in 0..P {
                    outputs[r][p].store(job.target.add(r * job.stride + p * width));
                }
            }
        }
    }
}

/// Asks for a block of the panels after the job's.
#[inline(always)]
unsafe fn ask_ahead<T: Tile, const P: usize>(job: &Job, block: usize) {
    let (width, blocks) = (T::Floats::COUNT, job.inputs / BLOCK);
    let bytes = P * width * BLOCK;
    // SAFETY: the caller has the instruction set.
    unsafe {
        for line in 0..bytes / LINE {
            let place = P * width * job.inputs + block * bytes + line * LINE;
            T::prefetch(job.weights.wrapping_add(place));
        }
        // What a block has for each output: a line holds the scales of two blocks of 16, or of four of 8.
        for p in 0..P {
            let place = ((P + p) * blocks + block) * width;
            T::prefetch(job.weight_scales.wrapping_add(place).cast());
            T::prefetch(job.totals.wrapping_add(place).cast());
            T::prefetch(job.middles.wrapping_add(2 * place).cast());
        }
    }
}

/// The products of one block's codes, `R` rows', with its weights, in integers.
#[inline(always)]
unsafe fn multiply<T: Tile, const R: usize, const P: usize>(
    job: &Job,
    block: usize,
    mut codes: *const u8,
) -> [[T::Products; P]; R] {
    let (width, blocks) = (T::Floats::COUNT, job.inputs / BLOCK);
    let quad_bytes = QUAD * T::QUADS.code_bytes();
    // SAFETY: the caller has the instruction set, and gives R rows and P panels from where the job and `codes` point.
    unsafe {
        let mut products = [[T::start(job.middles.add(block * chain_step::<T>())); P]; R];
        for p in 1..P {
            let start = T::start(job.middles.add((p * blocks + block) * chain_step::<T>()));
            for r in 0..R {
                products[r][p] = start;
            }
        }
        let mut panel = job.weights.add(block * BLOCK * width);
        for _ in 0..job.quads {
            let mut weights = [T::weights(panel); P];
            for p in 1..P {
                weights[p] = T::weights(panel.add(p * width * job.inputs));
            }
            for r in 0..R {
                let code = T::code(codes.add(r * quad_bytes));
                for p in 0..P {
                    products[r][p] = T::add(products[r][p], weights[p], code);
                }
            }
            codes = codes.add(ROWS * quad_bytes);
            panel = panel.add(QUAD * width);
        }
        products
    }
}

/// Middles of a panel's block.
const fn chain_step<T: Tile>() -> usize {
    match T::CHAIN {
        Chain::Wide => 0,
        Chain::Narrow => 2 * T::Floats::COUNT,
    }
}
