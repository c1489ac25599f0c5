//! Imports rows, in the writer's transaction.

use super::{
    backend,
    connection::Connection,
    import_changes::{self, Became},
    import_facts,
    imports::Remembered,
    job::{Effects, Written},
    key_change,
};
use crate::{
    failure::Failure,
    row_lock::{Row, RowLocks, Strength},
};
use apikey_domain::{
    change::{Change, Protocol},
    error::PortError,
    import::{
        decision::{Action, decide, is_of_another_source},
        draft::{Draft, Drafted},
        facts::{HighestIds, ImportOptions, Known},
        finding::Outcome,
        source::{Reference, RowId, RowKind},
    },
    port::import_store::{Brought, ImportBatch},
    timestamp::Timestamp,
};
use std::collections::BTreeSet;

/// Imports the rows of a batch in their order.
pub(super) async fn bring(
    connection: &mut Connection,
    at: Timestamp,
    batch: &ImportBatch,
) -> Written<Brought> {
    let rows = batch.rows.iter().map(|row| Drafted::of(row, at));
    let rows: Vec<Result<Drafted, Outcome>> = rows.collect();
    let mut remembered = Remembered::of(&batch.source);
    remembered.read(connection, concerned(&rows)).await?;
    for drafted in rows.iter().flatten() {
        let known = remembered.find(connection, drafted.row()).await?;
        if known.is_some_and(|known| is_of_another_source(&known, drafted.created_at)) {
            let row = drafted.row().clone();
            return Ok((Brought::AnotherSource(row), Effects::none()));
        }
    }
    if backend::HAS_ROW_LOCKS {
        let locks = locks(connection, &mut remembered, &rows).await?;
        backend::lock_rows(connection, &locks).await?;
        // Another node may have imported some while this one waited.
        remembered = Remembered::of(&batch.source);
        remembered.read(connection, concerned(&rows)).await?;
    }
    let drafts = Vec::from_iter(rows.iter().flatten().map(|drafted| &drafted.draft));
    let keys = drafts.iter().filter_map(|draft| match draft {
        Draft::Key(draft) => Some(draft.access_key.as_str()),
        _ => None,
    });
    let access_keys = BTreeSet::from_iter(keys);
    if !access_keys.is_empty() {
        key_change::require_protocol(connection, Protocol::FOREIGN_DIGESTS).await?;
        backend::lock_access_keys(connection, &access_keys).await?;
    }
    if batch.options.keep_ids {
        reserve_ids(connection, &batch.options, &drafts).await?;
    }
    read(connection, &mut remembered, &rows).await?;
    let keep_ids = batch.options.keep_ids;
    remembered.seen.read(connection, &drafts, keep_ids).await?;
    let mut outcomes = Vec::with_capacity(rows.len());
    let mut effects = Effects::none();
    for drafted in rows {
        let outcome = match drafted {
            Ok(drafted) => {
                let making = one(connection, at, &batch.options, &mut remembered, drafted);
                let (outcome, changes) = making.await?;
                effects.add(changes);
                outcome
            }
            Err(skipped) => skipped,
        };
        outcomes.push(outcome);
    }
    remembered.write(connection).await?;
    Ok((Brought::Done(outcomes), effects))
}

/// Reads at once what rows refer to.
async fn read(
    connection: &mut Connection,
    remembered: &mut Remembered<'_>,
    rows: &[Result<Drafted, Outcome>],
) -> Result<(), PortError> {
    let (mut users, mut organizations) = (BTreeSet::new(), BTreeSet::new());
    for (kind, id) in rows.iter().flatten().flat_map(referred) {
        let target = remembered.target(connection, kind, id).await?;
        match kind {
            RowKind::User => users.extend(target),
            _ => organizations.extend(target),
        }
    }
    let seen = &mut remembered.seen;
    seen.read_holders(connection, users, organizations).await
}

