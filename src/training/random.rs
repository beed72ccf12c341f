//! Reproducible randomness: every number is a function of a seed and a place, so a resumed run draws what an
//! uninterrupted one would have drawn, and the number of threads changes nothing.

/// One step of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014): a bijection of 64
/// bits whose outputs for consecutive inputs pass the usual tests.
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(GOLDEN);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// 2^64 divided by the golden ratio: SplitMix64's stride.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A seed for one purpose, made from another seed and what tells the purposes apart.
pub fn derive(seed: u64, parts: &[u64]) -> u64 {
    parts.iter().fold(mix(seed), |seed, part| mix(seed ^ mix(*part)))
}

/// A sequence of numbers.
pub struct Generator(u64);

impl Generator {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        let value = mix(self.0);
        self.0 = self.0.wrapping_add(GOLDEN);
        value
    }

    /// A number below `bound`, which is not 0. (Lemire's multiplication; its bias is below `bound / 2^64`.)
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// Puts `items` into a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_splitmix64() {
        // The reference implementation's first outputs for seed 1234567.
        let mut generator = Generator::new(1_234_567);
        let found: Vec<u64> = (0..3).map(|_| generator.next()).collect();
        assert_eq!(
            found,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn a_shuffle_keeps_every_item_and_reaches_every_place() {
        let mut places = [[0_u32; 5]; 5];
        for seed in 0..2000 {
            let mut items = [0, 1, 2, 3, 4];
            Generator::new(derive(seed, &[7])).shuffle(&mut items);
            for (place, item) in items.into_iter().enumerate() {
                places[place][item] += 1;
            }
        }
        for count in places.as_flattened() {
            assert!((320..480).contains(count), "{places:?}"); // 400 expected, standard deviation 18
        }
    }
}
