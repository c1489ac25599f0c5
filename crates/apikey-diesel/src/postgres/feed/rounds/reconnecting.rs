//! How the rounds go on when their connection was lost.

use super::{NOTHING, Rounds};
use crate::{
    failure::unavailable,
    postgres::{
        events,
        feed::{
            Commit, back_off::BackOff, boot_clock, client::FeedClient, listener::Call,
            node_lease::TERM, others::Others,
        },
    },
};
use apikey_domain::port::StoreError;
use std::time::Duration;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

/// A change is given up on when the other nodes could not be seen for so long.
const BLIND: Duration = Duration::from_secs(10);

impl Rounds {
    /// Connects until it succeeds. What was remembered is not trusted any more.
    pub(super) async fn connect_again(
        &mut self,
        server: &str,
        commits: &mut mpsc::UnboundedReceiver<Commit>,
        back_off: &mut BackOff,
    ) -> FeedClient {
        self.delivery.lose();
        // What was seen before a server crashed, it may give out again: snapshots,
        // and renewals that were not durable.
        self.applied = NOTHING.to_owned();
        self.others = Others::default();
        self.written = None;
        loop {
            back_off.wait().await;
            while let Ok(commit) = commits.try_recv() {
                self.take(commit);
            }
            self.give_up_waits();
            let Ok(Ok(client)) = timeout(TERM, self.connect()).await else {
                continue;
            };
            let Ok(Ok(())) = timeout(TERM, self.go_on(server, &client)).await else {
                continue;
            };
            self.call = Some(Call::Revoked);
            self.next_write = Instant::now();
            self.wakes.now.notify_one();
            return client;
        }
    }

    /// Goes on where the events were left, or begins anew.
    async fn go_on(&mut self, server: &str, client: &FeedClient) -> Result<(), StoreError> {
        let mut connection = self.source.connect().await?;
        let floor = events::floor(&mut connection).await.map_err(unavailable)?;
        if client.server != server || self.delivery.cursor() < floor {
            // Who listens goes on from the last event they were told, if the server
            // still has it; what else they hold may not be durable.
            let last = events::last(&mut connection).await.map_err(unavailable)?;
            self.delivery.begin_anew(last);
        }
        Ok(())
    }

    /// Tells those who waited long that it is not known whether the other nodes
    /// have applied their change.
    fn give_up_waits(&mut self) {
        let now = boot_clock::now();
        let waits = std::mem::take(&mut self.waits);
        for wait in waits {
            if now < wait.committed + BLIND {
                self.waits.push(wait);
                continue;
            }
            let cause = "it is committed; whether every node has applied it is not known";
            // Nobody may be waiting any more.
            let _ = wait.reply.send(Err(unavailable(cause)));
        }
    }
}
