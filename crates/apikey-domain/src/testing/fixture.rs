//! Values for tests.

mod rights;
mod values;

pub use rights::*;
pub use values::*;
