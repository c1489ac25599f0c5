//! Those who read: events as they come, pages and walks of all keys, metrics, probes.

use crate::{
    measured::Kind,
    records::{number, text},
    world::World,
};
use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::sleep;
use xtask_harness::{lock::locked, random::Random, request::Request};

/// How often metrics are scraped, a probe is sent, and new events are asked for.
const SCRAPE_INTERVAL: Duration = Duration::from_secs(1);
const PROBE_INTERVAL: Duration = Duration::from_millis(100);
const EVENT_INTERVAL: Duration = Duration::from_millis(200);

/// The positions of events in the order in which they were read.
pub(crate) type Positions = Arc<Mutex<Vec<String>>>;

/// Follows the events of a node until nobody does any more.
pub(crate) async fn follow(world: Arc<World>, node: usize, positions: Positions) -> Result<()> {
    let mut after = String::new();
    while !world.is_closed() {
        let request = Request::get(format!("/v2/events?limit=1000{after}"));
        let request = request.by(world.service.admin(0));
        let Some(reply) = world.service.ask(Kind::Events, node, &request).await else {
            continue;
        };
        let page = reply.json(200)?;
        if page["is_complete"] != true {
            world
                .service
                .wrong(format!("node {node}: events after {after} are missing"));
        }
        for event in page["items"].as_array().context("no events")? {
            locked(&positions).push(text(event, "id")?.to_owned());
        }
        after = format!("&after={}", text(&page, "next")?);
        if page["has_more"] != true {
            sleep(EVENT_INTERVAL).await;
        }
    }
    Ok(())
}

/// Lists all keys, in pages and by walks, until everything ends.
pub(crate) async fn list(world: Arc<World>, number: u64) -> Result<()> {
    const PATHS: [(Kind, &str); 7] = [
        (Kind::List, "/v2/api-keys?user_id=*&perPage=50"),
        (
            Kind::List,
            "/v2/api-keys?user_id=*&perPage=20&page=3&sort_by=-updated_at",
        ),
        (Kind::List, "/v2/api-keys?user_id=*&perPage=20&search=key-1"),
        (
            Kind::List,
            "/v2/api-keys?user_id=*&perPage=20&status=disabled",
        ),
        (Kind::Report, "/v2/reports/hygiene?user_id=*"),
        (Kind::Report, "/v2/users?perPage=50&sort_by=username"),
        (Kind::Report, "/v2/organizations?perPage=50"),
    ];
    let mut random = Random::new(3_000 + number);
    while !world.is_over() {
        for (kind, path) in PATHS {
            let node = world.service.draw_node(random.draw());
            let by = if kind == Kind::Report {
                random.draw()
            } else {
                0
            };
            let request = Request::get(path).by(world.service.admin(by));
            if let Some(reply) = world.service.ask(kind, node, &request).await {
                reply.json(200).context(path)?;
            }
        }
        let order = ["", "&sort_by=name"][(random.draw() % 2) as usize];
        walk(&world, &mut random, order).await?;
        change_organization(&world, &mut random, number).await?;
    }
    Ok(())
}

/// Walks through all keys and looks whether each that is never changed is met once.
async fn walk(world: &World, random: &mut Random, order: &str) -> Result<()> {
    let mut met: BTreeMap<i64, usize> = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v2/api-keys?user_id=*&perPage=200&cursor={cursor}{order}");
        let request = Request::get(path).by(world.service.admin(0));
        // A cursor is good at every node.
        let node = world.service.draw_node(random.draw());
        let Some(reply) = world.service.ask(Kind::Walk, node, &request).await else {
            if world.is_over() {
                return Ok(());
            }
            continue;
        };
        let page = reply.json(200)?;
        for item in page["items"].as_array().context("no page")? {
            *met.entry(number(item, "id")?).or_default() += 1;
        }
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    for id in world.model.steady() {
        let times = met.get(&id).copied().unwrap_or_default();
        if times != 1 {
            let wrong = format!("a walk{order} met key {id} {times} times");
            world.service.wrong(wrong);
        }
    }
    Ok(())
}

/// Makes an organization, changes it, and deletes it.
async fn change_organization(world: &World, random: &mut Random, number: u64) -> Result<()> {
    let slug = format!("passing-{number}-{}", random.draw());
    let (service, records) = (&world.service, &world.records);
    let node = service.draw_node(random.draw());
    let body = json!({"name": "Passing", "slug": slug});
    let request = Request::post("/v2/organizations", &body).by(service.admin(0));
    let reply = service.change(Kind::Organization, node, &request).await?;
    // Somebody else took it: this one, before.
    if reply.is_repeated && reply.status == 409 {
        return Ok(());
    }
    let shown = reply.json(200)?;
    let id = self::number(&shown, "id")?;
    let thing = format!("organization {id}");
    records.put(&thing, &shown);
    let path = format!("/v2/organizations/{id}");
    let body = json!({"description": "a short while"});
    let request = Request::new(Method::PUT, &path)
        .json(&body)
        .by(service.admin(1));
    let reply = service.change(Kind::Organization, node, &request).await?;
    if reply.is_repeated {
        records.add_unanswered(&thing);
    }
    records.put(&thing, &reply.json(200)?);
    let request = Request::new(Method::DELETE, &path).by(service.admin(0));
    let reply = service.change(Kind::Organization, node, &request).await?;
    if !(reply.is_repeated && reply.status == 404) {
        reply.json(200)?;
    }
    records.end(&thing);
    Ok(())
}

/// Scrapes the metrics of a node until everything ends.
pub(crate) async fn scrape(world: Arc<World>, node: usize) -> Result<()> {
    let mut names = BTreeSet::new();
    while !world.is_over() {
        sleep(SCRAPE_INTERVAL).await;
        let request = Request::get("/metrics").by(world.service.admin(0));
        let Some(reply) = world.service.ask(Kind::Metrics, node, &request).await else {
            continue;
        };
        if reply.status != 200 || !reply.body.ends_with("# EOF\n") {
            bail!("a scrape is {} {}", reply.status, reply.body);
        }
        let series = reply.body.lines().filter(|line| !line.starts_with('#'));
        let series = series.filter_map(|line| line.rsplit_once(' '));
        let now: BTreeSet<String> = series.map(|(name, _)| name.to_owned()).collect();
        let is_bounded = now.len() < 2_000;
        if !is_bounded {
            world
                .service
                .wrong(format!("node {node} has {} series", now.len()));
        }
        names = now;
    }
    if !names
        .iter()
        .any(|name| name.starts_with("apikey_verifications_total"))
    {
        world
            .service
            .wrong(format!("node {node} does not count verifications"));
    }
    Ok(())
}

/// Asks a node whether it is ready until everything ends. It must be, but in the windows.
pub(crate) async fn probe(world: Arc<World>, node: usize) -> Result<()> {
    while !world.is_over() {
        sleep(PROBE_INTERVAL).await;
        let request = Request::get("/readyz?verbose=1");
        if let Some(reply) = world.service.ask(Kind::Ready, node, &request).await {
            let shown: Value = reply.json(200)?;
            if shown["status"] != "ok" {
                world.service.wrong(format!("node {node} is {shown}"));
            }
        }
    }
    Ok(())
}
