//! The service around the app that observes each request and its answer.

use crate::observation::observer::Observer;
use actix_http::Request;
use actix_service::{IntoServiceFactory, Service, ServiceFactory, apply_fn_factory};
use actix_web::dev::ServiceResponse;
use std::rc::Rc;

/// Returns a service that answers as `app` does, and has each answer observed.
pub(super) fn observing<A, S>(
    app: A,
    observer: Observer,
) -> impl ServiceFactory<
    Request,
    Config = (),
    Response = ServiceResponse,
    Error = S::Error,
    InitError = S::InitError,
    Service = impl Service<Request, Response = ServiceResponse, Error = S::Error>,
>
where
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = (), Response = ServiceResponse>,
{
    let observer = Rc::new(observer);
    apply_fn_factory(app, move |request: Request, app: &S::Service| {
        let under_way = observer.begin(&request);
        let answer = app.call(request);
        async move { Ok(under_way.answered(answer.await?)) }
    })
}
