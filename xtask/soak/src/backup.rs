//! A backup that is taken meanwhile, and what must be in it.

use crate::{
    event_log::EventLog,
    model::Secret,
    options::Database,
    records::History,
    site::Site,
    standing::{Question, Standing},
    world::World,
};
use anyhow::{Context, Result};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};
use xtask_harness::{
    client::Client,
    close_expiry::CloseExpiry,
    database::run_on_postgres,
    request::{Credentials, Request},
    server::{ADMIN, Server, free_address},
};
use xtask_programs::process;

/// How many secrets, the newest, are presented to a server with what was restored.
const SECRETS: usize = 10_000;

/// A backup and what was acknowledged before it was begun.
pub(crate) struct Backup {
    file: PathBuf,
    before: HashMap<String, History>,
    /// What was so from before it was begun until after it was done.
    standings: Vec<(Arc<Secret>, Standing)>,
    /// When it was begun, as an instant.
    begun: String,
    pub(crate) took: Duration,
}

// === impl Backup ===

impl Backup {
    /// Takes one.
    pub(crate) async fn take(world: &World, site: &Site) -> Result<Self> {
        let file = site.folder.path().join("backup");
        let before = world.records.snapshot();
        let all = world.model.all();
        let newest = all.iter().rev().take(SECRETS);
        let settled: Vec<_> = newest
            .filter_map(|secret| Some((secret, secret.standing.settled()?)))
            .collect();
        let begun = CloseExpiry::ahead(Duration::ZERO)?.instant;
        let begun_at = Instant::now();
        let mut command = match &site.postgres {
            None => {
                let mut command = site.own_command();
                command.arg("backup").arg(&file);
                command
            }
            Some(cluster) => {
                let mut command = Command::new(cluster.program("pg_dump"));
                command.args(["--format=custom", "--file"]).arg(&file);
                command.arg(cluster.url());
                command
            }
        };
        let taking = tokio::task::spawn_blocking(move || process::output(&mut command));
        taking.await??;
        let took = begun_at.elapsed();
        let is_same =
            |(secret, settled): &(&Arc<Secret>, _)| secret.standing.settled() == Some(*settled);
        let same = settled.into_iter().filter(is_same);
        let standings = same.map(|(secret, settled)| (Arc::clone(secret), settled.0));
        Ok(Self {
            standings: standings.collect(),
            file,
            before,
            begun,
            took,
        })
    }

    /// Restores it elsewhere, starts a server there, and compares. Returns a line about it.
    pub(crate) async fn check(&self, world: &World, site: &Site, log: &EventLog) -> Result<String> {
        let folder = site.folder.path().join("restored");
        std::fs::create_dir(&folder)?;
        let url = self.restore(site, &folder).await?;
        let command = site.command(&url, &folder);
        let mut server = Server::spawn(command, free_address()?, folder.join("log"))?;
        server.until_ready().await?;
        let client = Client::new(server.address())?;
        let question = Question::usual();
        for (secret, standing) in &self.standings {
            let path = format!("/auth/verify?scope={}", question.scope);
            let request = Request::get(path).by(Credentials::Key(&secret.value));
            let request = request.header("x-model", question.model.unwrap_or_default());
            let status = client.send(&request).await?.status;
            if status != standing.status(question) {
                let wrong = format!("restored: key {} is {status}, not {standing:?}", secret.id);
                world.service.wrong(wrong);
            }
        }
        let restored = EventLog::read(&client, ADMIN).await?;
        for wrong in &restored.wrong {
            world.service.wrong(format!("restored: {wrong}"));
        }
        for (thing, history) in &self.before {
            let acknowledged = history.facts.len();
            let found = restored.histories.get(thing).map_or(0, Vec::len);
            if found < acknowledged {
                let wrong = format!("restored: {found} of {acknowledged} changes to {thing}");
                world.service.wrong(wrong);
            }
        }
        for (thing, history) in &restored.histories {
            let all = log.histories.get(thing).map_or(&[][..], Vec::as_slice);
            if !all.starts_with(history) {
                world
                    .service
                    .wrong(format!("restored: {thing} was never like this"));
            }
        }
        server.stop()?;
        Ok(format!(
            "the backup has {} events, and all that was acknowledged of {} things before it was \
             begun; {} secrets were presented to a server with it",
            restored.positions.len(),
            self.before.len(),
            self.standings.len()
        ))
    }

    /// Restores it and returns the URL of the database.
    async fn restore(&self, site: &Site, folder: &Path) -> Result<String> {
        if site.database == Database::Sqlite {
            let url = format!("sqlite://{}", folder.join("apikey.db").display());
            for arguments in [&["restore", "--check"][..], &["restore"]] {
                let mut command = site.command(&url, folder);
                command.args(arguments).arg(&self.file);
                let checked = tokio::task::spawn_blocking(move || process::output(&mut command));
                // It succeeds only if all is well.
                checked.await??;
            }
            return Ok(url);
        }
        let cluster = site.postgres.as_ref().context("no PostgreSQL")?;
        run_on_postgres(&cluster.url(), &["CREATE DATABASE restored"]).await?;
        let base = cluster.url();
        let base = base.strip_suffix("/postgres").context("another database")?;
        let url = format!("{base}/restored");
        let mut command = Command::new(cluster.program("pg_restore"));
        command.args(["--no-owner", "--exit-on-error", "--dbname", &url]);
        command.arg(&self.file);
        let restoring = tokio::task::spawn_blocking(move || process::output(&mut command));
        restoring.await??;
        let mut command = site.command(&url, folder);
        command.args(["restore", "--dumped-at", &self.begun]);
        let noting = tokio::task::spawn_blocking(move || process::output(&mut command));
        noting.await??;
        Ok(url)
    }
}
