//! Tests of the real app on in-memory adapters.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod all_in_one_page;
mod any_bytes;
mod api_keys;
mod bad_input;
mod conditional_changes;
mod conditions;
mod console;
mod credentials;
mod cursors;
mod event_pages;
mod events;
mod idempotency;
mod keys_for_others;
mod large_answers;
mod list_places;
mod misspelled_fields;
mod numbers;
mod one_key;
mod order_of_checks;
mod organizations;
mod other_sites;
mod own_sessions;
mod password_changes;
mod patch;
mod patch_refusals;
mod readiness;
mod reports;
mod revocations;
mod rotations;
mod searches;
mod session_streams;
mod sessions;
mod shapes;
mod sockets;
mod stale;
mod statuses;
mod support;
mod token_auth;
mod users;
mod verify_for_backends;
mod verify_for_gateways;
mod watch;
mod watch_resume;
mod withdrawals;
