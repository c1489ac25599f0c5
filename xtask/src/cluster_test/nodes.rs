//! The three servers, each with its own way to the database.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::bench::http::Authorization;
use crate::bench::server::{Server, free_address, pepper};
use crate::cluster_test::clock::ShiftedClock;
use crate::cluster_test::proxy::{Passage, Proxy};

/// How many nodes there are.
pub(super) const COUNT: usize = 3;

/// The first administrator's password.
const ADMIN_PASSWORD: &str = "Admin_123";

/// The platform's administrator, for what concerns everyone's keys: a key would
/// act for its owner alone.
pub(super) const ADMIN: Authorization<'static> = Authorization::Password("admin", ADMIN_PASSWORD);

/// By how many seconds the nodes' clocks differ from this process's, when they
/// differ.
const SHIFTS: [i64; COUNT] = [-60, 0, 60];

/// How long the first start of all nodes may take.
const START_LIMIT: Duration = Duration::from_secs(40);

/// How a node learns of the changes that others make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feed {
    /// It is woken.
    Listen,
    /// It looks every now and then.
    Poll,
}

/// How the nodes run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// How they learn of changes.
    pub(super) feed: Feed,
    /// Whether their clocks are a minute apart.
    pub(super) is_clock_shifted: bool,
}

/// The three servers; dropping them kills them.
pub(super) struct Nodes {
    program: PathBuf,
    folder: TempDir,
    clock: ShiftedClock,
    nodes: Vec<Node>,
    manner: Manner,
}

struct Node {
    address: SocketAddr,
    proxy: Proxy,
    server: Option<Server>,
}

// === impl Nodes ===

impl Nodes {
    /// Starts all nodes at once on the empty database of a port, and waits for
    /// them.
    pub(super) async fn start(program: &Path, database: u16, manner: Manner) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("apikey-cluster-test-")
            .tempdir()?;
        let clock = ShiftedClock::compile(folder.path())?;
        let mut nodes = Vec::new();
        for _ in 0..COUNT {
            nodes.push(Node {
                address: free_address()?,
                proxy: Proxy::open(format!("127.0.0.1:{database}")).await?,
                server: None,
            });
        }
        let mut nodes = Self {
            program: program.to_owned(),
            folder,
            clock,
            nodes,
            manner,
        };
        for number in 0..COUNT {
            nodes.spawn(number)?;
        }
        tokio::time::timeout(START_LIMIT, nodes.until_ready())
            .await
            .context("the nodes do not become ready together")??;
        Ok(nodes)
    }

    /// Gives where the nodes listen.
    pub(super) fn addresses(&self) -> [SocketAddr; COUNT] {
        std::array::from_fn(|number| self.nodes[number].address)
    }

    /// Starts a node that does not run.
    pub(super) fn spawn(&mut self, number: usize) -> Result<()> {
        let data = self.folder.path().join(format!("node-{number}"));
        fs::create_dir_all(&data)?;
        let node = &self.nodes[number];
        let port = node.proxy.address().port();
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .env(
                "APIKEY_DATABASE_URL",
                format!("postgres://apikey@127.0.0.1:{port}/postgres"),
            )
            .env("APIKEY_DATA_DIR", &data)
            .env("APIKEY_PEPPER", pepper())
            .env("APIKEY_BOOTSTRAP_PASSWORD", ADMIN_PASSWORD)
            .env("APIKEY_FEED", self.manner.feed.setting())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        if self.manner.is_clock_shifted {
            command.envs(self.clock.environment(SHIFTS[number]));
        }
        let server = Server::launch(command, node.address, self.log(number))?;
        self.nodes[number].server = Some(server);
        Ok(())
    }

    /// Says how nodes run that are started from now on.
    pub(super) fn set_manner(&mut self, manner: Manner) {
        self.manner = manner;
    }

    /// Waits until a node is ready.
    pub(super) async fn until_started(&self, number: usize) -> Result<()> {
        self.server(number)?.until_ready().await.map(drop)
    }

    /// Sends a node a signal.
    pub(super) fn signal(&self, number: usize, signal: Signal) -> Result<()> {
        let process = i32::try_from(self.server(number)?.process())?;
        let process = Pid::from_raw(process).context("a process without a number")?;
        kill_process(process, signal).context("a node does not take a signal")
    }

    /// Kills a node.
    pub(super) fn kill(&mut self, number: usize) {
        self.nodes[number].server = None;
    }

    /// Ends a node in order.
    pub(super) fn stop(&mut self, number: usize) -> Result<()> {
        let server = self.nodes[number].server.take();
        server.context("a node that does not run")?.stop()
    }

    /// Says what becomes of what a node and the database send each other.
    pub(super) fn set_passage(&self, numbers: &[usize], passage: Passage) {
        for number in numbers {
            self.nodes[*number].proxy.set(passage);
        }
    }

    /// Gives the end of a node's log.
    pub(super) fn log_tail(&self, number: usize) -> String {
        let log = fs::read_to_string(self.log(number)).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }

    /// Copies the nodes' logs into a folder, for a closer look.
    pub(super) fn save_logs(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)?;
        for number in 0..COUNT {
            let log = self.log(number);
            let name = log.file_name().context("a log without a name")?;
            fs::copy(&log, folder.join(name))?;
        }
        Ok(())
    }

    /// Gives the nodes that say in their logs that they panicked.
    pub(super) fn panicked(&self) -> Vec<usize> {
        let panicked = |number: &usize| {
            let log = fs::read_to_string(self.log(*number)).unwrap_or_default();
            log.contains("panicked at")
        };
        (0..COUNT).filter(panicked).collect()
    }

    async fn until_ready(&self) -> Result<()> {
        for number in 0..COUNT {
            self.until_started(number).await?;
        }
        Ok(())
    }

    fn server(&self, number: usize) -> Result<&Server> {
        match &self.nodes[number].server {
            Some(server) => Ok(server),
            None => bail!("node {number} does not run"),
        }
    }

    fn log(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("node-{number}.log"))
    }
}

// === impl Feed ===

impl Feed {
    fn setting(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::Poll => "poll",
        }
    }
}
