//! Compares what the database holds, and what each node lists, with
//! every change that was acknowledged.

use crate::{
    nodes::COUNT,
    records::{Found, KeyEnd, key_fact, key_value},
    secrets::{Secrets, without_time},
    test_cluster::TestCluster,
};
use anyhow::{Context, Result};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Nullable, Text},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use std::collections::BTreeMap;
use xtask_harness::{
    database::postgres,
    request::{Credentials, Request},
    server::ADMIN,
};

/// The keys that a list shows, by their numbers.
pub(crate) type Listed = BTreeMap<i64, Value>;

const FACTS: &str = "
    SELECT 'user ' || id AS name, is_active::text AS value, '' AS key_end,
           NULL AS credentials FROM users
    WHERE NOT is_system
    UNION ALL
    SELECT 'member ' || organization_id || '/' || user_id, role, '', NULL FROM memberships
    UNION ALL
    SELECT 'key ' || name, scope || COALESCE(' ' || allowed_model_names, ''), CASE
        WHEN revoked_at IS NOT NULL THEN ' revoked'
        WHEN disabled_at IS NOT NULL THEN ' disabled'
        WHEN expires_at < 9223372036854775807 THEN ' expires'
        ELSE ''
    END, credentials
    FROM api_keys
    WHERE user_id NOT IN (SELECT id FROM users WHERE is_system)
";

#[derive(QueryableByName)]
struct FactRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = Text)]
    key_end: String,
    #[diesel(sql_type = Nullable<Text>)]
    credentials: Option<String>,
}

/// Compares the database and every node's list with what is recorded, while
/// there are no changes.
pub(crate) async fn compare(cluster: &TestCluster, database: &str) -> Result<()> {
    let found = facts(database).await?;
    for kind in ["key", "user", "member"] {
        for difference in cluster.records.differences(kind, &found) {
            let difference = format!("in the database, {difference}");
            cluster.findings.add(difference);
        }
    }
    for node in 0..COUNT {
        let listed = list(cluster, node, ADMIN, "&user_id=*").await?;
        let found = listed.values().map(fact).collect::<Result<Found>>()?;
        for difference in cluster.records.differences("key", &found) {
            let difference = format!("in the list of node {node}, {difference}");
            cluster.findings.add(difference);
        }
    }
    Ok(())
}

/// Reads the facts of a database.
pub(crate) async fn facts(database: &str) -> Result<Found> {
    let mut connection = postgres(database).await?;
    let rows: Vec<FactRow> = sql_query(FACTS).load(&mut connection).await?;
    let facts = rows.into_iter().map(|row| {
        let secrets = Secrets::of_database(row.credentials.as_deref())?;
        Ok((row.name, row.value + &secrets.suffix() + &row.key_end))
    });
    facts.collect()
}

/// Lists the keys that someone may see.
pub(crate) async fn list(
    cluster: &TestCluster,
    node: usize,
    credentials: Credentials<'_>,
    query: &str,
) -> Result<Listed> {
    let request = Request::get(format!("/v2/api-keys?page=-1{query}"));
    let outcome = cluster.send(node, &request.by(credentials)).await;
    let mut answer = outcome.expect_done("a list")?;
    let items = answer["items"].as_array_mut();
    let items = items.context("a list without items")?.drain(..);
    items.map(numbered).collect()
}

/// Returns a key with its number, without what changes without an event.
pub(crate) fn numbered(mut key: Value) -> Result<(i64, Value)> {
    let fields = key.as_object_mut().context("a key without fields")?;
    fields.remove("last_used_at");
    if let Some(credentials) = fields.get_mut("credentials") {
        without_time(credentials);
    }
    let has_expiry = fields.get("expires_at").is_some_and(|at| !at.is_null());
    if has_expiry {
        fields.remove("status");
    }
    let id = key["id"].as_i64().context("a key without a number")?;
    Ok((id, key))
}

/// Returns the fact that there is a key, and its value, from what the API shows.
pub(crate) fn fact(key: &Value) -> Result<(String, String)> {
    let name = key["name"].as_str().context("a key without a name")?;
    let scope = key["scope"].as_array().context("a key without a scope")?;
    let scope: Vec<_> = scope.iter().filter_map(Value::as_str).collect();
    let has = |field: &str| !key[field].is_null();
    let end = match () {
        () if has("revoked_at") => KeyEnd::Revoked,
        () if has("disabled_at") => KeyEnd::Disabled,
        () if has("expires_at") => KeyEnd::Expires,
        () => KeyEnd::None,
    };
    let granted = key_value(&scope, &key["allowed_model_names"]);
    let value = granted + &Secrets::of_api(key)?.suffix() + end.suffix();
    Ok((key_fact(name), value))
}
