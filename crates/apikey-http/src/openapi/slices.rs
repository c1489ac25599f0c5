//! A body that never changes, given away in pieces: each client that does not read holds
//! one of them, not the whole.

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

/// How many bytes a piece has at most. With so few actix-web never has to grow the buffer
/// that it writes from.
const PIECE: usize = 4 * 1024;

/// What is left of such a body.
pub(super) struct Slices(Bytes);

// === impl Slices ===

impl Slices {
    /// Returns the body with these bytes.
    pub(super) fn of(bytes: &'static [u8]) -> Self {
        Self(Bytes::from_static(bytes))
    }
}

impl MessageBody for Slices {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(u64::try_from(self.0.len()).unwrap_or(u64::MAX))
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let length = self.0.len().min(PIECE);
        let piece = (length > 0).then(|| Ok(self.0.split_to(length)));
        Poll::Ready(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::poll_fn, pin::pin};

    #[actix_web::test]
    async fn it_comes_in_small_pieces_and_whole() {
        static BYTES: [u8; 10_000] = [7; 10_000];
        let mut body = pin!(Slices::of(&BYTES));
        assert_eq!(body.size(), BodySize::Sized(10_000));
        let mut lengths = Vec::new();
        while let Some(piece) = poll_fn(|context| body.as_mut().poll_next(context)).await {
            lengths.push(piece.unwrap().len());
        }
        assert_eq!(lengths, [4_096, 4_096, 1_808]);
    }
}
