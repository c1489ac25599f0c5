//! The frames of a stream, as the standard of `text/event-stream` has them.

/// A frame with whatever it holds.
#[derive(Debug, Default)]
pub struct Frame {
    /// What kind of event it is.
    pub event: Option<String>,
    /// Where the stream can be taken up again.
    pub id: Option<String>,
    /// What it is about.
    pub data: Option<String>,
}

/// Puts frames together from pieces of a stream.
#[derive(Debug, Default)]
pub struct Frames {
    line: Vec<u8>,
    frame: Frame,
}

// === impl Frames ===

impl Frames {
    /// Takes the next piece and returns the frames that are whole with it.
    pub fn push(&mut self, piece: &[u8]) -> Vec<Frame> {
        let mut whole = Vec::new();
        for byte in piece {
            if *byte != b'\n' {
                self.line.push(*byte);
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = String::from_utf8_lossy(&line);
            match line.split_once(": ") {
                Some(("event", value)) => self.frame.event = Some(value.to_owned()),
                Some(("id", value)) => self.frame.id = Some(value.to_owned()),
                Some(("data", value)) => self.frame.data = Some(value.to_owned()),
                None if line.is_empty() => whole.push(std::mem::take(&mut self.frame)),
                // A comment has no name, and other fields mean nothing here.
                _ => {}
            }
        }
        whole
    }
}
