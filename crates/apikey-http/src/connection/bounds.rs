//! How many connections there may be.

use ipnet::{IpNet, Ipv4Net};
use std::{
    fmt::{Display, Formatter},
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

/// Open files that are not connections: the database, the log, the listener.
const OTHER_FILES: u64 = 128;
/// Open files of a worker, with connections that it has not taken yet.
const FILES_OF_A_WORKER: u64 = 16;
/// The minimum of connections, however few files may be open.
const MIN_CONNECTIONS: u64 = 8;
/// The maximum of connections if any number of files may be open.
const MAX_CONNECTIONS: u64 = 1 << 20;
/// The part of an IPv6 address that a provider gives to one customer.
const IPV6_NETWORK: u128 = !0 << 64;

/// How many connections there may be, in all and from each address.
///
/// An IPv6 address counts as its network of 64 bits.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// The maximum in all, at least 1.
    pub all: usize,
    /// The maximum from each address, at least 1.
    pub per_address: usize,
    /// From where there may be any number.
    pub trusted_proxies: TrustedProxies,
}

/// The addresses of proxies, which open connections for many clients.
///
/// # Example
///
/// ```
/// use apikey_http::connection::TrustedProxies;
///
/// let proxies: TrustedProxies = "10.0.0.0/8, 192.168.1.7, fd00::/8".parse()?;
/// assert_eq!(proxies.to_string(), "10.0.0.0/8, 192.168.1.7/32, fd00::/8");
/// assert!("10.0.0.0/33".parse::<TrustedProxies>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

// === impl Bounds ===

impl Bounds {
    /// Returns how many connections fit into a limit of open files beside
    /// everything else that needs one, at least 8.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_http::connection::Bounds;
    ///
    /// assert_eq!(Bounds::within_open_files(1_024, 2), 864);
    /// assert_eq!(Bounds::within_open_files(64, 2), 16);
    /// ```
    pub fn within_open_files(limit: u64, workers: usize) -> usize {
        let workers = u64::try_from(workers).unwrap_or(u64::MAX);
        let others = FILES_OF_A_WORKER
            .saturating_mul(workers)
            .saturating_add(OTHER_FILES);
        let most = limit.saturating_sub(others).max(limit / 4);
        usize::try_from(most.clamp(MIN_CONNECTIONS, MAX_CONNECTIONS)).unwrap_or(usize::MAX)
    }

    /// Returns as what the peer at an address is counted; `None` for a trusted
    /// proxy.
    pub(super) fn counted_as(&self, address: IpAddr) -> Option<IpAddr> {
        match address.to_canonical() {
            address if self.trusted_proxies.contains(address) => None,
            IpAddr::V6(address) => {
                let network = address.to_bits() & IPV6_NETWORK;
                Some(IpAddr::V6(Ipv6Addr::from_bits(network)))
            }
            address => Some(address),
        }
    }
}

// === impl TrustedProxies ===

impl TrustedProxies {
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for TrustedProxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let network = |part: &str| {
            let part = part.trim();
            let address = part.parse::<IpAddr>().map(IpNet::from);
            let network = address.or_else(|_| part.parse::<IpNet>());
            network.map(canonical).map_err(|_| {
                "expected addresses and networks separated by commas, such as \
                 10.0.0.0/8, 192.168.1.7, fd00::/8"
                    .to_owned()
            })
        };
        text.split(',')
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Returns a network of IPv4 addresses that are written as IPv6 as what it is: peers
/// are compared by their IPv4 addresses.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else {
        return network;
    };
    let address = mapped.addr().to_ipv4_mapped();
    let length = mapped.prefix_len().checked_sub(96);
    let as_ipv4 = address.zip(length);
    as_ipv4
        .and_then(|(address, length)| Ipv4Net::new(address, length).ok())
        .map_or(network, IpNet::V4)
}

impl Display for TrustedProxies {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        for (index, network) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(formatter, "{separator}{network}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_counted_by_its_address_or_network() {
        let bounds = Bounds {
            all: 1,
            per_address: 1,
            trusted_proxies: "10.0.0.0/8,fd00::/8,2001:db8::1".parse().unwrap(),
        };
        let table = [
            ("192.0.2.1", Some("192.0.2.1")),
            ("::ffff:192.0.2.1", Some("192.0.2.1")),
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2::")),
            ("2001:db8::2", Some("2001:db8::")),
            ("2001:db8::1", None),
            ("10.1.2.3", None),
            ("::ffff:10.1.2.3", None),
            ("fd12::1", None),
            ("11.0.0.1", Some("11.0.0.1")),
        ];
        for (peer, expected) in table {
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(bounds.counted_as(peer.parse().unwrap()), expected, "{peer}");
        }
    }

    #[test]
    fn connections_leave_files_for_everything_else() {
        for (limit, workers, expected) in [
            (u64::MAX, 2, 1 << 20),
            (65_536, 4, 65_344),
            (1_024, 2, 864),
            (256, 2, 96),
            (256, 512, 64),
            (0, 1, 8),
        ] {
            assert_eq!(
                Bounds::within_open_files(limit, workers),
                expected,
                "{limit}"
            );
        }
    }

    #[test]
    fn a_list_that_is_not_of_networks_is_refused() {
        for wrong in [
            "",
            ",",
            "10.0.0.0/8,",
            "10.0.0/8",
            "x",
            "10.0.0.0/33",
            "::/129",
        ] {
            assert!(wrong.parse::<TrustedProxies>().is_err(), "{wrong}");
        }
    }
}
