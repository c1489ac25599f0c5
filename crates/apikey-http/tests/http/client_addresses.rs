//! Whose request a proxy passes on: the address that guesses of passwords are counted for.

use crate::support::{TestApi, get, post, with_password};
use actix_web::test::TestRequest;
use apikey_http::{ClientAddressHeader, connection::TrustedProxies};
use serde_json::json;

const PROXY: &str = "10.1.2.3:4";

/// The app behind proxies that say in a header whose request they pass on.
async fn behind_proxies(header: Option<ClientAddressHeader>) -> TestApi {
    let mut api = TestApi::new().await;
    let proxies = "10.0.0.0/8, fd00::/8".parse::<TrustedProxies>();
    api.state.trusted_proxies = proxies.unwrap();
    api.state.client_address_header = header;
    api
}

fn guess(peer: &str, headers: &[(&'static str, &str)]) -> TestRequest {
    let mut request = with_password("alice", "wrong", get("/v2/users/me"));
    for (name, value) in headers {
        request = request.append_header((*name, *value));
    }
    request.peer_addr(peer.parse().unwrap())
}

async fn must_be_throttled(api: &TestApi, request: TestRequest) {
    let refused = api.send(request).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
}

async fn must_be_counted(api: &TestApi, request: TestRequest) {
    let refused = api.send(request).await;
    assert_eq!(refused.status, 401, "{}", refused.body);
}

#[actix_web::test]
async fn behind_a_trusted_proxy_each_client_is_throttled_for_itself() {
    use ClientAddressHeader::{Forwarded, XForwardedFor, XRealIp};
    for (header, name, [client, same, proxied, other]) in [
        (
            XForwardedFor,
            "x-forwarded-for",
            [
                "192.0.2.1",
                "192.0.2.7, 192.0.2.1:5",
                "192.0.2.1, 10.0.0.9",
                "192.0.2.2",
            ],
        ),
        (
            XRealIp,
            "x-real-ip",
            ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"],
        ),
        (
            Forwarded,
            "forwarded",
            [
                "for=\"[2001:db8::1]\"",
                "for=\", for=\"[2001:db8::2]:9\";proto=https",
                "for=\"[2001:db8::3]\", for=\"[fd00::1]\"",
                "for=\"[2001:db8:0:1::1]\"",
            ],
        ),
    ] {
        let api = behind_proxies(Some(header)).await;
        for _ in 0..10 {
            must_be_counted(&api, guess(PROXY, &[(name, client)])).await;
        }
        for text in [client, same, proxied] {
            must_be_throttled(&api, guess(PROXY, &[(name, text)])).await;
        }
        // On a line of its own, behind what the client claims.
        must_be_throttled(&api, guess(PROXY, &[(name, other), (name, client)])).await;
        must_be_counted(&api, guess(PROXY, &[(name, client), (name, other)])).await;
        // The other headers say nothing.
        for another in ["x-forwarded-for", "x-real-ip", "forwarded", "x-client-ip"] {
            if another != name {
                must_be_throttled(&api, guess(PROXY, &[(another, "for=1"), (name, client)])).await;
            }
        }
    }
}

#[actix_web::test]
async fn signing_in_and_asking_for_a_gateway_count_the_same_address() {
    let api = behind_proxies(Some(ClientAddressHeader::XForwardedFor)).await;
    let from = |address: &str, request: TestRequest| {
        let request = request.peer_addr(PROXY.parse().unwrap());
        request.insert_header(("x-forwarded-for", address))
    };
    let log_in = |address: &str| {
        let body = json!({"username": "alice", "password": "wrong"});
        from(address, post("/auth/login", body))
    };
    let ask = |address: &str| from(address, with_password("alice", "wrong", get("/token-auth")));
    for _ in 0..5 {
        must_be_counted(&api, log_in("192.0.2.1")).await;
        must_be_counted(&api, ask("192.0.2.1")).await;
    }
    must_be_throttled(&api, log_in("192.0.2.1")).await;
    must_be_throttled(&api, ask("192.0.2.1")).await;
    must_be_counted(&api, log_in("192.0.2.2")).await;
    must_be_counted(&api, ask("192.0.2.2")).await;
}

#[actix_web::test]
async fn an_address_is_believed_of_trusted_proxies_that_were_set_to_say_it() {
    let header = Some(ClientAddressHeader::XForwardedFor);
    let stranger = "198.51.100.1:4";
    for (header, peer, said) in [
        (None, PROXY, true),
        (None, stranger, true),
        (header, stranger, true),
        (header, PROXY, false),
    ] {
        let api = behind_proxies(header).await;
        let claim = |number: u8| {
            // The proxy that says nothing is counted itself.
            let address = if said {
                format!("192.0.2.{number}")
            } else {
                "unknown".to_owned()
            };
            guess(
                peer,
                &[("x-forwarded-for", &address), ("x-real-ip", &address)],
            )
        };
        for number in 0..10 {
            must_be_counted(&api, claim(number)).await;
        }
        must_be_throttled(&api, claim(10)).await;
        must_be_throttled(&api, guess(peer, &[])).await;
    }
}
