//! Many requests at once.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::{JoinSet, LocalSet};

use crate::bench::http::Connection;
use crate::bench::statistics::Latencies;

/// Makes the request of a number; no two get the same number.
pub(super) type MakeRequest = Rc<dyn Fn(u64) -> Vec<u8>>;

/// A closed loop: each connection sends its next request when its last one is
/// answered.
pub(super) struct Load {
    /// Where to.
    pub(super) address: SocketAddr,
    /// How many connections there are.
    pub(super) connections: usize,
    /// What they send.
    pub(super) request: MakeRequest,
    /// The number of the next request.
    pub(super) next: Rc<Cell<u64>>,
}

/// What came of a load.
pub(super) struct Outcome {
    /// How long it took until the last answer was there.
    pub(super) duration: Duration,
    /// How long each request took.
    pub(super) latencies: Latencies,
}

// === impl Load ===

impl Load {
    /// Makes a load of requests that are numbered from zero.
    pub(super) fn new(
        address: SocketAddr,
        connections: usize,
        request: impl Fn(u64) -> Vec<u8> + 'static,
    ) -> Self {
        Self {
            address,
            connections,
            request: Rc::new(request),
            next: Rc::default(),
        }
    }

    /// Sends requests for a time and waits for the answers to all of them.
    ///
    /// # Errors
    ///
    /// When a connection breaks or an answer is not 200.
    pub(super) async fn run(&self, time: Duration) -> Result<Outcome> {
        let mut open = Vec::new();
        for _ in 0..self.connections {
            open.push(Connection::open(self.address).await?);
        }
        let started = Instant::now();
        let mut tasks = JoinSet::new();
        let local = LocalSet::new();
        for connection in open {
            let (request, next) = (Rc::clone(&self.request), Rc::clone(&self.next));
            let task = send_until(started + time, connection, request, next);
            tasks.spawn_local_on(task, &local);
        }
        let mut latencies = Latencies::default();
        local
            .run_until(async {
                while let Some(finished) = tasks.join_next().await {
                    latencies.append(finished??);
                }
                anyhow::Ok(())
            })
            .await?;
        Ok(Outcome {
            duration: started.elapsed(),
            latencies,
        })
    }
}

async fn send_until(
    end: Instant,
    mut connection: Connection,
    request: MakeRequest,
    next: Rc<Cell<u64>>,
) -> Result<Latencies> {
    let mut latencies = Latencies::default();
    loop {
        let request = request(next.replace(next.get() + 1));
        let sent = Instant::now();
        if sent >= end {
            return Ok(latencies);
        }
        let answer = connection.exchange(&request).await?;
        latencies.add(sent.elapsed());
        if answer.status != 200 {
            answer.expect_ok()?;
        }
    }
}

// === impl Outcome ===

impl Outcome {
    /// Gives the requests answered a second.
    pub(super) fn per_second(&self) -> f64 {
        self.count() / self.duration.as_secs_f64()
    }

    /// Gives a part of the time for each request, in microseconds.
    pub(super) fn microseconds_each(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / self.count()
    }

    /// Gives how many requests were answered.
    pub(super) fn count(&self) -> f64 {
        self.latencies.count() as f64
    }
}
