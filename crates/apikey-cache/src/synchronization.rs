//! The parts that threads meet at. `tests/interleavings.rs` has loom's in their
//! place.

pub(crate) use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// Takes a lock. No code panics while it holds one of this crate, so a poisoned
/// one is whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
