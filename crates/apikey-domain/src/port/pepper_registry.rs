//! Which peppers compute the digests of a store.

use crate::{
    error::PortError,
    key::{
        digest::PepperId,
        pepper_order::{PepperJudgment, Proposal},
    },
    timestamp::Timestamp,
};
use async_trait::async_trait;

/// A pepper of a store.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::pepper_order::Proposal, port::pepper_registry::PepperRegistry, testing::fixture,
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let (registry, peppers) = (TestApp::new().memory, fixture::peppers());
/// let proposal = Proposal::new(peppers.ids()).unwrap();
/// registry.propose_peppers(proposal, fixture::instant()).await.unwrap();
/// let known = registry.peppers().await.unwrap();
/// assert_eq!((known[0].id, known[0].digests), (peppers.ids()[0], 0));
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PepperUse {
    /// Its id.
    pub id: PepperId,
    /// When it became the newest one; `None` if it never was.
    pub registered_at: Option<Timestamp>,
    /// How many secrets of keys have a digest under it.
    pub digests: u64,
}

/// Remembers which peppers were the newest ones of a store, in their order, so that all
/// nodes agree which one computes what is new.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::pepper_order::{PepperJudgment, Proposal}, port::pepper_registry::PepperRegistry,
///     testing::fixture,
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let (registry, peppers) = (TestApp::new().memory, fixture::peppers());
/// let proposal = Proposal::new(peppers.ids()).unwrap();
/// let judgment = registry.propose_peppers(proposal, fixture::instant()).await.unwrap();
/// assert_eq!(judgment, PepperJudgment::Newest(peppers.ids()[0]));
/// # });
/// ```
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PepperRegistry: Send + Sync {
    /// Proposes the peppers of a node, as [`Proposal::judge`] says, and does what it says:
    /// registers the first one as the newest, or forgets newer ones that were never used.
    /// From when this returns [`PepperJudgment::Newest`] or [`PepperJudgment::Waits`], other
    /// nodes MUST find these peppers when they propose theirs, and only these, until this
    /// node proposes others or ends. Of proposals that are made at the same time, each MUST
    /// be judged by what those before it did. The service itself does so: nothing is judged,
    /// and no event is written.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is unavailable. Then this node may count as
    /// one that knows these peppers, or those of before.
    async fn propose_peppers(
        &self,
        proposal: Proposal,
        at: Timestamp,
    ) -> Result<PepperJudgment, PortError>;

    /// Returns the id of the newest pepper; `None` before the first.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is unavailable.
    async fn newest_pepper(&self) -> Result<Option<PepperId>, PortError>;

    /// Returns how many secrets of keys have a digest under another pepper than `newest`,
    /// and `most` if there are more. Each secret of a key that was rotated counts, and no
    /// digest of another service does. If there are none it MUST NOT take longer the more
    /// keys there are: this is asked every minute.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is unavailable.
    async fn outdated_digests(&self, newest: PepperId, most: u32) -> Result<u64, PortError>;

    /// Returns the ids under which secrets of keys have a digest, registered or not, in
    /// their order, and the first `most` of them if there are more. It MUST NOT take longer
    /// the more keys there are: each node asks when it starts.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is unavailable and [`PortError::Corrupt`] if
    /// a row breaks the domain's rules.
    async fn peppers_in_use(&self, most: u32) -> Result<Vec<PepperId>, PortError>;

    /// Returns the peppers that are registered or have digests, the newest first, then
    /// those that were never registered, by their ids. It may read every key.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is unavailable and [`PortError::Corrupt`] if
    /// a row breaks the domain's rules.
    async fn peppers(&self) -> Result<Vec<PepperUse>, PortError>;
}
