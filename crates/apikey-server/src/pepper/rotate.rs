//! The subcommand `pepper rotate`: another pepper for a SQLite database.

use super::{
    origin::{self, PepperOrigin},
    random_hex,
};
use crate::{
    command,
    config::{Config, secret_text},
    control::{Answer, Request},
    data_dir, log,
};
use anyhow::{Context, Error, bail};
use apikey_diesel::DatabaseUrl;
use apikey_domain::key::digest::Peppers;
use std::path::Path;

/// Why it cannot be done here.
const SET_BY_HAND: &str = "the peppers are in APIKEY_PEPPER, which only whoever sets it can \
    change: put a new one before them, separated by a comma, and restart the server";
const ON_POSTGRES: &str = "several nodes may share a PostgreSQL database, and each reads its \
    peppers from its own file: put a new one before those of each file, separated by a comma, \
    and send each node SIGHUP; it is used once every node knows it";

/// Makes a pepper, puts it before those in the file, and tells a running server.
///
/// # Errors
///
/// If the database is not a SQLite file, or the peppers are not in a file that can be
/// replaced; then nothing has changed. Also if a running server cannot use the new one, and then
/// the error says that the file has it.
pub fn run(config: &Config) -> anyhow::Result<()> {
    let DatabaseUrl::Sqlite(database) = &config.database_url else {
        bail!(ON_POSTGRES);
    };
    let PepperOrigin::File(path) = PepperOrigin::of(config) else {
        bail!(SET_BY_HAND);
    };
    // What a link leads to is replaced, and not the link.
    let path = path.canonicalize().with_context(|| {
        format!(
            "cannot find the pepper {}; the first start makes it",
            path.display()
        )
    })?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let _one_at_a_time = data_dir::lock_bootstrap(folder)?;
    let rotated = rotate(&path)?;
    let changed = format!(
        "{} has the pepper {rotated} now, before the others",
        path.display()
    );
    // Without this, somebody would do it once more.
    let server = told(database).with_context(|| changed.clone())?;
    log::done(&format!("{changed}\n{server}; back up this file now\n"));
    Ok(())
}

/// Replaces a file of peppers by one that begins with another one. Returns its id.
fn rotate(path: &Path) -> anyhow::Result<String> {
    let before = origin::text(path)?;
    // What cannot be read is left as it is.
    origin::read(path)?;
    let mut line = random_hex()?;
    let id = Peppers::from_hex(&line)?.ids()[0].to_text();
    line.push(',');
    line.push_str(before.trim());
    line.push('\n');
    let read = secret_text::parse(line.as_bytes()).map_err(Error::msg);
    read.with_context(|| format!("{} has too many peppers", path.display()))?;
    data_dir::rewrite(path, &line)?;
    Ok(id)
}

/// Tells a running server to read the file again. Returns what came of it.
fn told(database: &Path) -> anyhow::Result<String> {
    match command::ask_server(database, Request::ReloadPeppers)? {
        None => Ok("No server is running: the next one uses it".to_owned()),
        Some(Answer::Reloaded(_)) => Ok("The server uses it".to_owned()),
        Some(Answer::Failed(cause)) => {
            bail!("the server could not read it: {cause}; it goes on with those of before")
        }
        Some(_) => bail!("the server is of another release: restart it to use the new pepper"),
    }
}
