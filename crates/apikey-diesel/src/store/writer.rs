//! The way to the one writer of a node.

use super::{
    connection::{Connection, Source},
    group_commit::GroupCommit,
    job::{Job, Piece, Written},
    publisher::CommitPublisher,
};
use crate::failure::unavailable;
use apikey_domain::{change::attribution::Attribution, error::PortError};
use futures_util::future::BoxFuture;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// How many writes wait at the most; more are refused.
const QUEUE: usize = 4_096;

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
    pub(super) fn start(
        source: Source,
        publisher: CommitPublisher,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (sender, jobs) = mpsc::channel(QUEUE);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = std::thread::Builder::new()
            .name("apikey-writer".to_owned())
            .spawn(move || {
                runtime.block_on(GroupCommit::new(source, publisher).until_closed(jobs))
            })?;
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
