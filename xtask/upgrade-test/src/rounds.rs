//! What one release withdraws and grants, of what the release before made.

use crate::{
    maker::{Maker, admin, by},
    question::Question,
    world::{Lasting, PASSWORD, Person, Round, Session},
};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::time::Duration;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::time::sleep;

/// Who does what a round has: this release beside the one before, this release alone, and the
/// release before on the schema of this one.
pub(crate) const LABELS: [&str; 3] = ["first", "second", "third"];

/// The password that somebody chooses.
const OTHER_PASSWORD: &str = "Passw0rd_2";

/// How far ahead the expiry of a key is moved.
const AHEAD: Duration = Duration::from_secs(2);

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
    activate(maker, round.returning, false).await?;
    maker.world.rounds.push(round);
    Ok(())
}

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
    sleep(AHEAD + Duration::from_millis(200)).await;
    Ok(())
}

async fn keys(maker: &mut Maker<'_>, round: &Round) -> Result<()> {
    let at = OffsetDateTime::now_utc() + AHEAD;
    let at = at.format(&Rfc3339)?;
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
    activate(maker, round.idle, false).await?;
    activate(maker, round.returning, true).await?;
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

async fn activate(maker: &mut Maker<'_>, id: i64, is_active: bool) -> Result<()> {
    let path = format!("/v2/users/{id}/activation");
    let question = Question::new("PATCH", path, admin()).body(json!({"is_active": is_active}));
    maker.done(&question).await?;
    maker.world.see_person(id, is_active);
    let name = maker.world.person(id).context("nobody")?.name.clone();
    let code = if is_active { "Valid" } else { "OwnerInactive" };
    maker.world.see(&format!("of {name}"), code);
    if !is_active {
        maker.world.end_sessions(&name);
    }
    Ok(())
}

fn id(maker: &Maker<'_>, name: &str) -> Result<i64> {
    let key = maker.world.key(name);
    Ok(key.with_context(|| format!("there is no key {name}"))?.id)
}
