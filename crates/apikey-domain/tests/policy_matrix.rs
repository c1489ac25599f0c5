//! Who may do what, printed as a document and compared with a checked-in one.
//!
//! The tables are computed from the policies alone; the world only says who is
//! a member of what. `cargo insta review`, or `INSTA_UPDATE=always`, accepts a
//! change.

use apikey_domain::{
    Error,
    api_key::ApiKey,
    identifier::PrincipalId,
    organization::{Organization, Role},
    policy::{
        ApiKeyFilter, KeyReach, UserSelection, may_be_told_of, require_organization_admin,
        require_personal, require_platform_admin,
    },
    scope::{Scope, ScopeSet},
    tenant::{Caller, CallerKey, TenantContext},
    testing::{World, fixture, world::signed_in},
    user::User,
};
use futures_executor::block_on;
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

Each column is a key: its user, and in brackets who owns it. A cell tells what
the caller may do with it:

- `L` see it in a list, `W` only in one widened with `user_id=*`
- `C` change it, `D` delete it
- `T` be told its name and number when their custom key duplicates it
";

const ADMINISTRATION: &str = "
## Administration

`call` is everything under /v2 at all; the other columns suppose that it is
granted. `people` is users and organizations, `account` the caller's own.
`404` means that to this caller the organization does not exist.
";

/// The people and organizations.
struct Cast {
    world: World,
    alice: User,
    bob: User,
    carol: User,
    root: User,
    robot: User,
    acme: Organization,
    umbrella: Organization,
}

/// A caller and what they ask to act for.
struct Row {
    title: String,
    caller: Caller,
    requested: Option<PrincipalId>,
}

impl Cast {
    async fn new() -> Self {
        let world = World::new();
        let [alice, bob, carol] = [
            world.user("alice").await,
            world.user("bob").await,
            world.user("carol").await,
        ];
        let root = world.admin("root").await;
        let robot = world.user_who("robot", |new| new.is_system = true).await;
        let members = [(&alice, Role::User), (&carol, Role::Admin)];
        let acme = world.organization("acme", &members).await;
        let umbrella = world.organization("umbrella", &[(&bob, Role::Admin)]).await;
        Self {
            world,
            alice,
            bob,
            carol,
            root,
            robot,
            acme,
            umbrella,
        }
    }

    /// The name of a principal.
    fn name(&self, id: PrincipalId) -> String {
        for organization in [&self.acme, &self.umbrella] {
            if organization.id == id {
                return organization.slug.as_str().to_owned();
            }
        }
        let users = [&self.alice, &self.bob, &self.carol, &self.root, &self.robot];
        match users.into_iter().find(|user| user.principal_id == id) {
            Some(user) => user.username.as_str().to_owned(),
            None => "nothing known".to_owned(),
        }
    }

    fn rows(&self) -> Vec<Row> {
        let (acme, umbrella) = (self.acme.id, self.umbrella.id);
        let nothing_known = PrincipalId(999);
        let mut rows = Vec::new();
        for (user, requests) in [
            (&self.alice, vec![acme, umbrella, self.bob.principal_id]),
            (&self.carol, vec![acme]),
            (&self.bob, vec![acme, umbrella, nothing_known]),
            (
                &self.root,
                vec![
                    self.root.principal_id,
                    acme,
                    umbrella,
                    self.alice.principal_id,
                    nothing_known,
                ],
            ),
            (&self.robot, vec![acme]),
        ] {
            rows.push(self.with_password(user, None));
            for requested in requests {
                rows.push(self.with_password(user, Some(requested)));
            }
        }
        for user in [&self.alice, &self.carol, &self.bob, &self.root, &self.robot] {
            rows.push(self.with_key(user, user.principal_id, "*"));
            rows.push(self.with_key(user, acme, "*"));
        }
        rows.push(self.with_key(&self.alice, acme, "management"));
        rows.push(self.with_key(&self.alice, acme, "inference"));
        rows.push(self.with_key(&self.root, self.root.principal_id, "inference"));
        rows
    }

    fn with_password(&self, user: &User, requested: Option<PrincipalId>) -> Row {
        let username = user.username.as_str();
        let asked = match requested {
            Some(id) => self.name(id),
            None if user.is_admin => "everything".to_owned(),
            None => username.to_owned(),
        };
        Row {
            title: format!("{username} for {asked}"),
            caller: signed_in(user),
            requested,
        }
    }

    fn with_key(&self, user: &User, owner_principal_id: PrincipalId, scope: &str) -> Row {
        let (username, owner) = (user.username.as_str(), self.name(owner_principal_id));
        let key = CallerKey {
            scope: ScopeSet::parse([scope]).unwrap(),
            owner_principal_id,
            ..fixture::caller_key(0, &[])
        };
        Row {
            title: format!("{username} for {owner}, key `{scope}`"),
            caller: Caller {
                key: Some(key),
                ..signed_in(user)
            },
            requested: None,
        }
    }

