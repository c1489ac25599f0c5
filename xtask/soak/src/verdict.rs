//! What is there at the end: exactly what was acknowledged.

use crate::{
    event_log::{EventLog, ask},
    readers::Positions,
    records::{Fact, fact, number, state, text},
    standing::Question,
    verifier::ask_gateway,
    watcher::View,
    world::World,
};
use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};
use xtask_harness::{
    client::Client,
    close_expiry::microseconds,
    lock::locked,
    request::{Credentials, Request},
};

/// How soon those who watch and follow must know of everything.
const SETTLE_LIMIT: Duration = Duration::from_secs(20);

const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How many secrets, the newest, are presented once more.
const SECRETS: usize = 20_000;

/// How many are presented at once.
const AT_ONCE: usize = 16;

/// How far the last use that is shown may lie behind the last one, in microseconds: it is
/// written a minute after the one before, and some seconds later.
const USE_LIMIT: i64 = 75_000_000;

/// What a killed server may lose of uses, in microseconds before its end.
const USE_LOSS: i64 = 15_000_000;

/// Compares the record of each node, and returns it.
pub(crate) async fn compare_events(world: &World, followers: &[Positions]) -> Result<EventLog> {
    let mut last: Option<EventLog> = None;
    for node in 0..world.service.nodes() {
        let client = Client::new(world.service.address(node))?;
        let log = EventLog::read(&client, world.service.admin(1)).await?;
        // That a key expires may be recorded between one reading and the next.
        if let Some(before) = &last
            && !log.positions.starts_with(&before.positions)
        {
            let (count, before) = (log.positions.len(), before.positions.len());
            let wrong = format!(
                "node {node} has {count} events, not the {before} of the one before and what followed"
            );
            world.service.wrong(wrong);
        }
        last = Some(log);
    }
    let log = last.context("there are no nodes")?;
    for wrong in &log.wrong {
        world.service.wrong(wrong);
    }
    let deadline = Instant::now() + SETTLE_LIMIT;
    for (node, positions) in followers.iter().enumerate() {
        while locked(positions).len() < log.positions.len() && Instant::now() < deadline {
            sleep(POLL_INTERVAL).await;
        }
        let read = locked(positions);
        if !read.starts_with(&log.positions) {
            let alike = read.iter().zip(&log.positions);
            let alike = alike.take_while(|(a, b)| a == b).count();
            let (read, all) = (read.len(), log.positions.len());
            let wrong =
                format!("who followed node {node} read {read} of {all} events, {alike} alike");
            world.service.wrong(wrong);
        }
    }
    compare_histories(world, &log);
    Ok(log)
}

/// Compares what was acknowledged of each thing with what was recorded.
fn compare_histories(world: &World, log: &EventLog) {
    let acknowledged = world.records.snapshot();
    for (thing, history) in &acknowledged {
        let recorded = log.histories.get(thing).map_or(&[][..], Vec::as_slice);
        if !is_recorded(&history.facts, recorded, history.unanswered) {
            let (facts, unanswered) = (history.facts.len(), history.unanswered);
            let last = log.states.get(thing);
            world.service.wrong(format!(
                "{thing}: {facts} changes were acknowledged, {unanswered} had no answer, and {} \
                 are recorded, the last one is {last:?}",
                recorded.len()
            ));
        }
    }
    for (thing, recorded) in &log.histories {
        let is_maybe = || {
            log.names
                .get(thing)
                .is_some_and(|name| world.records.is_maybe(name))
        };
        if thing.starts_with("key ") && !acknowledged.contains_key(thing) && !is_maybe() {
            let known = log.names.get(thing);
            // The one of the administrator is made before all others.
            if known.is_none_or(|name| name != "the administrator's") {
                let changes = recorded.len();
                let wrong = format!("{thing} ({known:?}) was never asked for: {changes} changes");
                world.service.wrong(wrong);
            }
        }
    }
}

/// Returns whether all that was acknowledged is recorded in its order, once each, and no more
/// else than had no answer.
fn is_recorded(acknowledged: &[Fact], recorded: &[Fact], unanswered: usize) -> bool {
    let mut rest = recorded.iter();
    let all = acknowledged.iter().all(|fact| rest.any(|one| one == fact));
    all && recorded.len() <= acknowledged.len() + unanswered
}

/// Compares what each node lists with what was acknowledged, and what watchers know with it.
pub(crate) async fn compare_lists(
    world: &World,
    log: &EventLog,
    views: &[Arc<Mutex<View>>],
) -> Result<usize> {
    let mut count = 0;
    for node in 0..world.service.nodes() {
        let client = Client::new(world.service.address(node))?;
        let by = world.service.admin(0);
        let keys = list(&client, by, "/v2/api-keys?user_id=*&perPage=1000&cursor=").await?;
        count = keys.len();
        compare_list(world, node, "key", &keys, log);
        for (path, what) in [("users", "user"), ("organizations", "organization")] {
            let listed = list(&client, by, &format!("/v2/{path}?perPage=1000&page=")).await?;
            compare_list(world, node, what, &listed, log);
        }
        if node == 0 {
            compare_uses(world, &keys);
            let facts = keys.iter().map(|(id, key)| (*id, fact(key))).collect();
            compare_views(world, &facts, views, log).await;
        }
    }
    Ok(count)
}

