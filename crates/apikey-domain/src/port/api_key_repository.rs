//! Storage of keys.

use crate::{
    access::{
        authority::Authority,
        policy::{ApiKeyFilter, KeyReach},
    },
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::{
        api_key::{ApiKey, NewApiKey, StoredCredential},
        changes::ApiKeyChanges,
        credential::CredentialNumber,
        key_name::KeyName,
        place::Place,
    },
    listing::{Order, Page, Piece, Window},
    timestamp::Timestamp,
    verification::renewal_buffer::DigestRenewal,
};
use async_trait::async_trait;

/// The next keys of a list, as many as fit a piece, and where the next batch begins.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::place::Place, listing::{Order, Piece}, port::api_key_repository::KeyBatch,
///     testing::fixture,
/// };
///
/// let key = fixture::api_key(1, "ci");
/// let next = Some(Place::of(&key, &Order::default()));
/// let batch = KeyBatch { piece: Piece::of(vec![key]), next };
/// assert!(batch.piece.rest.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyBatch {
    /// The keys of the batch.
    pub piece: Piece<ApiKey>,
    /// The place of the last key of the batch, as it was when the batch was found; `None`
    /// if no key comes after it.
    pub next: Option<Place>,
}

/// Stores keys.
///
/// Every write MUST be atomic, and durable when the call returns. It MUST judge
/// `by` in its transaction, before it changes anything ([`Authority::judge`]), and
/// change and record nothing if that refuses ([`PortError::Denied`]); what the
/// judgment read MUST stay as it is until the transaction ends, whatever other nodes
/// do. Every change MUST write its event, with the returned attribution, in the same
/// transaction, if the store keeps a record of changes. A deletion, and every other
/// change that takes a right away, MUST return only when no
/// [`super::key_facts_source::KeyFactsSource`] of the store, on any node, still
/// returns the earlier data. Policy MUST be part of the query: a key outside the
/// filter or the reach is never read. Any method returns
/// [`PortError::Unavailable`] if the store is unavailable and
/// [`PortError::Corrupt`] if a row breaks the domain's rules.
///
/// # Example
///
/// ```
/// use apikey_domain::{port::api_key_repository::ApiKeyRepository, testing::fixture};
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let mut new = fixture::new_api_key("ci", "0123456789abcdef");
/// (new.user_id, new.owner_principal_id) = (alice.id, alice.principal_id);
/// let key = app.memory.create(fixture::by_service(), new).await.unwrap();
/// let stored = app.memory.credential("0123456789abcdef").await.unwrap().unwrap();
/// assert_eq!((stored.api_key, stored.user), (key, alice));
/// # });
/// ```
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ApiKeyRepository: Send + Sync {
    /// Stores a key under a new id, higher than every earlier id. If it replaces a key
    /// ([`NewApiKey::superseded`]), that one MUST become what this returns, in the same
    /// transaction.
    ///
    /// # Errors
    ///
    /// MUST return [`PortError::Duplicate`] and store nothing if a key that is not revoked
    /// has the name for this user and principal ([`crate::error::Unique::KeyName`],
    /// checked first) or any credential has the access key
    /// ([`crate::error::Unique::AccessKey`]),
    /// even if two such creations run concurrently. MUST return
    /// [`PortError::OwnerGone`] if the user or the principal does not exist, and
    /// [`PortError::OlderNodes`] as of an update if a key would be replaced, or has the digest
    /// of another service (`Protocol::FOREIGN_DIGESTS`). In each case it MUST change nothing.
    async fn create(&self, by: Authority, new: NewApiKey) -> Result<ApiKey, PortError>;

    /// Finds a key by the access key of any of its credentials, also of one that has ended,
    /// with the digest of that one and its user.
    ///
    /// Access keys are compared bytewise; text that no access key can contain
    /// (such as NUL) finds nothing. MUST reflect every write that returned
    /// before the call.
    async fn credential(&self, access_key: &str) -> Result<Option<StoredCredential>, PortError>;

    /// Lists one window of the keys that `filter` admits, in `order`, with their
    /// total. Names sort bytewise; a key without expiry sorts after every
    /// other; the total is never less than the number of keys in the window. The
    /// keys that do not fit a piece MUST be named and MUST NOT be read.
    ///
    /// # Errors
    ///
    /// [`PortError::TooBroad`] if the filter is narrowed, and what it admits could be found
    /// only by looking at more than a store allows.
    async fn list(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        window: Window,
    ) -> Result<Page<ApiKey>, PortError>;

    /// Lists at most `limit` of the keys that `filter` admits and that come after
    /// `after` in `order`, or from the start without it. Those that do not fit
    /// a piece MUST be named and MUST NOT be read. Where the next batch begins MUST be
    /// read together with which keys this one has: the last of them may change its place
    /// at any time, and no other key may be passed over for that.
    async fn list_after<'a>(
        &self,
        filter: &ApiKeyFilter,
        order: &Order,
        after: Option<&'a Place>,
        limit: u32,
    ) -> Result<KeyBatch, PortError>;

    /// Returns how many keys `filter` admits.
    async fn total(&self, filter: &ApiKeyFilter) -> Result<u64, PortError>;

    /// Reads the keys with these ids, which a list named, in this order, as many as
    /// fit a piece by their present sizes; the others MUST be named again. A key
    /// that was deleted is left out, and one that changed meanwhile is returned as it is.
    async fn keys(&self, ids: &[ApiKeyId]) -> Result<Piece<ApiKey>, PortError>;

    /// Finds the key that is not revoked and has this name for this user and principal.
    /// MUST reflect every write that returned before the call.
    async fn find_named(
        &self,
        user_id: UserId,
        owner_principal_id: PrincipalId,
        name: &KeyName,
    ) -> Result<Option<ApiKeyId>, PortError>;

    /// Finds the key `id` if it lies within `reach`. MUST reflect every write that returned
    /// before the call.
    async fn find(&self, id: ApiKeyId, reach: &KeyReach) -> Result<Option<ApiKey>, PortError>;

    /// Updates the key `id` if it lies within `reach`, as [`KeyReach::changed`] says, and
    /// returns it as it is afterwards, or `None` if there is no such key. An update that
    /// changes nothing MUST NOT touch `updated_at` or reach the feed. An update and a
    /// concurrent deletion are serialized.
    ///
    /// # Errors
    ///
    /// MUST return what [`KeyReach::changed`] refuses with;
    /// [`PortError::Duplicate`] if the new name is taken, even if two such changes run
    /// concurrently; and [`PortError::OlderNodes`] if a live node of the store may lack
    /// the protocol of the change (`Change::protocol`). In each case it MUST change nothing.
    async fn update(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
        changes: ApiKeyChanges,
    ) -> Result<Option<ApiKey>, PortError>;

    /// Records that these keys were used, all at the same instant. The service itself
    /// does so: nothing is judged. MUST NOT move a `last_used_at` back, touch
    /// `updated_at` or reach the feed. Keys that no longer exist are skipped.
    async fn record_uses(&self, ids: &[ApiKeyId], at: Timestamp) -> Result<(), PortError>;

    /// Records that these credentials were used, all at the same instant, beside the uses
    /// of their keys. As [`record_uses`](Self::record_uses).
    async fn record_credential_uses(
        &self,
        credentials: &[(ApiKeyId, CredentialNumber)],
        at: Timestamp,
    ) -> Result<(), PortError>;

    /// Replaces a digest by another one of the same key: that of another service, or one
    /// under an older pepper, by ours. Returns `false` and changes nothing if the key does
    /// not exist, no longer knows the credential, or has another digest than `old`; and in
    /// a store with a registry of peppers that has any, if that of `new` is not the newest:
    /// two nodes that do not agree which one is current would move a digest to and fro.
    ///
    /// The service itself does so, whatever has become of the key: nothing is judged. This
    /// is no change of the key: it MUST NOT touch `updated_at`, write an event, reach the
    /// feed or wait for other nodes. It MUST NOT keep the caller waiting for long: a
    /// verification waits for it, and is answered without it.
    async fn renew_digest(&self, renewal: DigestRenewal) -> Result<bool, PortError>;

    /// Deletes the key `id` if it lies within `reach`, and returns it as it was,
    /// or `None` if there is no such key. Of two concurrent deletions, one
    /// returns the key.
    async fn delete(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
    ) -> Result<Option<ApiKey>, PortError>;
}
