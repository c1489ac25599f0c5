//! The subcommand `doctor`: what is wrong with an installation, and what to do about it.
//! It changes nothing, and runs beside servers.

mod audit_log;
mod clock;
mod database;
mod descriptors;
mod files;
pub mod finding;
mod peppers;
mod running;
mod schema;
mod space;

use crate::{config::Config, restored, serve};
use apikey_diesel::{Database, DatabaseUrl, Examination};
use apikey_domain::{port::clock::Clock, system::SystemClock};
use finding::{Finding, Findings};

/// Looks for everything that is wrong.
///
/// # Errors
///
/// If no thread can be started.
pub fn run(config: &Config) -> anyhow::Result<Findings> {
    let mut findings: Vec<Finding> = config.notices.iter().map(misspelt).collect();
    findings.extend(files::findings(config));
    findings.extend(descriptors::findings(config));
    findings.extend(space::findings(config));
    findings.extend(audit_log::findings(config));
    findings.extend(running::findings(config));
    findings.extend(serve::runtime()?.block_on(of_database(config)));
    Ok(Findings(findings))
}

fn misspelt(notice: &String) -> Finding {
    Finding::warning("settings", notice, "correct or remove it")
}

async fn of_database(config: &Config) -> Vec<Finding> {
    if let DatabaseUrl::Sqlite(path) = &config.database_url
        && !files::may_use(path)
    {
        return vec![];
    }
    // Between two looks at the clock: what the database says is of a time between them.
    let before = SystemClock.now();
    let examined = Examination::of(&config.database_url).await;
    let examination = match examined {
        Ok(Some(examination)) => examination,
        Ok(None) => return vec![],
        Err(error) => return vec![database::unreachable(config, &error)],
    };
    let mut findings = database::findings(&examination);
    findings.extend(clock::findings(&examination, before, SystemClock.now()));
    findings.extend(schema::findings(&examination));
    findings.extend(peppers::findings(config, &examination));
    if examination.has_tables && examination.missing_migrations == 0 {
        let restore = async {
            let database = Database::new(&config.database_url)?;
            restored::recent(&database, before).await
        };
        match restore.await {
            Ok(restores) => findings.extend(restores.iter().map(database::restored)),
            Err(error) => findings.push(database::unreachable(config, &error)),
        }
    }
    findings
}
