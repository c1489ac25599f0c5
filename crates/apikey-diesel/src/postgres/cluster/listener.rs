//! Receives the signals of the peers, on a connection of its own.
//!
//! A signal is only a hint: the event consumer reads once a second without any.

use super::{backoff::Backoff, lease::LEASE_TERM, wakeups::Wakeups};
use crate::{fault, postgres::connection::Source};
use apikey_domain::error::with_causes;
use std::sync::Arc;
use tokio::time::timeout;

/// Listens until it is aborted.
pub(super) async fn listen(source: Source, wakeups: Arc<Wakeups>) {
    let mut backoff = Backoff::new();
    let mut is_failure_logged = false;
    while !fault::point("listener") {
        let receiver = Arc::clone(&wakeups);
        let on_notification = move |payload: &str| receiver.receive(payload);
        let cause = match source.client("apikey-listener", on_notification).await {
            Ok((client, driver)) => {
                match timeout(LEASE_TERM, client.batch_execute("LISTEN apikey")).await {
                    Err(_) => "the database did not answer".to_owned(),
                    Ok(Ok(())) => {
                        backoff.reset();
                        is_failure_logged = false;
                        // Signals sent before may have been missed: read now.
                        wakeups.now.notify_one();
                        let _ended = driver.await;
                        "the connection was closed".to_owned()
                    }
                    Ok(Err(error)) => with_causes(&error),
                }
            }
            Err(error) => with_causes(&error),
        };
        if !std::mem::replace(&mut is_failure_logged, true) {
            let message = "not listening for changes of other nodes: reading once a second";
            tracing::warn!(%cause, "{message}");
        }
        backoff.wait().await;
    }
}
