//! What training makes small.
//!
//! All take unit vectors, so a dot product is a cosine.

use candle_core::{D, Tensor};

use crate::error::Result;

/// Added to the similarity of what must not be told apart: nothing of it is left after a softmax.
const HIDDEN: f32 = -1e9;

/// What CoSENT usually multiplies cosines by.
pub const COSENT_SCALE: f64 = 20.0;

/// The cosines of corresponding rows.
///
/// # Errors
/// [`crate::Error::Compute`], as all here.
pub fn cosines(left: &Tensor, right: &Tensor) -> Result<Tensor> {
    Ok((left * right)?.sum(D::Minus1)?)
}

/// The mean squared difference of each pair's cosine and label (sentence-transformers' `CosineSimilarityLoss`).
///
/// # Errors
/// [`crate::Error::Compute`].
pub fn cosine_mse(cosines: &Tensor, labels: &[f32]) -> Result<Tensor> {
    let labels = Tensor::new(labels, cosines.device())?;
    Ok((cosines - labels)?.sqr()?.mean_all()?)
}

/// CoSENT (Su, 2022): `log(1 + sum of exp(scale * (cos j - cos i)))` over all pairs of pairs where i's label is above
/// j's. Only the order of the labels matters.
///
/// # Errors
/// [`crate::Error::Compute`].
pub fn cosent(cosines: &Tensor, labels: &[f32], scale: f64) -> Result<Tensor> {
    let (mut higher, mut lower) = (Vec::new(), Vec::new());
    for (i, a) in labels.iter().enumerate() {
        for (j, b) in labels.iter().enumerate() {
            if a > b {
                higher.push(i as u32);
                lower.push(j as u32);
            }
        }
    }
    let device = cosines.device();
    let zero = Tensor::zeros(1, cosines.dtype(), device)?;
    let count = higher.len();
    if count == 0 {
        // Labels that are all equal say nothing; the loss is log 1, and its gradient is 0.
        return Ok((cosines.sum_all()? * 0.0)?);
    }
    let difference = (cosines.index_select(&Tensor::from_vec(lower, count, device)?, 0)?
        - cosines.index_select(&Tensor::from_vec(higher, count, device)?, 0)?)?;
    let terms = Tensor::cat(&[&zero, &(difference * scale)?], 0)?;
    let highest = terms.max(0)?.detach();
    Ok((terms.broadcast_sub(&highest)?.exp()?.sum_all()?.log()? + highest)?)
}

/// What stands in a contrastive batch: `queries` rows and `candidates` columns.
pub struct Contrast {
    /// The column that answers each query; `None` for a query that nothing here answers.
    pub answers: Vec<Option<u32>>,
    /// Columns in all, those of hard negatives included.
    pub candidates: usize,
    /// `queries x candidates`: true where the candidate may be right too, so that it is no negative of the query.
    pub alike: Vec<bool>,
    /// Rows with the columns of their own hard negatives.
    pub wrong: Vec<(u32, u32)>,
}

/// InfoNCE (van den Oord and others, 2018), also known as multiple negatives ranking: the cross entropy of each query's
/// answer among all candidates, at `temperature`. With `symmetric`, the mean of that and of each answer's query among
/// all queries.
///
/// # Errors
/// [`crate::Error::Compute`].
pub fn contrastive(
    queries: &Tensor,
    candidates: &Tensor,
    contrast: &Contrast,
    temperature: f64,
    symmetric: bool,
) -> Result<Tensor> {
    let device = queries.device();
    let (rows, columns) = (contrast.answers.len(), contrast.candidates);
    let hidden: Vec<f32> = (0..rows * columns)
        .map(|at| {
            let own = contrast.answers[at / columns] == Some((at % columns) as u32);
            if contrast.alike[at] && !own { HIDDEN } else { 0.0 }
        })
        .collect();
    let hidden = Tensor::from_vec(hidden, (rows, columns), device)?;
    let logits = ((queries.matmul(&candidates.t()?)? / temperature)? + hidden)?;

    let answered: Vec<(u32, u32)> = (0..)
        .zip(&contrast.answers)
        .filter_map(|(row, answer)| Some((row, (*answer)?)))
        .collect();
    if answered.is_empty() {
        return Ok((logits.sum_all()? * 0.0)?);
    }
    let (rows, columns): (Vec<u32>, Vec<u32>) = answered.into_iter().unzip();
    let forward = cross_entropy(&logits, &rows, &columns)?;
    if !symmetric {
        return Ok(forward);
    }
    let backward = cross_entropy(&logits.t()?.contiguous()?, &columns, &rows)?;
    Ok(((forward + backward)? * 0.5)?)
}

