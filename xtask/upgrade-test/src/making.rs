//! Makes everything that a release can store.

mod brought;
mod keys;

use crate::{
    installation::Installation,
    maker::Maker,
    rounds,
    world::{Lasting, World},
};
use anyhow::Result;
use serde_json::json;
use std::{net::SocketAddr, time::Duration};
use tokio::time::sleep;

/// How much is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// How long it stays as it is.
    pub(crate) lasting: Lasting,
    /// How many keys there are that are alike.
    pub(crate) many: usize,
    /// What is to be withdrawn later.
    pub(crate) rounds: &'static [&'static str],
}

/// Makes everything.
pub(crate) async fn make(
    installation: &Installation,
    address: SocketAddr,
    extent: Extent,
) -> Result<World> {
    let lasting = extent.lasting;
    let mut world = World::default();
    let mut maker = Maker::at(address, &mut world)?;
    let organization = people(&mut maker).await?;
    keys::keys(&mut maker, organization).await?;
    keys::rotations(&mut maker, lasting).await?;
    brought::imports(installation, &mut maker).await?;
    if lasting == Lasting::Minutes {
        brought::sessions(&mut maker).await?;
        brought::once(&mut maker).await?;
    }
    for number in 0..extent.many {
        let name = format!("many {number}");
        maker
            .key("bob", &name, json!({"scope": ["inference"]}))
            .await?;
        maker.world.many.extend(maker.world.keys.pop());
    }
    for label in extent.rounds {
        rounds::prepare(&mut maker, label, organization, lasting).await?;
    }
    // A second for keys that expire, and one for uses that are written later.
    sleep(Duration::from_secs(2)).await;
    Ok(world)
}

/// Makes people and organizations. Returns the organization that keys are made in.
async fn people(maker: &mut Maker<'_>) -> Result<i64> {
    let ada = maker.person("ada", json!({"full_name": "Ada L."})).await?;
    let bob = maker.person("bob", json!({})).await?;
    maker.person("root", json!({"is_admin": true})).await?;
    maker.person("robot", json!({"is_system": true})).await?;
    maker
        .person("Zoë Ångström", json!({"full_name": "Ǆ"}))
        .await?;
    maker
        .person("new", json!({"require_password_change": true}))
        .await?;
    let carol = maker.person("carol", json!({})).await?;
    maker.key("carol", "of carol", json!({})).await?;
    maker.activate(carol, false).await?;
    let acme = maker.organization("acme", ada).await?;
    maker.organization("tools", bob).await?;
    maker.member(acme, bob, "user").await?;
    let dan = maker.person("dan", json!({})).await?;
    maker.member(acme, dan, "user").await?;
    maker.key_in("dan", Some(acme), "of dan", json!({})).await?;
    maker
        .delete(format!("/v2/organizations/{acme}/members/{dan}"))
        .await?;
    maker.world.see("of dan", "OwnerInactive");
    let gone = maker.person("gone", json!({})).await?;
    maker.key("gone", "of gone", json!({})).await?;
    maker.delete(format!("/v2/users/{gone}")).await?;
    maker.world.see_person(gone, false);
    maker.world.see("of gone", "Unknown");
    Ok(acme)
}
