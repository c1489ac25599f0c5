//! One tick of the coordination loop.

use super::{HEARTBEAT_INTERVAL, Heartbeat, Reason};
use crate::{
    failure::unavailable,
    postgres::cluster::{backoff::Backoff, boot_clock, client::ClusterClient, signal::Signal},
    rows::snapshot,
};
use apikey_domain::error::PortError;
use std::{sync::atomic::Ordering, time::Duration};
use tokio::time::Instant;

/// How many pages of events a tick reads at most.
const PAGES_PER_TICK: usize = 12;
/// After how many full pages a tick skips the rest: the cache is discarded, and streams
/// end and resume, so that the lease is extended and revocations are acknowledged in time.
const PAGES_BEHIND: usize = 8;
/// The bound of the first wait before checking whether an event has become final.
const FINALITY_POLL: Duration = Duration::from_millis(4);

impl Heartbeat {
    pub(super) async fn tick(
        &mut self,
        client: &mut ClusterClient,
        reason: &Reason,
    ) -> Result<(), PortError> {
        if !self.source.primary().is_current(client.generation()) {
            return Err(unavailable("the database server was replaced"));
        }
        self.wakeups
            .awaits_peers
            .store(!self.awaited.is_empty(), Ordering::Relaxed);
        if let Some(signal) = self.signal.take()
            && self.settings.listens
        {
            client
                .execute(&signal.statement(self.row.unwrap_or_default()))
                .await?;
        }
        if matches!(reason, Reason::Due) {
            self.write_row(client, None).await?;
            self.next_write = Instant::now() + HEARTBEAT_INTERVAL;
        }
        if !matches!(reason, Reason::Applied) {
            let is_awaited = self.wakeups.take_awaited();
            if self.read_events(client).await? || is_awaited {
                self.write_row(client, Some(Signal::Applied)).await?;
            }
        }
        if matches!(reason, Reason::Due) || !self.awaited.is_empty() {
            self.read_peers(client).await?;
        }
        if matches!(reason, Reason::Due) {
            for (id, renewal) in self.peers.abandoned(boot_clock::now()) {
                client.remove(id, renewal).await?;
            }
        }
        self.figures.last_tick.note();
        Ok(())
    }

    /// Writes the row of this node. The next complete read extends the lease.
    async fn write_row(
        &mut self,
        client: &mut ClusterClient,
        signal: Option<Signal>,
    ) -> Result<(), PortError> {
        let before = boot_clock::now();
        let signal = signal.filter(|_| self.settings.listens);
        let exists = match self.row {
            Some(row) => {
                let notify = signal.map(|signal| signal.statement(row));
                let peppers = self.announcement.stored_peppers();
                let renewed = client.renew(row, &self.applied, &peppers, notify.as_deref());
                renewed.await?
            }
            None => false,
        };
        if !exists {
            self.row = None;
            let trust = self.lease.trust();
            let peppers = self.announcement.stored_peppers();
            let row = client.register(&self.applied, &peppers, trust).await?;
            self.announcement.set_row(row);
            self.wakeups.set_own_row(row);
            self.row = Some(row);
        }
        self.last_write = Some(before);
        Ok(())
    }

    /// Reads new events. Returns whether there was a revocation of another node.
    async fn read_events(&mut self, client: &ClusterClient) -> Result<bool, PortError> {
        let mut has_revocation = false;
        for number in 0..PAGES_PER_TICK {
            if number == PAGES_BEHIND {
                // A large commit: to start over takes less time than to read it all.
                tracing::warn!("many events at once: the cache is discarded, streams resume");
                self.dispatcher.restart(client.last_event().await?);
                has_revocation = true;
            }
            let page = client.read_events(self.dispatcher.cursor()).await?;
            if self.dispatcher.cursor() < page.floor {
                // Events were deleted before this node read them.
                tracing::warn!("events were deleted for their age before this node read them");
                self.dispatcher.restart(page.floor);
                has_revocation = true;
                continue;
            }
            let snapshot = page.snapshot_text.clone();
            let dispatched = self.dispatcher.dispatch(page);
            has_revocation |= dispatched.has_revocation;
            if dispatched.is_complete {
                self.applied = snapshot;
                if dispatched.is_pending {
                    self.finality_poll
                        .get_or_insert(Backoff::from(FINALITY_POLL));
                } else {
                    self.finality_poll = None;
                }
                if let Some(last_write) = self.last_write {
                    self.lease.extend(last_write);
                }
                return Ok(has_revocation || std::mem::take(&mut self.is_behind));
            }
        }
        // The next tick completes it. Until then the lease is not extended.
        self.wakeups.now.notify_one();
        self.is_behind = true;
        Ok(false)
    }

    /// Reads the rows of the peers, and replies to what none of them blocks.
    async fn read_peers(&mut self, client: &ClusterClient) -> Result<(), PortError> {
        let Some(row) = self.row else {
            return Ok(());
        };
        let rows = client.read_peers(row).await?;
        let now = boot_clock::now();
        self.peers.observe(rows, now);
        self.figures
            .peers
            .store(self.peers.alive(now), Ordering::Relaxed);
        let own = snapshot(&self.applied)?;
        let awaited = std::mem::take(&mut self.awaited);
        for commit in awaited {
            let transaction = commit.transaction;
            let is_blocked = self.peers.blocks(transaction, commit.committed, now);
            if is_blocked || !own.holds(transaction) {
                self.awaited.push(commit);
            } else {
                // The request may have been dropped.
                let _ = commit.reply.send(Ok(()));
            }
        }
        self.figures
            .waiting_changes
            .store(self.awaited.len(), Ordering::Relaxed);
        Ok(())
    }
}
