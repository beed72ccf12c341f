//! Elementary functions, lane by lane.

use super::lanes::Lanes;

/// GELU with erf: `x * (1 + erf(x / sqrt 2)) / 2`.
///
/// The normal distribution less one half is odd: `x P(x²) / Q(x²)` up to 5.5, constant beyond. The coefficients are our
/// own fit (iterated least squares, weighted by x). The error is below `3e-7 * (1 + |x|)`.
///
/// # Safety
/// The instruction set of `F` must be there.
#[inline(always)]
pub(super) unsafe fn gelu<F: Lanes>(x: F) -> F {
    const END: f32 = 5.5;
    const P: [f32; 5] = [
        0.398_941_16,
        0.068_336_144,
        0.006_872_987,
        0.000_528_056_7,
        9.474_206e-6,
    ];
    const Q: [f32; 6] = [
        1.0,
        0.337_936_25,
        0.048_592_277,
        0.003_918_281_8,
        0.000_192_143,
        7.628_419e-7,
    ];
    // SAFETY: the caller has the instruction set.
    unsafe {
        let near = x.max(F::splat(-END)).min(F::splat(END));
        let square = near.mul(near);
        let numerator = near.mul(polynomial(square, &P));
        let phi = numerator.div(polynomial(square, &Q)).add(F::splat(0.5));
        x.mul(phi)
    }
}

/// e to the power of `x`, for `x` from -87 to 0; below, as for -87. The relative error is below 3e-7.
///
/// # Safety
/// The instruction set of `F` must be there.
#[inline(always)]
pub(super) unsafe fn exp<F: Lanes>(x: F) -> F {
    // ln 2 in two parts: the first has few enough bits for exact products with the exponents.
    const LN2_HIGH: f32 = 355.0 / 512.0;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Our own fit on ±ln 2 / 2 with the first two coefficients held; relative error 1.1e-7.
    const P: [f32; 6] = [1.0, 1.0, 0.499_992_3, 0.166_671_14, 0.041_890_115, 0.008_312_525];
    // SAFETY: the caller has the instruction set.
    unsafe {
        let x = x.max(F::splat(-87.0));
        let exponent = x.mul(F::splat(std::f32::consts::LOG2_E)).round();
        let whole = F::to_float(exponent);
        let rest = x.sub(whole.mul(F::splat(LN2_HIGH))).sub(whole.mul(F::splat(LN2_LOW)));
        polynomial(rest, &P).mul(F::power_of_two(exponent))
    }
}

/// Horner's rule, constant term first in `coefficients`.
#[inline(always)]
unsafe fn polynomial<F: Lanes, const N: usize>(x: F, coefficients: &[f32; N]) -> F {
    // SAFETY: the caller has the instruction set.
    unsafe {
        let mut value = F::splat(coefficients[N - 1]);
        for &coefficient in coefficients[..N - 1].iter().rev() {
            value = value.mul(x).add(F::splat(coefficient));
        }
        value
    }
}
