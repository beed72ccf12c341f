//! Self-attention of one sequence, head by head.
//!
//! Queries, keys and values are rounded to 16-bit integers, the queries and keys with a scale for each token and head,
//! the values with one for each head; so are the softmax's weights. That is 4 to 8 bits finer than the activations of
//! the matrix products, twice as fast as floats, and exact in any order.

use super::lanes::{Eight, Lanes};
use super::math::Exp2;

/// The longest sequence: sums of 16-bit weights times 16-bit values must fit 32 bits.
pub const LONGEST: usize = 32_768;
/// The widest head: squares of at least 10 bits, summed up over a head, must fit 32 bits.
pub const WIDEST: usize = 1024;
/// Queries that share a pass over the keys and values.
const ROWS: usize = 4;
/// Highest 16-bit integer, what weights add up to and values are scaled to.
const TOP: f32 = 32_767.0;
/// Score of the lanes beyond the last key: its power of two rounds to a weight of 0.
const NOWHERE: f32 = -1e30;
/// Pairs between one head's keys or values and the next's: without them all heads' would fall on the same lines of the cache.
const APART: usize = 272;

/// Memory for one sequence's attention, reused from call to call.
#[derive(Default)]
pub struct AttentionScratch {
    /// Head columns padded to whole vectors, for heads whose width is none.
    row: Vec<f32>,
    /// Codes of one token and head.
    codes: Vec<i16>,
    /// Queries by head, token and column.
    queries: Vec<i16>,
    /// Scales of the queries by head and token.
    query_scales: Vec<f32>,
    /// Keys: pairs of columns by head, tile of keys, pair and key.
    keys: Vec<i32>,
    /// Scales of the keys by head and key.
    key_scales: Vec<f32>,
    /// Values: pairs of tokens by head, tile of columns, pair and column.
    values: Vec<i32>,
    /// Scales of the values by head.
    value_scales: Vec<f32>,
    /// Scores of one pass, as exponents of two.
    scores: Vec<f32>,
    /// Softmax weights of one pass.
    weights: Vec<i16>,
    /// Context of one pass, for heads that are no whole tiles wide.
    context: Vec<f32>,
}

/// How many heads there are and how wide each is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heads {
    /// Number of heads.
    pub count: usize,
    /// Columns of one head.
    pub width: usize,
}

/// Sizes of one sequence, rounded up to whole tiles.
#[derive(Clone, Copy)]
struct Extent {
    tokens: usize,
    /// Keys, in whole tiles.
    keys: usize,
    /// Columns of a head, in whole tiles.
    width: usize,
    heads: Heads,
}

impl Extent {
    /// From one head's keys or values to the next's.
    fn head_step(self) -> usize {
        self.keys / 2 * self.width + APART
    }

    /// The highest code of queries and keys: its square times the head's width is below 2^31. The same whatever the tiles.
    fn highest_code(self) -> f32 {
        let width = self.heads.width.next_multiple_of(8);
        ((f64::from(i32::MAX) / width as f64).sqrt().floor() as f32).min(TOP)
    }
}

/// Attention of one sequence. `projected` is `tokens x 3 * count * width`: a token's queries, keys and values;
/// `context` becomes `tokens x count * width`.
///
/// # Safety
/// The instruction set of `F` must be there. `V` is how many vectors a tile is wide, 1 or 2.
#[inline(always)]
pub(super) unsafe fn attention<F: Lanes, const V: usize>(
    projected: &[f32],
    heads: Heads,
    context: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    let hidden = heads.count * heads.width;
    assert!(hidden > 0 && heads.width <= WIDEST && context.len().is_multiple_of(hidden));
    let tokens = context.len() / hidden;
    assert!(tokens <= LONGEST && projected.len() == 3 * context.len());
    // SAFETY: the caller has the instruction set; the sizes were checked.
    unsafe {
        if V == 1 || tokens <= F::COUNT {
            // A second vector of keys would hold none.
            in_tiles::<F, 1>(projected, heads, tokens, context, scratch);
        } else {
            in_tiles::<F, V>(projected, heads, tokens, context, scratch);
        }
    }
}

