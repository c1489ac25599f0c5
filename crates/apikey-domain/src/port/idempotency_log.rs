//! What requests made that may be sent again.

use crate::{
    access::{authority::Authority, policy::KeyReach},
    error::PortError,
    idempotency::{Attempt, Repeat},
    identifier::ApiKeyId,
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
    },
    timestamp::Timestamp,
};
use async_trait::async_trait;

/// What became of a request that may have been sent before.
///
/// # Example
///
/// ```
/// use apikey_domain::{port::idempotency_log::Once, testing::fixture};
///
/// let made = Once::Made(fixture::api_key(7, "ci"));
/// assert!(matches!(made, Once::Made(key) if key.id.0 == 7));
/// ```
#[derive(Clone, Debug)]
pub enum Once {
    /// It came first, and made or changed this.
    Made(ApiKey),
    /// It was sent before.
    Repeated {
        /// What it made then.
        repeat: Repeat,
        /// The key as it is now; `None` if it does not exist any more, or not within the reach.
        api_key: Option<ApiKey>,
    },
}

/// Remembers what requests made, so that each of them makes it once.
///
/// What is remembered MUST be written in the transaction that makes or changes the key: after
/// a crash there are both or none. It MUST hold what [`Attempt::remembered`] returns and
/// nothing else. Writes MUST be atomic and durable, judge `by`, write their events and wait as those
/// of an [`super::api_key_repository::ApiKeyRepository`] do; a repeat is judged like the
/// first request, changes nothing, and MUST return only when what the first request took away
/// is refused on every node. Any method returns [`PortError::Unavailable`] if the store is unavailable.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     idempotency::{Content, IdempotencyKey, RepeatableRequest, Route},
///     key::plain_key::PlainKey, port::idempotency_log::{IdempotencyLog, Once},
///     testing::{FixedSecrets, fixture},
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (alice, secrets) = (app.user("alice").await, FixedSecrets::default());
/// let (context, peppers) = (in_own_principal(&alice), fixture::peppers());
/// let mut made = Vec::new();
/// for access_key in ["0123456789abcdef", "fedcba9876543210"] {
///     let key = IdempotencyKey::parse("8e03978e").unwrap();
///     let content = Content::default();
///     let request = RepeatableRequest::new(&context, &peppers, key, Route::Create, &content);
///     let value = PlainKey::generate(&Default::default(), &secrets).unwrap();
///     let attempt = request.attempt(&value, &secrets, fixture::instant()).unwrap();
///     let mut new = fixture::new_api_key("ci", access_key);
///     (new.user_id, new.owner_principal_id) = (alice.id, alice.principal_id);
///     let reach = fixture::reach(None, None);
///     made.push(app.memory.create_once(fixture::by_service(), new, reach, attempt).await);
/// }
/// assert!(matches!(made[0], Ok(Once::Made(_))));
/// assert!(matches!(made[1], Ok(Once::Repeated { .. })));
/// # });
/// ```
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait IdempotencyLog: Send + Sync {
    /// Stores a key, as [`super::api_key_repository::ApiKeyRepository::create`] does, and
    /// remembers the request; or returns what it made when it was sent before, as
    /// [`Attempt::repeats`] says of what is remembered under any of its digests. A repeat
    /// changes nothing and counts as no key. Of many that are sent at once, through whichever
    /// nodes, one MUST make a key, also if the nodes have different current peppers of those
    /// that all of them know. The key of a repeat is read within `reach`.
    ///
    /// # Errors
    ///
    /// Those of a creation, of which nothing MUST be remembered; what [`Attempt::repeats`]
    /// refuses with, before any of them; and [`PortError::Refused`] with
    /// [`RequestUnderWay`] if such a request is under way on another node: a call MUST NOT
    /// wait for it.
    ///
    /// [`RequestUnderWay`]: crate::error::Refusal::RequestUnderWay
    async fn create_once(
        &self,
        by: Authority,
        new: NewApiKey,
        reach: KeyReach,
        attempt: Attempt,
    ) -> Result<Once, PortError>;

    /// Changes the key `id`, as [`super::api_key_repository::ApiKeyRepository::update`] does,
    /// and remembers the request; or returns what it made when it was sent before, as
    /// [`create_once`](Self::create_once) does. `None` if there is no such key within `reach`.
    ///
    /// # Errors
    ///
    /// Those of a change, of which nothing MUST be remembered, and those of
    /// [`create_once`](Self::create_once). A call MAY wait for other changes of this key.
    async fn change_once(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
        changes: ApiKeyChanges,
        attempt: Attempt,
    ) -> Result<Option<Once>, PortError>;

    /// Wipes sealed secrets that may not be opened any more at `now`
    /// ([`Remembered::open_at`]), and forgets requests that were remembered for too long
    /// ([`Remembered::kept_at`]): at most `most` of each, in one short transaction. Returns
    /// how many in all. Nodes MAY call it at the same time. It records no event.
    ///
    /// [`Remembered::open_at`]: crate::idempotency::Remembered::open_at
    /// [`Remembered::kept_at`]: crate::idempotency::Remembered::kept_at
    async fn forget(&self, now: Timestamp, most: u32) -> Result<u64, PortError>;
}
