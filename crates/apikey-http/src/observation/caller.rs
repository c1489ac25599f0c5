//! Who made a request, for its line of the log.

use actix_web::{HttpMessage, HttpRequest};
use apikey_domain::{access::tenant::Caller, verification::KnownKey};
use std::cell::Cell;

/// The ids of whoever made a request, or whose key was asked about, once they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallerIds {
    pub(crate) user_id: Option<i64>,
    pub(crate) key_id: Option<i64>,
}

/// Where a request of which a line is written keeps them. Others have no such place.
#[derive(Default)]
pub(crate) struct CallerPlace(Cell<CallerIds>);

// === impl CallerIds ===

impl CallerIds {
    /// Returns those that a request kept.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let extensions = request.extensions();
        let place = extensions.get::<CallerPlace>();
        place.map(|place| place.0.get()).unwrap_or_default()
    }

    fn keep(self, request: &HttpRequest) {
        if let Some(place) = request.extensions().get::<CallerPlace>() {
            place.0.set(self);
        }
    }
}

/// Notes who makes a request.
pub(crate) fn note_caller(request: &HttpRequest, caller: &Caller) {
    let ids = CallerIds {
        user_id: Some(caller.user().id.0),
        key_id: caller.key().map(|key| key.id.0),
    };
    ids.keep(request);
}

/// Notes whose key a request asks about.
pub(crate) fn note_key(request: &HttpRequest, key: &KnownKey) {
    let ids = CallerIds {
        user_id: Some(key.user_id().0),
        key_id: Some(key.id().0),
    };
    ids.keep(request);
}