/// The same for a tile's width that is settled, and sizes that were checked.
///
/// # Safety
/// As for [`attention`].
#[inline(always)]
unsafe fn in_tiles<F: Lanes, const V: usize>(
    projected: &[f32],
    heads: Heads,
    tokens: usize,
    context: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    let extent = Extent {
        tokens,
        keys: tokens.next_multiple_of(F::COUNT * V),
        width: heads.width.next_multiple_of(F::COUNT * V),
        heads,
    };
    scratch.fit(extent);
    // SAFETY: the caller has the instruction set; `scratch` fits, and all heads and queries are there.
    unsafe {
        pack::<F, V>(projected, extent, scratch);
        let exp2 = Exp2::new();
        for head in 0..heads.count {
            let mut query = 0;
            while query < tokens {
                let rows = ROWS.min(tokens - query);
                match rows {
                    4 => pass::<F, V, 4>(&exp2, head, query, extent, context, scratch),
                    3 => pass::<F, V, 3>(&exp2, head, query, extent, context, scratch),
                    2 => pass::<F, V, 2>(&exp2, head, query, extent, context, scratch),
                    _ => pass::<F, V, 1>(&exp2, head, query, extent, context, scratch),
                }
                query += rows;
            }
        }
    }
}

impl AttentionScratch {
    fn fit(&mut self, extent: Extent) {
        let Extent {
            tokens,
            keys,
            width,
            heads: Heads { count, .. },
        } = extent;
        fn grow<T: Copy + Default>(buffer: &mut Vec<T>, length: usize) {
            if buffer.len() < length {
                buffer.resize(length, T::default());
            }
        }
        grow(&mut self.row, 2 * width);
        grow(&mut self.codes, width);
        grow(&mut self.queries, count * tokens * width);
        grow(&mut self.query_scales, count * tokens);
        grow(&mut self.keys, count * extent.head_step());
        grow(&mut self.key_scales, count * keys);
        grow(&mut self.values, count * extent.head_step());
        grow(&mut self.value_scales, count);
        grow(&mut self.scores, ROWS * keys);
        grow(&mut self.weights, ROWS * keys);
        grow(&mut self.context, ROWS * width);
    }
}

/// The columns of one head in a token's part of `projected`, padded with zeros in `row` where they are no whole
/// vectors.
#[inline(always)]
fn head_columns<'a>(projected: &'a [f32], start: usize, extent: Extent, row: &'a mut [f32]) -> &'a [f32] {
    let columns = &projected[start..][..extent.heads.width];
    if extent.heads.width == extent.width {
        return columns;
    }
    let row = &mut row[..extent.width];
    row[..columns.len()].copy_from_slice(columns);
    row[columns.len()..].fill(0.0);
    row
}

/// The largest magnitude of a row of whole vectors.
#[inline(always)]
unsafe fn largest<F: Lanes>(row: &[f32]) -> F {
    // SAFETY: the caller has the instruction set, and each chunk holds a vector.
    unsafe {
        let mut largest = F::splat(0.0);
        for chunk in row.chunks_exact(F::COUNT) {
            largest = F::load(chunk.as_ptr()).abs().max(largest);
        }
        largest
    }
}

/// The scale that maps `largest` to `highest`, and its reciprocal; zeros for zeros.
#[inline(always)]
fn scale(largest: f32, highest: f32) -> (f32, f32) {
    // Infinities become zeros below.
    if largest.is_nan() || largest <= 1e-30 {
        return (0.0, 0.0);
    }
    (largest / highest, highest / largest)
}

/// Codes of whole vectors; lanes that are not numbers become some code.
#[inline(always)]
unsafe fn code<F: Lanes>(values: F, inverse: F, highest: F) -> F::Int {
    // SAFETY: the caller has the instruction set.
    unsafe { values.mul(inverse).min(highest).max(F::splat(0.0).sub(highest)).round() }
}

/// Rounds one row of a head to codes; the scale of the codes.
#[inline(always)]
unsafe fn quantize_row<F: Lanes>(row: &[f32], highest: f32, to: *mut i16) -> f32 {
    // SAFETY: the caller has the instruction set, and room for the row in `to`.
    unsafe {
        let (scale, inverse) = scale(largest::<F>(row).largest(), highest);
        let (inverse, highest) = (F::splat(inverse), F::splat(highest));
        for (place, chunk) in row.chunks_exact(F::COUNT).enumerate() {
            F::store_i16(
                code(F::load(chunk.as_ptr()), inverse, highest),
                to.add(F::COUNT * place),
            );
        }
        scale
    }
}

