//! Locks that several tasks share.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks what several tasks share. One that panicked while it held the lock is
/// reported elsewhere, and left nothing half done.
pub fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
