//! A layer of weights and biases.

use std::borrow::Cow;

use candle_core::{CpuStorage, CustomOp3, DType, Layout, Result, Shape, Tensor};

use super::Way;
use super::gelu::{activate, pull_back};
use super::norm::on_cpu;
use super::product::{Factors, View, large};
use super::vector::{column_sums, floats};

/// What a layer does to its inputs first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    None,
    /// GELU. In one operation with the layer, so that no second copy of its inputs is kept for the way back.
    Gelu,
}

/// `f(x) W^T + b`: `x` is `tokens x inputs`, `weight` `outputs x inputs`, `bias` `outputs`.
///
/// # Errors
/// candle's, for shapes that do not fit or a device that fails.
pub fn linear(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    activation: Activation,
    factors: Factors,
    way: Way,
) -> Result<Tensor> {
    match way {
        Way::Fused => x.apply_op3(weight, bias, Linear { activation, factors }),
        Way::Composed => {
            let x = match activation {
                Activation::None => x.clone(),
                Activation::Gelu => x.gelu_erf()?,
            };
            let round = |factor: &Tensor| match factors {
                Factors::F32 => Ok(factor.clone()),
                Factors::Bf16 => factor.to_dtype(DType::BF16)?.to_dtype(DType::F32),
            };
            round(&x)?.matmul(&round(weight)?.t()?)?.broadcast_add(bias)
        }
    }
}

struct Linear {
    activation: Activation,
    factors: Factors,
}

impl Linear {
    /// The inputs, activated.
    fn inputs<'a>(&self, x: &'a [f32]) -> Cow<'a, [f32]> {
        match self.activation {
            Activation::None => x.into(),
            Activation::Gelu => activate(x).into(),
        }
    }
}

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
        let out = large(
            (rows, outputs, inputs),
            View::rows(&self.inputs(x), inputs),
            View::rows(weight, inputs).t(),
            Some(bias),
            self.factors,
        );
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
        let ((rows, inputs), outputs) = (x.dims2()?, weight.dim(0)?);
        let gradient = gradient.contiguous()?;
        let (x_storage, x_layout) = x.storage_and_layout();
        let (weight_storage, weight_layout) = weight.storage_and_layout();
        let (gradient_storage, gradient_layout) = gradient.storage_and_layout();
        let x_values = floats(on_cpu(&x_storage)?, x_layout)?;
        let weights = View::rows(floats(on_cpu(&weight_storage)?, weight_layout)?, inputs);
        let gradients = floats(on_cpu(&gradient_storage)?, gradient_layout)?;
        let to_bias = column_sums(gradients, outputs);
        let gradients = View::rows(gradients, outputs);

        let mut to_x = large((rows, inputs, outputs), gradients, weights, None, self.factors);
        if self.activation == Activation::Gelu {
            pull_back(x_values, &mut to_x);
        }
        let activated = self.inputs(x_values);
        let shape = (outputs, inputs, rows);
        let to_weight = large(shape, gradients.t(), View::rows(&activated, inputs), None, self.factors);
        let device = x.device();
        Ok((
            Some(Tensor::from_vec(to_x, (rows, inputs), device)?),
            Some(Tensor::from_vec(to_weight, (outputs, inputs), device)?),
            Some(Tensor::from_vec(to_bias, outputs, device)?),
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
            random(1, &[70, 24], 3.0),
            random(2, &[40, 24], 1.0),
            random(3, &[40], 1.0),
        ];
        // The composed way rounds gradients at other places.
        for (factors, tolerance) in [(Factors::F32, 2e-5), (Factors::Bf16, 0.06)] {
            for activation in [Activation::None, Activation::Gelu] {
                both_ways_agree(&arguments, tolerance, |arguments, way| {
                    linear(&arguments[0], &arguments[1], &arguments[2], activation, factors, way)
                });
            }
        }
    }
}