/// Rounds a whole sequence to codes: fills everything of `scratch` up to the values' scales.
#[inline(always)]
unsafe fn pack<F: Lanes, const V: usize>(projected: &[f32], extent: Extent, scratch: &mut AttentionScratch) {
    let Extent {
        tokens,
        keys,
        width,
        heads,
    } = extent;
    let hidden = heads.count * heads.width;
    let highest = extent.highest_code();
    let (tile, pairs) = (F::COUNT * V, width / 2);
    let query_start = |token: usize, head: usize| token * 3 * hidden + head * heads.width;
    let value_start = |token: usize, head: usize| query_start(token, head) + 2 * hidden;
    // SAFETY: the caller has the instruction set; all buffers were made to fit `extent`.
    unsafe {
        for token in 0..tokens {
            for head in 0..heads.count {
                let row = head_columns(projected, query_start(token, head), extent, &mut scratch.row);
                let to = scratch.queries.as_mut_ptr().add((head * tokens + token) * width);
                scratch.query_scales[head * tokens + token] = quantize_row::<F>(row, highest, to);

                let row = head_columns(projected, query_start(token, head) + hidden, extent, &mut scratch.row);
                scratch.key_scales[head * keys + token] = quantize_row::<F>(row, highest, scratch.codes.as_mut_ptr());
                let codes = scratch.codes.as_ptr().cast::<i32>();
                let place = head * extent.head_step() + token / tile * pairs * tile + token % tile;
                let to = scratch.keys.as_mut_ptr().add(place);
                for pair in 0..pairs {
                    to.add(pair * tile).write(codes.add(pair).read_unaligned());
                }
            }
        }
        for head in 0..heads.count {
            // The lanes beyond the last key are computed and thrown away; they only need to be numbers.
            scratch.key_scales[head * keys..][tokens..keys].fill(0.0);

            let mut most = F::splat(0.0);
            for token in 0..tokens {
                let row = head_columns(projected, value_start(token, head), extent, &mut scratch.row);
                most = largest::<F>(row).max(most);
            }
            let (scale, inverse) = scale(most.largest(), TOP);
            scratch.value_scales[head] = scale;
            let (inverse, highest) = (F::splat(inverse), F::splat(TOP));
            let (first_row, second_row) = scratch.row.split_at_mut(width);
            for pair in 0..tokens.div_ceil(2) {
                let first = head_columns(projected, value_start(2 * pair, head), extent, first_row);
                let second = (2 * pair + 1 < tokens)
                    .then(|| head_columns(projected, value_start(2 * pair + 1, head), extent, second_row));
                for at in (0..width).step_by(F::COUNT) {
                    let low = code(F::load(first.as_ptr().add(at)), inverse, highest);
                    let high = match second {
                        Some(second) => code(F::load(second.as_ptr().add(at)), inverse, highest),
                        None => F::int(0),
                    };
                    let place = head * extent.head_step() + (at / tile * (keys / 2) + pair) * tile + at % tile;
                    F::int_store(F::int_pair(low, high), scratch.values.as_mut_ptr().add(place));
                }
            }
        }
    }
}

/// `R` queries of one head, from scores to context.
///
/// A function of its own in WebAssembly: Chromium makes slower code of a large one, by half for all of attention. Natively
/// it must be part of the caller, which has the instruction set.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
unsafe fn pass<F: Lanes, const V: usize, const R: usize>(
    exp2: &Exp2<F>,
    head: usize,
    query: usize,
    extent: Extent,
    context: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    let Extent {
        tokens,
        keys,
        width,
        heads,
    } = extent;
    let hidden = heads.count * heads.width;
    let (tile, pairs) = (F::COUNT * V, width / 2);
    // Scores become exponents of two: e^x = 2^(x log2 e).
    let exponents = std::f32::consts::LOG2_E / (heads.width as f32).sqrt();
    // SAFETY: the caller has the instruction set; all buffers were made to fit `extent`, and `pack` filled them.
    unsafe {
        let first = head * tokens + query;
        let queries = scratch.queries.as_ptr().add(first * width).cast::<i32>();
        let mut query_scales = [0.0; R];
        for (r, scale) in query_scales.iter_mut().enumerate() {
            *scale = scratch.query_scales[first + r] * exponents;
        }

        let scores = scratch.scores.as_mut_ptr();
        let packed_keys = scratch.keys.as_ptr().add(head * extent.head_step());
        let key_scales = scratch.key_scales.as_ptr().add(head * keys);
        for key in (0..keys).step_by(tile) {
            let dots = dots::<F, V, R>(queries, pairs, packed_keys.add(key * pairs), pairs);
            for v in 0..V {
                let scale = F::load(key_scales.add(key + F::COUNT * v));
                for r in 0..R {
                    F::to_float(dots[r][v])
                        .mul(F::splat(query_scales[r]))
                        .mul(scale)
                        .store(scores.add(r * keys + key + F::COUNT * v));
                }
            }
        }

        let weights = scratch.weights.as_mut_ptr();
        for r in 0..R {
            scratch.scores[r * keys + tokens..][..keys - tokens].fill(NOWHERE);
        }
        let totals = softmax::<F, R>(exp2, scratch.scores.as_mut_ptr(), keys, weights);
        let mut factors = [0.0; R];
        for r in 0..R {
            factors[r] = scratch.value_scales[head] / totals[r] as f32;
        }

        let whole = width == heads.width;
        let (out, stride) = if whole {
            let first = query * hidden + head * width;
            (context[first..][..(R - 1) * hidden + width].as_mut_ptr(), hidden)
        } else {
            (scratch.context.as_mut_ptr(), width)
        };
        let values = scratch.values.as_ptr().add(head * extent.head_step());
        for column in (0..width).step_by(tile) {
            let columns = values.add(column * (keys / 2));
            let dots = dots::<F, V, R>(weights.cast(), keys / 2, columns, tokens.div_ceil(2));
            for r in 0..R {
                for v in 0..V {
                    F::to_float(dots[r][v])
                        .mul(F::splat(factors[r]))
                        .store(out.add(r * stride + column + F::COUNT * v));
                }
            }
        }
        if !whole {
            for r in 0..R {
                context[(query + r) * hidden + head * heads.width..][..heads.width]
                    .copy_from_slice(&scratch.context[r * stride..][..heads.width]);
            }
        }
    }
}

