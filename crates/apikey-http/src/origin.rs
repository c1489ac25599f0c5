//! Where pages of browsers come from.

/// Where a page of a browser comes from.
pub(crate) struct Origin<'a> {
    pub(crate) host: &'a str,
    pub(crate) port: Option<&'a str>,
    /// The port that its scheme has without one.
    pub(crate) usual_port: &'static str,
}

// === impl Origin ===

impl<'a> Origin<'a> {
    /// Parses an origin of the schemes that browsers have.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let usual_port = match scheme {
            "https" => "443",
            "http" => "80",
            _ => return None,
        };
        let (host, port) = split_port(rest);
        let is_bare = !host.is_empty() && !rest.contains(['/', '?', '#', '@', ' ']);
        is_bare.then_some(Self {
            host,
            port,
            usual_port,
        })
    }

    /// Returns whether it is of this host. A host without a port is at the usual one:
    /// another service of the machine may be at any other. If the browser says that the
    /// page is of the same origin, a proxy has taken the port.
    pub(crate) fn is_of(&self, host: &str, is_same_origin: bool) -> bool {
        let (name, port) = split_port(host);
        let own_port = self.port.unwrap_or(self.usual_port);
        let is_of_port = match port {
            Some(port) => port == own_port,
            None => own_port == self.usual_port || is_same_origin,
        };
        is_of_port && name.eq_ignore_ascii_case(self.host)
    }
}

/// Splits the port from a host, which may be an IPv6 address in brackets.
fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    }
}
