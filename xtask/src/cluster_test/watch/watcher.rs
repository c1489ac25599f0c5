//! One who watches, and goes on watching when a stream breaks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::bench::http::{Authorization, Connection, Request};
use crate::cluster_test::locked;
use crate::cluster_test::nodes::{ADMIN, COUNT};
use crate::cluster_test::scene::Scene;
use crate::cluster_test::watch::frames::Frames;
use crate::cluster_test::watch::view::View;

/// How long a node may take to answer a request for a stream.
const OPENING: Duration = Duration::from_secs(3);

/// How long a stream may be silent: it shows a sign of life each 15 s.
const SILENCE: Duration = Duration::from_secs(25);

/// How long one waits before one tries again.
const PAUSE: Duration = Duration::from_millis(100);

/// Who watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Viewer {
    /// The platform's administrator watches everything.
    Administrator,
    /// A user who is nobody special watches their own keys.
    Nobody,
}

/// One who watches; dropping it ends that.
pub(super) struct Watcher {
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
    pub(super) fn start(scene: &Arc<Scene>, node: usize, viewer: Viewer) -> Self {
        let shared = Arc::new(Shared {
            view: Mutex::default(),
            streams: Mutex::default(),
        });
        let task = tokio::spawn(watch(Arc::clone(scene), Arc::clone(&shared), node, viewer));
        Self {
            viewer,
            node,
            shared,
            task,
        }
    }

    /// Gives who watches.
    pub(super) fn viewer(&self) -> Viewer {
        self.viewer
    }

    /// Gives a name for messages.
    pub(super) fn name(&self) -> String {
        format!("a watcher ({:?}) of node {}", self.viewer, self.node)
    }

    /// Looks at what is known.
    pub(super) fn with_view<T>(&self, look: impl FnOnce(&View) -> T) -> T {
        look(&locked(&self.shared.view))
    }

    /// Gives a line about what was seen.
    pub(super) fn summary(&self) -> String {
        let (events, beginnings) = self.with_view(View::counts);
        let (name, streams) = (self.name(), *locked(&self.shared.streams));
        format!("  {name}: {events} events, {streams} streams, {beginnings} times told anew")
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn watch(scene: Arc<Scene>, shared: Arc<Shared>, home: usize, viewer: Viewer) {
    let mut node = home;
    loop {
        match open(&scene, &shared, node, viewer).await {
            Ok(connection) => {
                *locked(&shared.streams) += 1;
                // How a stream ended does not matter: the next one goes on.
                let _ = read(&scene, &shared, node, connection).await;
            }
            // A node that gives no stream is left for the next one.
            Err(_) => node = (node + 1) % COUNT,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn open(scene: &Scene, shared: &Shared, node: usize, viewer: Viewer) -> Result<Connection> {
    let (path, authorization) = match viewer {
        Viewer::Administrator => ("/v2/api-keys?watch=true&user_id=*", ADMIN),
        Viewer::Nobody => {
            let own = Authorization::Key(&scene.user.value);
            ("/v2/api-keys?watch=true", own)
        }
    };
    let mut request = stream(path, authorization);
    if let Some(id) = locked(&shared.view).reopen() {
        request = request.header("last-event-id", &id);
    }
    open_stream(scene, node, request).await
}

/// Writes a request for a stream in the standard's frames.
pub(super) fn stream(path: &str, authorization: Authorization<'_>) -> Request {
    let request = Request::new("GET", path).authorized(authorization);
    request.header("accept", "text/event-stream")
}

/// Opens a stream on a node.
pub(super) async fn open_stream(
    scene: &Scene,
    node: usize,
    request: Request,
) -> Result<Connection> {
    let opening = async {
        let mut connection = Connection::open(scene.addresses[node]).await?;
        connection.follow(&request.bytes()).await?;
        anyhow::Ok(connection)
    };
    timeout(OPENING, opening).await.context("no stream")?
}

async fn read(
    scene: &Scene,
    shared: &Shared,
    node: usize,
    mut connection: Connection,
) -> Result<()> {
    let mut frames = Frames::default();
    loop {
        let chunk = timeout(SILENCE, connection.chunk()).await;
        let Some(chunk) = chunk.context("a silent stream")?? else {
            bail!("the stream has ended");
        };
        frames.push(&chunk);
        while let Some(frame) = frames.next() {
            let taken = locked(&shared.view).take(frame);
            if let Err(error) = taken {
                let wrong = format!("node {node} told a watcher wrongly: {error:#}");
                scene.findings.add(wrong);
            }
        }
    }
}
