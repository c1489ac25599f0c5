//! A user with a key, made as a client makes them.

use std::net::SocketAddr;

use anyhow::{Context, Result};

use crate::bench::http::{Authorization, Connection, post};
use crate::bench::server::ADMIN_PASSWORD;

/// The platform's administrator.
pub(super) const ADMIN: Authorization<'static> = Authorization::Password("admin", ADMIN_PASSWORD);

/// The name of the key that a tenant comes with.
pub(super) const KEY_NAME: &str = "the key of the bench";

const PASSWORD: &str = "Bench_Us3r!";

/// A user who is nobody special, and comes with a key: no password is hashed
/// for their requests.
#[derive(Debug, Clone)]
pub(super) struct Tenant {
    key: String,
}

// === impl Tenant ===

impl Tenant {
    /// Makes the user and the key.
    pub(super) async fn create(address: SocketAddr, username: &str) -> Result<Self> {
        let mut connection = Connection::open(address).await?;
        let user = format!(r#"{{"username":"{username}","password":"{PASSWORD}"}}"#);
        let request = post("/v2/users", ADMIN, &user);
        connection.exchange(&request).await?.expect_ok()?;

        let key = format!(r#"{{"name":"{KEY_NAME}","scope":["management"]}}"#);
        let request = post("/v2/api-keys", password_of(username), &key);
        let answer = connection.exchange(&request).await?.expect_ok()?;
        let key = value(&answer).with_context(|| format!("no key in {answer}"))?;
        Ok(Self {
            key: key.to_owned(),
        })
    }

    /// Gives what the tenant's requests show.
    pub(super) fn authorization(&self) -> Authorization<'_> {
        Authorization::Key(&self.key)
    }
}

/// How a tenant signs in without a key.
pub(super) fn password_of(username: &str) -> Authorization<'_> {
    Authorization::Password(username, PASSWORD)
}

/// Finds the whole key in the answer that created it.
fn value(answer: &str) -> Option<&str> {
    let (_, rest) = answer.split_once(r#""value":""#)?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_found_in_its_answer() {
        let answer = r#"{"id":1,"value":"gpustack_a_b","masked_value":"x"}"#;
        assert_eq!(value(answer), Some("gpustack_a_b"));
        assert_eq!(value(r#"{"value":null}"#), None);
    }
}
