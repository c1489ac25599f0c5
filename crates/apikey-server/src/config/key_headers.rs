//! Where gateways' clients send their keys.

use apikey_http::KeyHeaders;
use clap::Args;

/// The flag that names the headers with the key.
#[derive(Args)]
pub(super) struct KeyHeadersFlag {
    /// The headers in which /auth/verify reads the key [default: authorization: bearer, x-api-key]
    #[arg(long, global = true, env = "APIKEY_KEY_HEADERS")]
    #[arg(value_name = "LIST")]
    key_headers: Option<KeyHeaders>,
}

// === impl KeyHeadersFlag ===

impl KeyHeadersFlag {
    /// Returns the headers that were named, or the default.
    pub(super) fn or_default(self) -> KeyHeaders {
        self.key_headers.unwrap_or_default()
    }
}
