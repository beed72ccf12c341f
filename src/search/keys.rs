//! A list of short keys (names as keystrokes) that is searched by prefix and with a few typing errors allowed.

use std::ops::Range;

/// Longest pattern of an approximate search, in codes: a machine word. About twenty syllables.
pub const LONGEST_PATTERN: usize = 64;

/// Keys of codes (see [`jamo::codes`](super::jamo::codes)), by number.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    codes: Vec<u8>,
    /// Where each key's codes end.
    ends: Vec<u32>,
    /// The set of a key's codes, modulo 64.
    signatures: Vec<u64>,
    /// The keys' numbers, sorted by codes, then number.
    order: Vec<u32>,
}

impl Keys {
    /// Adds a key; [`finish`](Self::finish) must follow before anything is searched.
    pub fn push(&mut self, codes: &[u8]) {
        self.codes.extend_from_slice(codes);
        self.ends.push(self.codes.len() as u32);
        self.signatures.push(signature(codes));
    }

    /// Sorts the keys.
    pub fn finish(&mut self) {
        // Eight codes settle most comparisons; as numbers they sort several times faster than slices.
        let mut order: Vec<(u64, u32)> = (0..self.len()).map(|key| (head(self.codes(key)), key as u32)).collect();
        order.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0)
                .then_with(|| self.codes(a.1 as usize).cmp(self.codes(b.1 as usize)))
                .then(a.1.cmp(&b.1))
        });
        self.order = order.into_iter().map(|(_, key)| key).collect();
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The codes of a key.
    pub fn codes(&self, key: usize) -> &[u8] {
        let start = if key == 0 { 0 } else { self.ends[key - 1] as usize };
        &self.codes[start..self.ends[key] as usize]
    }

    /// The numbers of the keys that begin with `prefix`, sorted by codes.
    pub fn with_prefix(&self, prefix: &[u8]) -> &[u32] {
        let start = self.order.partition_point(|&key| self.codes(key as usize) < prefix);
        let count = self.order[start..].partition_point(|&key| self.codes(key as usize).starts_with(prefix));
        &self.order[start..start + count]
    }

    /// Calls `found` with every key of which a beginning is at most `max` typing errors away from `pattern`, and with
    /// the number of errors against each beginning: `errors[length]`. Lengths beyond what `max` errors can bridge are
    /// left out.
    ///
    /// An error is a key missed, added, replaced, or swapped with its neighbour (optimal string alignment). Bit-parallel
    /// after Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances" (2003). Patterns
    /// longer than [`LONGEST_PATTERN`] find nothing.
    pub fn approximate(&self, pattern: &[u8], max: u32, mut found: impl FnMut(usize, &[u8])) {
        let count = pattern.len();
        if count == 0 || count > LONGEST_PATTERN {
            return;
        }
        let mut positions = [0_u64; 256];
        for (at, &code) in pattern.iter().enumerate() {
            positions[code as usize] |= 1 << at;
        }
        let last = 1_u64 << (count - 1);
        let wanted = signature(pattern);
        let longest = count + max as usize;
        let mut errors = vec![0_u8; longest + 1];

        for (key, &present) in self.signatures.iter().enumerate() {
            // Every code that the key lacks costs an error.
            if (wanted & !present).count_ones() > max {
                continue;
            }
            let codes = self.codes(key);
            if codes.len() + (max as usize) < count {
                continue;
            }
            let codes = &codes[..codes.len().min(longest)];
            errors[0] = count as u8;
            let (mut vertical_plus, mut vertical_minus) = (!0_u64, 0_u64);
            let (mut diagonal, mut before) = (0_u64, 0_u64);
            let mut distance = count as u8;
            let mut least = distance;
            for (at, &code) in codes.iter().enumerate() {
                let equal = positions[code as usize];
                let swapped = ((!diagonal & equal) << 1) & before;
                diagonal = ((equal & vertical_plus).wrapping_add(vertical_plus) ^ vertical_plus)
                    | equal
                    | vertical_minus
                    | swapped;
                let plus = vertical_minus | !(diagonal | vertical_plus);
                let minus = diagonal & vertical_plus;
                distance += u8::from(plus & last != 0);
                distance -= u8::from(minus & last != 0);
                // The shifted-in one: the key's beginning is anchored, skipping its first codes costs errors.
                let plus = (plus << 1) | 1;
                vertical_plus = (minus << 1) | !(diagonal | plus);
                vertical_minus = plus & diagonal;
                before = equal;
                errors[at + 1] = distance;
                least = least.min(distance);
            }
            if u32::from(least) <= max {
                found(key, &errors[..=codes.len()]);
            }
        }
    }
}

