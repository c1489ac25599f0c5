//! Where requests come from, and how many at once.

use super::group::settings;
use crate::config::{
    setting::flag,
    values::{self, parsed},
};
use apikey_http::{ClientAddressHeader, CorsOrigins, connection::TrustedProxies};
use std::net::SocketAddr;

settings! {
    /// Where requests come from, and how many at once.
    pub struct Network {
        /// The address to listen on
        listen: SocketAddr = flag("ADDRESS:PORT", values::listen)
            .default("127.0.0.1:8080")
            .rule("an address and a port, not a host name");

        /// The number of threads that answer requests
        workers: usize = flag("NUMBER", values::workers)
            .found_out("the number of cores", || values::cores().to_string())
            .rule("1 to 512");

        /// The maximum number of connections
        max_connections: Option<usize> = flag("NUMBER", values::positive)
            .or_none("what the limit of open files allows")
            .rule("a number from 1; see [below](#connections)");

        /// The maximum number of connections from one address
        max_connections_per_address: Option<usize> = flag("NUMBER", values::positive)
            .or_none("half of all")
            .rule("a number from 1; see [below](#connections)");

        /// From where any number of connections may come: addresses and networks
        trusted_proxies: TrustedProxies = flag("LIST", parsed)
            .or_default("none")
            .rule(
                "addresses and networks separated by commas, such as \
                 `10.0.0.0/8, 192.168.1.7, fd00::/8`: from there, only the bound in all holds, \
                 and it is believed [how clients asked](#behind-a-proxy)",
            );

        /// Where trusted proxies add the address of their client: x-forwarded-for, x-real-ip
        /// or forwarded
        client_address_header: Option<ClientAddressHeader> = flag("HEADER", parsed)
            .or_none("none")
            .rule(
                "`x-forwarded-for`, `x-real-ip` or `forwarded`: where the trusted proxies add the \
                 address of their client, which [is counted then](#addresses-behind-a-proxy) \
                 instead of theirs; needs `--trusted-proxies`",
            );

        /// The origins whose pages may call the interface from a browser
        cors_origins: CorsOrigins = flag("LIST", parsed)
            .or_default("none")
            .rule(
                "origins separated by commas, such as `https://app.example.com`: their pages may \
                 [call the interface from a browser](#pages-of-other-origins)",
            );
    }
}
