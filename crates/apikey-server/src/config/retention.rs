//! A length of time, such as that for which something is kept.

use std::{
    fmt::{Display, Formatter},
    str::FromStr,
    time::Duration,
};

/// The units and their seconds, the longest first.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
/// The maximum in seconds: a hundred years.
const MAX_SECONDS: u64 = 36_500 * 86_400;

/// A length of time, such as `90d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention(pub Duration);

// === impl Retention ===

impl FromStr for Retention {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let unit = text.chars().next_back()?;
            let (_, seconds) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
            let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
            number
                .checked_mul(seconds)
                .filter(|seconds| (1..=MAX_SECONDS).contains(seconds))
        };
        let expected = "expected a number and d, h, m or s, such as 90d, up to 36500d";
        let seconds = read().ok_or_else(|| expected.to_owned())?;
        Ok(Self(Duration::from_secs(seconds)))
    }
}

impl Display for Retention {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let whole = self.0.as_secs();
        let fits = |(_, seconds): &(char, u64)| whole.is_multiple_of(*seconds);
        match UNITS.into_iter().find(fits) {
            Some((unit, seconds)) => write!(formatter, "{}{unit}", whole / seconds),
            None => write!(formatter, "{whole}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatted_value_is_parsed() {
        for text in ["90d", "36h", "5m", "1s", "36500d"] {
            assert_eq!(text.parse::<Retention>().unwrap().to_string(), text);
        }
        assert_eq!("48h".parse::<Retention>().unwrap().to_string(), "2d");
        for wrong in [
            "",
            "d",
            "0d",
            "90",
            "-1d",
            "1.5d",
            "36501d",
            "1y",
            "99999999999999999999d",
        ] {
            assert!(wrong.parse::<Retention>().is_err(), "{wrong}");
        }
    }
}
