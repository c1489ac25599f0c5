//! Whether two samples have the same mean (Welch's t-test), without the tail
//! that the machine and not the program makes.

/// Which part of the samples counts: the rest were held up by something else.
const KEPT: f64 = 0.9;

/// What is known of two samples, both without what took longest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparison {
    /// Welch's t. Of samples of the same thing it is beyond 4.5 once in more
    /// than a hundred thousand times.
    pub(super) t: f64,
    /// How much larger the mean of the first is.
    pub(super) apart: f64,
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

// === impl Comparison ===

impl Comparison {
    /// Compares two samples, each cropped where nine tenths of both together
    /// lie below.
    pub(super) fn of(one: &[f64], other: &[f64]) -> Self {
        let limit = limit(one, other);
        let (one, other) = (Moments::below(limit, one), Moments::below(limit, other));
        let apart = one.mean - other.mean;
        let error = (one.variance / one.count + other.variance / other.count).sqrt();
        let t = if error > 0.0 { apart / error } else { 0.0 };
        Self { t, apart }
    }
}

/// Gives the figure below which so much of both samples lies as is kept.
fn limit(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<f64> = one.iter().chain(other).copied().collect();
    all.sort_by(f64::total_cmp);
    let place = (all.len() as f64 * KEPT) as usize;
    all.get(place).copied().unwrap_or(f64::INFINITY)
}

// === impl Moments ===

impl Moments {
    fn below(limit: f64, sample: &[f64]) -> Self {
        let kept = || sample.iter().copied().filter(|figure| *figure <= limit);
        let count = kept().count() as f64;
        let mean = kept().sum::<f64>() / count;
        let squares: f64 = kept().map(|figure| (figure - mean).powi(2)).sum();
        Self {
            count,
            mean,
            variance: squares / (count - 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::scattered::scattered;

    /// Numbers from 0 to 99 in no order.
    fn sample(first: u64) -> Vec<f64> {
        let numbers = first..first + 10_000;
        numbers
            .map(|number| (scattered(number) % 100) as f64)
            .collect()
    }

    #[test]
    fn t_is_that_of_the_textbook() {
        // 1, 2, 3 against 2, 4, 6: t = (2 - 4) / sqrt(1/3 + 4/3).
        let one = Moments::below(f64::INFINITY, &[1.0, 2.0, 3.0]);
        let other = Moments::below(f64::INFINITY, &[2.0, 4.0, 6.0]);
        let error = (one.variance / one.count + other.variance / other.count).sqrt();
        assert!(((one.mean - other.mean) / error + 1.549_193).abs() < 1e-6);
    }

    #[test]
    fn samples_of_the_same_thing_are_not_told_apart() {
        let found = Comparison::of(&sample(0), &sample(1_000_000));
        assert!(found.t.abs() < 4.5, "{found:?}");
    }

    #[test]
    fn a_small_shift_is_found() {
        let shifted: Vec<f64> = sample(1_000_000)
            .iter()
            .map(|figure| figure + 4.0)
            .collect();
        let found = Comparison::of(&shifted, &sample(0));
        assert!(found.t > 4.5, "{found:?}");
    }

    #[test]
    fn a_tail_does_not_count() {
        let mut tailed = sample(1_000_000);
        tailed.extend([1e9; 500]);
        let found = Comparison::of(&tailed, &sample(0));
        assert!(found.t.abs() < 4.5, "{found:?}");
    }

    #[test]
    fn nothing_is_apart_from_itself() {
        let found = Comparison::of(&[1.0; 10], &[1.0; 10]);
        assert!(found.t.abs() < 1e-9, "{found:?}");
    }
}
