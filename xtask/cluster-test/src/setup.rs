//! What is there before the test begins: an administrator's key, an
//! organization, people, and keys of each kind.

use crate::{
    kinds::Kind,
    nodes::{Feed, NodeConfig, Nodes},
    records::{member_fact, user_fact},
    revocable::MadeKey,
    test_cluster::TestCluster,
};
use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use std::{path::Path, sync::Arc};
use tokio::task::JoinSet;
use xtask_harness::{
    findings::Findings,
    request::{Credentials, Request},
    server::ADMIN,
};
use xtask_programs::postgres::Cluster;

const PASSWORD: &str = "Passw0rd_1";

/// How many rights are made at a time: a person costs two hashes of a password.
const AT_A_TIME: usize = 4;

/// Starts the first nodes, and makes everything through them, so many of each of some
/// kinds.
pub(crate) async fn start(
    program: &Path,
    running: usize,
    postgres: &Cluster,
    findings: Arc<Findings>,
    (of_each_kind, kinds): (usize, &[Kind]),
) -> Result<(Nodes, Arc<TestCluster>)> {
    findings.enter("start");
    let config = NodeConfig {
        feed: Feed::Listen,
        is_clock_shifted: false,
    };
    let nodes = Nodes::start(program, running, postgres.port(), config).await?;
    let mut cluster = TestCluster::new(nodes.addresses(), findings, of_each_kind)?;
    let json = json!({"name": "Acme", "slug": "acme"});
    let request = Request::post("/v2/organizations", &json).by(ADMIN);
    cluster.organization = id_of(&cluster, 0, request).await?;
    cluster.admin = make_admin(&cluster).await?;
    cluster.user = make_person(&cluster, 0, Kind::Deactivated, &["management"]).await?;
    let cluster = Arc::new(cluster);
    let mut made = JoinSet::new();
    for number in 0..of_each_kind * kinds.len() {
        if made.len() == AT_A_TIME {
            made.join_next().await.context("nothing is made")???;
        }
        let cluster = Arc::clone(&cluster);
        let (node, kind) = (number % running, kinds[number % kinds.len()]);
        made.spawn(async move { replenish(&cluster, node, kind).await });
    }
    while let Some(made) = made.join_next().await {
        made??;
    }
    Ok((nodes, cluster))
}

/// Adds another right of a kind.
pub(crate) async fn replenish(cluster: &TestCluster, node: usize, kind: Kind) -> Result<()> {
    let key = match kind {
        Kind::Deactivated | Kind::MemberRemoved => {
            make_person(cluster, node, kind, kind.grants().0).await?
        }
        _ => cluster.make_admin_key(node, kind).await?,
    };
    let by = Credentials::Key(&cluster.admin.value);
    let revocable = match kind.is_of_secret() {
        true => cluster.prepare_secret(node, kind, &key, by).await?,
        false => cluster.revocable(kind, &key),
    };
    cluster.pool.add(revocable);
    Ok(())
}

/// Makes a user with a key of a scope that belongs to their user, or to the
/// organization that they are made a member of and removed from.
pub(crate) async fn make_person(
    cluster: &TestCluster,
    node: usize,
    kind: Kind,
    scope: &[&str],
) -> Result<MadeKey> {
    let name = format!("{kind:?}-{}", cluster.next_number());
    let json = json!({"username": name, "password": PASSWORD});
    let request = cluster.admin.request(Method::POST, "/v2/users");
    let user = id_of(cluster, node, request.json(&json)).await?;
    cluster.records.add(&user_fact(user), "true");

    let own = Credentials::Password(&name, PASSWORD);
    let mut request = Request::new(Method::POST, "/v2/api-keys").by(own);
    if kind == Kind::MemberRemoved {
        let organization = cluster.organization;
        let path = format!("/v2/organizations/{organization}/members");
        let joining = cluster.admin.request(Method::POST, &path);
        let joining = joining.json(&json!({"user_id": user}));
        let joined = cluster.send(node, &joining).await;
        joined.expect_done("a member")?;
        cluster
            .records
            .add(&member_fact(organization, user), "user");
        request = request.header("x-organization-id", organization.to_string());
    }
    let made = cluster.create_key(node, request, &name, scope, &Value::Null);
    MadeKey::read(made.await.expect_done("a key")?, user)
}

async fn make_admin(cluster: &TestCluster) -> Result<MadeKey> {
    let user = id_of(cluster, 0, Request::get("/v2/users/me").by(ADMIN)).await?;
    cluster.records.add(&user_fact(user), "true");
    let request = Request::new(Method::POST, "/v2/api-keys").by(ADMIN);
    let made = cluster.create_key(0, request, "admin", &["management"], &Value::Null);
    MadeKey::read(made.await.expect_done("the administrator's key")?, user)
}

/// Sends a request and returns the id of what is answered.
async fn id_of(cluster: &TestCluster, node: usize, request: Request) -> Result<i64> {
    let answer = cluster.send(node, &request).await;
    let answer = answer.expect_done("what is there before the test")?;
    let id = answer["id"].as_i64();
    id.with_context(|| format!("no id in {answer}"))
}
