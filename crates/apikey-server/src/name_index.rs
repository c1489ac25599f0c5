//! The index of names for searching: what is behind is put into it in the background.

use crate::{batch_size::BatchSize, panics};
use apikey_diesel::{Attendance, Extended, NameIndex, fault};
use apikey_domain::port::clock::Clock;
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinHandle, time::Instant};

/// How many names are put into the index at once at most: other writes wait for at most one
/// batch.
const LARGEST_BATCH: u32 = 30;
/// How often it is looked for names that are not in it.
const INTERVAL: Duration = Duration::from_secs(1);
/// The pause after a batch for which other writes waited, as a multiple of the time that it
/// took: one for each of them, up to so many. So those who write much at once have nearly
/// all of the time.
const LONGEST_PAUSE: u32 = 60;
/// The pause after another one, as a part of that time.
const SHORTEST_PAUSE: u32 = 4;

/// Fills the index until the task is aborted. The task holds `attendance` while it runs.
pub fn start(
    index: Arc<dyn NameIndex>,
    clock: Arc<dyn Clock>,
    attendance: Attendance,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _attendance = attendance;
        let mut size = BatchSize::at_most(LARGEST_BATCH);
        while !fault::point("name-index") {
            let begun = Instant::now();
            let pause = match panics::caught(index.extend(size.next(), clock.now())).await {
                Ok(extended) => {
                    let took = begun.elapsed();
                    size.took(took);
                    pause(extended, took)
                }
                Err(error) => {
                    tracing::warn!(%error, "names are indexed for searches later");
                    INTERVAL
                }
            };
            tokio::time::sleep(pause).await;
        }
    })
}

/// Returns how long to wait after a batch that took so long.
fn pause(extended: Extended, took: Duration) -> Duration {
    match extended {
        Extended { looked_at: 0, .. } => INTERVAL,
        Extended { waiting: 0, .. } => took / SHORTEST_PAUSE,
        Extended { waiting, .. } => took * waiting.min(LONGEST_PAUSE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_have_the_more_time_the_more_of_them_wait() {
        let pause = |looked_at, waiting| {
            let extended = Extended { looked_at, waiting };
            pause(extended, Duration::from_millis(20)).as_millis()
        };
        assert_eq!(pause(0, 5), 1_000);
        assert_eq!(
            [0, 1, 5, 64].map(|waiting| pause(30, waiting)),
            [5, 20, 100, 1_200]
        );
    }
}
