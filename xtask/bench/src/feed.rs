//! Keys created a second with the feed, against the same server on a database
//! that keeps no events; and through three nodes at once.
//!
//! The product has no switch that turns events off, so the database of the
//! baseline throws them away. The server sends its `INSERT INTO events …
//! RETURNING transaction_id` as ever, and needs an answer to it. A rule cannot
//! give one without writing a row somewhere, so `events` becomes a view with a
//! trigger, which hands each row back with transaction 0.

use crate::{
    bench::Bench,
    creates::cluster::{CONNECTIONS, Cluster},
    table::{Aim, Table},
};
use anyhow::Result;
use xtask_harness::database::Kind;

/// How many nodes share the load where there are several.
const NODES: usize = 3;

/// How many shorter turns a turn is cut into: a shared machine's speed changes
/// within seconds, and a ratio is taken between turns that follow each other.
const SHORTER_TURNS: u32 = 4;

/// Makes a migrated database keep no events.
const NO_EVENTS: [&str; 4] = [
    "ALTER TABLE events RENAME TO unused_events",
    "CREATE VIEW events AS SELECT * FROM unused_events WHERE false",
    "CREATE FUNCTION drop_event() RETURNS trigger LANGUAGE plpgsql AS \
     'BEGIN NEW.transaction_id := 0; RETURN NEW; END'",
    "CREATE TRIGGER drop_event INSTEAD OF INSERT ON events \
     FOR EACH ROW EXECUTE FUNCTION drop_event()",
];

/// The settings of a server on such a database: LISTEN and NOTIFY are gone, too.
const SETTINGS: [(&str, &str); 1] = [("APIKEY_FEED", "poll")];

/// What the baseline still does, for readers of the figures.
const WHAT_IS_LEFT: &str = "\
Without the feed, events are still made, sent as JSON and handed to a trigger that drops them,
and an empty view is read; no rows, indexes and WAL of events, no reading them, no NOTIFY.
A server that made no events at all would be faster: the ratio is an upper bound, and an aim
that is met here need not be met against such a server.";

/// Fails when an event was written.
const CHECK_NONE: &str = "DO 'BEGIN \
     ASSERT NOT EXISTS (SELECT FROM unused_events), ''an event was written''; \
     ASSERT EXISTS (SELECT FROM api_keys WHERE id > 1), ''no key was created''; \
     END'";

/// Fails when a key that was created has no event.
const CHECK_ALL: &str = "DO 'BEGIN \
     ASSERT (SELECT count(DISTINCT api_key_id) FROM events) \
         >= (SELECT count(*) FROM api_keys WHERE id > 1), ''a key has no event''; \
     END'";

pub(crate) fn run(bench: &Bench) -> Result<()> {
    if bench.engine.kind() == Kind::Sqlite {
        println!("The feed: SQLite has one writer, so this is left out\n");
        return Ok(());
    }
    let mut clusters = [
        Cluster::start(bench, "with the feed", 1, &[], &[])?,
        Cluster::start(bench, "without it", 1, &NO_EVENTS, &SETTINGS)?,
        Cluster::start(bench, "three nodes", NODES, &[], &[])?,
    ];
    let turn = bench.scale.turn / SHORTER_TURNS;
    for cluster in &mut clusters {
        cluster.warm_up(turn)?;
    }
    for round in 0..bench.scale.rounds * SHORTER_TURNS as usize {
        // Each in turn is the first: what one leaves behind for the disk, such as
        // a checkpoint, is not always paid for by the same other one.
        for place in 0..clusters.len() {
            clusters[(round + place) % clusters.len()].measure(turn)?;
        }
    }

    let subject = format!("The feed: creates over HTTP at {CONNECTIONS} connections");
    let mut table = Table::new(bench, &subject);
    for cluster in &clusters {
        cluster.measurements.rows(&mut table);
    }
    let [shipped, without, nodes] = clusters.each_ref().map(|one| &one.measurements.per_second);
    let label = "ratio of rates, with the feed to without it";
    table.row(label, shipped.ratio_to(without), Aim::AtLeast(0.8));
    let label = "ratio of rates, three nodes to one";
    table.row(label, nodes.ratio_to(shipped), None);
    table.print()?;
    println!("{}\n", WHAT_IS_LEFT);
    for (cluster, statement) in clusters.iter().zip([CHECK_ALL, CHECK_NONE, CHECK_ALL]) {
        cluster.dataset.execute(bench, statement)?;
    }
    Ok(())
}
