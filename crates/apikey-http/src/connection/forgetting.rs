//! The service around the app that leaves nothing of a request behind.
//!
//! actix-web and actix-http keep requests that are over, to use their memory again, and
//! with them their heads: keys and passwords, for as long as no other request needs that
//! memory.

use actix_http::{Request, Response};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, fn_factory, fn_service};
use actix_web::{
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse, Url},
    http::Uri,
};
use std::rc::Rc;

/// Returns a service that answers as `app` does, and empties each head once it is
/// answered.
///
/// Whoever keeps a request beyond its handler, in the stream of an answer, makes this
/// panic.
pub(super) fn forgetting<A, S>(
    app: A,
) -> impl ServiceFactory<
    Request,
    Config = (),
    Response = Response<BoxBody>,
    Error = S::Error,
    InitError = S::InitError,
    Service = impl Service<Request, Response = Response<BoxBody>, Error = S::Error>,
>
where
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = (), Response = ServiceResponse>,
{
    let factory = app.into_factory();
    fn_factory(move || {
        let made = factory.new_service(());
        async move {
            let app = Rc::new(made.await?);
            Ok(fn_service(move |request| answer(Rc::clone(&app), request)))
        }
    })
}

async fn answer<S>(app: Rc<S>, request: Request) -> Result<Response<BoxBody>, S::Error>
where
    S: Service<Request, Response = ServiceResponse>,
{
    // Dropped after the answer, if its client leaves before.
    let mut dropped = Dropped(Some(&*app));
    let answer = app.call(request);
    let (request, response) = answer.await?.into_parts();
    dropped.0 = None;
    let mut request = ServiceRequest::from_request(request);
    request.headers_mut().clear();
    request.head_mut().uri = Uri::default();
    request.match_info_mut().set(Url::default());
    Ok(response.into())
}

/// A request that is dropped before it is answered.
struct Dropped<'a, S: Service<Request>>(Option<&'a S>);

impl<S: Service<Request>> Drop for Dropped<'_, S> {
    fn drop(&mut self) {
        // A second panic would end the process.
        if let Some(app) = self.0.filter(|_| !std::thread::panicking()) {
            // What was kept last is used first, and emptied for that: by the app, which
            // passes the head on, and by what keeps heads.
            drop(app.call(Request::new()));
            drop(Request::new());
        }
    }
}
