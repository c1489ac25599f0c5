//! The coordination loop of a node.
//!
//! A tick that is due writes the node's row, then reads events. A tick that was woken
//! reads. If it read a revocation of another node, it writes the row once more: this
//! is the acknowledgement that the other node awaits.

mod reconnect;
mod tick;

use super::{
    backoff::Backoff,
    client::ClusterClient,
    commit::{AwaitedCommit, Commit},
    dispatch::Dispatcher,
    figures::ClusterFigures,
    lease::{LEASE_TERM, NodeLease},
    listener::listen,
    peers::Peers,
    signal::Signal,
    wakeups::Wakeups,
};
use crate::{
    announcement::Announcement,
    cluster_settings::ClusterSettings,
    failure::{is_connection_refused, is_read_only, unavailable},
    fault,
    postgres::{
        connection::Source,
        connection_limit::REFUSED_PAUSE,
        primary::{Generation, Server},
    },
    supervision::Supervisor,
};
use apikey_domain::error::{PortError, with_causes};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, sleep_until, timeout},
};

/// The interval between ticks that write the row and read events without being woken.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);
/// How long work that is not urgent is delayed, so that more of it is done at once.
const BATCH_DELAY: Duration = Duration::from_millis(10);
/// How often the rows of the peers are read while an acknowledgement is awaited, in
/// case their signals are lost.
const PEER_POLL_INTERVAL: Duration = Duration::from_millis(50);
/// How long it may take to connect and to complete the first tick.
const STARTUP_TIMEOUT: Duration = Duration::from_secs(15);
/// A snapshot that holds nothing.
const EMPTY_SNAPSHOT: &str = "1:1:";

/// The state of the coordination loop.
pub(super) struct Heartbeat {
    source: Source,
    settings: ClusterSettings,
    announcement: Announcement,
    lease: Arc<NodeLease>,
    figures: Arc<ClusterFigures>,
    wakeups: Arc<Wakeups>,
    dispatcher: Dispatcher,
    supervisor: Supervisor,
    peers: Peers,
    awaited: Vec<AwaitedCommit>,
    /// The server of the last connection.
    server: Option<Server>,
    /// The generation of the last connection.
    generation: Generation,
    /// The id of this node's row.
    row: Option<i64>,
    /// The snapshot of the last complete read.
    applied: String,
    /// The time just before the row was last written.
    last_write: Option<Duration>,
    next_write: Instant,
    /// The signal to send with the next tick.
    signal: Option<Signal>,
    /// Whether the last tick left events unread.
    is_behind: bool,
    /// When to check whether pending events have become final.
    finality_poll: Option<Backoff>,
}

/// Why a tick runs.
enum Reason {
    /// The row has to be written.
    Due,
    /// There are events to read.
    Woken,
    /// A peer has applied a revocation.
    Applied,
    /// The node is closing: no more commits will come.
    Closed,
}

// === impl Heartbeat ===

impl Heartbeat {
    pub(super) fn new(
        source: Source,
        settings: ClusterSettings,
        announcement: Announcement,
        lease: Arc<NodeLease>,
        figures: Arc<ClusterFigures>,
        dispatcher: Dispatcher,
        supervisor: Supervisor,
    ) -> Self {
        Self {
            source,
            settings,
            announcement,
            lease,
            figures,
            wakeups: Arc::default(),
            dispatcher,
            supervisor,
            peers: Peers::default(),
            awaited: Vec::new(),
            server: None,
            generation: 0,
            row: None,
            applied: EMPTY_SNAPSHOT.to_owned(),
            last_write: None,
            next_write: Instant::now(),
            signal: None,
            is_behind: false,
            finality_poll: None,
        }
    }

