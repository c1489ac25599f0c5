//! The body of a request, read on demand.

pub(crate) mod field;
mod field_names;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod json;
mod number;
mod other_fields;

pub(crate) use other_fields::{OtherFields, RequestBody};

use crate::error::HttpError;
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
};
use futures_util::StreamExt;
use std::{
    convert::Infallible,
    future::{Ready, ready},
    time::Duration,
};
use zeroize::Zeroizing;

/// The body of a request. Extracting it always succeeds; reading it may fail.
pub(crate) struct Body {
    payload: Payload,
    declared_length: Option<usize>,
}

impl Body {
    /// The maximum size of a body in bytes.
    pub(crate) const MAX_BYTES: usize = 64 * 1024;
    /// How long a body may take to arrive.
    pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(10);

    /// Reads the body as a JSON object. The content type is ignored.
    ///
    /// # Errors
    ///
    /// 413 beyond 64 KiB, 408 after 10 seconds, 400 if it is incomplete or not
    /// valid HTTP, 422 if it does not match `T` or has a field that `T` refuses.
    pub(crate) async fn json<T: RequestBody>(self) -> Result<T, HttpError> {
        json::parse(&self.bytes().await?)
    }

    /// Reads the body, whatever it is.
    ///
    /// # Errors
    ///
    /// 413 beyond 64 KiB, 408 after 10 seconds, 400 if it is incomplete or not
    /// valid HTTP.
    pub(crate) async fn bytes(self) -> Result<Zeroizing<Vec<u8>>, HttpError> {
        let too_slow = |_| HttpError::too_slow("The body must arrive within 10 seconds");
        let bytes = tokio::time::timeout(Self::READ_TIMEOUT, self.read()).await;
        bytes.map_err(too_slow)?
    }

    /// Reads the bytes. They may contain a password and are wiped when dropped.
    async fn read(mut self) -> Result<Zeroizing<Vec<u8>>, HttpError> {
        let too_large = || HttpError::too_large("The body must have at most 65536 bytes");
        let expected = self.declared_length.unwrap_or(1_024);
        if expected > Self::MAX_BYTES {
            return Err(too_large());
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(expected));
        while let Some(chunk) = self.payload.next().await {
            let chunk = chunk.map_err(|_| HttpError::bad_request("The body could not be read"))?;
            if bytes.len() + chunk.len() > Self::MAX_BYTES {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

impl FromRequest for Body {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self {
            payload: payload.take(),
            declared_length: declared_length(request.headers()),
        }))
    }
}

fn declared_length(headers: &HeaderMap) -> Option<usize> {
    let value = headers.get(header::CONTENT_LENGTH)?;
    value.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{ResponseError, error::PayloadError};
    use bytes::Bytes;
    use futures_util::{Stream, stream};
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct EmptyBody {}

    impl RequestBody for EmptyBody {
        const OTHER_FIELDS: OtherFields = OtherFields::Refused;
    }

    async fn status(chunks: impl Stream<Item = Result<Bytes, PayloadError>> + 'static) -> u16 {
        let body = Body {
            payload: Payload::Stream {
                payload: Box::pin(chunks),
            },
            declared_length: None,
        };
        match body.json::<EmptyBody>().await {
            Ok(_) => 200,
            Err(error) => error.status_code().as_u16(),
        }
    }

    #[actix_web::test]
    async fn a_slow_body_has_ten_seconds_to_arrive() {
        tokio::time::pause();
        let trickle = |count| {
            stream::iter(0..count).then(|_| async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(Bytes::from_static(b" "))
            })
        };
        let object = || stream::iter([Ok(Bytes::from_static(b"{}"))]);
        assert_eq!(status(trickle(9).chain(object())).await, 200);
        assert_eq!(status(trickle(11).chain(object())).await, 408);
        assert_eq!(status(stream::pending()).await, 408);
    }

    #[actix_web::test]
    async fn an_incomplete_body_is_refused() {
        let broken = stream::iter([
            Ok(Bytes::from_static(b"{")),
            Err(PayloadError::Incomplete(None)),
        ]);
        assert_eq!(status(broken).await, 400);
    }
}
