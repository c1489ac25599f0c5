//! An event of a watch as JSON.

use apikey_domain::change::Transition;
use serde::Serialize;

/// An event of a watch as JSON: what it is about, and which fields an update changed.
#[derive(Serialize)]
pub(crate) struct EventView<D, C> {
    #[serde(rename = "type")]
    kind: u8,
    data: D,
    changed_fields: C,
    id: i64,
    #[serde(skip)]
    name: &'static str,
}

/// `[[old], [new]]`: the removed and the added values, as in GPUStack.
#[derive(Serialize)]
pub(crate) struct ChangeView<T>([T; 1], [T; 1]);

// === impl EventView ===

impl<D, C: Default> EventView<D, C> {
    /// Returns the view of a change. `changed_fields` returns what is between two values.
    pub(crate) fn of<'a, T>(
        event: &'a Transition<T>,
        id: i64,
        data: D,
        changed_fields: impl FnOnce(&'a T, &'a T) -> C,
    ) -> Self {
        let (kind, name, changed_fields) = match event {
            Transition::Created(_) => (1, "created", C::default()),
            Transition::Updated { before, after } => (2, "updated", changed_fields(before, after)),
            Transition::Deleted(_) => (3, "deleted", C::default()),
        };
        Self {
            kind,
            data,
            changed_fields,
            id,
            name,
        }
    }

    /// Returns the view of an existing entry: the same as if it were created now.
    pub(crate) fn of_existing(id: i64, data: D) -> Self {
        Self {
            kind: 1,
            data,
            changed_fields: C::default(),
            id,
            name: "created",
        }
    }
}

impl<D, C> EventView<D, C> {
    /// Returns the name of the kind of event.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }
}

// === impl ChangeView ===

impl<T: PartialEq> ChangeView<T> {
    /// Returns what changed, if anything did.
    pub(crate) fn of(before: T, after: T) -> Option<Self> {
        (before != after).then_some(Self([before], [after]))
    }
}
