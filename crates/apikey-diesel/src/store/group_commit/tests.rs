//! One write affects no other of its batch, whatever it does.

use super::super::{
    connection::Connection,
    fresh,
    job::{Effects, Written},
    lock::Lock,
    ports::Store,
    writer::Writer,
};
use crate::{Supervisor, testing::TestDatabase};
use apikey_domain::{access::authority::Authority, error::PortError, timestamp::Timestamp};
use diesel_async::SimpleAsyncConnection;
use futures_util::future::{BoxFuture, join_all};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// How long a write takes, after a statement.
#[derive(Clone, Copy)]
enum Work {
    Quick,
    Takes(Duration),
    Panics,
    Fails,
}

// === impl Work ===

impl Work {
    fn run(self, connection: &mut Connection) -> BoxFuture<'_, Written<()>> {
        Box::pin(async move {
            connection.batch_execute("SELECT 1").await?;
            match self {
                Self::Quick => {}
                Self::Takes(duration) => tokio::time::sleep(duration).await,
                Self::Panics => panic!("a fault"),
                Self::Fails => connection.batch_execute("SELECT no_such_column").await?,
            }
            Ok(((), Effects::none()))
        })
    }
}

struct Fixture {
    _database: TestDatabase,
    store: Store,
    supervisor: Supervisor,
}

impl Fixture {
    async fn new() -> Self {
        let supervisor = Supervisor::default();
        let (_database, store) = fresh::store(&supervisor).await;
        Self {
            _database,
            store,
            supervisor,
        }
    }

    /// Sends writes that share a batch; each returns its result, and after how long.
    async fn send(
        &self,
        batch: impl IntoIterator<Item = Work>,
    ) -> Vec<JoinHandle<(Result<(), PortError>, Duration)>> {
        // The writer is busy until all are there.
        let gate = write(&self.store.writer, Work::Takes(Duration::from_millis(300)));
        tokio::time::sleep(Duration::from_millis(100)).await;
        let sent = batch
            .into_iter()
            .map(|work| write(&self.store.writer, work))
            .collect();
        gate.await.unwrap().0.unwrap();
        sent
    }
}

fn write(writer: &Writer, work: Work) -> JoinHandle<(Result<(), PortError>, Duration)> {
    let writer = writer.clone();
    let started = Instant::now();
    tokio::spawn(async move {
        let by = Authority::service(Timestamp::MAX);
        let result = writer.write(by, Lock::None, move |connection| work.run(connection));
        (result.await, started.elapsed())
    })
}

/// Sends `odd` in the middle of 100 quick writes, all of which must succeed within 4 s.
/// Returns the results of the odd ones.
async fn among_others(odd: &[Work]) -> Vec<(Result<(), PortError>, Duration)> {
    let fixture = Fixture::new().await;
    let quick = std::iter::repeat_n(Work::Quick, 50);
    let batch = quick.clone().chain(odd.iter().copied()).chain(quick);
    let sent = fixture.send(batch).await;
    let mut results: Vec<_> = join_all(sent)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let odd = results.drain(50..50 + odd.len()).collect();
    for (result, after) in results {
        result.unwrap();
        assert!(after < Duration::from_secs(4), "{after:?}");
    }
    let (result, _) = write(&fixture.store.writer, Work::Quick).await.unwrap();
    result.unwrap();
    assert_eq!(fixture.supervisor.first(), None);
    odd
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_write_delays_no_other_and_is_done_alone() {
    let slow = Work::Takes(Duration::from_secs(5));
    for (result, after) in among_others(&[slow]).await {
        result.unwrap();
        assert!(after > Duration::from_secs(5));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_slow_writes_delay_no_other() {
    let slow = Work::Takes(Duration::from_secs(2));
    for (result, _) in among_others(&[slow; 4]).await {
        result.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_that_never_end_fail_alone_within_20_s() {
    let endless = Work::Takes(Duration::from_secs(600));
    for (result, after) in among_others(&[endless; 2]).await {
        let error = result.unwrap_err();
        assert!(error.to_string().contains("unavailable"), "{error}");
        assert!(after < Duration::from_secs(20), "{after:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_panics_or_fails_fails_alone() {
    let results = among_others(&[Work::Panics, Work::Fails, Work::Panics]).await;
    let [(first, _), (second, _), (third, _)] = &results[..] else {
        panic!("{results:?}");
    };
    assert!(matches!(first, Err(PortError::Corrupt(_))), "{first:?}");
    // No attempt finds the column.
    assert!(matches!(second, Err(PortError::Corrupt(_))), "{second:?}");
    assert!(matches!(third, Err(PortError::Corrupt(_))), "{third:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_panics_alone_leaves_the_writer_alive() {
    let fixture = Fixture::new().await;
    let (panicked, _) = write(&fixture.store.writer, Work::Panics).await.unwrap();
    assert!(matches!(panicked, Err(PortError::Corrupt(_))));
    let (next, _) = write(&fixture.store.writer, Work::Quick).await.unwrap();
    next.unwrap();
    assert_eq!(fixture.supervisor.first(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_quick_writes_that_add_up_share_several_commits() {
    let fixture = Fixture::new().await;
    let work = Work::Takes(Duration::from_millis(60));
    let sent = fixture.send(std::iter::repeat_n(work, 60)).await;
    for sent in sent {
        let (result, after) = sent.await.unwrap();
        result.unwrap();
        assert!(after < Duration::from_secs(7), "{after:?}");
    }
}
