//! Requests that are sent again make nothing more.

use super::{
    TestStore,
    test_store::{ANYWHERE, after, described, everything, names, new_key, of_user, outcome},
};
use apikey_domain::{
    access::{authority::Authority, tenant::TenantContext},
    error::{PortError, Refusal},
    idempotency::{Content, IdempotencyKey, RepeatableRequest, Route},
    identity::user::{User, UserChanges},
    key::{
        api_key::{ApiKey, NewApiKey},
        digest::Peppers,
        plain_key::{CustomKey, PlainKey},
        token::AccessKey,
    },
    port::idempotency_log::Once,
    testing::{FixedSecrets, fixture},
    timestamp::Timestamp,
};
use futures_util::future::join_all;

/// How many send a request concurrently.
const CONCURRENCY: usize = 50;

/// A user who sends requests that make keys, with their password and for themselves.
pub(super) struct Client {
    pub(super) user: User,
    pub(super) context: TenantContext,
    pub(super) peppers: Peppers,
}

/// What became of a request: the key, and the secret as it was opened, if it was sent before.
pub(super) struct Answer {
    pub(super) key: Option<ApiKey>,
    pub(super) opened: Option<Option<String>>,
}

// === impl Client ===

impl Client {
    pub(super) async fn new(store: &TestStore, username: &str) -> Self {
        Self::of(store.user(username).await)
    }

    fn of(user: User) -> Self {
        let caller = fixture::caller_of(user.clone(), fixture::password());
        Self {
            context: fixture::in_principal(caller, user.principal_id.0),
            user,
            peppers: fixture::peppers(),
        }
    }

    /// Sends a request for a key of this name.
    pub(super) async fn send(
        &self,
        store: &TestStore,
        key: &str,
        name: &str,
        at: Timestamp,
    ) -> Result<Answer, PortError> {
        let new = new_key(&self.user, self.user.principal_id, name);
        let by = fixture::by_service_at(at);
        self.send_new(store, key, new, by).await
    }

    /// Sends a request for a key.
    async fn send_new(
        &self,
        store: &TestStore,
        key: &str,
        new: NewApiKey,
        by: Authority,
    ) -> Result<Answer, PortError> {
        let secrets = FixedSecrets::default();
        let key = IdempotencyKey::parse(key).unwrap();
        let content = Content::default().text("name", new.name.as_str());
        let request =
            RepeatableRequest::new(&self.context, &self.peppers, key, Route::Create, &content);
        let custom = text_of(&new.access_key);
        let value = PlainKey::parse(CustomKey::new(custom), &Default::default()).unwrap();
        let attempt = request.attempt(&value, &secrets, by.at())?;
        let log = &store.idempotency_log;
        Answer::of(log.create_once(by, new, ANYWHERE, attempt).await?, &request)
    }
}

// === impl Answer ===

impl Answer {
    /// Returns what became of a request.
    pub(super) fn of(once: Once, request: &RepeatableRequest<'_>) -> Result<Self, PortError> {
        Ok(match once {
            Once::Made(key) => Self {
                key: Some(key),
                opened: None,
            },
            Once::Repeated { repeat, api_key } => {
                let opened = request.open(&repeat)?;
                Self {
                    key: api_key,
                    opened: Some(opened.map(|value| value.expose().to_owned())),
                }
            }
        })
    }
}

/// Returns the key in the clear that is sealed with a request.
pub(super) fn text_of(access_key: &AccessKey) -> String {
    format!("gpustack_{}_0123456789", access_key.as_str())
}

pub async fn a_request_that_is_sent_again_makes_nothing_more(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    let first = alice.send(store, "one", "ci", after(0)).await.unwrap();
    assert!(first.opened.is_none());
    let last = store.last_event().await;
    for _ in 0..3 {
        let again = alice.send(store, "one", "ci", after(1)).await.unwrap();
        assert_eq!(again.key, first.key);
        assert!(again.opened.is_some());
    }
    assert_eq!(store.last_event().await, last);
    assert_eq!(store.keys(&everything()).await, [first.key.unwrap()]);
    let other = alice.send(store, "two", "cd", after(1)).await.unwrap();
    assert!(other.opened.is_none());
}

