//! People and organizations, and how people sign in.

pub mod organization;
pub mod password;
pub mod sign_in;
pub mod user;
