//! What one release withdraws and grants, of what the release before made.

mod prepared;

pub(crate) use prepared::prepare;

use crate::{
    maker::{Maker, admin, by},
    question::Question,
    world::{PASSWORD, Person, Round},
};
use anyhow::{Context, Result, ensure};
use apikey_domain::{port::clock::Clock, system::SystemClock};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

/// Who does what a round has: this release beside the one before, this release alone, and the
/// release before on the schema of this one.
pub(crate) const LABELS: [&str; 3] = ["first", "second", "third"];

/// The password that somebody chooses.
const OTHER_PASSWORD: &str = "Passw0rd_2";

/// How far ahead the expiry of a key is moved, and when that is past.
const AHEAD_SECONDS: i64 = 2;
const PAST: Duration = Duration::from_millis(2_200);

/// Does what a round has. Once this has ended, all of it holds on every node.
pub(crate) async fn perform(maker: &mut Maker<'_>, label: &str, organization: i64) -> Result<()> {
    let round = maker.world.rounds.iter().find(|round| round.label == label);
    let round = round.context("there is no such round")?.clone();
    keys(maker, &round).await?;
    secrets(maker, &round).await?;
    people(maker, &round, organization).await?;
    // It is used when it is asked about.
    let unused = maker.world.unused.pop();
    maker.world.keys.extend(unused);
    sleep(PAST).await;
    Ok(())
}

async fn keys(maker: &mut Maker<'_>, round: &Round) -> Result<()> {
    let at = SystemClock.now().plus_seconds(AHEAD_SECONDS);
    let at = at.context("no such instant")?.to_rfc3339();
    maker
        .change(id(maker, &round.expired)?, json!({"expires_at": at}))
        .await?;
    maker.world.see(&round.expired, "Expired");
    maker
        .delete(format!("/v2/api-keys/{}", id(maker, &round.deleted)?))
        .await?;
    maker.world.see(&round.deleted, "Unknown");
    maker
        .change(id(maker, &round.disabled)?, json!({"disabled": true}))
        .await?;
    maker.world.see(&round.disabled, "Disabled");
    maker
        .change(id(maker, &round.enabled)?, json!({"disabled": false}))
        .await?;
    maker.world.see(&round.enabled, "Valid");
    let reason = json!({"reason": "other", "comment": round.label});
    maker
        .act(id(maker, &round.revoked)?, "revoke", reason)
        .await?;
    maker.world.see(&round.revoked, "Revoked");
    maker
        .change(
            id(maker, &round.narrowed)?,
            json!({"scope": ["management"]}),
        )
        .await?;
    let models = json!({"allowed_model_names": ["draw"]});
    maker
        .change(id(maker, &round.without_model)?, models)
        .await?;
    let other = format!("{} again", round.renamed);
    maker
        .change(
            id(maker, &round.renamed)?,
            json!({"name": other, "metadata": {"team": "core"}}),
        )
        .await?;
    for key in &mut maker.world.keys {
        if key.name == round.narrowed {
            key.scope = vec!["management".to_owned()];
        } else if key.name == round.without_model {
            key.models = vec!["draw".to_owned()];
        } else if key.name == round.renamed {
            key.name.clone_from(&other);
        }
    }
    for (name, more) in [
        ("new", json!({})),
        (
            "new custom",
            json!({"custom": format!("sk-{}-0123456789", round.label)}),
        ),
    ] {
        maker
            .key("ada", &format!("{} {name}", round.label), more)
            .await?;
    }
    Ok(())
}

async fn secrets(maker: &mut Maker<'_>, round: &Round) -> Result<()> {
    let rotated = id(maker, &round.rotated)?;
    maker.world.see(&round.rotated, "Revoked");
    let made = maker.act(rotated, "rotate", json!({})).await?;
    maker.keep(&made)?;
    // Its first use ends the other one.
    let mut pending = maker
        .world
        .key(&round.pending)
        .context("no such key")?
        .clone();
    pending.value.clone_from(&round.pending_value);
    let use_it = Question::post(
        "/v2/api-keys/verify",
        json!({"key": pending.value}),
        admin(),
    );
    let used = maker.done(&use_it).await?;
    ensure!(used["code"] == "Valid", "the first use of a secret: {used}");
    maker.world.see(&round.pending, "Revoked");
    maker.world.keys.push(pending);
    if let Some(retiring) = &round.retiring {
        maker
            .delete(format!(
                "/v2/api-keys/{}/credentials/1",
                id(maker, retiring)?
            ))
            .await?;
        let first = maker
            .world
            .keys
            .iter_mut()
            .find(|key| key.name == *retiring);
        "Revoked".clone_into(&mut first.context("no such key")?.code);
    }
    Ok(())
}

async fn people(maker: &mut Maker<'_>, round: &Round, organization: i64) -> Result<()> {
    let of = |who: &str| format!("of {}-{who}", round.label);
    maker
        .delete(format!(
            "/v2/organizations/{organization}/members/{}",
            round.leaver
        ))
        .await?;
    maker.world.see(&of("leaver"), "OwnerInactive");
    maker.activate(round.idle, false).await?;
    maker.activate(round.returning, true).await?;
    maker
        .delete(format!("/v2/users/{}", round.deleted_user))
        .await?;
    maker.world.see(&of("gone"), "Unknown");
    maker.world.see_person(round.deleted_user, false);
    maker.world.end_sessions(&format!("{}-gone", round.label));
    let person = maker
        .world
        .person(round.changes_password)
        .context("nobody")?
        .clone();
    let body = json!({"password": OTHER_PASSWORD, "current_password": PASSWORD});
    let change = Question::new("PUT", "/v2/users/me", by(&person.name, PASSWORD)).body(body);
    maker.done(&change).await?;
    maker.world.see_person(person.id, false);
    maker.world.end_sessions(&person.name);
    maker.world.people.push(Person {
        password: OTHER_PASSWORD.to_owned(),
        ..person
    });
    let newcomer = format!("{}-newcomer", round.label);
    let user = maker
        .person(&newcomer, json!({"full_name": "New C."}))
        .await?;
    maker.member(organization, user, "user").await?;
    let name = format!("of {newcomer}");
    maker
        .key_in(&newcomer, Some(organization), &name, json!({}))
        .await?;
    Ok(())
}

fn id(maker: &Maker<'_>, name: &str) -> Result<i64> {
    let key = maker.world.key(name);
    Ok(key.with_context(|| format!("there is no key {name}"))?.id)
}
