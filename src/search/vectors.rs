//! Vectors as small integers with one scale a vector, and the exact dot product of all of them with a question.
//!
//! Values are rounded to 63 levels: in memory a byte each, in a file six bits. (Measured: cosines move by 0.002, a tenth
//! of what tells neighbouring hits apart.)
//!
//! The question is rounded to 16 bits, not 8: it is one vector, and the finer rounding costs nothing. Sums are taken in
//! 32-bit integers, which the question's scale keeps from overflowing; so the scores are the same on every machine.

use std::ops::Range;

use super::Best;
use crate::embedder::Ranked;
use crate::error::Error;

/// The largest level.
const LARGEST: i8 = 31;

/// Vectors that are scored before the best of them are taken: their scores are still in the nearest cache.
const BLOCK: usize = 256;
/// Blocks that one thread takes at a time.
#[cfg(not(target_arch = "wasm32"))]
const BLOCKS_EACH: usize = 64;

/// Vectors of one width, quantised.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vectors {
    dimensions: usize,
    /// `vectors x dimensions`, row-major, -[`LARGEST`] to [`LARGEST`].
    values: Vec<i8>,
    /// For every vector, what its values are multiples of.
    pub(super) scales: Vec<f32>,
}

/// A question's vector, rounded to be compared with [`Vectors`].
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    values: Vec<i16>,
    scale: f32,
}

/// Whether a question's vector can be compared with vectors of this width.
///
/// # Errors
/// [`Error::Input`] when it is of another width, or holds a number that is not finite.
pub(super) fn check_question(vector: &[f32], dimensions: usize) -> crate::Result<()> {
    if vector.len() == dimensions && vector.iter().all(|value| value.is_finite()) {
        return Ok(());
    }
    Err(Error::Input(format!(
        "a question's vector must be {dimensions} finite numbers; embed it with the index's model"
    )))
}

impl Question {
    /// Rounds a vector of finite numbers.
    pub fn new(vector: &[f32]) -> Self {
        let largest = vector.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let sum: f64 = vector.iter().map(|&value| f64::from(value.abs())).sum();
        // Every sum of products with levels stays below 2^31: halves rounded up included.
        let bound = (f64::from(i32::MAX) / f64::from(LARGEST) - vector.len() as f64) / sum.max(f64::MIN_POSITIVE);
        let steps = (f64::from(i16::MAX) / f64::from(largest.max(f32::MIN_POSITIVE))).min(bound);
        Self {
            values: vector
                .iter()
                .map(|&value| (f64::from(value) * steps).round() as i16)
                .collect(),
            scale: (1.0 / steps) as f32,
        }
    }
}

impl Vectors {
    /// No vectors yet, of this width; room for `count` of them.
    pub fn with_capacity(dimensions: usize, count: usize) -> Self {
        Self {
            dimensions,
            values: Vec::with_capacity(count * dimensions),
            scales: Vec::with_capacity(count),
        }
    }

    /// Quantises `vectors`, `rows x dimensions`, row-major, of finite numbers.
    pub fn new(dimensions: usize, vectors: &[f32]) -> Self {
        let mut all = Self::with_capacity(dimensions, vectors.len() / dimensions.max(1));
        vectors
            .chunks_exact(dimensions.max(1))
            .for_each(|vector| all.push(vector));
        all
    }

    /// Quantises one more vector of finite numbers.
    ///
    /// # Panics
    /// When it is of another width.
    pub fn push(&mut self, vector: &[f32]) {
        assert_eq!(vector.len(), self.dimensions, "the vector's width");
        let largest = vector.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let scale = largest / f32::from(LARGEST);
        let steps = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        self.values
            .extend(vector.iter().map(|value| (value * steps).round() as i8));
        self.scales.push(scale);
    }

    /// The values in six bits each, four in three bytes: each as its level + 32, the first in the lowest bits.
    pub(super) fn packed(&self) -> Vec<u8> {
        let level = |value: i8| (i32::from(value) + 32) as u32;
        let mut bytes = Vec::with_capacity(packed_bytes(self.values.len()));
        for values in self.values.chunks(4) {
            let four = values.iter().rev().fold(0, |four, &value| four << 6 | level(value));
            bytes.extend_from_slice(&four.to_le_bytes()[..3]);
        }
        bytes
    }