/// CoSENT over a contrastive batch: every question is closer to its answer than any question is to a hard negative of
/// its own. InfoNCE compares within a question; this sets one measure for all of them.
///
/// # Errors
/// [`crate::Error::Compute`].
pub fn ordered(queries: &Tensor, candidates: &Tensor, contrast: &Contrast, scale: f64) -> Result<Tensor> {
    let right = (0..)
        .zip(&contrast.answers)
        .filter_map(|(row, answer)| Some((row, (*answer)?)));
    let (places, labels): (Vec<_>, Vec<f32>) = right
        .map(|place| (place, 1.0))
        .chain(contrast.wrong.iter().map(|place| (*place, 0.0)))
        .unzip();
    let (rows, columns): (Vec<u32>, Vec<u32>) = places.into_iter().unzip();
    let of = |vectors: &Tensor, rows: &[u32]| {
        Ok::<_, crate::Error>(vectors.index_select(&Tensor::new(rows, vectors.device())?, 0)?)
    };
    cosent(
        &cosines(&of(queries, &rows)?, &of(candidates, &columns)?)?,
        &labels,
        scale,
    )
}

/// The mean of `log(sum of exp(row)) - row[column]` over these rows and columns.
fn cross_entropy(logits: &Tensor, rows: &[u32], columns: &[u32]) -> Result<Tensor> {
    let count = rows.len();
    let device = logits.device();
    let chosen = logits.index_select(&Tensor::new(rows, device)?, 0)?;
    let right = chosen.gather(&Tensor::new(columns, device)?.reshape((count, 1))?, 1)?;
    // The highest is taken off before the exponential and added after: the same value, and no overflow.
    let highest = chosen.max_keepdim(1)?.detach();
    let total = (chosen.broadcast_sub(&highest)?.exp()?.sum_keepdim(1)?.log()? + highest)?;
    Ok((total - right)?.mean_all()?)
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;
    use crate::training::model::unit;

    fn value(loss: &Tensor) -> f64 {
        f64::from(loss.to_scalar::<f32>().unwrap())
    }

    fn vectors(rows: usize, seed: f32) -> (Var, Vec<Vec<f64>>) {
        let values: Vec<f32> = (0..rows * 4).map(|at| (at as f32 * 1.7 + seed).sin()).collect();
        let var = Var::from_vec(values, (rows, 4), &Device::Cpu).unwrap();
        let units: Vec<Vec<f32>> = unit(var.as_tensor()).unwrap().to_vec2().unwrap();
        let units = units
            .into_iter()
            .map(|row| row.into_iter().map(f64::from).collect())
            .collect();
        (var, units)
    }

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    /// InfoNCE as its definition reads, in f64.
    fn naive(queries: &[Vec<f64>], candidates: &[Vec<f64>], contrast: &Contrast, temperature: f64) -> (f64, f64) {
        let (mut forward, mut backward, mut count) = (0.0, 0.0, 0.0);
        let alike = |row: usize, column: usize| contrast.alike[row * contrast.candidates + column];
        let term = |row: usize, column: usize| (dot(&queries[row], &candidates[column]) / temperature).exp();
        for (row, answer) in contrast.answers.iter().enumerate() {
            let Some(answer) = answer.map(|answer| answer as usize) else {
                continue;
            };
            let rivals: f64 = (0..candidates.len())
                .filter(|&column| column == answer || !alike(row, column))
                .map(|column| term(row, column))
                .sum();
            forward += (rivals / term(row, answer)).ln();
            let rivals: f64 = (0..queries.len())
                .filter(|&other| other == row || !alike(other, answer))
                .map(|other| term(other, answer))
                .sum();
            backward += (rivals / term(row, answer)).ln();
            count += 1.0;
        }
        (forward / count, backward / count)
    }

    #[test]
    fn contrastive_is_its_definition() {
        let ((queries, q), (candidates, c)) = (vectors(4, 0.3), vectors(6, 2.0));
        let mut contrast = Contrast {
            answers: vec![Some(0), Some(1), None, Some(3)],
            candidates: 6,
            alike: vec![false; 24],
            wrong: Vec::new(),
        };
        // Rows 0 and 3 are of one class; a row is always like its own answer.
        for (row, column) in [(0, 3), (3, 0), (0, 0), (1, 1), (3, 3), (1, 5)] {
            contrast.alike[row * 6 + column] = true;
        }
        let (queries, candidates) = (
            unit(queries.as_tensor()).unwrap(),
            unit(candidates.as_tensor()).unwrap(),
        );
        for temperature in [0.03, 1.0] {
            let (forward, backward) = naive(&q, &c, &contrast, temperature);
            let found = value(&contrastive(&queries, &candidates, &contrast, temperature, false).unwrap());
            assert!(
                (found - forward).abs() < 1e-4 * (1.0 + forward),
                "{found} against {forward}"
            );
            let both = (forward + backward) / 2.0;
            let found = value(&contrastive(&queries, &candidates, &contrast, temperature, true).unwrap());
            assert!((found - both).abs() < 1e-4 * (1.0 + both), "{found} against {both}");
        }
    }

    #[test]
    fn what_is_alike_is_not_pushed_away() {
        let ((queries, _), (candidates, _)) = (vectors(2, 0.3), vectors(2, 2.0));
        let gradient = |alike| {
            let contrast = Contrast {
                answers: vec![Some(0), Some(1)],
                candidates: 2,
                alike: vec![true, alike, alike, true],
                wrong: Vec::new(),
            };
            let loss = contrastive(queries.as_tensor(), candidates.as_tensor(), &contrast, 1.0, true);
            let gradients = loss.unwrap().backward().unwrap();
            let gradient: Vec<f32> = gradients
                .get(queries.as_tensor())
                .unwrap()
                .flatten_all()
                .unwrap()
                .to_vec1()
                .unwrap();
            gradient.iter().fold(0.0_f32, |size, value| size.max(value.abs()))
        };
        assert!(gradient(false) > 1e-2);
        assert_eq!(gradient(true), 0.0);
    }

    #[test]
    fn answers_come_before_all_hard_negatives() {
        let ((queries, q), (candidates, c)) = (vectors(3, 0.3), vectors(5, 2.0));
        let contrast = Contrast {
            answers: vec![Some(0), None, Some(1)],
            candidates: 5,
            alike: vec![false; 15],
            wrong: vec![(0, 3), (1, 4)],
        };
        let mut sum = 1.0;
        for right in [dot(&q[0], &c[0]), dot(&q[2], &c[1])] {
            for wrong in [dot(&q[0], &c[3]), dot(&q[1], &c[4])] {
                sum += (20.0 * (wrong - right)).exp();
            }
        }
        let unit = |vectors: &Var| unit(vectors.as_tensor()).unwrap();
        let found = value(&ordered(&unit(&queries), &unit(&candidates), &contrast, 20.0).unwrap());
        assert!(
            (found - sum.ln()).abs() < 1e-4 * (1.0 + sum.ln()),
            "{found} against {}",
            sum.ln()
        );
    }

    #[test]
    fn cosent_is_its_definition() {
        let cosines = [0.9_f64, 0.2, 0.5, 0.7, -0.3];
        let labels = [1.0, 0.5, 0.5, 0.0, 0.0];
        let mut sum = 1.0;
        for (i, a) in labels.iter().enumerate() {
            for (j, b) in labels.iter().enumerate() {
                if a > b {
                    sum += (20.0 * (cosines[j] - cosines[i])).exp();
                }
            }
        }
        let tensor = Tensor::new(&cosines.map(|value| value as f32), &Device::Cpu).unwrap();
        let found = value(&cosent(&tensor, &labels.map(|label| label as f32), 20.0).unwrap());
        assert!((found - sum.ln()).abs() < 1e-4, "{found} against {}", sum.ln());
        assert_eq!(value(&cosent(&tensor, &[1.0; 5], 20.0).unwrap()), 0.0);
    }

    #[test]
    fn cosine_mse_is_its_definition() {
        let ((left, l), (right, r)) = (vectors(3, 0.3), vectors(3, 2.0));
        let labels = [1.0, 0.0, 1.0];
        let expected: f64 = (0..3)
            .map(|row| (dot(&l[row], &r[row]) - f64::from(labels[row])).powi(2))
            .sum::<f64>()
            / 3.0;
        let cosines = cosines(&unit(left.as_tensor()).unwrap(), &unit(right.as_tensor()).unwrap()).unwrap();
        let found = value(&cosine_mse(&cosines, &labels).unwrap());
        assert!((found - expected).abs() < 1e-6, "{found} against {expected}");
    }
}
