//! The description of the interface: that it says what is served, as it is served.

pub(crate) mod conformity;
mod examples;
mod page;

use crate::{
    credentials::configured,
    support::{TestApi, get},
};
use actix_web::{http::Method, test::TestRequest};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// The variable with which `cargo xtask openapi --accept` has the copies written.
const ACCEPT: &str = "APIKEY_ACCEPT_DESCRIPTION";

/// Returns the description.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(apikey_http::openapi::text()).unwrap());
    &DOCUMENT
}

/// Returns each operation with its path and its method.
fn operations() -> impl Iterator<Item = (String, &'static Value)> {
    let paths = document()["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap();
        item.iter().map(move |(method, operation)| {
            (format!("{} {path}", method.to_uppercase()), operation)
        })
    })
}

/// Compares a file of the project with what it must hold, or writes it if that is wanted.
#[expect(
    clippy::disallowed_methods,
    reason = "so a test learns that it is to write what it compares"
)]
fn compare(file: &str, now: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let now = format!("{now:#}\n");
    if std::env::var_os(ACCEPT).is_some() {
        fs::write(&path, now).unwrap();
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let differs = kept
        .lines()
        .zip(now.lines())
        .find(|(kept, now)| kept != now);
    assert!(
        kept == now,
        "{file} is not what is served, first in {differs:?}: if that is meant, run \
         `cargo xtask openapi --accept`"
    );
}

#[test]
fn the_operations_are_the_routes() {
    let described: BTreeSet<_> = operations().map(|(route, _)| route).collect();
    let mut served = configured();
    for route in configured() {
        let (method, path) = route.split_once(' ').unwrap();
        if !["/token-auth", "/v2/api-keys/verify"].contains(&path) {
            served.insert(format!("OPTIONS {path}"));
            served.extend((method == "GET").then(|| format!("HEAD {path}")));
        }
    }
    // It is a scope of its own, which takes any method.
    served.insert("GET /auth/verify".to_owned());
    assert_eq!(described, served);
}

#[test]
fn each_operation_has_a_name_of_its_own_and_says_what_it_is_for() {
    let mut names = BTreeSet::new();
    let tags = document()["tags"].as_array().unwrap();
    for (route, operation) in operations() {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name} is there twice");
        assert!(
            operation["summary"].as_str().unwrap().ends_with('.'),
            "{route}"
        );
        let tag = &operation["tags"][0];
        assert!(tags.iter().any(|one| one["name"] == *tag), "{route}: {tag}");
    }
}

#[test]
fn each_reference_leads_somewhere_and_nothing_is_left_over() {
    fn collect<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|field| collect(field, found));
            }
            Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    collect(document(), &mut found);
    for reference in &found {
        assert!(document().pointer(&reference[1..]).is_some(), "{reference}");
    }
    for part in ["schemas", "responses", "headers"] {
        for name in document()["components"][part].as_object().unwrap().keys() {
            let reference = format!("#/components/{part}/{name}");
            assert!(found.contains(&*reference), "nothing refers to {reference}");
        }
    }
}

#[test]
fn credentials_are_needed_where_they_are_asked_for() {
    for (route, operation) in operations() {
        let needs = !operation["security"].as_array().unwrap().is_empty();
        let refuses = !operation["responses"]["401"].is_null();
        // Who signs in has none yet.
        assert!(needs == refuses || route == "POST /auth/login", "{route}");
        let is_open = !route.contains("/v2") || route.starts_with("OPTIONS");
        assert!(needs || is_open, "{route}");
    }
}

#[actix_web::test]
async fn it_is_served_as_it_is_kept() {
    let api = TestApi::new().await;
    let served = api.send(get("/openapi.json")).await;
    assert_eq!(served.status, 200);
    assert_eq!(served.body, apikey_http::openapi::text());
    let copy = PathBuf::from("../../docs/openapi.json");
    compare(copy.to_str().unwrap(), &served.json());
}

#[actix_web::test]
async fn it_has_a_head() {
    let api = TestApi::new().await;
    for path in ["/openapi.json", "/docs", "/docs/start.js"] {
        let request = TestRequest::default().method(Method::HEAD).uri(path);
        let (head, whole) = (api.send(request).await, api.send(get(path)).await);
        assert_eq!(head.status, 200, "{path}");
        let kind = |answer: &crate::support::TestResponse| answer.header("content-type").to_owned();
        assert_eq!(kind(&head), kind(&whole));
    }
}
