//! Keys in each state, and with several secrets.

use crate::{
    maker::{Maker, admin},
    question::Question,
    world::Lasting,
};
use anyhow::Result;
use serde_json::json;

/// Ten years, in seconds.
const TEN_YEARS: u32 = 315_360_000;

/// The longest grace period, in seconds.
const GRACE: u32 = 604_800;

/// How often a key is rotated that has been so often, and in what is kept.
const ROTATIONS: usize = 12;
const FEW_ROTATIONS: usize = 2;

/// How many of the secrets that ended are kept.
const KEPT: usize = 10;

/// Makes a key in each state.
pub(super) async fn keys(maker: &mut Maker<'_>, acme: i64) -> Result<()> {
    maker.key("ada", "plain", json!({})).await?;
    let text = "with \"quotes\", ümläuts, 🦀 and a \\";
    maker
        .key(
            "ada",
            "described",
            json!({"description": text, "metadata": {"team": "core", "ß": text}}),
        )
        .await?;
    maker
        .key(
            "ada",
            "inference",
            json!({"scope": ["inference"], "allowed_model_names": ["chat", "draw"]}),
        )
        .await?;
    maker
        .key("ada", "management", json!({"scope": ["management"]}))
        .await?;
    maker
        .key("ada", "both", json!({"scope": ["inference", "management"]}))
        .await?;
    maker.key("ada", "nothing", json!({"scope": []})).await?;
    maker
        .key("ada", "custom", json!({"custom": "sk-0123456789abcdef"}))
        .await?;
    maker
        .key("ada", "odd", json!({"custom": "my-own:a,b;c_0123456789"}))
        .await?;
    maker
        .key("ada", "for years", json!({"expires_in": TEN_YEARS}))
        .await?;
    maker.key("ada", "Straße", json!({})).await?;
    maker
        .key_in("ada", Some(acme), "of acme", json!({}))
        .await?;
    maker
        .key_in(
            "bob",
            Some(acme),
            "of acme, too",
            json!({"scope": ["inference"]}),
        )
        .await?;
    maker.key("robot", "of robot", json!({})).await?;
    maker.key("root", "of root", json!({})).await?;
    maker
        .key("ada", "expired", json!({"expires_in": 1}))
        .await?;
    maker.world.see("expired", "Expired");
    let bob = maker
        .world
        .people
        .iter()
        .find(|person| person.name == "bob");
    let path = format!("/v2/users/{}/api-keys", bob.map_or(0, |bob| bob.id));
    let body = json!({"name": "made for bob", "self_rotation": true});
    let made = maker.done(&Question::post(path, body, admin())).await?;
    maker.keep(&made)?;
    for (name, code) in [("disabled", "Disabled"), ("enabled", "Valid")] {
        let id = maker.key("ada", name, json!({})).await?;
        maker.change(id, json!({"disabled": true})).await?;
        if code == "Valid" {
            maker.change(id, json!({"disabled": false})).await?;
        }
        maker.world.see(name, code);
    }
    let id = maker.key("ada", "revoked", json!({})).await?;
    let reason = json!({"reason": "compromised", "comment": "in a log"});
    maker.act(id, "revoke", reason).await?;
    maker.world.see("revoked", "Revoked");
    let id = maker.key("ada", "deleted", json!({})).await?;
    maker.delete(format!("/v2/api-keys/{id}")).await?;
    maker.world.see("deleted", "Unknown");
    let id = maker.key("ada", "before", json!({})).await?;
    maker.change(id, json!({"name": "after"})).await?;
    if let Some(key) = maker.world.keys.last_mut() {
        "after".clone_into(&mut key.name);
    }
    let id = maker.key("ada", "narrowed", json!({})).await?;
    maker
        .change(
            id,
            json!({"scope": ["inference"], "allowed_model_names": ["draw"]}),
        )
        .await?;
    if let Some(key) = maker.world.keys.last_mut() {
        (key.scope, key.models) = (vec!["inference".to_owned()], vec!["draw".to_owned()]);
    }
    Ok(())
}

/// Makes keys that have had several secrets.
pub(super) async fn rotations(maker: &mut Maker<'_>, lasting: Lasting) -> Result<()> {
    let id = maker.key("ada", "rotated often", json!({})).await?;
    let rotations = match lasting {
        Lasting::Minutes => ROTATIONS,
        Lasting::Forever => FEW_ROTATIONS,
    };
    for rotation in 1..=rotations {
        maker.world.see("rotated often", "Revoked");
        let made = maker.act(id, "rotate", json!({})).await?;
        maker.keep(&made)?;
        if rotation > KEPT {
            let oldest = maker.world.keys.len() - 2 - KEPT;
            "Unknown".clone_into(&mut maker.world.keys[oldest].code);
        }
    }
    let id = maker.key("ada", "rotated, disabled", json!({})).await?;
    maker.world.see("rotated, disabled", "Revoked");
    let made = maker
        .act(id, "rotate", json!({"custom": "sk-rotated-0123456789"}))
        .await?;
    maker.keep(&made)?;
    maker.change(id, json!({"disabled": true})).await?;
    maker.world.see("rotated, disabled", "Disabled");
    if lasting == Lasting::Minutes {
        let id = maker.key("ada", "retiring", json!({})).await?;
        let made = maker
            .act(id, "rotate", json!({"grace_period_seconds": GRACE}))
            .await?;
        maker.keep(&made)?;
    }
    Ok(())
}
