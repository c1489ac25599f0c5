//! What operators see of requests: figures, a line of the log, and an id.

pub(crate) mod access_log;
pub(crate) mod caller;
pub(crate) mod method;
pub(crate) mod observer;
pub(crate) mod route;
pub(crate) mod trace;
