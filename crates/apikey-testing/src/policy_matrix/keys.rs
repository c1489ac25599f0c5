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
    key::{api_key::ApiKey, changes::ApiKeyChanges, key_name::Description},
    use_case::resolve_tenant::resolve_tenant,
};
use futures_executor::block_on;

pub(super) const LEGEND: &str = "
## Keys

Each column is a key: its user, and in brackets who owns it. A cell shows what
the caller may do with it:

- `L` see it in a list, `W` only in one widened with `user_id=*`
- `C` change it, `D` delete it
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
        let search = None;
        let selection = KeySelection { users, search };
        let filter = ApiKeyFilter::of(context, policies, &selection);
        filter.is_ok_and(|filter| filter.admits(key))
    };
    let list = match (shows(UserSelection::Own), shows(UserSelection::Everyone)) {
        (true, _) => 'L',
        (false, true) => 'W',
        (false, false) => '-',
    };
    let reach = |act| policies.decide(context, act).into_reach();
    let changes = if changes(reach(Act::Change), key) {
        'C'
    } else {
        '-'
    };
    let deletes = reach(Act::Delete).is_ok_and(|reach| reach.admits(key));
    let deletes = if deletes { 'D' } else { '-' };
    let directory = &principals.app.identity.directory;
    let standing = block_on(directory.standing(user.id, key.owner_principal_id));
    let is_disclosed = standing.is_ok_and(|standing| may_disclose(key, user, standing));
    let disclosed = if is_disclosed { 'T' } else { '-' };
    format!("{list}{changes}{deletes}{disclosed}")
}

/// Returns whether the key may be changed so that it can do no more than before.
fn changes(reach: Result<KeyReach, Forbidden>, key: &ApiKey) -> bool {
    let described = ApiKeyChanges {
        description: Description::parse("changed").ok().map(Some),
        ..ApiKeyChanges::default()
    };
    reach.is_ok_and(|reach| {
        reach.admits(key) && reach.changed(key, &described, key.updated_at).is_ok()
    })
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
