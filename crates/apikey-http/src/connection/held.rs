//! What has been read from a socket and not handed over.

use super::head::{self, Head};
use bytes::{Buf, BytesMut};
use tokio::io::ReadBuf;

/// What has been read from a socket and not handed over.
#[derive(Debug, Default)]
pub(super) struct Held {
    bytes: BytesMut,
    /// How much is known not to contain the end of a head.
    searched: usize,
    /// How much there was when it was last parsed.
    parsed: usize,
}

// === impl Held ===

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds what has been read behind `length` in a buffer, and takes it out there.
    pub(super) fn take_behind(&mut self, length: usize, buffer: &mut ReadBuf<'_>) {
        self.bytes.extend_from_slice(&buffer.filled()[length..]);
        buffer.set_filled(length);
    }

    /// Hands over at most `length` bytes, and returns how many.
    pub(super) fn hand_over(&mut self, length: usize, buffer: &mut ReadBuf<'_>) -> usize {
        let length = length.min(buffer.remaining()).min(self.bytes.len());
        buffer.put_slice(&self.bytes[..length]);
        self.bytes.advance(length);
        if self.bytes.is_empty() {
            // Most connections hold nothing most of the time.
            self.bytes = BytesMut::new();
        }
        length
    }

    /// Returns the head at the beginning; `None` if it is not complete.
    ///
    /// It is parsed when it may have become complete, or is twice as long. To parse
    /// it each time a byte arrives would take a time that grows with its square.
    pub(super) fn parse_head(&mut self) -> Option<Head> {
        self.skip_empty_lines();
        if self.bytes.is_empty() {
            return None;
        }
        let is_worth_it = self.bytes.len() >= 2 * self.parsed || self.has_new_empty_line();
        self.searched = self.bytes.len();
        if !is_worth_it {
            return None;
        }
        self.parsed = self.bytes.len();
        match head::parse(&self.bytes) {
            Head::Partial => None,
            head => {
                (self.searched, self.parsed) = (0, 0);
                Some(head)
            }
        }
    }

    /// Drops the empty lines that may come before a head.
    fn skip_empty_lines(&mut self) {
        loop {
            let length = match *self.bytes {
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                _ => return,
            };
            self.bytes.advance(length);
            self.searched = self.searched.saturating_sub(length);
            self.parsed = self.parsed.saturating_sub(length);
        }
    }

    /// Returns whether what has not been searched ends an empty line.
    fn has_new_empty_line(&self) -> bool {
        let new = &self.bytes[self.searched.saturating_sub(3)..];
        let is_end = |rest: &[u8]| rest.starts_with(b"\n\n") || rest.starts_with(b"\n\r\n");
        (0..new.len()).any(|index| is_end(&new[index..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(pieces: &[&str]) -> (Held, Option<Head>) {
        let mut held = Held::default();
        let mut head = None;
        for piece in pieces {
            assert_eq!(head, None);
            let mut bytes = piece.as_bytes().to_vec();
            let mut buffer = ReadBuf::new(&mut bytes);
            buffer.set_filled(piece.len());
            held.take_behind(0, &mut buffer);
            head = held.parse_head();
        }
        (held, head)
    }

    #[test]
    fn a_head_is_found_with_its_last_byte() {
        for text in [
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "\r\n\n\r\nGET / HTTP/1.1\nHost: x\n\n",
            "GET / HTTP/1.1\nHost: x\n\r\n",
        ] {
            let pieces: Vec<_> = (0..text.len()).map(|index| &text[index..=index]).collect();
            let (mut held, head) = held(&pieces);
            let head_length = text.trim_start().len();
            let Some(Head::Whole { length, .. }) = head else {
                panic!("{text:?}: {head:?}");
            };
            assert_eq!((length, held.len()), (head_length, head_length), "{text:?}");
            let mut bytes = vec![0; head_length];
            let mut buffer = ReadBuf::new(&mut bytes);
            assert_eq!(held.hand_over(length, &mut buffer), head_length);
            assert!(held.is_empty());
        }
    }

    #[test]
    fn a_head_that_drips_is_seldom_parsed() {
        let mut held = Held::default();
        let mut parsed = Vec::new();
        for _ in 0..20_000 {
            let mut byte = *b"x";
            let mut buffer = ReadBuf::new(&mut byte);
            buffer.set_filled(1);
            held.take_behind(0, &mut buffer);
            assert_eq!(held.parse_head(), None);
            parsed.push(held.parsed);
        }
        parsed.dedup();
        assert!(parsed.len() < 20, "{parsed:?}");
    }
}
