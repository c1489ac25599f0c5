//! What a node does while it cannot reach the database.

use std::{
    fmt::{Display, Formatter},
    str::FromStr,
    time::Duration,
};

/// The maximum grace period in seconds: a revocation waits this long for a node
/// that is disconnected.
const MAX_SECONDS: u64 = 3_600;
const PREFIX: &str = "serve-stale:";

/// How long a node that has lost the database serves stale data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnDatabaseLoss(pub Duration);

// === impl OnDatabaseLoss ===

impl FromStr for OnDatabaseLoss {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "refuse" {
            return Ok(Self(Duration::ZERO));
        }
        let seconds = text.strip_prefix(PREFIX).map(str::parse);
        match seconds {
            Some(Ok(seconds @ 1..=MAX_SECONDS)) => Ok(Self(Duration::from_secs(seconds))),
            _ => Err(format!(
                "expected refuse, or {PREFIX} and a number of seconds from 1 to {MAX_SECONDS}"
            )),
        }
    }
}

impl Display for OnDatabaseLoss {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self.0.as_secs() {
            0 => formatter.write_str("refuse"),
            seconds => write!(formatter, "{PREFIX}{seconds}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatted_value_is_parsed() {
        for text in ["refuse", "serve-stale:1", "serve-stale:3600"] {
            assert_eq!(text.parse::<OnDatabaseLoss>().unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "serve-stale",
            "serve-stale:0",
            "serve-stale:3601",
            "serve-stale:-1",
        ] {
            assert!(wrong.parse::<OnDatabaseLoss>().is_err(), "{wrong}");
        }
    }
}
