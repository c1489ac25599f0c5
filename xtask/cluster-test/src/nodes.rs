//! The three servers, each with its own way to the database.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;
use xtask_harness::client::Client;
use xtask_harness::proxy::{Passage, Proxy};
use xtask_harness::server::{self, Server, free_address};
use xtask_programs::process::Signal;

use crate::clock::ShiftedClock;

/// How many nodes there are.
pub(crate) const COUNT: usize = 3;

/// By how many seconds the nodes' clocks differ from this process's, when they
/// differ.
const SHIFTS: [i64; COUNT] = [-60, 0, 60];

/// How long the first start of all nodes may take.
const START_LIMIT: Duration = Duration::from_secs(40);

/// How a node learns of the changes that others make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feed {
    /// It is woken.
    Listen,
    /// It looks every now and then.
    Poll,
}

/// How the nodes run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodeConfig {
    /// How they learn of changes.
    pub(crate) feed: Feed,
    /// Whether their clocks are a minute apart.
    pub(crate) is_clock_shifted: bool,
}

/// The three servers; dropping them kills them.
pub(crate) struct Nodes {
    program: PathBuf,
    folder: TempDir,
    clock: ShiftedClock,
    nodes: Vec<Node>,
    config: NodeConfig,
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
    pub(crate) async fn start(program: &Path, database: u16, config: NodeConfig) -> Result<Self> {
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
            config,
        };
        for number in 0..COUNT {
            nodes.spawn(number)?;
        }
        tokio::time::timeout(START_LIMIT, nodes.until_ready())
            .await
            .context("the nodes do not become ready together")??;
        Ok(nodes)
    }

    /// Returns where the nodes listen.
    pub(crate) fn addresses(&self) -> [SocketAddr; COUNT] {
        std::array::from_fn(|number| self.nodes[number].address)
    }

    /// Starts a node that does not run.
    pub(crate) fn spawn(&mut self, number: usize) -> Result<()> {
        let data = self.folder.path().join(format!("node-{number}"));
        fs::create_dir_all(&data)?;
        let node = &self.nodes[number];
        let port = node.proxy.address().port();
        let url = format!("postgres://apikey@127.0.0.1:{port}/postgres");
        let mut command = server::command(&self.program, &url, &data);
        command.env("APIKEY_FEED", self.config.feed.setting());
        if self.config.is_clock_shifted {
            command.envs(self.clock.environment(SHIFTS[number]));
        }
        let server = Server::spawn(command, node.address, self.log(number))?;
        self.nodes[number].server = Some(server);
        Ok(())
    }

    /// Says how nodes run that are started from now on.
    pub(crate) fn set_config(&mut self, config: NodeConfig) {
        self.config = config;
    }

    /// Waits until a node is ready.
    pub(crate) async fn until_started(&mut self, number: usize) -> Result<()> {
        let server = self.nodes[number].server.as_mut();
        let server = server.context("a node that does not run")?;
        server.until_ready().await.map(drop)
    }

    /// Sends a node a signal.
    pub(crate) fn signal(&self, number: usize, signal: Signal) -> Result<()> {
        let server = self.nodes[number].server.as_ref();
        server.context("a node that does not run")?.signal(signal)
    }

    /// Kills a node.
    pub(crate) fn kill(&mut self, number: usize) {
        self.nodes[number].server = None;
    }

    /// Ends a node in order.
    pub(crate) fn stop(&mut self, number: usize) -> Result<()> {
        let server = self.nodes[number].server.take();
        server.context("a node that does not run")?.stop()
    }

    /// Says what becomes of what a node and the database send each other.
    pub(crate) fn set_passage(&self, numbers: &[usize], passage: Passage) {
        for number in numbers {
            self.nodes[*number].proxy.set(passage);
        }
    }

    /// Returns the end of a node's log.
    pub(crate) fn log_tail(&self, number: usize) -> String {
        let log = fs::read_to_string(self.log(number)).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }

    /// Copies the nodes' logs into a folder, for a closer look.
    pub(crate) fn save_logs(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)?;
        for number in 0..COUNT {
            let log = self.log(number);
            let name = log.file_name().context("a log without a name")?;
            fs::copy(&log, folder.join(name))?;
        }
        Ok(())
    }

    /// Returns the nodes that say in their logs that they panicked.
    pub(crate) fn panicked(&self) -> Vec<usize> {
        let panicked = |number: &usize| {
            let log = fs::read_to_string(self.log(*number)).unwrap_or_default();
            log.contains("panicked at")
        };
        (0..COUNT).filter(panicked).collect()
    }

    async fn until_ready(&mut self) -> Result<()> {
        for number in 0..COUNT {
            self.until_started(number).await?;
        }
        Ok(())
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

/// Makes a client of each node.
pub(crate) fn clients(
    addresses: [SocketAddr; COUNT],
    client: impl Fn(SocketAddr) -> Result<Client>,
) -> Result<[Client; COUNT]> {
    let [first, second, third] = addresses;
    Ok([client(first)?, client(second)?, client(third)?])
}
