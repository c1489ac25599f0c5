//! All entries of a list in one page, in bounded memory.

use crate::{error::HttpError, list_answer::Entries, listing::Paging};
use apikey_domain::{
    Error,
    identity::user::User,
    key::api_key::ApiKey,
    use_case::{identity::list_users::AllUsers, keys::list_api_keys::AllApiKeys},
};

/// A list that is read as a whole, in pieces.
pub(crate) trait InPieces {
    /// What it lists.
    type Entry;

    /// Returns the next piece, which is empty at the end.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    async fn next(&mut self) -> Result<Vec<Self::Entry>, Error>;

    /// Returns whether nothing follows what was returned.
    fn is_last(&self) -> bool;
}

/// All entries in one page, with their number. Each is appended as JSON by `write`.
pub(crate) struct WholeList<L, W> {
    pub(crate) list: L,
    pub(crate) paging: Paging,
    pub(crate) write: W,
}

impl InPieces for AllApiKeys {
    type Entry = ApiKey;

    async fn next(&mut self) -> Result<Vec<ApiKey>, Error> {
        self.next().await
    }

    fn is_last(&self) -> bool {
        self.is_last()
    }
}

impl InPieces for AllUsers {
    type Entry = User;

    async fn next(&mut self) -> Result<Vec<User>, Error> {
        self.next().await
    }

    fn is_last(&self) -> bool {
        self.is_last()
    }
}

// === impl WholeList ===

impl<L, W> Entries for WholeList<L, W>
where
    L: InPieces,
    W: Fn(&mut Vec<u8>, &L::Entry) -> Result<(), HttpError>,
{
    type Entry = L::Entry;

    async fn next(&mut self) -> Result<Vec<L::Entry>, Error> {
        self.list.next().await
    }

    fn is_last(&self) -> bool {
        self.list.is_last()
    }

    fn write(&self, buffer: &mut Vec<u8>, entry: &L::Entry) -> Result<(), HttpError> {
        (self.write)(buffer, entry)
    }

    fn write_end(&self, buffer: &mut Vec<u8>, count: u64) -> Result<(), HttpError> {
        self.paging.write(buffer, count)
    }
}
