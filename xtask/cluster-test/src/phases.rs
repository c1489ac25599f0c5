//! What happens, one after the other.

use crate::{
    fault::{
        FEED,
        Fault::{Changed, ConnectionsEnded, Cut, Frozen, Killed, Restarted, Stopped},
        LISTENER,
    },
    nodes::{Feed, NodeConfig},
    options::{Extent, Options},
    test_run::TestRun,
};
use anyhow::Result;
use std::time::Duration;
use xtask_harness::proxy::Passage::{Refused, Silent};
use xtask_programs::postgres::Replication;

/// How long a killed node stays away.
const RESTART_DELAY: Duration = Duration::from_secs(2);

/// How long a brief loss of the database lasts.
const OUTAGE: Duration = Duration::from_secs(5);

/// How long an address leads to an old primary after the new one was promoted.
const ADDRESS_DELAY: Duration = Duration::from_secs(3);

const ALL: &[usize] = &[0, 1, 2];

/// Runs all phases that the options include.
pub(crate) async fn run(run: &mut TestRun, options: &Options) -> Result<()> {
    let extent = options.extent();
    let Extent { stop, cut, .. } = extent;
    let healthy = "three healthy nodes";
    if options.includes(healthy) {
        run.without_fault(healthy, options.revocations).await?;
    }
    let ended = "streams that must end";
    if options.includes(ended) {
        run.end_streams(ended, extent.endings).await?;
    }
    let rotated = "rotations under load";
    if options.includes(rotated) {
        run.rotate(rotated, &extent).await?;
    }
    let rotated = "rotations under load, a node killed";
    if options.includes(rotated) {
        run.rotate_while_killing(rotated, &extent, RESTART_DELAY)
            .await?;
    }
    let sessions = "sessions, and first uses of imported keys";
    if options.includes(sessions) {
        run.sessions(sessions, &extent, RESTART_DELAY).await?;
    }
    let (listening, reading) = (ConnectionsEnded(LISTENER), ConnectionsEnded(FEED));
    let faults = [
        ("a node stopped", Stopped(1), stop),
        ("a node killed", Killed(2), RESTART_DELAY),
        ("the listening connections ended", listening, OUTAGE),
        ("the reading connections ended", reading, OUTAGE),
        ("PostgreSQL restarted", Restarted, OUTAGE),
        ("a node cut off, silently", Cut(&[0], Silent), stop),
        ("PostgreSQL unreachable, silently", Cut(ALL, Silent), cut),
    ];
    // These resemble others.
    let more = [
        ("a node cut off, refused", Cut(&[1], Refused), stop),
        ("PostgreSQL unreachable, refused", Cut(ALL, Refused), OUTAGE),
    ];
    let more = more.into_iter().filter(|_| extent.is_thorough);
    for (name, fault, time) in faults.into_iter().chain(more) {
        if options.includes(name) {
            let some = extent.some_revocations;
            run.fault(name, fault, time, some).await?;
        }
    }
    with_config(run, options, "clocks a minute apart", Feed::Listen, true).await?;
    with_config(run, options, "polling", Feed::Poll, false).await?;
    without_the_old_database(run, options).await
}

/// Freezes the database, and lets another take its place twice, while nodes listen.
async fn without_the_old_database(run: &mut TestRun, options: &Options) -> Result<()> {
    let extent = options.extent();
    let some = extent.some_revocations;
    let frozen = "PostgreSQL frozen";
    let failovers = [
        ("failover, synchronous", Replication::Synchronous),
        ("failover, asynchronous", Replication::Asynchronous),
    ];
    let includes_any =
        options.includes(frozen) || failovers.iter().any(|(name, _)| options.includes(name));
    let config = NodeConfig {
        feed: Feed::Listen,
        is_clock_shifted: false,
    };
    if includes_any && run.nodes.config != config {
        let listening = "a rolling restart, then listening again";
        let few = some / 8;
        run.fault(listening, Changed(config), Duration::ZERO, few)
            .await?;
    }
    if options.includes(frozen) {
        run.fault(frozen, Frozen(2), extent.freeze, some).await?;
    }
    for (name, replication) in failovers {
        if options.includes(name) {
            run.failover(name, replication, ADDRESS_DELAY, some).await?;
        }
    }
    Ok(())
}

/// Restarts the nodes one after the other with another configuration, and
/// revokes with it.
async fn with_config(
    run: &mut TestRun,
    options: &Options,
    name: &str,
    feed: Feed,
    is_clock_shifted: bool,
) -> Result<()> {
    if !options.includes(name) {
        return Ok(());
    }
    let extent = options.extent();
    // While nodes poll, each revocation waits for that.
    let some = match feed {
        Feed::Listen => extent.some_revocations,
        Feed::Poll => extent.some_revocations / 4,
    };
    let restart = format!("a rolling restart, then {name}");
    let config = NodeConfig {
        feed,
        is_clock_shifted,
    };
    run.fault(&restart, Changed(config), Duration::ZERO, some)
        .await?;
    if is_clock_shifted {
        run.see_clocks_differ().await?;
    }
    run.without_fault(name, some).await?;
    if extent.is_thorough {
        let stopped = format!("{name}, a node stopped");
        run.fault(&stopped, Stopped(2), extent.stop, some).await?;
    }
    Ok(())
}
