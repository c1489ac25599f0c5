//! Who may administer the platform and its organizations.

use super::{principals::Principals, table::aligned};
use apikey_domain::{
    Error,
    access::{
        policy::{require_organization_admin, require_personal, require_platform_admin},
        tenant::Caller,
    },
    gpustack::Scope,
    identifier::PrincipalId,
};
use futures_executor::block_on;

pub(super) const LEGEND: &str = "
`call` is everything under /v2 at all. `people` is users and organizations,
`account` the caller's own.
`404` means that to this caller the organization does not exist.
";

pub(super) fn table(principals: &Principals) -> String {
    let columns = [
        "",
        "call",
        "inference",
        "people",
        "acme's members",
        "umbrella's members",
        "account",
    ];
    let mut lines = vec![columns.map(str::to_owned).to_vec()];
    // The requested principal makes no difference here.
    for row in principals
        .rows()
        .iter()
        .filter(|row| row.requested.is_none())
    {
        let caller = &row.caller;
        let cells = [
            outcome(caller.require_scope(Scope::Management)),
            outcome(caller.require_scope(Scope::Inference)),
            outcome(require_platform_admin(caller)),
            outcome(manage_members(principals, caller, principals.acme.id)),
            outcome(manage_members(principals, caller, principals.umbrella.id)),
            outcome(require_personal(caller)),
        ];
        lines.push([row.title.clone()].into_iter().chain(cells).collect());
    }
    aligned(&lines)
}

fn manage_members(principals: &Principals, caller: &Caller, id: PrincipalId) -> Result<(), Error> {
    let directory = &principals.app.identity.directory;
    let standing = block_on(directory.standing(caller.user().id, id))?;
    Ok(require_organization_admin(caller, id, standing)?)
}

fn outcome(result: Result<(), impl Into<Error>>) -> String {
    match result.map_err(Into::into) {
        Ok(()) => "yes".to_owned(),
        Err(Error::NotFound(_)) => "404".to_owned(),
        Err(Error::Forbidden(_)) => "no".to_owned(),
        Err(error) => error.to_string(),
    }
}
