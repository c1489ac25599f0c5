//! The attendance of the threads that answer requests.

use apikey_diesel::{Attendance, Supervisor};
use std::cell::RefCell;

thread_local! {
    /// Dropped when the thread ends, however it does.
    static ATTENDANCE: RefCell<Option<Attendance>> = const { RefCell::new(None) };
}

/// Has the end of the calling thread reported. For the factory of an application, which
/// each worker calls on its own thread; another call there changes nothing.
pub fn attend(supervisor: &Supervisor) {
    ATTENDANCE.with_borrow_mut(|attendance| {
        attendance.get_or_insert_with(|| supervisor.attend("a thread that answers requests"));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_worker_that_ends_is_reported() {
        for is_panic in [false, true] {
            let supervisor = Supervisor::default();
            let worker = supervisor.clone();
            std::thread::spawn(move || {
                attend(&worker);
                assert!(!is_panic, "a fault");
            });
            let ended = supervisor.ended().await;
            assert_eq!(ended.part, "a thread that answers requests");
        }
    }
}
