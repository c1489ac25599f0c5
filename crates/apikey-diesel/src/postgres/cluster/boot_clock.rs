//! A clock that neither jumps nor stops.

use std::time::Duration;

/// How long this machine has been running, suspended or not.
pub(crate) fn now() -> Duration {
    let time = rustix::time::clock_gettime(CLOCK);
    Duration::new(
        time.tv_sec.try_into().unwrap_or_default(),
        time.tv_nsec.try_into().unwrap_or_default(),
    )
}

// Goes on while the machine sleeps, which the monotonic clock of Linux does not.
#[cfg(target_os = "linux")]
const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;

// Goes on while the machine sleeps, on macOS.
#[cfg(not(target_os = "linux"))]
const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;

#[cfg(test)]
mod tests {
    #[test]
    fn it_goes_on() {
        let before = super::now();
        std::thread::sleep(std::time::Duration::from_millis(2));
        let passed = super::now() - before;
        assert!(passed.as_millis() >= 2, "{passed:?}");
    }
}
