//! Makes what was decided of rows that are imported.

use super::{
    connection::Connection,
    job::{Effects, Written},
    key_change, members, organizations, users,
};
use crate::{
    failure::Failure,
    rows::{
        FullNameColumns, KeyNameColumns, OrganizationNameColumns, UsernameColumns, expiry_column,
        model_names_column, scope_column,
    },
    schema::{api_keys, principals, stored_organizations, stored_users},
};
use apikey_domain::{
    change::{Change, KeyEvent, Membership, Transition},
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::organization::{Role, Slug},
    import::{
        decision::Action,
        draft::{Draft, KeyDraft, KeyHolder, OrganizationDraft, UserDraft},
        facts::{Current, Facts, Known},
    },
    key::{api_key::ApiKey, key_name::KeyName},
    timestamp::Timestamp,
};
use diesel::ExpressionMethods;
use diesel_async::RunQueryDsl;

/// What a row became.
pub(super) struct Became {
    pub(super) target: i64,
    pub(super) left_at: Option<Timestamp>,
    pub(super) is_merged: bool,
    pub(super) changes: Vec<Change>,
}

/// Makes what was decided.
pub(super) async fn make(
    connection: &mut Connection,
    at: Timestamp,
    draft: &Draft,
    facts: &Facts,
    action: &Action,
) -> Result<Became, Failure> {
    match (action, draft, facts) {
        (Action::CreateUser { id, principal }, Draft::User(draft), _) => {
            create_user(connection, draft, (*id, *principal)).await
        }
        (Action::CreateOrganization { id, slug }, Draft::Organization(draft), _) => {
            create_organization(connection, draft, *id, slug).await
        }
        (Action::CreateKey { id, name, holder }, Draft::Key(draft), _) => {
            create_key(connection, draft, *id, (name, holder)).await
        }
        (Action::MergeUser(UserId(id)) | Action::MergeMember(UserId(id)), ..) => Ok(Became {
            is_merged: true,
            ..Became::of(*id, None)
        }),
        (Action::ChangeUser(id, changes), ..) => {
            let (user, effects) = users::update(connection, at, (*id, None), changes).await?;
            let left_at = user.map(|user| user.updated_at);
            Ok(Became::of(id.0, left_at).with(effects))
        }
        (Action::ChangeOrganization(id, changes), ..) => {
            let written = organizations::update(connection, at, *id, changes).await?;
            let (organization, effects) = written;
            let left_at = organization.map(|one| one.updated_at);
            Ok(Became::of(id.0, left_at).with(effects))
        }
        (Action::AddMember(organization, user, role), Draft::Membership(draft), _) => {
            let membership = membership(*organization, *user, *role);
            let added = members::add(connection, draft.created_at, membership).await;
            became_member(*user, added)
        }
        (Action::ChangeMember(organization, user, role), ..) => {
            let membership = membership(*organization, *user, *role);
            became_member(*user, members::update(connection, membership).await)
        }
        (Action::EndMember(organization, user), ..) => {
            let removed = members::remove(connection, *organization, *user).await;
            became_member(*user, removed)
        }
        (Action::ChangeKey(after), _, Facts::Key(facts)) => {
            let before = facts.current.clone();
            change_key(connection, before, after).await
        }
        (Action::ChangeKey(after), _, Facts::Gone(facts)) => {
            let before = match &facts.current {
                Some(Current::Key(key)) => Some((**key).clone()),
                _ => None,
            };
            change_key(connection, before, after).await
        }
        (Action::Remember, _, facts) => match facts.known() {
            Some(known) => Ok(Became::as_before(known)),
            None => Err(PortError::Corrupt("imports: nothing to remember".to_owned()).into()),
        },
        _ => Err(PortError::Corrupt("imports: decided about another row".to_owned()).into()),
    }
}

async fn create_user(
    connection: &mut Connection,
    draft: &UserDraft,
    (id, principal): (Option<i64>, Option<i64>),
) -> Result<Became, Failure> {
    let principal = new_principal(connection, "user", principal).await?;
    let id: i64 = diesel::insert_into(stored_users::table)
        .values((
            id.map(|id| stored_users::id.eq(id)),
            stored_users::principal_id.eq(principal),
            UsernameColumns::from(&draft.username),
            FullNameColumns::from(draft.full_name.as_ref()),
            stored_users::password_hash.eq(draft.password_hash.as_str()),
            stored_users::is_admin.eq(draft.is_admin),
            stored_users::is_active.eq(draft.is_active),
            stored_users::is_system.eq(false),
            stored_users::require_password_change.eq(draft.require_password_change),
            stored_users::created_at.eq(draft.created_at.microseconds()),
            stored_users::updated_at.eq(draft.updated_at.microseconds()),
        ))
        .returning(stored_users::id)
        .get_result(connection)
        .await?;
    let user = draft.stored(UserId(id), PrincipalId(principal));
    let became = Became::of(id, Some(user.updated_at));
    let created = Change::User(Transition::Created(user));
    Ok(became.with(Effects::changed([created])))
}

