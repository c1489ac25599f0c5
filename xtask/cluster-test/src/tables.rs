//! Compares what the database holds, and what each node says it holds, with
//! every change that was acknowledged.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use diesel::sql_types::{Nullable, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use xtask_harness::database::postgres;
use xtask_harness::request::{Credentials, Request};
use xtask_harness::server::ADMIN;

use crate::nodes::COUNT;
use crate::records::{Found, key_fact, key_says};
use crate::test_cluster::TestCluster;

/// The keys that a list shows, by their numbers.
pub(crate) type Listed = BTreeMap<i64, Value>;

const FACTS: &str = "
    SELECT 'user ' || id AS name, is_active::text AS says FROM users
    UNION ALL
    SELECT 'member ' || organization_id || '/' || user_id, role FROM memberships
";

const KEYS: &str = "SELECT name, scope, allowed_model_names FROM api_keys";

#[derive(QueryableByName)]
struct FactRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    says: String,
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    scope: String,
    #[diesel(sql_type = Nullable<Text>)]
    allowed_model_names: Option<String>,
}

/// Compares the database and every node's list with what is recorded, while
/// nobody makes changes, and returns the keys there are.
pub(crate) async fn compare(cluster: &TestCluster, database: &str) -> Result<Listed> {
    let found = in_database(database).await?;
    for kind in ["key", "user", "member"] {
        for difference in cluster.changes.records.differences(kind, &found) {
            cluster
                .findings
                .add(format!("in the database, {difference}"));
        }
    }
    let mut listed = Listed::new();
    for node in 0..COUNT {
        listed = list(cluster, node, ADMIN, "&user_id=*").await?;
        let found = listed.values().map(fact).collect::<Result<_>>()?;
        for difference in cluster.changes.records.differences("key", &found) {
            cluster
                .findings
                .add(format!("in the list of node {node}, {difference}"));
        }
    }
    Ok(listed)
}

/// Lists the keys that someone may see.
pub(crate) async fn list(
    cluster: &TestCluster,
    node: usize,
    credentials: Credentials<'_>,
    query: &str,
) -> Result<Listed> {
    let path = format!("/v2/api-keys?page=-1{query}");
    let request = Request::get(path).by(credentials);
    let outcome = cluster.changes.send(node, request).await;
    let mut answer = outcome.expect_done("a list")?;
    let items = answer["items"].take();
    let Value::Array(items) = items else {
        anyhow::bail!("a list without items: {answer}");
    };
    let numbered = items.into_iter().map(|item| {
        let id = item["id"].as_i64().context("a key without a number")?;
        Ok((id, item))
    });
    numbered.collect()
}

/// Returns what a key says, as the API shows it.
pub(crate) fn fact(key: &Value) -> Result<(String, String)> {
    let name = key["name"].as_str().context("a key without a name")?;
    let scope = key["scope"].as_array().context("a key without a scope")?;
    let scope: Vec<_> = scope.iter().filter_map(Value::as_str).collect();
    let says = key_says(&scope, &key["allowed_model_names"]);
    Ok((key_fact(name), says))
}

async fn in_database(url: &str) -> Result<Found> {
    let mut connection = postgres(url).await?;
    let facts: Vec<FactRow> = sql_query(FACTS).load(&mut connection).await?;
    let keys: Vec<KeyRow> = sql_query(KEYS).load(&mut connection).await?;
    let mut found: Found = facts.into_iter().map(|row| (row.name, row.says)).collect();
    for row in keys {
        let models = match &row.allowed_model_names {
            Some(json) => serde_json::from_str(json)?,
            None => Value::Null,
        };
        let scope: Vec<_> = row.scope.split(',').collect();
        found.insert(key_fact(&row.name), key_says(&scope, &models));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_api_and_the_database_say_the_same_of_a_key() {
        let key = json!({"name": "a", "scope": ["inference", "management"],
            "allowed_model_names": ["large", "small"]});
        let (name, says) = fact(&key).unwrap();
        assert_eq!(name, "key a");
        assert_eq!(says, r#"inference,management ["large","small"]"#);
    }
}
