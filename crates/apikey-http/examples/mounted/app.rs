//! The app: keys in a SQLite file, and their routes among others.

use crate::adapters::{Argon2Hasher, Uncached};
use actix_web::{
    HttpResponse,
    web::{self, ServiceConfig},
};
use apikey_diesel::{ClusterSettings, Database, DatabaseUrl, Store};
use apikey_domain::{
    change::hub::ChangeHub,
    identity::password::PlainPassword,
    key::digest::Peppers,
    port::{
        api_key_repository::ApiKeyRepository, clock::Clock, removals::Removals,
        secret_source::SecretSource,
    },
    system::{SystemClock, SystemSecrets},
    use_case::{
        operation::bootstrap,
        ports::{IdentityPorts, KeyPorts, VerifyPorts},
    },
    verification::last_used_buffer::LastUsedBuffer,
};
use apikey_http::{Api, ReadinessCheck, Version};
use std::{error::Error, fs, io, path::Path, sync::Arc};

/// How many clients may watch at the same time.
const MAX_WATCHERS: usize = 1_000;
/// How many keys and memberships one transaction deletes.
const REMOVED_AT_ONCE: u32 = 500;

/// The keys of the app.
pub(crate) struct Keys {
    store: Store,
    api: Api,
    uses: Arc<LastUsedBuffer>,
}

/// What is done while nobody waits for it.
pub(crate) struct Background {
    api_keys: Arc<dyn ApiKeyRepository>,
    removals: Arc<dyn Removals>,
    uses: Arc<LastUsedBuffer>,
}

/// Returns the routes of the app: its own, and those of keys below `/keys`.
pub(crate) fn routes(api: Api) -> impl FnOnce(&mut ServiceConfig) {
    |config| {
        config
            .route("/", web::get().to(welcome))
            .service(web::scope("/keys").configure(apikey_http::configure(api)));
    }
}

async fn welcome() -> HttpResponse {
    HttpResponse::Ok().body("an app with keys")
}

// === impl Keys ===

impl Keys {
    /// Opens a SQLite file, creates what is missing, and connects the ports.
    pub(crate) async fn open(path: &Path) -> Result<Self, Box<dyn Error>> {
        let database = Database::new(&DatabaseUrl::Sqlite(path.to_owned()))?;
        database.migrate().await?;
        let hub = ChangeHub::new(MAX_WATCHERS);
        let store = database.open(hub, ClusterSettings::default()).await?;

        let (clock, secrets) = (Arc::new(SystemClock), Arc::new(SystemSecrets));
        let uses = Arc::new(LastUsedBuffer::default());
        let peppers = Arc::new(peppers(&path.with_extension("pepper"))?);
        let key_facts = Arc::new(Uncached(store.key_facts.clone()));
        let verify = VerifyPorts::new(key_facts, clock.clone(), peppers)
            .with_usage(uses.clone())
            .with_lease(store.lease.clone());
        let principals = store.directory.clone();
        let keys = KeyPorts::new(verify, store.api_keys.clone(), principals, secrets.clone())
            .with_change_feed(store.change_feed.clone())
            .with_event_log(store.event_log.clone())
            .with_removals(store.removals.clone());
        let hasher = Arc::new(Argon2Hasher::new()?);
        let identity = IdentityPorts::new(store.directory.clone(), hasher, clock, secrets)?;
        let version = Version {
            version: env!("CARGO_PKG_VERSION"),
            git_commit: "unknown",
        };
        let api = Api {
            keys,
            identity,
            version,
            readiness: ReadinessCheck::new(store.health.clone()),
            is_draining: Arc::default(),
            metrics: None,
            metrics_access: Default::default(),
            large_answers: Default::default(),
            list_places: Default::default(),
            key_headers: Default::default(),
            trusted_proxies: Default::default(),
            client_address_header: None,
            cors_origins: Default::default(),
        };
        Ok(Self { store, api, uses })
    }

    /// Creates the user `admin` if there are no users, and returns their password.
    pub(crate) async fn first_password(&self) -> Result<Option<PlainPassword>, Box<dyn Error>> {
        let password = bootstrap::random_password(&self.api.identity)?;
        let given = PlainPassword::new(password.expose());
        let created = bootstrap::first_administrator(&self.api.identity, given).await?;
        Ok(created.map(|_| password))
    }

    /// Returns the state of the handlers.
    pub(crate) fn api(&self) -> Api {
        self.api.clone()
    }

    /// Returns what is to be done every few seconds.
    pub(crate) fn background(&self) -> Background {
        Background {
            api_keys: self.store.api_keys.clone(),
            removals: self.store.removals.clone(),
            uses: Arc::clone(&self.uses),
        }
    }

    /// Closes the file, once no handler is left.
    pub(crate) async fn close(self) {
        drop(self.api);
        self.store.close().await;
    }
}

// === impl Background ===

impl Background {
    /// Does what is to be done.
    pub(crate) async fn run(&self) -> Result<(), Box<dyn Error>> {
        if let Some(uses) = self.uses.take() {
            let (keys, credentials) = (&uses.keys, &uses.credentials);
            self.api_keys.record_uses(keys, uses.at).await?;
            self.api_keys
                .record_credential_uses(credentials, uses.at)
                .await?;
        }
        let now = SystemClock.now();
        self.removals
            .continue_removals(now, REMOVED_AT_ONCE)
            .await?;
        Ok(())
    }
}

/// Reads the pepper of the app, or makes it. Whoever has this file and the database can
/// guess custom keys; without it no key can be verified.
fn peppers(path: &Path) -> Result<Peppers, Box<dyn Error>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut bytes = [0; 32];
            SystemSecrets.fill(&mut bytes)?;
            let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            fs::write(path, &text)?;
            text
        }
        read => read?,
    };
    Ok(Peppers::from_hex(text.trim())?)
}
