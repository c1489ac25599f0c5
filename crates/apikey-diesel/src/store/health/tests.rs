//! When the database is asked for a proof, and what one that is slow means.

use super::{
    super::{fresh, ports::Store},
    *,
};
use crate::{Supervisor, testing::TestDatabase};
use apikey_domain::{port::directory::Directory, testing::fixture};
use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use std::time::{Duration, Instant};

struct Fixture {
    database: TestDatabase,
    store: Store,
}

impl Fixture {
    async fn new() -> Self {
        let (database, store) = fresh::store(&Supervisor::default()).await;
        Self { database, store }
    }

    /// Returns how many proofs were committed.
    async fn proofs(&self) -> i64 {
        let mut connection = fresh::connection(&self.database).await;
        let number = write_proof::table.select(write_proof::number);
        number.get_result(&mut *connection).await.unwrap()
    }

    /// Returns how reading and writing fail.
    async fn faults(&self) -> [Option<Fault>; 2] {
        let started = Instant::now();
        let reports = self.store.check().await;
        assert!(started.elapsed() < Duration::from_millis(1_300));
        let parts: Vec<_> = reports.iter().map(|report| report.part).collect();
        assert_eq!(parts, [Part::Read, Part::Write, Part::Migrations]);
        let mut faults = reports.into_iter().map(|report| Some(report.failure?.0));
        [faults.next().unwrap(), faults.next().unwrap()]
    }

    /// Keeps the writer busy without a change.
    async fn write_for(&self, duration: Duration) {
        let write = self
            .store
            .writer
            .write(fixture::by_service(), Lock::None, move |_| {
                Box::pin(async move {
                    tokio::time::sleep(duration).await;
                    Ok(((), Effects::none()))
                })
            });
        write.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_share_a_proof_that_lasts_two_seconds() {
    let store = Fixture::new().await;
    assert_eq!(store.proofs().await, 0);
    let checks = join_all((0..50).map(|_| store.faults())).await;
    assert!(checks.iter().all(|faults| *faults == [None, None]));
    assert_eq!(store.proofs().await, 1);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(store.faults().await, [None, None]);
    assert_eq!(store.proofs().await, 1);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    // Nobody asked.
    assert_eq!(store.proofs().await, 1);
    assert_eq!(store.faults().await, [None, None]);
    assert_eq!(store.proofs().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_a_proof_and_a_commit_that_writes_nothing_is_none() {
    let store = Fixture::new().await;
    let new = fixture::new_user("alice");
    let created = store.store.create_user(fixture::by_service(), new).await;
    created.unwrap();
    assert_eq!(store.faults().await, [None, None]);
    assert_eq!(store.proofs().await, 0);
    tokio::time::sleep(WRITE_PROOF_AGE).await;
    store.write_for(Duration::ZERO).await;
    assert_eq!(store.faults().await, [None, None]);
    assert_eq!(store.proofs().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_commits_nothing_for_a_second_fails_and_one_that_is_busy_does_not() {
    let store = Fixture::new().await;
    // Where slow writes have a lane of their own, one would be taken there in time.
    let slow = || store.write_for(Duration::from_millis(1_400));
    let ((), (), faults) = tokio::join!(
        slow(),
        async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            slow().await;
        },
        async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            store.faults().await
        }
    );
    assert_eq!(faults, [None, Some(Fault::NoAnswer)]);
    assert_eq!(store.faults().await, [None, None]);
    // The proof comes after all of these, each in a transaction of its own, but changes
    // are committed between them.
    tokio::time::sleep(WRITE_PROOF_AGE).await;
    let busy = async {
        for number in 0..8 {
            store.write_for(Duration::from_millis(200)).await;
            let new = fixture::new_user(&format!("user {number}"));
            let created = store.store.create_user(fixture::by_service(), new);
            created.await.unwrap();
        }
    };
    let asked = async {
        for _ in 0..8 {
            assert_eq!(store.faults().await, [None, None]);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::join!(busy, asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_does_not_wait_for_another_nodes_proof() {
    if !backend::HAS_ROW_LOCKS {
        return;
    }
    let store = Fixture::new().await;
    let mut other = fresh::connection(&store.database).await;
    let proving = "BEGIN; UPDATE write_proof SET number = 7";
    other.batch_execute(proving).await.unwrap();
    assert_eq!(store.faults().await, [None, None]);
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(store.proofs().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_the_table_cannot_be_read_or_written() {
    let store = Fixture::new().await;
    let mut other = fresh::connection(&store.database).await;
    let drop_table = "DROP TABLE write_proof";
    other.batch_execute(drop_table).await.unwrap();
    let failed = Some(Fault::Failed);
    assert_eq!(store.faults().await, [failed, failed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_of_an_earlier_release_is_reported_and_one_of_a_later_release_is_not() {
    let store = Fixture::new().await;
    let migrations = async || {
        let reports = store.store.check().await;
        reports[2].failure.as_ref().map(|(fault, _)| *fault)
    };
    let mut other = fresh::connection(&store.database).await;
    let later = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231235959')";
    other.batch_execute(later).await.unwrap();
    assert_eq!(migrations().await, None);
    let newest = backend::newest_migration();
    let earlier = format!("DELETE FROM __diesel_schema_migrations WHERE version >= '{newest}'");
    other.batch_execute(&earlier).await.unwrap();
    assert_eq!(migrations().await, Some(Fault::Failed));
}
