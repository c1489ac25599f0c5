//! Figures from several rounds.

use std::time::Duration;

/// What several rounds gave for one figure.
#[derive(Debug, Clone, Default)]
pub(super) struct Figures(Vec<f64>);

/// How long each request of a load took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latencies {
    nanoseconds: Vec<u64>,
}

// === impl Figures ===

impl Figures {
    /// Adds what a round gave.
    pub(super) fn add(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// Gives the smallest.
    pub(super) fn smallest(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// Gives the largest.
    pub(super) fn largest(&self) -> f64 {
        self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// Gives the one in the middle, or the mean of the two there; nothing of
    /// nothing is zero.
    pub(super) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => 0.0,
            length if length % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        }
    }

    /// Answers whether there is only one, so that it has no range.
    pub(super) fn is_single(&self) -> bool {
        self.0.len() == 1
    }

    /// Divides round by round.
    pub(super) fn ratio_to(&self, other: &Self) -> Self {
        let pairs = self.0.iter().zip(&other.0);
        pairs.map(|(figure, by)| figure / by).collect()
    }

    /// Subtracts round by round.
    pub(super) fn minus(&self, other: &Self) -> Self {
        let pairs = self.0.iter().zip(&other.0);
        pairs.map(|(figure, less)| figure - less).collect()
    }
}

impl FromIterator<f64> for Figures {
    fn from_iter<I: IntoIterator<Item = f64>>(figures: I) -> Self {
        Self(figures.into_iter().collect())
    }
}

impl From<f64> for Figures {
    fn from(figure: f64) -> Self {
        Self(vec![figure])
    }
}

// === impl Latencies ===

impl Latencies {
    /// Adds a request.
    pub(crate) fn add(&mut self, latency: Duration) {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.push(nanoseconds);
    }

    /// Adds all requests of another.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.nanoseconds.append(&mut other.nanoseconds);
    }

    /// Gives how many requests there were.
    pub(crate) fn count(&self) -> usize {
        self.nanoseconds.len()
    }

    /// Gives the milliseconds within which so many percent of the requests were
    /// answered.
    pub(crate) fn milliseconds_at(&self, percent: usize) -> f64 {
        self.milliseconds_at_per_mille(10 * percent)
    }

    /// Gives the milliseconds within which so many of a thousand requests were
    /// answered.
    pub(crate) fn milliseconds_at_per_mille(&self, per_mille: usize) -> f64 {
        let mut sorted = self.nanoseconds.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * per_mille).div_ceil(1000).saturating_sub(1);
        sorted.get(place).map_or(0.0, |one| *one as f64 / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(of: &[f64]) -> Figures {
        of.iter().copied().collect()
    }

    #[test]
    fn the_median_lies_in_the_middle() {
        let table: [(&[f64], f64); 4] = [
            (&[], 0.0),
            (&[3.0], 3.0),
            (&[9.0, 1.0, 2.0], 2.0),
            (&[9.0, 1.0, 2.0, 4.0], 3.0),
        ];
        for (of, expected) in table {
            assert!((figures(of).median() - expected).abs() < 1e-9, "{of:?}");
        }
    }

    #[test]
    fn the_range_reaches_from_the_smallest_to_the_largest() {
        let three = figures(&[2.0, 1.0, 3.0]);
        assert!((three.smallest() - 1.0).abs() < 1e-9);
        assert!((three.largest() - 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_ratio_is_taken_within_each_round() {
        let ratio = figures(&[2.0, 9.0]).ratio_to(&figures(&[1.0, 3.0]));
        assert!((ratio.smallest() - 2.0).abs() < 1e-9);
        assert!((ratio.largest() - 3.0).abs() < 1e-9);
    }

    #[test]
    fn percentiles_are_exact() {
        let mut latencies = Latencies::default();
        for milliseconds in (1..=200).rev() {
            latencies.add(Duration::from_millis(milliseconds));
        }
        assert_eq!(latencies.count(), 200);
        for (percent, expected) in [(0, 1.0), (50, 100.0), (99, 198.0), (100, 200.0)] {
            let found = latencies.milliseconds_at(percent);
            assert!((found - expected).abs() < 1e-9, "{percent}: {found}");
        }
        assert!((latencies.milliseconds_at_per_mille(995) - 199.0).abs() < 1e-9);
    }

    #[test]
    fn no_requests_took_no_time() {
        assert!(Latencies::default().milliseconds_at(50).abs() < 1e-9);
    }
}
