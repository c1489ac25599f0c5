//! From the release before to this one, back, and forth again, on one database.

use crate::{
    asked::{Compared, Record},
    backups,
    comparison::First,
    installation::{Installation, PEPPER, Programs, Release, is_file},
    maker::Maker,
    making::{self, Extent},
    rounds, stale_peppers,
    world::{Lasting, World},
};
use anyhow::{Context, Result, ensure};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::time::sleep;
use xtask_harness::{database::Engine, server::Server};
use xtask_programs::process::Signal;

/// How much is made.
const EXTENT: Extent = Extent {
    lasting: Lasting::Minutes,
    many: 300,
    rounds: &rounds::LABELS,
};

/// How long something in the log is waited for.
const LOG_LIMIT: Duration = Duration::from_secs(30);

/// How long digests take to move after a use.
const MOVING: Duration = Duration::from_secs(3);

/// What is said by a node whose peppers do not have the newest one, or that of the newest key.
const LACKS_PEPPER: &str = "which is not among those given";

/// What is updated.
pub(crate) struct Upgrade {
    installation: Installation,
    world: World,
    compared: Compared,
    begun: Instant,
}

// === impl Upgrade ===

impl Upgrade {
    /// Updates a database, goes back by one release, and updates again. Returns how much was
    /// compared.
    pub(crate) async fn test(engine: &Engine, programs: &Programs) -> Result<Compared> {
        let begun = Instant::now();
        let installation = Installation::create(engine, programs).await?;
        let before = installation.start(Release::Before).await?;
        let world = making::make(&installation, before.address(), EXTENT).await?;
        let mut upgrade = Self {
            installation,
            world,
            compared: Compared::default(),
            begun,
        };
        upgrade.said("the release before has made everything");
        let (this, old_copy) = upgrade.update(before).await?;
        let newest = upgrade.use_this(&this).await?;
        let backup = match is_file(&upgrade.installation.database) {
            true => Some(backups::make(&upgrade.installation)?),
            false => None,
        };
        this.stop()?;
        upgrade.refuse_older_peppers().await?;
        upgrade.go_back(&newest).await?;
        if let (Some(old_copy), Some(backup)) = (old_copy, backup) {
            let restored = backups::see_older_restored(engine, programs, &old_copy).await?;
            upgrade.compared.add(restored);
            upgrade.said("this release has restored a copy of the release before");
            let peppers = upgrade.installation.peppers()?;
            let restored =
                backups::see_newer_put_back(engine, programs, &backup, &newest, &peppers);
            upgrade.compared.add(restored.await?);
            upgrade.said("the release before serves a backup of this one");
        }
        stale_peppers::test(engine, programs).await?;
        upgrade.said("nothing is lost by the release before with an older pepper alone");
        Ok(upgrade.compared)
    }

    /// Updates to this release: on a file in the place of the release before, on a server of
    /// databases beside it. Returns the server of this release.
    async fn update(&mut self, before: Server) -> Result<(Server, Option<backups::Copy>)> {
        let first = Record::of(&self.world, before.address()).await?;
        if is_file(&self.installation.database) {
            before.stop()?;
            let copy = backups::copy(&self.installation, &self.world, &first)?;
            let this = self.installation.start(Release::This).await?;
            self.see(&first, this.address(), First::Older).await?;
            self.said("this release has migrated, and answers the same");
            self.perform(&this, 0).await?;
            Record::of(&self.world, this.address()).await?;
            self.installation.rotate()?;
            return Ok((this, Some(copy)));
        }
        let this = self.installation.start(Release::This).await?;
        self.see(&first, this.address(), First::Older).await?;
        self.see(&first, before.address(), First::Older).await?;
        self.said("this release has migrated beside the release before, and both answer the same");
        // The release before does not say that it knows the new pepper.
        self.installation.rotate()?;
        this.signal(Signal::HUP)?;
        until_logged(&this, "a new pepper waits until every node knows it").await?;
        self.perform(&this, 0).await?;
        let older = Record::of(&self.world, before.address()).await?;
        self.see(&older, this.address(), First::Older).await?;
        self.said("the release before has followed what this one withdrew beside it");
        before.stop()?;
        until_logged(&this, "another pepper is the newest").await?;
        Ok((this, None))
    }

    /// Withdraws and grants through this release under the new pepper, and uses all keys, so
    /// that their digests move. Returns what this release answers.
    async fn use_this(&mut self, this: &Server) -> Result<Record> {
        self.perform(this, 1).await?;
        Record::of(&self.world, this.address()).await?;
        sleep(MOVING).await;
        let newest = Record::of(&self.world, this.address()).await?;
        let peppers = self.installation.run(Release::This, &["pepper", "show"])?;
        print!("{peppers}");
        self.said("this release has withdrawn more, under another pepper");
        Ok(newest)
    }

    /// Sees that neither release starts with the pepper of before alone.
    async fn refuse_older_peppers(&self) -> Result<()> {
        let peppers = self.installation.peppers()?;
        self.installation.set_peppers(PEPPER)?;
        for release in [Release::Before, Release::This] {
            self.installation.see_refused(release, LACKS_PEPPER).await?;
        }
        self.installation.set_peppers(&peppers)?;
        self.said("neither release starts without the newest pepper, nor changes anything then");
        Ok(())
    }

    /// Starts the release before again, lets it withdraw and grant, and this release after it.
    async fn go_back(&mut self, newest: &Record) -> Result<()> {
        let before = self.installation.start(Release::Before).await?;
        let older = newest.again(before.address()).await?;
        self.compared.add(older.compare(newest, First::Newer)?);
        self.said("the release before is back, and answers the same");
        self.perform(&before, 2).await?;
        let older = Record::of(&self.world, before.address()).await?;
        if !is_file(&self.installation.database) {
            let beside = self.installation.start(Release::This).await?;
            self.see(&older, beside.address(), First::Older).await?;
            self.see(&older, before.address(), First::Older).await?;
            beside.stop()?;
        }
        before.stop()?;
        let this = self.installation.start(Release::This).await?;
        self.see(&older, this.address(), First::Older).await?;
        // Whatever the release before wrote, its pepper is known.
        self.installation.run(Release::This, &["pepper", "show"])?;
        let doctor = self.installation.run(Release::This, &["doctor"])?;
        ensure!(!doctor.contains("error:"), "{doctor}");
        this.stop()?;
        self.said("this release again, after what the release before did");
        Ok(())
    }

    async fn perform(&mut self, server: &Server, round: usize) -> Result<()> {
        let organization = self.world.organizations.first();
        let organization = *organization.context("there is no organization")?;
        let mut maker = Maker::at(server.address(), &mut self.world)?;
        rounds::perform(&mut maker, rounds::LABELS[round], organization).await
    }

    /// Sees that a server answers as the release before did.
    async fn see(&mut self, older: &Record, address: SocketAddr, first: First) -> Result<()> {
        let newer = older.again(address).await?;
        self.compared.add(older.compare(&newer, first)?);
        Ok(())
    }

    fn said(&self, what: &str) {
        let seconds = self.begun.elapsed().as_secs_f64();
        println!(
            "upgrade test: {}: {what} ({seconds:.0} s)",
            self.installation.database.kind()
        );
    }
}

/// Waits until a server has logged something.
async fn until_logged(server: &Server, words: &str) -> Result<()> {
    let begun = Instant::now();
    while !server.log().contains(words) {
        ensure!(
            begun.elapsed() < LOG_LIMIT,
            "{words:?} is not in the log:\n{}",
            server.log()
        );
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}
