//! The figures, from rankings and scores alone.

/// The grades of what a ranking returned, and of all that it could have returned.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// The grade of each result, best result first; 0 for what is not relevant.
    pub found: Vec<f64>,
    /// The grades of all relevant items, in any order.
    pub relevant: Vec<f64>,
}

/// Discounted cumulative gain of the first `k` grades: `sum of grade / log2(place + 1)`, places from 1 (Järvelin and
/// Kekäläinen, 2002, with linear gains).
fn dcg(grades: &[f64], k: usize) -> f64 {
    grades
        .iter()
        .take(k)
        .zip(2_u32..)
        .map(|(grade, place)| grade / f64::from(place).log2())
        .sum()
}

/// DCG of the first `k` results divided by that of the best ranking; 0 where nothing is relevant.
pub fn ndcg(ranking: &Ranking, k: usize) -> f64 {
    let mut ideal = ranking.relevant.clone();
    ideal.sort_by(|a, b| b.total_cmp(a));
    match dcg(&ideal, k) {
        best if best > 0.0 => dcg(&ranking.found, k) / best,
        _ => 0.0,
    }
}

/// The share of relevant items among the first `k` results, of as many as fit there; 0 where nothing is relevant.
pub fn recall(ranking: &Ranking, k: usize) -> f64 {
    let possible = ranking.relevant.len().min(k);
    if possible == 0 {
        return 0.0;
    }
    let found = ranking.found.iter().take(k).filter(|grade| **grade > 0.0).count();
    found as f64 / possible as f64
}

/// One over the place of the first relevant result; 0 where the first `k` have none.
pub fn reciprocal_rank(ranking: &Ranking, k: usize) -> f64 {
    ranking
        .found
        .iter()
        .take(k)
        .position(|grade| *grade > 0.0)
        .map_or(0.0, |place| 1.0 / (place + 1) as f64)
}

/// Ranks from 1, the mean rank for equal values.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let mean = start as f64 + (tied.len() + 1) as f64 / 2.0;
        for &place in tied {
            ranks[place] = mean;
        }
        start += tied.len();
    }
    ranks
}

/// Spearman's rank correlation; `None` where one side does not vary.
///
/// # Panics
/// When the sides have different lengths.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    assert_eq!(a.len(), b.len());
    let (a, b) = (ranks(a), ranks(b));
    let (mean, _) = mean_and_deviation(&a)?;
    let product = |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum() };
    let size = (product(&a, &a) * product(&b, &b)).sqrt();
    (size > 0.0).then(|| product(&a, &b) / size)
}

/// How likely one of `above` scores higher than one of `below`, ties counting half: the area under the ROC curve (Mann
/// and Whitney's U). `None` where a side is empty.
pub fn auroc(above: &[f64], below: &[f64]) -> Option<f64> {
    if above.is_empty() || below.is_empty() {
        return None;
    }
    let all: Vec<f64> = above.iter().chain(below).copied().collect();
    let sum: f64 = ranks(&all)[..above.len()].iter().sum();
    let (m, n) = (above.len() as f64, below.len() as f64);
    Some((sum - m * (m + 1.0) / 2.0) / (m * n))
}

/// A score that tells one side from the other.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Threshold {
    /// What scores at least this much belongs above.
    pub score: f64,
    /// The share of the upper side that it accepts.
    pub accepted: f64,
    /// The share of the lower side that it rejects.
    pub rejected: f64,
}

/// The threshold that accepts and rejects best: with the highest sum of both shares (Youden's index), in the middle
/// between the two scores that it separates; of equals, the lowest. `None` where a side is empty.
pub fn threshold(above: &[f64], below: &[f64]) -> Option<Threshold> {
    if above.is_empty() || below.is_empty() {
        return None;
    }
    let share = |values: &[f64], fits: &dyn Fn(f64) -> bool| {
        values.iter().filter(|value| fits(**value)).count() as f64 / values.len() as f64
    };
    let mut scores: Vec<f64> = above.iter().chain(below).copied().collect();
    scores.sort_unstable_by(f64::total_cmp);
    let middles = scores.windows(2).map(|pair| f64::midpoint(pair[0], pair[1]));
    [scores[0]]
        .into_iter()
        .chain(middles)
        .map(|score| Threshold {
            score,
            accepted: share(above, &|value| value >= score),
            rejected: share(below, &|value| value < score),
        })
        .reduce(|best, next| {
            if next.accepted + next.rejected > best.accepted + best.rejected {
                next
            } else {
                best
            }
        })
}

