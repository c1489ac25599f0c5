//! The setting that names where proxies say which address asked them.

use crate::forwarded::element::{self, elements_from_last};
use actix_web::http::header::{self, HeaderMap, HeaderName};
use std::{
    fmt::{Display, Formatter},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

/// The header in which trusted proxies say whose request they pass on.
///
/// Each of them appends the address from which it got the request, or replaces what its
/// client wrote. Anything else lets clients choose the address that they are counted for.
///
/// # Example
///
/// ```
/// use apikey_http::ClientAddressHeader;
///
/// let header: ClientAddressHeader = "X-Forwarded-For".parse()?;
/// assert_eq!(header, ClientAddressHeader::XForwardedFor);
/// assert_eq!(header.to_string(), "x-forwarded-for");
/// assert!("x-client-ip".parse::<ClientAddressHeader>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAddressHeader {
    /// `X-Forwarded-For`: a list of addresses.
    XForwardedFor,
    /// `X-Real-IP`: usually one address.
    XRealIp,
    /// `for` in `Forwarded` (RFC 7239).
    Forwarded,
}

// === impl ClientAddressHeader ===

impl ClientAddressHeader {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::XForwardedFor, Self::XRealIp, Self::Forwarded];

    pub(super) fn name(self) -> HeaderName {
        match self {
            Self::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            Self::XRealIp => HeaderName::from_static("x-real-ip"),
            Self::Forwarded => header::FORWARDED,
        }
    }

    /// Returns what proxies said, over all lines of the header, the last one first.
    pub(super) fn hops(self, headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
        elements_from_last(headers, &self.name()).map(move |element| match self {
            Self::XForwardedFor | Self::XRealIp => address(element?),
            Self::Forwarded => address(element::parameter(element?, "for")?),
        })
    }
}

impl FromStr for ClientAddressHeader {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|header| header.name().as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| "expected x-forwarded-for, x-real-ip or forwarded".to_owned())
    }
}

/// Writes the name of the header.
impl Display for ClientAddressHeader {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name().as_str())
    }
}

/// Reads an address as proxies write it: an IPv6 address may stand in brackets, and a port
/// behind it, which says nothing. One with a zone is none: it is that of another link.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    if text.contains('%') {
        return None;
    }
    let with_port = || text.parse::<SocketAddr>().map(|socket| socket.ip());
    let alone = text.parse::<IpAddr>().or_else(|_| with_port());
    let in_brackets = || {
        let inside = text.strip_prefix('[')?.strip_suffix(']')?;
        inside.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
    };
    let address = alone.ok().or_else(in_brackets)?;
    Some(address.to_canonical())
}
