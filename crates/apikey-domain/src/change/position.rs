//! Positions in the order of events.

use crate::invalid::Invalid;

/// A position in the order of events, which is the order of their commits as far
/// as it can be observed: if one commit ended before another wrote its events,
/// all of its events come first.
///
/// Written as `{horizon}-{number}`.
///
/// # Example
///
/// ```
/// use apikey_domain::change::Position;
///
/// let position = Position { horizon: 812, number: 5 };
/// assert_eq!(Position::parse(&position.to_string()).unwrap(), position);
/// assert!(position < Position { horizon: 813, number: 1 });
/// assert!(Position::parse("latest").is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The highest transaction that had ended when the event was written, or
    /// its own if that is higher.
    pub horizon: i64,
    /// Distinguishes the events of one horizon.
    pub number: i64,
}

// === impl Position ===

impl Position {
    /// Before every event.
    pub const START: Self = Self {
        horizon: 0,
        number: 0,
    };

    /// Returns the position before every event of this horizon and after every
    /// event of lower horizons.
    pub const fn before_horizon(horizon: i64) -> Self {
        Self { horizon, number: 0 }
    }

    /// Parses the text form of a position.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `position` if `text` is anything else.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let number = |text: &str| {
            let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<i64>().ok().filter(|_| is_digits)
        };
        let parts = text.split_once('-');
        let parsed = parts.and_then(|(horizon, rest)| Some((number(horizon)?, number(rest)?)));
        let (horizon, number) =
            parsed.ok_or_else(|| Invalid::new("position", "must be two numbers, as in 812-5"))?;
        Ok(Self { horizon, number })
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}-{}", self.horizon, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_form_is_parsed() {
        for wrong in [
            "",
            "-",
            "1",
            "1-",
            "-1",
            "1--1",
            "+1-2",
            "1-2-3",
            "1-x",
            "99999999999999999999-1",
        ] {
            assert!(Position::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Position::parse("0-0"), Ok(Position::START));
    }
}
