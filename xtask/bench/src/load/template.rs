//! Requests that differ in one place only.

use std::ops::Range;

use crate::keys;

/// A request with a slot for what differs from one request to the next.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    /// The request as it is sent.
    pub(super) bytes: Vec<u8>,
    slot: Range<usize>,
}

// === impl Template ===

impl Template {
    /// Returns a request that reads a path and shows a key, which is its slot.
    pub(crate) fn get(path: &str) -> Self {
        let slot = "-".repeat(keys::LENGTH);
        let head = format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ");
        Self::with_slot(&head, &slot, "\r\n\r\n")
    }

    /// Returns a request that creates a key in the name of another. The last
    /// digits of its name are the slot.
    pub(crate) fn create_key(key: &str) -> Self {
        let (before, slot, after) = (r#"{"name":"bench-"#, "000000000", r#""}"#);
        let length = before.len() + slot.len() + after.len();
        let head = format!(
            "POST /v2/api-keys HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        Self::with_slot(&(head + before), slot, after)
    }

    /// Returns the slot of the next request.
    pub(crate) fn slot(&mut self) -> &mut [u8] {
        &mut self.bytes[self.slot.clone()]
    }

    /// Fills the slot.
    pub(crate) fn filled(mut self, with: &str) -> Self {
        self.slot().copy_from_slice(with.as_bytes());
        self
    }

    fn with_slot(before: &str, slot: &str, after: &str) -> Self {
        Self {
            bytes: [before, slot, after].concat().into_bytes(),
            slot: before.len()..before.len() + slot.len(),
        }
    }
}
