//! Who may do what, and on whose behalf.

pub mod authority;
pub mod policy;
pub mod tenant;
