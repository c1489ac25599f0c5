//! Use cases of accounts, users and organizations.

pub mod list_people;
pub mod list_users;
pub mod manage_members;
pub mod manage_organizations;
pub mod manage_users;
mod new_name;
pub mod own_account;
mod password_check;
pub mod reset_password;
#[cfg(feature = "server")]
pub mod sessions;
pub mod sign_in;
#[cfg(feature = "server")]
pub mod watch_users;
