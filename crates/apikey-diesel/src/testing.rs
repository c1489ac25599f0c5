//! Fresh databases for tests: a SQLite file, or a PostgreSQL database cloned
//! from a migrated template.

pub mod dump;
pub mod recorded;

use crate::{ClusterSettings, Database, DatabaseUrl, Store};
use apikey_domain::{change::hub::ChangeHub, error::PortError, listing::SearchBounds};
use diesel::SqliteConnection;
use std::{
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use tokio_postgres::{Client, Config, NoTls};

/// The variable that names the PostgreSQL server for tests.
pub const POSTGRES_URL: &str = "APIKEY_TEST_POSTGRES_URL";

const TEMPLATE: &str = "apikey_test_template";
/// The advisory lock on the template: exclusive while it is made, shared while it is
/// cloned.
const TEMPLATE_LOCK: i64 = 0x6170_696b_6579_0003;

/// A migrated database for one test, dropped with this value.
pub struct TestDatabase {
    /// Its URL.
    pub url: DatabaseUrl,
    /// Its URL as text, for a command line.
    pub url_text: String,
    location: Location,
}

enum Location {
    Sqlite {
        path: PathBuf,
        #[expect(dead_code, reason = "held until dropped")]
        folder: TempDir,
    },
    Postgres {
        server: Box<Config>,
        name: String,
    },
}

// === impl TestDatabase ===

impl TestDatabase {
    /// Creates a SQLite file in a temporary folder.
    ///
    /// # Errors
    ///
    /// When it cannot be created.
    pub async fn sqlite() -> Result<Self, PortError> {
        let folder = tempfile::tempdir().map_err(other)?;
        let path = folder.path().join("apikey.db");
        let url = DatabaseUrl::Sqlite(path.clone());
        Database::new(&url)?.migrate().await?;
        Ok(Self {
            url,
            url_text: format!("sqlite://{}", path.display()),
            location: Location::Sqlite { path, folder },
        })
    }

    /// Creates a database on the server that `APIKEY_TEST_POSTGRES_URL` names.
    ///
    /// # Errors
    ///
    /// When the variable is not set or the server cannot be reached.
    pub async fn postgres() -> Result<Self, PortError> {
        let server = server()?;
        let client = connect(&server).await?;
        make_template(&client, &server).await?;
        client
            .execute("SELECT pg_advisory_lock_shared($1)", &[&TEMPLATE_LOCK])
            .await
            .map_err(other)?;
        Self::create(&client, server, TEMPLATE).await
    }

    /// Creates a database without tables on that server.
    ///
    /// # Errors
    ///
    /// When the variable is not set or the server cannot be reached.
    pub async fn empty_postgres() -> Result<Self, PortError> {
        Self::empty(server()?).await
    }

    /// Creates a database without tables on that server, which knows no encoding: its texts
    /// are bytes.
    ///
    /// # Errors
    ///
    /// When the variable is not set or the server cannot be reached.
    pub async fn postgres_without_encoding() -> Result<Self, PortError> {
        Self::postgres_in("SQL_ASCII").await
    }

    /// Creates a database without tables on that server, into which few names fit.
    ///
    /// # Errors
    ///
    /// When the variable is not set or the server cannot be reached.
    pub async fn postgres_in_latin1() -> Result<Self, PortError> {
        Self::postgres_in("LATIN1").await
    }

    async fn postgres_in(encoding: &str) -> Result<Self, PortError> {
        let server = server()?;
        let client = connect(&server).await?;
        let sql = "SELECT current_setting('server_version_num')::int >= 150000";
        let row = client.query_one(sql, &[]).await.map_err(other)?;
        // Earlier servers have no other provider, and no word for it.
        let provider = match row.try_get(0).map_err(other)? {
            true => "LOCALE_PROVIDER libc",
            false => "",
        };
        let template =
            format!("template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' {provider}");
        Self::create(&client, server, &template).await
    }

    /// Creates a database without tables on the server of a URL.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached.
    pub async fn empty_postgres_at(url: &str) -> Result<Self, PortError> {
        Self::empty(url.parse().map_err(other)?).await
    }

    async fn empty(server: Config) -> Result<Self, PortError> {
        let client = connect(&server).await?;
        Self::create(&client, server, "template0").await
    }

    async fn create(client: &Client, server: Config, template: &str) -> Result<Self, PortError> {
        let name = format!("apikey_test_{:016x}", RandomState::new().hash_one(0));
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        client.batch_execute(&create).await.map_err(other)?;
        let url_text = url_of(&server, &name);
        Ok(Self {
            url: DatabaseUrl::Postgres(url_text.clone()),
            url_text,
            location: Location::Postgres {
                server: Box::new(server),
                name,
            },
        })
    }

    /// Opens the database.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub async fn open(&self) -> Result<Store, PortError> {
        self.open_searching(SearchBounds::default()).await
    }

    /// Opens the database, with other bounds for searches.
    ///
    /// # Errors
    ///
    /// As [`TestDatabase::open`].
    pub async fn open_searching(&self, bounds: SearchBounds) -> Result<Store, PortError> {
        let (hub, settings) = (ChangeHub::new(1_000), ClusterSettings::default());
        let database = Database::new(&self.url)?.searching_within(bounds);
        database.open(hub, settings).await
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Location::Postgres { server, name } = &self.location else {
            return;
        };
        let (server, name) = (server.clone(), name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(other)?;
            runtime.block_on(async move {
                let client = connect(&server).await?;
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                client.batch_execute(&drop).await.map_err(other)
            })
        });
        if !matches!(dropping.join(), Ok(Ok(()))) {
            eprintln!("a test database was left behind");
        }
    }
}

