//! Resuming from a position.

use crate::{
    BATCH, change,
    cluster::Cluster,
    create, delete,
    interleaved::{Around, write},
};
use apikey_domain::{
    change::{KeyEvent, Position},
    port::directory::Directory,
    testing::fixture,
    use_case::keys::watch_api_keys::{Since, Watch, WatchMessage},
};
use futures_executor::block_on;

/// Summarizes the messages.
fn summary(messages: &[WatchMessage]) -> Vec<String> {
    let summarize = |message: &WatchMessage| match message {
        WatchMessage::Present(keys) => format!("{} present", keys.len()),
        WatchMessage::Changed(change, position) => {
            let kind = match &change.event {
                KeyEvent::Created(_) => "created",
                KeyEvent::Updated { .. } => "updated",
                KeyEvent::Deleted(_) => "deleted",
            };
            let end = position.map_or(", unsettled", |_| "");
            format!("{kind} {}{end}", change.event.key().id)
        }
        WatchMessage::Reached(_) => "reached".to_owned(),
        WatchMessage::Resync => "resync".to_owned(),
    };
    messages.iter().map(summarize).collect()
}

async fn messages(cluster: &mut Cluster) -> Vec<String> {
    summary(&cluster.read(usize::MAX).await)
}

/// Returns a client at node 0 that received three keys and changes to them. Node 1
/// has not consumed the changes.
async fn connected_cluster() -> Cluster {
    let mut cluster = Cluster::new(3, Vec::new()).await;
    cluster.connect(0).await;
    assert_eq!(messages(&mut cluster).await, ["3 present", "reached"]);
    for write in [create("new"), change(1, "x"), delete(2)] {
        cluster.write(write).await;
    }
    cluster.nodes[0].consume(u32::MAX).await;
    let expected = ["created 4", "updated 1", "deleted 2"];
    assert_eq!(messages(&mut cluster).await, expected);
    cluster
}

#[test]
fn a_watch_resumes_where_it_was_disconnected() {
    block_on(async {
        // However many of the events the node consumes before the watch starts.
        for consumed in 0..3 {
            let mut cluster = connected_cluster().await;
            cluster.write(change(1, "y")).await;
            cluster.write(delete(3)).await;
            if consumed > 0 {
                cluster.nodes[0].consume(consumed).await;
            }
            cluster.connect(0).await;
            cluster.nodes[0].consume(u32::MAX).await;
            let mut received = messages(&mut cluster).await;
            received.retain(|message| message != "reached");
            assert_eq!(received, ["updated 1", "deleted 3"], "{consumed}");
            assert_eq!(cluster.client.known(), cluster.stored().await);
        }
    });
}

#[test]
fn many_past_events_are_sent_in_order() {
    block_on(async {
        let mut cluster = Cluster::new(2 * BATCH + 1, Vec::new()).await;
        let since = Since::Position(Position::START);
        cluster.connect_since(0, Some(since)).await;
        let received = messages(&mut cluster).await;
        let created = (1..=2 * BATCH + 1).map(|id| format!("created {id}"));
        assert_eq!(received, created.collect::<Vec<_>>());
        assert_eq!(cluster.client.known(), cluster.stored().await);
    });
}

#[test]
fn changes_while_past_events_are_read_are_sent_after_them() {
    block_on(async {
        let around: Around = (vec![create("before")], vec![create("after")]);
        let mut cluster = Cluster::new(1, vec![around]).await;
        let since = Since::Position(Position::START);
        cluster.connect_since(0, Some(since)).await;
        assert_eq!(messages(&mut cluster).await, ["created 1"]);
        cluster.nodes[0].consume(u32::MAX).await;
        assert_eq!(messages(&mut cluster).await, ["created 2", "created 3"]);
    });
}

