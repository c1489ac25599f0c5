//! What happens to keys that end by themselves.

use crate::{
    change::{
        ended::{EndedPlace, EndedStep},
        notice::ExpiryNotices,
    },
    error::PortError,
    timestamp::Timestamp,
};
use async_trait::async_trait;

/// What one transaction did about notices.
///
/// # Example
///
/// ```
/// use apikey_domain::port::endings::NoticeStep;
///
/// let step = NoticeStep { given: 3, has_more: false };
/// assert!(step.given > 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeStep {
    /// How many notices it recorded.
    pub given: u32,
    /// Whether there may be more to do at once.
    pub has_more: bool,
}

/// Tells that keys expire, and deletes those that ended long ago.
///
/// Any method returns [`PortError::Unavailable`] if the store is unavailable and
/// [`PortError::Corrupt`] if a row breaks the domain's rules.
///
/// # Example
///
/// ```
/// use apikey_domain::{change::notice::ExpiryNotices, port::endings::Endings, testing::fixture};
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let (store, notices) = (TestApp::new().memory, ExpiryNotices::default());
/// let now = fixture::instant();
/// assert!(store.has_notices(&notices, now).await.unwrap()); // It is to begin.
/// store.give_notices(&notices, now, 100).await.unwrap();
/// assert!(!store.has_notices(&notices, now).await.unwrap());
/// # });
/// ```
#[async_trait]
pub trait Endings: Send + Sync {
    /// Returns whether [`give_notices`](Self::give_notices) has anything to do at `now`. It
    /// writes nothing, and MUST cost no more than a few keys, however many there are.
    async fn has_notices(&self, notices: &ExpiryNotices, now: Timestamp)
    -> Result<bool, PortError>;

    /// Records what is due at `now` of at most `most` keys ([`ExpiryNotices::due`]), in one
    /// short transaction: it looks at those between the [start][`NoticeWindow::start`] and the
    /// end of a window, and remembers how far it came. MUST bound what it reads by its bytes,
    /// too. Whether a notice is due is judged by the key as it is in this transaction.
    ///
    /// Each notice of a key MUST be recorded once for each expiry the key is given, and none
    /// after a nearer one for the same expiry, whichever nodes call it, also at the same
    /// time, and also if a clock is set back. It MUST NOT change the key.
    ///
    /// # Errors
    ///
    /// [`PortError::OlderNodes`] while a node of an earlier release would
    /// misread the events: then nothing MUST be recorded.
    ///
    /// [`NoticeWindow::start`]: crate::change::notice::NoticeWindow::start
    async fn give_notices(
        &self,
        notices: &ExpiryNotices,
        now: Timestamp,
        most: u32,
    ) -> Result<NoticeStep, PortError>;

    /// Deletes at most `most` keys that ended before `before`
    /// ([`has_ended_before`]) and come after `after` in the order of [`EndedPlace`], in one
    /// short transaction. MUST bound what it reads by its bytes, too, and then say where to
    /// go on. Whether a key is deleted is judged by the key as it is in this transaction, so
    /// one that was given another expiry meanwhile stays. Each deletion is recorded at `now`,
    /// made by the service itself, and waits for other nodes as any other does. Nodes MAY
    /// call it at the same time.
    ///
    /// [`has_ended_before`]: crate::change::ended::has_ended_before
    async fn delete_ended(
        &self,
        before: Timestamp,
        after: EndedPlace,
        now: Timestamp,
        most: u32,
    ) -> Result<EndedStep, PortError>;
}