/// The mean and the standard deviation of a population; `None` where there is nothing.
pub fn mean_and_deviation(values: &[f64]) -> Option<(f64, f64)> {
    if values.is_empty() {
        return None;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    Some((mean, variance.sqrt()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranking(found: &[f64], relevant: &[f64]) -> Ranking {
        Ranking {
            found: found.to_vec(),
            relevant: relevant.to_vec(),
        }
    }

    #[test]
    fn figures_worked_out_by_hand() {
        // Grades 0, 2, 0, 1 found of 2, 1, 1.
        let some = ranking(&[0.0, 2.0, 0.0, 1.0], &[1.0, 2.0, 1.0]);
        let ideal = 2.0 + 1.0 / 3_f64.log2() + 1.0 / 2.0;
        let found = 2.0 / 3_f64.log2() + 1.0 / 5_f64.log2();
        assert!((ndcg(&some, 10) - found / ideal).abs() < 1e-12);
        assert!((ndcg(&some, 2) - (2.0 / 3_f64.log2()) / (2.0 + 1.0 / 3_f64.log2())).abs() < 1e-12);
        assert_eq!(recall(&some, 10), 2.0 / 3.0);
        assert_eq!(recall(&some, 2), 0.5);
        assert_eq!(reciprocal_rank(&some, 10), 0.5);
        assert_eq!(reciprocal_rank(&some, 1), 0.0);
        let none = ranking(&[0.0], &[]);
        assert_eq!((ndcg(&none, 10), recall(&none, 10)), (0.0, 0.0));
    }

    #[test]
    fn spearman_is_scipys() {
        // scipy.stats.spearmanr([1, 2, 2, 4, 5], [2, 1, 3, 5, 4]).statistic
        let found = spearman(&[1.0, 2.0, 2.0, 4.0, 5.0], &[2.0, 1.0, 3.0, 5.0, 4.0]).unwrap();
        assert!((found - 0.718_184_846_459_607_8).abs() < 1e-12, "{found}");
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[], &[]), None);
    }

    proptest! {
        #[test]
        fn auroc_counts_pairs(
            above in prop::collection::vec(-4_i8..5, 1..12),
            below in prop::collection::vec(-4_i8..5, 1..12),
        ) {
            let floats = |values: &[i8]| values.iter().map(|value| f64::from(*value)).collect::<Vec<_>>();
            let (above, below) = (floats(&above), floats(&below));
            let mut wins = 0.0;
            for a in &above {
                for b in &below {
                    wins += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
                }
            }
            let expected = wins / (above.len() * below.len()) as f64;
            prop_assert!((auroc(&above, &below).unwrap() - expected).abs() < 1e-12);
        }

        #[test]
        fn spearman_without_ties_is_the_textbook_formula(seed in prop::collection::vec(any::<u32>(), 2..12)) {
            let mut b: Vec<usize> = (0..seed.len()).collect();
            b.sort_by_key(|&place| (seed[place], place));
            let count = b.len() as f64;
            let squares: f64 = b.iter().enumerate().map(|(a, &b)| (a as f64 - b as f64).powi(2)).sum();
            let expected = 1.0 - 6.0 * squares / (count * (count * count - 1.0));
            let a: Vec<f64> = (0..b.len()).map(|value| value as f64).collect();
            let b: Vec<f64> = b.into_iter().map(|value| value as f64).collect();
            prop_assert!((spearman(&a, &b).unwrap() - expected).abs() < 1e-9);
        }

        #[test]
        fn the_best_ranking_is_the_only_one_that_scores_one(grades in prop::collection::vec(0..4_u8, 1..15), k in 1..12_usize) {
            let found: Vec<f64> = grades.iter().map(|grade| f64::from(*grade)).collect();
            let relevant: Vec<f64> = found.iter().copied().filter(|grade| *grade > 0.0).collect();
            prop_assume!(!relevant.is_empty());
            let mut best = found.clone();
            best.sort_by(|a, b| b.total_cmp(a));
            let score = ndcg(&ranking(&found, &relevant), k);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&score));
            prop_assert!((ndcg(&ranking(&best, &relevant), k) - 1.0).abs() < 1e-12);
            let head = k.min(found.len());
            prop_assert_eq!((score - 1.0).abs() < 1e-12, found[..head] == best[..head]);
        }
    }

    #[test]
    fn a_threshold_lies_between_the_sides() {
        let found = threshold(&[3.0, 4.0, 1.0, 5.0], &[0.0, 1.5, 2.0]).unwrap();
        let expected = Threshold {
            score: 2.5,
            accepted: 0.75,
            rejected: 1.0,
        };
        assert_eq!(found, expected);
        // Nothing tells them apart: everything is accepted.
        let alike = threshold(&[1.0, 1.0], &[1.0]).unwrap();
        assert_eq!((alike.accepted, alike.rejected), (1.0, 0.0));
        assert_eq!(threshold(&[], &[1.0]), None);
    }

    #[test]
    fn a_spread_is_a_populations() {
        assert_eq!(mean_and_deviation(&[1.0, 3.0]), Some((2.0, 1.0)));
        assert_eq!(mean_and_deviation(&[]), None);
    }
}
