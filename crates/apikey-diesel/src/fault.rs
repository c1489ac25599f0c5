//! Fault points, with which tests end a part of the process. Without the feature
//! `failpoints` they are nothing.

/// Returns whether the caller is to return at this point, as if it had ended by
/// itself; panics, or waits, if that was configured for it.
#[inline]
pub fn point(name: &'static str) -> bool {
    #[cfg(feature = "failpoints")]
    fail::fail_point!(name, |_| true);
    let _ = name;
    false
}
