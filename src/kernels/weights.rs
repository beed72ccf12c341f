//! Weights in panels: the order in which the matrix product reads them.
//!
//! A matrix of `outputs x inputs` signed bytes is cut into panels of [`PANEL`] outputs. A panel holds its inputs four by
//! four ("quads"), so that one vector register holds the same quad of several outputs. A panel takes exactly the bytes
//! of its rows, so a matrix is repacked where it lies.

use super::gemm::Quads;

/// Outputs in a panel.
pub const PANEL: usize = 8;
/// Inputs that share a scale.
pub const BLOCK: usize = 32;

/// A borrowed matrix in panels, with its scales and biases.
#[derive(Clone, Copy)]
pub struct Panels<'a> {
    /// Width of the input; a multiple of [`BLOCK`].
    pub inputs: usize,
    /// Width of the output; a multiple of [`BLOCK`], so that it can be another matrix's input.
    pub outputs: usize,
    /// Signed bytes, `outputs x inputs`, in panels.
    pub codes: &'a [u8],
    /// Half-precision scales by panel, block and output.
    pub scales: &'a [u8],
    /// Sums of the codes by panel, block and output, as 16-bit integers of the machine's byte order.
    pub sums: &'a [i16],
    /// What is added to each output.
    pub bias: &'a [f32],
}

impl Panels<'_> {
    /// Whether the parts fit together; the kernels read beyond none of them if so.
    pub(super) fn check(&self) {
        let (inputs, outputs) = (self.inputs, self.outputs);
        assert!(inputs > 0 && inputs.is_multiple_of(BLOCK) && outputs > 0 && outputs.is_multiple_of(BLOCK));
        assert_eq!(self.codes.len(), inputs * outputs);
        assert_eq!(self.scales.len(), 2 * outputs * (inputs / BLOCK));
        assert_eq!(self.sums.len(), outputs * (inputs / BLOCK));
        assert_eq!(self.bias.len(), outputs);
    }
}

/// Brings `rows x inputs` signed bytes from row-major order into panels, and sums them up by panel, block and output.
pub(super) fn pack_codes(codes: &mut [u8], inputs: usize, quads: Quads) -> Vec<i16> {
    assert!(inputs > 0 && inputs.is_multiple_of(BLOCK) && codes.len().is_multiple_of(PANEL * inputs));
    let mut sums = Vec::with_capacity(codes.len() / BLOCK);
    let mut rows = vec![0; PANEL * inputs];
    for panel in codes.chunks_exact_mut(PANEL * inputs) {
        rows.copy_from_slice(panel);
        for block in 0..inputs / BLOCK {
            for row in rows.chunks_exact(inputs) {
                let block = &row[block * BLOCK..][..BLOCK];
                sums.push(block.iter().map(|&code| i16::from(code as i8)).sum());
            }
        }
        for (output, row) in rows.chunks_exact(inputs).enumerate() {
            for (quad, to) in row.as_chunks::<4>().0.iter().zip(panel.as_chunks_mut::<32>().0) {
                match quads {
                    Quads::Whole => to[output * 4..][..4].copy_from_slice(quad),
                    Quads::Halved => {
                        to[output * 2..][..2].copy_from_slice(&quad[..2]);
                        to[16 + output * 2..][..2].copy_from_slice(&quad[2..]);
                    }
                }
            }
        }
    }
    sums
}

/// Brings `rows x blocks` half-precision scales from row-major order into the order of the panels. None may be
/// negative, infinite or NaN.
pub(super) fn pack_scales(scales: &mut [u8], blocks: usize) {
    let panel_bytes = 2 * PANEL * blocks;
    assert!(blocks > 0 && scales.len().is_multiple_of(panel_bytes));
    let mut rows = vec![[0; 2]; PANEL * blocks];
    for panel in scales.chunks_exact_mut(panel_bytes) {
        let panel = panel.as_chunks_mut::<2>().0;
        rows.copy_from_slice(panel);
        for (place, &scale) in rows.iter().enumerate() {
            assert!(
                u16::from_le_bytes(scale) <= 0x7bff,
                "scale is not a finite number from 0 on"
            );
            let (output, block) = (place / blocks, place % blocks);
            panel[block * PANEL + output] = scale;
        }
    }
}