    /// The parts of an index file, if they fit each other; `packed` as [`packed`](Self::packed) wrote it.
    ///
    /// # Errors
    /// What does not fit.
    pub(super) fn from_packed(dimensions: usize, packed: &[u8], scales: Vec<f32>) -> Result<Self, &'static str> {
        let count = scales.len().checked_mul(dimensions);
        let Some(count) = count.filter(|&count| packed_bytes(count) == packed.len()) else {
            return Err("its vectors and their scales differ in number");
        };
        let mut values = Vec::with_capacity(count + 3);
        for &[a, b, c] in packed.as_chunks::<3>().0 {
            let four = u32::from_le_bytes([a, b, c, 0]);
            values.extend([0, 6, 12, 18].map(|shift| (four >> shift & 63) as i8 - 32));
        }
        values.truncate(count);
        if values.contains(&-32) {
            return Err("a vector holds a level that is never written");
        }
        if scales.iter().any(|scale| !(scale.is_finite() && *scale >= 0.0)) {
            return Err("a vector's scale is negative or no finite number");
        }
        Ok(Self {
            dimensions,
            values,
            scales,
        })
    }

    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Width of a vector.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Whether there is no vector.
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// The numbers of the vector of this place, as they were rounded.
    pub(super) fn row(&self, number: usize) -> impl Iterator<Item = f64> + Clone {
        let scale = f64::from(self.scales[number]);
        let values = &self.values[number * self.dimensions..][..self.dimensions];
        values.iter().map(move |&value| f64::from(value) * scale)
    }

    /// The dot product of every vector with the question: `scores[i]` of vector `i`. For unit vectors, their cosine.
    ///
    /// # Panics
    /// When the question is of another width.
    pub fn scores(&self, question: &Question) -> Vec<f32> {
        let mut scores = vec![0.0; self.len()];
        self.score(0..self.len(), question, &mut scores);
        scores
    }

    /// The `k` vectors with the highest dot products, best first; of equals, the first is first. One pass, that keeps
    /// only the best; natively, on all cores.
    ///
    /// # Panics
    /// When the question is of another width.
    pub fn nearest(&self, question: &Question, k: usize) -> Vec<Ranked> {
        let starts = (0..self.len()).step_by(BLOCK);
        let visit = |mut best: Best, start: usize| {
            let block = start..(start + BLOCK).min(self.len());
            let mut scores = [0.0; BLOCK];
            let scores = &mut scores[..block.len()];
            self.score(block.clone(), question, scores);
            best.extend(block.zip(scores).map(|(index, &mut score)| Ranked { index, score }));
            best
        };
        #[cfg(target_arch = "wasm32")]
        let best = starts.fold(Best::new(k), visit);
        #[cfg(not(target_arch = "wasm32"))]
        let best = {
            use rayon::prelude::*;
            let starts: Vec<usize> = starts.collect();
            let parts = starts.par_chunks(BLOCKS_EACH);
            let parts = parts.map(|starts| starts.iter().copied().fold(Best::new(k), visit));
            parts.reduce(|| Best::new(k), Best::and)
        };
        best.ranked()
    }

    /// The scores of the vectors in `range`.
    fn score(&self, range: Range<usize>, question: &Question, scores: &mut [f32]) {
        assert_eq!(question.values.len(), self.dimensions, "the question's width");
        if self.dimensions > 0 {
            let values = &self.values[range.start * self.dimensions..range.end * self.dimensions];
            score(values, &self.scales[range], question, scores);
        }
    }
}

/// The bytes of so many values.
fn packed_bytes(values: usize) -> usize {
    values.div_ceil(4).saturating_mul(3)
}

/// The dot product of each row of `values` with the question, with the widest instructions of this machine.
fn score(values: &[i8], scales: &[f32], question: &Question, scores: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { score_avx2(values, scales, question, scores) };
    }
    score_with(values, scales, question, scores, dot);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn score_avx2(values: &[i8], scales: &[f32], question: &Question, scores: &mut [f32]) {
    // Written out, because the compiler turns the plain loop into steps of eight.
    score_with(values, scales, question, scores, |row, question| {
        dot_avx2(row, question)
    });
}

