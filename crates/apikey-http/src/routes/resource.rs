//! What a path has: its methods, and an answer to each other one.

use crate::error::HttpError;
use actix_web::{
    HttpResponse, Resource, Route, guard,
    http::{Method, header},
    web,
};
use std::{future::ready, sync::Arc};

/// Returns the resource of a path and its methods, with `HEAD` where there is `GET`, and
/// `OPTIONS`. Any other method gets 405 with `Allow`.
pub(super) fn resource<const N: usize>(path: &str, methods: [(Method, Route); N]) -> Resource {
    let names = methods.iter().flat_map(|(method, _)| match *method {
        Method::GET => vec!["GET", "HEAD"],
        ref method => vec![method.as_str()],
    });
    let names: Vec<_> = names.chain(["OPTIONS"]).collect();
    let allowed: Arc<str> = names.join(", ").into();
    let mut resource = web::resource(path);
    for (method, route) in methods {
        resource = resource.route(match method {
            Method::GET => route.guard(guard::Any(guard::Get()).or(guard::Head())),
            method => route.method(method),
        });
    }
    let methods = Arc::clone(&allowed);
    let options = web::to(move || ready(allow(&methods)));
    with_others_refused(resource.route(options.method(Method::OPTIONS)), allowed)
}

/// Returns the resource of a path and its method, and no other.
pub(super) fn only_method(path: &str, method: Method, route: Route) -> Resource {
    let allowed = method.as_str().into();
    with_others_refused(web::resource(path).route(route.method(method)), allowed)
}

fn with_others_refused(resource: Resource, allowed: Arc<str>) -> Resource {
    resource.default_service(web::to(move || {
        let allowed = Arc::clone(&allowed);
        async move { Err::<HttpResponse, _>(HttpError::method_not_allowed(allowed)) }
    }))
}

/// Returns 204 with the methods of a path.
fn allow(methods: &str) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::ALLOW, methods))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}