#[test]
fn a_watch_that_cannot_resume_starts_over() {
    block_on(async {
        let future = Position {
            horizon: i64::MAX,
            number: 0,
        };
        for since in [
            Since::Unknown,
            Since::Position(future),
            Since::Position(Position::START),
            Since::Position(fixture::position(3)),
        ] {
            let mut cluster = connected_cluster().await;
            cluster.prune(5).await;
            cluster.connect_since(0, Some(since)).await;
            let expected = ["resync", "3 present", "reached"];
            assert_eq!(messages(&mut cluster).await, expected, "{since:?}");
            assert_eq!(cluster.client.known(), cluster.stored().await);
            cluster.write(change(1, "y")).await;
            cluster.nodes[0].consume(u32::MAX).await;
            assert_eq!(messages(&mut cluster).await, ["updated 1"]);
        }
    });
}

#[test]
fn pruning_past_events_while_they_are_read_causes_a_resync() {
    block_on(async {
        let mut cluster = Cluster::new(2 * BATCH, Vec::new()).await;
        let since = Since::Position(Position::START);
        cluster.connect_since(0, Some(since)).await;
        assert_eq!(cluster.read(BATCH).await.len(), BATCH);
        cluster.prune(u32::MAX).await;
        let received = messages(&mut cluster).await;
        assert_eq!(
            received,
            ["resync", "100 present", "100 present", "reached"]
        );
        assert_eq!(cluster.client.known(), cluster.stored().await);
    });
}

#[test]
fn a_node_that_is_behind_its_client_repeats_nothing() {
    block_on(async {
        let mut cluster = connected_cluster().await;
        cluster.connect(1).await;
        for consumed in [0, 1, 1] {
            if consumed > 0 {
                cluster.nodes[1].consume(consumed).await;
            }
            assert!(messages(&mut cluster).await.is_empty(), "{consumed}");
            cluster.keep_alive();
        }
        cluster.write(create("later")).await;
        cluster.nodes[1].consume(1).await;
        assert_eq!(messages(&mut cluster).await, ["reached"]);
        cluster.nodes[1].consume(1).await;
        assert_eq!(messages(&mut cluster).await, ["created 5"]);
        assert_eq!(cluster.client.known(), cluster.stored().await);
    });
}

#[test]
fn a_position_is_sent_only_after_everything_up_to_it() {
    block_on(async {
        // The second batch includes the changes between the two.
        let between: Around = (Vec::new(), vec![change(1, "x"), create("new")]);
        let mut cluster = Cluster::new(BATCH, vec![between]).await;
        cluster.connect(0).await;
        assert_eq!(messages(&mut cluster).await, ["100 present", "1 present"]);
        cluster.nodes[0].consume(1).await;
        assert_eq!(messages(&mut cluster).await, ["updated 1, unsettled"]);
        cluster.nodes[0].consume(1).await;
        assert_eq!(messages(&mut cluster).await, ["reached"]);
        assert_eq!(cluster.client.known(), cluster.stored().await);
    });
}

#[test]
fn a_keep_alive_sends_a_position_once() {
    block_on(async {
        let mut cluster = connected_cluster().await;
        let reached = |cluster: &mut Cluster| cluster.watch.as_mut().and_then(Watch::reached);
        let first = cluster.client.position.unwrap();
        assert_eq!(reached(&mut cluster), None);
        let bob = fixture::new_user("bob");
        let bob = cluster.memory.create_user(fixture::by_service(), bob);
        let bob = bob.await.unwrap();
        write(&cluster.memory, &bob, create("his")).await;
        cluster.nodes[0].consume(u32::MAX).await;
        let second = reached(&mut cluster).unwrap();
        assert!(first < second);
        cluster.client.advance(second);
        cluster.write(create("hers")).await;
        cluster.nodes[0].consume(u32::MAX).await;
        assert_eq!(reached(&mut cluster), None, "there is a change to send");
        cluster.connect(0).await;
        assert_eq!(messages(&mut cluster).await, ["created 6"]);
    });
}

#[test]
fn past_events_of_others_are_not_sent() {
    block_on(async {
        let mut cluster = connected_cluster().await;
        let bob = fixture::new_user("bob");
        let bob = cluster.memory.create_user(fixture::by_service(), bob);
        let bob = bob.await.unwrap();
        write(&cluster.memory, &bob, create("his")).await;
        cluster.write(create("hers")).await;
        cluster.nodes[0].consume(u32::MAX).await;
        cluster.connect(0).await;
        assert_eq!(messages(&mut cluster).await, ["created 6"]);
    });
}
