//! The synchronization primitives of the crate. `tests/interleavings.rs` replaces
//! them with loom's.

pub(crate) use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// Locks a mutex. No code of this crate panics while it holds one, so the data in
/// a poisoned mutex is intact.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
