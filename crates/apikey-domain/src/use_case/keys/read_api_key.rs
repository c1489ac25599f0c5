//! Reading one key, and saying what a verification would make of it.

use crate::{
    access::{
        policy::{Act, KeyReach},
        tenant::TenantContext,
    },
    error::{Error, Missing},
    identifier::ApiKeyId,
    key::api_key::ApiKey,
    port::{
        api_key_repository::ApiKeyRepository, clock::judging_now, key_facts_store::KeyFactsStore,
    },
    timestamp::Timestamp,
    use_case::ports::KeyPorts,
    verification::{Check, Reason, Wanted, decide, facts::KeyFacts},
};
use std::sync::Arc;

/// Reads the key `id`, if it is among those that a list could show to the caller.
///
/// # Errors
///
/// [`Error::Forbidden`] if the policies refuse it; [`Missing::ApiKey`] if there is no such
/// key within the caller's reach.
///
/// # Example
///
/// ```
/// use apikey_domain::{Error, use_case::keys::read_api_key::read_api_key};
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (alice, bob) = (app.user("alice").await, app.user("bob").await);
/// let id = app.with_key(&alice, alice.principal_id).await.key().unwrap().id;
/// let key = read_api_key(&in_own_principal(&alice), &app.keys, id).await.unwrap();
/// assert_eq!(key.user_id, alice.id);
/// let of_another = read_api_key(&in_own_principal(&bob), &app.keys, id).await;
/// assert!(matches!(of_another, Err(Error::NotFound(_))));
/// # });
/// ```
pub async fn read_api_key(
    context: &TenantContext,
    ports: &KeyPorts,
    id: ApiKeyId,
) -> Result<ApiKey, Error> {
    let reach = ports.policies.decide(context, Act::Read).into_reach()?;
    find(ports, id, &reach).await
}

/// What a verification would make of a key.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::keys::read_api_key::Explanation;
///
/// fn first_failed(explained: &Explanation) -> Option<&'static str> {
///     let mut checks = explained.checks().iter();
///     checks.find(|(_, passed)| !passed).map(|(check, _)| check.as_str())
/// }
/// ```
#[derive(Debug)]
pub struct Explanation {
    facts: Arc<KeyFacts>,
    at: Timestamp,
    outcome: Result<(), Reason>,
    passed: [(Check, bool); Check::ALL.len()],
}

impl Explanation {
    /// Explains the key `id` by what was found by its access key. It may have been deleted,
    /// and its text given to another key, meanwhile.
    fn of_key(
        id: ApiKeyId,
        facts: Option<Arc<KeyFacts>>,
        wanted: Wanted<'_>,
        at: Timestamp,
    ) -> Result<Self, Error> {
        let facts = facts
            .filter(|facts| facts.id == id)
            .ok_or(Missing::ApiKey)?;
        Ok(Self {
            outcome: decide(&facts, wanted, at),
            passed: Check::ALL.map(|check| (check, check.passes(&facts, wanted, at))),
            facts,
            at,
        })
    }

    /// Returns what is stored of the key, as far as a verification looks at it.
    pub fn facts(&self) -> &KeyFacts {
        &self.facts
    }

    /// Returns the instant for which it holds, if nothing changes until then.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Returns what a verification would decide about the right secret.
    ///
    /// # Errors
    ///
    /// Why it would refuse the key.
    pub fn outcome(&self) -> Result<(), Reason> {
        self.outcome
    }

    /// Returns each check and whether the key passes it, in their order.
    pub fn checks(&self) -> &[(Check, bool)] {
        &self.passed
    }
}

/// Explains what a verification of the key `id` as wanted would decide, now or `at` an
/// instant, to whoever may change the key.
///
/// # Errors
///
/// [`Error::Forbidden`] if the policies refuse it; [`Missing::ApiKey`] if there is no such
/// key within the caller's reach; [`Error::Unavailable`] as of a verification that reads
/// the store.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     gpustack::Scope, use_case::keys::read_api_key::explain_api_key, verification::Wanted,
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let id = app.with_key(&alice, alice.principal_id).await.key().unwrap().id;
/// let (context, wanted) = (in_own_principal(&alice), Wanted::scope(Scope::Inference));
/// let explained = explain_api_key(&context, &app.keys, id, wanted, None).await.unwrap();
/// assert_eq!(explained.outcome(), Ok(()));
/// assert!(explained.checks().iter().all(|(_, passed)| *passed));
/// # });
/// ```
pub async fn explain_api_key(
    context: &TenantContext,
    ports: &KeyPorts,
    id: ApiKeyId,
    wanted: Wanted<'_>,
    at: Option<Timestamp>,
) -> Result<Explanation, Error> {
    let reach = ports.policies.decide(context, Act::Change).into_reach()?;
    let key = find(ports, id, &reach).await?;
    let source = &ports.verify.key_facts;
    let facts = source.load_uncached(key.access_key.as_str()).await?;
    let at = match at {
        Some(at) => at,
        None => judging_now(&*ports.verify.clock)?,
    };
    Explanation::of_key(id, facts, wanted, at)
}

/// Explains the same to whoever has the database itself: no caller is judged.
///
/// # Errors
///
/// [`Missing::ApiKey`] if there is no such key; [`Error::Unavailable`] if the store is.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     testing::fixture, use_case::keys::read_api_key::explain_stored_key, verification::Wanted,
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let id = app.with_key(&alice, alice.principal_id).await.key().unwrap().id;
/// let (store, now) = (&*app.memory, fixture::instant());
/// let explained = explain_stored_key(store, store, id, Wanted::whatever_scope(), now).await;
/// assert_eq!(explained.unwrap().outcome(), Ok(()));
/// # });
/// ```
pub async fn explain_stored_key(
    api_keys: &dyn ApiKeyRepository,
    key_facts: &dyn KeyFactsStore,
    id: ApiKeyId,
    wanted: Wanted<'_>,
    at: Timestamp,
) -> Result<Explanation, Error> {
    let key = api_keys.find(id, &KeyReach::ALL).await?;
    let key = key.ok_or(Missing::ApiKey)?;
    let facts = key_facts.read(key.access_key.as_str()).await?;
    Explanation::of_key(id, facts, wanted, at)
}

async fn find(ports: &KeyPorts, id: ApiKeyId, reach: &KeyReach) -> Result<ApiKey, Error> {
    let found = ports.api_keys.find(id, reach).await?;
    Ok(found.ok_or(Missing::ApiKey)?)
}
