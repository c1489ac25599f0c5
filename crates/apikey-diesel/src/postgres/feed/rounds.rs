//! The rounds of a node, one after the other.
//!
//! A round by the clock writes the node's row, then reads. A round that was woken
//! reads. When a right was taken away elsewhere, the row is written once more, so
//! that whoever waits can see that it is applied.

use super::{
    Commit, FeedFigures, NodeLease,
    back_off::BackOff,
    boot_clock,
    client::FeedClient,
    delivery::Delivery,
    listener::{Call, listen},
    node_lease::TERM,
    others::Others,
    wakes::Wakes,
};
use crate::{
    failure::{unavailable, with_causes},
    feed_settings::FeedSettings,
    postgres::{connection::Source, events},
};
use apikey_domain::{
    change::{Position, hub::ChangeHub},
    port::StoreError,
};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, sleep_until, timeout},
};

/// How often the row is written and events are read without being woken.
const PERIOD: Duration = Duration::from_secs(1);
/// What is not urgent is put off for so long, to do much of it at once.
const PAUSE: Duration = Duration::from_millis(10);
/// How often the other nodes are looked at while someone waits for them, should
/// their calls not be heard.
const LOOK: Duration = Duration::from_millis(50);
/// How soon to look at first whether an event has become final.
const FINAL: Duration = Duration::from_millis(4);
/// A snapshot that holds nothing.
const NOTHING: &str = "1:1:";
/// A change is given up on when the other nodes could not be seen for so long.
const BLIND: Duration = Duration::from_secs(10);

/// Everything the rounds work with.
pub(super) struct Rounds {
    source: Source,
    settings: FeedSettings,
    lease: Arc<NodeLease>,
    figures: Arc<FeedFigures>,
    wakes: Arc<Wakes>,
    delivery: Delivery,
    others: Others,
    waits: Vec<(i64, super::Wait)>,
    /// The number of this node's row.
    row: Option<i64>,
    /// What was seen when everything it holds had last been applied.
    applied: String,
    /// The time just before the row was last written.
    written: Option<Duration>,
    next_write: Instant,
    /// What this node has to call out.
    call: Option<Call>,
    /// When to look whether events have become final that were not.
    pending: Option<BackOff>,
}

/// Why a round is made.
enum Reason {
    Due,
    Woken,
    Closed,
}

// === impl Rounds ===

impl Rounds {
    pub(super) fn new(
        source: Source,
        hub: ChangeHub,
        settings: FeedSettings,
        lease: Arc<NodeLease>,
        figures: Arc<FeedFigures>,
        cursor: Position,
    ) -> Self {
        Self {
            source,
            settings,
            lease,
            figures,
            wakes: Arc::default(),
            delivery: Delivery::new(hub, cursor),
            others: Others::default(),
            waits: Vec::new(),
            row: None,
            applied: NOTHING.to_owned(),
            written: None,
            next_write: Instant::now(),
            call: None,
            pending: None,
        }
    }

    /// Goes round until nobody commits any more.
    pub(super) async fn until_closed(
        mut self,
        mut commits: mpsc::UnboundedReceiver<Commit>,
        ready: oneshot::Sender<Result<(), StoreError>>,
    ) {
        let mut client = match self.begin().await {
            Ok(client) => client,
            // Nobody is left to tell when the node gave up starting.
            Err(error) => return drop(ready.send(Err(error))),
        };
        let _ = ready.send(Ok(()));
        let listening = self.settings.listens.then(|| {
            let wakes = Arc::clone(&self.wakes);
            tokio::spawn(listen(self.source.clone(), wakes))
        });
        let mut back_off = BackOff::new();
        loop {
            let reason = self.wait(&mut commits).await;
            if matches!(reason, Reason::Closed) {
                break;
            }
            let outcome = timeout(TERM, self.round(&mut client, &reason)).await;
            let outcome = outcome.unwrap_or_else(|_| Err(unavailable("no answer in time")));
            match outcome {
                Ok(()) => back_off.reset(),
                Err(error) => {
                    let cause = with_causes(&error);
                    tracing::warn!(%cause, "lost the change feed: connecting again");
                    let server = client.server;
                    client = self
                        .connect_again(&server, &mut commits, &mut back_off)
                        .await;
                }
            }
        }
        if let Some(listening) = listening {
            listening.abort();
        }
        self.lease.end();
        if let Some(row) = self.row {
            // Else the others take it for dead in three seconds.
            let _ = timeout(PERIOD, client.leave(row)).await;
        }
    }

    async fn begin(&mut self) -> Result<FeedClient, StoreError> {
        let mut client = self.connect().await?;
        self.round(&mut client, &Reason::Due).await?;
        Ok(client)
    }

    async fn connect(&self) -> Result<FeedClient, StoreError> {
        let wakes = Arc::clone(&self.wakes);
        // It hears nothing but its end, which is to be noticed at once.
        FeedClient::connect(&self.source, move |_| wakes.now.notify_one()).await
    }

    /// Waits until there is a reason for a round, and takes in what was
    /// committed.
    async fn wait(&mut self, commits: &mut mpsc::UnboundedReceiver<Commit>) -> Reason {
        let wakes = Arc::clone(&self.wakes);
        let mut look = self.next_write;
        if !self.waits.is_empty() {
            look = look.min(Instant::now() + LOOK);
        }
        if let Some(back_off) = &mut self.pending {
            look = look.min(Instant::now() + back_off.next());
        }
        let is_urgent = tokio::select! {
            commit = commits.recv() => match commit {
                None => return Reason::Closed,
                Some(commit) => self.take(commit),
            },
            () = wakes.now.notified() => true,
            () = wakes.soon.notified() => false,
            () = sleep_until(look) => true,
        };
        if !is_urgent {
            tokio::select! {
                () = sleep(PAUSE) => {}
                () = wakes.now.notified() => {}
                () = self.take_until_urgent(commits) => {}
            }
        }
        while let Ok(commit) = commits.try_recv() {
            self.take(commit);
        }
        match Instant::now() >= self.next_write {
            true => Reason::Due,
            false => Reason::Woken,
        }
    }

