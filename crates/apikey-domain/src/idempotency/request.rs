//! A request that a client may send again.

use super::{
    attempt::{Attempt, Fingerprint, Repeat},
    content::Content,
    idempotency_key::IdempotencyKey,
    remembered::{Remembered, shifted},
    request_digest::RequestDigest,
    sealed::Sealed,
};
use crate::{
    access::tenant::TenantContext,
    error::PortError,
    identifier::{ApiKeyId, UserId},
    key::{
        digest::{Pepper, Peppers},
        plain_key::PlainKey,
    },
    port::secret_source::SecretSource,
    timestamp::Timestamp,
};
use zeroize::Zeroizing;

/// What the codes are of: see [`Pepper::code`].
const REQUEST: &[u8] = b"apikey repeated request\0";
const CONTENT: &[u8] = b"apikey repeated content\0";
const SEALING: &[u8] = b"apikey sealing key\0";

/// Where a request was sent. One idempotency key names one request for each route.
///
/// # Example
///
/// ```
/// use apikey_domain::idempotency::Route;
///
/// assert_eq!(format!("{:?}", Route::Create), "Create");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// It makes a key.
    Create,
    /// It makes a key for this user.
    CreateFor(UserId),
    /// It gives this key another secret.
    Rotate(ApiKeyId),
}

/// A request that its client may send again: who sent it, for whom, to which route, by which
/// idempotency key, and what it asks for.
///
/// A caller is a user with their password, or with one key of theirs: the same idempotency
/// key of another caller, or for another principal, names another request.
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
/// let key = IdempotencyKey::parse("8e03978e").unwrap();
/// let content = Content::default().text("name", "ci");
/// let request = RepeatableRequest::new(&context, &peppers, key, Route::Create, &content);
/// let value = PlainKey::generate(&Default::default(), &secrets).unwrap();
/// let attempt = request.attempt(&value, &secrets, fixture::instant()).unwrap();
/// assert_eq!(attempt.digests().count(), 1);
/// ```
pub struct RepeatableRequest<'a> {
    peppers: &'a Peppers,
    key: IdempotencyKey,
    /// Under the current pepper.
    current: Fingerprint,
    /// Under each of the retired peppers, in their order.
    retired: Vec<Fingerprint>,
}

// === impl RepeatableRequest ===

impl<'a> RepeatableRequest<'a> {
    /// Returns the request of a caller for the principal they act for.
    pub fn new(
        context: &TenantContext,
        peppers: &'a Peppers,
        key: IdempotencyKey,
        route: Route,
        content: &Content,
    ) -> Self {
        let sent = sent(context, &key, route);
        let fingerprint = |pepper: &Pepper| {
            let request = RequestDigest::new(pepper.code(REQUEST, &sent));
            let asked = Zeroizing::new([request.as_bytes(), content.as_bytes()].concat());
            Fingerprint {
                request,
                content: pepper.code(CONTENT, &asked),
            }
        };
        Self {
            current: fingerprint(peppers.current()),
            retired: peppers.retired().iter().map(fingerprint).collect(),
            peppers,
            key,
        }
    }

    /// Returns the request for a store, with the secret that it would make, sealed. It is
    /// sent at `at`.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the secret source fails.
    pub fn attempt(
        &self,
        value: &PlainKey,
        secrets: &dyn SecretSource,
        at: Timestamp,
    ) -> Result<Attempt, PortError> {
        let until = shifted(at, Remembered::SHOWN_SECONDS);
        let (current, pepper) = (self.current, self.peppers.current());
        let key = self.sealing_key(pepper, &current.request);
        let sealed = Sealed::new(&key, &current.request, value, secrets, until)?;
        Ok(Attempt::new(current, self.retired.clone(), sealed, at))
    }

    /// Opens the secret that was made when it was sent before; `None` if it may not be opened
    /// any more.
    ///
    /// # Errors
    ///
    /// [`PortError::Corrupt`] if what was kept is not what was sealed.
    pub fn open(&self, repeat: &Repeat) -> Result<Option<PlainKey>, PortError> {
        let Some(sealed) = &repeat.sealed else {
            return Ok(None);
        };
        let prints = std::iter::once(&self.current).chain(&self.retired);
        let mut known = prints.zip(self.peppers.all());
        let pepper = known.find(|(print, _)| print.request == repeat.request);
        let opened = pepper.and_then(|(print, pepper)| {
            let key = self.sealing_key(pepper, &print.request);
            sealed.open(&key, &print.request)
        });
        let id = repeat.api_key_id.0;
        let corrupt = || PortError::Corrupt(format!("the sealed value of key {id}"));
        opened.map(Some).ok_or_else(corrupt)
    }

    /// Returns what the secret of a request is sealed with. HMAC-SHA256 is a pseudorandom
    /// function: without the pepper or without the idempotency key it could be anything.
    fn sealing_key(&self, pepper: &Pepper, request: &RequestDigest) -> Zeroizing<[u8; 32]> {
        let message = Zeroizing::new([&request.as_bytes()[..], self.key.as_bytes()].concat());
        Zeroizing::new(pepper.code(SEALING, &message))
    }
}

/// Returns who sent a request, for whom, to which route and by which idempotency key.
fn sent(context: &TenantContext, key: &IdempotencyKey, route: Route) -> Zeroizing<Vec<u8>> {
    let mut sent = Zeroizing::new(Vec::with_capacity(64 + IdempotencyKey::LONGEST));
    let caller = &context.caller;
    sent.extend_from_slice(&caller.user.id.0.to_be_bytes());
    match caller.key() {
        None => sent.push(0),
        Some(key) => {
            sent.push(1);
            sent.extend_from_slice(&key.id.0.to_be_bytes());
        }
    }
    sent.extend_from_slice(&context.write_principal_id().0.to_be_bytes());
    let (number, of) = match route {
        Route::Create => (0, None),
        Route::CreateFor(user) => (1, Some(user.0)),
        Route::Rotate(key) => (2, Some(key.0)),
    };
    sent.push(number);
    sent.extend(of.into_iter().flat_map(i64::to_be_bytes));
    sent.extend_from_slice(key.as_bytes());
    sent
}

#[cfg(test)]
mod tests;
