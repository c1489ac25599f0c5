//! How a body is framed, and how much of some bytes belongs to it.

use super::chunks::Chunks;

/// What remains of the body of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// Nothing.
    End,
    /// A number of bytes, at least one.
    Length(u64),
    /// Chunks.
    Chunked(Chunks),
    /// Something that is not framed as announced.
    Broken,
}

// === impl Framing ===

impl Framing {
    /// Returns the framing of a chunked body.
    pub(super) fn chunked() -> Self {
        Self::Chunked(Chunks::default())
    }

    /// Returns how many of these bytes belong to the body. What remains after them
    /// is in `self`. Fewer than all are returned only if the body ends or breaks.
    pub(super) fn take(&mut self, bytes: &[u8]) -> usize {
        match self {
            Self::End | Self::Broken => 0,
            Self::Length(remaining) => {
                let available = bytes.len() as u64;
                if available < *remaining {
                    *remaining -= available;
                    return bytes.len();
                }
                // It fits: it is at most the length of a slice.
                let length = usize::try_from(*remaining).unwrap_or(bytes.len());
                *self = Self::End;
                length
            }
            Self::Chunked(chunks) => {
                let (length, outcome) = chunks.take(bytes);
                match outcome {
                    None => {}
                    Some(Ok(())) => *self = Self::End,
                    Some(Err(_)) => *self = Self::Broken,
                }
                length
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_ends_where_its_length_says() {
        let mut body = Framing::Length(5);
        assert_eq!(body.take(b""), 0);
        assert_eq!(body.take(b"123"), 3);
        assert_eq!(body, Framing::Length(2));
        assert_eq!(body.take(b"45GET /"), 2);
        assert_eq!(body, Framing::End);
        assert_eq!(body.take(b"GET /"), 0);
        let mut large = Framing::Length(u64::MAX);
        assert_eq!(large.take(b"123"), 3);
        assert_eq!(large, Framing::Length(u64::MAX - 3));
    }

    #[test]
    fn a_broken_chunk_ends_the_body_before_it() {
        let mut body = Framing::chunked();
        assert_eq!(body.take(b"1\r\nxG"), 4);
        assert_eq!(body, Framing::Broken);
        assert_eq!(body.take(b"GET /"), 0);
    }
}
