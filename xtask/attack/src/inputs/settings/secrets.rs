//! Row 12: secrets as they are mounted, and a password that is lost.

use crate::{
    report::Checks,
    target::{Attack, PASSWORD, Target, command},
};
use anyhow::{Context, Result};
use std::{
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};
use tokio::time::{sleep, timeout};
use xtask_harness::{
    request::{Credentials, Request},
    server::{ADMIN, ADMIN_PASSWORD},
};

/// How soon a stream ends.
const ENDED: Duration = Duration::from_secs(3);

/// The password that is set by the command.
const NEW: &str = "N3w_password";

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let mut checks = Checks::default();
    for (name, end) in [("\\n", "\n"), ("\\r\\n", "\r\n")] {
        let database = attack.engine.create().await?;
        let mut command = command(&attack.program, &database);
        let password = format!("{ADMIN_PASSWORD}{end}");
        command.env("APIKEY_BOOTSTRAP_PASSWORD", password);
        let target = attack.start_with(database, command).await?;
        let status = sign_in(&target, "admin", ADMIN_PASSWORD).await?;
        let what = format!("a bootstrap password with {name} at its end: signing in");
        checks.must(what, status, 200, status == 200);
    }
    for (name, variable, value) in [
        (
            "a bootstrap password",
            "APIKEY_BOOTSTRAP_PASSWORD",
            "Admin_123\n\n",
        ),
        (
            "a bootstrap password",
            "APIKEY_BOOTSTRAP_PASSWORD",
            "Admin\t_123",
        ),
        (
            "the URL of a database",
            "APIKEY_DATABASE_URL",
            "sqlite://a\nb",
        ),
    ] {
        let database = attack.engine.create().await?;
        let mut config = command(&attack.program, &database);
        let status = config
            .arg("config")
            .env(variable, value)
            .stderr(Stdio::null());
        let code = status.status()?.code().unwrap_or(-1);
        let what = format!("{name} as {}: exit code", value.escape_debug());
        checks.must(what, code, 2, code == 2);
    }
    reset(attack, &mut checks).await?;
    Ok(checks)
}

/// A password is reset while the server runs.
async fn reset(attack: &Attack, checks: &mut Checks) -> Result<()> {
    let target = attack.start().await?;
    target.make_user("alice", false).await?;
    let before = sign_in(&target, "alice", PASSWORD).await?;
    let watch = target
        .client()
        .request(reqwest::Method::GET, "/v2/api-keys?watch=true");
    let watch = watch.basic_auth("alice", Some(PASSWORD)).send().await?;
    let mut command = command(&attack.program, &target.database);
    let code = run_with_input(command.args(["user", "reset-password", "alice"]), NEW)?;
    checks.must("user reset-password: exit code", code, 0, code == 0);
    let mut seen = vec![before];
    for password in [PASSWORD, NEW] {
        seen.push(sign_in(&target, "alice", password).await?);
    }
    let is_right = seen == [200, 401, 200];
    let what = "signing in before, with the old password, with the new one";
    checks.must(what, format!("{seen:?}"), "[200, 401, 200]", is_right);
    let has_ended = timeout(ENDED, watch.bytes()).await.is_ok();
    checks.must("a stream of the user has ended", has_ended, true, has_ended);
    // Until the last commit was published.
    sleep(Duration::from_millis(100)).await;
    let events = target.read("/v2/events?kind=user.password_changed").await?;
    let events = events["items"].as_array().context("no events in a list")?;
    let events = events.iter().filter(|event| event["by"].is_null()).count();
    checks.must(
        "changes of passwords by nobody in the record",
        events,
        1,
        events == 1,
    );
    let admin = target
        .send(&Request::get("/v2/users/me").by(ADMIN))
        .await?
        .status;
    checks.must("the password of another user", admin, 200, admin == 200);
    Ok(())
}

async fn sign_in(target: &Target, username: &str, password: &str) -> Result<u16> {
    let me = Request::get("/v2/users/me").by(Credentials::Password(username, password));
    Ok(target.send(&me).await?.status)
}

fn run_with_input(command: &mut Command, input: &str) -> Result<i32> {
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut pipe = child.stdin.take().context("no pipe")?;
    // A program that does not know the command ends before.
    let _ = writeln!(pipe, "{input}");
    drop(pipe);
    Ok(child.wait()?.code().unwrap_or(-1))
}
