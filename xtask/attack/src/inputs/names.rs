//! Row 13: names that look like another, or hold what is not seen.

use crate::{
    report::Checks,
    target::{Attack, PASSWORD, Target},
};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use xtask_harness::{
    request::{Credentials, Request},
    server::ADMIN,
};

/// Names that are to be refused: they look like `admin`, or like nothing.
const LIKE_ADMIN: [&str; 22] = [
    "Admin",
    "ADMIN",
    "admin ",
    " admin",
    "admin\u{a0}",
    "\u{2003}admin",
    "ad\u{200b}min",
    "ad\u{200d}min",
    "ad\u{ad}min",
    "\u{202e}admin",
    "\u{2066}admin\u{2069}",
    "admin\u{2800}",
    "admin\u{3164}",
    "admin\u{ffa0}",
    "admin\u{e0061}",
    "ad\u{fe0f}min",
    "ａｄｍｉｎ",
    "\u{430}dmin",
    "admın",
    "\u{410}D\u{41c}IN",
    "\u{200b}",
    "\u{3164}\u{2800}",
];

/// Names that are to be given.
const APART: [&str; 9] = [
    "modern", "rnodern", "alice", "aIice", "Øystein", "иван", "müller", "muller", "李四",
];

/// Names of keys that are to be refused.
const UNSEEN: [&str; 7] = [
    "ci ",
    "\u{3000}ci",
    "c\u{200d}i",
    "c\u{202e}i",
    "\u{2800}",
    "ci\u{fe0f}",
    "👩\u{200d}",
];

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let mut checks = Checks::default();
    let mut taken = Vec::new();
    for name in LIKE_ADMIN {
        let status = create_user(&target, name).await?;
        if ![409, 422].contains(&status) {
            taken.push(format!("{} is answered {status}", name.escape_unicode()));
        }
    }
    checks.none_of("users who look like `admin`", &taken, LIKE_ADMIN.len());
    let mut refused = Vec::new();
    for name in APART {
        let status = create_user(&target, name).await?;
        if status != 200 {
            refused.push(format!("{name} is answered {status}"));
        }
    }
    checks.none_of("other users who are refused", &refused, APART.len());
    let mut taken = Vec::new();
    for name in UNSEEN {
        let request = Request::post("/v2/api-keys", &json!({"name": name})).by(ADMIN);
        let status = target.send(&request).await?.status;
        if status != 422 {
            taken.push(format!("{} is answered {status}", name.escape_unicode()));
        }
    }
    checks.none_of("keys with what is not seen", &taken, UNSEEN.len());
    checks.right("an emoji with joiners names a key", &emoji(&target).await);
    checks.right("a name is stored in NFC", &composed(&target).await);
    checks.right(
        "a name of before works, and keeps its look",
        &of_before(&target).await,
    );
    Ok(checks)
}

async fn create_user(target: &Target, name: &str) -> Result<u16> {
    let json = json!({"username": name, "password": PASSWORD});
    let request = Request::post("/v2/users", &json).by(ADMIN);
    Ok(target.send(&request).await?.status)
}

async fn emoji(target: &Target) -> Result<()> {
    for name in ["👩‍👩‍👧‍👦", "1️⃣ ❤️", "🏳️‍🌈"] {
        let json = json!({"name": name});
        let key = target.admin(Method::POST, "/v2/api-keys", &json).await?;
        ensure!(key["name"] == name, "{name} is stored as {}", key["name"]);
    }
    Ok(())
}

async fn composed(target: &Target) -> Result<()> {
    let json = json!({"username": "rene\u{301}", "password": PASSWORD});
    let user = target.admin(Method::POST, "/v2/users", &json).await?;
    ensure!(
        user["username"] == "ren\u{e9}",
        "it is {}",
        user["username"]
    );
    for typed in ["ren\u{e9}", "rene\u{301}"] {
        signs_in(target, typed).await?;
    }
    Ok(())
}

async fn signs_in(target: &Target, username: &str) -> Result<()> {
    let request = Request::get("/v2/users/me").by(Credentials::Password(username, PASSWORD));
    let status = target.send(&request).await?.status;
    ensure!(
        status == 200,
        "{username:?} who signs in is answered {status}"
    );
    Ok(())
}

/// A user is stored as a release of before stored them.
async fn of_before(target: &Target) -> Result<()> {
    let id = target.make_user("petra", false).await?;
    let stored =
        format!("UPDATE users SET username = 'вася ', username_folded = 'вася ' WHERE id = {id}");
    target.database.run_all(&[stored]).await?;
    signs_in(target, "вася ").await?;
    let path = format!("/v2/users/{id}");
    let json = json!({"username": "вася ", "full_name": "V."});
    let kept = target.admin(Method::PUT, &path, &json).await?;
    ensure!(
        kept["full_name"] == "V.",
        "PUT with the stored name: {kept}"
    );
    let status = create_user(target, "ВАСЯ").await?;
    ensure!(
        status == 409,
        "ВАСЯ beside a stored вася is answered {status}"
    );
    let read: Value = target.read(path).await?;
    let name = read["username"].as_str().context("no username")?;
    ensure!(name == "вася ", "it became {name:?}");
    Ok(())
}
