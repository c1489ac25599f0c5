//! A client that watches, and opens another stream when one breaks.

use crate::{nodes::COUNT, test_cluster::TestCluster, watch::view::View};
use anyhow::{Context, Result, bail};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::timeout;
use xtask_harness::{
    client::ByteStream,
    frames::Frames,
    lock::locked,
    request::{Credentials, Request},
    server::ADMIN,
};

/// How long a node may take to answer a request for a stream.
const OPEN_LIMIT: Duration = Duration::from_secs(3);

/// How long a stream may be silent: it shows a sign of life each 15 s.
const SILENCE_LIMIT: Duration = Duration::from_secs(25);

/// The time between two attempts to open a stream.
const PAUSE: Duration = Duration::from_millis(100);

/// Who watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// The platform's administrator watches everything.
    Administrator,
    /// A user without special rights watches their own keys.
    User,
}

/// A client that watches for as long as the test runs.
pub(crate) struct Watcher {
    pub(crate) viewer: Viewer,
    /// For messages.
    pub(crate) name: String,
    /// What is known.
    pub(crate) view: Arc<Mutex<View>>,
}

// === impl Viewer ===

impl Viewer {
    /// Returns who this is, and the part of a query that selects what they watch.
    pub(crate) fn selection(self, cluster: &TestCluster) -> (Credentials<'_>, &'static str) {
        match self {
            Self::Administrator => (ADMIN, "&user_id=*"),
            Self::User => (Credentials::Key(&cluster.user.value), ""),
        }
    }
}

// === impl Watcher ===

impl Watcher {
    /// Begins to watch, on a node first.
    pub(crate) fn start(cluster: &Arc<TestCluster>, node: usize, viewer: Viewer) -> Self {
        let view = Arc::new(Mutex::default());
        tokio::spawn(watch(Arc::clone(cluster), Arc::clone(&view), node, viewer));
        Self {
            viewer,
            name: format!("a watcher ({viewer:?}) of node {node}"),
            view,
        }
    }
}

async fn watch(cluster: Arc<TestCluster>, view: Arc<Mutex<View>>, mut node: usize, viewer: Viewer) {
    loop {
        let (credentials, query) = viewer.selection(&cluster);
        let place = locked(&view).reopen();
        match open_stream(&cluster, node, credentials, query, place).await {
            // How a stream ended does not matter: the next one continues it.
            Ok(stream) => drop(read(&cluster, &view, node, stream).await),
            // A node that opens no stream is left for the next one.
            Err(_) => node = (node + 1) % COUNT,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Opens a stream in the standard's frames on a node, from a place on.
pub(crate) async fn open_stream(
    cluster: &TestCluster,
    node: usize,
    credentials: Credentials<'_>,
    query: &str,
    place: Option<String>,
) -> Result<ByteStream> {
    let request = Request::get(format!("/v2/api-keys?watch=true{query}")).by(credentials);
    let mut request = request.header("accept", "text/event-stream");
    if let Some(id) = place {
        request = request.header("last-event-id", id);
    }
    let opening = cluster.changers[node].stream(&request);
    timeout(OPEN_LIMIT, opening).await.context("no stream")?
}

async fn read(
    cluster: &TestCluster,
    view: &Mutex<View>,
    node: usize,
    mut stream: ByteStream,
) -> Result<()> {
    locked(view).streams += 1;
    let mut frames = Frames::default();
    loop {
        let chunk = timeout(SILENCE_LIMIT, stream.chunk()).await;
        let Some(chunk) = chunk.context("a silent stream")?? else {
            bail!("the stream has ended");
        };
        for frame in frames.push(&chunk) {
            if let Err(error) = locked(view).take(frame) {
                let wrong = format!("node {node} misinformed a watcher: {error:#}");
                cluster.findings.add(wrong);
            }
        }
    }
}
