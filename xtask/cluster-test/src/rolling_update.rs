//! `cargo xtask cluster-test --rolling-update-from PATH`: nodes of the release before are
//! replaced by nodes of this one, one after the other, on one database and under load.
//!
//! No key may be accepted that was withdrawn, and none refused that was not, by any node of
//! either release: not while the database is migrated, not when a node sleeps through the
//! update, and not when the release before is started again.

mod imports;
mod load;
mod older_node;
mod older_release;
mod refusals;
mod replacement;
mod secrets;
mod sessions;
mod stored_keys;

use crate::{
    changes::EXPIRY_AHEAD,
    kinds::Kind,
    load::start_creations,
    measured::Measured,
    nodes::{COUNT, Nodes},
    options::Options,
    report::Report,
    restoration::fill,
    revocable::Revocable,
    revokers,
    rights::{Reply, Right},
    setup, tables,
    test_cluster::TestCluster,
    workers::Workers,
};
use anyhow::Result;
use imports::Imports;
use load::see_all_keys;
use older_release::OlderRelease;
use refusals::{Disabling, see_new_changes};
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;
use xtask_harness::{findings::Findings, lock::locked};
use xtask_programs::postgres::Cluster;

/// How many stored keys there are, in the long form and in the short one.
const KEYS: u64 = 100_000;
const FEW_KEYS: u64 = 20_000;

/// How many other users there are: as many as an index of them takes a while for.
const USERS: u64 = 100_000;

/// How many nodes of the release before there are at first, and the one that joins them.
const OLDER: usize = 2;
const NEW: usize = 2;

/// The node that sleeps through the update.
const SLEEPER: usize = 1;

/// How many rights of each kind there are.
const OF_EACH_KIND: usize = 6;

/// How many revocations there are in a phase, and how long each may take.
const REVOCATIONS: u64 = 60;
const EACH_LIMIT: Duration = Duration::from_secs(4);

/// How long requests of before are waited for, and those to a node that is asleep lie.
const QUEUED: Duration = Duration::from_millis(300);

/// What is updated, with everything around it.
struct RollingUpdate {
    before: PathBuf,
    program: PathBuf,
    /// How many stored keys there are.
    keys: u64,
    nodes: Nodes,
    postgres: Cluster,
    cluster: Arc<TestCluster>,
    /// What the release before knows.
    older: OlderRelease,
    /// Who verifies on each node that runs.
    verifiers: [Option<Workers>; COUNT],
    /// The keys that were withdrawn.
    withdrawn: Vec<Revocable>,
    phase: &'static str,
    begun_at: Instant,
    report: Report,
}

/// Updates nodes of the program before to another one.
pub(crate) async fn test(
    before: PathBuf,
    program: PathBuf,
    postgres: Cluster,
    options: &Options,
    findings: Arc<Findings>,
) -> Result<()> {
    // Older nodes rotate no keys.
    let kinds = Kind::ALL.into_iter().filter(|kind| !kind.is_of_secret());
    let kinds: Vec<_> = kinds.collect();
    let started = setup::start(&before, OLDER, &postgres, findings, (OF_EACH_KIND, &kinds));
    let (mut nodes, cluster) = started.await?;
    nodes.program.clone_from(&program);
    let keys = if options.short { FEW_KEYS } else { KEYS };
    stored_keys::create(&postgres.url(), keys).await?;
    stored_keys::create_users(&postgres.url(), USERS).await?;
    cluster.window.avoid(NEW);
    cluster.window.close();
    cluster.revoke_only(Kind::is_first);
    let mut update = RollingUpdate {
        before,
        program,
        keys,
        nodes,
        postgres,
        cluster,
        older: OlderRelease::FIRST,
        verifiers: [const { None }; COUNT],
        withdrawn: Vec::new(),
        phase: "",
        begun_at: Instant::now(),
        report: Report::default(),
    };
    let result = update.perform().await;
    update.enter("");
    update.report.print();
    if result.is_err() || update.cluster.findings.shown().is_some() {
        update.nodes.save_logs()?;
    }
    result
}

// === impl RollingUpdate ===

