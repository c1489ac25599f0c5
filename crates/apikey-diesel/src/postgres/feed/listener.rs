//! Hears what other nodes call out, on a connection of its own.
//!
//! A call is a hint and nothing else: the feed reads on by itself once a second.

use super::{back_off::BackOff, wakes::Wakes};
use crate::{failure::with_causes, postgres::connection::Source};
use std::sync::Arc;

/// What is called out.
pub(super) enum Call {
    /// A right was taken away.
    Revoked,
    /// Something else changed.
    Changed,
    /// A node has applied what took a right away.
    Applied,
}

// === impl Call ===

impl Call {
    /// The statement that calls it out.
    pub(super) fn statement(&self) -> &'static str {
        match self {
            Self::Revoked => "NOTIFY apikey, 'revoked'",
            Self::Changed => "NOTIFY apikey, 'changed'",
            Self::Applied => "NOTIFY apikey, 'applied'",
        }
    }
}

/// Listens until it is aborted.
pub(super) async fn listen(source: Source, wakes: Arc<Wakes>) {
    let mut back_off = BackOff::new();
    loop {
        let heard = Arc::clone(&wakes);
        let hear = move |call: &str| match call {
            "changed" => heard.soon.notify_one(),
            "applied" => heard.applied(),
            // A call of a later release is taken for the most urgent.
            _ => heard.now.notify_one(),
        };
        let cause = match source.client("apikey-listener", hear).await {
            Ok(client) => match client.batch_execute("LISTEN apikey").await {
                Ok(()) => {
                    back_off.reset();
                    // What was called out before is read now.
                    wakes.now.notify_one();
                    closed(&client).await;
                    "the connection was closed".to_owned()
                }
                Err(error) => with_causes(&error),
            },
            Err(error) => with_causes(&error),
        };
        tracing::warn!(%cause, "not listening for changes of other nodes: reading once a second");
        back_off.wait().await;
    }
}

/// Waits until the connection is gone.
async fn closed(client: &tokio_postgres::Client) {
    while !client.is_closed() {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}