pub async fn a_repeat_returns_what_was_sealed_for_five_minutes(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    let first = alice.send(store, "one", "ci", after(0)).await.unwrap();
    let text = text_of(&first.key.unwrap().access_key);
    for (seconds, expected) in [
        (0, Some(&text)),
        (299, Some(&text)),
        (300, None),
        (86_399, None),
        (1, Some(&text)),
    ] {
        let again = alice.send(store, "one", "ci", after(seconds)).await;
        let opened = again.unwrap().opened.unwrap();
        assert_eq!(opened.as_ref(), expected, "after {seconds} s");
    }
}

pub async fn another_request_with_the_same_idempotency_key_is_refused(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    let send = async |name| alice.send(store, "one", name, after(0)).await;
    send("ci").await.unwrap();
    let refused = send("cd").await;
    assert!(
        matches!(&refused, Err(PortError::Invalid(invalid)) if invalid.field == "Idempotency-Key"),
        "{}",
        outcome(&refused)
    );
    assert!(send("ci").await.unwrap().opened.is_some());
    assert_eq!(names(&store.keys(&everything()).await), ["ci"]);
}

pub async fn each_caller_has_requests_of_their_own(store: &TestStore) {
    let (alice, bob) = (
        Client::new(store, "alice").await,
        Client::new(store, "bob").await,
    );
    for client in [&alice, &bob] {
        let first = client.send(store, "one", "ci", after(0)).await.unwrap();
        assert!(first.opened.is_none());
        assert_eq!(first.key.unwrap().user_id, client.user.id);
    }
}

pub async fn nothing_is_remembered_of_a_failed_creation(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    let taken = store.own_key(&alice.user, "ci").await;
    for _ in 0..2 {
        let refused = alice.send(store, "one", "ci", after(0)).await;
        assert_eq!(outcome(&refused), "duplicate key name");
    }
    let deleted = store
        .api_keys
        .delete(fixture::by_service(), taken.id, ANYWHERE);
    assert!(deleted.await.unwrap().is_some());
    let made = alice.send(store, "one", "ci", after(0)).await.unwrap();
    assert!(made.opened.is_none());
    let mut gone = new_key(&alice.user, alice.user.principal_id, "cd");
    gone.user_id.0 = 987_654_321;
    let failed = alice.send_new(store, "two", gone, fixture::by_service());
    assert_eq!(outcome(&failed.await), "the owner does not exist");
    let made = alice.send(store, "two", "cd", after(0)).await.unwrap();
    assert!(made.opened.is_none());
}

pub async fn of_many_that_are_sent_at_once_one_makes_a_key(store: &TestStore) {
    one_makes_a_key(&[store]).await;
}

