//! How an event tells of a subject.

use crate::rows::Found;
use apikey_domain::error::PortError;
use serde::{Serialize, de::DeserializeOwned};

/// How an event tells of a subject.
pub(super) trait Payload: Serialize + DeserializeOwned {
    /// What it tells of.
    type Subject;

    /// Tells of it.
    fn of(subject: &Self::Subject) -> Self;

    /// Returns what it told of, if that is valid.
    fn subject(self, event: &Found) -> Result<Self::Subject, PortError>;
}
