//! Whether a page takes no longer than it is meant to.

use crate::table::figure;

/// How many times the time of the smallest tenant's first page that of the largest one
/// may take; or by how many milliseconds more.
const OF_SIZES: f64 = 1.5;
const MORE: f64 = 0.3;

/// How many times the time of a first page a deep one may take.
const OF_DEPTHS: f64 = 10.0;

/// What a ratio of two times says.
pub(super) enum Verdict {
    /// A first page of the largest tenant beside one of the smallest, with the
    /// milliseconds it takes more.
    OfSizes { ratio: f64, more: f64 },
    /// A deep page beside a first one.
    OfDepths { ratio: f64 },
    /// A ratio without an aim.
    Shown { ratio: f64 },
    /// There is nothing to compare.
    None,
}

// === impl Verdict ===

impl Verdict {
    /// Returns the ratio, and the aim with whether it is met.
    pub(super) fn cells(&self) -> [String; 2] {
        let word = |is_met| if is_met { "met" } else { "MISSED" };
        match self {
            Self::OfSizes { ratio, more } => {
                let word = word(*ratio <= OF_SIZES || *more <= MORE);
                let aim = format!("at most {OF_SIZES}, or {MORE} ms more, {word}");
                [figure(*ratio), aim]
            }
            Self::OfDepths { ratio } => {
                let word = word(*ratio <= OF_DEPTHS);
                let aim = format!("to the first page at most {OF_DEPTHS}, {word}");
                [figure(*ratio), aim]
            }
            Self::Shown { ratio } => [figure(*ratio), String::new()],
            Self::None => [String::new(), String::new()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_page_may_take_half_more_or_a_little_more() {
        for (ratio, more, is_met) in [(1.4, 9.0, true), (3.0, 0.2, true), (1.6, 0.4, false)] {
            let [_, aim] = Verdict::OfSizes { ratio, more }.cells();
            assert_eq!(aim.ends_with(", met"), is_met, "{aim}");
        }
        let [_, aim] = Verdict::OfDepths { ratio: 10.1 }.cells();
        assert!(aim.ends_with(", MISSED"), "{aim}");
    }
}
