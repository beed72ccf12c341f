//! Products of matrices in bfloat16 on the tiles of Intel's AMX: 16 x 16 sums of 32 products each, in one instruction.
//!
//! A tile register holds 16 rows of 64 bytes. Of the left factor that is 16 rows of 32 numbers; of the right one 16 pairs of
//! rows, the two numbers of a column side by side; of the result 16 rows of 16 floats. (Intel 64 and IA-32 Architectures
//! Software Developer's Manual, volume 1, chapter 18.) The eight registers hold 2 x 2 tiles of the result and two of each
//! factor, so that every tile that is loaded is used twice.
//!
//! Every sum is taken in the order of the inner dimension, however many threads there are.

use rayon::prelude::*;

use super::product::View;
use super::vector::vectorised;

/// Rows and columns of a tile of the result.
const TILE: usize = 16;
/// Rows and columns of the result that are computed at a time: 2 x 2 tiles.
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

/// `value` as bfloat16, the nearest, of two the even one: the upper half of its bits.
#[inline(always)]
fn bits(value: f32) -> u32 {
    let bits = value.to_bits();
    bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16
}

/// `value` rounded to what bfloat16 can hold.
pub fn rounded(value: f32) -> f32 {
    f32::from_bits(bits(value) << 16)
}

vectorised! {
    /// Pairs of neighbours.
    fn neighbours(values: &[f32; DEPTH], pairs: &mut [u32; TILE]) {
        for (pair, values) in pairs.iter_mut().zip(values.as_chunks::<2>().0) {
            *pair = bits(values[0]) | bits(values[1]) << 16;
        }
    }
}

vectorised! {
    /// Pairs of one number of each.
    fn zipped(first: &[f32; TILE], second: &[f32; TILE], pairs: &mut [u32; TILE]) {
        for ((pair, first), second) in pairs.iter_mut().zip(first).zip(second) {
            *pair = bits(*first) | bits(*second) << 16;
        }
    }
}

