//! Use cases of whoever operates a server: whether it is ready, who its first user is,
//! what it has recorded, what it still has to remove, and what it takes over from another
//! service.

pub mod agree_on_peppers;
pub mod bootstrap;
pub mod check_readiness;
pub mod import;
pub mod list_events;
pub mod list_removals;
pub mod newest_pepper;
pub mod operator_session;
