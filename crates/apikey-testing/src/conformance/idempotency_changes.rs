//! Rotations that are sent again rotate nothing more.

use super::{
    TestStore,
    idempotency::{Answer, Client, text_of},
    test_store::{ANYWHERE, after, outcome},
};
use apikey_domain::{
    access::authority::Authority,
    error::{PortError, Refusal},
    idempotency::{Content, IdempotencyKey, RepeatableRequest, Route},
    identifier::ApiKeyId,
    identity::user::UserChanges,
    key::{
        api_key::ApiKey,
        changes::ApiKeyChanges,
        credential::NewCredential,
        plain_key::{CustomKey, PlainKey},
        revocation::{NewRevocation, RevocationReason},
        rotation::Step,
    },
    testing::{FixedSecrets, fixture},
};
use futures_util::future::join_all;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many send a request concurrently.
const CONCURRENCY: usize = 50;

/// Returns a credential to store, with a unique access key.
fn new_credential() -> NewCredential {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    fixture::new_credential(&format!("c{number:015x}"))
}

/// Sends a request that rotates a key; `grace` is all that it asks for.
async fn rotate(
    client: &Client,
    store: &TestStore,
    (id, grace): (ApiKeyId, &str),
    key: &str,
    by: Authority,
) -> Result<Option<Answer>, PortError> {
    let (secrets, new) = (FixedSecrets::default(), new_credential());
    let key = IdempotencyKey::parse(key).unwrap();
    let content = Content::default().text("grace", grace);
    let route = Route::Rotate(id);
    let request = RepeatableRequest::new(&client.context, &client.peppers, key, route, &content);
    let custom = CustomKey::new(text_of(&new.access_key));
    let value = PlainKey::parse(custom, &Default::default()).unwrap();
    let attempt = request.attempt(&value, &secrets, by.at())?;
    let changes = ApiKeyChanges {
        step: Some(Step::Rotate(new)),
        ..ApiKeyChanges::default()
    };
    let log = &store.idempotency_log;
    let once = log.change_once(by, id, ANYWHERE, changes, attempt).await?;
    once.map(|once| Answer::of(once, &request)).transpose()
}

async fn own_key(client: &Client, store: &TestStore) -> ApiKey {
    store.own_key(&client.user, "ci").await
}

pub async fn a_rotation_that_is_sent_again_rotates_once(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    let (key, other) = (
        own_key(&alice, store).await,
        store.own_key(&alice.user, "cd").await,
    );
    let send = async |id, grace, name: &str, seconds| {
        let by = fixture::by_service_at(after(seconds));
        rotate(&alice, store, (id, grace), name, by).await
    };
    let first = send(key.id, "0", "one", 1).await.unwrap().unwrap();
    let rotated = first.key.unwrap();
    assert!(first.opened.is_none());
    assert_eq!(rotated.credentials().len(), 2);
    let last = store.last_event().await;
    let text = text_of(&rotated.access_key);
    for (seconds, shown) in [(1, Some(&text)), (300, Some(&text)), (301, None)] {
        let again = send(key.id, "0", "one", seconds).await.unwrap().unwrap();
        assert_eq!(again.key.as_ref(), Some(&rotated));
        assert_eq!(again.opened.unwrap().as_ref(), shown, "after {seconds} s");
    }
    assert_eq!(store.last_event().await, last);
    let refused = send(key.id, "60", "one", 2).await;
    assert!(
        matches!(&refused, Err(PortError::Invalid(invalid)) if invalid.field == "Idempotency-Key")
    );
    // The route is the key's own.
    let others = send(other.id, "0", "one", 2).await.unwrap().unwrap();
    assert!(others.opened.is_none());
    let new = send(key.id, "0", "two", 3).await.unwrap().unwrap();
    assert_eq!(new.key.unwrap().credentials().len(), 3);
    assert!(
        send(ApiKeyId(987_654_321), "0", "three", 4)
            .await
            .unwrap()
            .is_none()
    );
}

pub async fn of_many_rotations_that_are_sent_at_once_one_rotates(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    for round in 0..3 {
        let key = store.own_key(&alice.user, &format!("ci-{round}")).await;
        let send = || {
            let by = fixture::by_service_at(after(1));
            rotate(&alice, store, (key.id, "0"), "one", by)
        };
        let answers = join_all((0..CONCURRENCY).map(|_| send())).await;
        let stored = store.stored(key.id).await.unwrap();
        assert_eq!(stored.credentials().len(), 2);
        let mut made = 0;
        for answer in answers {
            match answer {
                Ok(answer) => {
                    let answer = answer.unwrap();
                    assert_eq!(answer.key.as_ref(), Some(&stored));
                    made += usize::from(answer.opened.is_none());
                    let opened = answer.opened.flatten();
                    assert!(opened.is_none_or(|text| text == text_of(&stored.access_key)));
                }
                Err(PortError::Refused(Refusal::RequestUnderWay)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(made, 1);
    }
}

pub async fn nothing_is_remembered_of_a_refused_rotation(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    let key = own_key(&alice, store).await;
    let revoked = ApiKeyChanges {
        revocation: Some(NewRevocation {
            reason: RevocationReason::Other,
            comment: None,
        }),
        ..ApiKeyChanges::default()
    };
    let by = fixture::by_service_at(after(1));
    let revoked = store.api_keys.update(by, key.id, ANYWHERE, revoked).await;
    let revoked = revoked.unwrap();
    for _ in 0..2 {
        let by = fixture::by_service_at(after(2));
        let refused = rotate(&alice, store, (key.id, "0"), "one", by).await;
        assert_eq!(outcome(&refused), "the api key is revoked");
    }
    // Another body is no other request while none is remembered.
    let by = fixture::by_service_at(after(2));
    let refused = rotate(&alice, store, (key.id, "60"), "one", by).await;
    assert_eq!(outcome(&refused), "the api key is revoked");
    assert_eq!(store.stored(key.id).await, revoked);
}

pub async fn a_repeated_rotation_is_judged(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    let key = own_key(&alice, store).await;
    let send = async || {
        let by = fixture::by_tenant(&alice.context, after(1));
        outcome(&rotate(&alice, store, (key.id, "0"), "one", by).await)
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
