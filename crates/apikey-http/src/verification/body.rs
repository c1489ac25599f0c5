//! The request body of a backend that verifies keys.

use super::SCOPE_RULE;
use crate::openapi::names::ScopeName;
use crate::{
    body::{OtherFields, RequestBody},
    error::{HttpError, place::Place},
};
use apikey_domain::gpustack::Scope;
use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// One key to verify, or several.
#[derive(Deserialize)]
pub(super) struct VerifyBody {
    #[serde(default)]
    key: Option<Zeroizing<String>>,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    items: Option<Vec<ItemBody>>,
}

/// One of several keys to verify.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VerifyKey)]
pub(super) struct ItemBody {
    #[schema(value_type = String)]
    key: Zeroizing<String>,
    #[serde(default)]
    #[schema(value_type = Option<ScopeName>)]
    scope: Option<String>,
    #[serde(default)]
    model: Option<String>,
}

impl RequestBody for VerifyBody {
    const OTHER_FIELDS: OtherFields = OtherFields::Refused;
}

/// A key to verify, and what it must allow.
pub(super) struct VerifyRequest {
    pub(super) key: Zeroizing<String>,
    pub(super) scope: Option<Scope>,
    pub(super) model: Option<String>,
}

/// The keys to verify.
pub(super) enum VerifyRequests {
    One(VerifyRequest),
    Batch(Vec<VerifyRequest>),
}

/// The maximum number of keys in a request.
const MAX_ITEMS: usize = 100;

impl TryFrom<VerifyBody> for VerifyRequests {
    type Error = HttpError;

    fn try_from(body: VerifyBody) -> Result<Self, HttpError> {
        match (body.key, body.items) {
            (Some(key), None) => Ok(Self::One(VerifyRequest {
                key,
                scope: scope(body.scope, || Place::of_body("scope"))?,
                model: body.model,
            })),
            // They would be taken for what every entry must allow.
            (None, Some(_)) if body.scope.is_some() || body.model.is_some() => Err(
                HttpError::invalid_at(Place::BODY, "'scope' and 'model' belong in each of 'items'"),
            ),
            (None, Some(items)) if (1..=MAX_ITEMS).contains(&items.len()) => batch(items),
            (None, Some(_)) => Err(HttpError::invalid_at(
                Place::of_body("items"),
                "must have 1 to 100 entries",
            )),
            (Some(_), Some(_)) => Err(HttpError::invalid_at(
                Place::BODY,
                "must have 'key' or 'items', not both",
            )),
            (None, None) => Err(HttpError::invalid_at(
                Place::BODY,
                "must have 'key' or 'items'",
            )),
        }
    }
}

fn batch(items: Vec<ItemBody>) -> Result<VerifyRequests, HttpError> {
    let request = |(index, item): (usize, ItemBody)| {
        Ok(VerifyRequest {
            key: item.key,
            scope: scope(item.scope, || {
                Place::of_body("items").entry(index).field("scope")
            })?,
            model: item.model,
        })
    };
    let requests: Result<_, HttpError> = items.into_iter().enumerate().map(request).collect();
    requests.map(VerifyRequests::Batch)
}

fn scope(name: Option<String>, place: impl Fn() -> Place) -> Result<Option<Scope>, HttpError> {
    let scope = name.as_deref().map(Scope::parse).transpose();
    scope.map_err(|_| HttpError::invalid_at(place(), SCOPE_RULE))
}
