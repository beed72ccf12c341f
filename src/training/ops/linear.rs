//! A layer of weights and biases.

use candle_core::{CpuStorage, CustomOp1, CustomOp3, Layout, Result, Shape, Tensor};
use gemm::{Parallelism, gemm};

use super::Way;
use super::vector::{column_sums, floats};

/// `x W^T + b`: `x` is `tokens x inputs`, `weight` `outputs x inputs`, `bias` `outputs`.
///
/// # Errors
/// candle's, for shapes that do not fit or a device that fails.
pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor, way: Way) -> Result<Tensor> {
    match way {
        Way::Fused => x.apply_op3(weight, bias, Linear),
        Way::Composed => x.matmul(&weight.t()?)?.broadcast_add(bias),
    }
}

struct Linear;

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let ((rows, inputs), (outputs, columns)) = (x_layout.shape().dims2()?, weight_layout.shape().dims2()?);
        let (x, weight, bias) = (
            floats(x, x_layout)?,
            floats(weight, weight_layout)?,
            floats(bias, bias_layout)?,
        );
        if inputs != columns || bias.len() != outputs {
            candle_core::bail!(
                "linear: {inputs} inputs, weights {outputs} x {columns}, {} biases",
                bias.len()
            );
        }
        // The product is added to the biases, which saves a pass over the result.
        let mut out = Vec::with_capacity(rows * outputs);
        for _ in 0..rows {
            out.extend_from_slice(bias);
        }
        let threads = candle_core::utils::get_num_threads();
        // SAFETY: the sizes were just checked against the slices, and `out` is nobody else's.
        unsafe {
            gemm(
                rows,
                outputs,
                inputs,
                out.as_mut_ptr(),
                1,
                outputs as isize,
                true,
                x.as_ptr(),
                1,
                inputs as isize,
                weight.as_ptr(),
                inputs as isize,
                1,
                1.0_f32,
                1.0_f32,
                false,
                false,
                false,
                if threads > 1 {
                    Parallelism::Rayon(threads)
                } else {
                    Parallelism::None
                },
            );
        }
        Ok((CpuStorage::F32(out), Shape::from((rows, outputs))))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        Ok((
            Some(gradient.matmul(weight)?),
            Some(gradient.t()?.matmul(x)?),
            Some(gradient.apply_op1_no_bwd(&ColumnSums)?),
        ))
    }
}

struct ColumnSums;

impl CustomOp1 for ColumnSums {
    fn name(&self) -> &'static str {
        "column-sums"
    }

    fn cpu_fwd(&self, values: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let width = layout.shape().dims2()?.1;
        Ok((
            CpuStorage::F32(column_sums(floats(values, layout)?, width)),
            Shape::from(width),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{both_ways_agree, random};
    use super::*;

    #[test]
    fn fused_is_composed() {
        let arguments = [
            random(1, &[70, 24], 1.0),
            random(2, &[40, 24], 1.0),
            random(3, &[40], 1.0),
        ];
        both_ways_agree(&arguments, 1e-5, |arguments, way| {
            linear(&arguments[0], &arguments[1], &arguments[2], way)
        });
    }
}
