//! Self-attention of one sequence, head by head.
//!
//! Queries, keys and values are rounded to 16-bit integers, the queries and keys with a scale for each token and head,
//! the values with one for each head; so are the softmax's weights. That is 4 to 8 bits finer than the activations of
//! the matrix products, twice as fast as floats, and exact in any order.

use super::lanes::Lanes;
use super::math;

/// The longest sequence: sums of 16-bit weights times 16-bit values must fit 32 bits.
pub const LONGEST: usize = 32_768;
/// The widest head: squares of at least 10 bits, summed up over a head, must fit 32 bits.
pub const WIDEST: usize = 1024;
/// Queries that share a pass over the keys and values.
const ROWS: usize = 4;
/// Highest 16-bit integer, what weights add up to and values are scaled to.
const TOP: f32 = 32_767.0;
/// Score of the lanes beyond the last key: its exponential rounds to a weight of 0.
const NOWHERE: f32 = -1e30;

/// Memory for one sequence's attention, reused from call to call.
#[derive(Default)]
pub struct AttentionScratch {
    /// Head columns padded to whole vectors, for heads whose width is no multiple of 8.
    row: Vec<f32>,
    /// Codes of one token and head.
    codes: Vec<i16>,
    /// Keys: pairs of columns by column pair, then key.
    keys: Vec<i32>,
    key_scales: Vec<f32>,
    /// Values: pairs of tokens by token pair, then column.
    values: Vec<i32>,
    /// Queries of one pass, pairs of columns.
    queries: Vec<i16>,
    /// Scores of one pass.
    scores: Vec<f32>,
    /// Softmax weights of one pass.
    weights: Vec<i16>,
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

/// Sizes of one sequence, rounded up to whole vectors.
#[derive(Clone, Copy)]
struct Extent {
    tokens: usize,
    /// Keys, in whole tiles.
    keys: usize,
    /// Columns of a head, in whole vectors.
    width: usize,
    heads: Heads,
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
    let extent = Extent {
        tokens,
        keys: tokens.next_multiple_of(8 * V),
        width: heads.width.next_multiple_of(8),
        heads,
    };
    scratch.fit(extent);
    for head in 0..heads.count {
        // SAFETY: the caller has the instruction set; `scratch` fits, and head is one of the heads.
        unsafe {
            let value_scale = pack_head::<F>(projected, head, extent, scratch);
            let mut query = 0;
            while query < tokens {
                let rows = ROWS.min(tokens - query);
                match rows {
                    4 => pass::<F, V, 4>(projected, head, query, extent, value_scale, context, scratch),
                    3 => pass::<F, V, 3>(projected, head, query, extent, value_scale, context, scratch),
                    2 => pass::<F, V, 2>(projected, head, query, extent, value_scale, context, scratch),
                    _ => pass::<F, V, 1>(projected, head, query, extent, value_scale, context, scratch),
                }
                query += rows;
            }
        }
    }
}

impl AttentionScratch {
    fn fit(&mut self, extent: Extent) {
        let Extent { keys, width, .. } = extent;
        fn grow<T: Copy + Default>(buffer: &mut Vec<T>, length: usize) {
            if buffer.len() < length {
                buffer.resize(length, T::default());
            }
        }
        grow(&mut self.row, 2 * width);
        grow(&mut self.codes, width);
        grow(&mut self.keys, width / 2 * keys);
        grow(&mut self.key_scales, keys);
        grow(&mut self.values, keys / 2 * (width + 8));
        grow(&mut self.queries, ROWS * width);
        grow(&mut self.scores, ROWS * keys);
        grow(&mut self.weights, ROWS * keys);
        grow(&mut self.context, width + 8);
    }
}

/// The highest code of queries and keys: its square times the head's width is below 2^31.
fn highest_code(width: usize) -> f32 {
    ((f64::from(i32::MAX) / width as f64).sqrt().floor() as f32).min(TOP)
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
        for chunk in row.as_chunks::<8>().0 {
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
        for (place, chunk) in row.as_chunks::<8>().0.iter().enumerate() {
            F::store_i16(code(F::load(chunk.as_ptr()), inverse, highest), to.add(8 * place));
        }
        scale
    }
}

/// Fills `keys`, `key_scales` and `values` with one head; the scale of the values.
#[inline(always)]
unsafe fn pack_head<F: Lanes>(projected: &[f32], head: usize, extent: Extent, scratch: &mut AttentionScratch) -> f32 {
    let hidden = extent.heads.count * extent.heads.width;
    let key_start = |token: usize| token * 3 * hidden + hidden + head * extent.heads.width;
    let value_start = |token: usize| key_start(token) + hidden;
    let highest = highest_code(extent.width);
    let pairs = extent.width / 2;
    // SAFETY: the caller has the instruction set; all buffers were made to fit `extent`.
    unsafe {
        for token in 0..extent.tokens {
            let row = head_columns(projected, key_start(token), extent, &mut scratch.row);
            scratch.key_scales[token] = quantize_row::<F>(row, highest, scratch.codes.as_mut_ptr());
            let codes = scratch.codes.as_ptr().cast::<i32>();
            let keys = scratch.keys[..pairs * extent.keys].as_mut_ptr();
            for pair in 0..pairs {
                keys.add(pair * extent.keys + token)
                    .write(codes.add(pair).read_unaligned());
            }
        }
        // The lanes beyond the last key are computed and thrown away; they only need to be numbers.
        scratch.key_scales[extent.tokens..extent.keys].fill(0.0);

        let mut most = F::splat(0.0);
        for token in 0..extent.tokens {
            let row = head_columns(projected, value_start(token), extent, &mut scratch.row);
            most = largest::<F>(row).max(most);
        }
        let (scale, inverse) = scale(most.largest(), TOP);
        let (inverse, highest) = (F::splat(inverse), F::splat(TOP));
        let values = scratch.values.as_mut_ptr();
        let (first_row, second_row) = scratch.row.split_at_mut(extent.width);
        for pair in 0..extent.tokens.div_ceil(2) {
            let first = head_columns(projected, value_start(2 * pair), extent, first_row);
            let second = (2 * pair + 1 < extent.tokens)
                .then(|| head_columns(projected, value_start(2 * pair + 1), extent, second_row));
            for at in (0..extent.width).step_by(8) {
                let low = code(F::load(first.as_ptr().add(at)), inverse, highest);
                let high = match second {
                    Some(second) => code(F::load(second.as_ptr().add(at)), inverse, highest),
                    None => F::int(0),
                };
                F::int_store(F::int_pair(low, high), values.add(pair * extent.width + at));
            }
        }
        scale
    }
}

/// `R` queries, from scores to context.
#[inline(always)]
unsafe fn pass<F: Lanes, const V: usize, const R: usize>(
    projected: &[f32],
    head: usize,
    query: usize,
    extent: Extent,
    value_scale: f32,
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
    let highest = highest_code(width);
    let divisor = (heads.width as f32).sqrt();
    // SAFETY: the caller has the instruction set; all buffers were made to fit `extent`.
    unsafe {
        let queries = scratch.queries.as_mut_ptr();
        let mut query_scales = [0.0; R];
        for (r, scale) in query_scales.iter_mut().enumerate() {
            let start = (query + r) * 3 * hidden + head * heads.width;
            let row = head_columns(projected, start, extent, &mut scratch.row);
            *scale = quantize_row::<F>(row, highest, queries.add(r * width)) / divisor;
        }

        let scores = scratch.scores.as_mut_ptr();
        for key in (0..keys).step_by(8 * V) {
            let mut dots = [[F::int(0); V]; R];
            for pair in 0..width / 2 {
                let packed = scratch.keys.as_ptr().add(pair * keys + key);
                let mut vectors = [F::int_load(packed); V];
                for v in 1..V {
                    vectors[v] = F::int_load(packed.add(8 * v));
                }
                for r in 0..R {
                    let query = F::int(queries.add(r * width).cast::<i32>().add(pair).read_unaligned());
                    for v in 0..V {
                        dots[r][v] = F::dot_i16(dots[r][v], query, vectors[v]);
                    }
                }
            }
            for v in 0..V {
                let scale = F::load(scratch.key_scales.as_ptr().add(key + 8 * v));
                for r in 0..R {
                    F::to_float(dots[r][v])
                        .mul(F::splat(query_scales[r]))
                        .mul(scale)
                        .store(scores.add(r * keys + key + 8 * v));
                }
            }
        }

        let weights = scratch.weights.as_mut_ptr();
        let mut factors = [0.0; R];
        for (r, factor) in factors.iter_mut().enumerate() {
            scratch.scores[r * keys + tokens..][..keys - tokens].fill(NOWHERE);
            let total = softmax::<F>(scratch.scores[r * keys..].as_mut_ptr(), keys, weights.add(r * keys));
            *factor = value_scale / total as f32;
        }

        for column in (0..width).step_by(8 * V) {
            let mut dots = [[F::int(0); V]; R];
            for pair in 0..tokens.div_ceil(2) {
                let packed = scratch.values.as_ptr().add(pair * width + column);
                // The last vector of a pair may be the next pair's first, or beyond the last pair: it is thrown away.
                let mut vectors = [F::int_load(packed); V];
                for v in 1..V {
                    vectors[v] = F::int_load(packed.add(8 * v));
                }
                for r in 0..R {
                    let weight = F::int(weights.add(r * keys).cast::<i32>().add(pair).read_unaligned());
                    for v in 0..V {
                        dots[r][v] = F::dot_i16(dots[r][v], weight, vectors[v]);
                    }
                }
            }
            for r in 0..R {
                for v in 0..V {
                    let first = column + 8 * v;
                    if first >= heads.width {
                        continue;
                    }
                    let out = &mut context[(query + r) * hidden + head * heads.width..][..heads.width];
                    let values = F::to_float(dots[r][v]).mul(F::splat(factors[r]));
                    if first + 8 <= heads.width {
                        values.store(out[first..].as_mut_ptr());
                    } else {
                        values.store(scratch.context.as_mut_ptr());
                        let rest = heads.width - first;
                        out[first..].copy_from_slice(&scratch.context[..rest]);
                    }
                }
            }
        }
    }
}

/// Softmax of whole vectors of scores, as integers that add up to the returned sum, about 2^15.
#[inline(always)]
unsafe fn softmax<F: Lanes>(scores: *mut f32, keys: usize, weights: *mut i16) -> i32 {
    // SAFETY: the caller has the instruction set, `keys` scores and room for as many weights.
    unsafe {
        let mut most = F::load(scores);
        for at in (8..keys).step_by(8) {
            most = most.max(F::load(scores.add(at)));
        }
        let most = F::splat(most.largest());
        let mut sum = F::splat(0.0);
        for at in (0..keys).step_by(8) {
            let value = math::exp(F::load(scores.add(at)).sub(most));
            sum = sum.add(value);
            value.store(scores.add(at));
        }
        // The largest exponential is 1, so that the sum is at least 1.
        let factor = F::splat(TOP / sum.sum());
        let mut total = F::int(0);
        for at in (0..keys).step_by(8) {
            let weight = code(F::load(scores.add(at)), factor, F::splat(TOP));
            total = F::int_add(total, weight);
            F::store_i16(weight, weights.add(at));
        }
        let mut lanes = [0; 8];
        F::int_store(total, lanes.as_mut_ptr());
        lanes.iter().sum::<i32>().max(1)
    }
}
