//! What a round does.

use super::{Heartbeat, PERIOD, Reason};
use crate::{
    postgres::cluster::{backoff::Backoff, boot_clock, client::ClusterClient, signal::Signal},
    rows::snapshot,
};
use apikey_domain::error::PortError;
use std::{sync::atomic::Ordering, time::Duration};
use tokio::time::Instant;

/// How many pages of events a round reads.
const PAGES: usize = 8;
/// How soon to look at first whether an event has become final.
const FINALITY_POLL: Duration = Duration::from_millis(4);

impl Heartbeat {
    pub(super) async fn tick(
        &mut self,
        client: &mut ClusterClient,
        reason: &Reason,
    ) -> Result<(), PortError> {
        self.wakeups
            .is_waiting
            .store(!self.waits.is_empty(), Ordering::Relaxed);
        if let Some(call) = self.signal.take()
            && self.settings.listens
        {
            client
                .send(&call.statement(self.row.unwrap_or_default()))
                .await?;
        }
        if matches!(reason, Reason::Due) {
            self.write(client, None).await?;
            self.next_write = Instant::now() + PERIOD;
        }
        if !matches!(reason, Reason::Applied) {
            let is_awaited = self.wakeups.take_awaited();
            if self.read(client).await? || is_awaited {
                self.write(client, Some(Signal::Applied)).await?;
            }
        }
        if matches!(reason, Reason::Due) || !self.waits.is_empty() {
            self.look(client).await?;
        }
        if matches!(reason, Reason::Due) {
            for (id, renewal) in self.peers.abandoned(boot_clock::now()) {
                client.remove(id, renewal).await?;
            }
        }
        Ok(())
    }

    /// Writes the row of this node. What is read from now on may be trusted.
    async fn write(
        &mut self,
        client: &mut ClusterClient,
        call: Option<Signal>,
    ) -> Result<(), PortError> {
        let before = boot_clock::now();
        let call = call.filter(|_| self.settings.listens);
        let is_there = match self.row {
            Some(row) => {
                let call = call.map(|call| call.statement(row));
                client.renew(row, &self.applied, call.as_deref()).await?
            }
            None => false,
        };
        if !is_there {
            self.row = None;
            let trust = self.lease.trust();
            let row = client.register(&self.applied, trust).await?;
            self.wakeups.note_row(row);
            self.row = Some(row);
        }
        self.written = Some(before);
        Ok(())
    }

    /// Reads what is new. Answers whether another node took a right away.
    async fn read(&mut self, client: &ClusterClient) -> Result<bool, PortError> {
        let mut has_revocation = false;
        for _ in 0..PAGES {
            let reading = client.read(self.dispatcher.cursor()).await?;
            if self.dispatcher.cursor() < reading.floor {
                // Something was deleted that was not read.
                tracing::warn!("events were deleted for their age before this node read them");
                self.dispatcher.begin_anew(reading.floor);
                has_revocation = true;
                continue;
            }
            let seen = reading.seen.clone();
            let delivered = self.dispatcher.deliver(reading);
            has_revocation |= delivered.has_revocation;
            if delivered.is_all {
                self.applied = seen;
                match delivered.is_pending {
                    true => drop(self.pending.get_or_insert(Backoff::from(FINALITY_POLL))),
                    false => self.pending = None,
                }
                if let Some(written) = self.written {
                    self.lease.trust_since(written);
                }
                return Ok(has_revocation || std::mem::take(&mut self.is_behind));
            }
        }
        // The rest is read in further rounds; until then nothing new is trusted.
        self.is_behind = true;
        self.wakeups.now.notify_one();
        Ok(false)
    }

    /// Looks at the other nodes, and answers what none of them hinders.
    async fn look(&mut self, client: &ClusterClient) -> Result<(), PortError> {
        let Some(row) = self.row else {
            return Ok(());
        };
        let rows = client.others(row).await?;
        let now = boot_clock::now();
        self.peers.observe(rows, now);
        self.figures
            .others
            .store(self.peers.alive(now), Ordering::Relaxed);
        let own = snapshot(&self.applied)?;
        let waits = std::mem::take(&mut self.waits);
        for wait in waits {
            let transaction = wait.transaction;
            let is_blocked = self.peers.blocks(transaction, wait.committed, now);
            match is_blocked || !own.holds(transaction) {
                true => self.waits.push(wait),
                // Nobody may be waiting any more.
                false => drop(wait.reply.send(Ok(()))),
            }
        }
        self.figures
            .waiting
            .store(self.waits.len(), Ordering::Relaxed);
        Ok(())
    }
}