fn signature(codes: &[u8]) -> u64 {
    codes.iter().fold(0, |set, code| set | 1 << (code % 64))
}

fn head(codes: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let count = codes.len().min(8);
    bytes[..count].copy_from_slice(&codes[..count]);
    u64::from_be_bytes(bytes)
}

/// The beginning with the fewest errors, the longest of several: its number of errors and its length.
pub fn best_beginning(errors: &[u8], lengths: Range<usize>) -> (u32, usize) {
    let lengths = lengths.start..lengths.end.min(errors.len());
    lengths
        .map(|length| (u32::from(errors[length]), length))
        .min_by_key(|&(errors, length)| (errors, std::cmp::Reverse(length)))
        .unwrap_or((u32::MAX, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Optimal string alignment distance, by its definition.
    fn distance(a: &[u8], b: &[u8]) -> usize {
        let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                rows[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        least = least.min(rows[i - 2][j - 2] + 1);
                    }
                    least
                };
            }
        }
        rows[a.len()][b.len()]
    }

    fn keys(all: &[Vec<u8>]) -> Keys {
        let mut keys = Keys::default();
        all.iter().for_each(|codes| keys.push(codes));
        keys.finish();
        keys
    }

    proptest! {
        #[test]
        fn approximate_search_agrees_with_the_definition(
            all in prop::collection::vec(prop::collection::vec(1_u8..5, 0..12), 0..12),
            pattern in prop::collection::vec(1_u8..6, 1..12),
            max in 0_u32..4,
        ) {
            let keys = keys(&all);
            let mut found = vec![None; all.len()];
            keys.approximate(&pattern, max, |key, errors| found[key] = Some(errors.to_vec()));
            for (codes, found) in all.iter().zip(found) {
                let expected: Vec<usize> = (0..=codes.len()).map(|end| distance(&pattern, &codes[..end])).collect();
                let near = expected.iter().any(|&errors| errors <= max as usize);
                prop_assert_eq!(found.is_some(), near);
                for (length, errors) in found.iter().flatten().enumerate() {
                    prop_assert_eq!(*errors as usize, expected[length]);
                }
            }
        }

        #[test]
        fn prefixes_are_found_in_order(
            all in prop::collection::vec(prop::collection::vec(1_u8..4, 0..12), 0..20),
            prefix in prop::collection::vec(1_u8..4, 0..10),
        ) {
            let keys = keys(&all);
            let mut expected: Vec<u32> = (0..all.len() as u32).filter(|&key| all[key as usize].starts_with(&prefix)).collect();
            expected.sort_by_key(|&key| (&all[key as usize], key));
            prop_assert_eq!(keys.with_prefix(&prefix), expected);
        }
    }

    #[test]
    fn patterns_longer_than_a_word_find_nothing_and_64_codes_still_work() {
        let long = vec![7_u8; 65];
        let keys = keys(std::slice::from_ref(&long));
        let mut found = 0;
        keys.approximate(&long, 1, |_, _| found += 1);
        assert_eq!(found, 0);
        keys.approximate(&long[..64], 1, |_, errors| found += 10 * (1 + usize::from(errors[64])));
        assert_eq!(found, 10);
    }
}
