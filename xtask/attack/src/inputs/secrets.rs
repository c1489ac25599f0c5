//! Row 6: what is left of keys and passwords in the memory of the server.

use crate::{
    report::Checks,
    target::{Attack, MadeKey, Target, number},
    wire::Wire,
};
use anyhow::{Context, Result, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::time::sleep;
use xtask_harness::{
    memory::{Copy, Secret, copies},
    request::{Credentials, Request},
    server::ADMIN,
};

/// How long after the last answer the memory is read: buffers of a connection that
/// rests are wiped within milliseconds.
const AFTER: Duration = Duration::from_millis(500);

/// How long it is read again while there is something: on a busy machine a password may
/// still be hashed, for a client that left.
const LIMIT: Duration = Duration::from_secs(6);

/// Passwords that occur nowhere else. The second is written in JSON with escapes.
const FIRST: &str = "Thought_Up_At_Noon_1_Rhubarb";
const SECOND: &str = "Quoted\"In\\Afternoons_2_Br\u{fb}lot";
const THIRD: &str = "Moved_At_Midnight_3_Parsnip";
const WRONG: &str = "Mistaken_At_Dusk_4_Salsify";
const UNHEARD: &str = "Unheard_At_Dawn_5_Rutabaga";

/// A key of one's own, and two that nobody has.
const CUSTOM: &str = "sk-own-key-Cauliflower-0123456789";
const UNKNOWN: &str = "sk-unknown-key-Celery-9876543210";
const REFUSED: &str = "gpustack_turnipmash_Chard-Kale-Leek-Cress-2468";

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let mut checks = Checks::default();
    let mut wires = Vec::new();
    let secrets = present_all(&target, &mut wires).await?;
    for when in [
        "while its client stays connected",
        "once its client has left",
    ] {
        let found = copies_left(&target, &secrets).await?;
        let seen = match found.first() {
            Some(first) => format!("{}, such as {} in {}", found.len(), first.name, first.place),
            None => format!("0 of {} secrets and halves", secrets.len()),
        };
        let what = format!("copies of secrets in memory {when}");
        checks.must(what, seen, "none", found.is_empty());
        wires.clear();
    }
    let still_works = target.check_whole().await;
    checks.right("a well-behaved client afterwards", &still_works);
    Ok(checks)
}

/// Returns the copies of secrets that do not go away.
async fn copies_left(target: &Target, secrets: &[Secret]) -> Result<Vec<Copy>> {
    let started = Instant::now();
    loop {
        sleep(AFTER).await;
        let found = copies(target.server.process(), secrets)?;
        if found.is_empty() || started.elapsed() > LIMIT {
            return Ok(found);
        }
    }
}

/// Presents secrets in every way there is, each on a connection of its own, and returns
/// them in every form that they had.
async fn present_all(target: &Target, wires: &mut Vec<Wire>) -> Result<Vec<Secret>> {
    let alice = json!({"username": "alice", "password": FIRST});
    let alice = say(
        target,
        wires,
        &Request::post("/v2/users", &alice).by(ADMIN),
        200,
    )
    .await?;
    let alice = number(&alice)?;
    let by_password = |password| Credentials::Password("alice", password);

    let made = json!({"name": "made", "scope": ["*"]});
    let made = Request::post("/v2/api-keys", &made).by(by_password(FIRST));
    let made = say(target, wires, &made, 200).await?;
    let made = MadeKey {
        id: number(&made)?,
        value: made["value"].as_str().unwrap_or_default().to_owned(),
    };
    let custom = json!({"name": "custom", "custom": CUSTOM, "scope": ["*"]});
    let custom = Request::post("/v2/api-keys", &custom).by(Credentials::Key(&made.value));
    say(target, wires, &custom, 200).await?;

    for (key, gateway, valid) in [
        (&*made.value, 200, true),
        (CUSTOM, 200, true),
        (UNKNOWN, 401, false),
        (REFUSED, 401, false),
    ] {
        for path in ["/auth/verify", "/token-auth"] {
            let by_bearer = Request::get(path).by(Credentials::Key(key));
            say(target, wires, &by_bearer, gateway).await?;
            let by_header = Request::get(path).header("x-api-key", key);
            say(target, wires, &by_header, gateway).await?;
        }
        for body in [
            json!({"key": key}),
            json!({"items": [{"key": key}, {"key": key}]}),
        ] {
            let by_backend = Request::post("/v2/api-keys/verify", &body).by(ADMIN);
            let answer = say(target, wires, &by_backend, 200).await?;
            let one = answer.get("items").map_or(&answer, |items| &items[0]);
            ensure!(one["valid"] == valid, "{key} is answered {answer}");
        }
        let signed_in = Request::get("/v2/users/me").by(Credentials::Key(key));
        say(target, wires, &signed_in, gateway).await?;
    }
    present_passwords(target, wires, alice).await?;
    present_askew(target, wires).await?;

    let secret = made.value.rsplit('_').next().unwrap_or_default();
    let mut secrets = vec![
        Secret::new("a made key", made.value.clone()),
        Secret::new("the secret of a made key", secret),
        Secret::new("a custom key", CUSTOM),
        Secret::new("an unknown key", UNKNOWN),
        Secret::new("a refused key", REFUSED),
    ];
    for (name, password) in [
        ("the first password", FIRST),
        ("the second password", SECOND),
        ("the third password", THIRD),
        ("a wrong password", WRONG),
        ("a password nobody hears", UNHEARD),
    ] {
        secrets.push(Secret::new(name, password));
        let pair = BASE64_STANDARD.encode(format!("alice:{password}"));
        secrets.push(Secret::new(format!("{name} in Base64"), pair));
        let quoted = Value::from(password).to_string();
        if quoted.len() > password.len() + 2 {
            secrets.push(Secret::new(format!("{name} in JSON"), quoted));
        }
    }
    // A part of a secret may be enough to guess the rest.
    let halves: Vec<_> = secrets.iter().flat_map(halves).collect();
    secrets.extend(halves);
    Ok(secrets)
}

