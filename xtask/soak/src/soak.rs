//! The soak on one database.

use crate::{
    conductor::conduct,
    model::Secret,
    options::Database,
    people, readers,
    records::{number, text},
    report,
    service::Service,
    site::Site,
    standing::{Refusal, Standing},
    tenant::Tenant,
    usage::UsageWatch,
    verdict, verifier, watcher,
    watcher::View,
    world::World,
};
use anyhow::Result;
use serde_json::json;
use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};
use xtask_harness::{expectation::Expectation, findings::Findings, lock::locked, request::Request};
use xtask_programs::process;

/// How many of each there are.
const TENANTS: u64 = 8;
const VERIFIERS: u64 = 16;
const PEOPLE: u64 = 3;
const LISTERS: u64 = 2;
const WATCHERS_PER_NODE: usize = 2;

/// How many keys are never changed; as many more are revoked at once and for good.
const STEADY: u64 = 50;

/// How long uses may take to be written, and longer.
const USES_WRITTEN: Duration = Duration::from_secs(7);

/// Runs everything on one database.
pub(crate) async fn run(
    program: &Path,
    database: Database,
    time: Duration,
    findings: Arc<Findings>,
) -> Result<()> {
    println!("{database}: {} s", time.as_secs());
    let mut site = Site::start(program, database).await?;
    let addresses: Vec<_> = site.nodes.iter().map(|node| node.address).collect();
    let service = Service::new(&addresses, findings).await?;
    let world = Arc::new(World::new(service));
    make_steady(&world).await?;

    let processes = site.nodes.iter().filter_map(|node| node.process());
    let usage = UsageWatch::start(processes.collect(), site.postgres_address());
    let (mut load, mut watching) = (JoinSet::new(), JoinSet::new());
    let (views, followers) = start_watching(&world, &mut watching);
    start_load(&world, &mut load).await?;
    let begun_at = Instant::now();
    let course = conduct(&world, &mut site, &usage, time).await;
    world.end();
    let seconds = begun_at.elapsed().as_secs_f64();
    load.join_all().await;
    let course = course?;
    let (lines, wrong) = usage.judge(course.judged_from);
    wrong.iter().for_each(|wrong| world.service.wrong(wrong));

    report::print_requests(&world.service.measured, seconds);
    report::print_windows(&world.service.windows.all());
    for line in course.lines.iter().chain(&lines) {
        println!("{line}");
    }
    println!("  everything is compared");
    world
        .service
        .findings
        .enter(&format!("{database}, at the end"));
    sleep(USES_WRITTEN).await;
    crash(&world, &mut site).await?;
    let log = verdict::compare_events(&world, &followers).await?;
    let keys = verdict::compare_lists(&world, &log, &views).await?;
    let presented = verdict::present(&world).await;
    let streams: u32 = views.iter().map(|view| locked(view).streams).sum();
    world.close();
    watching.join_all().await;
    println!(
        "{} events, {keys} keys at the end, {presented} secrets presented once more, {streams} \
         streams of {} watchers",
        log.positions.len(),
        views.len()
    );
    println!("{}", course.backup.check(&world, &site, &log).await?);
    show_peppers(&world, &site).await?;
    for panic in report::print_logs(&site.logs())? {
        world.service.wrong(format!("a server panicked: {panic}"));
    }
    println!();
    Ok(())
}

/// Makes keys that are never changed, and as many that never work.
async fn make_steady(world: &World) -> Result<()> {
    let service = &world.service;
    for number_of_it in 0..2 * STEADY {
        let body = json!({"name": format!("steady-{number_of_it}"), "allowed_model_names": ["m"]});
        let request = Request::post("/v2/api-keys", &body).by(service.admin(0));
        let kind = crate::measured::Kind::Create;
        let mut shown = service.change(kind, 0, &request).await?.json(200)?;
        let value = text(&shown, "value")?.to_owned();
        let id = number(&shown, "id")?;
        let thing = format!("key {id}");
        world.records.put(&thing, &shown);
        let is_good = number_of_it < STEADY;
        let mut standing = Standing::GOOD;
        if !is_good {
            let path = format!("/v2/api-keys/{id}/revoke");
            let request = Request::post(path, &json!({"reason": "other"})).by(service.admin(0));
            shown = service.change(kind, 0, &request).await?.json(200)?;
            world.records.put(&thing, &shown);
            standing = standing.refused(Refusal::Revoked);
        }
        let whose = (1, None);
        let secret = Secret::new(&value, (id, whose.0, whose.1), Expectation::new(standing));
        world.model.add_steady(secret);
    }
    // All nodes know of them then.
    sleep(world.grant_limit()).await;
    Ok(())
}

