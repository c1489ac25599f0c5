//! Names as they are stored, and what is derived from them.

use crate::rows::NameRow;
use apikey_domain::{error::PortError, name::Likeness, timestamp::Timestamp};
use async_trait::async_trait;

/// What has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A user.
    User,
    /// An organization.
    Organization,
    /// A key.
    ApiKey,
}

/// A stored name, valid today or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredName {
    /// The id of the user or the key, or of the organization's principal.
    pub id: i64,
    /// The name.
    pub name: String,
}

/// Names that were stored before the rules of today, or by nodes of an earlier release
/// that write beside this one.
#[async_trait]
pub trait StoredNames: Send + Sync {
    /// Makes again what is derived from names, for searching and to tell which look
    /// alike, in at most `most` rows that an earlier release wrote. Returns in how many:
    /// 0 also if others hold the rest at the moment. Nodes may do so at the same time.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is.
    async fn renew(&self, most: u32, at: Timestamp) -> Result<u64, PortError>;

    /// Returns at most `limit` names with ids above `after`, by id.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is.
    async fn names_after(
        &self,
        named: Named,
        after: i64,
        limit: u32,
    ) -> Result<Vec<StoredName>, PortError>;

    /// Returns the users that may look like one of these names, by id. Those are missed
    /// that were not renewed yet.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is.
    async fn perhaps_like(&self, names: &[Likeness]) -> Result<Vec<StoredName>, PortError>;
}

// === impl Named ===

impl Named {
    /// All of them: users first, whose names must be unique.
    pub const ALL: [Self; 3] = [Self::User, Self::Organization, Self::ApiKey];
}

// === impl StoredName ===

impl From<NameRow> for StoredName {
    fn from(row: NameRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
        }
    }
}
