//! A write as the writer sees it: the work it runs, its effects, and its reply.

use super::{connection::Connection, judgment::Judgments, lock::Lock};
use crate::{
    failure::{Failure, unavailable},
    rows::NewEventRow,
};
use apikey_domain::{
    access::{
        attribution::Attribution,
        authority::{Authority, Grounds},
        quota::spending::Spending,
    },
    change::Change,
    error::PortError,
    key::api_key::{ApiKey, NewApiKey},
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

    /// Returns it as the creation of a key, if it is one: several can be run together.
    fn as_creation(&mut self) -> Option<&mut KeyCreation> {
        None
    }

    /// Returns what it rests on, if it needs a right, and what it locks.
    fn footing(&self) -> (Option<Grounds>, &Lock);

    /// Returns for how long it has waited.
    fn waited(&self) -> Duration;

    /// Replies with the result, or with the reason why there is none.
    fn reply(self: Box<Self>, committed: Result<(), PortError>);
}

/// A write whose result has the type `T`.
pub(super) struct WriteJob<T, W> {
    pub(super) request: WriteRequest<T>,
    pub(super) work: W,
}

/// The creation of a key.
pub(crate) struct KeyCreation {
    pub(super) request: WriteRequest<ApiKey>,
    pub(super) new: NewApiKey,
}

/// Who asks for a write, what it locks, and where its result goes, of the type `T`.
pub(super) struct WriteRequest<T> {
    by: Authority,
    /// What whoever makes it has spent.
    spending: Arc<Spending>,
    /// When it was requested.
    since: Instant,
    lock: Lock,
    written: Option<Result<T, PortError>>,
    /// What its events take.
    event_bytes: u64,
    reply: oneshot::Sender<Result<T, PortError>>,
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

    /// Adds changes that were made, too.
    pub(super) fn add(&mut self, changes: Vec<Change>) {
        self.changes.extend(changes);
    }

    /// Returns whether the reply has to wait until every node has applied what the
    /// write did or saw.
    pub(super) fn needs_acknowledgement(&self) -> bool {
        self.is_repeat || self.changes.iter().any(Change::is_revocation)
    }
}

// === impl WriteRequest ===

impl<T> WriteRequest<T> {
    /// Returns it, and what receives the result.
    pub(super) fn new(
        by: Authority,
        spending: Arc<Spending>,
        lock: Lock,
    ) -> (Self, oneshot::Receiver<Result<T, PortError>>) {
        let (reply, result) = oneshot::channel();
        let request = Self {
            by,
            spending,
            since: Instant::now(),
            lock,
            written: None,
            event_bytes: 0,
            reply,
        };
        (request, result)
    }

    /// Judges what the write rests on.
    pub(super) async fn judge(
        &mut self,
        connection: &mut Connection,
        judgments: &mut Judgments,
    ) -> Result<Attribution, Failure> {
        let judged = judgments.judge(connection, &self.by, &self.lock, self.since);
        judged.await
    }

    /// Keeps the result of the write, or why it was refused. Returns its effects.
    ///
    /// # Errors
    ///
    /// Any other failure.
    pub(super) fn keep(
        &mut self,
        written: Result<(T, Attribution, Effects), Failure>,
    ) -> Result<Done, Failure> {
        let (result, done) = match written {
            Ok((result, by, effects)) => {
                self.event_bytes = self.event_bytes(by, &effects.changes)?;
                (Ok(result), Some((by, effects)))
            }
            Err(Failure::Refused(error)) => (Err(error), None),
            Err(failure) => return Err(failure),
        };
        self.written = Some(result);
        Ok(done)
    }

    pub(super) fn footing(&self) -> (Option<Grounds>, &Lock) {
        (self.by.grounds(), &self.lock)
    }

    pub(super) fn waited(&self) -> Duration {
        self.since.elapsed()
    }

    /// Replies with the result, or with the reason why there is none.
    pub(super) fn reply(self, committed: Result<(), PortError>) {
        if committed.is_ok()
            && let Some(grounds) = self.by.grounds()
        {
            let (spender, now) = (grounds.into(), Instant::now());
            self.spending
                .spend_event_bytes(spender, self.event_bytes, now);
        }
        let result = match (committed, self.written) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(unavailable("the work was not run")),
            (Err(error), _) => Err(error),
        };
        // The request may have been dropped; the work is done nevertheless.
        let _ = self.reply.send(result);
    }

    /// Returns what the events of these changes take, if that is bounded.
    fn event_bytes(&self, by: Attribution, changes: &[Change]) -> Result<u64, PortError> {
        if !self.spending.bounds_event_bytes() {
            return Ok(0);
        }
        let bytes = changes
            .iter()
            .map(|change| Ok(NewEventRow::of(by, change)?.bytes()));
        bytes.sum()
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
        let by = self.request.judge(connection, judgments).await?;
        let work = (self.work)(connection);
        let (result, effects) = work.await?;
        Ok((result, by, effects))
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
            let written = self.judge_and_work(connection, judgments).await;
            self.request.keep(written)
        })
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
