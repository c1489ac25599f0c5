//! Users, organizations, and signing in.

pub mod organization;
pub mod password;
pub mod person;
pub mod session;
pub mod sign_in;
pub mod user;
pub mod user_list;
