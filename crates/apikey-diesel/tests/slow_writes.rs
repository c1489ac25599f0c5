//! A lock that another program holds on PostgreSQL fails the write that needs it, and
//! no other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_diesel::{Store, testing::TestDatabase};
use apikey_domain::{
    error::PortError, identity::user::User, key::api_key::NewApiKey, testing::fixture,
};
use futures_util::future::join_all;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};

type Answer = (Result<(), PortError>, Duration);

struct Fixture {
    store: Store,
    users: Vec<User>,
    other: Client,
    _database: TestDatabase,
}

impl Fixture {
    /// Opens a store with three users, and the connection of another program.
    async fn new() -> Self {
        let database = TestDatabase::postgres().await.unwrap();
        let store = database.open().await.unwrap();
        let mut users = Vec::new();
        for name in ["alice", "bob", "carol"] {
            let new = fixture::new_user(name);
            let created = store.directory.create_user(fixture::by_service(), new);
            users.push(created.await.unwrap());
        }
        let (other, driver) = tokio_postgres::connect(&database.url_text, NoTls)
            .await
            .unwrap();
        tokio::spawn(driver);
        Self {
            store,
            users,
            other,
            _database: database,
        }
    }

    /// Has the other program lock a user.
    async fn lock(&self, user: usize) {
        let lock = format!(
            "BEGIN; SELECT 1 FROM users WHERE id = {} FOR UPDATE; \
             SELECT 1 FROM principals WHERE id = {} FOR UPDATE",
            self.users[user].id.0, self.users[user].principal_id.0
        );
        self.other.batch_execute(&lock).await.unwrap();
    }

    /// Begins to create a key of a user.
    fn create(&self, user: usize, number: usize) -> JoinHandle<Answer> {
        let user = &self.users[user];
        let name = format!("key {number}");
        let new = NewApiKey {
            user_id: user.id,
            owner_principal_id: user.principal_id,
            ..fixture::new_api_key(&name, &format!("{number:016x}"))
        };
        let keys = self.store.api_keys.clone();
        let started = Instant::now();
        tokio::spawn(async move {
            let created = keys.create(fixture::by_service(), new).await;
            (created.map(drop), started.elapsed())
        })
    }

    /// Creates 120 keys of Carol, and with them one of each of `slow`. Carol's must be
    /// created within 4 s. Returns the answers of the others.
    async fn create_with(&self, slow: &[usize]) -> Vec<Answer> {
        let creating = (0..120).map(|number| {
            let user = if number == 60 { slow[0] } else { 2 };
            self.create(user, number)
        });
        let mut creating: Vec<_> = creating.collect();
        let mut others = vec![creating.remove(60)];
        let more = slow[1..].iter().enumerate();
        others.extend(more.map(|(index, user)| self.create(*user, 200 + index)));
        for creating in creating {
            let (created, after) = creating.await.unwrap();
            created.unwrap();
            assert!(after < Duration::from_secs(4), "{after:?}");
        }
        let answers = join_all(others).await;
        answers.into_iter().map(Result::unwrap).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_stays_fails_only_the_write_that_needs_it() {
    let fixture = Fixture::new().await;
    fixture.lock(0).await;
    for (created, after) in fixture.create_with(&[0]).await {
        assert!(matches!(created, Err(PortError::Unavailable(_))));
        assert!(after < Duration::from_secs(20), "{after:?}");
    }
    // What failed was rolled back.
    fixture.other.batch_execute("ROLLBACK").await.unwrap();
    let (created, _) = fixture.create(0, 60).await.unwrap();
    created.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_goes_delays_only_the_writes_that_need_it() {
    let fixture = Fixture::new().await;
    fixture.lock(0).await;
    let releasing = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        fixture.other.batch_execute("ROLLBACK").await.unwrap();
    };
    let (answers, ()) = tokio::join!(fixture.create_with(&[0, 0]), releasing);
    for (created, _) in answers {
        created.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_waits_delays_none_that_comes_later() {
    let fixture = Fixture::new().await;
    fixture.lock(1).await;
    let waiting = fixture.create(1, 500);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    for number in 0..3 {
        let (created, after) = fixture.create(2, number).await.unwrap();
        created.unwrap();
        assert!(after < Duration::from_secs(1), "{after:?}");
    }
    assert!(!waiting.is_finished());
    fixture.other.batch_execute("ROLLBACK").await.unwrap();
    waiting.await.unwrap().0.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_deletion_of_a_user_with_40_000_keys_is_done_beside_others() {
    let fixture = Fixture::new().await;
    let (created, _) = fixture.create(0, 1_000_000).await.unwrap();
    created.unwrap();
    let copy = "INSERT INTO api_keys (name, name_folded, user_id, owner_principal_id, \
                access_key, secret_digest, scope, is_custom, expires_at, created_at, updated_at) \
                SELECT 'copy ' || n, 'copy ' || n, user_id, owner_principal_id, \
                'copy' || lpad(to_hex(n), 12, '0'), secret_digest, scope, is_custom, expires_at, \
                created_at, updated_at FROM api_keys, generate_series(1, 40000) AS n";
    fixture.other.batch_execute(copy).await.unwrap();
    let directory = fixture.store.directory.clone();
    let user = fixture.users[0].id;
    let started = Instant::now();
    let deleting = tokio::spawn(async move {
        let deleted = directory.delete_user(fixture::by_service(), user).await;
        (deleted, started.elapsed())
    });
    let (mut number, mut longest) = (0, Duration::ZERO);
    while !deleting.is_finished() {
        let (created, after) = fixture.create(2, number).await.unwrap();
        created.unwrap();
        longest = longest.max(after);
        number += 1;
    }
    let (deleted, after) = deleting.await.unwrap();
    println!("deleted after {after:?}; meanwhile {number} writes, the longest {longest:?}");
    assert!(deleted.unwrap());
    assert!(longest < Duration::from_secs(4), "{longest:?}");
}

/// An event that cannot be written fails the write that made it, and no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_refused_fails_only_its_own_write() {
    let fixture = Fixture::new().await;
    let refuse = format!(
        "ALTER TABLE events ADD CONSTRAINT refused CHECK \
         (user_id <> {} OR kind <> 'api_key.created') NOT VALID",
        fixture.users[0].id.0
    );
    fixture.other.batch_execute(&refuse).await.unwrap();
    for (created, _) in fixture.create_with(&[0]).await {
        assert!(matches!(created, Err(PortError::Unavailable(_))));
    }
}
