//! What happens, one after the other.

use std::time::Duration;

use anyhow::Result;

use crate::cluster_test::faults::{FEED, Fault, LISTENER};
use crate::cluster_test::nodes::{Feed, Manner};
use crate::cluster_test::options::{Extent, Options};
use crate::cluster_test::proxy::Passage;
use crate::cluster_test::stage::Stage;

/// How long a killed node stays away.
const AWAY: Duration = Duration::from_secs(2);

/// How long a database lasts that is away for a moment.
const BRIEFLY: Duration = Duration::from_secs(5);

/// Runs all phases that the options include.
pub(super) async fn run(stage: &mut Stage, options: &Options) -> Result<()> {
    let extent = options.extent();
    if options.includes("three healthy nodes") {
        stage
            .calm("three healthy nodes", extent.revocations)
            .await?;
    }
    if options.includes("streams that must end") {
        let times = extent.endings;
        stage.end_streams("streams that must end", times).await?;
    }
    for (name, fault, time) in faults(extent) {
        if options.includes(name) {
            stage
                .fault(name, fault, time, extent.some_revocations)
                .await?;
        }
    }
    let manner = Manner {
        feed: Feed::Listen,
        is_clock_shifted: true,
    };
    another_manner(stage, options, "clocks a minute apart", manner).await?;
    let manner = Manner {
        feed: Feed::Poll,
        is_clock_shifted: false,
    };
    another_manner(stage, options, "polling", manner).await
}

fn faults(extent: Extent) -> Vec<(&'static str, Fault, Duration)> {
    use Passage::{Refused, Silent};
    let Extent { stop, cut, .. } = extent;
    let mut faults = vec![
        ("a node stopped", Fault::Stopped(1), stop),
        ("a node killed", Fault::Killed(2), AWAY),
        (
            "the listening connections ended",
            Fault::ConnectionsEnded(LISTENER),
            BRIEFLY,
        ),
        (
            "the reading connections ended",
            Fault::ConnectionsEnded(FEED),
            BRIEFLY,
        ),
        ("PostgreSQL restarted", Fault::Restarted, BRIEFLY),
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
            BRIEFLY,
        ));
    }
    faults
}

/// Restarts the nodes one after the other in another manner, and goes on.
async fn another_manner(
    stage: &mut Stage,
    options: &Options,
    name: &str,
    manner: Manner,
) -> Result<()> {
    let extent = options.extent();
    if !options.includes(name) {
        return Ok(());
    }
    // While nodes look only every now and then, each revocation waits for that.
    let some = match manner.feed {
        Feed::Listen => extent.some_revocations,
        Feed::Poll => extent.some_revocations / 4,
    };
    let restart = format!("a rolling restart, then {name}");
    stage.feed = manner.feed;
    let fault = Fault::Changed(manner);
    stage.fault(&restart, fault, Duration::ZERO, some).await?;
    if manner.is_clock_shifted {
        stage.see_clocks_differ().await?;
    }
    stage.calm(name, some).await?;
    if extent.is_thorough {
        let stopped = format!("{name}, a node stopped");
        let fault = Fault::Stopped(2);
        stage.fault(&stopped, fault, extent.stop, some).await?;
    }
    Ok(())
}
