//! The program itself: its memory and what it says.

use super::group::settings;
use crate::config::{
    choice::{LogFormat, Switch},
    log_filter,
    setting::flag,
    values,
};

settings! {
    /// The program itself: its memory and what it says.
    pub struct Program {
        /// The size of the verification cache in bytes, from 1048576
        cache_bytes: u64 = flag("BYTES", values::cache_bytes)
            .default("268435456")
            .rule(
                "a number of bytes from 1048576, by default 256 MiB; see \
                 [below](#the-verification-cache)",
            );

        /// Whether to count verifications and serve GET /metrics
        metrics: Switch = flag("SWITCH", values::choice)
            .default("on")
            .choices(values::words::<Switch>)
            .rule("`on` or `off`; see [below](#metrics)");

        /// The format of the log
        log_format: LogFormat = flag("FORMAT", values::choice)
            .found_out("text on a terminal, else json", || values::default_format().to_string())
            .choices(values::words::<LogFormat>)
            .rule("`text` or `json`");

        /// Which lines the log has
        log: String = flag("LEVELS", log_filter::parse)
            .default(log_filter::DEFAULT)
            .rule("a level, or a list of `target=level`")
            .without_flag();
    }
}

// === impl Program ===

impl Program {
    /// Returns whether verifications are counted, and shown.
    pub fn has_metrics(&self) -> bool {
        self.metrics == Switch::On
    }
}
