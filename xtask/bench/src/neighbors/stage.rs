//! Where it happens: a server and an empty handler, and a database with the keys of
//! the well-behaved tenant, of each of its neighbors, and of others.

use crate::{
    bench::Bench,
    dataset::{Dataset, mixture::Tenants},
    keys::{stored, write_stored},
    load::{template::Template, visitor::Visitor},
    neighbors::deed::{HOT_KEYS, Supply, VERIFY},
    table::count,
};
use anyhow::{Result, bail, ensure};
use std::time::{Duration, Instant};
use xtask_harness::server::Server;
use xtask_programs::interruption;

/// How many keys a neighbor has whose keys are watched or changed.
const FEW_KEYS: u64 = 20;

/// How many events the neighbor has who deletes keys that are not there.
pub(super) const EVENTS: u64 = 50_000;

/// The ids of the keys that these events are about are the ones from here on.
pub(super) const FORMER_KEYS: u64 = 200_000_000;

/// The server has come to rest when this many requests in a row are answered this
/// soon.
const CALM_ANSWERS: usize = 5;
const CALM: Duration = Duration::from_millis(50);
const CALM_LIMIT: Duration = Duration::from_secs(60);

/// A neighbor, with the number of its first key and its id as a user.
#[derive(Debug, Clone, Copy)]
pub(super) struct Neighbor {
    pub(super) first_key: u64,
    pub(super) user: i64,
    pub(super) keys: u64,
}

/// The servers and the database.
pub(super) struct Stage {
    // Fields are dropped in this order: the servers end before their database.
    pub(super) server: Server,
    pub(super) empty: Server,
    pub(super) dataset: Dataset,
    /// Has many keys.
    pub(super) owner: Neighbor,
    /// Has a few keys, which are watched or changed.
    pub(super) changer: Neighbor,
    /// Has many events.
    pub(super) remembered: Neighbor,
    /// May delete users.
    pub(super) administrator: Neighbor,
    pub(super) supply: Supply,
}

// === impl Stage ===

impl Stage {
    /// Fills a database for the tenant to be at work for so long, and serves it.
    pub(super) fn build(bench: &Bench, time: Duration) -> Result<Self> {
        let [hot, seen, revoked] = Supply::keys_for(time);
        let owned = bench.scale.neighbor.keys;
        let others = bench.scale.keys[1];
        let sizes = [
            (1, hot + seen + revoked),
            (1, owned),
            (1, FEW_KEYS),
            (1, 1),
            (1, 1),
            (others.div_ceil(100), others),
        ];
        let tenants = sizes.map(|(users, keys)| Tenants { users, keys });
        let dataset = Dataset::of_tenants(bench, &tenants, "inference,management")?;
        let neighbor = |place: usize| Neighbor {
            first_key: tenants[..place].iter().map(|some| some.keys).sum(),
            user: place as i64 + 1,
            keys: tenants[place].keys,
        };
        let [owner, changer, remembered, administrator] = [1, 2, 3, 4].map(neighbor);
        dataset.add_uses(bench)?;
        dataset.execute(bench, &add_events(&remembered))?;
        let admin = administrator.user;
        let promote = format!("UPDATE users SET is_admin = TRUE WHERE id = {admin}");
        dataset.execute(bench, &promote)?;
        let last = "SELECT id FROM api_keys WHERE user_id = 1 ORDER BY id DESC LIMIT";
        let revocable = dataset.numbers(bench, &format!("{last} {revoked}"))?;
        ensure!(revocable.len() as u64 == revoked, "too few keys to delete");
        println!(
            "{} keys, {} of them one neighbor's\n",
            count(dataset.keys),
            count(owned)
        );
        let stage = Self {
            server: bench.serve(&dataset.database, &[])?,
            empty: bench.serve_bare(&dataset.database, None)?,
            dataset,
            owner,
            changer,
            remembered,
            administrator,
            supply: Supply::new(revocable),
        };
        stage.warm_up()?;
        Ok(stage)
    }

    /// Returns the ids of a neighbor's keys.
    pub(super) fn ids(&self, bench: &Bench, neighbor: &Neighbor) -> Result<Vec<i64>> {
        let of = format!("SELECT id FROM api_keys WHERE user_id = {}", neighbor.user);
        self.dataset.numbers(bench, &of)
    }

    /// Waits until the server has done what a neighbor left behind.
    pub(super) fn until_calm(&self) -> Result<()> {
        let list = "GET /v2/api-keys?perPage=1 HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ";
        let key = stored(self.remembered.first_key);
        let list = Template::with_slot(list, &key, "\r\n\r\n");
        let mut visitor = Visitor::new(self.server.address(), list);
        let (started, mut calm) = (Instant::now(), 0);
        while calm < CALM_ANSWERS {
            interruption::check()?;
            if started.elapsed() > CALM_LIMIT {
                println!("the server has not come to rest within {CALM_LIMIT:?}\n");
                return Ok(());
            }
            let asked_at = Instant::now();
            let is_answered = visitor
                .ask_for(CALM_LIMIT)
                .is_ok_and(|status| status == 200);
            let is_calm = is_answered && asked_at.elapsed() < CALM;
            calm = if is_calm { calm + 1 } else { 0 };
            std::thread::sleep(CALM);
        }
        Ok(())
    }

    /// Verifies each key that is to be in memory.
    fn warm_up(&self) -> Result<()> {
        let mut visitor = Visitor::new(self.server.address(), Template::get(VERIFY));
        for number in 0..HOT_KEYS {
            write_stored(number, visitor.request.slot());
            let status = visitor.ask_for(CALM_LIMIT)?;
            if status != 200 {
                bail!("a stored key is answered {status}");
            }
        }
        Ok(())
    }
}

/// Returns what records changes to keys that a neighbor had.
fn add_events(of: &Neighbor) -> String {
    let user = of.user;
    let payload = format!(
        r#"'{{"id":' || ({FORMER_KEYS} + n) || ',"name":"former","user_id":{user},
        "owner_principal_id":{user},"access_key":"0123456789abcdef","scope":"inference",
        "allowed_model_names":null,"is_custom":false,"expires_at":{never},"created_at":0,
        "updated_at":0,"username":"user-{user}","is_system":false,"last_used_at":null}}'"#,
        never = i64::MAX
    );
    format!(
        "WITH RECURSIVE numbers (n) AS
             (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {EVENTS})
         INSERT INTO events (kind, at, by_user_id, api_key_id, user_id, principal_id, before)
         SELECT 'api_key.deleted', 1735689600000000 + n, {user}, {FORMER_KEYS} + n, {user}, {user},
                {payload}
         FROM numbers"
    )
}
