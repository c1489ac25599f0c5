//! Hears what other nodes call out, on a connection of its own.
//!
//! A call is a hint and nothing else: the feed reads on by itself once a second.

use super::{back_off::BackOff, node_lease::TERM, wakes::Wakes};
use crate::{failure::with_causes, postgres::connection::Source};
use std::sync::Arc;
use tokio::time::timeout;

/// What is called out.
#[derive(Clone, Copy)]
pub(super) enum Call {
    /// A right was taken away: others are waited for.
    Revoked,
    /// Something else changed.
    Changed,
    /// A node has applied what took a right away.
    Applied,
}

// === impl Call ===

impl Call {
    /// The statement with which the node of this row calls it out.
    pub(super) fn statement(self, row: i64) -> String {
        let name = self.name();
        format!("NOTIFY apikey, '{name} {row}'")
    }

    /// What was called out, and by the node of which row.
    pub(super) fn parse(text: &str) -> Option<(Self, i64)> {
        let (name, row) = text.split_once(' ')?;
        let all = [Self::Revoked, Self::Changed, Self::Applied];
        let call = all.into_iter().find(|call| call.name() == name)?;
        Some((call, row.parse().ok()?))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Changed => "changed",
            Self::Applied => "applied",
        }
    }
}

/// Listens until it is aborted.
pub(super) async fn listen(source: Source, wakes: Arc<Wakes>) {
    let mut back_off = BackOff::new();
    let mut is_known = false;
    loop {
        let heard = Arc::clone(&wakes);
        let hear = move |text: &str| heard.hear(text);
        let cause = match source.client("apikey-listener", hear).await {
            Ok((client, driver)) => {
                match timeout(TERM, client.batch_execute("LISTEN apikey")).await {
                    Err(_) => "the database did not answer".to_owned(),
                    Ok(Ok(())) => {
                        back_off.reset();
                        is_known = false;
                        // What was called out before is read now.
                        wakes.now.notify_one();
                        let _ended = driver.await;
                        "the connection was closed".to_owned()
                    }
                    Ok(Err(error)) => with_causes(&error),
                }
            }
            Err(error) => with_causes(&error),
        };
        if !std::mem::replace(&mut is_known, true) {
            let message = "not listening for changes of other nodes: reading once a second";
            tracing::warn!(%cause, "{message}");
        }
        back_off.wait().await;
    }
}