/// [`dot_plain`] by 32: bytes widened to 16 bits, products of pairs added in 32.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn dot_avx2(row: &[i8], question: &[i16]) -> i32 {
    use std::arch::x86_64::{
        __m128i, __m256i, _MM_HINT_T0, _mm_loadu_si128, _mm_prefetch, _mm256_add_epi32, _mm256_cvtepi8_epi16,
        _mm256_loadu_si256, _mm256_madd_epi16, _mm256_setzero_si256,
    };
    /// How far ahead of what is multiplied memory is asked for, in bytes: four rows of 384. (Measured: 5 to 10 % less time
    /// over a million vectors, whose pages the processor does not follow by itself.)
    const AHEAD: usize = 1536;
    /// Products of 16 values, added in pairs.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn pairs(row: &[i8; 16], question: &[i16; 16]) -> __m256i {
        // SAFETY: the arrays are 16 bytes and 32 bytes long; loads need no alignment.
        let (row, question): (__m128i, __m256i) = unsafe {
            (
                _mm_loadu_si128(row.as_ptr().cast()),
                _mm256_loadu_si256(question.as_ptr().cast()),
            )
        };
        _mm256_madd_epi16(_mm256_cvtepi8_epi16(row), question)
    }
    let (rows, row_rest) = row.as_chunks::<16>();
    let (questions, question_rest) = question.as_chunks::<16>();
    let mut sums = [_mm256_setzero_si256(); 2];
    let (row_pairs, row_last) = rows.as_chunks::<2>();
    let (question_pairs, question_last) = questions.as_chunks::<2>();
    for (row, question) in row_pairs.iter().zip(question_pairs) {
        _mm_prefetch::<{ _MM_HINT_T0 }>(row.as_ptr().cast::<i8>().wrapping_add(AHEAD));
        sums[0] = _mm256_add_epi32(sums[0], pairs(&row[0], &question[0]));
        sums[1] = _mm256_add_epi32(sums[1], pairs(&row[1], &question[1]));
    }
    for (row, question) in row_last.iter().zip(question_last) {
        sums[0] = _mm256_add_epi32(sums[0], pairs(row, question));
    }
    // SAFETY: both are 32 bytes of plain numbers.
    let lanes: [i32; 8] = unsafe { std::mem::transmute(_mm256_add_epi32(sums[0], sums[1])) };
    // Wrapping, because lanes may pass 2^31 on the way to a sum that does not.
    let sum = lanes.into_iter().fold(0, i32::wrapping_add);
    sum.wrapping_add(dot_plain(row_rest, question_rest))
}

#[inline(always)]
fn score_with(
    values: &[i8],
    scales: &[f32],
    question: &Question,
    scores: &mut [f32],
    dot: impl Fn(&[i8], &[i16]) -> i32,
) {
    let rows = values.chunks_exact(question.values.len());
    for ((score, row), scale) in scores.iter_mut().zip(rows).zip(scales) {
        *score = dot(row, &question.values) as f32 * (scale * question.scale);
    }
}

