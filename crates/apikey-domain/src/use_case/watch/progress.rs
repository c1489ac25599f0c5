//! How far a watch is, for whoever writes its stream.

use super::{Phase, Watch, WatchSource};

impl<S: WatchSource> Watch<S> {
    /// Returns whether there are existing entries or earlier events still to be read.
    pub fn is_catching_up(&self) -> bool {
        self.phase != Phase::Live
    }

    /// Takes in what has changed meanwhile, so that the subscription does not overrun
    /// before the next message is asked for. Returns whether the watch can continue.
    pub fn take_in(&mut self) -> bool {
        self.buffer_changes()
    }

    /// Returns whether a position was sent, from which the watcher may resume.
    pub fn has_sent_position(&self) -> bool {
        self.reached.is_some()
    }
}
