//! What every answer has in common: what clients know from other services, added to what
//! the handlers answer.

mod head;
pub(crate) mod list_links;
mod not_modified;
pub(crate) mod problem;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

/// Answers in the way in which the request asks for it: a refusal as problem details, a list
/// with its links, nothing if the client has it already, and no stream for `HEAD`.
///
/// # Errors
///
/// Those of what answers.
pub(crate) async fn with_conventions(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        return Ok(problem::described(response));
    }
    Ok(head::drop_stream(not_modified::shorten(list_links::added(
        response,
    ))))
}
