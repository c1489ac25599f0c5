//! How events are framed in a stream.

use super::event::EventView;
use crate::{error::HttpError, response::write_json};
use actix_web::http::header::{self, HeaderMap};
use apikey_domain::change::Position;
use bytes::Bytes;
use serde::Serialize;

/// How events are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// For an EventSource: `id:`, `event:`, `data:`.
    EventStream,
    /// For GPUStack's clients: the JSON and two newlines.
    Bare,
}

impl Framing {
    /// Returns the standard framing for clients that name `text/event-stream` in
    /// `Accept`, and GPUStack's for all others.
    pub(super) fn negotiate(headers: &HeaderMap) -> Self {
        let is_named = headers.get_all(header::ACCEPT).any(|value| {
            let ranges = value.as_bytes().split(|byte| *byte == b',');
            ranges
                .filter_map(|range| range.split(|byte| *byte == b';').next())
                .any(|kind| kind.trim_ascii().eq_ignore_ascii_case(b"text/event-stream"))
        });
        if is_named {
            Self::EventStream
        } else {
            Self::Bare
        }
    }

    /// Appends an event to `buffer`. It has a position if the client can resume
    /// from it; what existed before the watch began have none.
    pub(crate) fn write<D: Serialize, C: Serialize>(
        self,
        buffer: &mut Vec<u8>,
        event: &EventView<D, C>,
        position: Option<Position>,
    ) -> Result<(), HttpError> {
        if self == Self::EventStream {
            if let Some(position) = position {
                buffer.extend_from_slice(format!("id: {position}\n").as_bytes());
            }
            buffer.extend_from_slice(format!("event: {}\ndata: ", event.name()).as_bytes());
        }
        // This JSON is compact: it contains no newlines.
        write_json(buffer, event)?;
        buffer.extend_from_slice(b"\n\n");
        Ok(())
    }

    /// Returns the frame that marks everything up to `position` as sent: a block
    /// without data, whose id an EventSource stores without dispatching an event.
    /// Empty for GPUStack's clients, which receive no positions.
    pub(super) fn reached(self, position: Position) -> Bytes {
        match self {
            Self::EventStream => format!("id: {position}\n\n").into(),
            Self::Bare => Bytes::new(),
        }
    }

    /// Returns the frame that tells the client to discard its state; the existing
    /// keys follow.
    ///
    /// It has data because an EventSource does not dispatch an event without. Its
    /// id is not a valid position: a client that is disconnected before the next id
    /// sends it back, and receives a resync again. With an empty id such a client
    /// would receive the existing keys, but would not discard the others; with the
    /// id that it sent it might resume after half of the existing keys.
    ///
    /// In GPUStack's framing only a client that sends `Last-Event-ID` receives it,
    /// and none of GPUStack's clients does. It is an event of GPUStack's type
    /// UNKNOWN: without it the client would keep keys that are gone.
    pub(super) fn resync(self) -> Bytes {
        match self {
            Self::EventStream => Bytes::from_static(b"id: resync\nevent: resync\ndata: {}\n\n"),
            Self::Bare => Bytes::from_static(
                b"{\"type\":4,\"data\":null,\"changed_fields\":{},\"id\":null}\n\n",
            ),
        }
    }

    /// Returns a heartbeat, which is not an event. It contains the position
    /// reached if that is new.
    pub(super) fn heartbeat(self, position: Option<Position>) -> Bytes {
        match (self, position) {
            (Self::EventStream, Some(position)) => {
                format!(": heartbeat\nid: {position}\n\n").into()
            }
            (Self::EventStream, None) => Bytes::from_static(b": heartbeat\n\n"),
            (Self::Bare, _) => Bytes::from_static(b"\n\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn only_accepting_event_streams_selects_the_standard_framing() {
        let table = [
            ("text/event-stream", Framing::EventStream),
            (
                "application/json, Text/Event-Stream; q=0.9",
                Framing::EventStream,
            ),
            ("*/*", Framing::Bare),
            ("text/*", Framing::Bare),
            ("text/event-streams", Framing::Bare),
            ("", Framing::Bare),
        ];
        for (accept, expected) in table {
            let request = TestRequest::default()
                .insert_header((header::ACCEPT, accept))
                .to_http_request();
            assert_eq!(Framing::negotiate(request.headers()), expected, "{accept}");
        }
    }
}
