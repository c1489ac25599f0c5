//! Finds out what an import would do.

use crate::{
    error::{PortError, Refusal},
    import::{
        decision::{Action, decide, is_of_another_source},
        draft::Drafted,
        facts::{Facts, ImportOptions},
        pretended::{LastAdmin, Pretended},
        source::{SourceName, SourceRow},
    },
    port::import_store::{Brought, ImportView},
    timestamp::Timestamp,
};

/// Finds out what would become of rows.
pub(super) async fn pretend(
    pretended: &mut Pretended,
    view: Option<&dyn ImportView>,
    (source, options): (&SourceName, &ImportOptions),
    rows: Vec<SourceRow>,
    now: Timestamp,
) -> Result<Brought, PortError> {
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in rows {
        let drafted = match Drafted::of(&row, now) {
            Ok(drafted) => drafted,
            Err(skipped) => {
                outcomes.push(skipped);
                continue;
            }
        };
        let merged = pretended.merged();
        let mut facts = match view {
            Some(view) => view.facts(source, options, &drafted, merged).await?,
            None => Facts::of_nothing(&drafted.draft, options),
        };
        if let Some(known) = facts.known()
            && is_of_another_source(known, drafted.created_at)
        {
            return Ok(Brought::AnotherSource(row.id()));
        }
        pretended.add_to(&drafted, options, &mut facts);
        let decision = decide(drafted.clone(), &facts, options, now);
        let refusal = refusal(pretended, view, &facts, &decision.action).await?;
        outcomes.push(match refusal {
            Some(refusal) => decision.refused(&PortError::Refused(refusal)),
            None => {
                pretended.note(&drafted, &facts, &decision.action, now);
                decision.outcome()
            }
        });
    }
    Ok(Brought::Done(outcomes))
}

/// Returns why a store would refuse to do this.
async fn refusal(
    pretended: &Pretended,
    view: Option<&dyn ImportView>,
    facts: &Facts,
    action: &Action,
) -> Result<Option<Refusal>, PortError> {
    let Some(admin) = LastAdmin::ended_by(facts, action) else {
        return Ok(None);
    };
    let stored = match (view, admin) {
        (None, _) => 0,
        (Some(view), LastAdmin::OfPlatform) => view.administrators().await?.all,
        (Some(view), LastAdmin::OfOrganization(id)) => view.organization_admins(id).await?,
    };
    Ok(pretended.refusal(admin, stored))
}
