//! Rows 15 and 16: bodies and queries that are almost right.

use crate::{
    report::Checks,
    target::{Attack, Target},
};
use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};
use xtask_harness::{
    request::{Credentials, Request},
    server::ADMIN,
};

/// Numbers that are not whole, or beyond 64 bits.
const WRONG_NUMBERS: [&str; 12] = [
    "1e-400",
    "-1e-400",
    "0.1",
    "-0.5",
    "3600.00000000000000000001",
    "1e400",
    "-1e400",
    "9223372036854775808",
    "-9223372036854775809",
    "-18446744073709551616",
    "1e999999999",
    "-1e999999999",
];

/// An hour, and what means never.
const RIGHT_NUMBERS: [(&str, bool); 7] = [
    ("3600", true),
    ("3600.0", true),
    ("3.6e3", true),
    ("36000e-1", true),
    ("0", false),
    ("-0.0", false),
    ("null", false),
];

/// Fields with which nobody means nothing.
const MISSPELT: [&str; 16] = [
    "Scope",
    "scopes",
    "scop",
    "scoep",
    "key-scope",
    "expires_at",
    "expiresIn",
    "expires-in",
    "expiry",
    "ttl",
    "allowedModelNames",
    "allowed_models",
    "model",
    "quota",
    "rate_limit",
    "Networks",
];

/// Fields that a client of the contract may send.
const HARMLESS: [&str; 5] = ["comment", "user_name", "is_custom", "created_at", "owner"];

const MISSPELT_WANTS: [&str; 5] = ["Model", "models", "Scope", "scopes", "tenant"];

const MISSPELT_QUERIES: [&str; 5] = [
    "Scope=management",
    "scopes=management",
    "scpoe=management",
    "sc%6Fpe=management",
    "scope",
];

/// How long a body of as many unknown fields as fit may take.
const LIMIT: Duration = Duration::from_secs(2);

/// Row 15.
pub(crate) async fn numbers(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let mut wrong = Vec::new();
    for number in WRONG_NUMBERS {
        let body = format!(r#"{{"name":"{number}","expires_in":{number}}}"#);
        let (status, answer) = send(&target, "/v2/api-keys", body).await?;
        if status != 422 {
            wrong.push(format!("{number} is {status} {answer}"));
        }
    }
    let mut checks = Checks::default();
    let what = "`expires_in` that is not whole or too large: not 422";
    checks.none_of(what, &wrong, WRONG_NUMBERS.len());

    let mut wrong = Vec::new();
    for (number, expires) in RIGHT_NUMBERS {
        let body = format!(r#"{{"name":"{number}","expires_in":{number}}}"#);
        let (status, answer) = send(&target, "/v2/api-keys", body).await?;
        let shown: serde_json::Value = serde_json::from_str(&answer).unwrap_or_default();
        let is_right = shown["expires_at"].is_null() != expires;
        if status != 200 || !is_right {
            wrong.push(format!("{number} is {status} {answer}"));
        }
    }
    checks.none_of("whole numbers: not taken", &wrong, RIGHT_NUMBERS.len());
    Ok(checks)
}

/// Row 16.
pub(crate) async fn fields(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let mut checks = Checks::default();
    let wrong = created_with(&target, &MISSPELT, 422).await?;
    checks.none_of(
        "misspelled fields of a new key: not 422",
        &wrong,
        MISSPELT.len(),
    );
    let wrong = created_with(&target, &HARMLESS, 200).await?;
    checks.none_of(
        "other fields of a new key: not ignored",
        &wrong,
        HARMLESS.len(),
    );
    checks.right(
        "the key as it was shown, sent back",
        &sent_back(&target).await,
    );

    let wanted = json!({"name": "wanted", "scope": ["inference"], "allowed_model_names": ["m"]});
    let key = target.make_key(ADMIN, None, &wanted).await?.value;
    let mut wrong = Vec::new();
    for field in MISSPELT_WANTS {
        let item = json!({"key": key, field: "other"});
        for body in [item.clone(), json!({"items": [item]})] {
            let (status, answer) = send(&target, "/v2/api-keys/verify", body.to_string()).await?;
            if status != 422 {
                wrong.push(format!("{field} is {status} {answer}"));
            }
        }
    }
    let what = "unknown fields of a verification: not 422";
    checks.none_of(what, &wrong, 2 * MISSPELT_WANTS.len());

    for (path, expected) in [("/auth/verify", 422), ("/auth/verify/v1/models", 200)] {
        let mut wrong = Vec::new();
        for query in MISSPELT_QUERIES {
            let request = Request::get(format!("{path}?{query}")).by(Credentials::Key(&key));
            let status = target.send(&request).await?.status;
            // What has no name of its own below the path asks for nothing.
            if status != expected {
                wrong.push(format!("{query} is {status}"));
            }
        }
        let what = format!("misspelled parameters of {path}: not {expected}");
        checks.none_of(what, &wrong, MISSPELT_QUERIES.len());
    }
    let took = many_fields(&target).await?;
    let what = "a body with as many unknown fields as fit";
    checks.at_most(what, took.as_secs_f64(), LIMIT.as_secs_f64(), "s");
    Ok(checks)
}

/// Creates a key with each of these fields and returns what was not answered so.
async fn created_with(target: &Target, fields: &[&str], expected: u16) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for field in fields {
        let body = json!({"name": format!("with {field}"), *field: ["x"]});
        let (status, answer) = send(target, "/v2/api-keys", body.to_string()).await?;
        if status != expected {
            wrong.push(format!("{field} is {status} {answer}"));
        }
    }
    Ok(wrong)
}

async fn sent_back(target: &Target) -> Result<()> {
    let request = Request::post("/v2/api-keys", &json!({"name": "shown"})).by(ADMIN);
    let mut shown = target.ask(&request).await?;
    shown["expires_in"] = json!(60);
    shown["custom"] = json!("x");
    let path = format!("/v2/api-keys/{}", shown["id"]);
    target.admin(Method::PUT, &path, &shown).await.map(drop)
}

async fn many_fields(target: &Target) -> Result<Duration> {
    let fields: String = (0..6_000)
        .map(|number| format!(r#","{number}":1"#))
        .collect();
    let started = Instant::now();
    send(
        target,
        "/v2/api-keys",
        format!(r#"{{"name":"many"{fields}}}"#),
    )
    .await?;
    Ok(started.elapsed())
}

/// Sends a body as it is written, as the first administrator.
async fn send(target: &Target, path: &str, body: String) -> Result<(u16, String)> {
    let Credentials::Password(name, password) = ADMIN else {
        return Ok((0, String::new()));
    };
    let request = target.client().request(Method::POST, path).body(body);
    let response = request.basic_auth(name, Some(password)).send().await;
    let response = response.context("there is no answer")?;
    Ok((response.status().as_u16(), response.text().await?))
}
