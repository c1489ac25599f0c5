//! Asynchronous work that ends when a signal asks for it.

use std::future::Future;
use std::time::Duration;

use anyhow::Result;
use xtask_programs::interruption;

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Runs work until it ends or a signal was caught. An interruption ends the
/// programs that the work talks to as well, so it explains any other error.
pub async fn unless_interrupted<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        result = work => {
            interruption::check()?;
            result
        }
        interrupted = interrupted() => Err(interrupted.into()),
    }
}

async fn interrupted() -> interruption::Interrupted {
    loop {
        if let Err(interrupted) = interruption::check() {
            return interrupted;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
