//! Products of matrices in bfloat16, whose two factors are cut into tiles: 16 rows of 32 numbers of the left one, and of the
//! right one 16 pairs of rows, the two numbers of a column side by side. So Intel's AMX wants them, where two tiles give 16 x 16
//! sums of 32 products each in one instruction ([`amx`]), and so AVX-512 can take them, a row of them at a time ([`dot`]).
//!
//! Every sum is taken in the order of the inner dimension, however many threads there are.

#[cfg(target_os = "linux")]
mod amx;
mod dot;
mod pack;

use std::sync::LazyLock;

use rayon::prelude::*;

use self::pack::pack;
use super::product::View;

/// Rows and columns of a tile of the result.
const TILE: usize = 16;
/// Rows and columns of the result that are computed at a time: 2 x 2 tiles, so that every tile that is loaded is used twice.
const BLOCK: usize = 2 * TILE;
/// Inner dimension of a tile.
const DEPTH: usize = 32;
/// Numbers of the right factor that are packed at a time, 1.2 MB: so many stay in a core's second cache.
const PACKED: usize = 384 * 1536;

/// A tile of a factor: 16 x 16 pairs of bfloat16, the earlier one in the lower half. A row is a line of the cache.
#[derive(Clone)]
#[repr(align(64))]
struct Tile([u32; TILE * TILE]);

impl Tile {
    const ZERO: Self = Self([0; TILE * TILE]);
}

/// A block of the packed left factor, or of the right one: for each step of the inner dimension two tiles.
fn pack_block(view: View<'_>, rows: usize, row: usize, columns: (usize, usize), turned: bool, tiles: &mut [Tile]) {
    for (step, tiles) in tiles.chunks_exact_mut(2).enumerate() {
        for (half, tile) in tiles.iter_mut().enumerate() {
            pack(
                view,
                rows,
                columns.1,
                row + half * TILE,
                columns.0 + step * DEPTH,
                turned,
                tile,
            );
        }
    }
}

/// Adds the product of a block of the left factor, the tiles of 32 rows, with all blocks of the right one to rows of so many
/// numbers.
type BlockRow = fn(&[Tile], &[Tile], &mut [f32], usize);

/// The ways in which this machine multiplies tiles, the fastest first.
fn ways() -> Vec<BlockRow> {
    let mut ways: Vec<BlockRow> = Vec::new();
    // Packing needs AVX-512 with BF16 too; no processor has AMX without it.
    if dot::available() {
        #[cfg(target_os = "linux")]
        if amx::permitted() {
            ways.push(amx::block_row);
        }
        ways.push(dot::block_row);
    }
    ways
}

/// The fastest of them. Asked once.
static FASTEST: LazyLock<Option<BlockRow>> = LazyLock::new(|| ways().first().copied());

/// `a b`, and `bias` added to every row: `a` is `m x k`, `b` `k x n`. Nothing where the machine has no instructions for it.
pub fn product(shape: (usize, usize, usize), a: View<'_>, b: View<'_>, bias: Option<&[f32]>) -> Option<Vec<f32>> {
    FASTEST.map(|block_row| product_by(block_row, shape, a, b, bias))
}

fn product_by(
    block_row: BlockRow,
    (m, n, k): (usize, usize, usize),
    a: View<'_>,
    b: View<'_>,
    bias: Option<&[f32]>,
) -> Vec<f32> {
    assert!(a.holds((m, k)) && b.holds((k, n)) && bias.is_none_or(|bias| bias.len() == n));
    let mut out: Vec<f32> = Vec::with_capacity(m * n);
    if m * n == 0 {
        return out;
    }
    let blocks = n.div_ceil(BLOCK);
    let depth = (PACKED / (blocks * BLOCK) / DEPTH).max(1) * DEPTH;
    let mut right: Vec<Tile> = Vec::new();
    for start in (0..k.max(1)).step_by(depth) {
        let end = k.min(start + depth);
        let steps = (end - start).div_ceil(DEPTH);
        right.resize(blocks * steps * 2, Tile::ZERO);
        right
            .par_chunks_mut((steps * 2).max(1))
            .enumerate()
            .for_each(|(block, tiles)| pack_block(b.t(), n, block * BLOCK, (start, end), true, tiles));
        out.spare_capacity_mut()[..m * n]
            .par_chunks_mut(BLOCK * n)
            .enumerate()
            .for_each_init(Vec::new, |left, (block, out)| {
                left.resize(steps * 2, Tile::ZERO);
                pack_block(a, m, block * BLOCK, (start, end), false, left);
                let first = start == 0;
                if first {
                    for row in out.chunks_exact_mut(n) {
                        match bias {
                            Some(bias) => {
                                row.write_copy_of_slice(bias);
                            }
                            None => row.fill(std::mem::MaybeUninit::new(0.0)),
                        }
                    }
                }
                // SAFETY: every number was written in this round or in the first.
                let out = unsafe { out.assume_init_mut() };
                block_row(left, &right, out, n);
            });
    }
    // SAFETY: the first round wrote all of them.
    unsafe { out.set_len(m * n) };
    out
}

