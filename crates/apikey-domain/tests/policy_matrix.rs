//! The policy matrix, printed as a document and compared with a snapshot.
//!
//! The tables are computed from the policies alone; the app only provides the
//! memberships. `cargo insta review`, or `INSTA_UPDATE=always`, accepts a change.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "policy_matrix/principals.rs"]
mod principals;

use apikey_domain::{
    Error,
    access::{
        policy::{
            ApiKeyFilter, KeyReach, KeySelection, UserSelection, may_disclose,
            require_organization_admin, require_personal, require_platform_admin,
        },
        tenant::{Caller, TenantContext},
    },
    identifier::PrincipalId,
    key::{api_key::ApiKey, scope::Scope},
    use_case::resolve_tenant::resolve_tenant,
};
use futures_executor::block_on;
use principals::{Principals, Row};
use std::fmt::Write;

const LEGEND: &str = "\
# Who may do what

alice and carol belong to acme, alice as a user and carol as an admin. bob
belongs to umbrella, as its admin. root is a platform admin, robot a system
user; both belong to nothing. Everyone owns their own principal.

`for` names the principal a caller acts for: the owner of the key they came
with, else the one they asked for, else their own; root asks for none and acts
for `everything`.
";

const KEYS: &str = "
## Keys

Each column is a key: its user, and in brackets who owns it. A cell shows what
the caller may do with it:

- `L` see it in a list, `W` only in one widened with `user_id=*`
- `C` change it, `D` delete it
- `T` learn its name and number when their custom key duplicates it
";

const ADMINISTRATION: &str = "
## Administration

`call` is everything under /v2 at all. `people` is users and organizations,
`account` the caller's own.
`404` means that to this caller the organization does not exist.
";

#[test]
fn the_policy_matrix_matches_its_snapshot() {
    let principals = block_on(Principals::new());
    let mut text = format!("{LEGEND}{KEYS}\n");
    write_table(&mut text, keys_table(&principals));
    writeln!(text, "{ADMINISTRATION}").unwrap();
    write_table(&mut text, administration_table(&principals));
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("who_may_do_what", text);
    });
}

fn keys_table(principals: &Principals) -> Vec<Vec<String>> {
    let keys = principals.keys();
    let titles = keys.iter().map(|(title, _)| title.clone());
    let mut lines = vec![[String::new()].into_iter().chain(titles).collect()];
    for row in principals.rows() {
        let mut line = vec![row.title.clone()];
        match context(principals, &row) {
            Ok(context) => line.extend(keys.iter().map(|(_, key)| may(principals, &context, key))),
            Err(refusal) => line.push(refused(principals, &refusal)),
        }
        lines.push(line);
    }
    lines
}

fn administration_table(principals: &Principals) -> Vec<Vec<String>> {
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
        let cells = cells.map(str::to_owned);
        lines.push([row.title.clone()].into_iter().chain(cells).collect());
    }
    lines
}

fn context(principals: &Principals, row: &Row) -> Result<TenantContext, Error> {
    let (caller, ports) = (row.caller.clone(), &principals.app.keys);
    block_on(resolve_tenant(caller, row.requested, &*ports.principals))
}

/// Returns the letters of what the caller may do with the key.
fn may(principals: &Principals, context: &TenantContext, key: &ApiKey) -> String {
    let user = context.caller().user();
    let shows = |text| {
        let users = UserSelection::parse(user, text).unwrap();
        let search = None;
        let selection = KeySelection { users, search };
        ApiKeyFilter::of(context, &selection).unwrap().admits(key)
    };
    let list = match (shows(None), shows(Some("*"))) {
        (true, true) => 'L',
        (false, true) => 'W',
        (false, false) => '-',
        (true, false) => panic!("a widened list shows less: {context:?}"),
    };
    let changed = if KeyReach::of(context).unwrap().admits(key) {
        "CD"
    } else {
        "--"
    };
    let directory = &principals.app.identity.directory;
    let standing = block_on(directory.standing(user.id, key.owner_principal_id));
    let disclosed = if may_disclose(key, user, standing.unwrap()) {
        'T'
    } else {
        '-'
    };
    format!("{list}{changed}{disclosed}")
}

fn manage_members(principals: &Principals, caller: &Caller, id: PrincipalId) -> Result<(), Error> {
    let standing = block_on(
        principals
            .app
            .identity
            .directory
            .standing(caller.user().id, id),
    );
    Ok(require_organization_admin(caller, id, standing.unwrap())?)
}

fn outcome(result: Result<(), impl Into<Error>>) -> &'static str {
    match result.map_err(Into::into) {
        Ok(()) => "yes",
        Err(Error::NotFound(_)) => "404",
        Err(Error::Forbidden(_)) => "no",
        Err(error) => panic!("{error:?}"),
    }
}

fn write_table(text: &mut String, lines: Vec<Vec<String>>) {
    let mut widths = Vec::new();
    for line in &lines {
        widths.resize(line.len().max(widths.len()), 0);
        // A refusal spans all the columns.
        if line.len() > 2 {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = cell.len().max(*width);
            }
        }
    }
    for line in lines {
        let cells = line.iter().zip(&widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        writeln!(text, "{}", cells.join("  ").trim_end()).unwrap();
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
