//! The peppers of this node while it runs: the newest one is what all nodes agree on, and
//! others can be given without a restart.

use super::origin::PepperOrigin;
use crate::panics;
use anyhow::{Context, anyhow};
use apikey_diesel::{Attendance, Store, fault};
use apikey_domain::{
    change::hub::ChangeHub,
    error::PortError,
    key::{
        digest::{PepperId, Peppers, SharedPeppers},
        pepper_order::Proposal,
    },
    port::{
        clock::{Clock, judging_now},
        pepper_registry::PepperRegistry,
    },
    use_case::operation::agree_on_peppers::{Agreed, PepperError, agree_on_peppers},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Mutex, task::JoinHandle, time::Instant};

/// How often it is looked which pepper is the newest.
const INTERVAL: Duration = Duration::from_secs(5);
/// How often the digests under older ones are counted.
const COUNT_INTERVAL: Duration = Duration::from_secs(60);
/// Up to which number they are counted.
pub const MOST_COUNTED: u32 = 100_000;

/// How many peppers are looked at for those that are missing.
const MOST_NAMED: u32 = 64;

/// The peppers of this node.
pub struct NodePeppers {
    registry: Arc<dyn PepperRegistry>,
    clock: Arc<dyn Clock>,
    hub: ChangeHub,
    shared: SharedPeppers,
    origin: PepperOrigin,
    /// What this node would have as the newest, and whether it waits for others.
    proposed: Mutex<Proposed>,
    outdated: Arc<AtomicU64>,
}

struct Proposed {
    proposal: Proposal,
    waits: bool,
    /// The newest pepper that this node does not know, once it was logged.
    unknown: Option<PepperId>,
}

// === impl NodePeppers ===

impl NodePeppers {
    /// Agrees with the other nodes on these peppers.
    ///
    /// # Errors
    ///
    /// If the newest pepper is not among them.
    pub async fn start(
        given: Peppers,
        origin: PepperOrigin,
        store: &Store,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let registry = Arc::clone(&store.peppers);
        let proposal = Proposal::new(given.ids()).context("there is no pepper")?;
        let at = judging_now(&*clock)?;
        let agreed = agree_on_peppers(&*registry, &given, proposal.clone(), at).await;
        let agreed = agreed.map_err(|error| match error {
            PepperError::Unknown { newest, .. } => {
                let id = newest.to_text();
                anyhow!("{error}; if it is lost, see apikey-server pepper give-up {id}")
            }
            PepperError::Port(error) => error.into(),
        })?;
        log_waiting(&agreed, &proposal);
        warn_of_missing(&*registry, &agreed.peppers).await;
        let proposed = Proposed {
            proposal,
            waits: agreed.waits,
            unknown: None,
        };
        Ok(Self {
            registry,
            clock,
            hub: store.hub.clone(),
            shared: agreed.peppers.into(),
            origin,
            proposed: Mutex::new(proposed),
            outdated: Arc::default(),
        })
    }

    /// Returns the peppers for whoever computes or verifies something.
    pub fn shared(&self) -> SharedPeppers {
        self.shared.clone()
    }

