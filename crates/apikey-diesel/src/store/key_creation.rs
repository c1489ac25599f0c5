//! Creations of keys. Those that share a transaction are run together: judged one by one,
//! and stored by one statement.

use super::{
    connection::Connection,
    job::{Done, Job, KeyCreation, WriteRequest},
    judgment::Judgments,
    key_commands,
    lock::Lock,
};
use crate::{
    failure::{Failure, unavailable},
    fault,
};
use apikey_domain::{
    access::{
        authority::{Authority, Grounds},
        quota::spending::Spending,
    },
    error::PortError,
    key::api_key::{ApiKey, NewApiKey},
};
use futures_util::future::BoxFuture;
use std::{sync::Arc, time::Duration};
use tokio::sync::oneshot;

/// Returns how many of these jobs, from the first one on, are creations.
pub(super) fn count(batch: &mut [Box<dyn Job>]) -> usize {
    let jobs = batch.len();
    let other = batch.iter_mut().position(|job| job.as_creation().is_none());
    other.unwrap_or(jobs)
}

/// Runs creations together. Returns what each did.
///
/// # Errors
///
/// A failure of which the creation is not known.
pub(super) async fn run(
    connection: &mut Connection,
    judgments: &mut Judgments,
    batch: &mut [Box<dyn Job>],
) -> Result<Vec<Done>, Failure> {
    let creations = batch.iter_mut().filter_map(|job| job.as_creation());
    let mut creations: Vec<&mut KeyCreation> = creations.collect();
    let mut judged = Vec::with_capacity(creations.len());
    for creation in &mut creations {
        fault::point("job");
        match creation.request.judge(connection, judgments).await {
            Ok(by) => judged.push(Ok(by)),
            Err(Failure::Refused(error)) => judged.push(Err(error)),
            Err(failure) => return Err(failure),
        }
    }
    let admitted = creations.iter().zip(&judged);
    let admitted = admitted.filter_map(|(creation, by)| by.is_ok().then_some(&creation.new));
    let admitted: Vec<&NewApiKey> = admitted.collect();
    let created = key_commands::create_together(connection, &admitted).await?;
    let mut created = created.into_iter();
    let mut done = Vec::with_capacity(judged.len());
    for (creation, judged) in creations.iter_mut().zip(judged) {
        let created = match judged {
            Ok(by) => created.next().map(|created| created.map(|key| (by, key))),
            Err(error) => Some(Err(error)),
        };
        let created = created.unwrap_or_else(|| Err(unavailable("no key was created")));
        let written = created.map_err(Failure::from).map(|(by, key)| {
            let effects = key_commands::creation(&key);
            (key, by, effects)
        });
        done.push(creation.request.keep(written)?);
    }
    Ok(done)
}

// === impl KeyCreation ===

impl KeyCreation {
    /// Returns the creation of a key, and what receives the result.
    pub(super) fn new(
        by: Authority,
        spending: Arc<Spending>,
        new: NewApiKey,
    ) -> (Self, oneshot::Receiver<Result<ApiKey, PortError>>) {
        let lock = Lock::of_creation(&new, false);
        let (request, result) = WriteRequest::new(by, spending, lock);
        (Self { request, new }, result)
    }
}

impl Job for KeyCreation {
    fn run<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        judgments: &'a mut Judgments,
    ) -> BoxFuture<'a, Result<Done, Failure>> {
        Box::pin(async move {
            let written = async {
                let by = self.request.judge(connection, judgments).await?;
                let (key, effects) = key_commands::create(connection, &self.new).await?;
                Ok((key, by, effects))
            };
            let written = written.await;
            self.request.keep(written)
        })
    }

    fn as_creation(&mut self) -> Option<&mut KeyCreation> {
        Some(self)
    }

    fn footing(&self) -> (Option<Grounds>, &Lock) {
        self.request.footing()
    }

    fn waited(&self) -> Duration {
        self.request.waited()
    }

    fn reply(self: Box<Self>, committed: Result<(), PortError>) {
        self.request.reply(committed);
    }
}
