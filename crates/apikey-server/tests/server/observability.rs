//! The dashboard and the alerts of the documentation use what the server shows.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use regex_lite::Regex;
use reqwest::Method;
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

/// Shown on PostgreSQL alone, which has other nodes.
const OF_POSTGRES: [&str; 5] = [
    "apikey_database_connections",
    "apikey_feed_lag_seconds",
    "apikey_other_nodes",
    "apikey_refused_database_connections_total",
    "apikey_waiting_changes",
];

fn file(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/observability");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// Returns the metrics that expressions use, of a histogram also its parts.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"\b(?:apikey|http|process)_[a-z0-9_]+").unwrap();
    let found = name.find_iter(text);
    found.map(|found| found.as_str().to_owned()).collect()
}

/// Returns the expressions of all panels.
fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "expr" => found.push(text.clone()),
                    _ => expressions(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| expressions(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn each_metric_of_the_dashboard_and_the_alerts_is_shown() {
    let dashboard: Value = serde_json::from_str(&file("dashboard.json")).unwrap();
    let mut used = Vec::new();
    expressions(&dashboard, &mut used);
    assert!(used.len() > 30, "{used:?}");
    let dashboard = metrics_in(&used.join("\n"));
    let alerts = metrics_in(&file("alerts.yml"));
    assert!(dashboard.len() > 30 && alerts.len() > 15);
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        let metrics = answer_of(&client).await;
        let lines = metrics.lines().filter(|line| !line.starts_with('#'));
        let shown: BTreeSet<_> = lines
            .map(|line| line.split(['{', ' ']).next().unwrap())
            .collect();
        for name in dashboard.union(&alerts) {
            let is_wanted = kind == Kind::Postgres || !OF_POSTGRES.contains(&&**name);
            assert_eq!(shown.contains(&**name), is_wanted, "{kind}: {name}");
        }
    }
}

/// Returns the metrics after a request of a kind that is counted.
async fn answer_of(client: &Client) -> String {
    answer(client.as_admin(Method::GET, "/v2/api-keys")).await;
    let metrics = client.as_admin(Method::GET, "/metrics");
    metrics.send().await.unwrap().text().await.unwrap()
}

#[test]
fn each_alert_has_tests_in_which_it_fires_and_does_not() {
    let (alerts, tests) = (file("alerts.yml"), file("alerts.test.yml"));
    let mut count = 0;
    for line in alerts.lines() {
        let Some((_, name)) = line.split_once("- alert: ") else {
            continue;
        };
        for test in [format!("{name} fires"), format!("{name} does not fire")] {
            assert!(tests.contains(&format!("- name: {test}\n")), "{test}");
        }
        count += 1;
    }
    assert!(count > 15, "{count}");
}

#[test]
fn the_dashboard_has_no_panel_twice_and_each_shows_something() {
    let dashboard: Value = serde_json::from_str(&file("dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len());
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        assert!(
            panel["targets"][0]["expr"].is_string(),
            "{}",
            panel["title"]
        );
    }
}
