//! Sessions that nodes of this release open, while one of the release before lives, which
//! knows none.

use crate::{
    probes::Call,
    rights::{Reply, Right},
    sessions::{End, Sessions},
    test_cluster::TestCluster,
};
use anyhow::Result;
use std::sync::Arc;

/// How often sessions are ended in each way.
const TIMES: usize = 3;

/// Ends sessions in every way: through the older node as far as it can, and else through one
/// that knows them. They end at once on those that do.
pub(super) async fn see_ends(cluster: &TestCluster, nodes: [usize; 2], older: usize) -> Result<()> {
    for end in [End::ALL; TIMES].into_iter().flatten() {
        let mut person = cluster.make_person(older).await?;
        let first = cluster.sign_in(nodes[0], &person).await?;
        let sessions = [first, cluster.sign_in(nodes[1], &person).await?];
        ask(cluster, nodes, &sessions).await;
        let node = match end.is_older() {
            true => older,
            false => nodes[1],
        };
        let ending = cluster.end_sessions(node, &mut person, &sessions, end);
        let ended = ending.await;
        ended.expect_done(&format!("{end:?} beside an older node"))?;
        ask(cluster, nodes, &sessions).await;
        if end == End::Deactivated {
            let activated = cluster.activate(older, &person).await;
            activated.expect_done("an activation by an older node")?;
        }
        for right in end.ended(&sessions) {
            for node in nodes {
                cluster.see_session_ended(node, &right).await;
            }
        }
    }
    Ok(())
}

/// Sees that a session goes on at nodes that know it, and that an older one knows none.
pub(super) async fn see_live(
    cluster: &TestCluster,
    nodes: &[usize],
    older: Option<usize>,
    live: &Right,
) {
    for node in nodes {
        cluster.probe_session(*node, live).await;
    }
    if let Some(older) = older {
        let reply = cluster.ask(older, Call::Session, live).await;
        if reply != Some(Reply::Refused) {
            let wrong = format!("node {older}, an older one, answers {reply:?} to a session");
            cluster.findings.add(wrong);
        }
    }
}

async fn ask(cluster: &TestCluster, nodes: [usize; 2], sessions: &Sessions) {
    for right in sessions.iter().map(Arc::as_ref) {
        for node in nodes {
            cluster.probe_session(node, right).await;
        }
    }
}
