//! `watch=true`: streams what there is, then its changes.

mod event;
mod fan_out;
mod framing;
mod session_check;

use crate::{
    error::HttpError,
    large_answers::Share,
    list_answer::Aborted,
    list_reader::{ListReader, Turn},
};
use actix_web::{
    HttpResponse,
    http::header::{self, HeaderMap, HeaderName},
};
use apikey_domain::{
    change::{Committed, Position},
    key::expiry::Expiry,
    port::clock::Clock,
    timestamp::Timestamp,
    use_case::watch::{Since, Watch, WatchMessage, WatchSource},
};
use bytes::Bytes;
pub(crate) use event::{ChangeView, EventView};
pub(crate) use framing::Framing;
use futures_util::stream;
use session_check::SessionCheck;
use std::{sync::Arc, time::Duration, vec};
use tokio::time::Instant;

/// How long a stream may be idle before a heartbeat is sent.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(15);

/// How often it is looked whether a stream that has sent no position may send one.
const FIRST_POSITION_INTERVAL: Duration = Duration::from_secs(1);

/// The approximate maximum size of a chunk in bytes. It is small enough that
/// actix-web never has to grow its write buffer for a stream.
const CHUNK_SIZE: usize = 4 * 1024;

/// How often a stream that waits to read more takes in what changes.
const INTAKE_INTERVAL: Duration = Duration::from_millis(50);

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What can be streamed, and how it is shown.
pub(crate) trait Streamed: WatchSource {
    /// What it takes to show an entry, beside the time.
    type Lens: Clone;

    /// Appends an entry that was there before the watch began.
    fn write_existing(
        framing: Framing,
        buffer: &mut Vec<u8>,
        entry: &Self::Entry,
        lens: &Self::Lens,
        now: Timestamp,
    ) -> Result<(), HttpError>;

    /// Appends a change. It has a position if the client can resume from it.
    fn write_change(
        framing: Framing,
        buffer: &mut Vec<u8>,
        change: &Committed<Self::Entry>,
        lens: &Self::Lens,
        now: Timestamp,
        position: Option<Position>,
    ) -> Result<(), HttpError>;
}

