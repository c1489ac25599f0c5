//! The three servers, each with its own way to the database.

use crate::clock;
use anyhow::{Context, Result};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use xtask_harness::{
    proxy::{Passage, Proxy},
    server::{self, Server, free_address},
};
use xtask_programs::process::Signal;

/// How many nodes there are.
pub(crate) const COUNT: usize = 3;

/// By how many seconds the nodes' clocks differ from this process's, when they
/// differ.
const SHIFTS: [i64; COUNT] = [-60, 0, 60];

/// How often a node that was asked to end is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How long the first start of all nodes may take.
const START_LIMIT: Duration = Duration::from_secs(40);

/// How a node learns of the changes that others make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feed {
    /// PostgreSQL notifies it.
    Listen,
    /// It reads the database at intervals.
    Poll,
}

/// How the nodes run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeConfig {
    /// How they learn of changes.
    pub(crate) feed: Feed,
    /// Whether their clocks are a minute apart.
    pub(crate) is_clock_shifted: bool,
}

/// The three servers; dropping them kills them.
pub(crate) struct Nodes {
    /// What nodes run that are started from now on.
    pub(crate) program: PathBuf,
    folder: TempDir,
    /// Loaded before the programs whose clocks differ.
    shifted_clock: PathBuf,
    nodes: Vec<Node>,
    /// How nodes run that are started from now on.
    pub(crate) config: NodeConfig,
}

struct Node {
    address: SocketAddr,
    proxy: Proxy,
    server: Option<Server>,
}

// === impl Nodes ===

impl Nodes {
    /// Starts the first nodes at once on the empty database of a port, and waits for
    /// them.
    pub(crate) async fn start(
        program: &Path,
        running: usize,
        database: u16,
        config: NodeConfig,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("apikey-cluster-test-")
            .tempdir()?;
        let shifted_clock = clock::compile(folder.path())?;
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
            shifted_clock,
            nodes,
            config,
        };
        for number in 0..running {
            nodes.spawn(number)?;
        }
        let all_started = async {
            for number in 0..running {
                nodes.running(number)?.until_ready().await?;
            }
            anyhow::Ok(())
        };
        let started = timeout(START_LIMIT, all_started).await;
        started.context("the nodes do not become ready together")??;
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
        let feed = match self.config.feed {
            Feed::Listen => "listen",
            Feed::Poll => "poll",
        };
        command.env("APIKEY_FEED", feed);
        if self.config.is_clock_shifted {
            command.env("LD_PRELOAD", &self.shifted_clock);
            command.env(clock::SHIFT, SHIFTS[number].to_string());
        }
        let server = Server::spawn(command, node.address, self.log(number))?;
        self.nodes[number].server = Some(server);
        Ok(())
    }

    /// Returns a node that runs.
    pub(crate) fn running(&mut self, number: usize) -> Result<&mut Server> {
        let server = self.nodes[number].server.as_mut();
        server.context("a node that does not run")
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

    /// Asks a node to end and returns how long that took; nothing when it had to be
    /// killed after a limit.
    pub(crate) async fn end_within(
        &mut self,
        number: usize,
        limit: Duration,
    ) -> Result<Option<Duration>> {
        let asked_at = Instant::now();
        self.running(number)?.signal(Signal::TERM)?;
        let mut is_running = true;
        while is_running && asked_at.elapsed() < limit {
            sleep(POLL_INTERVAL).await;
            is_running = self.running(number)?.is_running()?;
        }
        self.kill(number);
        Ok((!is_running).then(|| asked_at.elapsed()))
    }

    /// Leads connections that nodes open from now on to the database of a port.
    pub(crate) fn lead_to(&self, database: u16) {
        for node in &self.nodes {
            node.proxy.lead_to(format!("127.0.0.1:{database}"));
        }
    }

    /// Sets what happens to what nodes and the database send each other.
    pub(crate) fn set_passage(&self, numbers: &[usize], passage: Passage) {
        for number in numbers {
            self.nodes[*number].proxy.set(passage);
        }
    }

    /// Copies the nodes' logs into a folder beside this program, to be examined.
    pub(crate) fn save_logs(&self) -> Result<()> {
        let own = std::env::current_exe().context("cannot find this program")?;
        let folder = own.with_file_name("cluster-test");
        fs::create_dir_all(&folder)?;
        println!("the nodes' logs are in {}\n", folder.display());
        for number in 0..COUNT {
            let log = self.log(number);
            if log.exists() {
                fs::copy(log, folder.join(format!("node-{number}.log")))?;
            }
        }
        Ok(())
    }

    /// Returns the end of a node's log when the node panicked.
    pub(crate) fn panic(&self, number: usize) -> Option<String> {
        let log = fs::read_to_string(self.log(number)).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(8)..].join("\n");
        log.contains("panicked at").then_some(end)
    }

    fn log(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("node-{number}.log"))
    }
}