/// Calls `multiply` with each block of the right factor and with the 32 x 32 numbers that the product is added to, their
/// distance between rows given too: those of `out`, which has rows of `n`, or a copy where they lie across its edge.
fn each_block(blocks: usize, out: &mut [f32], n: usize, mut multiply: impl FnMut(usize, &mut [f32], usize)) {
    let rows = out.len() / n;
    let mut edge = [0.0; BLOCK * BLOCK];
    for number in 0..blocks {
        let column = number * BLOCK;
        let width = BLOCK.min(n - column);
        if rows == BLOCK && width == BLOCK {
            multiply(number, &mut out[column..], n);
            continue;
        }
        let part = |row: usize| row * n + column..row * n + column + width;
        for (row, edge) in edge.chunks_exact_mut(BLOCK).enumerate().take(rows) {
            edge[..width].copy_from_slice(&out[part(row)]);
        }
        multiply(number, &mut edge, BLOCK);
        for (row, edge) in edge.chunks_exact(BLOCK).enumerate().take(rows) {
            out[part(row)].copy_from_slice(&edge[..width]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::product::{Factors, large, rounded};
    use super::super::tests::random;
    use super::*;

    fn values(seed: u64, count: usize) -> Vec<f32> {
        random(seed, &[count], 1.0).to_vec1().unwrap()
    }

    /// Every shape that a tile can be cut to, factors that lie in rows and in columns, one round and several.
    #[test]
    fn products_are_those_of_rounded_factors() {
        for (m, n, k) in [
            (1, 1, 1),
            (16, 16, 32),
            (32, 32, 64),
            (33, 31, 65),
            (5, 70, 7),
            (100, 48, 96),
            (40, 1536, 500),
            (3, 4, 0),
        ] {
            let (a, b, bias) = (values(1, m * k), values(2, k * n), values(3, n));
            for (a_turned, b_turned, bias) in [
                (false, false, None),
                (false, true, Some(bias.as_slice())),
                (true, false, None),
                (true, true, Some(bias.as_slice())),
            ] {
                let view = |values, rows: usize, columns: usize, turned: bool| {
                    if turned {
                        View::rows(values, rows).t()
                    } else {
                        View::rows(values, columns)
                    }
                };
                let (a, b) = (view(&a, m, k, a_turned), view(&b, k, n, b_turned));
                let mut found = vec![large((m, n, k), a, b, bias, Factors::Bf16)];
                found.extend(ways().into_iter().map(|way| product_by(way, (m, n, k), a, b, bias)));
                assert!(found.iter().all(|found| found.len() == m * n));
                for (place, found) in found.iter().flat_map(|found| found.iter().enumerate()) {
                    let (row, column) = (place / n, place % n);
                    let mut expected = bias.map_or(0.0, |bias| f64::from(bias[column]));
                    for inner in 0..k {
                        let a = a.values[row * a.strides.0 + inner * a.strides.1];
                        let b = b.values[inner * b.strides.0 + column * b.strides.1];
                        expected += f64::from(rounded(a)) * f64::from(rounded(b));
                    }
                    assert!(
                        (f64::from(*found) - expected).abs() < 1e-4,
                        "{m} x {n} x {k}, {a_turned} {b_turned}, {row} {column}: {found} against {expected}"
                    );
                }
            }
        }
    }
}
