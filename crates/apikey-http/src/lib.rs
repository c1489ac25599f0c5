#![doc = include_str!("../README.md")]
//!
//! # What is decided here
//!
//! Four things are decided only here, and all others in the domain:
//!
//! - **The order of checks.** Under `/v2`: credentials (401), the scope of the
//!   key (403), for keys the tenant context (422, 403, 404), and only then path,
//!   query and body (422, 413). The extractors `SignedIn`, `OwnAccount`, `Personal`, `Tenant`
//!   and `PlatformAdmin` may refuse the request; each judges whether a key may act.
//!   The others only hold it, and the handler reads from them, because actix-web
//!   runs the extractors of a handler concurrently. Outside `/v2`, the endpoints
//!   for gateways check only the key that they are asked about.
//! - **The shape of errors.** Every refusal has the body `{"code", "reason", "message"}`
//!   (module `error`), except that of `GET /readyz?verbose`, and every response has
//!   `Cache-Control: no-store`, except the description. What clients know from other
//!   services is added around the handlers (module `conventions`).
//! - **The memory of answers.** One that does not fit 64 KiB is written as it is read,
//!   and all such answers share a budget (modules `list_answer`, `large_answers`).
//! - **The resources that an unauthenticated client can use.** A body has at most
//!   64 KiB and 10 seconds (module `body`). The rest holds for servers started
//!   with [`connection::serve`]: the number of connections, how long each waits
//!   for its client, one request at a time, and that an answer given before the
//!   end of a body closes the connection. A head has at most 128 KiB and 96
//!   headers; otherwise the answer is 431, 400 or, if it is too slow, 408, with
//!   an empty body.

mod api;
mod api_keys;
mod auth;
mod authentication;
mod body;
mod client_address;
pub mod connection;
mod console;
mod conventions;
mod cors;
mod entity_tag;
mod error;
mod events;
mod forwarded;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod idempotency_key;
mod key_headers;
mod large_answers;
mod late_answer;
mod list_answer;
mod list_places;
mod list_reader;
mod listing;
mod members;
mod metrics;
mod near_name;
mod observation;
pub mod openapi;
mod organizations;
mod origin;
mod own_account;
mod path;
mod probes;
mod query;
mod refusal_delay;
mod removals;
mod reports;
mod request_id;
mod response;
mod routes;
mod same_site;
mod sessions;
mod tenant;
mod users;
mod verification;
mod watch;
mod whole_list;

pub use api::{Api, Version};
pub use api_keys::explanation::{ExplainBody, ExplanationView, Question};
pub use client_address::header::ClientAddressHeader;
pub use cors::CorsOrigins;
pub use events::event_json;
pub use key_headers::KeyHeaders;
pub use large_answers::LargeAnswers;
pub use list_places::ListPlaces;
pub use metrics::{
    Metrics,
    access::{MetricsAccess, MetricsToken},
};
pub use observation::access_log::AccessLog;
pub use probes::ReadinessCheck;
pub use query::instant as parse_instant;
pub use routes::configure;
