//! Row 8: what the HTTP library gets wrong at the edges of HTTP/1.1.

mod behind;
mod early;

use self::behind::{create, not_made};
use crate::{
    report::Checks,
    target::{Attack, Target},
};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::time::Duration;
use xtask_harness::server::ADMIN;

/// How long something may take that must not happen.
const WAIT: Duration = Duration::from_millis(1_500);

/// How long more than was asked for may take to come.
const REST: Duration = Duration::from_millis(500);

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let key = json!({"name": "edges", "scope": ["*"]});
    let key = target.make_key(ADMIN, None, &key).await?.value;
    let mut checks = Checks::default();
    checks.right("HTTP/1.0 gets no chunks", &old_version(&target, &key).await);
    checks.right("HEAD and GET in one packet", &head_and_get(&target).await);
    let closing = behind_close(&target, &key).await;
    checks.right("a request behind `Connection: close` is not run", &closing);
    let (wrong, all) = early::run_all(&target, &key).await;
    let what = "requests behind an answer given before its body's end that are run";
    checks.none_of(what, &wrong, all);
    checks.right(
        "a well-behaved client afterwards",
        &target.check_whole().await,
    );
    Ok(checks)
}

/// Answers that are streamed end with the connection.
async fn old_version(target: &Target, key: &str) -> Result<()> {
    for path in [
        "/v2/api-keys?page=-1",
        "/v2/api-keys?watch=true",
        "/healthz",
    ] {
        let mut wire = target.wire().await?;
        let request = format!("GET {path} HTTP/1.0\r\nauthorization: Bearer {key}\r\n\r\n");
        wire.send(request).await?;
        let text = String::from_utf8_lossy(&wire.read_for(WAIT).await).to_lowercase();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        ensure!(head.contains(" 200 "), "{path} is answered {head}");
        ensure!(!head.contains("chunked"), "{path} is answered in chunks");
        let is_bare = body.starts_with(['{', '"']);
        ensure!(is_bare, "{path} is answered {}", body.escape_debug());
    }
    Ok(())
}

async fn head_and_get(target: &Target) -> Result<()> {
    // The second of these waits for the database.
    for path in ["/version", "/readyz"] {
        for methods in [["HEAD", "GET"], ["GET", "HEAD"]] {
            let request = |method| format!("{method} {path} HTTP/1.1\r\nhost: attack\r\n\r\n");
            let mut wire = target.wire().await?;
            wire.send(methods.map(request).concat()).await?;
            for method in methods {
                let answer = wire.answer_to(method).await;
                let answer = answer.with_context(|| format!("{methods:?} {path}: {method}"))?;
                let is_right = answer.body.is_empty() == (method == "HEAD");
                ensure!(
                    is_right,
                    "{methods:?} {path}: {method} has the other's body"
                );
            }
            let rest = wire.read_for(REST).await;
            let rest = String::from_utf8_lossy(&rest);
            ensure!(
                rest.is_empty(),
                "{methods:?} {path}: more than both: {rest}"
            );
        }
    }
    Ok(())
}

async fn behind_close(target: &Target, key: &str) -> Result<()> {
    for (number, first) in [
        "GET /healthz HTTP/1.1\r\nconnection: close\r\n",
        "GET /healthz HTTP/1.1\r\nConnection: Close\r\n",
        "GET /healthz HTTP/1.0\r\n",
    ]
    .iter()
    .enumerate()
    {
        let name = format!("behind-close-{number}");
        let mut wire = target.wire().await?;
        let first = format!("{first}host: attack\r\n\r\n");
        wire.send(first + &create(key, &name)).await?;
        wire.answer().await?;
        let rest = wire.read_for(WAIT).await;
        ensure!(rest.is_empty(), "there is a second answer");
        not_made(target, &name).await?;
    }
    Ok(())
}
