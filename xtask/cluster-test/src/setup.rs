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
use crate::records::{member_fact, user_fact};
use crate::revocable::{Kind, MadeKey, Revocable};
use crate::test_cluster::TestCluster;

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
    let window = Arc::new(FaultWindow::new());
    let admin = make_admin(&changes).await?;
    let name = "nobody-special".to_owned();
    let user = make_person(&changes, &admin, 0, name, &["management"], false).await?;
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
                let (changes, admin) = (&cluster.changes, &cluster.admin);
                let name = format!("{}-{}", kind.label(), cluster.next_number());
                let is_member = kind == Kind::MemberRemoved;
                let key = make_person(changes, admin, node, name, kind.scope(), is_member).await?;
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
    changes: &ChangeSender,
    admin: &MadeKey,
    node: usize,
    name: String,
    scope: &[&str],
    is_member: bool,
) -> Result<MadeKey> {
    let json = json!({"username": name, "password": PASSWORD});
    let request = with_key(Method::POST, "/v2/users", &admin.value).json(&json);
    let made = changes.send(node, request).await;
    let user = number(&made.expect_done("a user")?, "id")?;
    changes.records.add(&user_fact(user), "true");

    let organization = admin.organization;
    let own = Credentials::Password(&name, PASSWORD);
    let mut request = Request::new(Method::POST, "/v2/api-keys").by(own);
    if is_member {
        let path = format!("/v2/organizations/{organization}/members");
        let json = json!({"user_id": user});
        let joining = with_key(Method::POST, &path, &admin.value).json(&json);
        let joined = changes.send(node, joining).await;
        joined.expect_done("a member")?;
        changes
            .records
            .add(&member_fact(organization, user), "user");
        request = request.header("x-organization-id", organization.to_string());
    }
    let made = changes.create_key(node, request, &name, scope, &Value::Null);
    let like = MadeKey {
        user,
        ..admin.clone()
    };
    MadeKey::read(&made.await.expect_done("a key")?, &like)
}

async fn make_admin(changes: &ChangeSender) -> Result<MadeKey> {
    let me = changes
        .send(0, Request::get("/v2/users/me").by(ADMIN))
        .await;
    let user = number(&me.expect_done("the first sign-in")?, "id")?;
    changes.records.add(&user_fact(user), "true");
    let json = json!({"name": "Acme", "slug": "acme"});
    let request = Request::post("/v2/organizations", &json).by(ADMIN);
    let made = changes.send(0, request).await;
    let organization = number(&made.expect_done("an organization")?, "id")?;
    let request = Request::new(Method::POST, "/v2/api-keys").by(ADMIN);
    let scope = &["management"];
    let made = changes.create_key(0, request, "administration", scope, &Value::Null);
    let like = MadeKey {
        user,
        organization,
        ..MadeKey::default()
    };
    MadeKey::read(&made.await.expect_done("the administrator's key")?, &like)
}
