//! Reproducible random numbers: the same seed gives the same log on every machine.

/// SplitMix64, by Sebastiano Vigna: <https://prng.di.unimi.it/splitmix64.c>.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The number that follows a state: unlike for unlike states.
pub(crate) fn mix(state: u64) -> u64 {
    let mut bits = state.wrapping_add(STEP);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        let bits = mix(self.0);
        self.0 = self.0.wrapping_add(STEP);
        bits
    }

    /// A number in `0..limit`; the bias of 2^-32 and less does not matter here.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        ((self.next() >> 32) * limit) >> 32
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// Ranks by Zipf's law, each draw at the same cost: Walker's alias method as Vose gives it.
pub(super) struct Zipf {
    /// Of 2^32: how much of a rank's column is its own.
    own: Vec<u32>,
    alias: Vec<u32>,
}

impl Zipf {
    pub(super) fn new(ranks: usize, exponent: f64) -> Self {
        let weights: Vec<f64> = (1..=ranks).map(|rank| (rank as f64).powf(-exponent)).collect();
        let mean = weights.iter().sum::<f64>() / ranks as f64;
        let mut level: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
        let mut own = vec![u32::MAX; ranks];
        let mut alias: Vec<u32> = (0..ranks as u32).collect();
        let (mut low, mut high): (Vec<usize>, Vec<usize>) =
            (0..ranks).partition(|rank| level[*rank] < 1.0);
        while let (Some(poor), Some(rich)) = (low.pop(), high.pop()) {
            own[poor] = (level[poor] * f64::from(u32::MAX)) as u32;
            alias[poor] = rich as u32;
            level[rich] -= 1.0 - level[poor];
            if level[rich] < 1.0 { low.push(rich) } else { high.push(rich) }
        }
        Self { own, alias }
    }

    pub(super) fn draw(&self, random: &mut Random) -> usize {
        let rank = random.below(self.own.len() as u64) as usize;
        if random.next() as u32 <= self.own[rank] { rank } else { self.alias[rank] as usize }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_numbers_are_those_of_the_published_generator() {
        let mut random = Random::new(1_234_567);
        assert_eq!(
            [random.next(), random.next()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
        );
    }

    #[test]
    fn the_second_rank_comes_as_often_as_zipf_says() {
        let zipf = Zipf::new(500, 0.9);
        let mut random = Random::new(1);
        let mut drawn = vec![0_u32; 500];
        for _ in 0..200_000 {
            drawn[zipf.draw(&mut random)] += 1;
        }
        let ratio = f64::from(drawn[0]) / f64::from(drawn[1]);
        assert!((ratio - 2_f64.powf(0.9)).abs() < 0.1, "{ratio}");
        assert!(drawn.iter().all(|times| *times > 0));
    }
}
