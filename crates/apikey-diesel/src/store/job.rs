//! A write as the writer sees it: the work it runs, its effects, and its reply.

use super::connection::Connection;
use crate::failure::{Failure, unavailable};
use apikey_domain::{
    change::{Change, attribution::Attribution},
    error::PortError,
};
use futures_util::future::BoxFuture;
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

/// A write with its result type erased.
pub(crate) trait Job: Send {
    /// Runs the work and stores its result.
    fn run<'a>(&'a mut self, connection: &'a mut Connection) -> BoxFuture<'a, Result<(), Failure>>;

    /// Returns what it did, and on whose behalf; leaves no effects behind.
    fn take_effects(&mut self) -> (Attribution, Effects);

    /// Replies with the result, or with the reason why there is none.
    fn reply(self: Box<Self>, committed: Result<(), PortError>);
}

/// A write whose result has the type `T`.
pub(super) struct WriteJob<T, W> {
    pub(super) by: Attribution,
    pub(super) work: W,
    pub(super) written: Option<(Result<T, PortError>, Effects)>,
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

impl<T, W> Job for WriteJob<T, W>
where
    T: Send + 'static,
    W: for<'c> Fn(&'c mut Connection) -> BoxFuture<'c, Written<T>> + Send + 'static,
{
    fn run<'a>(&'a mut self, connection: &'a mut Connection) -> BoxFuture<'a, Result<(), Failure>> {
        let work = (self.work)(connection);
        let written = &mut self.written;
        Box::pin(async move {
            *written = match work.await {
                Ok((result, effects)) => Some((Ok(result), effects)),
                Err(Failure::Refused(error)) => Some((Err(error), Effects::none())),
                Err(failure) => return Err(failure),
            };
            Ok(())
        })
    }

    fn take_effects(&mut self) -> (Attribution, Effects) {
        let effects = match &mut self.written {
            Some((_, effects)) => std::mem::take(effects),
            None => Effects::none(),
        };
        (self.by, effects)
    }

    fn reply(self: Box<Self>, committed: Result<(), PortError>) {
        let result = match (committed, self.written) {
            (Ok(()), Some((result, _))) => result,
            (Ok(()), None) => Err(unavailable("the work was not run")),
            (Err(error), _) => Err(error),
        };
        // The request may have been dropped; the work is done nevertheless.
        let _ = self.reply.send(result);
    }
}
