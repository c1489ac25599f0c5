//! What happened to a key, as watchers see it.

use crate::api_keys::view::{self, ApiKeyView};
use apikey_domain::{
    change::KeyEvent,
    key::{api_key::ApiKey, token::KeyPrefix},
};
use serde::Serialize;

/// What happened to a key, as watchers see it.
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

/// What an update changed; empty for any other event.
#[derive(Default, Serialize)]
struct ChangedFieldsView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<ChangeView<Option<&'a str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<ChangeView<Vec<&'static str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_model_names: Option<ChangeView<Option<&'a [String]>>>,
}

/// `[[old], [new]]`: what was removed and what was added, in GPUStack's words.
#[derive(Serialize)]
struct ChangeView<T>([T; 1], [T; 1]);

// === impl EventView ===

impl<'a> EventView<'a> {
    /// A change.
    pub(super) fn of(event: &'a KeyEvent, prefix: &KeyPrefix) -> Self {
        let (kind, name, changed_fields) = match event {
            KeyEvent::Created(_) => (1, "created", ChangedFieldsView::default()),
            KeyEvent::Updated { before, after } => {
                (2, "updated", ChangedFieldsView::between(before, after))
            }
            KeyEvent::Deleted(_) => (3, "deleted", ChangedFieldsView::default()),
        };
        Self {
            kind,
            name,
            changed_fields,
            id: event.key().id.0,
            data: ApiKeyView::of(event.key(), prefix),
        }
    }

    /// A key that is there, told as if it were created now.
    pub(super) fn of_present(key: &'a ApiKey, prefix: &KeyPrefix) -> Self {
        Self {
            kind: 1,
            name: "created",
            changed_fields: ChangedFieldsView::default(),
            id: key.id.0,
            data: ApiKeyView::of(key, prefix),
        }
    }

    /// What kind of event it is, in a word.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }
}

// === impl ChangedFieldsView ===

impl<'a> ChangedFieldsView<'a> {
    fn between(before: &'a ApiKey, after: &'a ApiKey) -> Self {
        let models = |key: &'a ApiKey| key.allowed_model_names.names();
        Self {
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