async fn create_organization(
    connection: &mut Connection,
    draft: &OrganizationDraft,
    id: Option<i64>,
    slug: &Slug,
) -> Result<Became, Failure> {
    let id = new_principal(connection, "organization", id).await?;
    let description = draft.description.as_ref();
    diesel::insert_into(stored_organizations::table)
        .values((
            stored_organizations::principal_id.eq(id),
            OrganizationNameColumns::from(&draft.name),
            stored_organizations::slug.eq(slug.as_str()),
            stored_organizations::description.eq(description.map(|text| text.as_str())),
            stored_organizations::created_at.eq(draft.created_at.microseconds()),
            stored_organizations::updated_at.eq(draft.updated_at.microseconds()),
        ))
        .execute(connection)
        .await?;
    let organization = draft.stored(PrincipalId(id), slug.clone());
    let became = Became::of(id, Some(organization.updated_at));
    let created = Change::Organization(Transition::Created(organization));
    Ok(became.with(Effects::changed([created])))
}

async fn create_key(
    connection: &mut Connection,
    draft: &KeyDraft,
    id: Option<i64>,
    (name, holder): (&KeyName, &KeyHolder),
) -> Result<Became, Failure> {
    let description = draft.description.as_ref();
    let id: i64 = diesel::insert_into(api_keys::table)
        .values((
            id.map(|id| api_keys::id.eq(id)),
            KeyNameColumns::from(name),
            api_keys::description.eq(description.map(|text| text.as_str())),
            api_keys::user_id.eq(holder.user_id.0),
            api_keys::owner_principal_id.eq(holder.owner.0),
            api_keys::access_key.eq(draft.access_key.as_str()),
            api_keys::secret_digest.eq(draft.digest.to_text()),
            api_keys::scope.eq(scope_column(&draft.scope)),
            api_keys::allowed_model_names.eq(model_names_column(&draft.allowed_model_names)),
            api_keys::is_custom.eq(draft.origin.is_custom()),
            api_keys::expires_at.eq(expiry_column(draft.expires_at)),
            api_keys::created_at.eq(draft.created_at.microseconds()),
            api_keys::updated_at.eq(draft.updated_at.microseconds()),
        ))
        .returning(api_keys::id)
        .get_result(connection)
        .await?;
    let key = draft.stored(ApiKeyId(id), name.clone(), holder.clone());
    let became = Became::of(id, Some(key.updated_at));
    let created = Change::Key(KeyEvent::Created(key));
    Ok(became.with(Effects::changed([created])))
}

async fn change_key(
    connection: &mut Connection,
    before: Option<ApiKey>,
    after: &ApiKey,
) -> Result<Became, Failure> {
    let before = before.ok_or_else(|| PortError::Corrupt("imports: no key".to_owned()))?;
    let change = key_change::become_new(connection, before, after, None).await?;
    let became = Became::of(after.id.0, Some(after.updated_at));
    Ok(became.with(Effects::changed([change])))
}

async fn new_principal(
    connection: &mut Connection,
    kind: &str,
    id: Option<i64>,
) -> Result<i64, Failure> {
    let id = diesel::insert_into(principals::table)
        .values((
            id.map(|id| principals::id.eq(id)),
            principals::kind.eq(kind),
        ))
        .returning(principals::id)
        .get_result(connection)
        .await?;
    Ok(id)
}

fn membership(organization_id: PrincipalId, user_id: UserId, role: Role) -> Membership {
    Membership {
        organization_id,
        user_id,
        role,
    }
}

fn became_member<T>(UserId(user): UserId, written: Written<T>) -> Result<Became, Failure> {
    let (_, effects) = written?;
    Ok(Became::of(user, None).with(effects))
}

// === impl Became ===

impl Became {
    fn of(target: i64, left_at: Option<Timestamp>) -> Self {
        Self {
            target,
            left_at,
            is_merged: false,
            changes: Vec::new(),
        }
    }

    fn as_before(known: &Known) -> Self {
        Self {
            is_merged: known.is_merged,
            ..Self::of(known.target, known.left_at)
        }
    }

    fn with(self, effects: Effects) -> Self {
        Self {
            changes: effects.changes,
            ..self
        }
    }
}
