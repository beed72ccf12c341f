//! Where and in what a dense encoder computes.

use std::str::FromStr;

use crate::error::{Error, Result};

/// Where a dense encoder computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA GPU by its number (feature `cuda`).
    Cuda(usize),
    /// The Apple GPU (feature `metal`).
    Metal,
}

impl FromStr for Device {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            "metal" => Ok(Self::Metal),
            other => other
                .strip_prefix("cuda:")
                .and_then(|number| number.parse().ok())
                .map(Self::Cuda)
                .ok_or_else(|| {
                    Error::Input(format!(
                        "device {other:?} is unknown; it must be cpu, cuda, cuda:N or metal"
                    ))
                }),
        }
    }
}

/// The floating-point type that a dense encoder computes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 16 bits, 11 of them significant.
    F16,
    /// 16 bits, 8 of them significant.
    BF16,
}

impl FromStr for Precision {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "f32" => Ok(Self::F32),
            "f16" => Ok(Self::F16),
            "bf16" => Ok(Self::BF16),
            other => Err(Error::Input(format!(
                "dtype {other:?} is unknown; it must be f32, f16 or bf16"
            ))),
        }
    }
}
