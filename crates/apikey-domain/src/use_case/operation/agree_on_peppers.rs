//! The pepper that computes what is new, which all nodes agree on.

use crate::{
    error::PortError,
    key::{
        digest::{PepperId, Peppers},
        pepper_order::{PepperJudgment, Proposal},
    },
    port::pepper_registry::PepperRegistry,
    timestamp::Timestamp,
};

/// Peppers that all nodes agree on.
///
/// # Example
///
/// ```
/// use apikey_domain::{testing::fixture, use_case::operation::agree_on_peppers::Agreed};
///
/// let agreed = Agreed { peppers: fixture::peppers(), waits: false };
/// assert_eq!(agreed.peppers.ids().len(), 1);
/// ```
#[derive(Debug)]
pub struct Agreed {
    /// Those of this node, with the newest one as the current one.
    pub peppers: Peppers,
    /// Whether the first one proposed becomes the newest when the other nodes know it.
    pub waits: bool,
}

/// Why the peppers of a node cannot be used.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     testing::fixture::pepper_id, use_case::operation::agree_on_peppers::PepperError,
/// };
///
/// let unknown = PepperError::Unknown { newest: pepper_id(2), given: vec![pepper_id(1)] };
/// assert!(unknown.to_string().contains("02020202, which is not among those given (01010101)"));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum PepperError {
    /// The others compute digests with one that this node does not know.
    #[error(
        "the newest pepper of this database is {}, which is not among those given ({}): \
         give it too, separated by a comma", newest.to_text(), list(given)
    )]
    Unknown {
        /// The newest pepper of the store.
        newest: PepperId,
        /// The peppers of this node.
        given: Vec<PepperId>,
    },
    /// The store is unavailable.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Proposes the peppers of a node, and returns them as they are to be used: with the newest
/// one of the store as the current one, whichever is given first. For whoever starts a node,
/// gives it other peppers, or waits until the other nodes know them.
///
/// # Errors
///
/// [`PepperError::Unknown`] if the newest pepper is not among them.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::{digest::Peppers, pepper_order::Proposal}, testing::fixture,
///     use_case::operation::agree_on_peppers::agree_on_peppers,
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let (registry, at) = (TestApp::new().memory, fixture::instant());
/// let old = "ab".repeat(32);
/// let both = Peppers::from_hex(&format!("{},{old}", "cd".repeat(32))).unwrap();
/// let old = Peppers::from_hex(&old).unwrap();
/// let proposal = |peppers: &Peppers| Proposal::new(peppers.ids()).unwrap();
///
/// let agreed = agree_on_peppers(&*registry, &old, proposal(&old), at).await.unwrap();
/// assert_eq!(agreed.peppers.ids(), old.ids());
/// let agreed = agree_on_peppers(&*registry, &both, proposal(&both), at).await.unwrap();
/// assert_eq!(agreed.peppers.ids(), both.ids());
/// # });
/// ```
pub async fn agree_on_peppers(
    registry: &dyn PepperRegistry,
    given: &Peppers,
    proposal: Proposal,
    at: Timestamp,
) -> Result<Agreed, PepperError> {
    let judgment = registry.propose_peppers(proposal, at).await?;
    let unknown = |newest| PepperError::Unknown {
        newest,
        given: given.ids(),
    };
    let (newest, waits) = match judgment {
        PepperJudgment::Newest(newest) => (newest, false),
        PepperJudgment::Waits(newest) => (newest, true),
        PepperJudgment::Unknown(newest) => return Err(unknown(newest)),
        PepperJudgment::Register | PepperJudgment::ForgetNewest => {
            let unsettled = PortError::Corrupt("the registry of peppers did not settle".to_owned());
            return Err(unsettled.into());
        }
    };
    let peppers = given.with_current(newest).ok_or_else(|| unknown(newest))?;
    Ok(Agreed { peppers, waits })
}

fn list(ids: &[PepperId]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| id.to_text()).collect();
    ids.join(", ")
}
