//! Hears what other nodes call out, on a connection of its own.
//!
//! A call is a hint and nothing else: the feed reads on by itself once a second.

use super::{backoff::Backoff, lease::TERM, wakeups::Wakeups};
use crate::{failure::with_causes, postgres::connection::Source};
use std::sync::Arc;
use tokio::time::timeout;

/// Listens until it is aborted.
pub(super) async fn listen(source: Source, wakes: Arc<Wakeups>) {
    let mut back_off = Backoff::new();
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
