//! Elementary functions, lane by lane.
//!
//! Each is made once for a loop, with its constants in vectors that the compiler knows nothing of: engines of WebAssembly
//! would make a constant that they know anew each time, in three instructions instead of one.

use std::hint::black_box;

use super::lanes::{Lanes, ROUND};

/// GELU with erf: `x * (1 + erf(x / sqrt 2)) / 2`.
///
/// The normal distribution less one half is odd: `x P(x²) / Q(x²)` up to 5.5, constant beyond. The coefficients are our
/// own fit (iterated least squares, weighted by x). The error is below `3e-7 * (1 + |x|)`.
#[derive(Clone, Copy)]
pub(super) struct Gelu<F> {
    start: F,
    end: F,
    half: F,
    numerator: [F; 5],
    denominator: [F; 6],
}

impl<F: Lanes> Gelu<F> {
    /// # Safety
    /// The instruction set of `F` must be there.
    #[inline(always)]
    pub(super) unsafe fn new() -> Self {
        // SAFETY: the caller has the instruction set.
        unsafe {
            Self {
                start: constant(-5.5),
                end: constant(5.5),
                half: constant(0.5),
                numerator: constants([
                    0.398_941_16,
                    0.068_336_144,
                    0.006_872_987,
                    0.000_528_056_7,
                    9.474_206e-6,
                ]),
                denominator: constants([
                    1.0,
                    0.337_936_25,
                    0.048_592_277,
                    0.003_918_281_8,
                    0.000_192_143,
                    7.628_419e-7,
                ]),
            }
        }
    }

    /// # Safety
    /// The instruction set of `F` must be there.
    #[inline(always)]
    pub(super) unsafe fn of(&self, x: F) -> F {
        // SAFETY: the caller has the instruction set.
        unsafe {
            let near = x.max(self.start).min(self.end);
            let square = near.mul(near);
            let numerator = near.mul(polynomial(square, &self.numerator));
            let phi = numerator.div(polynomial(square, &self.denominator)).add(self.half);
            x.mul(phi)
        }
    }
}

/// 2 to the power of `x`, for `x` from -125 to 0; below, and where `x` is no number, as for -125. The relative error is
/// below 3e-7.
#[derive(Clone, Copy)]
pub(super) struct Exp2<F> {
    least: F,
    round: F,
    polynomial: [F; 6],
}

impl<F: Lanes> Exp2<F> {
    /// # Safety
    /// The instruction set of `F` must be there.
    #[inline(always)]
    pub(super) unsafe fn new() -> Self {
        // SAFETY: the caller has the instruction set.
        unsafe {
            Self {
                least: constant(-125.0),
                round: constant(ROUND),
                // Our own fit on ±1/2; relative error 7.5e-8 before rounding.
                polynomial: constants([
                    1.000_000_1,
                    0.693_146_94,
                    0.240_221_2,
                    0.055_507_13,
                    0.009_675_541,
                    0.001_327_647_2,
                ]),
            }
        }
    }

    /// # Safety
    /// The instruction set of `F` must be there.
    #[inline(always)]
    pub(super) unsafe fn of(&self, x: F) -> F {
        // SAFETY: the caller has the instruction set.
        unsafe {
            let x = x.max(self.least);
            // The nearest integer stands in the low bits of this sum.
            let sum = x.add(self.round);
            let rest = x.sub(sum.sub(self.round));
            polynomial(rest, &self.polynomial).times_power_of_two(sum.bits())
        }
    }
}

/// `value` in every lane, as a vector that the compiler knows nothing of.
///
/// # Safety
/// The instruction set of `F` must be there.
#[inline(always)]
unsafe fn constant<F: Lanes>(value: f32) -> F {
    // SAFETY: the caller has the instruction set.
    unsafe { F::splat(black_box(value)) }
}

#[inline(always)]
unsafe fn constants<F: Lanes, const N: usize>(values: [f32; N]) -> [F; N] {
    // SAFETY: the caller has the instruction set.
    unsafe {
        let mut vectors = [F::splat(0.0); N];
        for (vector, value) in vectors.iter_mut().zip(values) {
            *vector = constant(value);
        }
        vectors
    }
}

/// Horner's rule, constant term first in `coefficients`.
#[inline(always)]
unsafe fn polynomial<F: Lanes, const N: usize>(x: F, coefficients: &[F; N]) -> F {
    // SAFETY: the caller has the instruction set.
    unsafe {
        let mut value = coefficients[N - 1];
        for &coefficient in coefficients[..N - 1].iter().rev() {
            value = value.mul(x).add(coefficient);
        }
        value
    }
}
