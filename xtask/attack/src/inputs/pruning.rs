//! Row 5: events that are dated in the future.

use crate::{
    report::Checks,
    target::{Attack, Target, command},
};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;
use xtask_harness::{database::Database, server::ADMIN};
use xtask_programs::faketime;

/// How far the clock of the first start is ahead.
const AHEAD: &str = "+400d";

/// How many keys are created with the right clock.
const CHANGES: usize = 20;

/// How long events are kept at last.
const RETENTION: [&str; 4] = ["--event-retention", "2s", "--event-prune-percent", "100"];
const EXPIRED: Duration = Duration::from_secs(3);

/// How long a server has to delete events: it begins when it starts.
const PRUNING: Duration = Duration::from_secs(3);

/// How long a server may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(15);

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let database = attack.engine.create().await?;
    let mut ahead = command(&attack.program, &database);
    ahead.envs(faketime::variables(AHEAD)?);
    // The first administrator is created with this clock, before anything else.
    let target = attack.start_with(database, ahead).await?;
    let target = start_again(attack, target, &[]).await?;
    for number in 0..CHANGES {
        let name = json!({"name": format!("recorded {number}")});
        target.make_key(ADMIN, None, &name).await?;
    }
    let before = kinds(&target).await?;
    sleep(EXPIRED).await;
    let target = start_again(attack, target, &RETENTION).await?;
    sleep(PRUNING).await;
    let after = kinds(&target).await?;

    let count = |all: &[String], kind: &str| all.iter().filter(|one| *one == kind).count();
    let created = count(&before, "api_key.created");
    ensure!(created == CHANGES, "{created} events of new keys");
    let left = count(&after, "api_key.created");
    let mut checks = Checks::default();
    let what = format!("events that are too old behind one dated {AHEAD}: left of {CHANGES}");
    checks.at_most(what, left as f64, 0.0, "");
    let left = count(&after, "user.created");
    let what = format!("the event that is dated {AHEAD}: left");
    checks.must(what, left, 1, left == 1);
    Ok(checks)
}

/// Stops a server and starts another on its database, with the right clock.
async fn start_again(attack: &Attack, target: Target, arguments: &[&str]) -> Result<Target> {
    let ended = target.end_within(STOP_LIMIT).await?;
    ensure!(ended.took.is_some(), "the server does not stop");
    start(attack, ended.database, arguments).await
}

async fn start(attack: &Attack, database: Database, arguments: &[&str]) -> Result<Target> {
    let mut command = command(&attack.program, &database);
    command.args(arguments);
    attack.start_with(database, command).await
}

/// Returns the kinds of all events there are.
async fn kinds(target: &Target) -> Result<Vec<String>> {
    let events = target.read("/v2/events?limit=1000").await?;
    let events = events["items"].as_array().context("no events in a list")?;
    let kinds = events.iter().filter_map(|event| event["kind"].as_str());
    Ok(kinds.map(str::to_owned).collect())
}
