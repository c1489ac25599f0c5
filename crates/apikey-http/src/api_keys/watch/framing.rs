//! Where one event ends and the next begins.

use super::event::EventView;
use crate::{answer::write_json, error::HttpError};
use actix_web::http::header::{self, HeaderMap};
use apikey_domain::change::Position;
use bytes::Bytes;

/// How events are set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api_keys) enum Framing {
    /// As an EventSource reads them: `id:`, `event:`, `data:`.
    EventStream,
    /// As GPUStack's clients read them: the JSON and two newlines.
    Bare,
}

impl Framing {
    /// The standard's for whoever names `text/event-stream` in `Accept`,
    /// GPUStack's for anyone else.
    pub(in crate::api_keys) fn asked_for(headers: &HeaderMap) -> Self {
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

    /// Appends an event to `buffer`. Keys that were there before the watch
    /// began have no position.
    pub(super) fn write(
        self,
        buffer: &mut Vec<u8>,
        event: &EventView<'_>,
        position: Option<Position>,
    ) -> Result<(), HttpError> {
        if self == Self::EventStream {
            if let Some(Position(position)) = position {
                buffer.extend_from_slice(format!("id: {position}\n").as_bytes());
            }
            buffer.extend_from_slice(format!("event: {}\ndata: ", event.name()).as_bytes());
        }
        // JSON as it is written here has no newlines.
        write_json(buffer, event)?;
        buffer.extend_from_slice(b"\n\n");
        Ok(())
    }

    /// A sign of life that is no event.
    pub(super) fn heartbeat(self) -> Bytes {
        Bytes::from_static(match self {
            Self::EventStream => b": heartbeat\n\n",
            Self::Bare => b"\n\n",
        })
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
