//! How long requests took.

use hdrhistogram::Histogram;
use std::time::Duration;

/// How long requests took, in nanoseconds to three digits.
#[derive(Debug, Clone)]
pub struct Latencies(Histogram<u64>);

// === impl Latencies ===

impl Latencies {
    /// Adds a request.
    pub fn add(&mut self, latency: Duration) {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.0 += nanoseconds;
    }

    /// Adds all requests of another.
    pub fn append(&mut self, other: &Self) {
        self.0 += &other.0;
    }

    /// Returns how many requests there were.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// Returns the milliseconds within which so many percent of the requests
    /// were answered; zero when there were none.
    pub fn milliseconds_at(&self, percent: f64) -> f64 {
        self.0.value_at_percentile(percent) as f64 / 1e6
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Self(Histogram::new(3).expect("a histogram of three digits exists"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_to_three_digits() {
        let mut latencies = Latencies::default();
        assert!(latencies.milliseconds_at(50.0).abs() < 1e-9);
        for milliseconds in (1..=200).rev() {
            latencies.add(Duration::from_millis(milliseconds));
        }
        latencies.append(&latencies.clone());
        assert_eq!(latencies.count(), 400);
        for (percent, expected) in [(50.0, 100.0), (99.0, 198.0), (99.5, 199.0), (100.0, 200.0)] {
            let found = latencies.milliseconds_at(percent);
            assert!((found / expected - 1.0).abs() < 1e-3, "{percent}: {found}");
        }
    }
}
