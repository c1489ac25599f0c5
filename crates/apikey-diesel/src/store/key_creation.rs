//! Creations of keys. Those that share a transaction are run together: judged one by one,
//! and stored by one statement.

use super::{
    connection::Connection,
    job::{Done, Effects, Job, KeyCreation, WriteRequest},
    judgment::Judgments,
    key_commands, key_quota,
    lock::Lock,
};
use crate::{
    failure::{Failure, unavailable},
    fault,
};
use apikey_domain::{
    access::{
        authority::{Authority, Grounds},
        quota::Quota,
        spending::Spending,
    },
    change::{Change, KeyEvent, attribution::Attribution},
    error::PortError,
    identifier::PrincipalId,
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
    let mut created = key_commands::create(connection, &admitted)
        .await?
        .into_iter();
    let mut done = Vec::with_capacity(judged.len());
    for (creation, judged) in creations.iter_mut().zip(judged) {
        let written = match judged {
            Ok(by) => written(by, created.next()),
            Err(error) => Err(Failure::Refused(error)),
        };
        done.push(creation.request.keep(written)?);
    }
    Ok(done)
}

/// Returns the result of a creation whose statement was run.
fn written(
    by: Attribution,
    created: Option<Result<ApiKey, PortError>>,
) -> Result<(ApiKey, Attribution, Effects), Failure> {
    let created = created.unwrap_or_else(|| Err(unavailable("the key was not created")));
    let key = created?;
    let change = Change::Key(KeyEvent::Created(key.clone()));
    Ok((key, by, Effects::changed([change])))
}

// === impl KeyCreation ===

impl KeyCreation {
    /// Returns the creation of a key, and what receives the result.
    pub(super) fn new(
        by: Authority,
        new: NewApiKey,
        quota: Quota,
        spending: Arc<Spending>,
    ) -> (Self, oneshot::Receiver<Result<ApiKey, PortError>>) {
        let name = new.name.as_str().to_owned();
        let (user_id, owner) = (new.user_id, new.owner_principal_id);
        let lock = if quota.is_unbounded() {
            Lock::NewKey(user_id, owner, name)
        } else {
            Lock::CountedKey(user_id, owner, name)
        };
        let (request, result) = WriteRequest::new(by, lock, spending);
        let creation = Self {
            request,
            new,
            quota,
        };
        (creation, result)
    }

    /// Returns the organization that will own the key, if one will.
    fn organization_id(&self) -> Option<PrincipalId> {
        let (grounds, _) = self.request.footing();
        grounds.and_then(|grounds| grounds.principal_id)
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
                let organization_id = self.organization_id();
                key_quota::check(connection, self.quota, organization_id, &self.new).await?;
                let created = key_commands::create(connection, &[&self.new]).await?;
                written(by, created.into_iter().next())
            };
            let written = written.await;
            self.request.keep(written)
        })
    }

    fn as_creation(&mut self) -> Option<&mut KeyCreation> {
        // What is counted is stored one by one.
        self.quota.is_unbounded().then_some(self)
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
