//! The removal of users and organizations that own much.

use crate::{
    error::PortError,
    identifier::PrincipalId,
    identity::removal::{Removal, RemovalStep},
    listing::{Page, Piece, Window},
    timestamp::Timestamp,
};
use async_trait::async_trait;

/// The part of the directory that removes in pieces what deleted users and organizations
/// had.
///
/// A store MAY delete a user or an organization with all they have at once. If they have
/// too much for one short transaction it MUST mark them instead. From the commit of the
/// mark on they are gone: nothing finds, lists or counts them or their memberships, no
/// right rests on them, their keys are not found by their access keys, and their name and
/// slug are free. Their deletion is recorded with the mark. The keys and memberships that
/// are left MUST be deleted by [`Removals::continue_removals`] only, and recorded when
/// they are; until then lists of keys, and their totals, have the keys.
///
/// Any method returns [`PortError::Unavailable`] if the store is unavailable and
/// [`PortError::Corrupt`] if a row breaks the domain's rules.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::removal::RemovalStep, port::{clock::Clock, removals::Removals},
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let step = app.memory.continue_removals(app.clock.now(), 1_000).await.unwrap();
/// assert_eq!(step, RemovalStep::Idle); // Nobody is being removed.
/// # });
/// ```
#[async_trait]
pub trait Removals: Send + Sync {
    /// Lists the removals under way, those that began first before others.
    async fn list_removals(&self, window: Window) -> Result<Page<Removal>, PortError>;

    /// Reads the removals with these ids, which a list named, as those of a
    /// [`super::directory::Directory`] are read.
    async fn removals(&self, ids: &[PrincipalId]) -> Result<Piece<Removal>, PortError>;

    /// Deletes at most `most` keys or memberships of those who are being removed, in one
    /// short transaction, or, if none are left, the rest. MUST bound what it reads by its
    /// bytes, too. Nodes MAY call it at the same time. The events are recorded at `at`.
    async fn continue_removals(&self, at: Timestamp, most: u32) -> Result<RemovalStep, PortError>;
}
