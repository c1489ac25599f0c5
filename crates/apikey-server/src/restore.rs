//! The subcommand `restore`.

mod dumped;
mod replaced;

use crate::{
    backup,
    config::{Config, Refused, RestoreArguments},
    data_dir, interruption, pepper, restored,
};
use anyhow::{Context, bail};
use apikey_commands::replacement::{Replacement, beside};
use apikey_diesel::{
    Database, DatabaseUrl,
    backup::{BackupContents, look, prepare, settle},
};
use apikey_domain::{port::clock::Clock, system::SystemClock, timestamp::Timestamp};
use std::{
    fs::File,
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// What is used on PostgreSQL.
const POSTGRES: &str = "this database is restored by the tools of PostgreSQL: stop every server, \
                        run pg_restore --no-owner --dbname=URL FILE on a database without tables, \
                        give the servers the peppers of the backup, and then run apikey-server \
                        restore --dumped-at INSTANT";

/// What a restore did, or would do.
pub struct Restorable {
    /// What is to be said of it.
    pub report: String,
    /// Whether it can be restored.
    pub is_good: bool,
}

/// What was found out about a backup.
struct Judged {
    contents: BackupContents,
    made_at: Timestamp,
    lines: Vec<String>,
    /// Why it cannot be restored.
    obstacles: Vec<String>,
    lost_peppers: Vec<String>,
}

/// Makes a backup the database of the settings, or says whether that would work.
///
/// # Errors
///
/// If it cannot be restored: then the database is as it was.
pub fn run(
    config: &Config,
    arguments: RestoreArguments,
) -> anyhow::Result<Result<Restorable, Refused>> {
    let now = SystemClock.now();
    if let Some(dumped_at) = &arguments.dumped_at {
        let is_good = true;
        let noted = dumped::note(config, dumped_at, now)?;
        return Ok(noted.map(|report| Restorable { report, is_good }));
    }
    let Some(file) = arguments.file else {
        return acknowledge(config, now).map(Ok);
    };
    let DatabaseUrl::Sqlite(database) = &config.database_url else {
        return Ok(Err(Refused::Setting(POSTGRES.to_owned())));
    };
    let mut judged = judge(config, &file, now)?;
    if arguments.check {
        judged.obstacles.append(&mut judged.lost_peppers);
        return Ok(Ok(judged.restorable(&file)));
    }
    if !arguments.without_peppers {
        judged.obstacles.append(&mut judged.lost_peppers);
    }
    if !judged.obstacles.is_empty() {
        bail!(
            "{} is not restored: {}",
            file.display(),
            judged.obstacles.join("; ")
        );
    }
    let kept = restore(database, &file, judged.made_at, arguments.force, now)?;
    let mut report = format!(
        "restored {} from {}\n{}",
        database.display(),
        file.display(),
        judged.report()
    );
    for lost in &judged.lost_peppers {
        report += &format!("{lost}\n");
    }
    if !judged.lost_peppers.is_empty() {
        report += "before the server starts, say that each of these is lost: apikey-server pepper \
                   give-up PEPPER\n";
    }
    if let Some(kept) = kept {
        report += &format!("the database that was there is {}\n", kept.display());
    }
    let is_good = true;
    Ok(Ok(Restorable { report, is_good }))
}

fn acknowledge(config: &Config, now: Timestamp) -> anyhow::Result<Restorable> {
    let database = Database::new(&config.database_url)?;
    let known = crate::serve::runtime()?.block_on(database.acknowledge_restores(now))?;
    let report = match known {
        0 => "there is no restore that is not acknowledged\n",
        _ => "the server no longer warns of the restore\n",
    };
    Ok(Restorable {
        report: report.to_owned(),
        is_good: true,
    })
}

/// Reads a backup, and says what is in it and what is in the way.
fn judge(config: &Config, file: &Path, now: Timestamp) -> anyhow::Result<Judged> {
    let shown = file.display();
    // A pipe would be waited for.
    if file.metadata().is_ok_and(|found| !found.is_file()) {
        bail!("{shown} is no file");
    }
    let log = beside(file, "-wal");
    if log.metadata().is_ok_and(|log| log.len() > 0) {
        bail!(
            "{shown} is no backup but a database in use, or a part of one: {} belongs to it; make \
             a copy with apikey-server backup",
            log.display()
        );
    }
    let contents = look(file).with_context(|| format!("cannot restore {shown}"))?;
    let made_at = contents.as_of().unwrap_or(Timestamp::MIN);
    let mut lines = vec![format!("it has {}", backup::counts(&contents))];
    let mut obstacles = Vec::new();
    match contents.unknown_migrations.as_slice() {
        [] => lines.push(match contents.missing_migrations {
            0 => "its schema is that of this release".to_owned(),
            missing => format!("its schema is older: {missing} migrations will be applied"),
        }),
        [first, ..] => obstacles.push(format!(
            "it is of a later release of apikey-server, which has the migration {first}"
        )),
    }
    let given = pepper::existing(config)?;
    let mut lost_peppers = Vec::new();
    for line in backup::peppers(&contents, given.as_ref()) {
        if line.is_given {
            lines.push(format!("it needs {}", line.text));
        } else {
            lost_peppers.push(format!("it needs {}", line.text));
        }
    }
    if made_at > now {
        lines.push("it is from the future: is the clock of this machine right?".to_owned());
    }
    lines.push(restored::lost(made_at));
    lines.push("its sessions end; who reads events or watches starts over".to_owned());
    Ok(Judged {
        contents,
        made_at,
        lines,
        obstacles,
        lost_peppers,
    })
}

/// Puts a copy of the backup where the database is. Returns where that is now.
fn restore(
    database: &Path,
    file: &Path,
    made_at: Timestamp,
    is_forced: bool,
    now: Timestamp,
) -> anyhow::Result<Option<PathBuf>> {
    let _lock = data_dir::lock_database(database)?;
    // What a link leads to is replaced, and not the link.
    let database = &match database.is_symlink() {
        true => database.canonicalize()?,
        false => database.to_owned(),
    };
    let is_there = database.metadata()?.len() > 0;
    if is_there && !is_forced {
        bail!(
            "there is a database {} already: it is replaced with --force, and kept under another \
             name",
            database.display()
        );
    }
    let replacement = match Replacement::begin(database) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            bail!("another process restores this database")
        }
        begun => begun?,
    };
    interruption::remove_then(&replacement)?;
    let copy = || -> anyhow::Result<()> {
        let mut to = File::options().write(true).open(replacement.path())?;
        std::io::copy(&mut File::open(file)?, &mut to)?;
        // It may have been replaced since it was looked at.
        look(replacement.path())?;
        prepare(replacement.path(), made_at, now)?;
        Ok(())
    };
    copy().with_context(|| format!("cannot copy {}", file.display()))?;
    if is_there {
        // Otherwise a database without its newest commits would be left, should this end soon.
        // If it is damaged, it is kept as it is.
        let _ = settle(database);
    }
    let kept = replaced::keep(database, is_there, now)?;
    replacement.finish()?;
    Ok(kept)
}

// === impl Judged ===

impl Judged {
    fn report(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    fn restorable(&self, file: &Path) -> Restorable {
        let obstacles = self.obstacles.iter();
        let obstacles: String = obstacles.map(|line| format!("error: {line}\n")).collect();
        let is_good = obstacles.is_empty() && self.contents.unknown_migrations.is_empty();
        let end = match is_good {
            true => format!("{} can be restored\n", file.display()),
            false => format!("{} cannot be restored\n", file.display()),
        };
        Restorable {
            report: self.report() + &obstacles + &end,
            is_good,
        }
    }
}
