//! A clock that neither jumps nor stops.

use std::time::Duration;

/// Returns how long this machine has been running, including time suspended.
pub(crate) fn now() -> Duration {
    let time = rustix::time::clock_gettime(CLOCK);
    Duration::new(
        time.tv_sec.try_into().unwrap_or_default(),
        time.tv_nsec.try_into().unwrap_or_default(),
    )
}

// Keeps running while the machine sleeps, unlike the monotonic clock of Linux.
#[cfg(target_os = "linux")]
const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;

// Keeps running while the machine sleeps, on macOS.
#[cfg(not(target_os = "linux"))]
const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;

#[cfg(test)]
mod tests {
    #[test]
    fn it_advances() {
        let before = super::now();
        std::thread::sleep(std::time::Duration::from_millis(2));
        let passed = super::now() - before;
        assert!(passed.as_millis() >= 2, "{passed:?}");
    }
}
