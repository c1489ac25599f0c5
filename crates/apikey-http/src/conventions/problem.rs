//! Refusals as problem details (RFC 9457), for clients that ask for them.

use crate::error::HttpError;
use actix_web::{
    Error, HttpRequest,
    body::BoxBody,
    dev::{Service, ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, Accept, Header, HeaderValue, Quality},
    },
};
use serde::Serialize;
use utoipa::ToSchema;

/// The type of the body.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// A refusal, as problem details beside the fields that every refusal has.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemView<'a> {
    /// Always `about:blank`: `reason` tells refusals of one status apart.
    r#type: &'static str,
    /// The name of the status.
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: u16,
    reason: &'a str,
    message: &'a str,
    /// What is wrong with which value, if it is one value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    errors: Option<[WrongValueView<'a>; 1]>,
}

/// A value that broke a rule.
#[derive(Serialize, ToSchema)]
#[schema(as = WrongValue)]
struct WrongValueView<'a> {
    detail: &'a str,
    /// A JSON pointer into the body (RFC 6901), as the fragment of a URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pointer: Option<String>,
    /// The name of a parameter, of the query or in the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    parameter: Option<&'a str>,
    /// The name of a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    header: Option<&'a str>,
}

/// Answers as `service` does, with refusals as their requests ask for them, and nothing else:
/// around the routes at which keys are verified.
///
/// # Errors
///
/// Those of the service.
pub(crate) fn with_problems<S>(
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse, Error>> + use<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    let answer = service.call(request);
    async move {
        let response = answer.await?;
        Ok(match response.status().is_success() {
            true => response,
            false => described(response),
        })
    }
}

/// Returns a refusal as its request asks for it.
pub(super) fn described(mut response: ServiceResponse) -> ServiceResponse {
    if !is_asked_for(response.request()) {
        return response;
    }
    let error = response.response().error();
    let Some(error) = error.and_then(|error| error.as_error::<HttpError>()) else {
        return response;
    };
    let has_body = matches!(
        *response.request().method(),
        Method::POST | Method::PUT | Method::PATCH
    );
    let Ok(body) = serde_json::to_vec(&error.problem(has_body)) else {
        return response;
    };
    let kind = HeaderValue::from_static(PROBLEM_JSON);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response.map_body(|_, _| BoxBody::new(body))
}

/// Returns the phrase of a status, as RFC 9110 has it.
fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Content Too Large",
        StatusCode::UNPROCESSABLE_ENTITY => "Unprocessable Content",
        _ => status.canonical_reason().unwrap_or_default(),
    }
}

/// Returns whether a client names the type of problem details, and does not prefer other JSON.
fn is_asked_for(request: &HttpRequest) -> bool {
    let Ok(Accept(accepted)) = Accept::parse(request) else {
        return false;
    };
    let quality = |name: &str| {
        let named = accepted.iter().filter(|one| one.item.essence_str() == name);
        named.map(|one| one.quality).max()
    };
    let wanted = quality(PROBLEM_JSON).unwrap_or(Quality::ZERO);
    let mut ranges = ["application/json", "application/*", "*/*"].into_iter();
    wanted > Quality::ZERO && Some(wanted) >= ranges.find_map(quality)
}

impl HttpError {
    /// Returns it as problem details. `has_body` says whether its request is one with a body.
    fn problem(&self, has_body: bool) -> ProblemView<'_> {
        let detail = self.message();
        let errors = self.place().map(|place| {
            [WrongValueView {
                detail,
                pointer: place.pointer(has_body),
                parameter: place.parameter(has_body),
                header: place.header(),
            }]
        });
        ProblemView {
            r#type: "about:blank",
            title: title(self.status()),
            status: self.status().as_u16(),
            detail,
            code: self.status().as_u16(),
            reason: self.reason(),
            message: detail,
            errors,
        }
    }
}
