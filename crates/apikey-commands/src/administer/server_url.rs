//! Where a server is.

use std::{fmt, net::IpAddr, str::FromStr};

/// The URL of a server: `http` or `https`, a host, perhaps a port, and perhaps a path under
/// which a proxy has the service.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl {
    /// Without a slash at its end.
    text: String,
    is_https: bool,
    host: String,
}

/// What is expected.
const EXPECTED: &str =
    "expected a URL as in https://keys.example.org, without a name, a password, ? or #";

// === impl ServerUrl ===

impl ServerUrl {
    /// Returns whether what is sent there can be read by others on the way.
    pub fn is_in_the_clear(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        let address: Option<IpAddr> = bare.parse().ok();
        let is_local = address.is_some_and(|address| address.is_loopback());
        !self.is_https && !is_local && self.host != "localhost"
    }

    /// Returns the URL without a slash at its end.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether TLS is used.
    pub(super) fn is_https(&self) -> bool {
        self.is_https
    }
}

impl FromStr for ServerUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim_end_matches('/');
        let (scheme, rest) = text.split_once("://").ok_or(EXPECTED)?;
        let is_https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(EXPECTED),
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let is_odd = |byte: u8| !byte.is_ascii_graphic() || matches!(byte, b'?' | b'#' | b'@');
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        if host.is_empty() || !is_port || rest.bytes().any(is_odd) {
            return Err(EXPECTED);
        }
        Ok(Self {
            text: text.to_owned(),
            is_https,
            host: host.to_ascii_lowercase(),
        })
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read() {
        for (text, in_the_clear) in [
            ("https://keys.example.org", false),
            ("https://keys.example.org:8443/apikey/", false),
            ("http://127.0.0.1:8080", false),
            ("http://[::1]:8080", false),
            ("HTTP://localhost", false),
            ("http://localhost.example", true),
            ("http://127.0.0.1.example", true),
            ("http://10.0.0.5:8080", true),
            ("http://[fe80::1]", true),
        ] {
            let url: ServerUrl = text.parse().unwrap();
            assert_eq!(url.is_in_the_clear(), in_the_clear, "{text}");
            assert!(!url.as_str().ends_with('/'));
        }
    }

    #[test]
    fn what_is_no_url_of_a_server_is_refused() {
        for text in [
            "",
            "keys.example.org",
            "ftp://keys.example.org",
            "https://",
            "https://:80",
            "https://a:b",
            "https://a:0",
            "https://me:secret@a",
            "https://a?x=1",
            "https://a#x",
            "https://a b",
            "https://a\r\nX: y",
        ] {
            assert!(text.parse::<ServerUrl>().is_err(), "{text}");
        }
    }
}
