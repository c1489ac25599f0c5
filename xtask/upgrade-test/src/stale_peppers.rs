//! What becomes of the release before with peppers of before a rotation, which it cannot know
//! of when the newest key was made before.

use crate::{
    installation::{Installation, PEPPER, Programs, Release},
    maker::{Maker, admin},
    question::Question,
    world::World,
};
use anyhow::{Result, ensure};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;
use xtask_harness::{client::Client, database::Engine, server::Server};

/// How long a digest takes to move after a use.
const MOVING: Duration = Duration::from_secs(3);

/// Sees that it refuses what it cannot judge, accepts nothing that was withdrawn, and that
/// this release knows what it wrote, or does not start.
pub(crate) async fn test(engine: &Engine, programs: &Programs) -> Result<()> {
    let installation = Installation::create(engine, programs).await?;
    let before = installation.start(Release::Before).await?;
    let mut world = World::default();
    let mut maker = Maker::at(before.address(), &mut world)?;
    maker.person("ada", json!({})).await?;
    let moved = maker.key("ada", "moved", json!({})).await?;
    let withdrawn = maker.key("ada", "withdrawn", json!({})).await?;
    maker.key("ada", "never used", json!({})).await?;
    before.stop()?;

    installation.run(Release::This, &["migrate"])?;
    let both = installation.rotate()?;
    let this = installation.start(Release::This).await?;
    let maker = Maker::at(this.address(), &mut world)?;
    maker
        .act(withdrawn, "revoke", json!({"reason": "compromised"}))
        .await?;
    see(
        &this,
        &world,
        [("moved", "Valid"), ("withdrawn", "Revoked")],
    )
    .await?;
    sleep(MOVING).await;
    this.stop()?;

    installation.set_peppers(PEPPER)?;
    let before = installation.start(Release::Before).await?;
    let seen = [
        ("moved", "Unknown"),
        ("withdrawn", "Unknown"),
        ("never used", "Valid"),
    ];
    see(&before, &world, seen).await?;
    let mut maker = Maker::at(before.address(), &mut world)?;
    maker.key("ada", "made meanwhile", json!({})).await?;
    ensure!(
        maker.world.key("moved").is_some_and(|key| key.id == moved),
        "another key"
    );
    before.stop()?;

    let (newer, _) = both.split_once(',').unwrap_or_default();
    installation.set_peppers(newer)?;
    let words = "the newest key was made under the pepper";
    installation.see_refused(Release::This, words).await?;
    installation.set_peppers(&both)?;
    let this = installation.start(Release::This).await?;
    let seen = [
        ("moved", "Valid"),
        ("withdrawn", "Revoked"),
        ("made meanwhile", "Valid"),
    ];
    see(&this, &world, seen).await?;
    this.stop()
}

/// Sees what verifications of keys are answered.
async fn see<const N: usize>(server: &Server, world: &World, all: [(&str, &str); N]) -> Result<()> {
    let client = Client::new(server.address())?;
    for (name, code) in all {
        let value = world.key(name).map(|key| &key.value);
        let question = Question::post("/v2/api-keys/verify", json!({"key": value}), admin());
        let answer = question.ask(&client).await?;
        ensure!(
            answer.body["code"] == code,
            "{name}: {} instead of {code}",
            answer.body
        );
    }
    Ok(())
}
