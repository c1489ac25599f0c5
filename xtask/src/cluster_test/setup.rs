//! What is there before the test begins: an administrator's key, an
//! organization, people, and keys of each kind.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::bench::http::{Authorization, Request};
use crate::cluster_test::figures::Figures;
use crate::cluster_test::findings::Findings;
use crate::cluster_test::manager::{Manager, number, with_key};
use crate::cluster_test::nodes::{ADMIN, COUNT};
use crate::cluster_test::questions::Asker;
use crate::cluster_test::records::{Records, member_fact, user_fact};
use crate::cluster_test::scene::{KeyRequest, Scene};
use crate::cluster_test::stock::Stock;
use crate::cluster_test::subjects::{Kind, MadeKey, Subject};
use crate::cluster_test::weather::Weather;

const PASSWORD: &str = "Passw0rd_1";

/// How many people are made at a time: each costs two hashes of a password.
const AT_A_TIME: usize = 4;

/// Makes everything, so many of each kind.
pub(super) async fn prepare(
    addresses: [SocketAddr; COUNT],
    findings: Arc<Findings>,
    of_each_kind: usize,
) -> Result<Arc<Scene>> {
    let manager = Manager::new(addresses);
    let records = Records::default();
    let weather = Arc::new(Weather::new());
    let admin = make_admin(&manager, &records).await?;
    let user = Person::nobody(&manager, &records, &admin).await?;
    let asker = Asker::new(
        addresses,
        admin.value.clone(),
        Arc::clone(&weather),
        Arc::clone(&findings),
    );
    let scene = Arc::new(Scene {
        addresses,
        weather,
        findings,
        asker,
        manager,
        records,
        stock: Stock::default(),
        figures: Figures::default().into(),
        admin,
        user,
        of_each_kind,
        numbers: AtomicU64::new(1),
    });
    let mut people = JoinSet::new();
    for number in 0..of_each_kind {
        for kind in Kind::ALL {
            let node = number % COUNT;
            if !kind.is_about_people() {
                scene.replenish(node, kind).await?;
                continue;
            }
            if people.len() == AT_A_TIME {
                people.join_next().await.context("nobody is made")???;
            }
            let scene = Arc::clone(&scene);
            people.spawn(async move {
                let is_member = kind == Kind::MemberRemoved;
                let key = make_person(&scene, node, kind.label(), kind.scope(), is_member).await?;
                scene.stock.add(Subject::of(kind, &key));
                anyhow::Ok(())
            });
        }
    }
    while let Some(made) = people.join_next().await {
        made??;
    }
    Ok(scene)
}

/// Makes a user with a key of a scope that belongs to their user, or to the
/// organization that they are made a member of.
pub(super) async fn make_person(
    scene: &Scene,
    node: usize,
    label: &str,
    scope: &[&str],
    is_member: bool,
) -> Result<MadeKey> {
    let person = Person {
        manager: &scene.manager,
        records: &scene.records,
        admin: &scene.admin,
        name: format!("{label}-{}", scene.next_number()),
    };
    person.make(node, scope, is_member).await
}

async fn make_admin(manager: &Manager, records: &Records) -> Result<MadeKey> {
    let signed_in = |method, path| Request::new(method, path).authorized(ADMIN);
    let me = manager.send(0, signed_in("GET", "/v2/users/me")).await;
    let user = number(&me.expect_done("the first sign-in")?, "id")?;
    record(records, &user_fact(user), "true");
    let organization = json!({"name": "Acme", "slug": "acme"}).to_string();
    let request = signed_in("POST", "/v2/organizations").json(&organization);
    let made = manager.send(0, request).await;
    let organization = number(&made.expect_done("an organization")?, "id")?;
    let asked = KeyRequest {
        name: "administration",
        scope: &["management"],
        models: Value::Null,
    };
    let request = signed_in("POST", "/v2/api-keys");
    let made = asked.send_with(manager, records, 0, request).await;
    let like = MadeKey {
        id: 0,
        name: String::new(),
        value: String::new(),
        created_at: String::new(),
        user,
        organization,
    };
    MadeKey::read(&made.expect_done("the administrator's key")?, &like)
}

fn record(records: &Records, fact: &str, says: &str) {
    records.begin(fact);
    records.settle(fact, Some(says));
}

/// Someone to be made.
struct Person<'a> {
    manager: &'a Manager,
    records: &'a Records,
    admin: &'a MadeKey,
    name: String,
}

// === impl Person ===

impl<'a> Person<'a> {
    async fn nobody(
        manager: &'a Manager,
        records: &'a Records,
        admin: &'a MadeKey,
    ) -> Result<MadeKey> {
        let name = "nobody-special".to_owned();
        let person = Self {
            manager,
            records,
            admin,
            name,
        };
        person.make(0, &["management"], false).await
    }

    async fn make(&self, node: usize, scope: &[&str], is_member: bool) -> Result<MadeKey> {
        let json = json!({"username": self.name, "password": PASSWORD}).to_string();
        let request = with_key("POST", "/v2/users", &self.admin.value).json(&json);
        let made = self.manager.send(node, request).await;
        let user = number(&made.expect_done("a user")?, "id")?;
        record(self.records, &user_fact(user), "true");

        let organization = self.admin.organization;
        let mut request = Request::new("POST", "/v2/api-keys")
            .authorized(Authorization::Password(&self.name, PASSWORD));
        if is_member {
            let path = format!("/v2/organizations/{organization}/members");
            let json = json!({"user_id": user}).to_string();
            let joining = with_key("POST", &path, &self.admin.value).json(&json);
            let joined = self.manager.send(node, joining).await;
            joined.expect_done("a member")?;
            record(self.records, &member_fact(organization, user), "user");
            request = request.header("x-organization-id", &organization.to_string());
        }
        let asked = KeyRequest {
            name: &self.name,
            scope,
            models: Value::Null,
        };
        let made = asked.send_with(self.manager, self.records, node, request);
        let like = MadeKey {
            user,
            ..self.admin.clone()
        };
        MadeKey::read(&made.await.expect_done("a key")?, &like)
    }
}
