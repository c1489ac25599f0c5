//! What is there before the test begins: an administrator's key, an
//! organization, people, and keys of each kind.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use xtask_harness::request::{Credentials, Request};
use xtask_harness::server::ADMIN;

use crate::changes::{ChangeSender, number, with_key};
use crate::fault_window::FaultWindow;
use crate::findings::Findings;
use crate::measured::Measured;
use crate::nodes::COUNT;
use crate::pool::Pool;
use crate::prober::Prober;
use crate::records::{Records, member_fact, user_fact};
use crate::revocable::{Kind, MadeKey, Revocable};
use crate::test_cluster::{KeyRequest, TestCluster};

const PASSWORD: &str = "Passw0rd_1";

/// How many people are made at a time: each costs two hashes of a password.
const AT_A_TIME: usize = 4;

/// Makes everything, so many of each kind.
pub(crate) async fn prepare(
    addresses: [SocketAddr; COUNT],
    findings: Arc<Findings>,
    of_each_kind: usize,
) -> Result<Arc<TestCluster>> {
    let changes = ChangeSender::new(addresses)?;
    let records = Records::default();
    let window = Arc::new(FaultWindow::new());
    let admin = make_admin(&changes, &records).await?;
    let user = Person::nobody(&changes, &records, &admin).await?;
    let prober = Prober::new(
        addresses,
        admin.value.clone(),
        Arc::clone(&window),
        Arc::clone(&findings),
    )?;
    let cluster = Arc::new(TestCluster {
        window,
        findings,
        prober,
        changes,
        records,
        pool: Pool::default(),
        measured: Measured::default().into(),
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
                cluster.replenish(node, kind).await?;
                continue;
            }
            if people.len() == AT_A_TIME {
                people.join_next().await.context("nobody is made")???;
            }
            let cluster = Arc::clone(&cluster);
            people.spawn(async move {
                let is_member = kind == Kind::MemberRemoved;
                let key =
                    make_person(&cluster, node, kind.label(), kind.scope(), is_member).await?;
                cluster.pool.add(Revocable::of(kind, &key));
                anyhow::Ok(())
            });
        }
    }
    while let Some(made) = people.join_next().await {
        made??;
    }
    Ok(cluster)
}

/// Makes a user with a key of a scope that belongs to their user, or to the
/// organization that they are made a member of.
pub(crate) async fn make_person(
    cluster: &TestCluster,
    node: usize,
    label: &str,
    scope: &[&str],
    is_member: bool,
) -> Result<MadeKey> {
    let person = Person {
        changes: &cluster.changes,
        records: &cluster.records,
        admin: &cluster.admin,
        name: format!("{label}-{}", cluster.next_number()),
    };
    person.make(node, scope, is_member).await
}

async fn make_admin(changes: &ChangeSender, records: &Records) -> Result<MadeKey> {
    let signed_in = |method, path| Request::new(method, path).by(ADMIN);
    let me = changes
        .send(0, signed_in(Method::GET, "/v2/users/me"))
        .await;
    let user = number(&me.expect_done("the first sign-in")?, "id")?;
    record(records, &user_fact(user), "true");
    let organization = json!({"name": "Acme", "slug": "acme"});
    let request = signed_in(Method::POST, "/v2/organizations").json(&organization);
    let made = changes.send(0, request).await;
    let organization = number(&made.expect_done("an organization")?, "id")?;
    let asked = KeyRequest {
        name: "administration",
        scope: &["management"],
        models: Value::Null,
    };
    let request = signed_in(Method::POST, "/v2/api-keys");
    let made = asked.send_with(changes, records, 0, request).await;
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
    changes: &'a ChangeSender,
    records: &'a Records,
    admin: &'a MadeKey,
    name: String,
}

// === impl Person ===

impl<'a> Person<'a> {
    async fn nobody(
        changes: &'a ChangeSender,
        records: &'a Records,
        admin: &'a MadeKey,
    ) -> Result<MadeKey> {
        let name = "nobody-special".to_owned();
        let person = Self {
            changes,
            records,
            admin,
            name,
        };
        person.make(0, &["management"], false).await
    }

    async fn make(&self, node: usize, scope: &[&str], is_member: bool) -> Result<MadeKey> {
        let json = json!({"username": self.name, "password": PASSWORD});
        let request = with_key(Method::POST, "/v2/users", &self.admin.value).json(&json);
        let made = self.changes.send(node, request).await;
        let user = number(&made.expect_done("a user")?, "id")?;
        record(self.records, &user_fact(user), "true");

        let organization = self.admin.organization;
        let mut request = Request::new(Method::POST, "/v2/api-keys")
            .by(Credentials::Password(&self.name, PASSWORD));
        if is_member {
            let path = format!("/v2/organizations/{organization}/members");
            let json = json!({"user_id": user});
            let joining = with_key(Method::POST, &path, &self.admin.value).json(&json);
            let joined = self.changes.send(node, joining).await;
            joined.expect_done("a member")?;
            record(self.records, &member_fact(organization, user), "user");
            request = request.header("x-organization-id", organization.to_string());
        }
        let asked = KeyRequest {
            name: &self.name,
            scope,
            models: Value::Null,
        };
        let made = asked.send_with(self.changes, self.records, node, request);
        let like = MadeKey {
            user,
            ..self.admin.clone()
        };
        MadeKey::read(&made.await.expect_done("a key")?, &like)
    }
}
