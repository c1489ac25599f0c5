//! The source address of a request.

use std::net::IpAddr;

/// The source address of a request, if known.
pub type Address = Option<IpAddr>;

/// Returns the network that is throttled as one: an IPv6 client usually controls
/// a whole /64.
pub(super) fn network(address: Address) -> Address {
    match address {
        Some(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
            let prefix = u128::from(address) >> 64 << 64;
            Some(IpAddr::V6(prefix.into()))
        }
        address => address.map(|address| address.to_canonical()),
    }
}
