//! Connects the ports to their adapters.

use crate::{
    config::Config,
    counted_facts::CountedFacts,
    log,
    password_hasher::Argon2idHasher,
    pepper::{self, NodePeppers, origin::PepperOrigin},
    removals::UnderWay,
    restored,
};
use anyhow::Context;
use apikey_cache::{Bounds, KeyFactsCache, Revisions};
use apikey_diesel::{Database, Store, Supervisor};
use apikey_domain::{
    change::hub::{ChangeHub, HubBounds},
    port::clock::Clock,
    port::{key_facts_source::KeyFactsSource, lease::LeaseState},
    system::{SystemClock, SystemSecrets},
    use_case::ports::{IdentityPorts, KeyPorts, SessionPorts, VerifyPorts},
    verification::{last_used_buffer::LastUsedBuffer, renewal_buffer::RenewalBuffer},
};
use apikey_http::{ListPlaces, Metrics, connection::Connections};
use std::sync::Arc;

/// The maximum number of watchers of a server.
const MAX_WATCHERS: usize = 20_000;

/// The parts of the server, connected to each other.
pub struct Wired {
    /// The ports of the use cases for keys.
    pub keys: KeyPorts,
    /// The ports of the use cases for users and organizations.
    pub identity: IdentityPorts,
    /// The ports of sessions, which those of users have, too.
    pub sessions: SessionPorts,
    /// The database; the owner closes it.
    pub store: Store,
    /// The peppers of this node.
    pub peppers: Arc<NodePeppers>,
    /// The digests that are to be replaced.
    pub renewals: Arc<RenewalBuffer>,
    /// The uses of keys that are to be stored.
    pub last_used_buffer: Arc<LastUsedBuffer>,
    /// How many users and organizations are being removed.
    pub under_way: UnderWay,
    /// The metrics, to which others may be added.
    pub metrics: Metrics,
}

/// Migrates and opens the database, whose parts report to `supervisor`, and connects the
/// ports.
///
/// # Errors
///
/// If the pepper or the database is not available.
pub async fn wire(config: &Config, supervisor: &Supervisor) -> anyhow::Result<Wired> {
    let database =
        Database::with_connections(&config.database_url, config.database.database_connections)?
            .supervised_by(supervisor.clone())
            .bounded_by(config.bounds.quotas());
    let applied = database
        .migrate()
        .await
        .with_context(|| format!("cannot migrate {:?}", config.database_url))?;
    for name in applied {
        tracing::info!(%name, "applied a migration");
    }
    database.adopt_backup(SystemClock.now())?;
    restored::warn(&database, SystemClock.now()).await?;
    let revisions = Arc::new(Revisions::new());
    let bounds = HubBounds {
        in_all: MAX_WATCHERS,
        per_user: config.bounds.watches_per_user,
        per_principal: config.bounds.watches_per_organization,
    };
    let hub = ChangeHub::bounded(bounds).invalidating(revisions.clone());
    let store = database.open(hub, config.database.cluster()).await?;
    let clock = Arc::new(SystemClock);
    let given = pepper::find(config, &*store.directory).await?;
    pepper::check(&*store.api_keys, &*store.peppers, &given).await?;
    let origin = PepperOrigin::of(config);
    let peppers = NodePeppers::start(given, origin, &store, clock.clone()).await?;
    let renewals = Arc::new(RenewalBuffer::default());
    let last_used_buffer = Arc::new(LastUsedBuffer::default());
    let mut metrics = Metrics::new();
    let uses = Arc::clone(&last_used_buffer);
    let help = "Uses of keys that wait to be stored";
    metrics.gauge("pending_uses", help, move || uses.len() as u64);
    let hub = store.hub.clone();
    metrics.gauge("watchers", "Streams that are open", move || {
        hub.len() as u64
    });
    let under_way = UnderWay::default();
    let removing = under_way.clone();
    let help = "Deleted users and organizations of which something is left";
    metrics.gauge("removals", help, move || removing.count());
    let help = "Events that could not be read, each counted once, up to 4,096";
    metrics.counter("unreadable_events", help, store.unreadable_events());
    let help = "Lines of the log that could not be written";
    metrics.counter("log_lines_dropped", help, log::dropped_lines);
    add_store_metrics(&store, &mut metrics);
    add_cluster_metrics(&store, &mut metrics);
    add_pepper_metrics(&peppers, &renewals, &mut metrics);
    let secrets = Arc::new(SystemSecrets);
    let key_facts = cached_key_facts(config, &store, revisions, &mut metrics);
    let sessions = SessionPorts::new(store.sessions.clone(), peppers.shared())
        .lasting(config.session_lifetime);
    let password_hasher = Argon2idHasher::new()?;
    let help = "Passwords that wait to be hashed";
    metrics.gauge("waiting_passwords", help, password_hasher.waiting());
    let slow_digests = password_hasher.slow_digests();
    let help = "Keys of other services that wait to be checked";
    metrics.gauge("waiting_slow_keys", help, slow_digests.waiting());
    let verify = VerifyPorts::new(key_facts, clock.clone(), peppers.shared())
        .with_slow_digests(Arc::new(slow_digests))
        .with_usage(last_used_buffer.clone())
        .with_renewals(Arc::clone(&renewals))
        .with_lease(store.lease.clone())
        .with_key_prefix(config.keys.key_prefix.clone());
    let principals = store.directory.clone();
    let keys = KeyPorts::new(verify, store.api_keys.clone(), principals, secrets.clone())
        .with_change_feed(store.change_feed.clone())
        .with_event_log(store.event_log.clone())
        .with_removals(store.removals.clone())
        .with_idempotency_log(store.idempotency_log.clone())
        .with_policies(config.keys.policy.clone());
    let directory = store.directory.clone();
    let identity = IdentityPorts::new(directory, Arc::new(password_hasher), clock, secrets)?
        .with_sessions(sessions.clone());
    Ok(Wired {
        keys,
        identity,
        sessions,
        store,
        peppers: Arc::new(peppers),
        renewals,
        last_used_buffer,
        under_way,
        metrics,
    })
}

