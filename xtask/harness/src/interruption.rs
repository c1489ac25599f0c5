//! Asynchronous work that ends when a signal asks for it.

use anyhow::Result;
use std::time::Duration;
use xtask_programs::interruption;

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Runs work until it ends or a signal was caught. An interruption ends the
/// programs that the work talks to as well, so it explains any other error.
pub async fn unless_interrupted<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let interrupted = async {
        loop {
            if let Err(interrupted) = interruption::check() {
                return Err(interrupted.into());
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    tokio::select! {
        result = work => {
            interruption::check()?;
            result
        }
        result = interrupted => result,
    }
}
