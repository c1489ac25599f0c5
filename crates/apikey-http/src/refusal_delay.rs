//! The constant time that a refusal of a key takes.

use std::time::Duration;
use tokio::time::Instant;

/// Delays every refusal of a key to the same duration, no matter whether the key
/// exists and where it was looked up: the time must not reveal that a key exists.
pub(crate) struct RefusalDelay {
    began: Instant,
}

impl RefusalDelay {
    /// Longer than a lookup in an idle database.
    const DURATION: Duration = Duration::from_millis(3);

    /// Starts the delay when a key is presented.
    pub(crate) fn begin() -> Self {
        Self {
            began: Instant::now(),
        }
    }

    /// Returns how long it has lasted.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Waits for the rest of the delay.
    pub(crate) async fn wait(self) {
        tokio::time::sleep_until(self.began + Self::DURATION).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_in_the_meantime_does_not_change_the_duration() {
        for work in [0, 1, 2, 3] {
            let began = Instant::now();
            let refusal_delay = RefusalDelay::begin();
            tokio::time::sleep(Duration::from_millis(work)).await;
            refusal_delay.wait().await;
            assert_eq!(began.elapsed().as_millis(), 3, "{work}");
        }
    }
}
