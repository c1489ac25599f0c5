//! The payload of what is said of keys that expire.

use super::{api_key::ApiKeyPayload, payload::Payload};
use crate::rows::RowContext;
use apikey_domain::{
    change::notice::{KeyNotice, Notice},
    error::PortError,
};
use serde::{Deserialize, Serialize};

/// The payload of a notice: the key, and how many days are left.
#[derive(Serialize, Deserialize)]
pub(super) struct NoticePayload {
    days: u16,
    #[serde(flatten)]
    key: ApiKeyPayload,
}

// === impl NoticePayload ===

impl Payload for NoticePayload {
    type Subject = KeyNotice;

    fn of(notice: &KeyNotice) -> Self {
        Self {
            days: notice.notice.days(),
            key: ApiKeyPayload::of(&notice.key),
        }
    }

    fn subject(self, event: &RowContext) -> Result<KeyNotice, PortError> {
        Ok(KeyNotice {
            notice: Notice::of_days(self.days),
            key: self.key.subject(event)?,
        })
    }
}
