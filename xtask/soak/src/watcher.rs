//! Watchers of all keys, each of which opens another stream when one breaks.

use crate::{
    records::{fact, number},
    world::World,
};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::{sleep, timeout};
use xtask_harness::{
    client::ByteStream,
    frames::{Frame, Frames},
    lock::locked,
    request::Request,
};

/// How long a stream may be silent: it shows a sign of life each 15 s.
const SILENCE_LIMIT: Duration = Duration::from_secs(25);

/// The time between two attempts to open a stream.
const PAUSE: Duration = Duration::from_millis(100);

/// What a watcher received.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// The keys that there are, and what they are like.
    pub(crate) keys: BTreeMap<i64, u64>,
    /// The positions of all changes, in the order in which they came.
    pub(crate) positions: Vec<String>,
    /// Where the stream can be taken up again.
    last_id: Option<String>,
    pub(crate) streams: u32,
}

/// Watches until nobody does any more.
pub(crate) async fn watch(world: Arc<World>, node: usize, view: Arc<Mutex<View>>) -> Result<()> {
    let mut turn = node;
    while !world.is_closed() {
        let mut request = Request::get("/v2/api-keys?watch=true&user_id=*");
        request = request
            .header("accept", "text/event-stream")
            .by(world.service.admin(0));
        let last_id = locked(&view).last_id.clone();
        match last_id {
            Some(id) => request = request.header("last-event-id", id),
            // What was received before the first position comes again.
            None => locked(&view).keys.clear(),
        }
        // A stream that ends is taken up again, at another node.
        turn += 1;
        let node = turn % world.service.nodes();
        if let Ok(stream) = world.service.stream(node, &request).await {
            locked(&view).streams += 1;
            if let Err(error) = read(&world, &view, stream).await {
                world
                    .service
                    .wrong(format!("node {node} misinformed a watcher: {error:#}"));
            }
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

/// Reads until a stream ends, however it does.
async fn read(world: &World, view: &Mutex<View>, mut stream: ByteStream) -> Result<()> {
    let mut frames = Frames::default();
    while !world.is_closed() {
        let Ok(chunk) = timeout(SILENCE_LIMIT, stream.chunk()).await else {
            bail!("a stream is silent for {SILENCE_LIMIT:?}");
        };
        let Ok(Some(chunk)) = chunk else {
            return Ok(());
        };
        for frame in frames.push(&chunk) {
            locked(view).take(frame)?;
        }
    }
    Ok(())
}

// === impl View ===

impl View {
    fn take(&mut self, frame: Frame) -> Result<()> {
        let event = frame.event.as_deref().unwrap_or_default();
        if event == "resync" {
            bail!("all was sent again");
        }
        if !event.is_empty() {
            let data = frame.data.context("an event without data")?;
            let received: Value = serde_json::from_str(&data)?;
            let id = number(&received, "id")?;
            let before = match event {
                "deleted" => self.keys.remove(&id),
                _ => self.keys.insert(id, fact(&received["data"])),
            };
            if let Some(position) = &frame.id {
                self.positions.push(position.clone());
            }
            if before.is_some() != (event != "created") {
                bail!("key {id} was {event} out of turn at {:?}", frame.id);
            }
        }
        self.last_id = frame.id.or(self.last_id.take());
        Ok(())
    }
}
