//! `watch=true`: what is there, then what happens, for as long as it lasts.

mod event;
mod framing;

pub(super) use framing::Framing;

use super::all::BrokenOff;
use crate::{error::HttpError, tenant::Tenant};
use actix_web::{HttpResponse, http::header};
use apikey_domain::{
    api_key::ApiKey,
    expiry::Expiry,
    policy::ApiKeyFilter,
    port::clock::Clock,
    timestamp::Timestamp,
    token::KeyPrefix,
    use_case::watch_api_keys::{Told, Watch, watch_api_keys},
};
use bytes::Bytes;
use event::EventView;
use futures_util::stream;
use std::{sync::Arc, time::Duration, vec};

/// The silence after which a heartbeat is sent.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A piece of the stream has about so many bytes at the most, so that actix-web
/// never makes its buffer for a stream larger than it is at first.
const CHUNK: usize = 4 * 1024;

/// Answers a stream that ends with the watch, or when the key the caller came
/// with expires.
///
/// # Errors
///
/// 503 when there are too many watchers.
pub(super) async fn answer(
    tenant: &Tenant,
    filter: ApiKeyFilter,
    framing: Framing,
) -> Result<HttpResponse, HttpError> {
    let ports = tenant.ports();
    let key = tenant.context.caller.key.as_ref();
    let watching = Watching {
        watch: watch_api_keys(&tenant.context, ports, filter).await?,
        clock: Arc::clone(&ports.clock),
        prefix: ports.key_prefix.clone(),
        expires_at: key.map_or(Expiry::NEVER, |key| key.expires_at),
        framing,
        present: Vec::new().into_iter(),
    };
    let chunks = stream::try_unfold(watching, |mut watching| async {
        match watching.chunk().await {
            Ok(chunk) => Ok(chunk.map(|chunk| (chunk, watching))),
            Err(error) => {
                error.log();
                Err(BrokenOff)
            }
        }
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // nginx would keep events back until its buffer is full.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(chunks))
}

/// A stream in progress. There are many thousands of them, most of them idle.
struct Watching {
    watch: Watch,
    clock: Arc<dyn Clock>,
    prefix: KeyPrefix,
    expires_at: Expiry,
    framing: Framing,
    present: vec::IntoIter<ApiKey>,
}

// === impl Watching ===

impl Watching {
    /// The next piece of the stream; `None` at the end.
    async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        // Lets actix-web send what it has before it is given more.
        tokio::task::yield_now().await;
        if self.present.len() > 0 {
            return self.present_chunk().map(Some);
        }
        let now = self.clock.now();
        if self.expires_at.has_passed(now) {
            return Ok(None);
        }
        let told = tokio::time::timeout(self.patience(now), self.watch.next()).await;
        let is_expired = self.expires_at.has_passed(self.clock.now());
        match told {
            _ if is_expired => Ok(None),
            Err(_) => Ok(Some(self.framing.heartbeat())),
            Ok(told) => match told? {
                None => Ok(None),
                Some(Told::Present(keys)) => {
                    self.present = keys.into_iter();
                    self.present_chunk().map(Some)
                }
                Some(Told::Changed(change)) => {
                    let mut buffer = Vec::new();
                    let event = EventView::of(&change.event, &self.prefix);
                    let position = Some(change.position);
                    self.framing.write(&mut buffer, &event, position)?;
                    Ok(Some(buffer.into()))
                }
            },
        }
    }

    /// A few of the keys that are there.
    fn present_chunk(&mut self) -> Result<Bytes, HttpError> {
        let mut buffer = Vec::new();
        while buffer.len() < CHUNK
            && let Some(key) = self.present.next()
        {
            let event = EventView::of_present(&key, &self.prefix);
            self.framing.write(&mut buffer, &event, None)?;
        }
        if self.present.len() == 0 {
            // Returns the memory of the whole stretch.
            self.present = Vec::new().into_iter();
        }
        Ok(buffer.into())
    }

    /// How long to wait for news: until the next heartbeat or the expiry.
    fn patience(&self, now: Timestamp) -> Duration {
        let Some(end) = self.expires_at.instant() else {
            return HEARTBEAT;
        };
        let left = end.microseconds().saturating_sub(now.microseconds());
        HEARTBEAT.min(Duration::from_micros(left.unsigned_abs()))
    }
}
