//! AdamW, with a state that can be saved.

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, InplaceOp2, InplaceOp3, Layout, Tensor};
use rayon::prelude::*;

use super::ops::{CHUNK, Way, floats, floats_mut, sum_of_squares};
use super::parameters::Parameters;
use crate::error::Result;

/// Decay rates of the moments and the guard of the division: PyTorch's defaults.
const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// The running means of a parameter's gradient and of its square.
pub struct Moments {
    /// Of the gradient.
    pub first: Tensor,
    /// Of its square.
    pub second: Tensor,
}

/// AdamW (Loshchilov and Hutter, 2019) over all trained parameters, in their order.
pub struct AdamW {
    /// One a trained parameter.
    pub moments: Vec<Moments>,
    /// Steps done.
    pub steps: usize,
    weight_decay: f64,
    way: Way,
}

/// Gradients of all trained parameters, in their order; `None` where the loss does not depend on one.
pub struct Gradients(Vec<Option<Tensor>>);

impl Gradients {
    /// Takes them out of what a backward pass returned.
    pub fn take(mut store: GradStore, parameters: &Parameters) -> Self {
        Self(
            parameters
                .trained()
                .map(|parameter| store.remove(parameter.value.as_tensor()))
                .collect(),
        )
    }

    /// Adds another batch's.
    ///
    /// # Errors
    /// [`crate::Error::Compute`].
    pub fn add(&mut self, other: Self) -> Result<()> {
        for (sum, gradient) in self.0.iter_mut().zip(other.0) {
            *sum = match (sum.take(), gradient) {
                (Some(sum), Some(gradient)) => Some((sum + gradient)?),
                (sum, gradient) => sum.or(gradient),
            };
        }
        Ok(())
    }

    /// The Euclidean length of all of them together.
    ///
    /// # Errors
    /// [`crate::Error::Compute`].
    pub fn norm(&self) -> Result<f64> {
        let mut sum = 0.0;
        for gradient in self.0.iter().flatten() {
            sum += if gradient.device().is_cpu() && gradient.is_contiguous() {
                let (storage, layout) = gradient.storage_and_layout();
                match &*storage {
                    candle_core::Storage::Cpu(storage) => sum_of_squares(floats(storage, layout)?),
                    _ => unreachable!("the device is the CPU"),
                }
            } else {
                f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?)
            };
        }
        Ok(sum.sqrt())
    }
}

impl AdamW {
    /// With moments of zero.
    ///
    /// # Errors
    /// [`crate::Error::Compute`] when the device has no room.
    pub fn new(parameters: &Parameters, weight_decay: f64) -> Result<Self> {
        let mut way = Way::Composed;
        let mut moments = Vec::new();
        for parameter in parameters.trained() {
            if parameter.value.device().is_cpu() {
                way = Way::Fused;
            }
            moments.push(Moments {
                first: parameter.value.zeros_like()?,
                second: parameter.value.zeros_like()?,
            });
        }
        Ok(Self {
            moments,
            steps: 0,
            weight_decay,
            way,
        })
    }

    /// One step with the gradients times `factor`.
    ///
    /// # Errors
    /// [`crate::Error::Compute`].
    pub fn step(&mut self, parameters: &Parameters, gradients: &Gradients, factor: f64, rate: f64) -> Result<()> {
        self.steps += 1;
        let correction = |beta: f64| 1.0 - beta.powi(self.steps.min(i32::MAX as usize) as i32);
        let (first, second) = (correction(BETA1), correction(BETA2));
        for ((parameter, gradient), moments) in parameters.trained().zip(&gradients.0).zip(&mut self.moments) {
            let Some(gradient) = gradient else { continue };
            let keep = 1.0 - rate * if parameter.decays { self.weight_decay } else { 0.0 };
            match self.way {
                Way::Fused => {
                    let gradient = gradient.contiguous()?;
                    let mean = |beta, square| Mean {
                        beta: beta as f32,
                        factor: factor as f32,
                        square,
                    };
                    moments.first.inplace_op2(&gradient, &mean(BETA1, false))?;
                    moments.second.inplace_op2(&gradient, &mean(BETA2, true))?;
                    let update = Update {
                        keep: keep as f32,
                        rate: (rate / first) as f32,
                        correction: second.sqrt().recip() as f32,
                    };
                    parameter
                        .value
                        .as_tensor()
                        .inplace_op3(&moments.first, &moments.second, &update)?;
                }
                Way::Composed => {
                    let gradient = (gradient * factor)?;
                    moments.first = ((&moments.first * BETA1)? + (&gradient * (1.0 - BETA1))?)?;
                    moments.second = ((&moments.second * BETA2)? + (gradient.sqr()? * (1.0 - BETA2))?)?;
                    let scale = ((&moments.second / second)?.sqrt()? + EPSILON)?;
                    let step = ((&moments.first * (rate / first))? / scale)?;
                    parameter.value.set(&((parameter.value.as_tensor() * keep)? - step)?)?;
                }
            }
        }
        Ok(())
    }
}

/// `mean = beta * mean + (1 - beta) * gradient`, or its square.
struct Mean {
    beta: f32,
    factor: f32,
    square: bool,
}

