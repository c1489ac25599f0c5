//! Which proxies are in front, and what they are believed.

use super::refused::Refused;
use apikey_http::{ClientAddressHeader, connection::TrustedProxies};
use clap::Args;

/// The flags about proxies.
#[derive(Args)]
pub(super) struct ProxyFlags {
    /// From where any number of connections may come: addresses and networks
    #[arg(long, global = true, env = "APIKEY_TRUSTED_PROXIES")]
    #[arg(value_name = "LIST")]
    trusted_proxies: Option<TrustedProxies>,

    /// Where trusted proxies add the address of their client: x-forwarded-for, x-real-ip or
    /// forwarded [default: none is read, and clients are counted as their proxy]
    #[arg(long, global = true, env = "APIKEY_CLIENT_ADDRESS_HEADER")]
    #[arg(value_name = "HEADER")]
    client_address_header: Option<ClientAddressHeader>,
}

/// Which proxies are in front, and what they are believed.
pub(super) struct Proxies {
    pub(super) trusted: TrustedProxies,
    pub(super) client_address_header: Option<ClientAddressHeader>,
}

// === impl ProxyFlags ===

impl ProxyFlags {
    /// Returns which proxies there are.
    ///
    /// # Errors
    ///
    /// [`Refused`] if a header of theirs is named, and none of them.
    pub(super) fn proxies(self) -> Result<Proxies, Refused> {
        let trusted = self.trusted_proxies.unwrap_or_default();
        if let Some(header) = self.client_address_header
            && trusted == TrustedProxies::default()
        {
            let expected = "it is read of the requests of --trusted-proxies, and there are none";
            let flag = "--client-address-header";
            return Err(Refused::new(flag, &header.to_string(), expected));
        }
        Ok(Proxies {
            trusted,
            client_address_header: self.client_address_header,
        })
    }
}
