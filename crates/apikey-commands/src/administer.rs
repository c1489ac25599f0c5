//! The commands `user`, `org`, `member`, `key` and `event`: each is a few calls of the REST
//! interface of a server.
//!
//! Whoever starts them says where the server is and with what they sign in
//! ([`Client`]), and where their output goes ([`Output`]).

mod api_answer;
pub mod arguments;
mod call;
mod client;
mod confirm;
mod failure;
mod fields;
mod lists;
mod names;
mod output;
mod progress;
mod run;
mod server_url;
mod tls;

pub use arguments::{Administration, Connection};
pub use client::{Client, Credential};
pub use confirm::check_can_ask;
pub use failure::Failure;
pub use output::Output;
pub use run::run;
pub use server_url::ServerUrl;
