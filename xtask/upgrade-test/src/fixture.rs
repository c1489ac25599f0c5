//! Databases that the release before wrote, kept in the project with what it answered: so the
//! short form needs no second program.

mod postgres;
mod sqlite;

use crate::{
    asked::{Compared, Record},
    comparison::First,
    installation::{Installation, Programs, Release},
    maker::Maker,
    making::{self, Extent},
    question::Shows,
    rounds,
    world::{Lasting, World},
};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};
use xtask_harness::database::{Engine, Kind};
use xtask_programs::{release_before, workspace::Workspace};

/// Where they are, below the root of the workspace.
const FOLDER: &str = "xtask/upgrade-test/fixture";

/// How much is in them: little, for they are in the project.
const EXTENT: Extent = Extent {
    lasting: Lasting::Forever,
    many: 5,
    rounds: &[rounds::LABELS[0]],
};

/// What was stored, and what the release before answered.
#[derive(Serialize, Deserialize)]
struct Fixture {
    /// The commit of the release that wrote it.
    release: String,
    world: World,
    answers: Record,
}

/// Has the release before write a database, and keeps it.
pub(crate) async fn write(
    workspace: &Workspace,
    engine: &Engine,
    programs: &Programs,
) -> Result<Compared> {
    let installation = Installation::create(engine, programs).await?;
    let before = installation.start(Release::Before).await?;
    let world = making::make(&installation, before.address(), EXTENT).await?;
    let answers = Record::of(&world, before.address()).await?;
    before.stop()?;
    let (statements, answered) = paths(workspace, engine.kind());
    let dumped = match engine.kind() {
        Kind::Sqlite => sqlite::dump(installation.database.url())?,
        Kind::Postgres => postgres::dump(installation.database.url())?,
    };
    fs::create_dir_all(workspace.root().join(FOLDER))?;
    fs::write(&statements, dumped)?;
    let fixture = Fixture {
        release: release_before::commit().to_owned(),
        world,
        answers: answers.of_parts(),
    };
    let mut text = serde_json::to_string(&fixture)?;
    // A line for each question keeps changes readable.
    text = text.replace("[{\"method\"", "\n[{\"method\"");
    fs::write(&answered, text + "\n")?;
    for path in [&statements, &answered] {
        println!("{}: {} bytes", path.display(), path.metadata()?.len());
    }
    Ok(Compared::default())
}

/// Starts this release on a database that the release before wrote, sees that it answers the
/// same, and withdraws and grants.
pub(crate) async fn test(
    workspace: &Workspace,
    engine: &Engine,
    programs: &Programs,
) -> Result<Compared> {
    let (statements, answered) = paths(workspace, engine.kind());
    let mut fixture: Fixture = serde_json::from_str(&read(&answered)?)?;
    ensure!(
        fixture.release == release_before::commit(),
        "{} is of the release {}, and the release before is {}: run `cargo xtask upgrade-test \
         --write-fixture`",
        answered.display(),
        fixture.release,
        release_before::commit()
    );
    let installation = Installation::create(engine, programs).await?;
    let url = installation.database.url();
    match engine.kind() {
        Kind::Sqlite => sqlite::fill(url, &read(&statements)?)?,
        Kind::Postgres => postgres::fill(url, &read(&statements)?).await?,
    }
    let this = installation.start(Release::This).await?;
    if engine.kind() == Kind::Postgres {
        // Another server counts transactions by itself, so events have other positions there.
        fixture.answers.forget_positions();
    }
    let newer = fixture.answers.again(this.address()).await?;
    let compared = fixture.answers.compare(&newer, First::Older)?;
    let organization = fixture.world.organizations.first();
    let organization = *organization.context("there is no organization")?;
    let mut maker = Maker::at(this.address(), &mut fixture.world)?;
    for label in EXTENT.rounds {
        rounds::perform(&mut maker, label, organization).await?;
    }
    Record::of(&fixture.world, this.address()).await?;
    this.stop()?;
    Ok(compared)
}

fn paths(workspace: &Workspace, kind: Kind) -> (PathBuf, PathBuf) {
    let folder = workspace.root().join(FOLDER);
    let name = kind.to_string().to_lowercase();
    let statements = folder.join(format!("{name}.sql"));
    (statements, folder.join(format!("{name}.json")))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

// === impl Record ===

impl Record {
    /// Returns it with those parts of the answers alone that are compared.
    fn of_parts(&self) -> Self {
        let parts = self.0.iter().map(|(question, answer)| {
            let mut answer = answer.clone();
            answer.body = crate::comparison::kept(question.shows, answer.body);
            (question.clone(), answer)
        });
        Self(parts.collect())
    }

    /// Takes the positions out of records of changes.
    fn forget_positions(&mut self) {
        let records = self.0.iter_mut();
        let records = records.filter(|(question, _)| question.shows == Shows::Record);
        for (_, answer) in records {
            for item in answer.body["items"].as_array_mut().into_iter().flatten() {
                if let Some(event) = item.as_object_mut() {
                    event.remove("id");
                }
            }
        }
    }
}
