//! Values for tests.

#[cfg(feature = "server")]
mod changes;
mod rights;
mod values;

#[cfg(feature = "server")]
pub use changes::*;
pub use rights::*;
pub use values::*;