    async fn take_until_urgent(&mut self, commits: &mut mpsc::UnboundedReceiver<Commit>) {
        while let Some(commit) = commits.recv().await {
            if self.take(commit) {
                return;
            }
        }
    }

    /// Takes in a commit of this node, and answers whether someone waits for it.
    fn take(&mut self, commit: Commit) -> bool {
        self.delivery.is_own(commit.transaction);
        let is_urgent = commit.wait.is_some();
        if let Some(wait) = commit.wait {
            self.waits.push((commit.transaction, wait));
            self.call = Some(Call::Revoked);
        }
        self.call.get_or_insert(Call::Changed);
        is_urgent
    }

    async fn round(&mut self, client: &mut FeedClient, reason: &Reason) -> Result<(), StoreError> {
        self.wakes
            .is_waiting
            .store(!self.waits.is_empty(), Ordering::Relaxed);
        if let Some(call) = self.call.take()
            && self.settings.listens
        {
            client.send(call.statement()).await?;
        }
        if matches!(reason, Reason::Due) {
            self.write(client, None).await?;
            self.next_write = Instant::now() + PERIOD;
        }
        if self.read(client).await? {
            self.write(client, Some(Call::Applied)).await?;
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
    ) -> Result<(), StoreError> {
        let before = boot_clock::now();
        let call = call.filter(|_| self.settings.listens);
        let call = call.map(|call| call.statement());
        let is_there = match self.row {
            Some(row) => client.renew(row, &self.applied, call).await?,
            None => false,
        };
        if !is_there {
            self.row = None;
            let trust = self.lease.trust();
            self.row = Some(client.register(&self.applied, trust).await?);
        }
        self.written = Some(before);
        Ok(())
    }

    /// Reads what is new. Answers whether another node took a right away.
    async fn read(&mut self, client: &FeedClient) -> Result<bool, StoreError> {
        let mut has_revocation = false;
        loop {
            let reading = client.read(self.delivery.cursor()).await?;
            let seen = reading.seen.clone();
            let delivered = self.delivery.deliver(reading);
            has_revocation |= delivered.has_revocation;
            if delivered.is_all {
                self.applied = seen;
                match delivered.is_pending {
                    true => drop(self.pending.get_or_insert(BackOff::from(FINAL))),
                    false => self.pending = None,
                }
                break;
            }
        }
        if let Some(written) = self.written {
            self.lease.trust_since(written);
        }
        Ok(has_revocation)
    }

    /// Looks at the other nodes, and answers what none of them hinders.
    async fn look(&mut self, client: &FeedClient) -> Result<(), StoreError> {
        let Some(row) = self.row else {
            return Ok(());
        };
        let rows = client.others(row).await?;
        let now = boot_clock::now();
        self.others.observe(rows, now)?;
        self.figures
            .others
            .store(self.others.alive(now), Ordering::Relaxed);
        let hindered = |transaction: i64, wait: &super::Wait| {
            self.others.hinder(transaction, wait.committed, now)
        };
        let waits = std::mem::take(&mut self.waits);
        for (transaction, wait) in waits {
            match hindered(transaction, &wait) {
                true => self.waits.push((transaction, wait)),
                // Nobody may be waiting any more.
                false => drop(wait.reply.send(Ok(()))),
            }
        }
        self.figures
            .waiting
            .store(self.waits.len(), Ordering::Relaxed);
        Ok(())
    }

    /// Connects until it succeeds. What was remembered is not trusted any more.
    async fn connect_again(
        &mut self,
        server: &str,
        commits: &mut mpsc::UnboundedReceiver<Commit>,
        back_off: &mut BackOff,
    ) -> FeedClient {
        self.delivery.lose();
        // What was seen before a server crashed, it may give out again: snapshots,
        // and renewals that were not durable.
        self.applied = NOTHING.to_owned();
        self.others = Others::default();
        self.written = None;
        loop {
            back_off.wait().await;
            while let Ok(commit) = commits.try_recv() {
                self.take(commit);
            }
            self.give_up_waits();
            let Ok(Ok(client)) = timeout(TERM, self.connect()).await else {
                continue;
            };
            let Ok(Ok(())) = timeout(TERM, self.go_on(server, &client)).await else {
                continue;
            };
            self.call = Some(Call::Revoked);
            self.next_write = Instant::now();
            self.wakes.now.notify_one();
            return client;
        }
    }

    /// Goes on where the events were left, or begins anew.
    async fn go_on(&mut self, server: &str, client: &FeedClient) -> Result<(), StoreError> {
        let mut connection = self.source.connect().await?;
        let floor = events::floor(&mut connection).await.map_err(unavailable)?;
        if client.server != server || self.delivery.cursor() < floor {
            // Who listens goes on from the last event they were told, if the server
            // still has it; what else they hold may not be durable.
            let last = events::last(&mut connection).await.map_err(unavailable)?;
            self.delivery.begin_anew(last);
        }
        Ok(())
    }

    /// Tells those who waited long that it is not known whether the other nodes
    /// have applied their change.
    fn give_up_waits(&mut self) {
        let now = boot_clock::now();
        let waits = std::mem::take(&mut self.waits);
        for (transaction, wait) in waits {
            if now < wait.committed + BLIND {
                self.waits.push((transaction, wait));
                continue;
            }
            let cause = "it is committed; whether every node has applied it is not known";
            let _ = wait.reply.send(Err(unavailable(cause)));
        }
    }
}