/// Adds the metrics of the digests under older peppers.
fn add_pepper_metrics(peppers: &NodePeppers, renewals: &Arc<RenewalBuffer>, metrics: &mut Metrics) {
    let help = "Secrets of keys that still need an older pepper, as counted once a minute, \
                up to 100,000";
    metrics.gauge("keys_under_older_peppers", help, peppers.outdated());
    let renewals = Arc::clone(renewals);
    let help = "Used keys that wait to be moved to the newest pepper";
    metrics.gauge("pending_renewals", help, move || renewals.len() as u64);
}

/// Adds the metrics of the connections.
pub fn add_connection_metrics(connections: &Arc<Connections>, metrics: &mut Metrics) {
    let all = Arc::clone(connections);
    metrics.gauge("connections", "Connections that are open", move || {
        all.len() as u64
    });
    let all = Arc::clone(connections);
    let help = "Connections that were ended for others at a bound";
    metrics.counter("evicted_connections", help, move || all.evicted());
    let all = Arc::clone(connections);
    let help = "Connections that were refused at a bound, all others being at work";
    metrics.counter("refused_connections", help, move || all.refused());
    let all = Arc::clone(connections);
    let help = "Connections that were ended because a head or the taking of an answer was too slow";
    metrics.counter("slow_connections", help, move || all.timed_out());
}

/// Returns the places of each user for lists: as many as are set, or half of those that
/// the store has.
pub fn list_places(config: &Config, store: &Store) -> ListPlaces {
    let half = store.scans_at_once() / 2;
    ListPlaces::for_each_user(config.bounds.lists_per_user.unwrap_or(half))
}

/// Adds the metrics of what waits for the database.
fn add_store_metrics(store: &Store, metrics: &mut Metrics) {
    let help = "Writes that wait to be taken by the writer";
    metrics.gauge("waiting_writes", help, store.waiting_writes());
    let pool = store.reader_pool();
    let help = "Connections for reading that are in use";
    metrics.gauge("readers_in_use", help, move || pool().in_use);
    let pool = store.reader_pool();
    let help = "Connections for reading that are open and not in use";
    metrics.gauge("readers_idle", help, move || pool().idle);
    let pool = store.reader_pool();
    let help = "Reads that wait for a connection";
    metrics.gauge("waiting_reads", help, move || pool().waiting);
    if let Some(age) = store.feed_age() {
        let help = "How long ago the changes of other nodes were read";
        metrics.measure("feed_lag_seconds", help, move || age().as_secs_f64());
    }
}

/// Adds the metrics of the lease, and on PostgreSQL those of the other nodes.
fn add_cluster_metrics(store: &Store, metrics: &mut Metrics) {
    let lease = store.lease.clone();
    let help = "Whether keys are answered from memory: 1 yes, 0 no";
    metrics.gauge("lease_held", help, move || {
        u64::from(lease.state() == LeaseState::Held)
    });
    let lease = store.lease.clone();
    let help = "Whether keys are answered from memory that may be out of date: 1 yes, 0 no";
    metrics.gauge("stale", help, move || {
        u64::from(lease.state() == LeaseState::Stale)
    });
    if let Some(nodes) = store.other_nodes() {
        let help = "Other nodes that may answer keys from memory";
        metrics.gauge("other_nodes", help, nodes);
    }
    if let Some(connections) = store.connections() {
        let help = "Connections to PostgreSQL";
        metrics.gauge("database_connections", help, connections);
    }
    if let Some(refused) = store.refused_connections() {
        let help = "Connections that PostgreSQL refused because there were too many";
        metrics.counter("refused_database_connections", help, refused);
    }
    if let Some(waiting) = store.waiting_changes() {
        let help = "Changes that wait until other nodes have applied them";
        metrics.gauge("waiting_changes", help, waiting);
    }
}

/// Returns the verification cache in front of the database.
fn cached_key_facts(
    config: &Config,
    store: &Store,
    revisions: Arc<Revisions>,
    metrics: &mut Metrics,
) -> Arc<dyn KeyFactsSource> {
    let bounds = Bounds {
        bytes: config.program.cache_bytes,
        ..Bounds::default()
    };
    let cache = KeyFactsCache::new(store.key_facts.clone(), revisions, bounds);
    let figures = cache.clone();
    let help = "Keys of which the facts are in memory";
    metrics.gauge("cached_keys", help, move || figures.figures().keys as u64);
    let figures = cache.clone();
    let help = "Memory the facts of keys take, as estimated";
    metrics.gauge("cached_bytes", help, move || figures.figures().bytes);
    let (cache, counts) = CountedFacts::new(cache);
    let hits = Arc::clone(&counts);
    let help = "Keys asked about whose facts were in memory";
    metrics.counter("cache_hits", help, move || hits.hits());
    let help = "Keys asked about whose facts were not in memory, or might not be used";
    metrics.counter("cache_misses", help, move || counts.misses());
    Arc::new(cache)
}