/// Sends the same request through all nodes at once, also such as have other current
/// peppers, and checks that it makes one key.
pub(super) async fn one_makes_a_key(nodes: &[&TestStore]) {
    let (old, new) = ("ab".repeat(32), "cd".repeat(32));
    let user = nodes[0].user("alice").await;
    for round in 0..4 {
        let clients = (0..CONCURRENCY).map(|number| Client {
            peppers: match number % 2 {
                0 => Peppers::from_hex(&format!("{new},{old}")).unwrap(),
                _ => Peppers::from_hex(&format!("{old},{new}")).unwrap(),
            },
            ..Client::of(user.clone())
        });
        let clients: Vec<_> = clients.collect();
        let name = format!("ci-{round}");
        let sending = clients.iter().enumerate().map(|(number, client)| {
            let store = nodes[number / 2 % nodes.len()];
            client.send(store, &name, &name, after(0))
        });
        let answers = join_all(sending).await;
        let is_refused = |answer: &&Result<Answer, PortError>| {
            matches!(answer, Err(PortError::Refused(Refusal::RequestUnderWay)))
        };
        let refused = answers.iter().filter(is_refused).count();
        let answered: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
        assert_eq!(answered.len() + refused, CONCURRENCY, "others were refused");
        let keys = nodes[0].keys(&of_user(&user)).await;
        let keys: Vec<_> = keys
            .iter()
            .filter(|key| key.name.as_str() == name)
            .collect();
        assert_eq!(keys.len(), 1);
        let made = answered.iter().filter(|answer| answer.opened.is_none());
        assert_eq!(made.count(), 1);
        for answer in &answered {
            assert_eq!(answer.key.as_ref(), Some(keys[0]));
            let opened = answer.opened.as_ref();
            assert!(
                opened.is_none_or(|opened| opened.as_ref() == Some(&text_of(&keys[0].access_key)))
            );
        }
        for (number, client) in clients.iter().enumerate() {
            let store = nodes[number % nodes.len()];
            let again = client.send(store, &name, &name, after(1)).await.unwrap();
            assert_eq!(again.key.as_ref(), Some(keys[0]));
        }
    }
}

pub async fn a_request_is_known_whichever_pepper_is_the_current_one(store: &TestStore) {
    let user = store.user("alice").await;
    let (old, new) = ("ab".repeat(32), "cd".repeat(32));
    let with = |peppers: &str| Client {
        peppers: Peppers::from_hex(peppers).unwrap(),
        ..Client::of(user.clone())
    };
    let first = with(&old).send(store, "one", "ci", after(0)).await.unwrap();
    let key = first.key.unwrap();
    for peppers in [format!("{new},{old}"), format!("{old},{new}"), old] {
        let again = with(&peppers)
            .send(store, "one", "ci", after(1))
            .await
            .unwrap();
        assert_eq!(again.key.as_ref(), Some(&key));
        assert_eq!(again.opened, Some(Some(text_of(&key.access_key))));
    }
}

pub async fn a_repeat_returns_the_key_as_it_is_now(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    let send = async || alice.send(store, "one", "ci", after(1)).await.unwrap().key;
    let id = send().await.unwrap().id;
    let by = fixture::by_service;
    let changed = store.api_keys.update(by(), id, ANYWHERE, described("new"));
    let changed = changed.await.unwrap();
    assert!(changed.is_some());
    assert_eq!(send().await, changed);
    let deleted = store.api_keys.delete(by(), id, ANYWHERE).await;
    assert!(deleted.unwrap().is_some());
    assert_eq!(send().await, None);
    assert_eq!(send().await, None);
    assert!(store.keys(&everything()).await.is_empty());
}

pub async fn a_repeat_is_judged_like_the_first_request(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    let send = async || {
        let new = new_key(&alice.user, alice.user.principal_id, "ci");
        let by = fixture::by_tenant(&alice.context, after(1));
        outcome(&alice.send_new(store, "one", new, by).await)
    };
    assert_eq!(send().await, "done");
    assert_eq!(send().await, "done");
    let changes = UserChanges {
        is_active: Some(false),
        ..UserChanges::default()
    };
    let by = fixture::by_service();
    let deactivated = store.directory.update_user(by, alice.user.id, changes);
    assert!(deactivated.await.unwrap().is_some());
    assert_eq!(send().await, "user account is deactivated");
}

pub async fn a_creation_that_may_be_repeated_is_judged(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    let by = fixture::by_tenant(&alice.context, after(1));
    let deleted = store
        .directory
        .delete_user(fixture::by_service(), alice.user.id);
    assert!(deleted.await.unwrap());
    let new = new_key(&alice.user, alice.user.principal_id, "ci");
    let refused = alice.send_new(store, "one", new, by).await;
    assert_eq!(outcome(&refused), "invalid credentials");
    assert!(store.keys(&everything()).await.is_empty());
}
