//! Who may see, change and delete which keys.

use super::{
    principals::{Principals, Row},
    table::aligned,
};
use apikey_domain::{
    Error,
    access::{
        policy::{
            Act, ApiKeyFilter, KeyPolicies, KeyReach, KeySelection, UserSelection, may_disclose,
        },
        tenant::TenantContext,
    },
    error::Forbidden,
    identifier::PrincipalId,
    key::{
        api_key::ApiKey, changes::ApiKeyChanges, conditions::KeyConditions, key_name::Description,
        rotation::Step,
    },
    testing::fixture,
    use_case::{keys::new_owner::NewOwner, resolve_tenant::resolve_tenant},
};
use futures_executor::block_on;

pub(super) const LEGEND: &str = "
## Keys

Each column is a key: its user, and in brackets who owns it. A cell shows what
the caller may do with it:

- `L` see it in a list, `W` only in one widened with `user_id=*`
- `C` change it, `S` replace its secret, `R` revoke it, `D` delete it
- `M` make one for the same user and owner; what that may be, see below
- `T` learn its name and number when their custom key duplicates it
";

pub(super) fn table(principals: &Principals, policies: &KeyPolicies) -> String {
    let keys = principals.keys();
    let titles = keys.iter().map(|(title, _)| title.clone());
    let mut lines: Vec<Vec<_>> = vec![[String::new()].into_iter().chain(titles).collect()];
    for row in principals.rows() {
        let mut line = vec![row.title.clone()];
        match context(principals, &row) {
            Ok(context) => {
                let may = |(_, key): &(_, ApiKey)| may(principals, policies, &context, key);
                line.extend(keys.iter().map(may));
            }
            Err(refusal) => line.push(refused(principals, &refusal)),
        }
        lines.push(line);
    }
    aligned(&lines)
}

fn context(principals: &Principals, row: &Row) -> Result<TenantContext, Error> {
    let (caller, ports) = (row.caller.clone(), &principals.app.keys);
    block_on(resolve_tenant(caller, row.requested, &*ports.principals))
}

/// Returns the letters of what the caller may do with the key.
fn may(
    principals: &Principals,
    policies: &KeyPolicies,
    context: &TenantContext,
    key: &ApiKey,
) -> String {
    let user = context.caller().user();
    let shows = |users| {
        let selection = KeySelection {
            users,
            search: None,
            conditions: KeyConditions::NONE,
        };
        let filter = ApiKeyFilter::of(context, policies, &selection);
        filter.is_ok_and(|filter| filter.admits(key))
    };
    let list = match (shows(UserSelection::Own), shows(UserSelection::Everyone)) {
        (true, _) => 'L',
        (false, true) => 'W',
        (false, false) => '-',
    };
    let reach = |act| policies.decide(context, act).into_reach();
    let admits = |act| reach(act).is_ok_and(|reach| reach.admits(key));
    let ports = principals.app.keys.clone().with_policies(policies.clone());
    let owner = block_on(NewOwner::of(context, &ports, Some(key.user_id)));
    let makes = owner.is_ok_and(|owner| owner.principal_id == key.owner_principal_id);
    let may = [
        ('C', changes(reach(Act::Change), key, described())),
        ('S', changes(reach(Act::Rotate), key, rotated())),
        ('R', admits(Act::Revoke)),
        ('D', admits(Act::Delete)),
        ('M', makes),
    ];
    let may = may.map(|(letter, may)| if may { letter } else { '-' });
    let directory = &principals.app.identity.directory;
    let standing = block_on(directory.standing(user.id, key.owner_principal_id));
    let is_disclosed = standing.is_ok_and(|standing| may_disclose(key, user, standing));
    let disclosed = if is_disclosed { 'T' } else { '-' };
    let may = String::from_iter(may);
    format!("{list}{may}{disclosed}")
}

/// Returns whether the key may be changed so.
fn changes(reach: Result<KeyReach, Forbidden>, key: &ApiKey, changes: ApiKeyChanges) -> bool {
    reach.is_ok_and(|reach| {
        reach.admits(key) && reach.changed(key, &changes, key.updated_at).is_ok()
    })
}

/// Returns a change by which a key can do no more than before.
fn described() -> ApiKeyChanges {
    ApiKeyChanges {
        description: Description::parse("changed").ok().map(Some),
        ..ApiKeyChanges::default()
    }
}

fn rotated() -> ApiKeyChanges {
    ApiKeyChanges {
        step: Some(Step::Rotate(fixture::new_credential("fedcba9876543210"))),
        ..ApiKeyChanges::default()
    }
}

/// Returns the refusal with the name of the principal in place of its id.
fn refused(principals: &Principals, refusal: &Error) -> String {
    let text = refusal.to_string();
    let words = text.split(' ').map(|word| match word.parse() {
        Ok(number) => format!("`{}`", principals.name(PrincipalId(number))),
        Err(_) => word.to_owned(),
    });
    format!("refused: {}", words.collect::<Vec<_>>().join(" "))
}