/// Opens a SQLite file with the settings of the server's connections.
///
/// # Errors
///
/// When it cannot be opened.
pub fn sqlite_connection(path: &Path) -> diesel::ConnectionResult<SqliteConnection> {
    crate::sqlite::connection::establish(path)
}

/// Creates the template, or brings it up to date.
async fn make_template(client: &Client, server: &Config) -> Result<(), PortError> {
    client
        .execute("SELECT pg_advisory_lock($1)", &[&TEMPLATE_LOCK])
        .await
        .map_err(other)?;
    let exists = client
        .query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&TEMPLATE])
        .await
        .map_err(other)?;
    if exists.is_none() {
        let create = format!("CREATE DATABASE {TEMPLATE}");
        client.batch_execute(&create).await.map_err(other)?;
    }
    let template = DatabaseUrl::Postgres(url_of(server, TEMPLATE));
    Database::new(&template)?.migrate().await?;
    client
        .execute("SELECT pg_advisory_unlock($1)", &[&TEMPLATE_LOCK])
        .await
        .map_err(other)?;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests find their server this way"
)]
fn server() -> Result<Config, PortError> {
    let url = std::env::var(POSTGRES_URL)
        .map_err(|_| other(format!("{POSTGRES_URL} is not set: run `cargo xtask test`")))?;
    url.parse().map_err(other)
}

async fn connect(server: &Config) -> Result<Client, PortError> {
    let (client, driver) = server.connect(NoTls).await.map_err(other)?;
    tokio::spawn(driver);
    Ok(client)
}

fn url_of(server: &Config, database: &str) -> String {
    let host = server.get_hosts().iter().find_map(|host| match host {
        tokio_postgres::config::Host::Tcp(name) => Some(name.as_str()),
        #[cfg(unix)]
        tokio_postgres::config::Host::Unix(_) => None,
    });
    let host = host.unwrap_or("127.0.0.1");
    let port = server.get_ports().first().copied().unwrap_or(5432);
    let user = server.get_user().unwrap_or("postgres");
    let password = server.get_password().map(String::from_utf8_lossy);
    let password = password.map(|text| format!(":{text}")).unwrap_or_default();
    format!("postgres://{user}{password}@{host}:{port}/{database}")
}

fn other(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> PortError {
    PortError::Unavailable(cause.into())
}
