//! What goes between the parts of a command.

use apikey_commands::administer::Failure;
use zeroize::Zeroizing;

/// A password that was read.
pub(super) type Password = Zeroizing<String>;

/// A failure on the way.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) Failure);

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0.message().unwrap_or_default())
    }
}

impl std::error::Error for Refusal {}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}
