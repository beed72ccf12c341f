//! Weights in panels: the order in which the matrix product reads them.
//!
//! A matrix of `outputs x inputs` signed bytes is cut into panels, of as many outputs as a vector register of the
//! instruction set has lanes: 8 or 16. A panel holds its inputs four by four ("quads"), so that one register holds the
//! same quad of all its outputs. A panel takes exactly the bytes of its rows, so a matrix is repacked where it lies.

use half::f16;

use super::gemm::{Chain, Quads, Storage};

/// Inputs that share a scale.
pub const BLOCK: usize = 32;
/// The highest code of an activation: see [`super::Activations`].
const HIGHEST_CODE: i32 = 127;
/// The most that the magnitudes of a lane's weights may add up to ([`heaviest_lane`]).
///
/// A lane's products with codes from 0 to 127 then span at most `127 * 515 = 65405`: moved to the middle of the 16-bit
/// integers ([`Sums`]), their sum never leaves them.
pub const HEAVIEST_LANE: u32 = 515;

/// A block is summed up in two lanes of 16 bits: the first and second input of each quad in one, the third and fourth in
/// the other. This is the larger of the lanes' sums of magnitudes.
pub fn heaviest_lane(block: &[u8; BLOCK]) -> u32 {
    weigh(block).1
}

/// The sums of both lanes of a block of signed bytes, and the larger of their sums of magnitudes.
#[inline(always)]
fn weigh(block: &[u8; BLOCK]) -> ([i32; 2], u32) {
    // Eight places at a time, in 16 bits, as the compiler can do with vectors: a model has half a million blocks.
    let (mut sums, mut magnitudes) = ([0_i16; 8], [0_i16; 8]);
    for places in block.as_chunks::<8>().0 {
        for place in 0..8 {
            let code = i16::from(places[place] as i8);
            sums[place] += code;
            magnitudes[place] += code.abs();
        }
    }
    let lanes = |places: [i16; 8]| {
        let [a, b, c, d, e, f, g, h] = places.map(i32::from);
        [a + b + e + f, c + d + g + h]
    };
    let [first, second] = lanes(magnitudes);
    (lanes(sums), first.max(second) as u32)
}

/// A borrowed matrix in panels, with its scales and biases.
#[derive(Clone, Copy)]
pub struct Panels<'a> {
    /// Width of the input; a multiple of [`BLOCK`].
    pub inputs: usize,
    /// Width of the output; a multiple of [`BLOCK`], so that it can be another matrix's input.
    pub outputs: usize,
    /// Signed bytes, `outputs x inputs`, in panels.
    pub codes: &'a [u8],
    /// Scales by panel, block and output: finite, and not negative. They stay in half precision, for what memory a pass
    /// reads is what a short text waits for.
    pub scales: &'a [f16],
    /// What belongs to sums over whole blocks.
    pub sums: &'a Sums,
    /// What is added to each output.
    pub bias: &'a [f32],
}

/// What belongs to sums over whole blocks, by panel and block.
#[derive(Debug, Default)]
pub struct Sums {
    /// For each output the sum of the block's codes, which the row's zero point is multiplied by.
    pub(super) totals: Vec<i16>,
    /// For each output what its two 16-bit lanes start from: minus the middle of all the sums that they can reach. Empty
    /// for instruction sets that sum up in 32 bits.
    pub(super) middles: Vec<i16>,
}

impl Panels<'_> {
    /// Whether the parts fit together; the kernels read beyond none of them if so.
    pub(super) fn check(&self, storage: Storage) {
        let (inputs, outputs) = (self.inputs, self.outputs);
        assert!(inputs > 0 && inputs.is_multiple_of(BLOCK) && outputs > 0 && outputs.is_multiple_of(BLOCK));
        assert!(outputs.is_multiple_of(storage.panel));
        assert_eq!(self.codes.len(), inputs * outputs);
        let blocks = outputs * (inputs / BLOCK);
        assert_eq!(self.scales.len(), blocks);
        assert_eq!(self.sums.totals.len(), blocks);
        assert!(storage.chain == Chain::Wide || self.sums.middles.len() == 2 * blocks);
        assert_eq!(self.bias.len(), outputs);
    }
}

/// Brings `rows x inputs` signed bytes from row-major order into panels.
///
/// # Panics
/// When the sizes are no whole panels and blocks, or a lane is heavier than [`HEAVIEST_LANE`].
pub(super) fn pack_codes(codes: &mut [u8], inputs: usize, storage: Storage) -> Sums {
    let Storage {
        panel: outputs,
        quads,
        chain,
    } = storage;
    assert!(inputs > 0 && inputs.is_multiple_of(BLOCK) && codes.len().is_multiple_of(outputs * inputs));
    let mut sums = Sums::default();
    let mut rows = vec![0; outputs * inputs];
    for panel in codes.chunks_exact_mut(outputs * inputs) {
        rows.copy_from_slice(panel);
        for block in 0..inputs / BLOCK {
            for row in rows.chunks_exact(inputs) {
                sums.add_block(&row.as_chunks().0[block], chain);
            }
        }
        for (output, row) in rows.chunks_exact(inputs).enumerate() {
            for (quad, to) in row.as_chunks::<4>().0.iter().zip(panel.chunks_exact_mut(4 * outputs)) {
                match quads {
                    Quads::Whole => to[output * 4..][..4].copy_from_slice(quad),
                    Quads::Halved => {
                        to[output * 2..][..2].copy_from_slice(&quad[..2]);
                        to[2 * outputs + output * 2..][..2].copy_from_slice(&quad[2..]);
                    }
                }
            }
        }
    }
    sums
}

impl Sums {
    fn add_block(&mut self, block: &[u8; BLOCK], chain: Chain) {
        let (lanes, heaviest) = weigh(block);
        assert!(heaviest <= HEAVIEST_LANE, "a lane of weights is too heavy");
        self.totals.push((lanes[0] + lanes[1]) as i16);
        if chain == Chain::Narrow {
            // The sums reach from 127 times the negative weights to 127 times the positive ones: the middle is half of
            // 127 times them all.
            self.middles.extend(lanes.map(|lane| -(HIGHEST_CODE * lane / 2) as i16));
        }
    }
}

/// Brings `outputs x inputs / 32` half-precision scales from row-major order into the order of the panels.
///
/// # Panics
/// When `inputs` is no multiple of [`BLOCK`], or the outputs are no whole panels.
pub(super) fn pack_scales(scales: &[u8], inputs: usize, storage: Storage) -> Vec<f16> {
    assert!(inputs > 0 && inputs.is_multiple_of(BLOCK));
    let (outputs, blocks) = (storage.panel, inputs / BLOCK);
    let scales = scales.as_chunks::<2>().0;
    assert!(scales.len().is_multiple_of(outputs * blocks));
    let mut packed = Vec::with_capacity(scales.len());
    for panel in scales.chunks_exact(outputs * blocks) {
        for block in 0..blocks {
            packed.extend((0..outputs).map(|output| f16::from_le_bytes(panel[output * blocks + block])));
        }
    }
    packed
}
