//! The users and organizations in the tables.

use crate::{TestApp, test_app::signed_in};
use apikey_domain::{
    access::tenant::{Caller, CallerKey},
    identifier::PrincipalId,
    identity::{
        organization::{Organization, Role},
        user::User,
    },
    key::api_key::ApiKey,
    testing::fixture,
};
use futures_executor::block_on;

/// The users and organizations.
pub(super) struct Principals {
    pub(super) app: TestApp,
    alice: User,
    bob: User,
    carol: User,
    root: User,
    robot: User,
    pub(super) acme: Organization,
    pub(super) umbrella: Organization,
}

/// A caller and the principal they ask to act for.
pub(super) struct Row {
    pub(super) title: String,
    pub(super) caller: Caller,
    pub(super) requested: Option<PrincipalId>,
}

impl Principals {
    pub(super) fn new() -> Self {
        block_on(Self::in_memory())
    }

    async fn in_memory() -> Self {
        let app = TestApp::new();
        let [alice, bob, carol] = [
            app.user("alice").await,
            app.user("bob").await,
            app.user("carol").await,
        ];
        let root = app.admin("root").await;
        let robot = app.user_who("robot", |new| new.is_system = true).await;
        let members = [(&alice, Role::User), (&carol, Role::Admin)];
        let acme = app.organization("acme", &members).await;
        let umbrella = app.organization("umbrella", &[(&bob, Role::Admin)]).await;
        Self {
            app,
            alice,
            bob,
            carol,
            root,
            robot,
            acme,
            umbrella,
        }
    }

    /// Returns the name of a principal.
    pub(super) fn name(&self, id: PrincipalId) -> String {
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

    /// Returns alice, who came with a key.
    pub(super) fn alice_with(&self, key: CallerKey) -> Caller {
        fixture::with_key(signed_in(&self.alice), key)
    }

    pub(super) fn rows(&self) -> Vec<Row> {
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
            owner_principal_id,
            ..fixture::caller_key(0, &[scope])
        };
        Row {
            title: format!("{username} for {owner}, key `{scope}`"),
            caller: fixture::with_key(signed_in(user), key),
            requested: None,
        }
    }

    pub(super) fn keys(&self) -> Vec<(String, ApiKey)> {
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
}
