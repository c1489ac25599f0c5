//! Bodies for the fuzz targets.

use super::{Body, RequestBody};
use crate::error::HttpError;
use actix_web::{FromRequest, dev::Payload, test::TestRequest};
use bytes::Bytes;
use futures_util::stream;
use std::io;
use tokio::runtime::{Builder, Runtime};

/// How many bytes of a body arrive at once.
const PIECE: usize = 1_000;

thread_local! {
    static RUNTIME: io::Result<Runtime> = Builder::new_current_thread().enable_time().build();
}

/// Reads a body that arrives in pieces, as a handler does.
///
/// # Errors
///
/// Those of [`Body::json`].
pub(crate) fn json<T: RequestBody>(bytes: &[u8]) -> Result<T, HttpError> {
    let pieces: Vec<_> = bytes.chunks(PIECE).map(Bytes::copy_from_slice).collect();
    let mut payload: Payload = Payload::Stream {
        payload: Box::pin(stream::iter(pieces.into_iter().map(Ok))),
    };
    let request = TestRequest::default().to_http_request();
    let Ok(body) = Body::from_request(&request, &mut payload).into_inner();
    RUNTIME.with(|runtime| match runtime {
        Ok(runtime) => runtime.block_on(body.json()),
        Err(_) => Err(HttpError::unavailable("no runtime")),
    })
}
