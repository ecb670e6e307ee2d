//! Latencies, counted by size: a bucket is a 32nd of its power of two wide, so that a percentile is
//! right within 3 %.

use std::sync::atomic::{AtomicU64, Ordering};

const PARTS: u64 = 32;
const BUCKETS: usize = 48 * PARTS as usize;

/// The latencies of this process; a subject does one thing.
pub(crate) static LATENCIES: Histogram = Histogram([const { AtomicU64::new(0) }; BUCKETS]);

pub(crate) struct Histogram([AtomicU64; BUCKETS]);

impl Histogram {
    pub(crate) fn record(&self, nanoseconds: u64) {
        if let Some(bucket) = self.0.get(bucket(nanoseconds)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn clear(&self) {
        for bucket in &self.0 {
            bucket.store(0, Ordering::Relaxed);
        }
    }

    /// The latency that this part of all are not above, in nanoseconds.
    pub(crate) fn quantile(&self, part: f64) -> u64 {
        let counts = || self.0.iter().map(|bucket| bucket.load(Ordering::Relaxed));
        let wanted = (counts().sum::<u64>() as f64 * part).ceil() as u64;
        let mut seen = 0;
        for (number, count) in counts().enumerate() {
            seen += count;
            if wanted > 0 && seen >= wanted {
                return upper(number);
            }
        }
        0
    }
}

fn bucket(value: u64) -> usize {
    if value < PARTS {
        return value as usize;
    }
    // the power of two, and which of its parts
    let power = u64::from(value.ilog2()) - u64::from(PARTS.ilog2());
    ((power + 1) * PARTS + (value >> power) - PARTS) as usize
}

/// The greatest value of a bucket.
fn upper(bucket: usize) -> u64 {
    let (power, part) = (bucket as u64 / PARTS, bucket as u64 % PARTS);
    match power {
        0 => part,
        power => ((PARTS + part + 1) << (power - 1)) - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{bucket, upper};

    #[test]
    fn a_bucket_holds_its_greatest_value_and_not_the_next() {
        for number in 0..1000 {
            assert_eq!(bucket(upper(number)), number);
            assert_eq!(bucket(upper(number) + 1), number + 1);
        }
    }

    #[test]
    fn a_percentile_is_right_within_a_32nd() {
        for value in [1, 31, 32, 1000, 123_456, 99_999_999] {
            let found = upper(bucket(value));
            assert!(found >= value && found - value <= value / 32, "{value}: {found}");
        }
    }
}