async fn one(
    connection: &mut Connection,
    at: Timestamp,
    options: &ImportOptions,
    remembered: &mut Remembered<'_>,
    drafted: Drafted,
) -> Result<(Outcome, Vec<Change>), Failure> {
    let facts = import_facts::of(connection, remembered, options, &drafted).await?;
    let (row, state) = (drafted.row().clone(), drafted.state.clone());
    let (draft, created_at) = (drafted.draft.clone(), drafted.created_at);
    let decision = decide(drafted, &facts, options, at);
    if let Action::Nothing = decision.action {
        return Ok((decision.outcome(), Vec::new()));
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
        Err(Failure::Refused(error)) => return Ok((decision.refused(&error), Vec::new())),
        Err(failure) => return Err(failure),
    };
    let known = Known {
        target,
        state,
        left_at,
        is_merged,
        created_at: created_at.or(facts.known().and_then(|known| known.created_at)),
    };
    remembered.remember(&row, known);
    remembered.seen.note(&draft, &decision.action, target);
    let outcome = match facts.known() {
        None => decision.became(target),
        Some(_) => decision.outcome(),
    };
    Ok((outcome, changes))
}

/// Returns the rows of a batch, and those that they refer to.
fn concerned(rows: &[Result<Drafted, Outcome>]) -> BTreeSet<RowId> {
    let mut concerned = BTreeSet::new();
    for drafted in rows.iter().flatten() {
        concerned.insert(drafted.row().clone());
        let referred = referred(drafted).into_iter();
        concerned.extend(referred.map(|(kind, id)| RowId::numbered(kind, id)));
    }
    concerned
}

/// Returns the rows that a row refers to.
fn referred(drafted: &Drafted) -> Vec<(RowKind, i64)> {
    match &drafted.draft {
        Draft::Key(draft) => {
            let user = match draft.user {
                Reference::Row(id) => Some((RowKind::User, id)),
                Reference::Name(_) => None,
            };
            let owner = match draft.owner {
                Some(Reference::Row(id)) => Some((RowKind::Organization, id)),
                _ => None,
            };
            user.into_iter().chain(owner).collect()
        }
        Draft::User(_) | Draft::Organization(_) => Vec::new(),
        Draft::Membership(_) | Draft::End => {
            let Some((organization, user)) = drafted.row().as_membership() else {
                return Vec::new();
            };
            vec![(RowKind::User, user), (RowKind::Organization, organization)]
        }
    }
}

/// Returns the locks of a batch: of what it changes and refers to.
async fn locks(
    connection: &mut Connection,
    remembered: &mut Remembered<'_>,
    rows: &[Result<Drafted, Outcome>],
) -> Result<RowLocks, Failure> {
    let mut locks = RowLocks::default();
    for drafted in rows.iter().flatten() {
        let kind = drafted.row().kind;
        if kind == RowKind::User {
            locks.add(Row::PlatformAdmins, Strength::Update);
        }
        if let Some(known) = remembered.find(connection, drafted.row()).await? {
            match kind {
                RowKind::User => locks.add(Row::User(known.target), Strength::Update),
                RowKind::Organization => locks.add(Row::Principal(known.target), Strength::Update),
                RowKind::Key => locks.add(Row::ApiKey(known.target), Strength::Update),
                // What it refers to is locked.
                RowKind::Membership => {}
            }
        }
        for (referred, id) in referred(drafted) {
            let target = remembered.target(connection, referred, id).await?;
            match (target, referred, kind) {
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
    Ok(locks)
}

/// Sees to it that the ids which tables give are above those that the rows may keep, and
/// those that rows may keep that come later.
async fn reserve_ids(
    connection: &mut Connection,
    options: &ImportOptions,
    drafts: &[&Draft],
) -> Result<(), Failure> {
    let of_rows = HighestIds::of(drafts.iter().copied());
    let highest = of_rows.or(options.highest);
    for (table, id) in [
        ("users", highest.users),
        ("principals", highest.principals),
        ("api_keys", highest.keys),
    ] {
        backend::reserve_id(connection, table, id).await?;
    }
    Ok(())
}
