//! What all that makes requests has in common.

use crate::{
    model::{Model, Secret},
    records::{Records, number, text},
    service::Service,
    standing::{Refusal, Standing},
};
use anyhow::Result;
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use xtask_harness::expectation::Expectation;

/// How long it may take until all nodes know of a right that was given.
const GRANT_LIMIT: Duration = Duration::from_secs(2);

/// The service, what it must answer, and what it acknowledged.
pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) model: Model,
    pub(crate) records: Records,
    is_over: AtomicBool,
    is_closed: AtomicBool,
}

// === impl World ===

impl World {
    pub(crate) fn new(service: Service) -> Self {
        Self {
            service,
            model: Model::default(),
            records: Records::default(),
            is_over: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
        }
    }

    /// Nothing is changed any more.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Returns whether nothing is changed any more.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Nobody watches and follows any more.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    /// Returns whether nobody watches and follows any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Returns how long a right that was given may be unknown to other nodes.
    pub(crate) fn grant_limit(&self) -> Duration {
        match self.service.nodes() {
            1 => Duration::ZERO,
            _ => GRANT_LIMIT,
        }
    }

    /// Returns what must be answered of a secret that was just made. Another node may know
    /// neither of it yet nor that its user may act again.
    pub(crate) fn just_made(&self, standing: Standing) -> Expectation<Standing> {
        let limit = self.grant_limit();
        if limit.is_zero() {
            return Expectation::new(standing);
        }
        let expectation = Expectation::new(standing.refused(Refusal::Unknown));
        expectation.begin(standing.refused(Refusal::OwnerInactive));
        expectation.settle_grant(standing, limit);
        expectation
    }

    /// Returns the secret of a key that was just made or rotated, from the answer.
    pub(crate) fn secret(
        &self,
        made: &Value,
        (user, organization): (i64, Option<i64>),
        standing: Expectation<Standing>,
    ) -> Result<Secret> {
        let ids = (number(made, "id")?, user, organization);
        Ok(Secret::new(text(made, "value")?, ids, standing))
    }

    /// Runs a task; one that cannot go on is wrong.
    pub(crate) async fn perform(
        self: Arc<Self>,
        name: &str,
        task: impl Future<Output = Result<()>>,
    ) {
        if let Err(error) = task.await {
            self.service.wrong(format!("{name} gave up: {error:#}"));
        }
    }
}
