//! The REST interface of the domain on actix-web, wire-compatible with
//! GPUStack's `/v2/api-keys`.
//!
//! The crate knows HTTP and JSON and no rule: a handler takes a request apart,
//! calls one use case and writes down what it answers. Three things are decided
//! here and nowhere else:
//!
//! - **In which order a request is judged.** Under `/v2`: credentials (401),
//!   the scope of the key (403), for keys the tenant context (422, 403, 404),
//!   and only then path, query and body (422, 413). The extractors `SignedIn`, `Tenant`
//!   and `PlatformAdmin` can refuse; the others hold the request and are read by
//!   the handler, because actix-web runs the extractors of one handler side by
//!   side.
//!   Outside `/v2`, the calls of gateways ([`configure`]) judge the key they are
//!   asked about, and nothing else.
//! - **How a refusal reads.** Every answer that is not 2xx has the body
//!   `{"code", "reason", "message"}` (module `error`), and every answer
//!   `Cache-Control: no-store`.
//! - **What a stranger may cost.** A body has at most 64 KiB and 10 seconds
//!   (module `body`); one that is not read ends the connection (module
//!   `unread`). actix-web itself, before anything here is asked, bounds
//!   the head of a request to 128 KiB and 96 headers and its arrival to the
//!   server's client request timeout; it answers 431, 400 and 408 with an
//!   empty body.
//!
//! # Example
//!
//! ```
//! use actix_web::{App, test};
//! use apikey_testing::TestApp;
//! use apikey_http::{Api, Version};
//!
//! # #[actix_web::main]
//! # async fn main() {
//! let world = TestApp::new();
//! let api = Api {
//!     keys: world.keys,
//!     identity: world.identity,
//!     version: Version { version: "0.1.0", git_commit: "unknown" },
//!     is_draining: Default::default(),
//!     metrics: None,
//! };
//! let app = test::init_service(App::new().configure(apikey_http::configure(api))).await;
//! let request = test::TestRequest::get().uri("/healthz").to_request();
//! assert_eq!(test::call_and_read_body(&app, request).await, "\"ok\"");
//! # }
//! ```

mod api;
mod api_keys;
mod authentication;
mod body;
mod error;
mod events;
mod listing;
mod members;
mod metrics;
mod organizations;
mod own_account;
mod path;
mod probes;
mod query;
mod refusal_delay;
mod response;
mod routes;
mod tenant;
mod unread_body;
mod users;
mod verification;

pub use api::{Api, Version};
pub use metrics::Metrics;
pub use routes::configure;
