//! Receives the signals of the peers, on a connection of its own.
//!
//! A signal is only a hint: the event consumer reads once a second without any.

use super::{backoff::Backoff, lease::LEASE_TERM, wakeups::Wakeups};
use crate::{
    failure::is_connection_refused,
    fault,
    postgres::connection::{OpenClient, Source},
};
use apikey_domain::error::with_causes;
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};

/// How long it does without a connection that another part needed more.
const CLAIMED_PAUSE: Duration = Duration::from_secs(30);

/// Listens until it is aborted.
pub(super) async fn listen(source: Source, wakeups: Arc<Wakeups>) {
    let mut backoff = Backoff::new();
    let mut is_failure_logged = false;
    while !fault::point("listener") {
        let mut pause = Duration::ZERO;
        let receiver = Arc::clone(&wakeups);
        let on_notification = move |payload: &str| receiver.receive(payload);
        let cause = match source.client("apikey-listener", on_notification).await {
            Ok(OpenClient {
                client,
                mut driver,
                generation,
                counted: _counted,
                ..
            }) => {
                let primary = source.primary();
                match timeout(LEASE_TERM, client.batch_execute("LISTEN apikey")).await {
                    Err(_) => "the database did not answer".to_owned(),
                    Ok(Ok(())) => {
                        backoff.reset();
                        is_failure_logged = false;
                        // Signals sent before may have been missed: read now.
                        wakeups.now.notify_one();
                        tokio::select! {
                            _ended = &mut driver => "the connection was closed".to_owned(),
                            () = primary.ended(generation) => {
                                "the database server was replaced".to_owned()
                            }
                            () = source.limit().claimed_from_listener() => {
                                pause = CLAIMED_PAUSE;
                                "another part needs its connection".to_owned()
                            }
                        }
                    }
                    Ok(Err(error)) => with_causes(&error),
                }
            }
            Err(error) => {
                if is_connection_refused(&error) {
                    pause = CLAIMED_PAUSE;
                }
                with_causes(&error)
            }
        };
        if !std::mem::replace(&mut is_failure_logged, true) {
            let message = "not listening for changes of other nodes: reading once a second";
            tracing::warn!(%cause, "{message}");
        }
        sleep(pause).await;
        backoff.wait().await;
    }
}
