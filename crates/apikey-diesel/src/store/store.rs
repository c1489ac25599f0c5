//! The queries and commands, written once and compiled for each database.
//!
//! The modules `sqlite` and `postgres` both include this folder, and supply their own
//! connection, locks and way to begin a transaction.

#[macro_use]
mod search;
#[macro_use]
mod statement;

mod all_but;
mod alone;
mod batch;
mod credentials;
mod directory;
mod ended_keys;
mod endings;
mod event_ports;
mod event_pruning;
pub(crate) mod events;
mod far_pages;
mod figures;
mod found;
mod group_commit;
mod health;
mod idempotency;
mod idempotency_log;
mod import_batch;
mod import_changes;
mod import_facts;
mod import_look;
mod import_lookups;
mod import_port;
mod import_seen;
mod imports;
mod index_state;
mod indexing;
mod job;
mod judgment;
mod key_batch;
mod key_change;
mod key_commands;
mod key_conditions;
mod key_counts;
mod key_creation;
mod key_digests;
mod key_lookups;
mod key_pages;
mod key_queries;
mod key_quota;
mod last_admin;
mod list_state;
mod lock;
mod lock_order;
mod members;
mod memberships;
mod name_index;
mod named_rows;
mod names;
mod notices;
mod organizations;
mod passwords;
mod pepper_registry;
pub(crate) mod peppers;
mod pieces;
mod ports;
mod removal_batch;
mod removal_list;
mod removal_marks;
mod removal_progress;
mod removals;
pub(crate) mod restores;
mod session_ports;
mod sessions;
mod slow_lane;
mod stored_names;
mod told;
mod transaction;
mod user_deletion;
mod user_order;
mod user_pages;
mod users;
mod writer;

#[cfg(test)]
use super::fresh;
use super::{backend, connection, name_terms, publisher, readers};
pub(crate) use import_look::look;
pub(crate) use job::Job;
pub(crate) use ports::Store;
