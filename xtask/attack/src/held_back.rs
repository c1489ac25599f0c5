//! Row 3: writes whose body is held back while the right to them ends.

mod cases;
mod kinds;
mod losses;
mod person;
mod writes;

use self::{
    cases::{CASES, Case, controls},
    person::{Person, Shared},
};
use crate::{
    report::Checks,
    target::{Attack, Target},
    wire::Wire,
};
use anyhow::{Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::time::Duration;
use xtask_harness::database::Kind;

/// How many requests are held back at a time: each needs two hashes of passwords.
const AT_A_TIME: usize = 8;

/// How long a server has to judge who sends a request before the loss.
const HELD: Duration = Duration::from_millis(400);

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let shared = Shared::make(&target).await?;
    let mut checks = Checks::default();

    let controls: Vec<Case> = controls();
    let wrong = try_all(&controls, &target, &target, &shared).await?;
    checks.none_of(
        "the body held back, no right lost: refused",
        &wrong,
        controls.len(),
    );
    let cases: Vec<Case> = CASES.iter().flat_map(Case::each).collect();
    let lost = |how: &str| format!("a right ends {how} while the body is held back: written");
    let is_postgres = attack.engine.kind() == Kind::Postgres;
    if !is_postgres || !attack.extent.is_quick {
        let wrong = try_all(&cases, &target, &target, &shared).await?;
        checks.none_of(lost("on the same node"), &wrong, cases.len());
    }
    if is_postgres {
        let other = attack.start_node(target.database.url(), &[]).await?;
        let wrong = try_all(&cases, &target, &other, &shared).await?;
        checks.none_of(lost("on another node"), &wrong, cases.len());
    }
    Ok(checks)
}

/// Tries cases, several at a time, and returns what went wrong.
async fn try_all(
    cases: &[Case],
    writer: &Target,
    revoker: &Target,
    shared: &Shared,
) -> Result<Vec<String>> {
    let tried = cases.iter().map(|case| async move {
        let wrong = try_one(case, writer, revoker, shared).await?;
        anyhow::Ok(wrong.map(|wrong| format!("{case}: {wrong}")))
    });
    let tried: Vec<_> = stream::iter(tried)
        .buffer_unordered(AT_A_TIME)
        .try_collect()
        .await?;
    Ok(tried.into_iter().flatten().collect())
}

/// Sends a request without its last byte, ends the right, and sends that byte.
async fn try_one(
    case: &Case,
    writer: &Target,
    revoker: &Target,
    shared: &Shared,
) -> Result<Option<String>> {
    let person = Person::make(writer, case, shared).await?;
    let request = case.write.request(case.who, &person, shared);
    let text = request.to_http();
    let (held, last) = text.split_at(text.len() - 1);
    let mut wire: Wire = writer.wire().await?;
    wire.send(held).await?;
    tokio::time::sleep(HELD).await;
    case.loss.inflict(revoker, &person).await?;
    let position = last_position(writer).await?;
    wire.send(last).await?;
    let answer = wire.answer().await?;
    // An event appears once all transactions before it have ended.
    tokio::time::sleep(HELD).await;
    let events = writer.read(format!("/v2/events?limit=1000&after={position}"));
    let events = events.await?;
    ensure!(events["items"].is_array(), "no events in {events}");
    let written = events["items"].as_array().into_iter().flatten();
    let written = written
        .filter(|event| event["by"]["user_id"].as_i64() == Some(person.user))
        .count();
    let status = answer.status;
    let is_right = if case.loss.is_none() {
        status == 200 && written > 0
    } else {
        matches!(status, 401 | 403 | 404) && written == 0
    };
    Ok((!is_right).then(|| format!("answered {status}, {written} events")))
}

/// Returns the position of the newest event.
async fn last_position(target: &Target) -> Result<String> {
    let mut position = "0-0".to_owned();
    loop {
        let page = target.read(format!("/v2/events?limit=1000&after={position}"));
        let page = page.await?;
        if let Some(next) = page["next"].as_str() {
            next.clone_into(&mut position);
        }
        if page["has_more"].as_bool() != Some(true) {
            return Ok(position);
        }
    }
}
