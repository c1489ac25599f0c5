//! The service around the app: it notes when an answer is complete, and how it
//! must end.

use super::progress::Progress;
use actix_http::{ConnectionType, Request, Response, Version};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, apply_fn_factory};
use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    http::StatusCode,
};
use bytes::Bytes;
use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

/// Returns a service that answers as `app` does.
pub(super) fn answering<A, S>(
    app: A,
) -> impl ServiceFactory<
    Request,
    Config = (),
    Response = Response<Answer>,
    Error = S::Error,
    InitError = S::InitError,
    Service = impl Service<Request, Response = Response<Answer>, Error = S::Error>,
>
where
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = ()>,
    S::Response: Into<Response<BoxBody>>,
    S::Error: Into<Response<BoxBody>>,
{
    apply_fn_factory(app, |request: Request, app: &S::Service| {
        let progress = request.conn_data::<Rc<Progress>>().cloned();
        let version = request.head().version;
        let answer = app.call(request);
        async move {
            let response = answer.await.map_or_else(Into::into, Into::into);
            Ok(match progress {
                Some(progress) => finish(response, version, progress),
                None => response.map_body(|_, body| Answer {
                    body,
                    complete: None,
                }),
            })
        }
    })
}

/// Decides how the answer ends.
fn finish(
    mut response: Response<BoxBody>,
    version: Version,
    progress: Rc<Progress>,
) -> Response<Answer> {
    if progress.awaits_body() {
        // The rest of the request could be taken for another one.
        progress.request_is_whole();
        progress.ends_with_answer();
    }
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        // Its reader stopped before the end, even if all of it has arrived.
        progress.ends_with_answer();
    }
    let is_stream = response.body().size() == BodySize::Stream;
    if is_stream && version < Version::HTTP_11 {
        // Without chunks only the end of the connection ends it.
        response.head_mut().no_chunking(true);
        progress.ends_with_answer();
    }
    if progress.is_last() {
        response
            .head_mut()
            .set_connection_type(ConnectionType::Close);
    }
    response.map_body(|_, body| Answer {
        body,
        complete: Some(Complete(progress)),
    })
}

/// The body of an answer. When it is dropped, all of it has been encoded.
pub(super) struct Answer {
    body: BoxBody,
    /// Held to be dropped.
    #[expect(dead_code, reason = "its drop is what it is for")]
    complete: Option<Complete>,
}

/// Says when it is dropped that the answer is complete.
struct Complete(Rc<Progress>);

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

impl Drop for Complete {
    fn drop(&mut self) {
        self.0.answered();
    }
}
