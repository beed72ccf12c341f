//! The order of a feed-forward layer's inner neurons, which is free: what leaves the layer is the same in any.
//!
//! The packed encoder rounds activations in blocks of 32 with a step for each block, so a neuron that reaches far costs its
//! 31 neighbours. Sorted by how far they reach, neurons stand beside their likes.
//!
//! So a packed checkpoint's neurons stand in another order than those of the one that it was packed from. Weights read back from it
//! can be averaged with that one's only when neurons are beside their likes again: the mean of two that differ does what neither does.

/// Neurons from the farthest reaching to the least: places in the old order.
///
/// What comes in is LayerNorm's, so about `norm_weight * z + norm_bias` with `z` of mean 0 and variance 1. Of a neuron's sum
/// that gives a mean and a deviation, and three deviations above the mean is how far it is taken to reach: GELU keeps
/// what is above zero. `weight` is `neurons x inputs`, row-major.
///
/// # Panics
/// When the sizes do not fit together.
pub(super) fn by_reach(weight: &[f32], bias: &[f32], norm_weight: &[f32], norm_bias: &[f32]) -> Vec<usize> {
    let inputs = norm_weight.len();
    assert!(norm_bias.len() == inputs && weight.len() == bias.len() * inputs);
    let reach: Vec<f32> = weight
        .chunks_exact(inputs)
        .zip(bias)
        .map(|(row, bias)| {
            let mean: f32 = row.iter().zip(norm_bias).map(|(weight, input)| weight * input).sum();
            let variance: f32 = row
                .iter()
                .zip(norm_weight)
                .map(|(weight, input)| (weight * input).powi(2))
                .sum();
            bias + mean + 3.0 * variance.sqrt()
        })
        .collect();
    let mut order: Vec<usize> = (0..bias.len()).collect();
    order.sort_by(|&a, &b| reach[b].total_cmp(&reach[a]));
    order
}

/// These rows of a row-major matrix, in this order.
pub(super) fn rows(values: &[f32], columns: usize, order: impl IntoIterator<Item = usize>) -> Vec<f32> {
    order
        .into_iter()
        .flat_map(|row| &values[row * columns..][..columns])
        .copied()
        .collect()
}

/// The columns of a row-major matrix in this order.
pub(super) fn columns(values: &[f32], order: &[usize]) -> Vec<f32> {
    values
        .chunks_exact(order.len())
        .flat_map(|row| order.iter().map(|&column| row[column]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_farthest_reaching_comes_first() {
        // Reaches, mean and three deviations: 1 + 3, 3 + 0, -1 + 15.
        let weight = [1.0, 0.0, 0.0, 1.0, 5.0, 0.0];
        let order = by_reach(&weight, &[1.0, 2.0, -1.0], &[1.0, 0.0], &[0.0, 1.0]);
        assert_eq!(order, [2, 0, 1]);
    }

    #[test]
    fn rows_and_columns_move_alike() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(rows(&values, 2, [2, 0, 1]), [5.0, 6.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(columns(&values, &[2, 0, 1]), [3.0, 1.0, 2.0, 6.0, 4.0, 5.0]);
    }
}