    fn keys(&self) -> Vec<(String, ApiKey)> {
        let (acme, umbrella) = (self.acme.id, self.umbrella.id);
        [
            (&self.alice, self.alice.principal_id),
            (&self.alice, acme),
            (&self.carol, acme),
            (&self.bob, self.bob.principal_id),
            (&self.bob, umbrella),
            (&self.root, acme),
            (&self.robot, acme),
        ]
        .into_iter()
        .map(|(user, owner)| {
            let title = format!("{}[{}]", user.username.as_str(), self.name(owner));
            let key = ApiKey {
                user_id: user.id,
                user_is_system: user.is_system,
                owner_principal_id: owner,
                ..fixture::api_key(1, "ci")
            };
            (title, key)
        })
        .collect()
    }

    fn context(&self, row: &Row) -> Result<TenantContext, Error> {
        row.caller.require_scope(Scope::Management)?;
        let (caller, ports) = (row.caller.clone(), &self.world.ports);
        block_on(TenantContext::resolve(caller, row.requested, ports))
    }

    fn may(&self, context: &TenantContext, key: &ApiKey) -> String {
        let user = &context.caller.user;
        let shows = |text| {
            let selection = UserSelection::parse(user, text).unwrap();
            ApiKeyFilter::new(context, selection, None).admits(key)
        };
        let list = match (shows(None), shows(Some("*"))) {
            (true, true) => 'L',
            (false, true) => 'W',
            (false, false) => '-',
            (true, false) => '!',
        };
        let (change, delete) = match KeyReach::of(context).admits(key) {
            true => ('C', 'D'),
            false => ('-', '-'),
        };
        let standing = self
            .world
            .ports
            .directory
            .standing(user.id, key.owner_principal_id);
        let standing = block_on(standing).unwrap();
        let told = if may_be_told_of(key, user, standing) {
            'T'
        } else {
            '-'
        };
        [list, change, delete, told].into_iter().collect()
    }

    fn may_manage_members(&self, caller: &Caller, id: PrincipalId) -> Result<(), Error> {
        let standing = block_on(self.world.ports.directory.standing(caller.user.id, id));
        require_organization_admin(caller, id, standing.unwrap())
    }
}

fn answer(result: Result<(), impl Into<Error>>) -> &'static str {
    match result.map_err(Into::into) {
        Ok(()) => "yes",
        Err(Error::NotFound(_)) => "404",
        Err(Error::Forbidden(_)) => "no",
        Err(error) => panic!("{error:?}"),
    }
}

fn table(text: &mut String, lines: Vec<Vec<String>>) {
    let mut widths = Vec::new();
    for line in &lines {
        widths.resize(line.len().max(widths.len()), 0);
        // A refusal runs through all the columns.
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

#[test]
fn who_may_do_what_is_as_the_document_says() {
    let cast = block_on(Cast::new());
    let keys = cast.keys();
    let mut lines = vec![vec![String::new()]];
    lines[0].extend(keys.iter().map(|(title, _)| title.clone()));
    for row in cast.rows() {
        let mut line = vec![row.title.clone()];
        match cast.context(&row) {
            Ok(context) => line.extend(keys.iter().map(|(_, key)| cast.may(&context, key))),
            Err(refusal) => line.push(refused(&cast, &refusal)),
        }
        lines.push(line);
    }
    let mut text = format!("{LEGEND}{KEYS}\n");
    table(&mut text, lines);

    let columns = [
        "",
        "call",
        "inference",
        "people",
        "acme's members",
        "umbrella's",
        "account",
    ];
    let mut lines = vec![columns.map(str::to_owned).to_vec()];
    for Row { title, caller, .. } in cast.rows() {
        let (acme, umbrella) = (cast.acme.id, cast.umbrella.id);
        let answers = [
            answer(caller.require_scope(Scope::Management)),
            answer(caller.require_scope(Scope::Inference)),
            answer(require_platform_admin(&caller)),
            answer(cast.may_manage_members(&caller, acme)),
            answer(cast.may_manage_members(&caller, umbrella)),
            answer(require_personal(&caller)),
        ];
        let mut line = vec![title];
        line.extend(answers.map(str::to_owned));
        lines.push(line);
    }
    text.push_str(ADMINISTRATION);
    text.push('\n');
    table(&mut text, lines);
    insta::assert_snapshot!("who_may_do_what", text);
}

/// The refusal with the name of the principal in place of its number.
fn refused(cast: &Cast, refusal: &Error) -> String {
    let text = refusal.to_string();
    let words = text.split(' ').map(|word| match word.parse() {
        Ok(number) => format!("`{}`", cast.name(PrincipalId(number))),
        Err(_) => word.to_owned(),
    });
    format!("refused: {}", words.collect::<Vec<_>>().join(" "))
}
