//! API9: improper inventory management. There is one version, every route of it is
//! documented, and there is no other.

use super::world::World;
use crate::support::{Kind, client::answer};
use regex_lite::Regex;
use reqwest::Method;
use std::{collections::BTreeSet, path::Path};

const ROUTES: &str = "crates/apikey-http/src/routes.rs";

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// Returns the routes that the server has, as `GET /v2/users`.
fn configured() -> BTreeSet<String> {
    let source = read(ROUTES);
    let path = Regex::new(r#""(/[^"]+)""#).unwrap();
    let method = Regex::new(r"Method::([A-Z]+),").unwrap();
    let (mut routes, mut current) = (BTreeSet::new(), String::new());
    for line in source.lines() {
        if let Some(found) = path.captures(line) {
            current = found[1].to_owned();
        }
        for found in method.captures_iter(line) {
            routes.insert(format!("{} {current}", &found[1]));
        }
    }
    assert!(routes.len() > 25, "{routes:?}");
    routes
}

/// Returns the routes that are documented: those in code, as `GET /v2/users`.
fn documented() -> BTreeSet<String> {
    let call = Regex::new(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`?\s]*)").unwrap();
    let text = read("docs/api.md");
    let found = call.captures_iter(&text);
    found
        .map(|call| format!("{} {}", &call[1], &call[2]))
        .collect()
}

#[test]
fn every_route_is_documented_and_every_documented_route_exists() {
    assert_eq!(documented(), configured());
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_no_other_routes_even_for_an_admin() {
    let world = World::new(Kind::Sqlite).await;
    for path in [
        "/",
        "/v1/api-keys",
        "/v2",
        "/v2/",
        "/v2/api-keys/",
        "/v2//api-keys",
        "/V2/API-KEYS",
        "/v3/api-keys",
        "/api/v2/api-keys",
        "/v2/keys",
        "/v2/me",
        "/admin",
        "/debug/pprof",
        "/docs/",
        "/swagger.json",
        "/openapi.yaml",
        "/graphql",
        "/metrics/",
        "/env",
        "/.env",
        "/.git/config",
        "/server-status",
        "/actuator/health",
        "/auth",
        "/auth/verifyx",
    ] {
        let (status, answer) = answer(world.client.as_admin(Method::GET, path)).await;
        assert_eq!(status, 404, "{path}: {answer}");
    }
}
