//! Nodes that share a store and hear of its commits late, and a client that is
//! now at one and now at another.

use crate::{
    client::Client,
    interleaved::{Around, Interleaved, Write, write},
};
use apikey_domain::{
    access::policy::{ApiKeyFilter, UserSelection},
    change::{
        event::EventFilter,
        hub::{ChangeHub, Interest, Subscription},
    },
    error::PortError,
    identifier::ApiKeyId,
    identity::user::User,
    key::api_key::ApiKey,
    port::{api_key_repository::ApiKeyRepository, change_feed::ChangeFeed, event_log::EventLog},
    timestamp::Timestamp,
    use_case::{
        keys::watch_api_keys::{Since, Watch, WatchMessage, watch_api_keys},
        ports::KeyPorts,
    },
};
use apikey_testing::{Memory, TestApp, test_app::in_own_principal};
use async_trait::async_trait;
use futures_util::future::poll_immediate;
use std::sync::{Arc, Mutex};

/// A node, which hears of commits when it is told to.
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
    /// Hears of so many commits that it has not heard of.
    pub(super) async fn hear(&self, count: u32) {
        let from = self.hub.reached();
        let everything = EventFilter::default();
        let page = self.memory.list_events(&everything, from, count).await;
        let page = page.unwrap();
        if page.misses_some(from) {
            self.hub.reset_to(page.floor);
        }
        let head = match page.has_more {
            true => page.next,
            false => page.head,
        };
        self.hub.publish(page.events);
        self.hub.advance(head);
    }
}

#[async_trait]
impl ChangeFeed for Node {
    async fn subscribe(&self, interest: Interest) -> Result<Subscription, PortError> {
        self.hub.subscribe(interest)
    }
}

impl Cluster {
    /// Alice has keys 1 to `count`, of which both nodes heard. `around` happens
    /// before and after the store is read for a watch.
    pub(super) async fn new(count: usize, around: Vec<Around>) -> Self {
        let world = TestApp::new();
        let alice = world.user("alice").await;
        let (memory, mut ports) = (world.memory, world.keys);
        for number in 1..=count {
            let create = Write::Create(format!("key {number}"));
            write(&memory, &alice, create).await;
        }
        let interleaved = Arc::new(Interleaved {
            memory: memory.clone(),
            user: alice.clone(),
            around: Mutex::new(around.into()),
        });
        ports.api_keys = interleaved.clone();
        ports.event_log = interleaved;
        let nodes = [(); 2].map(|()| {
            Arc::new(Node {
                hub: ChangeHub::new(1),
                memory: memory.clone(),
            })
        });
        for node in &nodes {
            node.hear(u32::MAX).await;
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
        let pruned = self.memory.prune_events(Timestamp::MAX, count).await;
        pruned.unwrap();
    }

    /// Breaks off, and goes on at a node.
    pub(super) async fn connect(&mut self, node: usize) {
        let since = self.client.since();
        self.connect_since(node, since).await;
    }

    pub(super) async fn connect_since(&mut self, node: usize, since: Option<Since>) {
        self.watch = None;
        let ports = KeyPorts {
            change_feed: self.nodes[node].clone(),
            ..self.ports.clone()
        };
        let context = in_own_principal(&self.alice);
        let filter = ApiKeyFilter::new(&context, UserSelection::Own, None);
        let watch = watch_api_keys(&context, &ports, filter, since).await;
        self.watch = Some(watch.unwrap());
    }

    /// At most so many things that are to be told now. The client hears them, too.
    pub(super) async fn read(&mut self, most: usize) -> Vec<WatchMessage> {
        let mut all = Vec::new();
        while let Some(watch) = &mut self.watch
            && all.len() < most
            && let Some(told) = poll_immediate(watch.next()).await
        {
            match told.unwrap() {
                Some(told) => {
                    self.client.hear(told.clone());
                    all.push(told);
                }
                None => self.watch = None,
            }
        }
        all
    }

    /// A sign of life.
    pub(super) fn beat(&mut self) {
        let reached = self.watch.as_mut().and_then(Watch::reached);
        if let Some(position) = reached {
            self.client.go_to(position);
        }
    }

    pub(super) async fn stored(&self) -> Vec<ApiKey> {
        let filter = ApiKeyFilter {
            user_id: Some(self.alice.id),
            owner_principal_id: None,
            search: None,
        };
        let snapshot = self.memory.snapshot_after(&filter, ApiKeyId(0), 10_000);
        snapshot.await.unwrap().1
    }
}
