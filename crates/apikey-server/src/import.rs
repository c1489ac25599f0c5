//! The subcommand `import`.
//!
//! On PostgreSQL the process of the command is a node, as in every command. On SQLite a
//! running server writes the rows, some after others, and the command reads what there is;
//! without one the command does both.

use crate::{
    command::{CONNECTIONS, PATIENCE, PAUSE},
    config::{Config, GpustackArguments, HashesArguments, ImportArguments, ImportCommand},
    control::{Answer, Request, client},
    data_dir::{self, DatabaseLock},
    pepper, serve,
};
use anyhow::{Context, bail};
use apikey_commands::{
    hash_file::HashFile,
    import::{self, Destination, Run},
    report::Format,
    wire::{read_brought, write_batch},
};
use apikey_diesel::{ClusterSettings, Database, DatabaseUrl, GpustackSource, Store};
use apikey_domain::{
    access::authority::Authority,
    change::hub::ChangeHub,
    error::PortError,
    import::{facts::ImportOptions, source::SourceName},
    port::import_store::{Brought, ImportBatch, ImportSource, ImportStore},
};
use async_trait::async_trait;
use std::{
    fs::File,
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
    time::Instant,
};

/// Imports what is asked for, and prints a report.
///
/// # Errors
///
/// If the source, the database or the server cannot be reached, or a row cannot be stored.
/// What was imported before stays.
pub fn run(config: &Config, command: ImportCommand) -> anyhow::Result<()> {
    let runtime = serve::runtime()?;
    match command {
        ImportCommand::Gpustack(arguments) => runtime.block_on(gpustack(config, arguments)),
        ImportCommand::Hashes(arguments) => runtime.block_on(hashes(config, arguments)),
    }
}

async fn gpustack(config: &Config, arguments: GpustackArguments) -> anyhow::Result<()> {
    let Some(from) = arguments.from else {
        bail!("--from is missing: the URL of GPUStack's database, postgres://...");
    };
    let from = match DatabaseUrl::parse(&from.0) {
        Ok(from @ DatabaseUrl::Postgres(_)) => from,
        Ok(DatabaseUrl::Sqlite(_)) => bail!("--from: expected postgres://..."),
        Err(expected) => bail!("invalid value '(not shown)' for --from: {expected}"),
    };
    let map = arguments.map.into_iter().map(|one| (one.there, one.here));
    let options = ImportOptions {
        keep_ids: arguments.keep_ids,
        map: map.collect(),
        ..ImportOptions::default()
    };
    let source = GpustackSource::open(&from).await;
    let mut source = source.with_context(|| format!("cannot read {from:?}"))?;
    let totals = source.totals();
    let rows = Some(totals.principals + totals.keys);
    bring(
        config,
        &mut source,
        (arguments.common, "gpustack"),
        options,
        rows,
    )
    .await
}

async fn hashes(config: &Config, arguments: HashesArguments) -> anyhow::Result<()> {
    let path = arguments.file;
    let file: Box<dyn Read + Send> = match path.to_str() {
        Some("-") => Box::new(io::stdin()),
        _ => {
            let file = File::open(&path);
            Box::new(file.with_context(|| format!("cannot open {}", path.display()))?)
        }
    };
    let file = HashFile::open(io::BufReader::new(file));
    let mut file = file.with_context(|| format!("cannot import {}", path.display()))?;
    let options = ImportOptions::default();
    bring(
        config,
        &mut file,
        (arguments.common, "hashes"),
        options,
        None,
    )
    .await
}

async fn bring(
    config: &Config,
    source: &mut dyn ImportSource,
    (arguments, default_name): (ImportArguments, &str),
    options: ImportOptions,
    rows: Option<u64>,
) -> anyhow::Result<()> {
    let name = arguments.source.as_deref().unwrap_or(default_name);
    let run = |destination| Run {
        source: SourceName::parse(name).unwrap_or_else(SourceName::unnamed),
        options,
        destination,
        format: match arguments.json {
            true => Format::Json,
            false => Format::Table,
        },
        progress: rows.filter(|_| io::stderr().is_terminal()),
    };
    let url = &config.database_url;
    let output = io::BufWriter::new(io::stdout());
    if arguments.dry_run {
        let look = Database::with_connections(url, CONNECTIONS)?.look().await;
        let look = look.with_context(|| format!("cannot look into {url:?}"))?;
        let destination = Destination::Nowhere(look.as_deref());
        import::run(run(destination), source, output).await?;
        return Ok(());
    }
    match opened(config).await? {
        Opened::Here(store, _lock) => {
            let destination = Destination::Store(&*store.imports, &*store.import_view);
            let imported = import::run(run(destination), source, output).await;
            store.close().await;
            imported?;
        }
        Opened::Elsewhere(server) => {
            let look = Database::with_connections(url, CONNECTIONS)?.look().await?;
            let look = look.context("the database of the running server has no tables")?;
            let destination = Destination::Store(&server, &*look);
            import::run(run(destination), source, output).await?;
        }
    }
    Ok(())
}

/// What takes the rows.
enum Opened {
    /// This process.
    Here(Box<Store>, Option<DatabaseLock>),
    /// The server that uses the SQLite file.
    Elsewhere(RunningServer),
}

async fn opened(config: &Config) -> anyhow::Result<Opened> {
    let DatabaseUrl::Sqlite(path) = &config.database_url else {
        return Ok(Opened::Here(Box::new(open(config).await?), None));
    };
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(lock) = data_dir::try_lock_database(path)? {
            let store = open(config).await?;
            pepper::prepare(config, &*store.directory).await?;
            return Ok(Opened::Here(Box::new(store), Some(lock)));
        }
        if client::listens(path) {
            return Ok(Opened::Elsewhere(RunningServer(path.clone())));
        }
        // It is about to start or to stop.
        if Instant::now() >= deadline {
            let path = path.display();
            bail!("another process uses {path} and takes no commands: stop it first");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn open(config: &Config) -> anyhow::Result<Store> {
    let url = &config.database_url;
    let opening = async {
        let database = Database::with_connections(url, CONNECTIONS)?;
        database.migrate().await?;
        let settings = ClusterSettings {
            listens: false,
            ..config.database.cluster()
        };
        database.open(ChangeHub::new(0), settings).await
    };
    opening
        .await
        .with_context(|| format!("cannot open {url:?}"))
}

/// A server that writes the rows into its SQLite file.
struct RunningServer(PathBuf);

#[async_trait]
impl ImportStore for RunningServer {
    async fn bring(&self, _: Authority, batch: ImportBatch) -> Result<Brought, PortError> {
        let path = self.0.clone();
        let asked = tokio::task::spawn_blocking(move || ask(&path, batch)).await;
        let asked = asked.map_err(|error| PortError::Unavailable(Box::new(error)))?;
        asked.unwrap_or_else(|error| Err(PortError::Unavailable(error.into())))
    }
}

fn ask(path: &Path, batch: ImportBatch) -> anyhow::Result<Result<Brought, PortError>> {
    let request = Request::Import(write_batch(batch)?);
    match client::ask(path, &request)? {
        Some(Answer::Imported(json)) => {
            read_brought(&json).context("the answer of the running server cannot be read")
        }
        Some(Answer::Failed(cause)) => bail!("the running server: {cause}"),
        Some(_) => bail!("the running server answered something else"),
        None => bail!("the server has stopped"),
    }
}
