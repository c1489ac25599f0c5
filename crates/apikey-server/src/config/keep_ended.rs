//! How long keys are kept that ended.

use std::{
    fmt::{Display, Formatter},
    num::NonZeroU16,
    str::FromStr,
};

/// The maximum in days: a hundred years.
const MAX_DAYS: u16 = 36_500;
/// The text of no end.
const OFF: &str = "off";

/// How many days a key is kept after it ended, if it is not kept for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepEnded(
    /// The days; `None` for as long as nobody deletes it.
    pub Option<NonZeroU16>,
);

// === impl KeepEnded ===

impl FromStr for KeepEnded {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == OFF {
            return Ok(Self(None));
        }
        let days: Option<NonZeroU16> = text.parse().ok();
        match days.filter(|days| days.get() <= MAX_DAYS && !text.starts_with('+')) {
            Some(days) => Ok(Self(Some(days))),
            None => Err(format!(
                "expected a number of days from 1 to {MAX_DAYS}, or off"
            )),
        }
    }
}

impl Display for KeepEnded {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(days) => days.fmt(formatter),
            None => formatter.write_str(OFF),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatted_value_is_parsed() {
        for text in ["off", "1", "30", "36500"] {
            assert_eq!(text.parse::<KeepEnded>().unwrap().to_string(), text);
        }
        for wrong in [
            "", "0", "-1", "+1", "1.5", "36501", "99999", "30d", "Off", "none",
        ] {
            assert!(wrong.parse::<KeepEnded>().is_err(), "{wrong}");
        }
    }
}
