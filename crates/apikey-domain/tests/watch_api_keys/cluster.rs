//! Nodes that share a store and read its commits late, and a client that connects
//! to one node after the other.

use crate::{
    client::Client,
    interleaved::{Around, Interleaved, Write, write},
};
use apikey_domain::{
    access::policy::KeySelection,
    change::{
        Position,
        cutoff::Cutoff,
        event::EventFilter,
        hub::{ChangeHub, Interest, Subscription, UserInterest},
    },
    error::PortError,
    identity::user::User,
    key::{api_key::ApiKey, creation::Creation},
    port::{change_feed::ChangeFeed, event_log::EventLog},
    testing::fixture,
    use_case::{
        keys::watch_api_keys::{Since, Watch, WatchMessage, watch_api_keys},
        ports::KeyPorts,
    },
};
use apikey_testing::{Memory, TestApp, test_app::in_own_principal};
use async_trait::async_trait;
use futures_util::future::poll_immediate;
use std::sync::{Arc, Mutex};

/// A node, which reads commits when the test says so.
pub(super) struct Node {
    hub: ChangeHub,
    memory: Arc<Memory>,
}

/// Two nodes, alice, and a client that watches her keys.
pub(super) struct Cluster {
    pub(super) memory: Arc<Memory>,
    pub(super) alice: User,
    pub(super) nodes: [Arc<Node>; 2],
    pub(super) client: Client,
    pub(super) watch: Option<Watch>,
    ports: KeyPorts,
}

impl Node {
    /// Reads at most `count` new events.
    pub(super) async fn consume(&self, count: u32) {
        let mut left = count;
        while left > 0 {
            let from = self.hub.reached();
            let everything = EventFilter::default();
            let page = self.memory.list_events(&everything, from, left).await;
            let page = page.unwrap();
            if page.misses_some(from) {
                self.hub.reset_to(page.floor);
            }
            let head = if page.has_more { page.next } else { page.head };
            left = if page.has_more {
                left - page.examined
            } else {
                0
            };
            self.hub.publish(page.events);
            self.hub.advance(head);
        }
    }
}

#[async_trait]
impl ChangeFeed for Node {
    async fn subscribe(&self, interest: Interest) -> Result<Subscription, PortError> {
        self.hub.subscribe(interest)
    }

    async fn subscribe_to_users(
        &self,
        interest: UserInterest,
    ) -> Result<Subscription<User>, PortError> {
        self.hub.subscribe_to_users(interest)
    }
}

impl Cluster {
    /// Creates keys 1 to `count` of alice, which both nodes have consumed.
    /// `around` are the writes before and after each read of the store.
    pub(super) async fn new(count: usize, around: Vec<Around>) -> Self {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let (memory, mut ports) = (app.memory, app.keys);
        for number in 1..=count {
            let create = Write::Create(format!("key {number}"));
            write(&memory, &alice, create).await;
        }
        let interleaved = Arc::new(Interleaved {
            memory: memory.clone(),
            user: alice.clone(),
            around: Mutex::new(around.into()),
        });
        ports.server.event_log = interleaved;
        let nodes = [(); 2].map(|()| {
            Arc::new(Node {
                hub: ChangeHub::new(1),
                memory: memory.clone(),
            })
        });
        for node in &nodes {
            node.consume(u32::MAX).await;
        }
        Self {
            memory,
            alice,
            nodes,
            client: Client::default(),
            watch: None,
            ports,
        }
    }

    pub(super) async fn write(&self, change: Write) {
        write(&self.memory, &self.alice, change).await;
    }

    pub(super) async fn prune(&self, count: u32) {
        let pruned = self
            .memory
            .prune_events(Cutoff::EVERYTHING, Position::START, count)
            .await;
        pruned.unwrap();
    }

    /// Disconnects, and resumes at a node.
    pub(super) async fn connect(&mut self, node: usize) {
        let since = self.client.since();
        self.connect_since(node, since).await;
    }

    pub(super) async fn connect_since(&mut self, node: usize, since: Option<Since>) {
        self.watch = None;
        let mut ports = self.ports.clone();
        ports.server.change_feed = self.nodes[node].clone();
        let context = in_own_principal(&self.alice);
        let watch = watch_api_keys(&context, &ports, &KeySelection::OWN, since).await;
        self.watch = Some(watch.unwrap());
    }

    /// Returns at most `limit` of the messages that are ready now. The client
    /// receives them, too.
    pub(super) async fn read(&mut self, limit: usize) -> Vec<WatchMessage> {
        let mut all = Vec::new();
        while let Some(watch) = &mut self.watch
            && all.len() < limit
            && let Some(message) = poll_immediate(watch.next()).await
        {
            match message.unwrap() {
                Some(message) => {
                    self.client.receive(message.clone());
                    all.push(message);
                }
                None => self.watch = None,
            }
        }
        all
    }

    /// Sends a keep-alive, with a position if there is one.
    pub(super) fn keep_alive(&mut self) {
        let reached = self.watch.as_mut().and_then(Watch::reached);
        if let Some(position) = reached {
            self.client.advance(position);
        }
    }

    pub(super) async fn stored(&self) -> Vec<ApiKey> {
        let filter = fixture::filter(Some(self.alice.id), None, None);
        let (mut keys, mut after) = (Vec::new(), Creation::FIRST);
        loop {
            let read = self.memory.snapshot_after(&filter, after, 10_000);
            let read = read.await.unwrap();
            keys.extend(read.keys);
            match keys.last() {
                Some(last) if read.has_more => after = Creation::of(last),
                _ => return keys,
            }
        }
    }
}
