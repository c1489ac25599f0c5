//! Reconnects the coordination loop after its connection was lost.

use super::{EMPTY_SNAPSHOT, Heartbeat};
use crate::{
    failure::unavailable,
    postgres::cluster::{
        backoff::Backoff, boot_clock, client::ClusterClient, commit::Commit, lease::LEASE_TERM,
        peers::Peers, signal::Signal,
    },
};
use std::time::Duration;
use tokio::{
    sync::mpsc::{self, error::TryRecvError},
    time::{Instant, timeout},
};

/// How long after its commit a change awaits acknowledgement while the rows of the
/// peers cannot be read.
const ACK_DEADLINE: Duration = Duration::from_secs(10);

impl Heartbeat {
    /// Tries to connect until it succeeds; returns `None` if the channel of commits is
    /// closed before. Meanwhile the node uses its cache for as long as its lease
    /// lasts; once it is connected, everything cached is invalidated.
    ///
    /// A client cannot see whether the server crashed. After a crash it may reuse what
    /// it had not made durable: transaction ids, which changes the meaning of
    /// snapshots, and renewals.
    pub(super) async fn reconnect(
        &mut self,
        commits: &mut mpsc::UnboundedReceiver<Commit>,
        backoff: &mut Backoff,
    ) -> Option<ClusterClient> {
        self.applied = EMPTY_SNAPSHOT.to_owned();
        self.peers = Peers::default();
        self.last_write = None;
        loop {
            backoff.wait().await;
            loop {
                match commits.try_recv() {
                    Ok(commit) => drop(self.take(commit)),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return None,
                }
            }
            self.fail_expired();
            let Ok(Ok(client)) = timeout(LEASE_TERM, self.connect()).await else {
                continue;
            };
            let Ok(Ok(last)) = timeout(LEASE_TERM, client.last_event()).await else {
                continue;
            };
            self.dispatcher.restart(last);
            self.signal = Some(Signal::Revoked);
            self.next_write = Instant::now();
            self.wakeups.now.notify_one();
            return Some(client);
        }
    }

    /// Fails the requests whose changes were committed on a server that was replaced.
    pub(super) fn fail_replaced(&mut self) {
        let generation = self.generation;
        let awaited = std::mem::take(&mut self.awaited);
        for commit in awaited {
            if commit.generation == generation {
                self.awaited.push(commit);
            } else {
                commit.fail_replaced();
            }
        }
    }

    /// Fails the requests that have waited too long: whether the peers have applied
    /// their changes is unknown.
    fn fail_expired(&mut self) {
        let now = boot_clock::now();
        let awaited = std::mem::take(&mut self.awaited);
        for commit in awaited {
            if now < commit.committed + ACK_DEADLINE {
                self.awaited.push(commit);
                continue;
            }
            let cause = "it is committed; whether every node has applied it is not known";
            // The request may have been dropped.
            let _ = commit.reply.send(Err(unavailable(cause)));
        }
    }
}