/// Returns a stream that ends with the watch, or when the key or the session that the
/// caller authenticated with ends. `headers` determine its framing. What is to be read of a
/// long list is read in turns of `reader`.
///
/// # Errors
///
/// 503 when there are too many with a large list.
pub(crate) async fn respond<S: Streamed + 'static>(
    watch: Watch<S>,
    lens: S::Lens,
    clock: Arc<dyn Clock>,
    headers: &HeaderMap,
    reader: ListReader,
) -> Result<HttpResponse, HttpError> {
    // More than one piece to send before the changes: a large answer until then.
    let session = SessionCheck::of(&reader);
    let catching_up = if watch.is_catching_up() {
        let share = reader.budget().reserve().await?;
        Some(CatchingUp {
            reader,
            _share: share,
        })
    } else {
        None
    };
    let stream = WatchStream {
        expires_at: watch.ends_at(),
        watch,
        catching_up,
        session,
        clock,
        lens,
        framing: Framing::negotiate(headers),
        existing: Vec::new().into_iter(),
    };
    let chunks = stream::try_unfold(stream, |mut stream| async {
        match stream.chunk().await {
            Ok(chunk) => Ok(chunk.map(|chunk| (chunk, stream))),
            Err(error) => {
                error.log();
                Err(Aborted)
            }
        }
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Otherwise nginx holds events back until its buffer is full.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(chunks))
}

/// Returns the position from which the client wants to resume, if it names one.
/// An EventSource that has not received a position yet sends no header or an
/// empty one.
pub(crate) fn since(headers: &HeaderMap) -> Option<Since> {
    let value = headers
        .get(LAST_EVENT_ID)
        .filter(|value| !value.is_empty())?;
    let text = std::str::from_utf8(value.as_bytes());
    Some(text.map_or(Since::Unknown, Since::parse))
}

/// A stream in progress. There may be many thousands of them, most of them idle.
struct WatchStream<S: Streamed> {
    watch: Watch<S>,
    catching_up: Option<CatchingUp>,
    /// Of a caller with a session.
    session: Option<SessionCheck>,
    clock: Arc<dyn Clock>,
    lens: S::Lens,
    expires_at: Expiry,
    framing: Framing,
    existing: vec::IntoIter<S::Entry>,
}

/// What a stream needs while it catches up.
struct CatchingUp {
    reader: ListReader,
    /// Its part of the memory of large answers.
    _share: Share,
}

// === impl WatchStream ===

impl<S: Streamed + 'static> WatchStream<S> {
    /// Returns the next chunk of the stream; `None` at the end, which is also that of the
    /// session that it was begun with.
    async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        let chunk = self.next_chunk().await?;
        if let Some(session) = &mut self.session
            && chunk.is_some()
            && !session.still_holds().await?
        {
            return Ok(None);
        }
        Ok(chunk)
    }

    async fn next_chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        // actix-web flushes what it has before it receives more.
        tokio::task::yield_now().await;
        if self.existing.len() > 0 {
            return self.existing_chunk().map(Some);
        }
        if !self.watch.is_catching_up() {
            self.catching_up = None;
        }
        let began = Instant::now();
        loop {
            let now = self.clock.now();
            if self.expires_at.has_passed(now) {
                return Ok(None);
            }
            let turn = match &self.catching_up {
                None => None,
                Some(_) => match self.turn().await? {
                    None => return Ok(None),
                    turn => turn,
                },
            };
            let idle = self.idle_timeout(now, began.elapsed());
            let awaits_position =
                self.framing == Framing::EventStream && !self.watch.has_sent_position();
            let wait = match awaits_position {
                true => idle.min(FIRST_POSITION_INTERVAL),
                false => idle,
            };
            let next = tokio::time::timeout(wait, self.watch.next()).await;
            drop(turn);
            if self.expires_at.has_passed(self.clock.now()) {
                return Ok(None);
            }
            let chunk = match next {
                Err(_) if wait < idle => match self.watch.reached() {
                    Some(position) => self.framing.reached(position),
                    None => Bytes::new(),
                },
                Err(_) => self.framing.heartbeat(self.watch.reached()),
                Ok(message) => match message? {
                    Some(message) => {
                        if matches!(message, WatchMessage::Changed(..)) {
                            fan_out::turn().await;
                        }
                        self.encode(message)?
                    }
                    None => return Ok(None),
                },
            };
            // An empty chunk would end a chunked response.
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
        }
    }

    /// Waits for the turn to read more of a large list. Meanwhile what changes is taken
    /// in, so that the subscription does not overrun. Returns `None` if the watch ends.
    async fn turn(&mut self) -> Result<Option<Turn>, HttpError> {
        let Some(CatchingUp { reader, .. }) = &self.catching_up else {
            return Ok(None);
        };
        let mut turn = std::pin::pin!(reader.turn());
        loop {
            match tokio::time::timeout(INTAKE_INTERVAL, turn.as_mut()).await {
                Ok(turn) => return turn.map(Some),
                Err(_) if self.watch.take_in() => {}
                Err(_) => return Ok(None),
            }
        }
    }

    /// Encodes a message; returns nothing if this framing does not send it.
    fn encode(&mut self, message: WatchMessage<S::Entry>) -> Result<Bytes, HttpError> {
        match message {
            WatchMessage::Present(entries) => {
                self.existing = entries.into_iter();
                self.existing_chunk()
            }
            WatchMessage::Changed(change, position) => {
                // Those who are sent no positions share one frame.
                let position = position.filter(|_| self.framing == Framing::EventStream);
                let (lens, now) = (&self.lens, self.clock.now());
                fan_out::frame(&change, self.framing, position, |buffer| {
                    S::write_change(self.framing, buffer, &change, lens, now, position)
                })
            }
            WatchMessage::Reached(position) => Ok(self.framing.reached(position)),
            WatchMessage::Resync => Ok(self.framing.resync()),
        }
    }

    /// Returns a chunk of the existing entries.
    fn existing_chunk(&mut self) -> Result<Bytes, HttpError> {
        let mut buffer = Vec::new();
        while buffer.len() < CHUNK_SIZE
            && let Some(entry) = self.existing.next()
        {
            let now = self.clock.now();
            S::write_existing(self.framing, &mut buffer, &entry, &self.lens, now)?;
        }
        if self.existing.len() == 0 {
            // Frees the memory of the whole batch.
            self.existing = Vec::new().into_iter();
        }
        Ok(buffer.into())
    }

    /// Returns how long to wait for a message, after so long: until the next heartbeat or
    /// the expiry.
    fn idle_timeout(&self, now: Timestamp, waited: Duration) -> Duration {
        let heartbeat = HEARTBEAT_INTERVAL.saturating_sub(waited);
        let Some(end) = self.expires_at.instant() else {
            return heartbeat;
        };
        let left = end.microseconds().saturating_sub(now.microseconds());
        heartbeat.min(Duration::from_micros(left.unsigned_abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use apikey_domain::testing::fixture;

    #[test]
    fn only_a_position_that_was_sent_is_accepted() {
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
