//! What a store gets of a request, and what it makes of one that was sent before.

use super::{remembered::Remembered, request_digest::RequestDigest, sealed::Sealed};
use crate::{error::PortError, identifier::ApiKeyId, invalid::Invalid, timestamp::Timestamp};

/// A request that may have been sent before, as a store gets it.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     idempotency::{Content, IdempotencyKey, RepeatableRequest, Route},
///     key::plain_key::PlainKey, testing::{FixedSecrets, fixture},
/// };
///
/// let (peppers, secrets) = (fixture::peppers(), FixedSecrets::default());
/// let context = fixture::in_principal(fixture::caller(1, 11), 11);
/// let send = |name: &str| {
///     let key = IdempotencyKey::parse("8e03978e").unwrap();
///     let content = Content::default().text("name", name);
///     let request = RepeatableRequest::new(&context, &peppers, key, Route::Create, &content);
///     let value = PlainKey::generate(&Default::default(), &secrets).unwrap();
///     request.attempt(&value, &secrets, fixture::instant()).unwrap()
/// };
/// let first = send("ci").remembered(fixture::api_key(7, "ci").id);
/// let again = send("ci").repeats([first.clone()]).unwrap().unwrap();
/// assert_eq!(again.api_key_id, first.api_key_id);
/// assert!(send("other").repeats([first]).is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Under the current pepper, by which it will be remembered.
    current: Fingerprint,
    /// Under each of the retired peppers.
    retired: Vec<Fingerprint>,
    sealed: Sealed,
    at: Timestamp,
}

/// What a request is known by, under one pepper.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fingerprint {
    pub(super) request: RequestDigest,
    pub(super) content: [u8; 32],
}

/// A request that was sent before and made a key.
///
/// # Example
///
/// ```
/// use apikey_domain::{idempotency::{Repeat, RequestDigest}, testing::fixture};
///
/// let request = RequestDigest::stored(&[1; 32]).unwrap();
/// let api_key_id = fixture::api_key(7, "ci").id;
/// let repeat = Repeat { request, api_key_id, sealed: None };
/// assert_eq!(repeat.api_key_id.0, 7);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// What it was remembered by.
    pub request: RequestDigest,
    /// The key that it made or changed.
    pub api_key_id: ApiKeyId,
    /// The secret that it made, if it may still be opened.
    pub sealed: Option<Sealed>,
}

// === impl Attempt ===

impl Attempt {
    pub(super) fn new(
        current: Fingerprint,
        retired: Vec<Fingerprint>,
        sealed: Sealed,
        at: Timestamp,
    ) -> Self {
        Self {
            current,
            retired,
            sealed,
            at,
        }
    }

    /// Returns by what it may be remembered, under each pepper.
    pub fn digests(&self) -> impl Iterator<Item = &RequestDigest> {
        self.fingerprints().map(|print| &print.request)
    }

    /// Returns what was made when it was sent before, if it was. `rows` are those with one
    /// of its digests. What is remembered for too long counts as forgotten, and a secret that
    /// may not be opened any more is left out.
    ///
    /// # Errors
    ///
    /// [`PortError::Invalid`] for `Idempotency-Key` if it asks for something else than before.
    pub fn repeats(
        &self,
        rows: impl IntoIterator<Item = Remembered>,
    ) -> Result<Option<Repeat>, PortError> {
        let (kept, open) = (Remembered::kept_at(self.at), Remembered::open_at(self.at));
        let row = rows.into_iter().find_map(|row| {
            let print = self
                .fingerprints()
                .find(|print| print.request == row.request)?;
            kept.contains(row.created_at).then_some((print, row))
        });
        let Some((print, row)) = row else {
            return Ok(None);
        };
        if print.content != row.content {
            let rule = "was given to another request: use a new one for each";
            return Err(PortError::Invalid(Invalid::new("Idempotency-Key", rule)));
        }
        Ok(Some(Repeat {
            request: row.request,
            api_key_id: row.api_key_id,
            sealed: row.sealed.filter(|sealed| open.contains(sealed.until())),
        }))
    }

    /// Returns what is to be kept of it, after it has made or changed the key `id`. It takes
    /// the place of what was kept for too long.
    pub fn remembered(&self, id: ApiKeyId) -> Remembered {
        Remembered {
            request: self.current.request,
            content: self.current.content,
            created_at: self.at,
            api_key_id: id,
            sealed: Some(self.sealed.clone()),
        }
    }

    fn fingerprints(&self) -> impl Iterator<Item = &Fingerprint> {
        std::iter::once(&self.current).chain(&self.retired)
    }
}
