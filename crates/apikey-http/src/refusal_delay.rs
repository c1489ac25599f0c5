//! The time it takes to refuse a key.

use std::time::Duration;
use tokio::time::Instant;

/// Gives every refused key the same time, whatever was known of it and wherever
/// it was looked up: a stranger must not learn by it whether there is such a
/// key.
pub(crate) struct RefusalDelay {
    ends_at: Instant,
}

impl RefusalDelay {
    /// More than a look into a database takes that has nothing else to do.
    const REFUSAL: Duration = Duration::from_millis(3);

    /// Begins when a key is presented.
    pub(crate) fn begin() -> Self {
        Self {
            ends_at: Instant::now() + Self::REFUSAL,
        }
    }

    /// Waits for what is left of it.
    pub(crate) async fn wait(self) {
        tokio::time::sleep_until(self.ends_at).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_done_meanwhile_does_not_show() {
        for work in [0, 1, 2, 3] {
            let began = Instant::now();
            let refusal_delay = RefusalDelay::begin();
            tokio::time::sleep(Duration::from_millis(work)).await;
            refusal_delay.wait().await;
            assert_eq!(began.elapsed().as_millis(), 3, "{work}");
        }
    }
}
