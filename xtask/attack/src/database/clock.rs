//! Rows 7 and 8: a server whose clock was wrong.

use crate::{
    report::Checks,
    target::{Attack, MadeKey, Target, command},
};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::{Instant, sleep};
use xtask_harness::{database::Database, request::Request, server::ADMIN};
use xtask_programs::faketime;

/// How far the clock is ahead: events are kept for 90 days.
const BEYOND_RETENTION: &str = "+100d";
const OVER_A_YEAR: &str = "+400d";

/// How many keys are created and deleted, each with its events.
const CHANGES: usize = 20;

/// How long a server has to delete events: it begins when it starts.
const PRUNING: Duration = Duration::from_secs(5);

/// The name of a key that is used, which no other contains.
const USED: &str = "used";

/// How soon the use of a key is stored: uses are written every 5 s.
const STORED: Duration = Duration::from_secs(15);
const INTERVAL: Duration = Duration::from_millis(500);

/// How long a server may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(15);

/// What is the length of a time to the minute, as `2026-01-31T12:34`.
const TO_THE_MINUTE: usize = 16;

/// Row 7: what becomes of the record of changes.
pub(crate) async fn record(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    for number in 0..CHANGES {
        let name = json!({"name": format!("recorded {number}")});
        target.make_key(ADMIN, None, &name).await?;
    }
    let before = positions(&target).await?;
    let target = start_again(attack, target, Some(BEYOND_RETENTION)).await?;
    sleep(PRUNING).await;
    let after = positions(&target).await?;
    let ended = target.end_within(STOP_LIMIT).await?;

    let mut checks = Checks::default();
    let lost: Vec<_> = before.difference(&after).cloned().collect();
    let what = format!("start with a clock of {BEYOND_RETENTION}: events that are gone");
    checks.none_of(what, &lost, before.len());
    let mut warnings = ended.log.lines().filter(|line| line.contains("WARN"));
    let said = warnings.any(|line| line.contains("clock"));
    let seen = if said { "said" } else { "not said" };
    let what = "the same: a warning in the log about clocks";
    checks.must(what, seen, "said", said);
    Ok(checks)
}

/// Row 8: what is said of a key's last use.
pub(crate) async fn last_use(attack: &Attack) -> Result<Checks> {
    let database = attack.engine.create().await?;
    let ahead = start(attack, database, Some(OVER_A_YEAR)).await?;
    let key = ahead.make_key(ADMIN, None, &json!({"name": USED})).await?;
    let wrong = use_until(&ahead, &key, |_| true).await?;
    let wrong = wrong.context("a key that was used shows no use")?;

    let target = start_again(attack, ahead, None).await?;
    let now = made_at(&target, "now").await?;
    let used = use_until(&target, &key, |used| used < wrong.as_str()).await?;
    let later = made_at(&target, "later").await?;
    let mut checks = Checks::default();
    let used = used.unwrap_or(wrong);
    let is_right = minute(&now) <= minute(&used) && minute(&used) <= minute(&later);
    let what = format!("used at {OVER_A_YEAR} and again with the right clock: the last use");
    let limit = format!("from {} to {}", minute(&now), minute(&later));
    checks.must(what, minute(&used), limit, is_right);
    Ok(checks)
}

/// Starts a server on a database, with a clock that is off by so much.
async fn start(attack: &Attack, database: Database, offset: Option<&str>) -> Result<Target> {
    let mut command = command(&attack.program, &database);
    if let Some(offset) = offset {
        command.envs(faketime::variables(offset)?);
    }
    attack.start_with(database, command).await
}

/// Stops a server and starts another on its database.
async fn start_again(attack: &Attack, target: Target, offset: Option<&str>) -> Result<Target> {
    let ended = target.end_within(STOP_LIMIT).await?;
    ensure!(ended.took.is_some(), "the server does not stop");
    start(attack, ended.database, offset).await
}

/// Returns the positions of all events there are.
async fn positions(target: &Target) -> Result<BTreeSet<String>> {
    let events = target.read("/v2/events?limit=1000").await?;
    let events = events["items"].as_array().context("no events in a list")?;
    let position = |event: &Value| {
        let position = event["id"].as_str();
        position
            .map(str::to_owned)
            .context("an event without a position")
    };
    events.iter().map(position).collect()
}

/// Uses a key until what is said of its last use is right, or it should long be, and
/// returns what is said then.
async fn use_until(
    target: &Target,
    key: &MadeKey,
    is_right: impl Fn(&str) -> bool,
) -> Result<Option<String>> {
    let status = target.verify(&key.value).await?;
    ensure!(status == 200, "a key is answered {status}");
    let used_at = Instant::now();
    loop {
        let shown = target.read(format!("/v2/api-keys?search={USED}")).await?;
        let last = shown["items"][0]["last_used_at"].as_str();
        if last.is_some_and(&is_right) || used_at.elapsed() > STORED {
            return Ok(last.map(str::to_owned));
        }
        sleep(INTERVAL).await;
    }
}

/// Makes a key and returns when that was by the server's clock.
async fn made_at(target: &Target, name: &str) -> Result<String> {
    let request = Request::post("/v2/api-keys", &json!({"name": name})).by(ADMIN);
    let made = target.ask(&request).await?;
    let at = made["created_at"].as_str();
    at.map(str::to_owned).context("a key without a time")
}

/// Returns a time without what is below a minute.
fn minute(time: &str) -> &str {
    time.get(..TO_THE_MINUTE).unwrap_or(time)
}
