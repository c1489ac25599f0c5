//! Which address counts, whatever a client writes.

use super::{
    MOST_HOPS, client_of,
    header::{ClientAddressHeader, address},
};
use actix_web::http::header::{HeaderMap, HeaderValue};
use proptest::{collection::vec, prelude::*, sample::select};
use std::{iter::repeat_n, net::IpAddr};

/// The proxies of these tests: 10.0.0.0/8 and fd00::/8.
fn is_proxy(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets()[0] == 10,
        IpAddr::V6(address) => address.octets()[0] == 0xfd,
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Returns whose request a proxy with the address 10.0.0.1 passes on.
fn counted(header: ClientAddressHeader, lines: &[Vec<u8>]) -> IpAddr {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(header.name(), HeaderValue::from_bytes(line).unwrap());
    }
    client_of(ip("10.0.0.1"), header.hops(&headers), is_proxy)
}

fn lines(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[test]
fn who_is_no_proxy_is_the_client() {
    let hop = |text: &&str| text.parse().ok();
    for (peer, hops, expected) in [
        ("192.0.2.1", &["192.0.2.2"][..], "192.0.2.1"),
        ("10.0.0.1", &[], "10.0.0.1"),
        ("10.0.0.1", &["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", &["192.0.2.1", "192.0.2.2"], "192.0.2.1"),
        ("10.0.0.1", &["10.0.0.2", "192.0.2.1"], "192.0.2.1"),
        (
            "10.0.0.1",
            &["fd00::1", "2001:db8::1", "10.0.0.2"],
            "2001:db8::1",
        ),
        // The client is in a network that is trusted.
        ("10.0.0.1", &["10.0.0.2", "10.0.0.3"], "10.0.0.3"),
        ("10.0.0.1", &["unknown", "192.0.2.1"], "10.0.0.1"),
        (
            "10.0.0.1",
            &["10.0.0.2", "unknown", "192.0.2.1"],
            "10.0.0.2",
        ),
        ("10.0.0.1", &["", "192.0.2.1"], "10.0.0.1"),
    ] {
        let client = client_of(ip(peer), hops.iter().map(hop), is_proxy);
        assert_eq!(client, ip(expected), "{peer} {hops:?}");
    }
}

#[test]
fn as_many_addresses_are_read_as_proxies_may_stand_in_a_row() {
    let client = Some(ip("192.0.2.1"));
    for (proxies, expected) in [(15, "192.0.2.1"), (16, "10.0.0.2"), (1_000, "10.0.0.2")] {
        let mut read = 0;
        let hops = repeat_n(Some(ip("10.0.0.2")), proxies).chain([client]);
        let hops = hops.inspect(|_| read += 1);
        assert_eq!(client_of(ip("10.0.0.1"), hops, is_proxy), ip(expected));
        assert!(read <= MOST_HOPS, "{read}");
    }
}

#[test]
fn an_address_is_read_as_proxies_write_it() {
    for (text, expected) in [
        ("192.0.2.1", Some("192.0.2.1")),
        ("192.0.2.1:443", Some("192.0.2.1")),
        ("::ffff:192.0.2.1", Some("192.0.2.1")),
        ("[::ffff:c000:201]:1", Some("192.0.2.1")),
        ("2001:db8::1", Some("2001:db8::1")),
        ("2001:DB8::1", Some("2001:db8::1")),
        ("[2001:db8::1]", Some("2001:db8::1")),
        ("[2001:db8::1]:443", Some("2001:db8::1")),
        ("", None),
        ("unknown", None),
        ("_hidden", None),
        ("unix:", None),
        ("client.example", None),
        ("fe80::1%eth0", None),
        ("[fe80::1%1]:443", None),
        ("[192.0.2.1]", None),
        ("[2001:db8::1", None),
        ("2001:db8::1]", None),
        ("192.0.2.1:", None),
        ("192.0.2.1:65536", None),
        ("192.0.2.256", None),
        ("192.0.2", None),
        ("192.000.002.001", None),
        ("0xC0.0.2.1", None),
        ("3221225985", None),
        ("192.0.2.1 192.0.2.2", None),
        ("192.0.2.1\u{a0}", None),
    ] {
        assert_eq!(address(text), expected.map(ip), "{text}");
    }
}

#[test]
fn all_lines_are_one_list() {
    use ClientAddressHeader::{Forwarded, XForwardedFor, XRealIp};
    for (header, given, expected) in [
        (XForwardedFor, &[][..], "10.0.0.1"),
        (XForwardedFor, &["192.0.2.1"], "192.0.2.1"),
        (XForwardedFor, &["192.0.2.9, 192.0.2.1"], "192.0.2.1"),
        (XForwardedFor, &["192.0.2.9", "192.0.2.1"], "192.0.2.1"),
        (
            XForwardedFor,
            &["192.0.2.9,192.0.2.1", "10.0.0.2"],
            "192.0.2.1",
        ),
        (
            XForwardedFor,
            &["192.0.2.9 ,\t192.0.2.1\t,10.0.0.2 "],
            "192.0.2.1",
        ),
        // A proxy whose client has no address wrote an empty one.
        (XForwardedFor, &["192.0.2.9", ""], "10.0.0.1"),
        (XForwardedFor, &["192.0.2.9,"], "10.0.0.1"),
        (XForwardedFor, &[",,,,"], "10.0.0.1"),
        (XForwardedFor, &["192.0.2.9, 10.0.0.2, unknown"], "10.0.0.1"),
        (XForwardedFor, &["192.0.2.9, unknown, 10.0.0.2"], "10.0.0.2"),
        (XForwardedFor, &["for=192.0.2.9"], "10.0.0.1"),
        (XRealIp, &["192.0.2.1"], "192.0.2.1"),
        (XRealIp, &["10.0.0.2"], "10.0.0.2"),
        (XRealIp, &["192.0.2.9", "192.0.2.1"], "192.0.2.1"),
        (Forwarded, &["for=192.0.2.1"], "192.0.2.1"),
        (
            Forwarded,
            &["for=192.0.2.9, For=\"[2001:db8::1]:443\""],
            "2001:db8::1",
        ),
        (
            Forwarded,
            &[
                "for=192.0.2.9;proto=http",
                "by=b;for=192.0.2.1, for=10.0.0.2",
            ],
            "192.0.2.1",
        ),
        (Forwarded, &["for=192.0.2.9, for=unknown"], "10.0.0.1"),
        (Forwarded, &["for=192.0.2.9, for=_hidden"], "10.0.0.1"),
        (Forwarded, &["for=192.0.2.9, proto=https"], "10.0.0.1"),
        (Forwarded, &["192.0.2.9"], "10.0.0.1"),
        // The proxy quotes what its client asked for.
        (
            Forwarded,
            &["for=192.0.2.1;host=\"a, for=192.0.2.9;x=\\\"b\""],
            "10.0.0.1",
        ),
    ] {
        assert_eq!(counted(header, &lines(given)), ip(expected), "{given:?}");
    }
}

/// What clients write: pieces of such headers, and any bytes that a header may have.
fn prefix() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let pieces = [
        "192.0.2.9",
        "10.0.0.9",
        "fd00::9",
        "for=",
        "host=",
        "\"",
        "\\",
        ",",
        ";",
        "=",
        " ",
        "\t",
        "[::1]:1",
        "unknown",
        "%1",
        "é",
    ];
    let piece = select(pieces.to_vec()).prop_map(|piece| piece.as_bytes().to_vec());
    let byte = any::<u8>().prop_filter("in a header", |byte| {
        HeaderValue::from_bytes(&[*byte]).is_ok()
    });
    let any_piece = prop_oneof![8 => piece, 1 => vec(byte, 1..4)];
    vec(vec(any_piece, 0..12).prop_map(|line| line.concat()), 0..4)
}

/// What proxies say of their client, and whether each begins a line of its own.
fn appended() -> impl Strategy<Value = Vec<(&'static str, bool)>> {
    let client = select(&["192.0.2.1", "2001:db8::1", "unknown", "", "x\"y", "\\"]);
    let proxy = select(&["10.0.0.3", "fd00::3"]);
    let hops = (client, vec(proxy, 0..4));
    let hops = hops.prop_map(|(client, proxies)| [vec![client], proxies].concat());
    hops.prop_flat_map(|hops| {
        let is_line = vec(any::<bool>(), hops.len());
        is_line.prop_map(move |is_line| hops.iter().copied().zip(is_line).collect())
    })
}

fn written(header: ClientAddressHeader, hop: &str) -> String {
    match header {
        ClientAddressHeader::Forwarded => format!("for=\"{hop}\";proto=https"),
        _ => hop.to_owned(),
    }
}

proptest! {
    /// Whatever a client writes, it is counted for what the proxies say of it.
    #[test]
    fn nothing_that_a_client_writes_changes_who_it_is(
        header in select(&ClientAddressHeader::ALL),
        prefix in prefix(),
        appended in appended(),
    ) {
        let append = |mut lines: Vec<Vec<u8>>| {
            for (hop, is_line) in &appended {
                let text = written(header, hop);
                match lines.last_mut() {
                    Some(last) if !is_line => last.extend_from_slice(format!(", {text}").as_bytes()),
                    _ => lines.push(text.into_bytes()),
                }
            }
            lines
        };
        let alone = counted(header, &append(Vec::new()));
        prop_assert_eq!(counted(header, &append(prefix)), alone);
        let client = address(appended[0].0);
        let last_proxy = appended.get(1).map_or(ip("10.0.0.1"), |(hop, _)| ip(hop));
        prop_assert_eq!(alone, client.unwrap_or(last_proxy));
    }
}
