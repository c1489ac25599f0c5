//! Two nodes on one PostgreSQL database that change the same things at once take turns:
//! they never deadlock.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_diesel::{Store, testing::TestDatabase};
use apikey_domain::{
    access::{
        authority::Authority,
        policy::KeyReach,
        tenant::{CallerKey, Credential},
    },
    error::{PortError, Unique},
    identity::{
        password::PasswordHash,
        session::SessionLifetime,
        user::{User, UserChanges},
    },
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        credential::CredentialNumber,
        key_name::Description,
    },
    testing::fixture,
};
use futures_util::future::{BoxFuture, join_all};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_postgres::NoTls;

const ANYWHERE: KeyReach = fixture::reach(None, None);

/// Two nodes, and a user.
struct Fixture {
    nodes: [Arc<Store>; 2],
    alice: User,
    database: TestDatabase,
}

impl Fixture {
    async fn new() -> Self {
        let database = TestDatabase::postgres().await.unwrap();
        let nodes = [
            Arc::new(database.open().await.unwrap()),
            Arc::new(database.open().await.unwrap()),
        ];
        let directory = &nodes[0].directory;
        let alice = directory.create_user(fixture::by_service(), fixture::new_user("alice"));
        Self {
            alice: alice.await.unwrap(),
            nodes,
            database,
        }
    }

    fn new_key(&self, text: &str) -> NewApiKey {
        NewApiKey {
            user_id: self.alice.id,
            owner_principal_id: self.alice.principal_id,
            ..fixture::new_api_key(text, text)
        }
    }

    /// Returns what a write by this key rests on.
    fn by(&self, key: &ApiKey) -> Authority {
        let caller = fixture::caller_of(
            self.alice.clone(),
            Credential::Key(CallerKey::of(key.clone(), CredentialNumber::FIRST)),
        );
        fixture::by(&caller, fixture::instant())
    }

    /// Closes the nodes and returns how many deadlocks there were.
    async fn deadlocks(self) -> i64 {
        drop(self.nodes);
        let (client, driver) = tokio_postgres::connect(&self.database.url_text, NoTls)
            .await
            .unwrap();
        tokio::spawn(driver);
        // A connection reports what it counted when it ends, at the latest.
        let others = "SELECT COUNT(*) FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let deadline = Instant::now() + Duration::from_secs(20);
        while client
            .query_one(others, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            > 0
        {
            assert!(Instant::now() < deadline, "the nodes were not closed");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
        client.query_one(deadlocks, &[]).await.unwrap().get(0)
    }
}

/// Both nodes create keys of the same names and the same access keys, in orders that
/// cross.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_give_the_same_names_do_not_deadlock() {
    const NAMES: usize = 32;
    let fixture = Fixture::new().await;
    for round in 0..20 {
        let new = |number| fixture.new_key(&format!("{round}-{number}"));
        let up = (0..NAMES).map(|number| (0, new(number)));
        let down = (0..NAMES).rev().map(|number| (1, new(number)));
        let creating = up.chain(down).map(|(node, new)| {
            let keys = fixture.nodes[node].api_keys.clone();
            async move { keys.create(fixture::by_service(), new).await }
        });
        let mut created = 0;
        for result in join_all(creating).await {
            match result {
                Ok(_) => created += 1,
                Err(error) => assert!(
                    matches!(error, PortError::Duplicate(Unique::KeyName)),
                    "{error}"
                ),
            }
        }
        assert_eq!(created, NAMES);
    }
    assert_eq!(fixture.deadlocks().await, 0);
}

/// Each key of twenty changes others and itself through both nodes, creates keys and
/// deletes them, while their uses are recorded.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_change_the_same_keys_do_not_deadlock() {
    const KEYS: usize = 20;
    const WRITES: usize = 40;
    let fixture = Fixture::new().await;
    let mut keys = Vec::new();
    for number in 0..KEYS {
        let new = fixture.new_key(&number.to_string());
        let created = fixture.nodes[0].api_keys.create(fixture::by_service(), new);
        keys.push(created.await.unwrap());
    }
    let writing = (0..32).map(|task| {
        let api_keys = fixture.nodes[task % 2].api_keys.clone();
        let (keys, fixture) = (&keys, &fixture);
        async move {
            let mut longest = Duration::ZERO;
            for write in 0..WRITES {
                let started = Instant::now();
                let changed = &keys[(task * 7 + write * 3) % KEYS];
                let by = fixture.by(&keys[(task * 3 + write * 11) % KEYS]);
                match (task + write) % 8 {
                    0 => {
                        let new = fixture.new_key(&format!("{task}-{write}"));
                        let created = api_keys.create(by.clone(), new).await.unwrap();
                        let deleted = api_keys.delete(by, created.id, ANYWHERE).await;
                        assert!(deleted.unwrap().is_some());
                    }
                    1 => {
                        let ids: Vec<_> = keys.iter().map(|key| key.id).collect();
                        let recorded = api_keys.record_uses(&ids, fixture::instant());
                        recorded.await.unwrap();
                    }
                    _ => {
                        let text = format!("{task} {write}");
                        let changes = ApiKeyChanges {
                            description: Some(Description::parse(text).ok()),
                            ..ApiKeyChanges::default()
                        };
                        let updated = api_keys.update(by, changed.id, ANYWHERE, changes).await;
                        assert!(updated.unwrap().is_some());
                    }
                }
                longest = longest.max(started.elapsed());
            }
            longest
        }
    });
    let longest = join_all(writing).await.into_iter().max();
    println!("the longest write took {longest:?}");
    assert_eq!(fixture.deadlocks().await, 0);
}

