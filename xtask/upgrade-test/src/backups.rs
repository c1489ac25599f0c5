//! Copies of a SQLite database that the other release restores.

use crate::{
    asked::{Compared, Record},
    comparison::First,
    installation::{Installation, Programs, Release},
    world::World,
};
use anyhow::{Result, ensure};
use std::{fs, path::PathBuf};
use tempfile::TempDir;
use xtask_harness::database::Engine;

/// A copy of a database of the release before, which knows no command for it: its file, as
/// after an orderly end.
pub(crate) struct Copy {
    folder: TempDir,
    world: World,
    answers: Record,
}

// === impl Copy ===

impl Copy {
    fn file(&self) -> PathBuf {
        self.folder.path().join("copy.db")
    }
}

/// Copies the file of a database that no server uses.
pub(crate) fn copy(installation: &Installation, world: &World, answers: &Record) -> Result<Copy> {
    let log = installation.folder().join("apikey.db-wal");
    ensure!(
        !log.exists(),
        "the release before leaves {} behind",
        log.display()
    );
    let copy = Copy {
        folder: tempfile::tempdir()?,
        world: world.clone(),
        answers: answers.clone(),
    };
    fs::copy(installation.file(), copy.file())?;
    Ok(copy)
}

/// Makes a backup by this release.
pub(crate) fn make(installation: &Installation) -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("backup.db").display().to_string();
    installation.run(Release::This, &["backup", &file])?;
    Ok(folder)
}

/// Sees that this release restores a copy of the release before, and that all is as it was
/// but the sessions.
pub(crate) async fn see_older_restored(
    engine: &Engine,
    programs: &Programs,
    copy: &Copy,
) -> Result<Compared> {
    let installation = Installation::create(engine, programs).await?;
    let file = copy.file().display().to_string();
    let checked = installation.run(Release::This, &["restore", "--check", &file])?;
    ensure!(checked.contains("its schema is older"), "{checked}");
    installation.run(Release::This, &["restore", &file])?;
    let this = installation.start(Release::This).await?;
    let older = copy.answers.without_sessions();
    let newer = older.again(this.address()).await?;
    let compared = older.compare(&newer, First::Older)?;
    let mut world = copy.world.clone();
    for session in &mut world.sessions {
        session.lives = false;
    }
    Record::of(&world, this.address()).await?;
    this.stop()?;
    Ok(compared)
}

/// Sees that the release before serves a backup of this one, which is put in its place: it
/// has no command that does this.
pub(crate) async fn see_newer_put_back(
    engine: &Engine,
    programs: &Programs,
    backup: &TempDir,
    answers: &Record,
    peppers: &str,
) -> Result<Compared> {
    let installation = Installation::create(engine, programs).await?;
    installation.set_peppers(peppers)?;
    fs::copy(backup.path().join("backup.db"), installation.file())?;
    let before = installation.start(Release::Before).await?;
    let older = answers.again(before.address()).await?;
    let compared = older.compare(answers, First::Newer)?;
    before.stop()?;
    Ok(compared)
}
