//! What a command gets from a server to call it with.

use apikey_domain::identity::session::SessionToken;
use std::net::SocketAddr;
use zeroize::Zeroizing;

/// A session, and where the server is that knows it.
#[derive(Debug)]
pub struct Handed {
    /// Where it listens.
    pub address: SocketAddr,
    /// What the cookie holds.
    pub token: SessionToken,
}

// === impl Handed ===

impl Handed {
    /// Reads it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, token) = text.split_once(' ')?;
        Some(Self {
            address: address.parse().ok()?,
            token: SessionToken::parse(token)?,
        })
    }

    /// Writes it in one line.
    pub(super) fn to_text(&self) -> Zeroizing<String> {
        let Self { address, token } = self;
        Zeroizing::new(format!("{address} {}", token.to_text().as_str()))
    }
}
