//! Who may do what, and on whose behalf.

pub mod attribution;
pub mod authority;
pub mod policy;
#[cfg(feature = "server")]
pub mod quota;
pub mod tenant;
