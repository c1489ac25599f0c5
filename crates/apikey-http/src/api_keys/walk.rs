//! The keys after a cursor, with the cursor for those that follow.

use super::view::ApiKeyView;
use crate::{
    conventions::list_links::PlaceInList, error::HttpError, list_answer::Entries,
    listing::write_pagination, response::write_json,
};
use apikey_domain::{
    Error,
    key::{api_key::ApiKey, token::KeyPrefix},
    timestamp::Timestamp,
    use_case::keys::walk_api_keys::Step,
};

/// One step of a walk through a list.
pub(super) struct WalkedKeys {
    pub(super) step: Step,
    pub(super) prefix: KeyPrefix,
    pub(super) now: Timestamp,
    pub(super) per_page: u32,
}

// === impl WalkedKeys ===

impl Entries for WalkedKeys {
    type Entry = ApiKey;

    async fn next(&mut self) -> Result<Vec<ApiKey>, Error> {
        self.step.keys.next().await
    }

    fn is_last(&self) -> bool {
        self.step.keys.is_last()
    }

    fn write(&self, buffer: &mut Vec<u8>, key: &ApiKey) -> Result<(), HttpError> {
        write_json(buffer, &ApiKeyView::of(key, &self.prefix, self.now))
    }

    fn place(&self) -> Option<PlaceInList> {
        Some(PlaceInList::Walk {
            next: self.step.next_cursor.clone(),
            total: self.step.keys.total(),
        })
    }

    fn write_end(&self, buffer: &mut Vec<u8>, _: u64) -> Result<(), HttpError> {
        let total = self.step.keys.total();
        write_pagination(buffer, None, i64::from(self.per_page), total)?;
        buffer.extend_from_slice(br#","next_cursor":"#);
        write_json(buffer, &self.step.next_cursor)
    }
}
