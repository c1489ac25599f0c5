//! Where one event ends and the next begins.

use super::event::EventView;
use crate::{error::HttpError, response::write_json};
use actix_web::http::header::{self, HeaderMap};
use apikey_domain::change::Position;
use bytes::Bytes;

/// How events are set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// As an EventSource reads them: `id:`, `event:`, `data:`.
    EventStream,
    /// As GPUStack's clients read them: the JSON and two newlines.
    Bare,
}

impl Framing {
    /// The standard's for whoever names `text/event-stream` in `Accept`,
    /// GPUStack's for anyone else.
    pub(super) fn asked_for(headers: &HeaderMap) -> Self {
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

    /// Appends an event to `buffer`. It has a position where the client can go
    /// on from it; keys that were there before the watch began have none.
    pub(super) fn write(
        self,
        buffer: &mut Vec<u8>,
        event: &EventView<'_>,
        position: Option<Position>,
    ) -> Result<(), HttpError> {
        if self == Self::EventStream {
            if let Some(position) = position {
                buffer.extend_from_slice(format!("id: {position}\n").as_bytes());
            }
            buffer.extend_from_slice(format!("event: {}\ndata: ", event.name()).as_bytes());
        }
        // JSON as it is written here has no newlines.
        write_json(buffer, event)?;
        buffer.extend_from_slice(b"\n\n");
        Ok(())
    }

    /// That everything up to `position` has been told: a block without data, of
    /// which an EventSource keeps the id and tells nobody. Nothing for GPUStack's
    /// clients, who are told no positions.
    pub(super) fn reached(self, position: Position) -> Bytes {
        match self {
            Self::EventStream => format!("id: {position}\n\n").into(),
            Self::Bare => Bytes::new(),
        }
    }

    /// That the client has to start anew, and what is there follows.
    ///
    /// An EventSource tells nobody of an event without data, so there is some.
    /// The id is one that no position is written as: whoever is cut off before
    /// the next one comes back with it, and is told to start anew again. With an
    /// empty id they would be told what is there, but not to forget the rest; with
    /// the one they came with they might go on from half of what is there.
    ///
    /// In GPUStack's frames only who sent `Last-Event-ID` meets it, and none of
    /// its clients does. It reads as an event of GPUStack's type UNKNOWN: silence
    /// would leave them with keys that are gone.
    pub(super) fn resync(self) -> Bytes {
        match self {
            Self::EventStream => Bytes::from_static(b"id: resync\nevent: resync\ndata: {}\n\n"),
            Self::Bare => Bytes::from_static(
                b"{\"type\":4,\"data\":null,\"changed_fields\":{},\"id\":null}\n\n",
            ),
        }
    }

    /// A sign of life that is no event, with the position reached if it is a new
    /// one.
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
    fn only_naming_event_streams_asks_for_the_standard() {
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
            assert_eq!(Framing::asked_for(request.headers()), expected, "{accept}");
        }
    }
}
