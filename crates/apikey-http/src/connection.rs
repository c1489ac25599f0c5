//! The connections: what stands between the sockets and actix-web.
//!
//! actix-http answers what a client pipelines into a buffer without a bound, also
//! while the client reads nothing; its clocks for the head and for an idle
//! connection hold for the first request only, and none holds for an answer that
//! the client does not take. It also writes chunks to HTTP/1.0 clients, gives the
//! answer to a `HEAD` a body when a `GET` comes in the same packet, and runs what
//! follows a request that said `Connection: close`. This room is the bound below
//! it, and can go when the library has these bounds itself.
//!
//! - The `gate` is the stream that actix-http reads from and writes to. It hands
//!   over one request, and nothing of the next one until the answer has been
//!   accepted by the socket. `head`, `framing` and `chunks` find where a request
//!   ends.
//! - `answers` is a service around the app. It tells the gate when an answer is
//!   complete, and writes a stream to an HTTP/1.0 client without chunks.
//! - `forgetting` is a service around the app, too. It leaves nothing of a request in the
//!   memory that is used again.
//! - `observing` is the third of them: what operators see of a request.
//! - `task` runs a connection: it watches its [`Clocks`], gives up the buffers of one
//!   that rests, ends it, and lets the client read the last answer.
//! - `registry` knows all connections and ends those that waited longest for
//!   their clients when there are too many.

mod answers;
mod bounds;
mod chunks;
mod clocks;
mod forgetting;
mod framing;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod head;
mod held;
mod member;
mod observing;
mod progress;
mod registry;
mod roster;
mod serve;
mod task;
#[cfg(test)]
mod tests;
mod waiting;

pub use actix_server::ServerHandle as Handle;
pub use bounds::{Bounds, TrustedProxies};
pub use clocks::Clocks;
pub use registry::Connections;
pub use serve::{MAX_WORKERS, Settings, listen, serve, serve_metrics};