impl RollingUpdate {
    async fn perform(&mut self) -> Result<()> {
        let cluster = Arc::clone(&self.cluster);
        for node in 0..OLDER {
            self.verifiers[node] = Some(load::start(&cluster, node, self.keys));
        }
        let creations = start_creations(&cluster);
        self.enter("two nodes of the release before");
        see_all_keys(&cluster, &[0, 1], self.keys).await?;

        self.enter("a third one of this release migrates");
        self.start(NEW).await?;
        self.older = OlderRelease::of(&self.postgres.url()).await?;
        let older = self.older;
        self.enter("all keys, on all nodes of both releases");
        see_all_keys(&cluster, &[0, 1, 2], self.keys).await?;
        self.enter("changes beside two older nodes");
        older.see_changes(&cluster, NEW).await?;
        self.revoke().await?;

        self.enter("the first one replaced");
        self.replace(0).await?;
        self.enter("changes beside one older node");
        older.see_changes(&cluster, 0).await?;
        older.see_changes(&cluster, NEW).await?;
        self.revoke().await?;

        self.enter("sessions and an import beside one older node");
        let imports = Imports::prepare(&cluster, SLEEPER).await?;
        let database = self.postgres.url();
        if !older.knows_foreign_digests() {
            imports
                .see_refused(&cluster, &self.program, &database)
                .await?;
        }
        let person = cluster.make_person(SLEEPER).await?;
        let live = cluster.sign_in(NEW, &person).await?;
        self.see_sessions(&live).await?;

        self.enter("the other one asleep, and awake again");
        self.sleep_through(SLEEPER).await?;
        self.enter("the other one replaced");
        self.replace(SLEEPER).await?;
        self.enter("changes of all kinds");
        self.change_everything().await?;
        self.enter("an import, and sessions");
        imports.see_done(&cluster, &self.program, &database).await?;
        sessions::see_live(&cluster, &[0, SLEEPER, NEW], None, &live).await;

        self.enter("the release before again, beside two nodes");
        let rotated = secrets::rotate_some(&cluster, NEW).await?;
        self.go_back(SLEEPER).await?;
        self.enter("all keys, on the release before");
        see_all_keys(&cluster, &[SLEEPER], self.keys).await?;
        self.enter("changes beside and by it");
        older.see_changes(&cluster, NEW).await?;
        if !older.knows_withdrawals() {
            secrets::see_unchanged(&cluster, NEW, SLEEPER, &rotated).await?;
        }
        self.revoke().await?;
        if !older.knows_withdrawals() {
            older_node::see_older_changes(&cluster, SLEEPER, &mut self.withdrawn).await?;
        }
        self.see_sessions(&live).await?;

        self.enter("replaced once more");
        self.replace(SLEEPER).await?;
        self.enter("changes of all kinds, and all keys");
        self.change_everything().await?;
        older_node::withdraw(&cluster, SLEEPER, &rotated).await?;
        for node in 0..COUNT {
            older_node::see_all_refused(&cluster, node, &rotated).await;
            secrets::see_other_secrets(&cluster, node, Reply::Accepted, &rotated).await;
        }
        see_all_keys(&cluster, &[0, 1, 2], self.keys).await?;
        sessions::see_live(&cluster, &[0, 1, 2], None, &live).await;
        creations.end().await?;
        for verifiers in self.verifiers.iter_mut().filter_map(Option::take) {
            verifiers.end().await?;
        }
        self.compare().await
    }

    /// Sees that a session goes on, and that others end, beside an older node.
    async fn see_sessions(&self, live: &Right) -> Result<()> {
        let cluster = &self.cluster;
        if self.older.knows_sessions() {
            sessions::see_live(cluster, &[0, SLEEPER, NEW], None, live).await;
            return Ok(());
        }
        sessions::see_live(cluster, &[0, NEW], Some(SLEEPER), live).await;
        sessions::see_ends(cluster, [0, NEW], SLEEPER).await
    }

    /// Makes changes that end rights, of the kinds that are possible, through all nodes.
    async fn revoke(&self) -> Result<()> {
        let mut revokers = revokers::start(&self.cluster, REVOCATIONS, Duration::ZERO);
        let limit = EACH_LIMIT * u32::try_from(REVOCATIONS)?;
        revokers.until_done(limit).await
    }

    /// Makes changes of all kinds, and withdraws some keys for good, with nodes of this
    /// release alone.
    async fn change_everything(&mut self) -> Result<()> {
        let cluster = &self.cluster;
        refusals::until(cluster, NEW, Disabling::Possible).await?;
        cluster.revoke_only(|_| true);
        fill(cluster).await?;
        self.revoke().await?;
        // Older nodes refuse all secrets of keys that were rotated.
        cluster.pool.remove_secrets();
        cluster.revoke_only(Kind::is_first);
        for node in 0..COUNT {
            see_new_changes(cluster, node).await?;
            let keys = older_node::make_keys(cluster, &[0, 1, 2], |_| true).await?;
            older_node::withdraw(cluster, node, &keys).await?;
            self.withdrawn.extend(keys);
        }
        sleep(EXPIRY_AHEAD).await;
        for node in 0..COUNT {
            older_node::see_all_refused(cluster, node, &self.withdrawn).await;
        }
        Ok(())
    }

    /// Sees that the database has every change that was answered, and no other.
    async fn compare(&self) -> Result<()> {
        let mut found = tables::facts(&self.postgres.url()).await?;
        let stored = format!("key {}", stored_keys::NAME);
        found.retain(|name, _| !name.starts_with(&stored));
        for difference in self.cluster.records.differences("key", &found) {
            let difference = format!("in the database, {difference}");
            self.cluster.findings.add(difference);
        }
        Ok(())
    }

    /// Ends a phase and begins another one.
    fn enter(&mut self, phase: &'static str) {
        let measured: Measured = std::mem::take(&mut *locked(&self.cluster.measured));
        if !self.phase.is_empty() {
            println!("  {:.0} s", self.begun_at.elapsed().as_secs_f64());
            self.report.add(self.phase, &measured);
        }
        if !phase.is_empty() {
            println!("{phase}");
        }
        (self.phase, self.begun_at) = (phase, Instant::now());
        self.cluster.findings.enter(phase);
    }
}
