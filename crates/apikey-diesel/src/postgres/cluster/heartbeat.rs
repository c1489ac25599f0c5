//! The rounds of a node, one after the other.
//!
//! A round by the clock writes the node's row, then reads. A round that was woken
//! reads. When a right was taken away elsewhere, the row is written once more, so
//! that whoever waits can see that it is applied.

mod reconnect;
mod tick;

use super::{
    backoff::Backoff,
    client::ClusterClient,
    commit::{Commit, Wait},
    dispatch::Dispatcher,
    figures::ClusterFigures,
    lease::{NodeLease, TERM},
    listener::listen,
    peers::Peers,
    signal::Signal,
    wakeups::Wakeups,
};
use crate::{
    cluster_settings::ClusterSettings,
    failure::{unavailable, with_causes},
    postgres::connection::Source,
};
use apikey_domain::error::PortError;
use std::{sync::Arc, time::Duration};
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
const PEER_POLL_INTERVAL: Duration = Duration::from_millis(50);
/// How long the first round may take, with all that comes before it.
const STARTUP_TIMEOUT: Duration = Duration::from_secs(15);
/// A snapshot that holds nothing.
const NOTHING: &str = "1:1:";

/// Everything the rounds work with.
pub(super) struct Heartbeat {
    source: Source,
    settings: ClusterSettings,
    lease: Arc<NodeLease>,
    figures: Arc<ClusterFigures>,
    wakeups: Arc<Wakeups>,
    dispatcher: Dispatcher,
    peers: Peers,
    waits: Vec<Wait>,
    /// The number of this node's row.
    row: Option<i64>,
    /// What was seen when everything it holds had last been applied.
    applied: String,
    /// The time just before the row was last written.
    written: Option<Duration>,
    next_write: Instant,
    /// What this node has to call out.
    signal: Option<Signal>,
    /// Whether more is to be read than one round could.
    is_behind: bool,
    /// When to look whether events have become final that were not.
    pending: Option<Backoff>,
}

/// Why a round is made.
enum Reason {
    /// It is time to write the row.
    Due,
    /// There is something to read.
    Woken,
    /// Another node has applied something.
    Applied,
    /// Nobody commits any more.
    Closed,
}

// === impl Heartbeat ===

impl Heartbeat {
    pub(super) fn new(
        source: Source,
        settings: ClusterSettings,
        lease: Arc<NodeLease>,
        figures: Arc<ClusterFigures>,
        dispatcher: Dispatcher,
    ) -> Self {
        Self {
            source,
            settings,
            lease,
            figures,
            wakeups: Arc::default(),
            dispatcher,
            peers: Peers::default(),
            waits: Vec::new(),
            row: None,
            applied: NOTHING.to_owned(),
            written: None,
            next_write: Instant::now(),
            signal: None,
            is_behind: false,
            pending: None,
        }
    }

    /// Goes round until nobody commits any more.
    pub(super) async fn until_closed(
        mut self,
        mut commits: mpsc::UnboundedReceiver<Commit>,
        ready: oneshot::Sender<Result<(), PortError>>,
    ) {
        let begun = timeout(STARTUP_TIMEOUT, self.begin()).await;
        let begun = begun.unwrap_or_else(|_| Err(unavailable("the database did not answer")));
        let mut client = match begun {
            Ok(client) => client,
            // Nobody is left to tell when the node gave up starting.
            Err(error) => return drop(ready.send(Err(error))),
        };
        let _ = ready.send(Ok(()));
        let listening = self.settings.listens.then(|| {
            let wakes = Arc::clone(&self.wakeups);
            tokio::spawn(listen(self.source.clone(), wakes))
        });
        let mut back_off = Backoff::new();
        loop {
            let reason = self.wait(&mut commits).await;
            if matches!(reason, Reason::Closed) {
                break;
            }
            let outcome = timeout(TERM, self.tick(&mut client, &reason)).await;
            let outcome = outcome.unwrap_or_else(|_| Err(unavailable("no answer in time")));
            match outcome {
                Ok(()) => back_off.reset(),
                Err(error) => {
                    let cause = with_causes(&error);
                    tracing::warn!(%cause, "lost the change feed: connecting again");
                    match self.connect_again(&mut commits, &mut back_off).await {
                        Some(connected) => client = connected,
                        None => break,
                    }
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

    async fn begin(&mut self) -> Result<ClusterClient, PortError> {
        let mut client = self.connect().await?;
        self.tick(&mut client, &Reason::Due).await?;
        Ok(client)
    }

    async fn connect(&self) -> Result<ClusterClient, PortError> {
        ClusterClient::connect(&self.source, Arc::clone(&self.wakeups)).await
    }

    /// Waits until there is a reason for a round, and takes in what was
    /// committed.
    async fn wait(&mut self, commits: &mut mpsc::UnboundedReceiver<Commit>) -> Reason {
        let wakes = Arc::clone(&self.wakeups);
        let mut look = self.next_write;
        if !self.waits.is_empty() {
            look = look.min(Instant::now() + PEER_POLL_INTERVAL);
        }
        if let Some(back_off) = &mut self.pending {
            look = look.min(Instant::now() + back_off.next());
        }
        let mut reason = Reason::Woken;
        let is_urgent = tokio::select! {
            commit = commits.recv() => match commit {
                None => return Reason::Closed,
                Some(commit) => self.take(commit),
            },
            () = wakes.look.notified() => {
                reason = Reason::Applied;
                true
            }
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
            reason = Reason::Woken;
        }
        match Instant::now() >= self.next_write {
            true => Reason::Due,
            false => reason,
        }
    }

    async fn take_until_urgent(&mut self, commits: &mut mpsc::UnboundedReceiver<Commit>) {
        while let Some(commit) = commits.recv().await {
            if self.take(commit) {
                return;
            }
        }
    }

    /// Takes in what happened on this node, and answers whether someone waits.
    fn take(&mut self, commit: Commit) -> bool {
        match commit {
            Commit::Made(transaction) => {
                self.dispatcher.note_own(transaction);
                self.signal.get_or_insert(Signal::Changed);
                false
            }
            Commit::Awaited(wait) => {
                self.waits.push(wait);
                self.signal = Some(Signal::Revoked);
                true
            }
        }
    }
}
