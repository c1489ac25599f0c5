//! A key of a ring as it is stored.

use super::{key_id::KeyId, record::KeyRecord, scopes::Scopes};
use crate::{
    invalid::Invalid,
    key::{digest::SecretDigest, expiry::Expiry, token::AccessKey},
    timestamp::Timestamp,
    verification::last_use::LastUse,
};
use std::fmt;

/// What is stored of a key: everything but its secret.
///
/// Only a [`KeyRing`](super::KeyRing) makes new ones. A store turns them into a
/// [`KeyRecord`] and back.
///
/// # Example
///
/// ```
/// use apikey_domain::key_ring::{KeyRecord, StoredKey};
///
/// fn row_of(key: &StoredKey<u64>) -> KeyRecord<u64> {
///     KeyRecord { owner: *key.owner(), ..key.to_record() }
/// }
/// ```
pub struct StoredKey<Owner> {
    pub(super) id: KeyId,
    pub(super) owner: Owner,
    pub(super) access_key: AccessKey,
    pub(super) digest: SecretDigest,
    pub(super) scopes: Scopes,
    pub(super) mask: Box<str>,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Expiry,
    pub(super) last_use: LastUse,
}

impl<Owner> StoredKey<Owner> {
    /// Reads a key from its record.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for the field that no [`to_record`](Self::to_record) returned.
    pub fn from_record(record: KeyRecord<Owner>) -> Result<Self, Invalid> {
        let digest = SecretDigest::parse(&record.digest)
            .ok_or_else(|| Invalid::new("digest", "must be the text of a digest"))?;
        let expires_at = record.expires_at.map(|at| instant("expires_at", at));
        let last_used_at = record.last_used_at.map(|at| instant("last_used_at", at));
        Ok(Self {
            id: KeyId::parse(&record.id)?,
            owner: record.owner,
            access_key: AccessKey::new(record.access_key),
            digest,
            scopes: Scopes::from_text(&record.scopes)?,
            mask: record.mask.into_boxed_str(),
            created_at: instant("created_at", record.created_at)?,
            expires_at: expires_at.transpose()?.map_or(Expiry::NEVER, Expiry::at),
            last_use: LastUse::new(last_used_at.transpose()?),
        })
    }

    /// Returns the record of this key.
    pub fn to_record(&self) -> KeyRecord<Owner>
    where
        Owner: Clone,
    {
        KeyRecord {
            id: self.id.to_string(),
            owner: self.owner.clone(),
            access_key: self.access_key.as_str().to_owned(),
            digest: self.digest.to_text(),
            scopes: self.scopes.to_text(),
            mask: self.mask.to_string(),
            created_at: self.created_at.microseconds(),
            expires_at: self.expires_at().map(Timestamp::microseconds),
            last_used_at: self.last_used_at().map(Timestamp::microseconds),
        }
    }

    /// Returns its id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Returns to whom it belongs.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Returns its public half, by which it is found. That of a key that was imported
    /// may be a digest of the whole: it is not shown to anybody.
    pub fn access_key(&self) -> &str {
        self.access_key.as_str()
    }

    /// Returns its scopes.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Returns what may be shown of it.
    pub fn mask(&self) -> &str {
        &self.mask
    }

    /// Returns when it was made.
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Returns from when on it is refused, or `None` if it never expires.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at.instant()
    }

    /// Returns its last known use, to the minute.
    pub fn last_used_at(&self) -> Option<Timestamp> {
        self.last_use.at()
    }
}

/// Leaves out what would help to guess the key.
impl<Owner: fmt::Debug> fmt::Debug for StoredKey<Owner> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StoredKey")
            .field("id", &self.id)
            .field("owner", &self.owner)
            .field("scopes", &self.scopes)
            .field("mask", &self.mask)
            .field("created_at", &self.created_at)
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

fn instant(field: &'static str, microseconds: i64) -> Result<Timestamp, Invalid> {
    Timestamp::from_microseconds(microseconds)
        .ok_or_else(|| Invalid::new(field, "must lie within the years 1 to 9999"))
}
