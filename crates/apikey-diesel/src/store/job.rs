//! A write as the writer sees it: what it runs, what it did, and its reply.

use super::connection::Connection;
use crate::failure::{Failure, unavailable};
use apikey_domain::{
    change::{Change, attribution::Attribution},
    error::PortError,
};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

/// What a piece of work answers: its result and what it did.
pub(crate) type Written<T> = Result<(T, Effects), Failure>;

/// What a piece of work did.
#[derive(Default)]
pub(crate) struct Effects {
    /// The changes it made.
    pub(super) changes: Vec<Change>,
    /// Whether it found something as it wanted it. Who made it so may not have
    /// been answered yet.
    pub(super) is_repeat: bool,
}

/// A piece of work whose result type is forgotten.
pub(crate) trait Job: Send {
    /// Runs the work and keeps its result.
    fn run<'a>(&'a mut self, connection: &'a mut Connection) -> BoxFuture<'a, Result<(), Failure>>;

    /// What it did, and on whose behalf.
    fn take_effects(&mut self) -> (Attribution, Effects);

    /// Answers with the result, or with why there is none.
    fn reply(self: Box<Self>, committed: Result<(), PortError>);
}

/// A write whose result has the type `T`.
pub(super) struct Piece<T, W> {
    pub(super) by: Attribution,
    pub(super) work: W,
    pub(super) written: Option<(Result<T, PortError>, Effects)>,
    pub(super) reply: oneshot::Sender<Result<T, PortError>>,
}

// === impl Effects ===

impl Effects {
    /// These changes.
    pub(super) fn changed(changes: impl Into<Vec<Change>>) -> Self {
        Self {
            changes: changes.into(),
            is_repeat: false,
        }
    }

    /// No change, because it was found as it was wanted.
    pub(super) fn repeat() -> Self {
        Self {
            changes: Vec::new(),
            is_repeat: true,
        }
    }

    /// No change.
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// Whether it may be answered only when every node knows what it did or saw.
    pub(super) fn needs_acknowledgement(&self) -> bool {
        self.is_repeat || self.changes.iter().any(Change::is_revocation)
    }
}

// === impl Piece ===

impl<T, W> Job for Piece<T, W>
where
    T: Send + 'static,
    W: for<'c> Fn(&'c mut Connection) -> BoxFuture<'c, Written<T>> + Send + 'static,
{
    fn run<'a>(&'a mut self, connection: &'a mut Connection) -> BoxFuture<'a, Result<(), Failure>> {
        let work = (self.work)(connection);
        let written = &mut self.written;
        Box::pin(async move {
            *written = match work.await {
                Ok((result, done)) => Some((Ok(result), done)),
                Err(Failure::Refused(error)) => Some((Err(error), Effects::none())),
                Err(failure) => return Err(failure),
            };
            Ok(())
        })
    }

    fn take_effects(&mut self) -> (Attribution, Effects) {
        let done = match &mut self.written {
            Some((_, done)) => std::mem::take(done),
            None => Effects::none(),
        };
        (self.by, done)
    }

    fn reply(self: Box<Self>, committed: Result<(), PortError>) {
        let result = match (committed, self.written) {
            (Ok(()), Some((result, _))) => result,
            (Ok(()), None) => Err(unavailable("the work was not run")),
            (Err(error), _) => Err(error),
        };
        // Nobody may be waiting any more; the work is done all the same.
        let _ = self.reply.send(result);
    }
}
