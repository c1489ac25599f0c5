//! `watch=true`: streams the existing keys, then their changes.

use super::{
    rotation::CredentialView,
    view::{self, ApiKeyView, MetadataView},
};
use crate::{
    error::HttpError,
    list_reader::{ListReader, Turn},
    tenant::Tenant,
    watch::{self, ChangeView, EventView, Framing, Streamed},
};
use actix_web::{HttpResponse, http::header::HeaderMap};
use apikey_domain::{
    access::policy::KeySelection,
    change::{KeyChange, Position},
    key::{api_key::ApiKey, token::KeyPrefix},
    timestamp::Timestamp,
    use_case::keys::watch_api_keys::{WatchedKeys, watch_api_keys},
};
use serde::Serialize;
use std::sync::Arc;

/// Returns a stream of the selected keys. `headers` determine the position from which it
/// resumes, too. The first keys are read in `turn`.
///
/// # Errors
///
/// 503 when there are too many watchers, or too many with a large list.
pub(super) async fn respond(
    tenant: &Tenant,
    selection: &KeySelection,
    headers: &HeaderMap,
    reader: ListReader,
    turn: Turn,
) -> Result<HttpResponse, HttpError> {
    let ports = tenant.ports();
    let since = watch::since(headers);
    let watch = watch_api_keys(&tenant.context, ports, selection, since);
    let watch = turn.read(watch).await?;
    drop(turn);
    let (prefix, clock) = (ports.verify.key_prefix.clone(), &ports.verify.clock);
    watch::respond(watch, prefix, Arc::clone(clock), headers, reader).await
}

/// The fields that an update changed; empty for any other event.
#[derive(Default, Serialize)]
struct ChangedFieldsView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<ChangeView<Option<&'a str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<ChangeView<Vec<&'static str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_model_names: Option<ChangeView<Option<&'a [String]>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<ChangeView<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<ChangeView<Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<ChangeView<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<ChangeView<MetadataView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials: Option<ChangeView<Vec<CredentialView>>>,
}

impl Streamed for WatchedKeys {
    type Lens = KeyPrefix;

    fn write_existing(
        framing: Framing,
        buffer: &mut Vec<u8>,
        key: &ApiKey,
        prefix: &KeyPrefix,
        now: Timestamp,
    ) -> Result<(), HttpError> {
        let data = ApiKeyView::of(key, prefix, now);
        let event = EventView::<_, ChangedFieldsView<'_>>::of_existing(key.id.0, data);
        framing.write(buffer, &event, None)
    }

    fn write_change(
        framing: Framing,
        buffer: &mut Vec<u8>,
        change: &KeyChange,
        prefix: &KeyPrefix,
        now: Timestamp,
        position: Option<Position>,
    ) -> Result<(), HttpError> {
        let key = change.event.key();
        let data = ApiKeyView::of(key, prefix, now);
        let event = EventView::of(&change.event, key.id.0, data, |before, after| {
            ChangedFieldsView::between(before, after, prefix, now)
        });
        framing.write(buffer, &event, position)
    }
}

// === impl ChangedFieldsView ===

impl<'a> ChangedFieldsView<'a> {
    fn between(before: &'a ApiKey, after: &'a ApiKey, prefix: &KeyPrefix, now: Timestamp) -> Self {
        let models = |key: &'a ApiKey| key.allowed_model_names.names();
        let expiry = |key: &ApiKey| key.expires_at.instant().map(Timestamp::to_rfc3339);
        let status = |key: &ApiKey| key.status(now).as_str();
        let credentials = |key: &ApiKey| view::credentials(&key.without_use(), prefix, now);
        Self {
            credentials: ChangeView::of(credentials(before), credentials(after)),
            name: ChangeView::of(before.name.as_str(), after.name.as_str()),
            expires_at: ChangeView::of(expiry(before), expiry(after)),
            status: ChangeView::of(status(before), status(after)),
            metadata: ChangeView::of(view::metadata(before), view::metadata(after)),
            description: ChangeView::of(view::description(before), view::description(after)),
            scope: ChangeView::of(view::scope(before), view::scope(after)),
            allowed_model_names: ChangeView::of(models(before), models(after)),
        }
    }
}
