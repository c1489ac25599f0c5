//! Rows 1, 2 and 8: many sign-ins at once, how long they take, and from how many
//! addresses of one network.

pub(super) mod evenness;
pub(super) mod flood;
pub(super) mod network;

use crate::wire::Wire;
use anyhow::Result;
use std::net::{IpAddr, SocketAddr};
use xtask_harness::request::{Credentials, Request};

/// A password that is nobody's.
const WRONG: &str = "Wr0ng_password";

/// Returns a request that does nothing but sign in.
fn request(username: &str, password: &str) -> String {
    let request = Request::get("/v2/users/me");
    let request = request.by(Credentials::Password(username, password));
    request.to_http()
}

/// Signs in on a connection of its own, and returns the status.
async fn sign_in(
    to: SocketAddr,
    from: impl Into<IpAddr>,
    username: &str,
    password: &str,
) -> Result<u16> {
    let mut wire = Wire::open(to, from).await?;
    wire.send(request(username, password)).await?;
    Ok(wire.answer().await?.status)
}
