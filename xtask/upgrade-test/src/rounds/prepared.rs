//! What a round will change.

use crate::{
    maker::Maker,
    world::{Lasting, PASSWORD, Round, Session},
};
use anyhow::{Context, Result};
use serde_json::json;

/// The longest grace period, in seconds.
const GRACE: u32 = 604_800;

/// Makes what a round changes.
pub(crate) async fn prepare(
    maker: &mut Maker<'_>,
    label: &str,
    organization: i64,
    lasting: Lasting,
) -> Result<()> {
    let name = |what: &str| format!("{label} {what}");
    let mut round = Round {
        label: label.to_owned(),
        deleted: name("deleted"),
        disabled: name("disabled"),
        enabled: name("enabled"),
        revoked: name("revoked"),
        narrowed: name("narrowed"),
        without_model: name("without model"),
        expired: name("expired"),
        renamed: name("renamed"),
        rotated: name("rotated"),
        pending: name("pending"),
        ..Round::default()
    };
    let models = json!({"allowed_model_names": ["chat", "draw"]});
    for (name, more) in [
        (&round.deleted, json!({})),
        (&round.disabled, json!({})),
        (&round.revoked, json!({})),
        (&round.narrowed, json!({})),
        (&round.without_model, models),
        (&round.expired, json!({})),
        (&round.renamed, json!({})),
        (&round.rotated, json!({})),
    ] {
        maker.key("ada", name, more).await?;
    }
    let id = maker.key("ada", &round.enabled, json!({})).await?;
    maker.change(id, json!({"disabled": true})).await?;
    maker.world.see(&round.enabled, "Disabled");
    let id = maker.key("ada", &round.pending, json!({})).await?;
    let made = maker
        .act(id, "rotate", json!({"activate": "first_use"}))
        .await?;
    made["value"]
        .as_str()
        .context("no value")?
        .clone_into(&mut round.pending_value);
    if lasting == Lasting::Minutes {
        let retiring = name("retiring");
        let id = maker.key("ada", &retiring, json!({})).await?;
        let made = maker
            .act(id, "rotate", json!({"grace_period_seconds": GRACE}))
            .await?;
        maker.keep(&made)?;
        round.retiring = Some(retiring);
    }
    for (who, id) in [
        ("leaver", &mut round.leaver),
        ("idle", &mut round.idle),
        ("returning", &mut round.returning),
        ("gone", &mut round.deleted_user),
        ("changer", &mut round.changes_password),
    ] {
        let person = format!("{label}-{who}");
        *id = maker.person(&person, json!({})).await?;
        let organization = (who == "leaver").then_some(organization);
        if let Some(organization) = organization {
            maker.member(organization, *id, "user").await?;
        }
        maker
            .key_in(&person, organization, &format!("of {person}"), json!({}))
            .await?;
        if lasting == Lasting::Minutes {
            let cookie = maker.client.sign_in(&person, PASSWORD).await?;
            let lives = true;
            maker.world.sessions.push(Session {
                person,
                cookie,
                lives,
            });
        }
    }
    maker.activate(round.returning, false).await?;
    maker.world.rounds.push(round);
    Ok(())
}