async fn start_load(world: &Arc<World>, load: &mut JoinSet<()>) -> Result<()> {
    for number in 0..TENANTS {
        let shared = Arc::clone(world);
        let mut tenant = Tenant::create(Arc::clone(world), number).await?;
        load.spawn(async move {
            let name = format!("tenant {number}");
            shared.perform(&name, tenant.live()).await;
        });
    }
    let mut start = |name: String, task| {
        let shared = Arc::clone(world);
        load.spawn(async move { shared.perform(&name, task).await });
    };
    type Task = std::pin::Pin<Box<dyn Future<Output = Result<()>> + Send>>;
    let boxed = |task: Task| task;
    for number in 0..VERIFIERS {
        let task = boxed(Box::pin(verifier::verify(Arc::clone(world), number)));
        start(format!("verifier {number}"), task);
    }
    for number in 0..PEOPLE {
        let task = boxed(Box::pin(people::live(Arc::clone(world), number)));
        start(format!("person {number}"), task);
    }
    for number in 0..LISTERS {
        let task = boxed(Box::pin(readers::list(Arc::clone(world), number)));
        start(format!("lister {number}"), task);
    }
    for node in 0..world.service.nodes() {
        let task = boxed(Box::pin(readers::scrape(Arc::clone(world), node)));
        start(format!("scraper {node}"), task);
        let task = boxed(Box::pin(readers::probe(Arc::clone(world), node)));
        start(format!("probe {node}"), task);
    }
    Ok(())
}

fn start_watching(
    world: &Arc<World>,
    watching: &mut JoinSet<()>,
) -> (Vec<Arc<Mutex<View>>>, Vec<readers::Positions>) {
    let (mut views, mut followers) = (Vec::new(), Vec::new());
    for node in 0..world.service.nodes() {
        for _ in 0..WATCHERS_PER_NODE {
            let view = Arc::<Mutex<View>>::default();
            let shared = Arc::clone(world);
            let task = watcher::watch(Arc::clone(world), node, Arc::clone(&view));
            views.push(view);
            watching.spawn(async move { shared.perform("a watcher", task).await });
        }
        let positions = readers::Positions::default();
        let shared = Arc::clone(world);
        let task = readers::follow(Arc::clone(world), node, Arc::clone(&positions));
        followers.push(positions);
        watching.spawn(async move { shared.perform("a follower", task).await });
    }
    (views, followers)
}

/// Ends the database as if its machine had failed, and starts it again: what was acknowledged
/// is compared after that.
async fn crash(world: &World, site: &mut Site) -> Result<()> {
    world.service.windows.open("the end");
    match site.database {
        Database::Sqlite => {
            site.stop_node(0, true).await?;
            site.start_node(0).await?;
        }
        Database::Postgres => site.restart_postgres(true, Duration::ZERO).await?,
    }
    crate::conductor::until_ready(site).await?;
    sleep(Duration::from_secs(1)).await;
    world.service.windows.close();
    Ok(())
}

/// Shows how many digests are under each pepper. The new one must have some.
async fn show_peppers(world: &World, site: &Site) -> Result<()> {
    let mut command = site.own_command();
    command.args(["pepper", "show"]);
    let showing = tokio::task::spawn_blocking(move || process::output(&mut command));
    let shown = showing.await??;
    println!("{}", shown.trim_end());
    let newest = shown.lines().nth(1).unwrap_or_default();
    let digests: Option<u64> = newest
        .split_whitespace()
        .last()
        .and_then(|last| last.parse().ok());
    if digests.unwrap_or_default() == 0 {
        world
            .service
            .wrong(format!("no digest is under the newest pepper: {shown}"));
    }
    Ok(())
}
