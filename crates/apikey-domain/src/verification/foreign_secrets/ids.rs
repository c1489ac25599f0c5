//! What is remembered under what.

use crate::{identifier::ApiKeyId, key::credential::CredentialNumber};

/// Which credential of which key.
pub(crate) type CredentialId = (ApiKeyId, CredentialNumber);

/// A keyed digest of a presented key and of the foreign digest that it is compared with.
pub(crate) type Code = [u8; 32];
