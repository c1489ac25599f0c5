//! The payload of a subject.

use crate::rows::RowContext;
use apikey_domain::error::PortError;
use serde::{Serialize, de::DeserializeOwned};

/// The payload of a subject, as an event stores it.
pub(super) trait Payload: Serialize + DeserializeOwned {
    /// The subject.
    type Subject;

    /// Returns the payload of a subject.
    fn of(subject: &Self::Subject) -> Self;

    /// Converts the payload of `event` back into the subject.
    ///
    /// # Errors
    ///
    /// [`PortError::Corrupt`] when a value breaks the domain's rules.
    fn subject(self, event: &RowContext) -> Result<Self::Subject, PortError>;
}
