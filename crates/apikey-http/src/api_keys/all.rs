//! All keys in one page, in bounded memory.

use super::view::ApiKeyView;
use crate::{error::HttpError, list_answer::Entries, listing::Paging, response::write_json};
use apikey_domain::{
    Error,
    key::{api_key::ApiKey, token::KeyPrefix},
    timestamp::Timestamp,
    use_case::keys::list_api_keys::AllApiKeys,
};

/// All keys in one page, with their number.
pub(super) struct AllInOnePage {
    pub(super) keys: AllApiKeys,
    pub(super) prefix: KeyPrefix,
    pub(super) now: Timestamp,
    pub(super) paging: Paging,
}

// === impl AllInOnePage ===

impl Entries for AllInOnePage {
    type Entry = ApiKey;

    async fn next(&mut self) -> Result<Vec<ApiKey>, Error> {
        self.keys.next().await
    }

    fn is_last(&self) -> bool {
        self.keys.is_last()
    }

    fn write(&self, buffer: &mut Vec<u8>, key: &ApiKey) -> Result<(), HttpError> {
        write_json(buffer, &ApiKeyView::of(key, &self.prefix, self.now))
    }

    fn write_end(&self, buffer: &mut Vec<u8>, count: u64) -> Result<(), HttpError> {
        self.paging.write(buffer, count)
    }
}
