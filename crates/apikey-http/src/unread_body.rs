//! What is done with a body nobody read.
//!
//! actix-web reads a chunked body that was dropped unread to its end, which may
//! never come: a stranger could send for ever. A body that is still held when
//! the answer is written closes the connection instead, a second later.

use actix_web::{
    Error, HttpMessage,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, RequestHead, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::header,
    middleware::Next,
};
use bytes::Bytes;
use futures_util::Stream;
use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

/// Whether a body of unknown length follows.
pub(crate) fn has_chunked_body(head: &RequestHead) -> bool {
    head.headers().contains_key(header::TRANSFER_ENCODING)
}

/// Holds a chunked body until the answer is written.
pub(crate) async fn hold_body(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !has_chunked_body(request.head()) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let held = Held(Rc::new(RefCell::new(request.take_payload())));
    request.set_payload(Payload::Stream {
        payload: Box::pin(held.clone()),
    });
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| {
        let answer = Answer {
            body: body.boxed(),
            _held: held,
        };
        answer.boxed()
    }))
}

/// A body that its reader and the answer share.
#[derive(Clone)]
struct Held(Rc<RefCell<Payload>>);

/// An answer that holds the body of its request.
struct Answer {
    body: BoxBody,
    _held: Held,
}

impl Stream for Held {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

impl MessageBody for Answer {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