impl InplaceOp2 for Mean {
    fn name(&self) -> &'static str {
        "running-mean"
    }

    fn cpu_fwd(
        &self,
        mean: &mut CpuStorage,
        mean_layout: &Layout,
        gradient: &CpuStorage,
        layout: &Layout,
    ) -> candle_core::Result<()> {
        let rest = 1.0 - self.beta;
        floats_mut(mean, mean_layout)?
            .par_chunks_mut(CHUNK)
            .zip(floats(gradient, layout)?.par_chunks(CHUNK))
            .for_each(|(means, gradients)| {
                for (mean, gradient) in means.iter_mut().zip(gradients) {
                    let gradient = gradient * self.factor;
                    let new = if self.square { gradient * gradient } else { gradient };
                    *mean = *mean * self.beta + new * rest;
                }
            });
        Ok(())
    }
}

/// `value = keep * value - rate * first / (sqrt(second) * correction + epsilon)`
struct Update {
    keep: f32,
    rate: f32,
    correction: f32,
}

impl InplaceOp3 for Update {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(
        &self,
        value: &mut CpuStorage,
        value_layout: &Layout,
        first: &CpuStorage,
        first_layout: &Layout,
        second: &CpuStorage,
        second_layout: &Layout,
    ) -> candle_core::Result<()> {
        floats_mut(value, value_layout)?
            .par_chunks_mut(CHUNK)
            .zip(floats(first, first_layout)?.par_chunks(CHUNK))
            .zip(floats(second, second_layout)?.par_chunks(CHUNK))
            .for_each(|((values, first), second)| {
                for ((value, first), second) in values.iter_mut().zip(first).zip(second) {
                    let scale = second.sqrt() * self.correction + EPSILON as f32;
                    *value = *value * self.keep - self.rate * first / scale;
                }
            });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::checkpoint::{Checkpoint, WEIGHTS, Weights};
    use crate::training::parameters::{Frozen, host};
    use crate::training::tests::{all_rows, tiny};

    fn parameters() -> Parameters {
        let checkpoint = Checkpoint::from_folder(&tiny(false)).unwrap();
        let weights = Weights::open(WEIGHTS, checkpoint.files.require(WEIGHTS).unwrap()).unwrap();
        Parameters::load(
            &checkpoint.config,
            &weights,
            &all_rows(&checkpoint.config),
            &Device::Cpu,
            Frozen::default(),
        )
        .unwrap()
    }

    /// Gradients that are the parameters themselves plus one.
    fn gradients(parameters: &Parameters) -> Gradients {
        Gradients(
            parameters
                .trained()
                .map(|parameter| Some((parameter.value.as_tensor().detach() + 1.0).unwrap()))
                .collect(),
        )
    }

    #[test]
    fn steps_are_those_of_the_paper() {
        let (rate, decay, factor) = (0.01, 0.1, 0.5);
        for way in [Way::Fused, Way::Composed] {
            let parameters = parameters();
            let mut expected: Vec<Vec<f64>> = Vec::new();
            for parameter in parameters.trained() {
                let values = host(parameter.value.as_tensor()).unwrap();
                expected.push(values.into_iter().map(f64::from).collect());
            }
            let mut optimiser = AdamW::new(&parameters, decay).unwrap();
            optimiser.way = way;
            let mut moments: Vec<Vec<(f64, f64)>> =
                expected.iter().map(|values| vec![(0.0, 0.0); values.len()]).collect();
            for step in 1..=3 {
                let gradients = gradients(&parameters);
                optimiser.step(&parameters, &gradients, factor, rate).unwrap();
                for ((values, moments), parameter) in expected.iter_mut().zip(&mut moments).zip(parameters.trained()) {
                    for (value, (m, v)) in values.iter_mut().zip(moments) {
                        let gradient = (*value + 1.0) * factor;
                        if parameter.decays {
                            *value -= rate * decay * *value;
                        }
                        *m = 0.9 * *m + 0.1 * gradient;
                        *v = 0.999 * *v + 0.001 * gradient * gradient;
                        let (m, v) = (*m / (1.0 - 0.9_f64.powi(step)), *v / (1.0 - 0.999_f64.powi(step)));
                        *value -= rate * m / (v.sqrt() + 1e-8);
                    }
                }
            }
            for (parameter, expected) in parameters.trained().zip(&expected) {
                for (found, expected) in host(parameter.value.as_tensor()).unwrap().iter().zip(expected) {
                    let error = (f64::from(*found) - expected).abs();
                    assert!(error < 2e-6, "{way:?}, {}: {found} against {expected}", parameter.name);
                }
            }
        }
    }

    #[test]
    fn the_norm_is_over_all_gradients() {
        let parameters = parameters();
        let mut sum = gradients(&parameters);
        sum.add(gradients(&parameters)).unwrap();
        let mut squares = 0.0;
        for parameter in parameters.trained() {
            for value in host(parameter.value.as_tensor()).unwrap() {
                squares += (2.0 * (f64::from(value) + 1.0)).powi(2);
            }
        }
        assert!((sum.norm().unwrap() / squares.sqrt() - 1.0).abs() < 1e-5);
    }
}