fn compare_list(
    world: &World,
    node: usize,
    what: &str,
    listed: &BTreeMap<i64, Value>,
    log: &EventLog,
) {
    for (id, shown) in listed {
        let thing = format!("{what} {id}");
        let recorded = log.histories.get(&thing).and_then(|history| history.last());
        if recorded != Some(&Some(fact(shown))) {
            let (shown, last) = (state(shown), log.states.get(&thing));
            let wrong = format!("node {node} lists {thing} as {shown}, recorded is {last:?}");
            world.service.wrong(wrong);
        }
    }
    let prefix = format!("{what} ");
    for (thing, history) in &log.histories {
        let Some(id) = thing
            .strip_prefix(&prefix)
            .and_then(|id| id.parse::<i64>().ok())
        else {
            continue;
        };
        let is_there = history.last().is_some_and(Option::is_some);
        if is_there && !listed.contains_key(&id) {
            world
                .service
                .wrong(format!("node {node} does not list {thing}"));
        }
    }
}

/// Looks whether each key that was used is shown as used.
fn compare_uses(world: &World, keys: &BTreeMap<i64, Value>) {
    let mut used: HashMap<i64, i64> = HashMap::new();
    for secret in world.model.all() {
        if let Some(at) = secret.used_at() {
            let last = used.entry(secret.id).or_default();
            *last = (*last).max(at);
        }
    }
    for (id, key) in keys {
        let Some(at) = used.get(id) else { continue };
        let shown = key["last_used_at"].as_str();
        let shown_at = shown
            .and_then(|shown| microseconds(shown).ok())
            .unwrap_or_default();
        let is_lost = world.service.windows.was_open(*at, USE_LOSS);
        if shown_at + USE_LIMIT < *at && !is_lost {
            let wrong = format!("key {id} was used at {at} and is shown as used at {shown:?}");
            world.service.wrong(wrong);
        }
    }
}

/// Compares what watchers know, and that they received each change once and in order.
async fn compare_views(
    world: &World,
    listed: &BTreeMap<i64, u64>,
    views: &[Arc<Mutex<View>>],
    log: &EventLog,
) {
    let deadline = Instant::now() + SETTLE_LIMIT;
    for (number, view) in views.iter().enumerate() {
        while locked(view).keys != *listed && Instant::now() < deadline {
            sleep(POLL_INTERVAL).await;
        }
        let view = locked(view);
        if view.keys != *listed {
            let known = view.keys.len();
            let different = listed
                .iter()
                .filter(|(id, fact)| view.keys.get(id) != Some(fact));
            let different: Vec<_> = different.take(5).map(|(id, _)| id).collect();
            let wrong = format!(
                "watcher {number} knows {known} keys, {} are listed; first others: {different:?}",
                listed.len()
            );
            world.service.wrong(wrong);
        }
        let first = view.positions.first();
        // One that received nothing, or first what was never recorded, missed all.
        let start = log.of_keys.iter().position(|one| Some(one) == first);
        let expected = &log.of_keys[start.unwrap_or_default()..];
        if !view.positions.starts_with(expected) {
            let received = view.positions.iter().zip(expected);
            let at = received.take_while(|(a, b)| a == b).count();
            let wrong = format!(
                "watcher {number} received {} changes of {}, the first {at} alike",
                view.positions.len(),
                expected.len()
            );
            world.service.wrong(wrong);
        }
    }
}

/// Presents all secrets, the newest first, once more to every node, and returns how many.
pub(crate) async fn present(world: &Arc<World>) -> usize {
    let all: Vec<_> = world.model.all().into_iter().rev().take(SECRETS).collect();
    let mut tasks = JoinSet::new();
    for turn in 0..AT_ONCE {
        let (world, all) = (Arc::clone(world), all.clone());
        tasks.spawn(async move {
            let question = Question::usual();
            for secret in all.iter().skip(turn).step_by(AT_ONCE) {
                let Some((standing, _)) = secret.standing.settled() else {
                    continue;
                };
                for node in 0..world.service.nodes() {
                    let reply = ask_gateway(&world, node, &secret.value, question).await;
                    let status = reply.map(|reply| reply.status);
                    if status != Some(standing.status(question)) {
                        let id = secret.id;
                        let wrong = format!(
                            "node {node}, at the end: key {id} is {status:?}, not {standing:?}"
                        );
                        world.service.wrong(wrong);
                    }
                }
            }
        });
    }
    tasks.join_all().await;
    all.len()
}

/// Reads a whole list, whose path ends with the parameter that leads on.
async fn list(client: &Client, by: Credentials<'_>, path: &str) -> Result<BTreeMap<i64, Value>> {
    let mut found = BTreeMap::new();
    let is_walk = path.ends_with("cursor=");
    let mut next = if is_walk {
        String::new()
    } else {
        "1".to_owned()
    };
    for page in 2.. {
        let request = Request::get(format!("{path}{next}")).by(by);
        let answer = ask(client, &request).await?;
        let items = answer["items"].as_array().context("no list")?;
        for item in items {
            found.insert(number(item, "id")?, item.clone());
        }
        match is_walk {
            true if answer["next_cursor"].is_null() => break,
            true => text(&answer, "next_cursor")?.clone_into(&mut next),
            false if items.is_empty() => break,
            false => next = page.to_string(),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_may_be_lost_and_nothing_may_be_there_twice() {
        let [a, b, c] = [1, 2, 3].map(Some);
        assert!(is_recorded(&[a, b], &[a, b], 0));
        assert!(!is_recorded(&[a, b], &[a], 0) && !is_recorded(&[a, b], &[b, a], 0));
        assert!(!is_recorded(&[a, b], &[a, b, b], 0) && is_recorded(&[a, b], &[a, c, b], 1));
        assert!(!is_recorded(&[a, None], &[a], 5));
    }
}
