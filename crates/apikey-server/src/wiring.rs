//! Which adapter stands behind which port.

use crate::{
    clock::SystemClock,
    config::Config,
    data_dir::{self, write_private},
    password_hasher::Argon2idHasher,
    pepper,
    secrets::SystemSecrets,
};
use anyhow::Context;
use apikey_cache::{Bounds, KeyFactsCache, Revisions};
use apikey_diesel::{Database, Store};
use apikey_domain::{
    change::hub::ChangeHub,
    identity::{password::PlainPassword, sign_in::SignInGuard},
    port::{key_facts_source::KeyFactsSource, lease::LeaseState},
    use_case::{
        identity::bootstrap,
        ports::{IdentityPorts, KeyPorts, VerifyPorts},
    },
    verification::last_used_buffer::LastUsedBuffer,
};
use apikey_http::Metrics;
use std::sync::Arc;

/// How many watchers a server holds at the most.
const WATCHERS: usize = 20_000;
/// The name of the file with the first administrator's password.
const PASSWORD_FILE: &str = "initial_admin_password";

/// The parts, wired.
pub struct Wired {
    /// What the use cases of keys need.
    pub keys: KeyPorts,
    /// What the use cases of people and organizations need.
    pub identity: IdentityPorts,
    /// The database, to be closed.
    pub store: Store,
    /// The uses of keys that wait to be stored.
    pub pending_uses: Arc<LastUsedBuffer>,
    /// What is counted.
    pub metrics: Option<Arc<Metrics>>,
}

/// Opens the database, up to date, and wires the ports.
///
/// # Errors
///
/// When the pepper or the database cannot be had.
pub async fn wire(config: &Config) -> anyhow::Result<Wired> {
    let database = Database::new(&config.database_url)?;
    let applied = database
        .migrate()
        .await
        .with_context(|| format!("cannot migrate {:?}", config.database_url))?;
    for name in applied {
        tracing::info!(%name, "applied a migration");
    }
    let revisions = Arc::new(Revisions::new());
    let hub = ChangeHub::new(WATCHERS).invalidating(revisions.clone());
    let store = database.open(hub, config.feed).await?;
    let peppers = pepper::find(config, &*store.directory).await?;
    let pending_uses = Arc::new(LastUsedBuffer::default());
    let mut metrics = Metrics::new();
    let uses = Arc::clone(&pending_uses);
    let help = "Uses of keys that wait to be stored";
    metrics.gauge("pending_uses", help, move || uses.len() as u64);
    let hub = store.hub.clone();
    metrics.gauge("watchers", "Streams that are open", move || {
        hub.len() as u64
    });
    let help = "Events that could not be read, each time one was passed over";
    metrics.counter("unreadable_events", help, store.unreadable_events());
    tell_of_nodes(&store, &mut metrics);
    let clock = Arc::new(SystemClock);
    let secrets = Arc::new(SystemSecrets);
    let keys = KeyPorts {
        verify: VerifyPorts {
            key_facts: remembered(config, &store, revisions, &mut metrics),
            usage: pending_uses.clone(),
            lease: store.lease.clone(),
            clock: clock.clone(),
            peppers: Arc::new(peppers),
            key_prefix: config.key_prefix.clone(),
        },
        api_keys: store.api_keys.clone(),
        principals: store.directory.clone(),
        secrets: secrets.clone(),
        change_feed: store.change_feed.clone(),
        event_log: store.event_log.clone(),
    };
    let identity = IdentityPorts {
        directory: store.directory.clone(),
        password_hasher: Arc::new(Argon2idHasher::new()?),
        sign_in_guard: Arc::new(SignInGuard::new(&SystemSecrets)?),
        clock,
        secrets,
    };
    pepper::check(&keys).await?;
    Ok(Wired {
        keys,
        identity,
        store,
        pending_uses,
        metrics: config.has_metrics.then(|| Arc::new(metrics)),
    })
}

/// What tells of the other nodes; nothing where there can be none.
fn tell_of_nodes(store: &Store, metrics: &mut Metrics) {
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
    if let Some(waiting) = store.waiting_changes() {
        let help = "Changes that wait until other nodes have applied them";
        metrics.gauge("waiting_changes", help, waiting);
    }
}

/// What is remembered of keys, in front of the database.
fn remembered(
    config: &Config,
    store: &Store,
    revisions: Arc<Revisions>,
    metrics: &mut Metrics,
) -> Arc<dyn KeyFactsSource> {
    let bounds = Bounds {
        bytes: config.cache_bytes,
        ..Bounds::default()
    };
    let cache = KeyFactsCache::new(store.key_facts.clone(), revisions, bounds);
    let figures = cache.clone();
    let help = "Keys of which the facts are in memory";
    metrics.gauge("cached_keys", help, move || figures.figures().keys as u64);
    let figures = cache.clone();
    let help = "Memory the facts of keys take, as reckoned";
    metrics.gauge("cached_bytes", help, move || figures.figures().bytes);
    Arc::new(cache)
}

/// Creates the first administrator of an empty database. A password that was
/// not given is made, and written to a file before the user exists, so that it
/// cannot be lost between the two.
///
/// # Errors
///
/// When the file or the user cannot be written.
pub async fn bootstrap(ports: &IdentityPorts, config: &mut Config) -> anyhow::Result<()> {
    if ports.directory.has_users().await? {
        return Ok(());
    }
    // Servers that share the folder take turns, so that the file and the user
    // come from the same one.
    let _turn = data_dir::wait_for_turn(&config.data_dir)?;
    if ports.directory.has_users().await? {
        return Ok(());
    }
    if let Some(password) = config.bootstrap_password.take() {
        if bootstrap::first_administrator(ports, password)
            .await?
            .is_some()
        {
            tracing::info!(
                username = bootstrap::USERNAME,
                "created the first administrator, with the password from APIKEY_BOOTSTRAP_PASSWORD"
            );
        }
        return Ok(());
    }
    let password: PlainPassword = bootstrap::random_password(ports)?;
    let path = config.data_dir.join(PASSWORD_FILE);
    write_private(&path, password.expose())?;
    match bootstrap::first_administrator(ports, password).await? {
        Some(_) => tracing::info!(
            username = bootstrap::USERNAME,
            path = %path.display(),
            "created the first administrator; the password is in the file"
        ),
        // A node with another folder was first: its password counts.
        None => std::fs::remove_file(&path)
            .with_context(|| format!("cannot remove {}", path.display()))?,
    }
    Ok(())
}
