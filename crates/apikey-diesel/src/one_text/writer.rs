//! The way to the one writer of a node.

use super::{Connection, backend::Source, commits::Commits, outlet::Outlet};
use crate::failure::{Failure, unavailable};
use apikey_domain::{
    change::{Change, attribution::Attribution},
    error::PortError,
};
use futures_util::future::BoxFuture;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// How many writes wait at the most; more are refused.
const QUEUE: usize = 4_096;

/// What a piece of work answers: its result and what it did.
pub(super) type Written<T> = Result<(T, Done), Failure>;

/// What a piece of work did.
#[derive(Default)]
pub(super) struct Done {
    /// The changes it made.
    pub(super) changes: Vec<Change>,
    /// Whether it found something as it wanted it. Who made it so may not have
    /// been answered yet.
    pub(super) is_found: bool,
}

/// Sends work to the writer's thread.
///
/// One writer lets many writes share one commit; on SQLite it makes the order of
/// commits, too.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
}

impl Writer {
    /// Starts the thread, with a connection of its own from `source`. It ends
    /// when the last `Writer` is dropped.
    pub(super) fn start(source: Source, outlet: Outlet) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (sender, jobs) = mpsc::channel(QUEUE);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = std::thread::Builder::new()
            .name("apikey-writer".to_owned())
            .spawn(move || runtime.block_on(Commits::new(source, outlet).until_closed(jobs)))?;
        Ok((Self { jobs: sender }, thread))
    }

    /// Runs `work` in a transaction and answers when it is committed. The work
    /// is completed also when nobody waits for it any more; it MAY be run
    /// again when the transaction was rolled back.
    pub(super) async fn write<T, W>(&self, by: Attribution, work: W) -> Result<T, PortError>
    where
        T: Send + 'static,
        W: for<'c> Fn(&'c mut Connection) -> BoxFuture<'c, Written<T>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let piece = Piece {
            by,
            work,
            written: None,
            reply,
        };
        self.jobs
            .try_send(Box::new(piece))
            .map_err(|_| unavailable("too many writes are waiting, or the writer has stopped"))?;
        let answered = answer.await;
        answered.unwrap_or_else(|_| Err(unavailable("the writer has stopped")))
    }
}

/// A piece of work whose result type is forgotten.
pub(crate) trait Job: Send {
    /// Runs the work and keeps its result.
    fn run<'a>(&'a mut self, connection: &'a mut Connection) -> BoxFuture<'a, Result<(), Failure>>;

    /// What it did, and on whose behalf.
    fn take_done(&mut self) -> (Attribution, Done);

    /// Answers with the result, or with why there is none.
    fn answer(self: Box<Self>, committed: Result<(), PortError>);
}

// === impl Done ===

impl Done {
    /// These changes.
    pub(super) fn changed(changes: impl Into<Vec<Change>>) -> Self {
        Self {
            changes: changes.into(),
            is_found: false,
        }
    }

    /// No change, because it was found as it was wanted.
    pub(super) fn found() -> Self {
        Self {
            changes: Vec::new(),
            is_found: true,
        }
    }

    /// No change.
    pub(super) fn nothing() -> Self {
        Self::default()
    }

    /// Whether it may be answered only when every node knows what it did or saw.
    pub(super) fn must_be_known(&self) -> bool {
        self.is_found || self.changes.iter().any(Change::takes_rights_away)
    }
}

struct Piece<T, W> {
    by: Attribution,
    work: W,
    written: Option<(Result<T, PortError>, Done)>,
    reply: oneshot::Sender<Result<T, PortError>>,
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
                Err(Failure::Refused(error)) => Some((Err(error), Done::nothing())),
                Err(failure) => return Err(failure),
            };
            Ok(())
        })
    }

    fn take_done(&mut self) -> (Attribution, Done) {
        let done = match &mut self.written {
            Some((_, done)) => std::mem::take(done),
            None => Done::nothing(),
        };
        (self.by, done)
    }

    fn answer(self: Box<Self>, committed: Result<(), PortError>) {
        let result = match (committed, self.written) {
            (Ok(()), Some((result, _))) => result,
            (Ok(()), None) => Err(unavailable("the work was not run")),
            (Err(error), _) => Err(error),
        };
        // Nobody may be waiting any more; the work is done all the same.
        let _ = self.reply.send(result);
    }
}
