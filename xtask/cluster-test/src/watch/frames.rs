//! The frames of a stream, as the standard of `text/event-stream` has them.

use std::collections::VecDeque;

/// A frame with whatever it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) event: Option<String>,
    /// Where the stream can be taken up again.
    pub(crate) id: Option<String>,
    pub(crate) data: Option<String>,
}

/// Puts frames together from pieces of a stream.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    line: Vec<u8>,
    frame: Frame,
    whole: VecDeque<Frame>,
}

// === impl Frames ===

impl Frames {
    /// Takes the next piece.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        for byte in piece {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                self.take_line(&String::from_utf8_lossy(&line));
            } else {
                self.line.push(*byte);
            }
        }
    }

    /// Returns the next frame that is whole.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        self.whole.pop_front()
    }

    fn take_line(&mut self, line: &str) {
        if line.is_empty() {
            let frame = std::mem::take(&mut self.frame);
            if frame != Frame::default() {
                self.whole.push_back(frame);
            }
            return;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match name {
            "event" => self.frame.event = Some(value),
            "id" => self.frame.id = Some(value),
            "data" => self.frame.data = Some(value),
            // A comment has no name, and other fields mean nothing here.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_put_together_from_any_pieces() {
        let stream = "event: created\ndata: {\"a\": 1}\n\n: heartbeat\n\nid: 7-1\n\n\
                      id: 7-2\nevent: deleted\ndata: {}\n\nevent: cut";
        for size in 1..stream.len() {
            let mut frames = Frames::default();
            for piece in stream.as_bytes().chunks(size) {
                frames.push(piece);
            }
            let frame = |event: Option<&str>, id: Option<&str>, data: Option<&str>| Frame {
                event: event.map(str::to_owned),
                id: id.map(str::to_owned),
                data: data.map(str::to_owned),
            };
            let first = frame(Some("created"), None, Some(r#"{"a": 1}"#));
            assert_eq!(frames.next(), Some(first));
            assert_eq!(frames.next(), Some(frame(None, Some("7-1"), None)));
            let last = frame(Some("deleted"), Some("7-2"), Some("{}"));
            assert_eq!(frames.next(), Some(last));
            assert_eq!(frames.next(), None);
        }
    }
}
