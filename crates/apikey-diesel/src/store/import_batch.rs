//! Imports rows, in the writer's transaction.

use super::{
    backend,
    connection::Connection,
    import_changes::{self, Became},
    import_facts, imports,
    job::{Effects, Written},
};
use crate::{
    failure::Failure,
    row_lock::{Row, RowLocks, Strength},
};
use apikey_domain::{
    import::{
        decision::{Action, decide, is_of_another_source},
        draft::{Draft, Drafted},
        facts::Known,
        finding::Outcome,
        source::{Reference, RowKind},
    },
    port::import_store::{Brought, ImportBatch},
    timestamp::Timestamp,
};

/// Imports the rows of a batch in their order.
pub(super) async fn bring(
    connection: &mut Connection,
    at: Timestamp,
    batch: &ImportBatch,
) -> Written<Brought> {
    let rows = batch.rows.iter().map(|row| Drafted::of(row, at));
    let rows: Vec<Result<Drafted, Outcome>> = rows.collect();
    lock(connection, batch, &rows).await?;
    for drafted in rows.iter().flatten() {
        let known = imports::find(connection, &batch.source, drafted.row()).await?;
        if known.is_some_and(|known| is_of_another_source(&known, drafted.created_at)) {
            let row = drafted.row().clone();
            return Ok((Brought::AnotherSource(row), Effects::none()));
        }
    }
    let mut outcomes = Vec::with_capacity(rows.len());
    let mut effects = Effects::none();
    for drafted in rows {
        let outcome = match drafted {
            Ok(drafted) => one(connection, at, batch, drafted, &mut effects).await?,
            Err(skipped) => skipped,
        };
        outcomes.push(outcome);
    }
    Ok((Brought::Done(outcomes), effects))
}

async fn one(
    connection: &mut Connection,
    at: Timestamp,
    batch: &ImportBatch,
    drafted: Drafted,
    effects: &mut Effects,
) -> Result<Outcome, Failure> {
    let facts = import_facts::of(connection, &batch.source, &batch.options, &drafted).await?;
    let (row, state) = (drafted.row().clone(), drafted.state.clone());
    let (draft, created_at) = (drafted.draft.clone(), drafted.created_at);
    let decision = decide(drafted, &facts, &batch.options, at);
    if let Action::Nothing = decision.action {
        return Ok(decision.outcome());
    }
    let done = import_changes::make(connection, at, &draft, &facts, &decision.action).await;
    let Became {
        target,
        left_at,
        is_merged,
        changes,
    } = match done {
        Ok(became) => became,
        // What anybody's change would be refused for wrote nothing.
        Err(Failure::Refused(error)) => return Ok(decision.refused(&error)),
        Err(failure) => return Err(failure),
    };
    effects.add(changes);
    let known = Known {
        target,
        state,
        left_at,
        is_merged,
        created_at: created_at.or(facts.known().and_then(|known| known.created_at)),
    };
    imports::remember(connection, &batch.source, &row, &known).await?;
    Ok(match facts.known() {
        None => decision.became(target),
        Some(_) => decision.outcome(),
    })
}

/// Takes the locks of a batch, in their order: of what it changes and refers to.
async fn lock(
    connection: &mut Connection,
    batch: &ImportBatch,
    rows: &[Result<Drafted, Outcome>],
) -> Result<(), Failure> {
    if !backend::HAS_ROW_LOCKS {
        return Ok(());
    }
    let mut locks = RowLocks::default();
    for drafted in rows.iter().flatten() {
        let known = imports::find(connection, &batch.source, drafted.row()).await?;
        let target = known.map(|known| known.target);
        let mut referred = Vec::new();
        match (&drafted.draft, drafted.row().kind) {
            (_, RowKind::User) => {
                locks.add(Row::PlatformAdmins, Strength::Update);
                if let Some(id) = target {
                    locks.add(Row::User(id), Strength::Update);
                }
            }
            (_, RowKind::Organization) => {
                if let Some(id) = target {
                    locks.add(Row::Principal(id), Strength::Update);
                }
            }
            (Draft::Key(draft), _) => {
                if let Some(id) = target {
                    locks.add(Row::ApiKey(id), Strength::Update);
                } else {
                    if let Reference::Row(id) = draft.user {
                        referred.push((RowKind::User, id));
                    }
                    if let Some(Reference::Row(id)) = draft.owner {
                        referred.push((RowKind::Organization, id));
                    }
                }
            }
            (_, RowKind::Key) => {
                if let Some(id) = target {
                    locks.add(Row::ApiKey(id), Strength::Update);
                }
            }
            (_, RowKind::Membership) => {
                if let Some((organization, user)) = drafted.row().as_membership() {
                    referred.push((RowKind::User, user));
                    referred.push((RowKind::Organization, organization));
                }
            }
        }
        for (kind, id) in referred {
            let target = imports::target(connection, &batch.source, kind, id).await?;
            match (target, kind, drafted.row().kind) {
                (Some(id), RowKind::User, _) => locks.add(Row::User(id), Strength::KeyShare),
                // Its admins are counted.
                (Some(id), _, RowKind::Membership) => {
                    locks.add(Row::Principal(id), Strength::Update);
                }
                (Some(id), ..) => locks.add(Row::Principal(id), Strength::KeyShare),
                (None, ..) => {}
            }
        }
    }
    backend::lock_rows(connection, &locks).await?;
    Ok(())
}