/// Packs 16 rows of 32 numbers, from `row` and `column` on, of a matrix with so many rows and columns: row by row, or
/// with `turned` pair by pair. What lies outside the matrix is 0.
fn pack(view: View<'_>, rows: usize, columns: usize, row: usize, column: usize, turned: bool, tile: &mut Tile) {
    let (row_stride, column_stride) = view.strides;
    let whole = row + TILE <= rows && column + DEPTH <= columns;
    let at = |row: usize, column: usize| row * row_stride + column * column_stride;
    let mut line = [0; TILE];
    for number in 0..TILE {
        // A line is a row, or a pair of columns: whichever lies together in memory.
        let by_row = column_stride == 1;
        if whole && by_row {
            let values = &view.values[at(row + number, column)..];
            neighbours(values.first_chunk().expect("the tile lies inside"), &mut line);
        } else if whole && row_stride == 1 {
            let [first, second] = [0, 1].map(|next| &view.values[at(row, column + 2 * number + next)..]);
            let [first, second] = [first, second].map(|values| values.first_chunk().expect("the tile lies inside"));
            zipped(first, second, &mut line);
        } else {
            for (place, pair) in line.iter_mut().enumerate() {
                let (row, column) = if by_row {
                    (row + number, column + 2 * place)
                } else {
                    (row + place, column + 2 * number)
                };
                let [first, second] = [column, column + 1].map(|column| {
                    if row < rows && column < columns {
                        bits(view.values[at(row, column)])
                    } else {
                        0
                    }
                });
                *pair = first | second << 16;
            }
        }
        if by_row != turned {
            tile.0[number * TILE..][..TILE].copy_from_slice(&line);
        } else {
            for (place, pair) in line.iter().enumerate() {
                tile.0[place * TILE + number] = *pair;
            }
        }
    }
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

/// Whether this machine has the tiles, and lets this program use them. Asked once.
pub fn available() -> bool {
    use std::sync::LazyLock;
    static AVAILABLE: LazyLock<bool> = LazyLock::new(machine::permitted);
    *AVAILABLE
}

/// `a b`, and `bias` added to every row: `a` is `m x k`, `b` `k x n`. Only where they are [`available`].
pub fn product((m, n, k): (usize, usize, usize), a: View<'_>, b: View<'_>, bias: Option<&[f32]>) -> Vec<f32> {
    assert!(available() && a.holds((m, k)) && b.holds((k, n)) && bias.is_none_or(|bias| bias.len() == n));
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
                machine::block_row(left, &right, out, n);
            });
    }
    // SAFETY: the first round wrote all of them.
    unsafe { out.set_len(m * n) };
    out
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod machine {
    use std::arch::asm;

    use super::{BLOCK, TILE, Tile};

    /// What `LDTILECFG` reads: the shapes of the registers.
    #[repr(C, align(64))]
    struct Shapes {
        palette: u8,
        start_row: u8,
        reserved: [u8; 14],
        bytes_of_a_row: [u16; 16],
        rows: [u8; 16],
    }

    static SHAPES: Shapes = {
        let (mut bytes_of_a_row, mut rows) = ([0; 16], [0; 16]);
        let mut register = 0;
        while register < 8 {
            bytes_of_a_row[register] = 64;
            rows[register] = TILE as u8;
            register += 1;
        }
        Shapes {
            palette: 1,
            start_row: 0,
            reserved: [0; 14],
            bytes_of_a_row,
            rows,
        }
    };

    /// Asks the processor for the instructions and Linux for the room that their registers take.
    pub fn permitted() -> bool {
        /// From `asm/prctl.h`, and the number of the tiles' state in `XCR0`.
        const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
        const XTILEDATA: libc::c_long = 18;
        /// Of leaf 7's EDX.
        const AMX_BF16: u32 = 1 << 22;
        const AMX_TILE: u32 = 1 << 24;
        let known = std::arch::x86_64::__cpuid_count(7, 0).edx;
        if known & AMX_BF16 == 0 || known & AMX_TILE == 0 {
            return false;
        }
        // SAFETY: the call takes two numbers, and where Linux does not know it changes nothing.
        unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XTILEDATA) == 0 }
    }

    /// Adds the product of a block of 32 rows with all blocks of the right factor to rows of `n` numbers.
    pub fn block_row(left: &[Tile], right: &[Tile], out: &mut [f32], n: usize) {
        if left.is_empty() {
            return;
        }
        let rows = out.len() / n;
        // SAFETY: tiles may be used, as the caller's caller has found.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const SHAPES, options(nostack, preserves_flags)) };
        let mut edge = [0.0; BLOCK * BLOCK];
        for (number, right) in right.chunks_exact(left.len()).enumerate() {
            let column = number * BLOCK;
            let width = BLOCK.min(n - column);
            if rows == BLOCK && width == BLOCK {
                // SAFETY: 32 rows of 32 numbers lie there.
                unsafe { multiply(left, right, out[column..].as_mut_ptr(), n) };
                continue;
            }
            let part = |row: usize| row * n + column..row * n + column + width;
            for (row, edge) in edge.chunks_exact_mut(BLOCK).enumerate().take(rows) {
                edge[..width].copy_from_slice(&out[part(row)]);
            }
            // SAFETY: `edge` has 32 rows of 32 numbers.
            unsafe { multiply(left, right, edge.as_mut_ptr(), BLOCK) };
            for (row, edge) in edge.chunks_exact(BLOCK).enumerate().take(rows) {
                out[part(row)].copy_from_slice(&edge[..width]);
            }
        }
        // SAFETY: gives the registers back, so that a switch of threads need not save them.
        unsafe { asm!("tilerelease", options(nostack, preserves_flags)) };
    }

    /// Adds the product of two blocks to 32 rows of 32 numbers, `stride` numbers apart.
    ///
    /// # Safety
    /// The registers have their shapes, and the rows at `out` can be read and written.
    unsafe fn multiply(left: &[Tile], right: &[Tile], out: *mut f32, stride: usize) {
        assert!(!left.is_empty() && left.len() == right.len());
        // SAFETY: reads two tiles of either side a step, as many as there are; the caller answers for the rest.
        unsafe {
            asm!(
                "tileloadd tmm0, [{upper} + {stride}]",
                "tileloadd tmm1, [{upper} + {stride} + 64]",
                "tileloadd tmm2, [{lower} + {stride}]",
                "tileloadd tmm3, [{lower} + {stride} + 64]",
                "2:",
                "tileloadd tmm4, [{left} + {line}]",
                "tileloadd tmm6, [{right} + {line}]",
                "tdpbf16ps tmm0, tmm4, tmm6",
                "tileloadd tmm7, [{right} + {line} + 1024]",
                "tdpbf16ps tmm1, tmm4, tmm7",
                "tileloadd tmm5, [{left} + {line} + 1024]",
                "tdpbf16ps tmm2, tmm5, tmm6",
                "tdpbf16ps tmm3, tmm5, tmm7",
                "add {left}, 2048",
                "add {right}, 2048",
                "dec {steps}",
                "jnz 2b",
                "tilestored [{upper} + {stride}], tmm0",
                "tilestored [{upper} + {stride} + 64], tmm1",
                "tilestored [{lower} + {stride}], tmm2",
                "tilestored [{lower} + {stride} + 64], tmm3",
                upper = in(reg) out,
                lower = in(reg) out.add(TILE * stride),
                stride = in(reg) stride * size_of::<f32>(),
                line = in(reg) 64_usize,
                left = inout(reg) left.as_ptr() => _,
                right = inout(reg) right.as_ptr() => _,
                steps = inout(reg) left.len() / 2 => _,
                out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                options(nostack),
            );
        }
    }
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
mod machine {
    use super::Tile;

    pub fn permitted() -> bool {
        false
    }

    pub fn block_row(_: &[Tile], _: &[Tile], _: &mut [f32], _: usize) {
        unreachable!("there are no tiles here")
    }
}

#[cfg(test)]
mod tests {
    use super::super::product::{Factors, large};
    use super::super::tests::random;
    use super::*;

    fn values(seed: u64, count: usize) -> Vec<f32> {
        random(seed, &[count], 1.0).to_vec1().unwrap()
    }

    #[test]
    fn rounding_is_to_the_nearest_and_of_two_to_the_even() {
        // 1 + 1/128 is the next after 1.
        let step = 1.0 / 128.0;
        for (value, expected) in [
            (1.0, 1.0),
            (1.0 + 0.4 * step, 1.0),
            (1.0 + 0.5 * step, 1.0),
            (1.0 + 0.6 * step, 1.0 + step),
            (1.0 + 1.5 * step, 1.0 + 2.0 * step),
            (-1.0 - 0.6 * step, -1.0 - step),
            (0.0, 0.0),
            (f32::INFINITY, f32::INFINITY),
        ] {
            assert_eq!(rounded(value), expected);
        }
        assert!(rounded(f32::NAN).is_nan());
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
                let found = large((m, n, k), a, b, bias, Factors::Bf16);
                assert_eq!(found.len(), m * n);
                for (place, found) in found.iter().enumerate() {
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
