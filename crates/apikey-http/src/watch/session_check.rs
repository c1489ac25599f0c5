//! Whether the session holds that a stream was begun with.
//!
//! The end of a session has no event. So a stream looks its session up again before it sends
//! something, and at most once a second: of what changes later than a second after the end
//! of its session it sends nothing, whichever node ended it, and when it has nothing to send
//! it ends with the next heartbeat.

use crate::{error::HttpError, list_reader::ListReader};
use std::time::Duration;
use tokio::time::Instant;

/// How long a session that was looked up is taken for granted.
const FRESH: Duration = Duration::from_secs(1);

/// The session that a stream was begun with, and when it was looked up.
pub(super) struct SessionCheck(Box<State>);

struct State {
    reader: ListReader,
    checked_at: Instant,
}

// === impl SessionCheck ===

impl SessionCheck {
    /// Returns that of a reader with a session, who has just been judged; `None` for any
    /// other, whose streams end with events.
    pub(super) fn of(reader: &ListReader) -> Option<Self> {
        reader.has_session().then(|| {
            Self(Box::new(State {
                reader: reader.clone(),
                checked_at: Instant::now(),
            }))
        })
    }

    /// Returns whether the caller has the session, and all that they were judged by.
    ///
    /// # Errors
    ///
    /// If that cannot be found out.
    pub(super) async fn still_holds(&mut self) -> Result<bool, HttpError> {
        let state = &mut *self.0;
        if state.checked_at.elapsed() < FRESH {
            return Ok(true);
        }
        let looked_up_at = Instant::now();
        let holds = state.reader.right_holds().await?;
        if holds {
            state.checked_at = looked_up_at;
        }
        Ok(holds)
    }
}