fn halves(secret: &Secret) -> [Secret; 2] {
    let (first, second) = secret.bytes.split_at(secret.bytes.len() / 2);
    [first, second].map(|half| Secret::new(format!("half of {}", secret.name), half))
}

/// Signs in, changes passwords, and signs in with those that are no longer right.
async fn present_passwords(target: &Target, wires: &mut Vec<Wire>, alice: i64) -> Result<()> {
    let by = |password| Credentials::Password("alice", password);
    let own = json!({"password": SECOND, "current_password": FIRST});
    let own = Request::new(Method::PUT, "/v2/users/me")
        .by(by(FIRST))
        .json(&own);
    say(target, wires, &own, 200).await?;
    let me = |password| Request::get("/v2/users/me").by(by(password));
    say(target, wires, &me(SECOND), 200).await?;
    say(target, wires, &me(FIRST), 401).await?;
    let path = format!("/v2/users/{alice}");
    let given = Request::new(Method::PUT, path).by(ADMIN);
    say(target, wires, &given.json(&json!({"password": THIRD})), 200).await?;
    say(target, wires, &me(THIRD), 200).await?;
    say(target, wires, &me(WRONG), 401).await.map(drop)
}

/// Sends secrets in requests that are malformed, too long, in one packet, in pieces, or
/// of clients that leave before the answer.
async fn present_askew(target: &Target, wires: &mut Vec<Wire>) -> Result<()> {
    let posted = |body: &str| {
        let pair = BASE64_STANDARD.encode("admin:Admin_123");
        let length = body.len();
        format!(
            "POST /v2/users HTTP/1.1\r\nhost: attack\r\nauthorization: Basic {pair}\r\n\
             content-length: {length}\r\n\r\n{body}"
        )
    };
    let no_json = posted(&format!(
        "{{\"username\": \"eve\", \"password\": \"{UNHEARD}\""
    ));
    let no_user = posted(&format!(
        "{{\"username\": \"\", \"password\": \"{UNHEARD}\"}}"
    ));
    let whole = posted(&format!(
        "{{\"username\": \"eve\", \"password\": \"{UNHEARD}\"}}"
    ));
    let long = posted(&format!(
        "{{\"password\": \"{UNHEARD}\", \"x\": \"{}\"}}",
        "x".repeat(70_000)
    ));
    let head = format!("GET /auth/verify HTTP/1.1\r\nhost: attack\r\nx-api-key: {UNKNOWN}\r\n");
    let bad_head = format!("{head}a b: c\r\n\r\n");
    let blank = format!("{head}\r\n\r\n");
    let twice = format!("{head}\r\n{head}\r\n");
    for (text, answers) in [
        (no_json, 1),
        (no_user, 1),
        (long, 1),
        (bad_head, 1),
        (blank, 1),
        (twice, 2),
    ] {
        let mut wire = target.wire().await?;
        for piece in text.as_bytes().chunks(text.len().div_ceil(2)) {
            wire.send(piece).await?;
            sleep(Duration::from_millis(20)).await;
        }
        for _ in 0..answers {
            let answer = wire.answer().await;
            answer.with_context(|| text.chars().take(200).collect::<String>())?;
        }
        wires.push(wire);
    }
    // This client leaves while its password is hashed.
    let mut wire = target.wire().await?;
    wire.send(whole).await
}

/// Sends a request on a connection of its own, which stays, and returns the JSON of its
/// answer.
async fn say(
    target: &Target,
    wires: &mut Vec<Wire>,
    request: &Request,
    status: u16,
) -> Result<Value> {
    let mut wire = target.wire().await?;
    wire.send(request.to_http()).await?;
    let answer = wire.answer().await?;
    wires.push(wire);
    let body = String::from_utf8_lossy(&answer.body);
    ensure!(
        answer.status == status,
        "{} instead of {status}: {body}",
        answer.status
    );
    Ok(serde_json::from_str(&body).unwrap_or_default())
}
