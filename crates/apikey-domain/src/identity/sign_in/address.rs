//! Where a request came from.

use std::net::IpAddr;

/// The address a request came from, where it is known.
pub type Address = Option<IpAddr>;

/// Whoever has an IPv6 address has its whole /64, so that counts as one.
pub(super) fn network(address: Address) -> Address {
    match address {
        Some(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
            let prefix = u128::from(address) >> 64 << 64;
            Some(IpAddr::V6(prefix.into()))
        }
        address => address.map(|address| address.to_canonical()),
    }
}
