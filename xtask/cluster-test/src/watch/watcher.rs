//! One who watches, and goes on watching when a stream breaks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use xtask_harness::client::ByteStream;
use xtask_harness::request::{Credentials, Request};
use xtask_harness::server::ADMIN;

use crate::lock::locked;
use crate::nodes::COUNT;
use crate::test_cluster::TestCluster;
use crate::watch::frames::Frames;
use crate::watch::view::View;

/// How long a node may take to answer a request for a stream.
const OPEN_LIMIT: Duration = Duration::from_secs(3);

/// How long a stream may be silent: it shows a sign of life each 15 s.
const SILENCE_LIMIT: Duration = Duration::from_secs(25);

/// How long one waits before one tries again.
const PAUSE: Duration = Duration::from_millis(100);

/// Who watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// The platform's administrator watches everything.
    Administrator,
    /// A user who is nobody special watches their own keys.
    Nobody,
}

/// One who watches; dropping it ends that.
pub(crate) struct Watcher {
    viewer: Viewer,
    node: usize,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    view: Mutex<View>,
    /// How many streams there were.
    streams: Mutex<u32>,
}

// === impl Watcher ===

impl Watcher {
    /// Begins to watch, on a node first.
    pub(crate) fn start(cluster: &Arc<TestCluster>, node: usize, viewer: Viewer) -> Self {
        let shared = Arc::new(Shared {
            view: Mutex::default(),
            streams: Mutex::default(),
        });
        let task = tokio::spawn(watch(
            Arc::clone(cluster),
            Arc::clone(&shared),
            node,
            viewer,
        ));
        Self {
            viewer,
            node,
            shared,
            task,
        }
    }

    /// Returns who watches.
    pub(crate) fn viewer(&self) -> Viewer {
        self.viewer
    }

    /// Returns a name for messages.
    pub(crate) fn name(&self) -> String {
        format!("a watcher ({:?}) of node {}", self.viewer, self.node)
    }

    /// Looks at what is known.
    pub(crate) fn with_view<T>(&self, look: impl FnOnce(&View) -> T) -> T {
        look(&locked(&self.shared.view))
    }

    /// Returns a line about what was seen.
    pub(crate) fn summary(&self) -> String {
        let (events, beginnings) = self.with_view(View::counts);
        let (name, streams) = (self.name(), *locked(&self.shared.streams));
        format!("  {name}: {events} events, {streams} streams, {beginnings} times sent anew")
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn watch(cluster: Arc<TestCluster>, shared: Arc<Shared>, home: usize, viewer: Viewer) {
    let mut node = home;
    loop {
        match open(&cluster, &shared, node, viewer).await {
            Ok(connection) => {
                *locked(&shared.streams) += 1;
                // How a stream ended does not matter: the next one goes on.
                let _ = read(&cluster, &shared, node, connection).await;
            }
            // A node that opens no stream is left for the next one.
            Err(_) => node = (node + 1) % COUNT,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn open(
    cluster: &TestCluster,
    shared: &Shared,
    node: usize,
    viewer: Viewer,
) -> Result<ByteStream> {
    let (path, credentials) = match viewer {
        Viewer::Administrator => ("/v2/api-keys?watch=true&user_id=*", ADMIN),
        Viewer::Nobody => {
            let own = Credentials::Key(&cluster.user.value);
            ("/v2/api-keys?watch=true", own)
        }
    };
    let mut request = stream(path, credentials);
    if let Some(id) = locked(&shared.view).reopen() {
        request = request.header("last-event-id", &id);
    }
    open_stream(cluster, node, request).await
}

/// Writes a request for a stream in the standard's frames.
pub(crate) fn stream(path: &str, credentials: Credentials<'_>) -> Request {
    let request = Request::get(path).by(credentials);
    request.header("accept", "text/event-stream")
}

/// Opens a stream on a node.
pub(crate) async fn open_stream(
    cluster: &TestCluster,
    node: usize,
    request: Request,
) -> Result<ByteStream> {
    let opening = cluster.changes.client(node).stream(&request);
    timeout(OPEN_LIMIT, opening).await.context("no stream")?
}

async fn read(
    cluster: &TestCluster,
    shared: &Shared,
    node: usize,
    mut connection: ByteStream,
) -> Result<()> {
    let mut frames = Frames::default();
    loop {
        let chunk = timeout(SILENCE_LIMIT, connection.chunk()).await;
        let Some(chunk) = chunk.context("a silent stream")?? else {
            bail!("the stream has ended");
        };
        frames.push(&chunk);
        while let Some(frame) = frames.next() {
            let taken = locked(&shared.view).take(frame);
            if let Err(error) = taken {
                let wrong = format!("node {node} misinformed a watcher: {error:#}");
                cluster.findings.add(wrong);
            }
        }
    }
}
