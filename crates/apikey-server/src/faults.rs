//! Faults that a test of the feature `failpoints` asks for: `{point}={action}`, in the
//! syntax of the crate `fail`, in the variable `FAILPOINTS`, and line by line on
//! standard input. Without the feature this does nothing.

/// Starts to read faults.
pub fn listen() {
    #[cfg(feature = "failpoints")]
    {
        // Dropped, the scenario would end what was asked for.
        std::mem::forget(fail::FailScenario::setup());
        std::thread::spawn(|| {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                if let Some((point, action)) = line.split_once('=') {
                    // A test that asks for nonsense fails.
                    let _ = fail::cfg(point, action);
                }
            }
        });
    }
}
