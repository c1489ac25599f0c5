//! How the rounds go on when their connection was lost.

use super::{Heartbeat, NOTHING};
use crate::{
    failure::unavailable,
    postgres::{
        cluster::{
            backoff::Backoff, boot_clock, client::ClusterClient, commit::Commit, lease::TERM,
            peers::Peers, signal::Signal,
        },
        store,
    },
};
use apikey_domain::{change::Position, error::PortError};
use std::time::Duration;
use tokio::{
    sync::mpsc::{self, error::TryRecvError},
    time::{Instant, timeout},
};

/// A change is given up on when the other nodes could not be seen for so long.
const ACK_DEADLINE: Duration = Duration::from_secs(10);

impl Heartbeat {
    /// Connects until it succeeds, or until nobody commits any more. Until then the
    /// node trusts what it knows for as long as its lease lasts; then nothing that
    /// was known before.
    ///
    /// The server may have crashed, which cannot be seen from outside. What it had
    /// not made durable it gives out again: transaction ids, and with them what
    /// snapshots say, and renewals.
    pub(super) async fn connect_again(
        &mut self,
        commits: &mut mpsc::UnboundedReceiver<Commit>,
        back_off: &mut Backoff,
    ) -> Option<ClusterClient> {
        self.applied = NOTHING.to_owned();
        self.peers = Peers::default();
        self.written = None;
        loop {
            back_off.wait().await;
            loop {
                match commits.try_recv() {
                    Ok(commit) => drop(self.take(commit)),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return None,
                }
            }
            self.give_up_waits();
            let Ok(Ok(client)) = timeout(TERM, self.connect()).await else {
                continue;
            };
            let Ok(Ok(last)) = timeout(TERM, self.last_event()).await else {
                continue;
            };
            self.dispatcher.begin_anew(last);
            self.signal = Some(Signal::Revoked);
            self.next_write = Instant::now();
            self.wakeups.now.notify_one();
            return Some(client);
        }
    }

    async fn last_event(&self) -> Result<Position, PortError> {
        let mut connection = self.source.connect().await?;
        store::events::last(&mut connection)
            .await
            .map_err(unavailable)
    }

    /// Tells those who waited long that it is not known whether the other nodes
    /// have applied their change.
    fn give_up_waits(&mut self) {
        let now = boot_clock::now();
        let waits = std::mem::take(&mut self.waits);
        for wait in waits {
            if now < wait.committed + ACK_DEADLINE {
                self.waits.push(wait);
                continue;
            }
            let cause = "it is committed; whether every node has applied it is not known";
            // Nobody may be waiting any more.
            let _ = wait.reply.send(Err(unavailable(cause)));
        }
    }
}