#[inline(always)]
fn dot_plain(row: &[i8], question: &[i16]) -> i32 {
    row.iter()
        .zip(question)
        .map(|(&a, &b)| i32::from(a) * i32::from(b))
        .sum()
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use dot_plain as dot;

/// [`dot_plain`] by sixteen: bytes widened to 16 bits, products of pairs added in 32.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
fn dot(row: &[i8], question: &[i16]) -> i32 {
    use std::arch::wasm32::{
        i16x8_extend_high_i8x16, i16x8_extend_low_i8x16, i32x4_add, i32x4_dot_i16x8, i32x4_extract_lane, i32x4_splat,
        v128, v128_load,
    };
    let (rows, row_rest) = row.as_chunks::<16>();
    let (questions, question_rest) = question.as_chunks::<16>();
    let (mut low, mut high) = (i32x4_splat(0), i32x4_splat(0));
    for (row, question) in rows.iter().zip(questions) {
        // SAFETY: the chunks are 16 bytes and 32 bytes long; loads need no alignment.
        let (row, first, second): (v128, v128, v128) = unsafe {
            (
                v128_load(row.as_ptr().cast()),
                v128_load(question.as_ptr().cast()),
                v128_load(question.as_ptr().add(8).cast()),
            )
        };
        low = i32x4_add(low, i32x4_dot_i16x8(i16x8_extend_low_i8x16(row), first));
        high = i32x4_add(high, i32x4_dot_i16x8(i16x8_extend_high_i8x16(row), second));
    }
    let sum = i32x4_add(low, high);
    let lanes = i32x4_extract_lane::<0>(sum)
        .wrapping_add(i32x4_extract_lane::<1>(sum))
        .wrapping_add(i32x4_extract_lane::<2>(sum))
        .wrapping_add(i32x4_extract_lane::<3>(sum));
    // Wrapping, because lanes may pass 2^31 on the way to a sum that does not.
    lanes.wrapping_add(dot_plain(row_rest, question_rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against the exact integers, in 64 bits: any width, with values as large as they come.
        #[test]
        fn every_dot_is_exact(
            rows in prop::collection::vec(prop::collection::vec(-LARGEST..=LARGEST, 67), 1..4),
            question in prop::collection::vec(-1.0_f32..1.0, 67),
            width in 1_usize..=67,
        ) {
            let question = Question::new(&question[..width]);
            for row in rows {
                let expected: i64 = row.iter().zip(&question.values).map(|(&a, &b)| i64::from(a) * i64::from(b)).sum();
                prop_assert_eq!(i64::from(dot(&row[..width], &question.values)), expected);
                let values = row[..width].to_vec();
                let vectors = Vectors { dimensions: width, values, scales: vec![0.5] };
                let again = Vectors::from_packed(width, &vectors.packed(), vec![0.5]);
                prop_assert_eq!(again.as_ref(), Ok(&vectors));
                prop_assert_eq!(vectors.scores(&question), [expected as f32 * (0.5 * question.scale)]);
            }
        }

        #[test]
        fn scores_are_near_the_unrounded_ones(
            rows in prop::collection::vec(prop::collection::vec(-1.0_f32..1.0, 24), 1..6),
            question in prop::collection::vec(-1.0_f32..1.0, 24),
        ) {
            let flat: Vec<f32> = rows.concat();
            let scores = Vectors::new(24, &flat).scores(&Question::new(&question));
            for (row, score) in rows.iter().zip(scores) {
                let exact: f32 = row.iter().zip(&question).map(|(a, b)| a * b).sum();
                // Half a step of 1/31 a value, against values of at most 1.
                prop_assert!((score - exact).abs() < 24.0 * 0.5 / 31.0 + 1e-3);
            }
        }
    }

    #[test]
    fn the_nearest_are_the_head_of_all_in_order() {
        // Twice the blocks that one thread takes at a time (where there are threads), and many ties.
        let count = 128 * BLOCK + 7;
        let mut vectors = Vectors::with_capacity(2, count);
        (0..count).for_each(|number| vectors.push(&[1.0, (number % 5) as f32 / 8.0]));
        let question = Question::new(&[0.5, 1.0]);
        let all = crate::search::top_k(vectors.scores(&question).into_iter(), usize::MAX);
        assert_eq!(all[..3].iter().map(|best| best.index).collect::<Vec<_>>(), [4, 9, 14]);
        for k in [0, 1, 10, count / 2, count + 1] {
            assert_eq!(vectors.nearest(&question, k), all[..k.min(count)], "{k}");
        }
    }

    #[test]
    fn the_largest_sums_fit() {
        for width in [1, 384, 768, 4096] {
            let question = Question::new(&vec![1.0; width]);
            let vectors = Vectors::new(width, &vec![1.0; width]);
            let score = vectors.scores(&question)[0];
            assert!((score / width as f32 - 1.0).abs() < 1e-3, "{width}: {score}");
        }
        assert_eq!(Vectors::new(3, &[0.0; 3]).scores(&Question::new(&[0.0; 3])), [0.0]);
    }

    #[test]
    fn damaged_parts_are_refused() {
        let good = Vectors::new(2, &[1.0, -0.5]).packed();
        assert_eq!(good.len(), 3);
        assert!(Vectors::from_packed(2, &good, vec![1.0]).is_ok());
        assert!(Vectors::from_packed(2, &[good.clone(), good.clone()].concat(), vec![1.0]).is_err());
        assert!(Vectors::from_packed(2, &[0; 3], vec![1.0]).is_err());
        assert!(Vectors::from_packed(2, &good, vec![f32::NAN]).is_err());
        assert!(Vectors::from_packed(usize::MAX, &[], vec![1.0, 1.0]).is_err());
    }
}
