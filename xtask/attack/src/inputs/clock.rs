//! Row 9: a clock that shows a time which cannot be.

use crate::{
    report::Checks,
    target::{Attack, Target, command},
};
use anyhow::Result;
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;
use xtask_harness::{
    request::{Credentials, Request},
    server::{ADMIN, Server, free_address},
};
use xtask_programs::faketime;

/// In 1966, and in 1970 as on a machine whose clock was never set.
const OFFSETS: [&str; 2] = ["-60y", "-56y"];

/// How long a server may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(15);

/// How long a key is valid that has expired when the clock is right again.
const LIFETIME: Duration = Duration::from_secs(1);

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let mut checks = Checks::default();
    start(attack, &mut checks).await?;
    jump(attack, &mut checks).await?;
    Ok(checks)
}

/// A server is started with a wrong clock.
async fn start(attack: &Attack, checks: &mut Checks) -> Result<()> {
    let target = attack.start().await?;
    let key = target
        .make_key(ADMIN, None, &json!({"name": "lasting"}))
        .await?;
    let mut database = target.end_within(STOP_LIMIT).await?.database;
    for offset in OFFSETS {
        let mut command = command(&attack.program, &database);
        command.envs(faketime::variables(offset)?);
        let log = database.folder().join("log");
        let mut server = Server::spawn(command, free_address()?, log)?;
        let what = format!("start with a clock of {offset}: a key is answered");
        if server.until_ready().await.is_err() {
            checks.must(what, "by nobody: it does not start", "not 200", true);
            continue;
        }
        let target = Target::ready(server, database).await?;
        let status = target.verify(&key.value).await?;
        checks.must(what, status, "not 200", status != 200);
        database = target.end_within(STOP_LIMIT).await?.database;
    }
    Ok(())
}

/// The clock of a running server jumps.
async fn jump(attack: &Attack, checks: &mut Checks) -> Result<()> {
    let database = attack.engine.create().await?;
    let clock = database.folder().join("clock");
    std::fs::write(&clock, "+0")?;
    let mut command = command(&attack.program, &database);
    command
        .envs(faketime::variables("+0")?)
        .env_remove("FAKETIME");
    command.env("FAKETIME_TIMESTAMP_FILE", &clock);
    command.env("FAKETIME_NO_CACHE", "1");
    let target = attack.start_with(database, command).await?;
    let lasting = target
        .make_key(ADMIN, None, &json!({"name": "lasting"}))
        .await?;
    let short = json!({"name": "short", "expires_in": LIFETIME.as_secs()});
    let expired = target.make_key(ADMIN, None, &short).await?;
    sleep(LIFETIME * 2).await;
    for offset in OFFSETS {
        std::fs::write(&clock, offset)?;
        let mut seen = Vec::new();
        for key in [&lasting, &expired] {
            seen.push(target.verify(&key.value).await?);
            let me = Request::get("/v2/users/me").by(Credentials::Key(&key.value));
            seen.push(target.send(&me).await?.status);
        }
        let me = Request::get("/v2/users/me").by(ADMIN);
        seen.push(target.send(&me).await?.status);
        seen.push(target.send(&Request::get("/readyz")).await?.status);
        let what = format!("a jump to {offset}: keys, a password and /readyz are answered");
        let is_right = seen.iter().all(|status| *status == 503);
        checks.must(what, format!("{seen:?}"), "503", is_right);
        std::fs::write(&clock, "+0")?;
    }
    checks.right("the clock is right again", &target.check_whole().await);
    Ok(())
}
