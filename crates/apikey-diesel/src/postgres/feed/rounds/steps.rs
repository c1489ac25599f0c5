//! What a round does.

use super::{PERIOD, Reason, Rounds};
use crate::{
    postgres::feed::{back_off::BackOff, boot_clock, client::FeedClient, listener::Call},
    rows::snapshot,
};
use apikey_domain::error::PortError;
use std::{sync::atomic::Ordering, time::Duration};
use tokio::time::Instant;

/// How many pages of events a round reads.
const PAGES: usize = 8;
/// How soon to look at first whether an event has become final.
const FINAL: Duration = Duration::from_millis(4);

impl Rounds {
    pub(super) async fn round(
        &mut self,
        client: &mut FeedClient,
        reason: &Reason,
    ) -> Result<(), PortError> {
        self.wakes
            .is_waiting
            .store(!self.waits.is_empty(), Ordering::Relaxed);
        if let Some(call) = self.call.take()
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
            let is_awaited = self.wakes.take_awaited();
            if self.read(client).await? || is_awaited {
                self.write(client, Some(Call::Applied)).await?;
            }
        }
        if matches!(reason, Reason::Due) || !self.waits.is_empty() {
            self.look(client).await?;
        }
        if matches!(reason, Reason::Due) {
            for (id, renewal) in self.others.abandoned(boot_clock::now()) {
                client.remove(id, renewal).await?;
            }
        }
        Ok(())
    }

    /// Writes the row of this node. What is read from now on may be trusted.
    async fn write(
        &mut self,
        client: &mut FeedClient,
        call: Option<Call>,
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
            self.wakes.note_row(row);
            self.row = Some(row);
        }
        self.written = Some(before);
        Ok(())
    }

    /// Reads what is new. Answers whether another node took a right away.
    async fn read(&mut self, client: &FeedClient) -> Result<bool, PortError> {
        let mut has_revocation = false;
        for _ in 0..PAGES {
            let reading = client.read(self.delivery.cursor()).await?;
            if self.delivery.cursor() < reading.floor {
                // Something was deleted that was not read.
                tracing::warn!("events were deleted for their age before this node read them");
                self.delivery.begin_anew(reading.floor);
                has_revocation = true;
                continue;
            }
            let seen = reading.seen.clone();
            let delivered = self.delivery.deliver(reading);
            has_revocation |= delivered.has_revocation;
            if delivered.is_all {
                self.applied = seen;
                match delivered.is_pending {
                    true => drop(self.pending.get_or_insert(BackOff::from(FINAL))),
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
        self.wakes.now.notify_one();
        Ok(false)
    }

    /// Looks at the other nodes, and answers what none of them hinders.
    async fn look(&mut self, client: &FeedClient) -> Result<(), PortError> {
        let Some(row) = self.row else {
            return Ok(());
        };
        let rows = client.others(row).await?;
        let now = boot_clock::now();
        self.others.observe(rows, now);
        self.figures
            .others
            .store(self.others.alive(now), Ordering::Relaxed);
        let own = snapshot(&self.applied)?;
        let waits = std::mem::take(&mut self.waits);
        for wait in waits {
            let transaction = wait.transaction;
            let is_hindered = self.others.hinder(transaction, wait.committed, now);
            match is_hindered || !own.holds(transaction) {
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
