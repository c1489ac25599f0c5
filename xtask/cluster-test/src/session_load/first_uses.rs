//! Keys with the digest of another service, which all nodes use for the first time at once.
//! Some are revoked meanwhile.

use super::ended::Ended;
use crate::{
    kinds::Kind,
    nodes::COUNT,
    probes::Call,
    revocable::MadeKey,
    rights::{Reply, Right},
    test_cluster::TestCluster,
};
use anyhow::{Context, Result};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, BigInt},
};
use diesel_async::RunQueryDsl;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::time::sleep;
use xtask_harness::{
    database::{postgres, run_on_postgres},
    lock::locked,
    random::scattered,
};

/// Secrets, and what GPUStack stores of them. Keys with access keys of their own share them.
pub(crate) const DIGESTS: [(&str, &str); 2] = [
    (
        "8e603907830333dad55f4d86b54c9340",
        "$argon2id$v=19$m=65536,t=3,p=4$0EsUj39xf8SbvCaU+Lwq3g$\
         VGKGe18/LT3LgF2x9TqDkelyNHqE+Ogo2ZxTm9FX69A",
    ),
    (
        "9a81fe5ba308c2dd09e1f0d864ca4116",
        "sha256$a665d3845152354af2a88b2542f8869b$\
         460db70bd5a72868488d8a0c630711b1452bbfd3cbcda95d7ccde206c0121da3",
    ),
];

/// Every so many keys one is deleted and one disabled while it is used for the first time, at
/// some time within this.
const REVOKED_EVERY: u64 = 4;
const WITHIN_MILLISECONDS: u64 = 400;

/// How long lies between two keys.
const PAUSE: Duration = Duration::from_millis(100);

/// How long digests may stay foreign in the end: after a failure a node renews none for 10 s.
const LIMIT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// A key that was used, and goes on.
#[derive(Debug, Clone)]
pub(super) struct Used {
    id: i64,
    right: Arc<Right>,
}

/// What has become of the keys.
pub(super) struct FirstUses {
    database: String,
    used: Mutex<Vec<Used>>,
    revoked: Ended,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

// === impl FirstUses ===

impl FirstUses {
    pub(super) fn new(database: &str) -> Self {
        Self {
            database: database.to_owned(),
            used: Mutex::default(),
            revoked: Ended::default(),
        }
    }

    /// Makes one key after the other and uses it on all nodes.
    pub(super) async fn use_keys(
        self: Arc<Self>,
        cluster: Arc<TestCluster>,
        number: usize,
        is_over: Arc<AtomicBool>,
    ) {
        for turn in 0_u64.. {
            if AtomicBool::load(&is_over, Ordering::Relaxed) {
                return;
            }
            let mark = cluster.window.mark();
            let random = scattered(turn * 10 + number as u64);
            if let Err(error) = self.use_key(&cluster, (turn, random)).await {
                cluster.report_without_fault(mark, format!("{error:#}"));
            }
            sleep(PAUSE).await;
        }
    }

    async fn use_key(&self, cluster: &Arc<TestCluster>, (turn, random): (u64, u64)) -> Result<()> {
        let kind = match turn % REVOKED_EVERY {
            0 => Kind::Disabled,
            _ => Kind::Deleted,
        };
        let is_revoked = turn % REVOKED_EVERY < 2;
        let mut key = cluster.make_admin_key(cluster.some_node(), kind).await?;
        let digest = &DIGESTS[usize::from(random % 3 == 0)];
        give_digest(&self.database, &mut key, digest).await?;
        let revocable = cluster.revocable(kind, &key);
        let right = &revocable.right;
        let use_it = async |node| {
            for call in [Call::Gateway, Call::Backend] {
                cluster.probe_by(node, call, right).await;
            }
        };
        let revoke = async {
            if !is_revoked {
                return None;
            }
            sleep(Duration::from_millis(random % WITHIN_MILLISECONDS)).await;
            Some(cluster.revoke(cluster.some_node(), &revocable).await)
        };
        const { assert!(COUNT == 3, "each node is asked by name") };
        let (revoked, ..) = tokio::join!(revoke, use_it(0), use_it(1), use_it(2));
        tokio::join!(use_it(0), use_it(1), use_it(2));
        match revoked {
            None => locked(&self.used).push(Used {
                id: key.id,
                right: Arc::clone(right),
            }),
            Some(outcome) => {
                outcome.expect_done("a revocation at the first use")?;
                self.revoked.add([Arc::clone(right)]);
            }
        }
        Ok(())
    }

    /// Returns the keys that go on.
    pub(super) fn used(&self) -> Vec<Used> {
        locked(&self.used).clone()
    }

    /// Sees that every node refuses what was revoked.
    pub(super) async fn see_ended(&self, cluster: &TestCluster) {
        let revoked = self.revoked.all(cluster);
        for node in 0..COUNT {
            for right in &revoked {
                for call in [Call::Gateway, Call::Uncached] {
                    let reply = cluster.probe_by(node, call, right).await;
                    if reply != Some(Reply::Refused) {
                        let name = &right.name;
                        let wrong = format!("node {node} answers {reply:?} to {name}, revoked");
                        cluster.findings.add(wrong);
                    }
                }
            }
        }
    }

    /// Says what there was.
    pub(super) fn remark(&self, waited: Duration) -> String {
        format!(
            "{} imported keys used first on all nodes at once, {} more revoked meanwhile; all \
             digests ours {:.1} s after the end",
            locked(&self.used).len(),
            self.revoked.count(),
            waited.as_secs_f64()
        )
    }
}

/// Replaces the digest of a key that nobody has used by that of another secret.
async fn give_digest(
    database: &str,
    key: &mut MadeKey,
    (secret, digest): &(&str, &str),
) -> Result<()> {
    let (before, _) = key.value.rsplit_once('_').context("a key in one part")?;
    key.value = format!("{before}_{secret}");
    let id = key.id;
    let statement = format!("UPDATE api_keys SET secret_digest = '{digest}' WHERE id = {id}");
    run_on_postgres(database, &[statement]).await
}

/// Uses keys until all of them have our digest, and returns how long that took.
pub(super) async fn see_digests_are_ours(
    cluster: &TestCluster,
    database: &str,
    keys: &[Used],
) -> Result<Duration> {
    let begun_at = Instant::now();
    let mut connection = postgres(database).await?;
    let ids: Vec<_> = keys.iter().map(|key| key.id).collect();
    loop {
        let foreign: Vec<Id> = sql_query(
            "SELECT id FROM api_keys WHERE id = ANY($1) AND secret_digest NOT LIKE 'hmac-sha256$%'",
        )
        .bind::<Array<BigInt>, _>(&ids)
        .load(&mut connection)
        .await?;
        let is_late = begun_at.elapsed() > LIMIT;
        if foreign.is_empty() || is_late {
            for Id { id } in foreign {
                let left = format!("key {id} still has a foreign digest");
                cluster.findings.add(left);
            }
            break;
        }
        let foreign: Vec<_> = foreign.iter().map(|row| row.id).collect();
        for key in keys.iter().filter(|key| foreign.contains(&key.id)) {
            for node in 0..COUNT {
                cluster.probe(node, &key.right).await;
            }
        }
        sleep(POLL_INTERVAL).await;
    }
    let waited = begun_at.elapsed();
    for key in keys {
        for node in 0..COUNT {
            cluster.probe_by(node, Call::Uncached, &key.right).await;
        }
    }
    Ok(waited)
}
