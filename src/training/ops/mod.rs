//! The operations that training spends its time in, with their gradients.
//!
//! Each comes in two ways. `Fused` runs on the CPU: one pass over memory, gradients that recompute what is cheap
//! instead of storing it. `Composed` is written in candle's own operations, runs on every device and is what the fused
//! way is tested against. Both compute the same numbers, dropout included.
//!
//! Token states are packed: `tokens x width`, the sequences of a batch one after the other without padding.

mod attention;
mod dropout;
mod gelu;
mod linear;
mod norm;
mod product;
#[cfg(target_arch = "x86_64")]
mod tiles;
mod vector;

pub use attention::{Sequences, attention};
pub use dropout::{Dropout, dropout};
pub use linear::{Activation, linear};
pub use norm::add_norm;
pub use product::Factors;
pub(super) use vector::{CHUNK, floats, floats_mut, sum_of_squares};

/// How an operation is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// In one pass, on the CPU.
    Fused,
    /// In candle's operations, anywhere.
    Composed,
}

#[cfg(test)]
pub(crate) mod tests {
    use candle_core::{Device, Result, Tensor, Var};

    use super::Way;
    use crate::training::random::Generator;

    /// A tensor of numbers between -`range` and `range`.
    pub fn random(seed: u64, shape: &[usize], range: f32) -> Var {
        let mut generator = Generator::new(seed);
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|_| ((generator.next() >> 40) as f32 / (1 << 23) as f32 - 1.0) * range)
            .collect();
        Var::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    /// Checks that both ways of `operation` agree, and so do the gradients of a random weighting of its result.
    pub fn both_ways_agree(arguments: &[Var], tolerance: f32, operation: impl Fn(&[Tensor], Way) -> Result<Tensor>) {
        let tensors: Vec<Tensor> = arguments.iter().map(|argument| argument.as_tensor().clone()).collect();
        let run = |way| {
            let result = operation(&tensors, way).unwrap();
            let weights = random(99, result.dims(), 1.0);
            let gradients = (&result * weights.as_tensor().detach())
                .unwrap()
                .sum_all()
                .unwrap()
                .backward()
                .unwrap();
            let mut all = vec![result];
            all.extend(tensors.iter().map(|tensor| gradients.get(tensor).unwrap().clone()));
            all
        };
        for (place, (fused, composed)) in run(Way::Fused).iter().zip(run(Way::Composed)).enumerate() {
            assert_eq!(fused.dims(), composed.dims());
            let flat = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            for (at, (a, b)) in flat(fused).into_iter().zip(flat(&composed)).enumerate() {
                assert!(
                    (a - b).abs() <= tolerance * (1.0 + b.abs()),
                    "tensor {place} (0 is the result), value {at}: {a} against {b}"
                );
            }
        }
    }
}
