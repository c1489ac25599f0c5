//! Streams that must end, on every node: those of a key that is disabled, revoked, expires
//! sooner or loses a secret, of a user who is deactivated, and of a member who is removed.

use crate::{
    kinds::Kind, nodes::COUNT, revocable::MadeKey, setup::make_person, test_cluster::TestCluster,
    watch::watcher::open_stream,
};
use anyhow::Result;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use xtask_harness::{
    client::ByteStream,
    request::{Credentials, Request},
    server::ADMIN,
};

/// How soon a stream must end.
const END_LIMIT: Duration = Duration::from_secs(5);

/// How long a change may take to arrive.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// What changed before the right ended, and what changed afterwards.
const BEFORE: &str = "before the end";
const AFTER: &str = "after the end";

/// What becomes of a key, or of one of its secrets, and ends its streams, in turns.
const KEY_ENDS: [[Kind; 2]; 4] = [
    [Kind::Disabled, Kind::Rotated],
    [Kind::Revoked, Kind::UsedFirst],
    [Kind::Expired, Kind::RetiringEnded],
    [Kind::PendingEnded, Kind::GraceOver],
];

/// What became of a stream.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// What was waited for arrived.
    Received,
    /// It ended before.
    Ended,
    /// Neither came in time.
    Open,
}

/// Ends streams in each way, through each node in turns, and checks that none
/// shows what happened afterwards.
pub(crate) async fn see_streams_end(cluster: &TestCluster, times: usize) -> Result<()> {
    for turn in 0..times {
        let of_owner = [Kind::Deactivated, Kind::MemberRemoved];
        let of_key = KEY_ENDS[turn % KEY_ENDS.len()];
        for kind in of_owner.into_iter().chain(of_key) {
            end_streams(cluster, turn % COUNT, kind).await?;
        }
    }
    Ok(())
}

async fn end_streams(cluster: &TestCluster, node: usize, kind: Kind) -> Result<()> {
    let key = make_person(cluster, node, kind, &["management"]).await?;
    let mut revocable = match kind.is_of_secret() {
        true => cluster.prepare_secret(node, kind, &key, ADMIN).await?,
        false => cluster.revocable(kind, &key),
    };
    let mut streams = Vec::new();
    for node in 0..COUNT {
        let own = Credentials::Key(&key.value);
        streams.push(open_stream(cluster, node, own, "", None).await?);
    }
    let other = (node + 1) % COUNT;
    describe(cluster, other, &key, BEFORE).await?;
    for (node, stream) in streams.iter_mut().enumerate() {
        let end = read_until(stream, Instant::now() + ANSWER_LIMIT, BEFORE).await;
        if end != End::Received {
            let missed = format!("node {node} did not send its watcher a change: {end:?}");
            cluster.findings.add(missed);
        }
    }

    // A key reaches only keys of its own user. Whoever uses a secret does so with it.
    if kind != Kind::UsedFirst {
        revocable.revocation.request = revocable.revocation.request.by(ADMIN);
    }
    let revoked = cluster.revoke(node, &revocable).await;
    revoked.expect_done("the end of a right to watch")?;
    let deadline = Instant::now() + END_LIMIT;
    describe(cluster, other, &key, AFTER).await?;
    for (node, stream) in streams.iter_mut().enumerate() {
        let wrong = match read_until(stream, deadline, AFTER).await {
            End::Ended => continue,
            End::Received => "it sent what happened after that",
            End::Open => "it did not end",
        };
        let wrong = format!("node {node}, a stream of a user, {kind:?}: {wrong}");
        cluster.findings.add(wrong);
    }
    Ok(())
}

/// Reads until a stream has sent a text, or ends, or it is late.
async fn read_until(stream: &mut ByteStream, deadline: Instant, text: &str) -> End {
    let mut received = Vec::new();
    while !String::from_utf8_lossy(&received).contains(text) {
        match timeout_at(deadline, stream.chunk()).await {
            Ok(Ok(Some(chunk))) => received.extend_from_slice(&chunk),
            Ok(Ok(None) | Err(_)) => return End::Ended,
            Err(_) => return End::Open,
        }
    }
    End::Received
}

async fn describe(cluster: &TestCluster, node: usize, key: &MadeKey, text: &str) -> Result<()> {
    let path = format!("/v2/api-keys/{}", key.id);
    let request = Request::new(Method::PUT, &path).by(ADMIN);
    let request = request.json(&json!({"description": text}));
    let outcome = cluster.send(node, &request).await;
    outcome.expect_done("a description").map(drop)
}
