//! `watch=true`: what is there, then what happens, for as long as it lasts.

mod event;
mod framing;

use super::all::BrokenOff;
use crate::{error::HttpError, tenant::Tenant};
use actix_web::{
    HttpResponse,
    http::header::{self, HeaderMap, HeaderName},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    key::{api_key::ApiKey, expiry::Expiry, token::KeyPrefix},
    port::clock::Clock,
    timestamp::Timestamp,
    use_case::keys::watch_api_keys::{Since, Watch, WatchMessage, watch_api_keys},
};
use bytes::Bytes;
use event::EventView;
use framing::Framing;
use futures_util::stream;
use std::{sync::Arc, time::Duration, vec};

/// The silence after which a heartbeat is sent.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A piece of the stream has about so many bytes at the most, so that actix-web
/// never makes its buffer for a stream larger than it is at first.
const CHUNK: usize = 4 * 1024;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Answers a stream that ends with the watch, or when the key the caller came
/// with expires. `headers` say how it is framed and from where it goes on.
///
/// # Errors
///
/// 503 when there are too many watchers.
pub(super) async fn answer(
    tenant: &Tenant,
    filter: ApiKeyFilter,
    headers: &HeaderMap,
) -> Result<HttpResponse, HttpError> {
    let ports = tenant.ports();
    let key = tenant.context.caller.key.as_ref();
    let watching = Watching {
        watch: watch_api_keys(&tenant.context, ports, filter, since(headers)).await?,
        clock: Arc::clone(&ports.verify.clock),
        prefix: ports.verify.key_prefix.clone(),
        expires_at: key.map_or(Expiry::NEVER, |key| key.expires_at),
        framing: Framing::asked_for(headers),
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

/// From where the client wants to go on, if it says so. An EventSource that was
/// told no position yet sends no header or an empty one.
fn since(headers: &HeaderMap) -> Option<Since> {
    let value = headers
        .get(LAST_EVENT_ID)
        .filter(|value| !value.is_empty())?;
    let text = std::str::from_utf8(value.as_bytes());
    Some(text.map_or(Since::Unknown, Since::parse))
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
        loop {
            let now = self.clock.now();
            if self.expires_at.has_passed(now) {
                return Ok(None);
            }
            let told = tokio::time::timeout(self.patience(now), self.watch.next()).await;
            if self.expires_at.has_passed(self.clock.now()) {
                return Ok(None);
            }
            let chunk = match told {
                Err(_) => self.framing.heartbeat(self.watch.reached()),
                Ok(told) => match told? {
                    Some(told) => self.written(told)?,
                    None => return Ok(None),
                },
            };
            // An empty chunk would be the end of a chunked answer.
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
        }
    }

    /// What is told, as the client reads it; empty when it is told nothing of it.
    fn written(&mut self, told: WatchMessage) -> Result<Bytes, HttpError> {
        match told {
            WatchMessage::Present(keys) => {
                self.present = keys.into_iter();
                self.present_chunk()
            }
            WatchMessage::Changed(change, position) => {
                let mut buffer = Vec::new();
                let event = EventView::of(&change.event, &self.prefix);
                self.framing.write(&mut buffer, &event, position)?;
                Ok(buffer.into())
            }
            WatchMessage::Reached(position) => Ok(self.framing.reached(position)),
            WatchMessage::Resync => Ok(self.framing.resync()),
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
            // Returns the memory of the whole batch.
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

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use apikey_domain::testing::fixture;

    #[test]
    fn only_what_was_told_as_a_position_is_one() {
        let table: [(&[u8], Option<Since>); 6] = [
            (b"7-7", Some(Since::Position(fixture::position(7)))),
            (b"", None),
            (b"7", Some(Since::Unknown)),
            (b"resync", Some(Since::Unknown)),
            ("7-ü".as_bytes(), Some(Since::Unknown)),
            (b"\xff", Some(Since::Unknown)),
        ];
        for (bytes, expected) in table {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::from_bytes(bytes).unwrap();
            headers.insert(LAST_EVENT_ID, value);
            assert_eq!(since(&headers), expected, "{bytes:?}");
        }
        assert_eq!(since(&HeaderMap::new()), None);
    }
}
