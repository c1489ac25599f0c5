//! What a node does that has lost the database.

use std::{
    fmt::{Display, Formatter},
    str::FromStr,
    time::Duration,
};

/// The longest time for which a node may go on: whoever takes a right away waits
/// for a node that is cut off as long as this.
const LONGEST: u64 = 3_600;
const PREFIX: &str = "serve-stale:";

/// For how long a node that has lost the database answers with what it knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OnDatabaseLoss(pub(super) Duration);

// === impl OnDatabaseLoss ===

impl FromStr for OnDatabaseLoss {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "refuse" {
            return Ok(Self(Duration::ZERO));
        }
        let seconds = text.strip_prefix(PREFIX).map(str::parse);
        match seconds {
            Some(Ok(seconds @ 1..=LONGEST)) => Ok(Self(Duration::from_secs(seconds))),
            _ => Err(format!(
                "expected refuse, or {PREFIX} and a number of seconds from 1 to {LONGEST}"
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
    fn what_is_written_is_read() {
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
