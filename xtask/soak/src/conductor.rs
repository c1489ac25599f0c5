//! What happens meanwhile: another pepper, two restarts, a backup.

use crate::{backup::Backup, options::Database, site::Site, usage::UsageWatch, world::World};
use anyhow::{Result, bail};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::{sleep, sleep_until};
use xtask_harness::{client::Client, lock::locked, request::Request};

/// How long after it can be reached again everything may take to answer again, at most.
const RECOVERY_LIMIT: Duration = Duration::from_secs(10);

/// For how long after the last node is ready requests may be sent that are not answered.
const MARGIN: Duration = Duration::from_secs(1);

/// For how long the database is away, of 900 s: at most so long.
const AWAY: Duration = Duration::from_secs(3);

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The pepper that takes the place of the first.
const NEW_PEPPER: &str = "7777777777777777777777777777777777777777777777777777777777777777";

/// At which part of the time each thing begins, in hundredths: the restarts are early, so that
/// what lives afterwards does so for long.
const PEPPER_AT: u32 = 6;
const RESTART_AT: u32 = 12;
const CRASH_AT: u32 = 24;
const BACKUP_AT: u32 = 55;
const JUDGED_FROM: u32 = 36;

/// What came of it.
pub(crate) struct Course {
    pub(crate) backup: Backup,
    /// From when on memory is judged.
    pub(crate) judged_from: Instant,
    pub(crate) lines: Vec<String>,
}

/// Does everything in its time.
pub(crate) async fn conduct(
    world: &Arc<World>,
    site: &mut Site,
    usage: &UsageWatch,
    time: Duration,
) -> Result<Course> {
    let start = Instant::now();
    let part = |hundredths: u32| start + time * hundredths / 100;
    let mut lines = Vec::new();

    sleep_until(part(PEPPER_AT).into()).await;
    let begun_at = Instant::now();
    site.rotate_pepper(NEW_PEPPER).await?;
    lines.push(format!(
        "SIGHUP: another pepper after {:.1?}",
        begun_at.elapsed()
    ));

    for (at, is_killed) in [(RESTART_AT, false), (CRASH_AT, true)] {
        sleep_until(part(at).into()).await;
        let away = (time / 100).min(AWAY);
        lines.push(restart(world, site, usage, is_killed, away).await?);
    }

    sleep_until(part(BACKUP_AT).into()).await;
    let backup = Backup::take(world, site).await?;
    lines.push(format!("the backup took {:.1?}", backup.took));

    sleep_until(part(100).into()).await;
    let judged_from = part(JUDGED_FROM);
    Ok(Course {
        backup,
        judged_from,
        lines,
    })
}

/// Restarts the database: PostgreSQL, or the server on SQLite. Returns a line about it.
async fn restart(
    world: &World,
    site: &mut Site,
    usage: &UsageWatch,
    is_killed: bool,
    away: Duration,
) -> Result<String> {
    let name = match (site.database, is_killed) {
        (Database::Sqlite, false) => "the server ends by SIGTERM",
        (Database::Sqlite, true) => "the server ends by SIGKILL",
        (Database::Postgres, false) => "PostgreSQL restarts (fast)",
        (Database::Postgres, true) => "PostgreSQL restarts (immediate)",
    };
    println!("  {name}");
    world.service.windows.open(name);
    match site.database {
        Database::Sqlite => {
            site.stop_node(0, is_killed).await?;
            sleep(away).await;
            site.start_node(0).await?;
            let processes = site.nodes.iter().filter_map(|node| node.process());
            *locked(&usage.processes) = processes.collect();
        }
        Database::Postgres => site.restart_postgres(is_killed, away).await?,
    }
    let back_at = Instant::now();
    until_ready(site).await?;
    let ready_after = back_at.elapsed();
    if ready_after > RECOVERY_LIMIT {
        let wrong = format!("{name}: ready only {ready_after:.1?} after it is back");
        world.service.wrong(wrong);
    }
    sleep(MARGIN).await;
    world.service.windows.close();
    Ok(format!(
        "{name}: all nodes are ready {ready_after:.1?} after it is back"
    ))
}

/// Waits until all nodes say that they are ready.
pub(crate) async fn until_ready(site: &Site) -> Result<()> {
    let deadline = Instant::now() + 3 * RECOVERY_LIMIT;
    for node in &site.nodes {
        let client = Client::without_idle_connections(node.address)?;
        let request = Request::get("/readyz");
        while !client
            .send(&request)
            .await
            .is_ok_and(|answer| answer.status == 200)
        {
            if Instant::now() > deadline {
                bail!("a node does not become ready again");
            }
            sleep(POLL_INTERVAL).await;
        }
    }
    Ok(())
}
