//! Streams that must end: those of a user who is deactivated, and those of a
//! member who is removed, on every node.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use crate::bench::http::{Authorization, Connection, Request};
use crate::cluster_test::nodes::{ADMIN, COUNT};
use crate::cluster_test::scene::Scene;
use crate::cluster_test::setup::make_person;
use crate::cluster_test::subjects::{Kind, MadeKey, Subject};
use crate::cluster_test::watch::watcher::{open_stream, stream};

/// How soon a stream must end.
const PROMISED: Duration = Duration::from_secs(5);

/// How long a change may take to be told, and an answer to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// What changed before the right ended, and what changed afterwards.
const BEFORE: &str = "before the end";
const AFTER: &str = "after the end";

/// What became of a stream.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// It told of what was waited for.
    Told,
    /// It ended before.
    Ended,
    /// Neither came in time.
    Open,
}

/// Ends streams in each way, through each node in turns, and sees that none
/// tells of what happened afterwards.
pub(in crate::cluster_test) async fn see_streams_end(scene: &Scene, times: usize) -> Result<()> {
    for turn in 0..times {
        for kind in [Kind::Deactivated, Kind::MemberRemoved] {
            end_streams(scene, turn % COUNT, kind).await?;
        }
    }
    Ok(())
}

async fn end_streams(scene: &Scene, node: usize, kind: Kind) -> Result<()> {
    let is_member = kind == Kind::MemberRemoved;
    let key = make_person(scene, node, "watching", &["management"], is_member).await?;
    let mut streams = Vec::new();
    for node in 0..COUNT {
        let request = stream("/v2/api-keys?watch=true", Authorization::Key(&key.value));
        streams.push(open_stream(scene, node, request).await?);
    }
    let other = (node + 1) % COUNT;
    describe(scene, other, &key, BEFORE).await?;
    for (node, stream) in streams.iter_mut().enumerate() {
        let end = read_until(stream, Instant::now() + PATIENCE, BEFORE).await;
        if end != End::Told {
            let missed = format!("node {node} did not tell its watcher of a change: {end:?}");
            scene.findings.add(missed);
        }
    }

    let subject = Subject::of(kind, &key);
    scene.records.begin(&subject.fact);
    let revocation = subject.revocation(&scene.admin.value);
    let outcome = scene.manager.send(node, revocation).await;
    outcome.expect_done("the end of a right to watch")?;
    let says = subject.says_revoked();
    scene.records.settle(&subject.fact, says.as_deref());
    let deadline = Instant::now() + PROMISED;
    describe(scene, other, &key, AFTER).await?;
    for (node, stream) in streams.iter_mut().enumerate() {
        let wrong = match read_until(stream, deadline, AFTER).await {
            End::Ended => continue,
            End::Told => "it told of what happened after that",
            End::Open => "it did not end",
        };
        let label = kind.label();
        let wrong = format!("node {node}, a stream whose user was {label}: {wrong}");
        scene.findings.add(wrong);
    }
    Ok(())
}

/// Reads until a stream tells of something, or ends, or it is late.
async fn read_until(stream: &mut Connection, deadline: Instant, text: &str) -> End {
    let mut told = Vec::new();
    while !String::from_utf8_lossy(&told).contains(text) {
        match timeout_at(deadline, stream.chunk()).await {
            Ok(Ok(Some(chunk))) => told.extend_from_slice(&chunk),
            Ok(Ok(None) | Err(_)) => return End::Ended,
            Err(_) => return End::Open,
        }
    }
    End::Told
}

async fn describe(scene: &Scene, node: usize, key: &MadeKey, text: &str) -> Result<()> {
    let path = format!("/v2/api-keys/{}", key.id);
    let request = Request::new("PUT", &path).authorized(ADMIN);
    let request = request.json(&json!({"description": text}).to_string());
    let outcome = scene.manager.send(node, request).await;
    outcome.expect_done("a description").map(drop)
}
