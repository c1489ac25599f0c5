//! The address that a request is counted for.

pub(crate) mod header;
#[cfg(test)]
mod tests;

use crate::api::Api;
use actix_web::HttpRequest;
use apikey_domain::identity::sign_in::{Address, Network};
use std::net::IpAddr;

/// How many addresses are read at most: more proxies do not stand in a row.
const MOST_HOPS: usize = 16;

/// Returns the address that a request is counted for, if known: that of the peer, or of
/// its client if the peer is a trusted proxy and it is set where proxies say that.
pub(crate) fn address_of(request: &HttpRequest, api: &Api) -> Address {
    let peer = peer_of(request)?;
    let Some(header) = api.client_address_header else {
        return Some(peer);
    };
    let is_trusted = |address| api.trusted_proxies.contains(address);
    Some(client_of(peer, header.hops(request.headers()), is_trusted))
}

/// Returns the network of that address.
pub(crate) fn network_of(request: &HttpRequest, api: &Api) -> Network {
    Network::of(address_of(request, api))
}

/// Returns the address at the other end of the connection, if known.
pub(crate) fn peer_of(request: &HttpRequest) -> Address {
    request.peer_addr().map(|peer| peer.ip().to_canonical())
}

/// Returns who is behind a peer: each trusted proxy says from whom it got the request, and
/// the first who is none is the client. `hops` are what was said, the last one first;
/// `None` is what is no address.
///
/// Nothing is believed that was said before the client, who may have written it. Where a
/// proxy said nothing that can be read, that proxy is the client.
fn client_of(
    peer: IpAddr,
    hops: impl Iterator<Item = Option<IpAddr>>,
    is_trusted: impl Fn(IpAddr) -> bool,
) -> IpAddr {
    let mut client = peer;
    let mut hops = hops.take(MOST_HOPS);
    while is_trusted(client)
        && let Some(Some(hop)) = hops.next()
    {
        client = hop;
    }
    client
}
