//! A key of a ring as a row.

use std::fmt;

/// What a store keeps of a key, in the types of a database.
///
/// All of it counts when a key is judged, so a store keeps every field. That is why
/// the fields are public and no default stands in for one: a field that is added is a
/// breaking change of this crate.
///
/// # Example
///
/// ```
/// use apikey_domain::key_ring::{KeyRecord, StoredKey};
///
/// let record = KeyRecord {
///     id: "6fa459eaee8a3ca4894edb77e160355e".to_owned(),
///     owner: "alice",
///     access_key: "0123456789abcdef".to_owned(),
///     digest: format!("hmac-sha256$0a1b2c3d${}", "00".repeat(32)),
///     scopes: "reports:read\ninvoices:read".to_owned(),
///     mask: "acme_0123***".to_owned(),
///     created_at: 1_735_689_600_000_000,
///     expires_at: None,
///     last_used_at: None,
/// };
/// let key = StoredKey::from_record(record.clone()).unwrap();
/// assert!(key.scopes().grant("invoices:read"));
/// assert_eq!(key.to_record().access_key, record.access_key);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRecord<Owner> {
    /// Its id, 32 hex digits; unique.
    pub id: String,
    /// To whom it belongs.
    pub owner: Owner,
    /// Its public half, by which it is found; unique, at most 512 characters, compared
    /// bytewise.
    pub access_key: String,
    /// The digest of both halves, 85 characters.
    pub digest: String,
    /// Its scopes, a line each; empty if there are none.
    pub scopes: String,
    /// What may be shown of it, at most 64 characters.
    pub mask: String,
    /// When it was made, in microseconds since 1970.
    pub created_at: i64,
    /// From when on it is refused, in microseconds since 1970; absent if never.
    pub expires_at: Option<i64>,
    /// Its last use, in microseconds since 1970; absent if none is known. A store that
    /// keeps no uses leaves it absent.
    pub last_used_at: Option<i64>,
}

/// Leaves out what would help to guess the key.
impl<Owner: fmt::Debug> fmt::Debug for KeyRecord<Owner> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeyRecord")
            .field("id", &self.id)
            .field("owner", &self.owner)
            .field("scopes", &self.scopes)
            .field("mask", &self.mask)
            .field("created_at", &self.created_at)
            .field("expires_at", &self.expires_at)
            .field("last_used_at", &self.last_used_at)
            .finish_non_exhaustive()
    }
}
