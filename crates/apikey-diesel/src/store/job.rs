//! A write as the writer sees it: the work it runs, its effects, and its reply.

use super::{connection::Connection, judgment::Judgments, lock::Lock};
use crate::{
    failure::{Failure, unavailable},
    rows::NewEventRow,
};
use apikey_domain::{
    access::{
        authority::{Authority, Grounds},
        spending::Spending,
    },
    change::{Change, attribution::Attribution},
    error::PortError,
};
use futures_util::future::BoxFuture;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// What the work of a write returns: its result and its effects.
pub(crate) type Written<T> = Result<(T, Effects), Failure>;

/// The effects of a write.
#[derive(Default)]
pub(crate) struct Effects {
    /// The changes it made.
    pub(super) changes: Vec<Change>,
    /// Whether it may be an idempotent retry: the state it requests was there already.
    /// The request that made it so may not have been answered yet.
    pub(super) is_repeat: bool,
}

/// What a job did, and on whose behalf; nothing if it was refused.
pub(crate) type Done = Option<(Attribution, Effects)>;

/// A write with its result type erased.
pub(crate) trait Job: Send {
    /// Judges what the write rests on, then runs the work; stores the result of both,
    /// and returns the effects and on whose behalf.
    fn run<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        judgments: &'a mut Judgments,
    ) -> BoxFuture<'a, Result<Done, Failure>>;

    /// Returns what it rests on, if it needs a right, and what it locks.
    fn footing(&self) -> (Option<Grounds>, &Lock);

    /// Returns for how long it has waited.
    fn waited(&self) -> Duration;

    /// Replies with the result, or with the reason why there is none.
    fn reply(self: Box<Self>, committed: Result<(), PortError>);
}

/// A write whose result has the type `T`.
pub(super) struct WriteJob<T, W> {
    pub(super) by: Authority,
    /// What whoever makes it has spent.
    pub(super) spending: Arc<Spending>,
    /// When it was requested.
    pub(super) since: Instant,
    pub(super) lock: Lock,
    pub(super) work: W,
    pub(super) written: Option<Result<T, PortError>>,
    pub(super) reply: oneshot::Sender<Result<T, PortError>>,
}

// === impl Effects ===

impl Effects {
    /// Returns effects with these changes.
    pub(super) fn changed(changes: impl Into<Vec<Change>>) -> Self {
        Self {
            changes: changes.into(),
            is_repeat: false,
        }
    }

    /// Returns no changes, because the requested state was there already.
    pub(super) fn repeat() -> Self {
        Self {
            changes: Vec::new(),
            is_repeat: true,
        }
    }

    /// Returns no changes.
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// Returns whether the reply has to wait until every node has applied what the
    /// write did or saw.
    pub(super) fn needs_acknowledgement(&self) -> bool {
        self.is_repeat || self.changes.iter().any(Change::is_revocation)
    }
}

// === impl WriteJob ===

impl<T, W> WriteJob<T, W>
where
    T: Send + 'static,
    W: for<'c> Fn(&'c mut Connection) -> BoxFuture<'c, Written<T>> + Send + 'static,
{
    async fn judge_and_work(
        &mut self,
        connection: &mut Connection,
        judgments: &mut Judgments,
    ) -> Result<(T, Attribution, Effects), Failure> {
        let judged = judgments.judge(connection, &self.by, &self.lock, self.since);
        let by = judged.await?;
        let work = (self.work)(connection);
        let (result, effects) = work.await?;
        self.spend(by, &effects.changes)?;
        Ok((result, by, effects))
    }

    /// Spends what the events of these changes take, if that is bounded.
    fn spend(&self, by: Attribution, changes: &[Change]) -> Result<(), Failure> {
        if let Some(grounds) = self.by.grounds()
            && self.spending.bounds_event_bytes()
        {
            let bytes = changes
                .iter()
                .map(|change| Ok(NewEventRow::of(by, change)?.bytes()))
                .sum::<Result<u64, PortError>>()?;
            self.spending
                .spend_event_bytes(grounds.into(), bytes, Instant::now());
        }
        Ok(())
    }
}

impl<T, W> Job for WriteJob<T, W>
where
    T: Send + 'static,
    W: for<'c> Fn(&'c mut Connection) -> BoxFuture<'c, Written<T>> + Send + 'static,
{
    fn run<'a>(
        &'a mut self,
        connection: &'a mut Connection,
        judgments: &'a mut Judgments,
    ) -> BoxFuture<'a, Result<Done, Failure>> {
        Box::pin(async move {
            let (result, done) = match self.judge_and_work(connection, judgments).await {
                Ok((result, by, effects)) => (Ok(result), Some((by, effects))),
                Err(Failure::Refused(error)) => (Err(error), None),
                Err(failure) => return Err(failure),
            };
            self.written = Some(result);
            Ok(done)
        })
    }

    fn footing(&self) -> (Option<Grounds>, &Lock) {
        (self.by.grounds(), &self.lock)
    }

    fn waited(&self) -> Duration {
        self.since.elapsed()
    }

    fn reply(self: Box<Self>, committed: Result<(), PortError>) {
        let result = match (committed, self.written) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(unavailable("the work was not run")),
            (Err(error), _) => Err(error),
        };
        // The request may have been dropped; the work is done nevertheless.
        let _ = self.reply.send(result);
    }
}
