//! Where keys are kept.

use crate::{
    access::policy::{ApiKeyFilter, KeyReach},
    change::{attribution::Attribution, snapshot::Snapshot},
    error::PortError,
    identifier::ApiKeyId,
    key::api_key::{ApiKey, ApiKeyChanges, NewApiKey, StoredCredential},
    listing::{Order, Page, Window},
    timestamp::Timestamp,
};
use async_trait::async_trait;

/// Keeps keys.
///
/// Every write MUST be atomic and durable when answered. Every change MUST write
/// its event, with `by`, in the same transaction ([`super::event_log::EventLog`]).
/// A change that takes rights away ([`crate::change::Change::is_revocation`])
/// MUST be answered only when no [`super::key_facts_source::KeyFactsSource`] of
/// the store, on any node, goes by what was before. Policy MUST be part of the
/// query: a key outside the filter or the reach is never read into an answer.
/// Any method returns [`PortError::Unavailable`] when the store cannot answer
/// and [`PortError::Corrupt`] when a row breaks the domain's rules.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ApiKeyRepository: Send + Sync {
    /// Stores a key under a new id, higher than any before it.
    ///
    /// # Errors
    ///
    /// MUST return [`PortError::Duplicate`] and store nothing when the name is
    /// taken for this user and principal ([`crate::error::Unique::KeyName`], decided
    /// first) or the access key is ([`crate::error::Unique::AccessKey`]), also when
    /// two such creations run at once; MUST return [`PortError::OwnerGone`]
    /// when the user or the principal does not exist.
    async fn create(&self, by: Attribution, new: NewApiKey) -> Result<ApiKey, PortError>;

    /// Finds a key by its access key, with its digest and user.
    ///
    /// Compared bytewise; text no access key can have (such as NUL) answers
    /// `None`. MUST reflect every write answered before the call.
    async fn credential(&self, access_key: &str) -> Result<Option<StoredCredential>, PortError>;

    /// Lists one window of the keys `filter` admits, in `order`, with their
    /// total. Names sort bytewise; a key without expiry sorts after every
    /// other; the total is never less than what the window shows.
    async fn list(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        window: Window,
    ) -> Result<Page<ApiKey>, PortError>;

    /// Lists at most `limit` of the keys `filter` admits that come after
    /// `previous` in `order`; from the start without one.
    async fn list_after<'a>(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        previous: Option<&'a ApiKey>,
        limit: u32,
    ) -> Result<Vec<ApiKey>, PortError>;

    /// Lists at most `limit` of the keys `filter` admits with ids above
    /// `after`, lowest first, with the commits that the answer holds.
    async fn snapshot_after(
        &self,
        filter: &ApiKeyFilter,
        after: ApiKeyId,
        limit: u32,
    ) -> Result<(Snapshot, Vec<ApiKey>), PortError>;

    /// Changes the key `id` when it lies within `reach`, and answers it as it
    /// is afterwards; `None` when there is no such key. Changes that change
    /// nothing MUST NOT touch `updated_at` or reach the feed. Against a
    /// deletion at the same time, one of the two comes first.
    async fn update(
        &self,
        by: Attribution,
        id: ApiKeyId,
        reach: KeyReach,
        changes: ApiKeyChanges,
    ) -> Result<Option<ApiKey>, PortError>;

    /// Records that these keys were used, all at the same instant. MUST NOT
    /// move a `last_used_at` back, touch `updated_at` or reach the feed. A key
    /// that does not exist any more is passed over.
    async fn record_uses(&self, ids: &[ApiKeyId], at: Timestamp) -> Result<(), PortError>;

    /// Deletes the key `id` when it lies within `reach`, and answers it as it
    /// was; `None` when there is no such key. Of two deletions at once, one
    /// answers the key.
    async fn delete(
        &self,
        by: Attribution,
        id: ApiKeyId,
        reach: KeyReach,
    ) -> Result<Option<ApiKey>, PortError>;
}