    /// Runs until the channel of commits is closed.
    pub(super) async fn run(
        mut self,
        mut commits: mpsc::UnboundedReceiver<Commit>,
        ready: oneshot::Sender<Result<(), PortError>>,
    ) {
        let started = timeout(STARTUP_TIMEOUT, self.start()).await;
        let started = started.unwrap_or_else(|_| Err(unavailable("the database did not answer")));
        let mut client = match started {
            Ok(client) => client,
            // The receiver is gone if the node gave up starting.
            Err(error) => return drop(ready.send(Err(error))),
        };
        let attendance = self.supervisor.attend("the event consumer");
        let _ = ready.send(Ok(()));
        let listening = self.settings.listens.then(|| {
            let wakeups = Arc::clone(&self.wakeups);
            let attendance = self.supervisor.attend("the listener for other nodes");
            let listening = listen(self.source.clone(), wakeups);
            tokio::spawn(async move {
                let _attendance = attendance;
                listening.await;
            })
        });
        let mut backoff = Backoff::new();
        loop {
            let reason = self.wait(&mut commits).await;
            if matches!(reason, Reason::Closed) || fault::point("feed") {
                break;
            }
            let outcome = timeout(LEASE_TERM, self.tick(&mut client, &reason)).await;
            let outcome = outcome.unwrap_or_else(|_| Err(unavailable("no answer in time")));
            match outcome {
                Ok(()) => backoff.reset(),
                Err(error) => {
                    if is_read_only(&error) {
                        self.source.primary().distrust(client.generation());
                    }
                    let cause = with_causes(&error);
                    tracing::warn!(%cause, "lost the change feed: connecting again");
                    match self.reconnect(&mut commits, &mut backoff).await {
                        Some(connected) => client = connected,
                        None => break,
                    }
                }
            }
        }
        // Before what ends with it.
        drop(attendance);
        if let Some(listening) = listening {
            listening.abort();
        }
        self.lease.end();
        if let Some(row) = self.row {
            // Otherwise peers have to wait until its lease has ended.
            let _ = timeout(HEARTBEAT_INTERVAL, client.leave(row)).await;
        }
    }

    async fn start(&mut self) -> Result<ClusterClient, PortError> {
        let mut client = self.connect().await?;
        self.tick(&mut client, &Reason::Due).await?;
        Ok(client)
    }

    /// Connects. The server may be another than before: then nothing that was leased or
    /// committed there counts.
    async fn connect(&mut self) -> Result<ClusterClient, PortError> {
        let (wakeups, trust) = (Arc::clone(&self.wakeups), self.lease.trust());
        let client = loop {
            let connected = ClusterClient::connect(&self.source, Arc::clone(&wakeups), trust).await;
            match connected {
                Err(error) if is_connection_refused(&error) => {
                    self.source.limit().claim();
                    sleep(REFUSED_PAUSE).await;
                }
                connected => break connected?,
            }
        };
        self.generation = client.generation();
        self.lease.begin(self.generation);
        self.fail_replaced();
        if self.server.replace(client.server()) != Some(client.server()) {
            // Its rows are others, whatever their ids are.
            self.row = None;
        }
        Ok(client)
    }

    /// Waits until there is a reason for a tick, and takes in the commits of this
    /// node.
    async fn wait(&mut self, commits: &mut mpsc::UnboundedReceiver<Commit>) -> Reason {
        let wakeups = Arc::clone(&self.wakeups);
        let (primary, generation) = (self.source.primary().clone(), self.generation);
        let mut wake_at = self.next_write;
        if !self.awaited.is_empty() {
            wake_at = wake_at.min(Instant::now() + PEER_POLL_INTERVAL);
        }
        if let Some(backoff) = &mut self.finality_poll {
            wake_at = wake_at.min(Instant::now() + backoff.next());
        }
        let mut reason = Reason::Woken;
        let is_urgent = tokio::select! {
            commit = commits.recv() => match commit {
                None => return Reason::Closed,
                Some(commit) => self.take(commit),
            },
            () = wakeups.acknowledged.notified() => {
                reason = Reason::Applied;
                true
            }
            () = wakeups.now.notified() => true,
            () = primary.ended(generation) => true,
            () = wakeups.soon.notified() => false,
            () = sleep_until(wake_at) => true,
        };
        if !is_urgent {
            tokio::select! {
                () = sleep(BATCH_DELAY) => {}
                () = wakeups.now.notified() => {}
                () = self.take_until_urgent(commits) => {}
            }
        }
        while let Ok(commit) = commits.try_recv() {
            self.take(commit);
            reason = Reason::Woken;
        }
        if Instant::now() >= self.next_write {
            Reason::Due
        } else {
            reason
        }
    }

    async fn take_until_urgent(&mut self, commits: &mut mpsc::UnboundedReceiver<Commit>) {
        while let Some(commit) = commits.recv().await {
            if self.take(commit) {
                return;
            }
        }
    }

    /// Takes in a commit of this node. Returns whether it is urgent.
    fn take(&mut self, commit: Commit) -> bool {
        match commit {
            Commit::Made { generation, .. } if generation != self.generation => false,
            Commit::Made { transaction, .. } => {
                self.dispatcher.record_own(transaction);
                self.signal.get_or_insert(Signal::Changed);
                false
            }
            Commit::Awaited(awaited) if awaited.generation != self.generation => {
                awaited.fail_replaced();
                false
            }
            Commit::Awaited(awaited) => {
                self.awaited.push(awaited);
                self.signal = Some(Signal::Revoked);
                true
            }
        }
    }
}
