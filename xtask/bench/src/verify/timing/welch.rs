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
    pub(super) difference: f64,
}

struct Moments {
    mean: f64,
    /// The square of the standard error of the mean.
    squared_error: f64,
}

// === impl Comparison ===

impl Comparison {
    /// Compares two samples, each cropped where nine tenths of both together
    /// lie below.
    pub(super) fn of(one: &[f64], other: &[f64]) -> Self {
        let mut all = [one, other].concat();
        all.sort_by(f64::total_cmp);
        let place = (all.len() as f64 * KEPT) as usize;
        let limit = all.get(place).copied().unwrap_or(f64::INFINITY);
        Self::between(&Moments::below(limit, one), &Moments::below(limit, other))
    }

    fn between(one: &Moments, other: &Moments) -> Self {
        let difference = one.mean - other.mean;
        let error = (one.squared_error + other.squared_error).sqrt();
        let t = if error > 0.0 { difference / error } else { 0.0 };
        Self { t, difference }
    }
}

// === impl Moments ===

impl Moments {
    fn below(limit: f64, sample: &[f64]) -> Self {
        let kept = || sample.iter().copied().filter(|figure| *figure <= limit);
        let count = kept().count() as f64;
        let mean = kept().sum::<f64>() / count;
        let squares: f64 = kept().map(|figure| (figure - mean).powi(2)).sum();
        Self {
            mean,
            squared_error: squares / (count - 1.0) / count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use xtask_harness::random::scattered;

    const T: f64 = 4.5;

    /// Numbers from 0 to 99 in no order, and something added to each.
    fn sample(first: u64, shift: f64) -> Vec<f64> {
        let numbers = first..first + 10_000;
        numbers
            .map(|number| (scattered(number) % 100) as f64 + shift)
            .collect()
    }

    #[test]
    fn t_is_that_of_the_textbook() {
        // 1, 2, 3 against 2, 4, 6: t = (2 - 4) / sqrt(1/3 + 4/3).
        let one = Moments::below(f64::INFINITY, &[1.0, 2.0, 3.0]);
        let other = Moments::below(f64::INFINITY, &[2.0, 4.0, 6.0]);
        let t = Comparison::between(&one, &other).t;
        assert!((t + 1.549_193).abs() < 1e-6, "{t}");
    }

    #[test]
    fn a_small_shift_is_found_and_noise_is_not() {
        let base = sample(0, 0.0);
        assert!(Comparison::of(&sample(1_000_000, 4.0), &base).t > T);
        assert!(Comparison::of(&sample(1_000_000, 0.0), &base).t.abs() < T);
        assert!(Comparison::of(&base, &base).t.abs() < 1e-9);
    }

    #[test]
    fn a_tail_does_not_count() {
        let mut tailed = sample(1_000_000, 0.0);
        tailed.extend([1e9; 500]);
        let found = Comparison::of(&tailed, &sample(0, 0.0));
        assert!(found.t.abs() < T, "{found:?}");
    }
}