    /// Returns a function that tells how many digests were under older peppers when they
    /// were last counted, up to [`MOST_COUNTED`].
    pub fn outdated(&self) -> impl Fn() -> u64 + Send + Sync + 'static {
        let outdated = Arc::clone(&self.outdated);
        move || outdated.load(Ordering::Relaxed)
    }

    /// Reads the peppers again from where they came from. Returns their ids, that of the
    /// current one first; `None` if they came from where they cannot change.
    ///
    /// # Errors
    ///
    /// If they cannot be read or used. Then those of before stay in use.
    pub async fn reload(&self) -> anyhow::Result<Option<Vec<PepperId>>> {
        let Some(given) = self.origin.read_again().await? else {
            return Ok(None);
        };
        let mut proposed = self.proposed.lock().await;
        let proposal = Proposal::new(given.ids()).context("there is no pepper")?;
        let agreed = self.agree(&given, proposal.clone()).await?;
        log_waiting(&agreed, &proposal);
        warn_of_missing(&*self.registry, &agreed.peppers).await;
        let ids = agreed.peppers.ids();
        self.put_in_use(agreed.peppers);
        *proposed = Proposed {
            proposal,
            waits: agreed.waits,
            unknown: None,
        };
        tracing::info!(peppers = texts(&ids), "read the pepper again");
        Ok(Some(ids))
    }

    /// Follows what the other nodes do, until the task is aborted. The task holds
    /// `attendance` while it runs.
    pub fn follow(self: &Arc<Self>, attendance: Attendance) -> JoinHandle<()> {
        let peppers = Arc::clone(self);
        tokio::spawn(async move {
            let _attendance = attendance;
            let mut count_at = Instant::now();
            while !fault::point("peppers") {
                if let Err(error) = panics::caught(peppers.look()).await {
                    tracing::warn!(%error, "the newest pepper is looked up later");
                }
                if count_at <= Instant::now() {
                    if let Err(error) = panics::caught(peppers.count()).await {
                        tracing::warn!(%error, "digests under older peppers are counted later");
                    }
                    count_at = Instant::now() + COUNT_INTERVAL;
                }
                tokio::time::sleep(INTERVAL).await;
            }
        })
    }

    /// Makes the newest pepper the current one, and the first one given the newest once all
    /// nodes know it.
    async fn look(&self) -> Result<(), PortError> {
        let mut proposed = self.proposed.lock().await;
        let newest = self.registry.newest_pepper().await?;
        let current = self.shared.in_use().ids().first().copied();
        if newest == current && !proposed.waits {
            return Ok(());
        }
        let given = self.shared.in_use();
        match self.agree(&given, proposed.proposal.clone()).await {
            Ok(agreed) => {
                proposed.waits = agreed.waits;
                proposed.unknown = None;
                let ids = agreed.peppers.ids();
                if ids.first().copied() != current {
                    self.put_in_use(agreed.peppers);
                    tracing::info!(peppers = texts(&ids), "another pepper is the newest");
                }
                Ok(())
            }
            Err(PepperError::Port(error)) => Err(error),
            Err(error @ PepperError::Unknown { newest, .. }) => {
                if proposed.unknown.replace(newest) != Some(newest) {
                    tracing::error!(%error, "keys that other nodes make are refused");
                }
                Ok(())
            }
        }
    }

    /// Uses other peppers from now on.
    fn put_in_use(&self, peppers: Peppers) {
        let is_other = self.shared.in_use().ids() != peppers.ids();
        self.shared.replace(peppers);
        if is_other {
            // What is cached has digests of before. They may have been renewed since, or are
            // to be renewed once more: they are read again at the next use.
            self.hub.invalidate_all();
        }
    }

    async fn agree(&self, given: &Peppers, proposal: Proposal) -> Result<Agreed, PepperError> {
        let at = judging_now(&*self.clock)?;
        agree_on_peppers(&*self.registry, given, proposal, at).await
    }

    async fn count(&self) -> Result<(), PortError> {
        let Some(newest) = self.registry.newest_pepper().await? else {
            return Ok(());
        };
        let outdated = self.registry.outdated_digests(newest, MOST_COUNTED).await?;
        self.outdated.store(outdated, Ordering::Relaxed);
        Ok(())
    }
}

fn log_waiting(agreed: &Agreed, proposal: &Proposal) {
    if agreed.waits {
        tracing::warn!(
            pepper = proposal.first().to_text(),
            "a new pepper waits until every node knows it"
        );
    }
}

/// Says under which peppers digests are that these do not have: nobody would know otherwise
/// why such keys are refused. It is advice, so nothing else depends on it.
async fn warn_of_missing(registry: &dyn PepperRegistry, peppers: &Peppers) {
    match registry.peppers_in_use(MOST_NAMED).await {
        Ok(mut missing) => {
            missing.retain(|id| !peppers.knows(*id));
            if !missing.is_empty() {
                tracing::warn!(
                    peppers = texts(&missing),
                    "keys are refused: their digests are under peppers that are not among those \
                     given"
                );
            }
        }
        Err(error) => tracing::warn!(%error, "it is not known which peppers are missing"),
    }
}

/// Returns the ids as text.
pub(crate) fn texts(ids: &[PepperId]) -> String {
    let texts: Vec<_> = ids.iter().map(|id| id.to_text()).collect();
    texts.join(",")
}
