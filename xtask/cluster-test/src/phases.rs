//! What happens, one after the other.

use std::time::Duration;

use anyhow::Result;
use xtask_harness::proxy::Passage;

use crate::fault::{FEED, Fault, LISTENER};
use crate::nodes::{Feed, NodeConfig};
use crate::options::{Extent, Options};
use crate::test_run::TestRun;

/// How long a killed node stays away.
const RESTART_DELAY: Duration = Duration::from_secs(2);

/// How long a brief loss of the database lasts.
const BRIEF_OUTAGE: Duration = Duration::from_secs(5);

/// Runs all phases that the options include.
pub(crate) async fn run(run: &mut TestRun, options: &Options) -> Result<()> {
    let extent = options.extent();
    if options.includes("three healthy nodes") {
        run.without_fault("three healthy nodes", extent.revocations)
            .await?;
    }
    if options.includes("streams that must end") {
        let times = extent.endings;
        run.end_streams("streams that must end", times).await?;
    }
    for (name, fault, time) in faults(extent) {
        if options.includes(name) {
            run.fault(name, fault, time, extent.some_revocations)
                .await?;
        }
    }
    let config = NodeConfig {
        feed: Feed::Listen,
        is_clock_shifted: true,
    };
    with_config(run, options, "clocks a minute apart", config).await?;
    let config = NodeConfig {
        feed: Feed::Poll,
        is_clock_shifted: false,
    };
    with_config(run, options, "polling", config).await
}

fn faults(extent: Extent) -> Vec<(&'static str, Fault, Duration)> {
    use Passage::{Refused, Silent};
    let Extent { stop, cut, .. } = extent;
    let mut faults = vec![
        ("a node stopped", Fault::Stopped(1), stop),
        ("a node killed", Fault::Killed(2), RESTART_DELAY),
        (
            "the listening connections ended",
            Fault::ConnectionsEnded(LISTENER),
            BRIEF_OUTAGE,
        ),
        (
            "the reading connections ended",
            Fault::ConnectionsEnded(FEED),
            BRIEF_OUTAGE,
        ),
        ("PostgreSQL restarted", Fault::Restarted, BRIEF_OUTAGE),
        ("a node cut off, silently", Fault::Cut(&[0], Silent), stop),
        (
            "PostgreSQL unreachable, silently",
            Fault::Cut(&[0, 1, 2], Silent),
            cut,
        ),
    ];
    if extent.is_thorough {
        faults.push(("a node cut off, refused", Fault::Cut(&[1], Refused), stop));
        faults.push((
            "PostgreSQL unreachable, refused",
            Fault::Cut(&[0, 1, 2], Refused),
            BRIEF_OUTAGE,
        ));
    }
    faults
}

/// Restarts the nodes one after the other with another configuration, and goes on.
async fn with_config(
    run: &mut TestRun,
    options: &Options,
    name: &str,
    config: NodeConfig,
) -> Result<()> {
    let extent = options.extent();
    if !options.includes(name) {
        return Ok(());
    }
    // While nodes look only every now and then, each revocation waits for that.
    let some = match config.feed {
        Feed::Listen => extent.some_revocations,
        Feed::Poll => extent.some_revocations / 4,
    };
    let restart = format!("a rolling restart, then {name}");
    run.feed = config.feed;
    let fault = Fault::Changed(config);
    run.fault(&restart, fault, Duration::ZERO, some).await?;
    if config.is_clock_shifted {
        run.see_clocks_differ().await?;
    }
    run.without_fault(name, some).await?;
    if extent.is_thorough {
        let stopped = format!("{name}, a node stopped");
        let fault = Fault::Stopped(2);
        run.fault(&stopped, fault, extent.stop, some).await?;
    }
    Ok(())
}