/// One node deletes a user while the other deletes the keys of that user.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_and_their_keys_are_deleted_without_a_deadlock() {
    const KEYS: usize = 16;
    let fixture = Fixture::new().await;
    let [one, other] = &fixture.nodes;
    for round in 0..30 {
        let new = fixture::new_user(&format!("user {round}"));
        let user = one.directory.create_user(fixture::by_service(), new);
        let user = user.await.unwrap();
        let creating = (0..KEYS).map(|number| {
            let text = format!("{round}-{number}");
            let new = NewApiKey {
                user_id: user.id,
                owner_principal_id: user.principal_id,
                ..fixture::new_api_key(&text, &text)
            };
            one.api_keys.create(fixture::by_service(), new)
        });
        let keys: Vec<_> = join_all(creating)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        let deleting = keys.iter().rev().map(|key| {
            let by = fixture::by_service();
            other.api_keys.delete(by, key.id, ANYWHERE)
        });
        let ending = one.directory.delete_user(fixture::by_service(), user.id);
        let (deleted, ended) = tokio::join!(join_all(deleting), ending);
        assert!(deleted.into_iter().all(|result| result.is_ok()));
        assert!(ended.unwrap());
    }
    assert_eq!(fixture.deadlocks().await, 0);
}

/// Both nodes open, use, record, end and delete sessions of one user at once, whose password
/// changes meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_with_sessions_at_once_does_not_deadlock() {
    const SESSIONS: u8 = 12;
    let fixture = Fixture::new().await;
    let (alice, now) = (&fixture.alice, fixture::instant());
    let later = now.plus_seconds(60).unwrap();
    for round in 0..20 {
        let open = |number| {
            let new = fixture::new_session(alice.id.0, number);
            let node = &fixture.nodes[usize::from(number % 2)];
            node.sessions.open_session(fixture::by_service(), new)
        };
        let opened = join_all((0..SESSIONS).map(open)).await;
        let opened = opened.into_iter().filter_map(Result::ok);
        let ids: Vec<_> = opened.map(|session| session.id).collect();
        let mut tasks: Vec<BoxFuture<'_, ()>> = Vec::new();
        for (index, id) in ids.iter().copied().enumerate() {
            let node = &fixture.nodes[index % 2];
            let other = &fixture.nodes[(index + 1) % 2];
            let by = fixture::by_session(alice, id, now);
            let new = fixture.new_key(&format!("{round}-{index}"));
            let (writing, recorded) = (by.clone(), ids.clone());
            tasks.push(Box::pin(async move {
                let _ = node.api_keys.create(writing, new).await;
            }));
            tasks.push(Box::pin(async move {
                let lifetime = SessionLifetime::default();
                let recording = node
                    .sessions
                    .record_session_uses(&recorded, later, lifetime);
                recording.await.unwrap();
            }));
            // Some end themselves, and some each other.
            let ended = ids[(index + 1) % ids.len()];
            tasks.push(Box::pin(async move {
                let _ = other.sessions.end_session(by, alice.id, ended).await;
            }));
        }
        for (index, node) in fixture.nodes.iter().enumerate() {
            let changes = UserChanges {
                password_hash: Some(PasswordHash::new("plain:Passw0rd_1")),
                is_active: Some(round % 3 != index),
                ..UserChanges::default()
            };
            tasks.push(Box::pin(async move {
                let by = fixture::by_service();
                let changed = node.directory.update_user(by, alice.id, changes).await;
                assert!(changed.unwrap().is_some());
                let deleted = node.sessions.delete_expired_sessions(later, 10).await;
                deleted.unwrap();
            }));
        }
        join_all(tasks).await;
    }
    assert_eq!(fixture.deadlocks().await, 0);
}
