//! Rows 17 to 19: keys where clients send them, and what comes through the shipped
//! gateways.

mod nginx;

use self::nginx::Nginx;
use crate::{
    report::Checks,
    target::{Attack, MadeKey, Target},
};
use anyhow::Result;
use serde_json::json;
use xtask_harness::{
    request::{Credentials, Request},
    server::ADMIN,
};
use xtask_programs::gateways::PREFLIGHT;

/// Where keys are read.
const KEY_HEADERS: &str = "authorization,x-api-key,api-key,x-goog-api-key,sec-websocket-protocol";

/// A model whose name a path has to encode.
const MODEL: &str = "meta-llama/Llama-3:8b instruct";

/// Row 17: a key in each place where clients of the field send one.
pub(crate) async fn key_places(attack: &Attack) -> Result<Checks> {
    let database = attack.engine.create().await?;
    let mut command = crate::target::command(&attack.program, &database);
    command.env("APIKEY_KEY_HEADERS", KEY_HEADERS);
    let target = attack.start_with(database, command).await?;
    let key = make_key(&target, &json!({"name": "places"})).await?.value;
    let other = make_key(&target, &json!({"name": "another"})).await?.value;

    let plain = |name, value: String| Request::get("/auth/verify").header(name, value);
    let basic = |name: &str, password: &str| {
        Request::get("/auth/verify").by(Credentials::Password(name, password))
    };
    let protocols = format!("realtime, openai-insecure-api-key.{key}, openai-beta.realtime-v1");
    let mut checks = Checks::default();
    for (place, request, expected) in [
        ("api-key: KEY", plain("api-key", key.clone()), 200),
        (
            "x-goog-api-key: KEY",
            plain("x-goog-api-key", key.clone()),
            200,
        ),
        (
            "Authorization: KEY",
            plain("authorization", key.clone()),
            200,
        ),
        (
            "Authorization: Bearer KEY",
            plain("authorization", format!("Bearer {key}")),
            200,
        ),
        ("Basic, KEY as username", basic(&key, ""), 200),
        ("Basic, KEY as password", basic("api", &key), 200),
        (
            "X-API-Key: Bearer KEY",
            plain("x-api-key", format!("Bearer {key}")),
            200,
        ),
        ("X-API-Key: KEY", plain("x-api-key", key.clone()), 200),
        (
            "Sec-WebSocket-Protocol",
            plain("sec-websocket-protocol", protocols),
            200,
        ),
        (
            "the query",
            Request::get(format!("/auth/verify?api-key={key}&key={key}")),
            401,
        ),
        (
            "a header that is not named",
            plain("x-other-key", key.clone()),
            401,
        ),
        (
            "two keys in two places",
            plain("api-key", key.clone()).header("x-goog-api-key", other),
            400,
        ),
    ] {
        let status = target.send(&request).await?.status;
        checks.must(place, status, expected, status == expected);
    }
    Ok(checks)
}

/// Row 18: a browser's preflight through nginx.
pub(crate) async fn preflights(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let shipped = Nginx::start(&target, nginx::SHIPPED).await?;
    let former = Nginx::start(&target, &nginx::without_preflights()?).await?;
    let mut checks = Checks::default();
    let what = "a preflight, with the configuration before";
    checks.show(what, former.send(PREFLIGHT).await?.status);
    for (what, request, expected) in [
        (
            "a preflight, as Chromium sends it",
            PREFLIGHT.to_owned(),
            200,
        ),
        ("the same as GET", PREFLIGHT.replace("OPTIONS", "GET"), 401),
        (
            "the same without Origin",
            PREFLIGHT.replace("Origin: http://page.example\r\n", ""),
            401,
        ),
        (
            "the same with a body",
            PREFLIGHT.replace("\r\n\r\n", "\r\nContent-Length: 4\r\n\r\nbody"),
            401,
        ),
    ] {
        let status = shipped.send(&request).await?.status;
        checks.must(what, status, expected, status == expected);
    }
    Ok(checks)
}

/// Row 19: names of models that a path encodes, through nginx.
pub(crate) async fn model_names(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let key = json!({"name": "limited", "allowed_model_names": [MODEL]});
    let key = make_key(&target, &key).await?.value;
    let shipped = Nginx::start(&target, nginx::SHIPPED).await?;
    let former = Nginx::start(&target, &nginx::with_former_models()?).await?;
    let get = |segment: &str| {
        format!(
            "GET /models/{segment}/v1/chat HTTP/1.1\r\nHost: gateway\r\n\
             Authorization: Bearer {key}\r\n\r\n"
        )
    };
    let mut checks = Checks::default();
    let encoded = "meta-llama%2FLlama-3%3A8b%20instruct";
    let what = "the model of the key, with the configuration before";
    checks.show(what, former.send(&get(encoded)).await?.status);
    for (what, segment, expected) in [
        ("the model of the key", encoded, 200),
        (
            "the same, `:` as it is",
            "meta-llama%2fLlama-3:8b%20instruct",
            200,
        ),
        (
            "a `+` for the blank",
            "meta-llama%2FLlama-3%3A8b+instruct",
            403,
        ),
        (
            "encoded twice",
            "meta-llama%252FLlama-3%253A8b%2520instruct",
            404,
        ),
        (
            "another, and `..`",
            "x%2F..%2Fmeta-llama%2FLlama-3%3A8b%20instruct",
            400,
        ),
        (
            "the model and a blank",
            "meta-llama%2FLlama-3%3A8b%20instruct%20",
            404,
        ),
        (
            "the model and a zero byte",
            "meta-llama%2FLlama-3%3A8b%20instruct%00",
            400,
        ),
    ] {
        let status = shipped.send(&get(segment)).await?.status;
        checks.must(what, status, expected, status == expected);
    }
    let seen = String::from_utf8(shipped.send(&get(encoded)).await?.body)?;
    let path = format!("GET /models/{encoded}/v1/chat ");
    checks.must(
        "the path as the service gets it",
        seen.lines().next().unwrap_or_default(),
        "as the client wrote it",
        seen.starts_with(&path),
    );
    let model = seen.lines().find_map(|line| line.strip_prefix("X-Model: "));
    let model = model.unwrap_or_default();
    checks.must(
        "the model as the service gets it",
        model,
        MODEL,
        model == MODEL,
    );
    Ok(checks)
}

async fn make_key(target: &Target, json: &serde_json::Value) -> Result<MadeKey> {
    target.make_key(ADMIN, None, json).await
}
