//! What every answer has in common: what clients know from other services, added to what
//! the handlers answer.

mod head;
pub(crate) mod list_links;
mod not_modified;
pub(crate) mod problem;

use crate::cors;
use actix_web::{
    Error,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse},
    http::header::{self, HeaderValue},
};

/// Answers as `service` does, in the way in which the request asks for it.
///
/// # Errors
///
/// Those of the service.
pub(crate) fn with_conventions<S, B>(
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let answer = service.call(request);
    async move { Ok(apply(answer.await?)) }
}

/// Returns an answer as its request asks for it: a refusal as problem details, a list with its
/// links, nothing if the client has it already, and no stream for `HEAD`.
fn apply<B: MessageBody + 'static>(response: ServiceResponse<B>) -> ServiceResponse {
    let mut response = match cors::refusal(&response) {
        Some(refusal) => response.error_response(refusal),
        None => response.map_into_boxed_body(),
    };
    let headers = response.headers_mut();
    // The answer to a preflight has none.
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        return problem::describe(response);
    }
    head::drop_stream(not_modified::shorten(list_links::added(response)))
}
