//! Who may do what, and on whose behalf.

pub mod attribution;
pub mod authority;
pub mod policy;
pub mod quota;
pub mod spending;
pub mod tenant;
