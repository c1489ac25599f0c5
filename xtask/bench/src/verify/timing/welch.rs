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

// === impl Comparison ===

impl Comparison {
    /// Compares two samples, each cropped where nine tenths of both together
    /// lie below.
    pub(super) fn of(one: &[f64], other: &[f64]) -> Self {
        let mut all = [one, other].concat();
        all.sort_by(f64::total_cmp);
        let place = (all.len() as f64 * KEPT) as usize;
        let limit = all.get(place).copied().unwrap_or(f64::INFINITY);
        let (mean, variance) = mean_and_its_variance(limit, one);
        let (other_mean, other_variance) = mean_and_its_variance(limit, other);
        let difference = mean - other_mean;
        let error = (variance + other_variance).sqrt();
        let t = if error > 0.0 { difference / error } else { 0.0 };
        Self { t, difference }
    }
}

/// Returns the mean of a cropped sample, and the square of its standard error.
fn mean_and_its_variance(limit: f64, sample: &[f64]) -> (f64, f64) {
    let kept = || sample.iter().copied().filter(|figure| *figure <= limit);
    let count = kept().count() as f64;
    let mean = kept().sum::<f64>() / count;
    let squares: f64 = kept().map(|figure| (figure - mean).powi(2)).sum();
    (mean, squares / (count - 1.0) / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    use xtask_harness::random::scattered;

    const T: f64 = 4.5;

    /// Numbers from 0 to 99 in no order, and something added to each.
    fn sample(first: u64, shift: f64) -> Vec<f64> {
        let numbers = first..first + 10_000;
        let figures = numbers.map(|number| (scattered(number) % 100) as f64 + shift);
        figures.collect()
    }

    #[test]
    fn t_is_that_of_the_textbook() {
        // 1, 2, 3 against 2, 4, 6: t = (2 - 4) / sqrt(1/3 + 4/3).
        let found = Comparison::of(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]);
        assert!((found.t + 1.549_193).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_small_shift_is_found_and_neither_noise_nor_a_tail_is() {
        let base = sample(0, 0.0);
        assert!(Comparison::of(&sample(1_000_000, 4.0), &base).t > T);
        assert!(Comparison::of(&base, &base).t.abs() < 1e-9);
        let mut noise = sample(1_000_000, 0.0);
        assert!(Comparison::of(&noise, &base).t.abs() < T);
        noise.extend([1e9; 500]);
        assert!(Comparison::of(&noise, &base).t.abs() < T);
    }
}
