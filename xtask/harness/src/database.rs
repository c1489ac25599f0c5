//! Fresh databases: a SQLite file, or a database on a PostgreSQL server.

use anyhow::{Context, Result};
use apikey_diesel::testing::{POSTGRES_URL, TestDatabase, sqlite_connection};
use clap::ValueEnum;
use diesel::{SqliteConnection, connection::SimpleConnection};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use std::{fmt, path::Path, time::Duration};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use xtask_programs::{
    environment,
    postgres::{Cluster, Durability, Settings},
};

/// What a database is managed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// What makes databases.
pub struct Engine {
    kind: Kind,
    /// The PostgreSQL server.
    url: String,
    /// The same, when it is our own and ends with this.
    _cluster: Option<Cluster>,
}

/// A database without tables, and a folder for its server's files. Both are gone
/// when it is dropped.
pub struct Database {
    folder: TempDir,
    url: String,
    kind: Kind,
    _on_server: Option<TestDatabase>,
}

// === impl Kind ===

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

// === impl Engine ===

impl Engine {
    /// Starts what databases of a kind need: a PostgreSQL server of our own, as
    /// durable as in production.
    pub fn start(kind: Kind) -> Result<Self> {
        let settings = Settings {
            durability: Durability::Durable,
            max_connections: 200,
        };
        let is_server = kind == Kind::Postgres;
        let cluster = is_server.then(|| Cluster::start(&settings)).transpose()?;
        Ok(Self {
            kind,
            url: cluster.as_ref().map(Cluster::url).unwrap_or_default(),
            _cluster: cluster,
        })
    }

    /// Uses the PostgreSQL server that is there for tests.
    pub fn for_tests(kind: Kind) -> Result<Self> {
        let url = match kind {
            Kind::Sqlite => String::new(),
            Kind::Postgres => environment::variable(POSTGRES_URL)
                .and_then(|url| url.into_string().ok())
                .with_context(|| format!("{POSTGRES_URL} is not set: run `cargo xtask test`"))?,
        };
        Ok(Self {
            kind,
            url,
            _cluster: None,
        })
    }

    /// Returns the kind of its databases.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Makes a database.
    pub async fn create(&self) -> Result<Database> {
        let folder = tempfile::Builder::new().prefix("apikey-").tempdir()?;
        let (url, on_server) = match self.kind {
            Kind::Sqlite => {
                let file = folder.path().join("apikey.db");
                (format!("sqlite://{}", file.display()), None)
            }
            Kind::Postgres => {
                let database = TestDatabase::empty_postgres_at(&self.url).await?;
                (database.url_text.clone(), Some(database))
            }
        };
        Ok(Database {
            folder,
            url,
            kind: self.kind,
            _on_server: on_server,
        })
    }
}

// === impl Database ===

impl Database {
    /// Returns the folder for the server's files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the address, as the server takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns what manages it.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Runs statements, each in a transaction of its own.
    pub async fn run_all(&self, statements: &[String]) -> Result<()> {
        match self.kind {
            Kind::Sqlite => {
                let mut connection = sqlite(&self.url)?;
                for statement in statements {
                    let done = connection.batch_execute(statement);
                    done.with_context(|| statement.clone())?;
                }
            }
            Kind::Postgres => run_on_postgres(&self.url, statements).await?,
        }
        Ok(())
    }

    /// Keeps servers from writing for a while, as another program may: the file, or the
    /// table with which they prove that they can write. They can read.
    pub fn lock_for(&self, duration: Duration) -> JoinHandle<Result<()>> {
        let url = self.url.clone();
        match self.kind {
            Kind::Sqlite => tokio::task::spawn_blocking(move || {
                let mut connection = sqlite(&url)?;
                connection.batch_execute("BEGIN IMMEDIATE")?;
                std::thread::sleep(duration);
                Ok(connection.batch_execute("COMMIT")?)
            }),
            Kind::Postgres => tokio::spawn(async move {
                let mut connection = postgres(&url).await?;
                let lock = "BEGIN; LOCK TABLE write_proof IN EXCLUSIVE MODE";
                connection.batch_execute(lock).await?;
                tokio::time::sleep(duration).await;
                Ok(connection.batch_execute("COMMIT").await?)
            }),
        }
    }
}

/// Connects to the SQLite database of a URL with the server's own settings.
pub fn sqlite(url: &str) -> Result<SqliteConnection> {
    let path = Path::new(url.trim_start_matches("sqlite://"));
    sqlite_connection(path).with_context(|| format!("cannot open {url}"))
}

/// Runs statements on the PostgreSQL database of a URL, each in a transaction of
/// its own.
pub async fn run_on_postgres(url: &str, statements: &[impl AsRef<str>]) -> Result<()> {
    let mut connection = postgres(url).await?;
    for statement in statements {
        let statement = statement.as_ref();
        let done = connection.batch_execute(statement).await;
        done.with_context(|| statement.to_owned())?;
    }
    Ok(())
}

/// Connects to the PostgreSQL database of a URL.
pub async fn postgres(url: &str) -> Result<AsyncPgConnection> {
    let connection = AsyncPgConnection::establish(url).await;
    connection.with_context(|| format!("cannot connect to {url}"))
}
