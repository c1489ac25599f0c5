//! An event of a watch as JSON.

use crate::api_keys::{
    rotation::CredentialView,
    view::{self, ApiKeyView, MetadataView},
};
use apikey_domain::{
    change::KeyEvent,
    key::{api_key::ApiKey, token::KeyPrefix},
    timestamp::Timestamp,
};
use serde::Serialize;

/// An event of a watch as JSON.
#[derive(Serialize)]
pub(super) struct EventView<'a> {
    #[serde(rename = "type")]
    kind: u8,
    data: ApiKeyView<'a>,
    changed_fields: ChangedFieldsView<'a>,
    id: i64,
    #[serde(skip)]
    name: &'static str,
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

/// `[[old], [new]]`: the removed and the added values, as in GPUStack.
#[derive(Serialize)]
struct ChangeView<T>([T; 1], [T; 1]);

// === impl EventView ===

impl<'a> EventView<'a> {
    /// Returns the view of a change.
    pub(super) fn of(event: &'a KeyEvent, prefix: &KeyPrefix, now: Timestamp) -> Self {
        let (kind, name, changed_fields) = match event {
            KeyEvent::Created(_) => (1, "created", ChangedFieldsView::default()),
            KeyEvent::Updated { before, after } => (
                2,
                "updated",
                ChangedFieldsView::between(before, after, prefix, now),
            ),
            KeyEvent::Deleted(_) => (3, "deleted", ChangedFieldsView::default()),
        };
        Self {
            kind,
            name,
            changed_fields,
            id: event.key().id.0,
            data: ApiKeyView::of(event.key(), prefix, now),
        }
    }

    /// Returns the view of an existing key: the same as if it were created now.
    pub(super) fn of_existing(key: &'a ApiKey, prefix: &KeyPrefix, now: Timestamp) -> Self {
        Self {
            kind: 1,
            name: "created",
            changed_fields: ChangedFieldsView::default(),
            id: key.id.0,
            data: ApiKeyView::of(key, prefix, now),
        }
    }

    /// Returns the name of the kind of event.
    pub(super) fn name(&self) -> &'static str {
        self.name
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

impl<T: PartialEq> ChangeView<T> {
    fn of(before: T, after: T) -> Option<Self> {
        (before != after).then_some(Self([before], [after]))
    }
}
