//! The real app on in-memory adapters: requests in, status and body out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod all_in_one_page;
mod any_bytes;
mod api_keys;
mod bad_input;
mod event_pages;
mod events;
mod order_of_checks;
mod organizations;
mod shapes;
mod sockets;
mod stale;
mod support;
mod token_auth;
mod users;
mod verify_for_backends;
mod verify_for_gateways;
mod watch;
mod watch_resume;
