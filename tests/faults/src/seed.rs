//! Where lots come from: one number from which everything follows.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::num::ParseIntError;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The number from which every lot follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(u64);

impl Seed {
    /// The variable that gives every test its seed, to replay what one has printed.
    pub const VARIABLE: &'static str = "FAULTS_SEED";

    /// The seed that the environment gives, or else another each time.
    #[must_use]
    pub fn of_this_run() -> Self {
        let given = std::env::var(Self::VARIABLE).ok().and_then(|text| text.parse().ok());
        given.unwrap_or_else(|| Self(RandomState::new().build_hasher().finish() >> 16))
    }

    /// The lots of one purpose: another number, other lots.
    #[must_use]
    pub fn random(self, purpose: u64) -> Random {
        let mut random = Random(self.0);
        Random(random.next() ^ purpose.wrapping_mul(0xd6e8_feb8_6659_fd93))
    }
}

impl From<u64> for Seed {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl FromStr for Seed {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.trim().parse().map(Self)
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A row of lots: splitmix64.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The next 64 bits.
    // no iterator: it has no end
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of the range.
    pub fn within(&mut self, range: &RangeInclusive<u64>) -> u64 {
        let width = range.end().saturating_sub(*range.start()).saturating_add(1);
        range.start() + self.next() % width.max(1)
    }

    /// Whether one of `of` lots was drawn.
    pub fn one_in(&mut self, of: u64) -> bool {
        self.next() % of.max(1) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Seed;

    #[test]
    fn the_same_seed_draws_the_same_lots_and_another_purpose_others() {
        let seed: Seed = "42".parse().expect("a number");
        let draw = |purpose| {
            let mut random = seed.random(purpose);
            [random.next(), random.next(), random.within(&(5..=9))]
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert!((0..1000).all(|purpose| (5..=9).contains(&seed.random(purpose).within(&(5..=9)))));
    }
}