/// Dot products of `R` rows, `stride` pairs apart, with a tile of columns: of `pairs` pairs of 16-bit integers.
#[inline(always)]
unsafe fn dots<F: Lanes, const V: usize, const R: usize>(
    rows: *const i32,
    stride: usize,
    tile: *const i32,
    pairs: usize,
) -> [[F::Int; V]; R] {
    // SAFETY: the caller has the instruction set, and gives what is read.
    unsafe {
        let mut dots = [[F::int(0); V]; R];
        for pair in 0..pairs {
            let mut columns = [F::int_load(tile.add(pair * F::COUNT * V)); V];
            for v in 1..V {
                columns[v] = F::int_load(tile.add(pair * F::COUNT * V + F::COUNT * v));
            }
            for r in 0..R {
                let row = F::int(rows.add(r * stride + pair).read_unaligned());
                for v in 0..V {
                    dots[r][v] = F::dot_i16(dots[r][v], row, columns[v]);
                }
            }
        }
        dots
    }
}

/// Softmax of `R` rows of exponents of two, each of whole vectors, as integers that add up to the returned sums, about
/// 2^15. Step by step for all rows: within a row each step waits for the end of the one before.
#[inline(always)]
unsafe fn softmax<F: Lanes, const R: usize>(
    exp2: &Exp2<F>,
    scores: *mut f32,
    keys: usize,
    weights: *mut i16,
) -> [i32; R] {
    // SAFETY: the caller has the instruction set, `R` times `keys` scores and room for as many weights.
    unsafe {
        let mut most = [0.0; R];
        for r in 0..R {
            let row = scores.add(r * keys);
            let mut largest = F::load(row);
            for at in (F::COUNT..keys).step_by(F::COUNT) {
                largest = largest.max(F::load(row.add(at)));
            }
            most[r] = largest.largest();
        }
        let mut factors = [0.0; R];
        for r in 0..R {
            let row = scores.add(r * keys);
            let most = F::splat(most[r]);
            let mut sum = F::Eight::splat(0.0);
            for at in (0..keys).step_by(F::COUNT) {
                let value = exp2.of(F::load(row.add(at)).sub(most));
                for part in 0..F::COUNT / 8 {
                    sum = sum.add(value.eight(part));
                }
                value.store(row.add(at));
            }
            // The largest power is 1, so that the sum is at least 1, unless there was no number among the scores.
            factors[r] = TOP / sum.sum().max(1.0);
        }
        let mut totals = [0; R];
        for r in 0..R {
            let row = scores.add(r * keys);
            let factor = F::splat(factors[r]);
            let mut total = F::int(0);
            for at in (0..keys).step_by(F::COUNT) {
                // No power is beyond 1, so no weight is beyond TOP.
                let weight = F::load(row.add(at)).mul(factor).round();
                total = F::int_add(total, weight);
                F::store_i16(weight, weights.add(r * keys + at));
            }
            let mut lanes = [0; 16];
            F::int_store(total, lanes.as_mut_ptr());
            totals[r] = lanes.iter().sum::<i32>().max(1);
        }
        totals
    }
}
