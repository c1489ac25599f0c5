//! Whose requests proxies pass on: what clients claim is not what they say.

use super::{
    configuration::{CADDY, CONSOLE, Configuration, ENVOY, NGINX, Ports},
    gateway::Gateway,
    service::Service,
};
use crate::support::{Kind, TestServer};
use reqwest::Client;
use std::net::IpAddr;
use xtask_harness::server::ADMIN_PASSWORD;
use xtask_programs::port::free_port;

/// nginx asks from 127.0.0.1, and nobody else does.
const BEHIND_NGINX: [&str; 4] = [
    "--trusted-proxies",
    "127.0.0.1",
    "--client-address-header",
    "x-forwarded-for",
];

/// The headers that servers may count by.
const HEADERS: [&str; 3] = ["X-Forwarded-For", "X-Real-IP", "Forwarded"];

/// Returns a client with an address of its own.
fn client(address: &str) -> Client {
    let address: IpAddr = address.parse().unwrap();
    let builder = Client::builder().local_address(address);
    builder.build().unwrap()
}

/// Signs in with a password, and claims another address with each attempt.
async fn signs_in(client: &Client, port: u16, password: &str, number: u8) -> u16 {
    let address = format!("192.0.2.{number}");
    let request = client.get(format!("http://127.0.0.1:{port}/v2/users/me"));
    let request = request
        .basic_auth("admin", Some(password))
        .header("X-Forwarded-For", &address)
        .header("X-Forwarded-For", format!("{address}, 127.0.0.1"))
        .header("X-Real-IP", &address)
        .header("Forwarded", format!("for={address}"));
    request.send().await.unwrap().status().as_u16()
}

/// Returns how many of 30 guesses are refused without a look at the password.
async fn throttled(client: &Client, port: u16) -> usize {
    let mut throttled = 0;
    for number in 0..30 {
        let status = signs_in(client, port, &format!("Guess_{number}"), number).await;
        assert!(matches!(status, 401 | 429), "{status}");
        throttled += usize::from(status == 429);
    }
    throttled
}

#[tokio::test]
async fn behind_nginx_each_client_is_throttled_for_itself_whatever_it_claims() {
    let server = TestServer::start_with(Kind::Sqlite, &BEHIND_NGINX).await;
    let ports = Ports {
        server: server.address.port(),
        service: 0,
        gateway: free_port().unwrap(),
    };
    let _nginx = Gateway::start(&CONSOLE, &ports).await;
    let guessing = client("127.0.0.2");
    assert!(throttled(&guessing, ports.gateway).await >= 10);
    // Nobody else is concerned, and who guesses is known by the same address without nginx.
    let other = client("127.0.0.3");
    assert_eq!(signs_in(&other, ports.gateway, "Guess_1", 1).await, 401);
    let right = signs_in(&other, ports.gateway, ADMIN_PASSWORD, 2).await;
    assert_eq!(right, 200);
    assert!(throttled(&guessing, ports.server).await >= 20);
    // Who is no trusted proxy says nothing about an address.
    assert!(throttled(&client("127.0.0.4"), ports.server).await >= 10);
}

/// Returns what a gateway says in these headers when it asks about a key, after its client
/// at 127.0.0.2 claimed something in all of them. (Envoy writes an address of its own in
/// place of 127.0.0.1.)
async fn said_by(configuration: &Configuration) -> [Option<String>; 3] {
    let (asked, service) = (Service::start(), Service::start());
    let ports = Ports {
        server: asked.port,
        service: service.port,
        gateway: free_port().unwrap(),
    };
    let _gateway = Gateway::start(configuration, &ports).await;
    let request = client("127.0.0.2").get(format!("http://127.0.0.1:{}/", ports.gateway));
    let mut request = request.bearer_auth("gpustack_0123456789abcdef_0");
    for name in HEADERS {
        request = request.header(name, "192.0.2.9");
    }
    assert_eq!(request.send().await.unwrap().status(), 200);
    let asked = asked.take();
    assert_eq!(asked.len(), 1, "{asked:?}");
    HEADERS.map(|name| asked[0].header(name).map(|value| value.replace(' ', "")))
}

#[tokio::test]
async fn no_gateway_passes_on_the_address_that_its_client_claims() {
    let said = |text: &str| Some(text.to_owned());
    let appended = || said("192.0.2.9,127.0.0.2");
    assert_eq!(said_by(&NGINX).await, [appended(), said("127.0.0.2"), None]);
    assert_eq!(said_by(&ENVOY).await, [appended(), None, None]);
    assert_eq!(said_by(&CADDY).await, [said("127.0.0.2"), None, None]);
}
