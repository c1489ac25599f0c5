//! The subcommand `import`, with rows that a GPUStack wrote.

mod administrators;
mod sources;
mod without_settings;

use crate::support::{
    Engine, Kind, TestServer,
    client::{Client, answer},
    run,
};
use apikey_diesel::testing::dump;
use reqwest::Method;
use serde_json::Value;
use std::path::Path;
use xtask_harness::database::Database;

/// Returns a file that came from a GPUStack.
fn file(name: &str) -> String {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../apikey-diesel/tests/gpustack"
    );
    std::fs::read_to_string(Path::new(folder).join(name)).unwrap()
}

/// A database as GPUStack left it, with an engine of its own.
pub(crate) struct Gpustack {
    database: Database,
    /// The users with their passwords, and the keys.
    people: Value,
}

impl Gpustack {
    pub(crate) async fn new() -> Self {
        let engine = Engine::for_tests(Kind::Postgres).unwrap();
        let database = engine.create().await.unwrap();
        let statements = dump::statements(&file("2.3.0.sql"));
        database.run_all(&statements).await.unwrap();
        Self {
            database,
            people: serde_json::from_str(&file("2.3.0-keys.json")).unwrap(),
        }
    }

    /// Returns where it is.
    pub(crate) fn url(&self) -> &str {
        self.database.url()
    }

    async fn change(&self, statements: &[&str]) {
        let statements = statements.iter().map(|text| (*text).to_owned());
        self.database
            .run_all(&Vec::from_iter(statements))
            .await
            .unwrap();
    }

    /// Imports it into the database of a server, running or not.
    fn import(&self, server: &TestServer, arguments: &[&str]) -> Value {
        let (code, printed) = self.try_import(server, arguments);
        assert_eq!(code, 0, "{printed}");
        // Behind the report is the log.
        let mut values = serde_json::Deserializer::from_str(&printed).into_iter();
        let report = values.next().unwrap();
        report.unwrap_or_else(|error| panic!("{error}: {printed}"))
    }

    fn try_import(&self, server: &TestServer, arguments: &[&str]) -> (i32, String) {
        let mut command = server.command();
        // It needs none.
        command.env_remove("APIKEY_PEPPER");
        command.args([
            "import",
            "gpustack",
            "--json",
            "--from",
            self.database.url(),
        ]);
        run(command.args(arguments))
    }
}

/// Returns the numbers of a report: of each kind, how many became this.
fn counts(report: &Value, done: &str) -> [u64; 4] {
    ["users", "organizations", "memberships", "keys"]
        .map(|kind| report["counts"][kind][done].as_u64().unwrap())
}

async fn sign_in(client: &Client, username: &str, password: &str) -> u16 {
    let request = client.request(Method::GET, "/v2/users/me");
    answer(request.basic_auth(username, Some(password))).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_gpustack_has_is_here_after_an_import_into_nothing() {
    let gpustack = Gpustack::new().await;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::not_started_on(kind).await;
        let report = gpustack.import(&server, &["--keep-ids", "--dry-run"]);
        assert_eq!(counts(&report, "created"), [6, 3, 6, 13], "{report:#}");
        let again = gpustack.import(&server, &["--keep-ids", "--dry-run"]);
        assert_eq!(again, report);
        if kind == Kind::Postgres {
            let none = "SELECT 1 / (count(*) - count(*)) FROM users";
            let asked = server.database().run_all(&[none.to_owned()]).await;
            assert!(format!("{:?}", asked.unwrap_err()).contains("does not exist"));
        }

        let done = gpustack.import(&server, &["--keep-ids"]);
        assert_eq!(done["counts"], report["counts"]);
        assert_eq!(done["findings"], report["findings"]);
        let again = gpustack.import(&server, &["--keep-ids"]);
        assert_eq!(counts(&again, "created"), [0; 4], "{again:#}");
        assert_eq!(counts(&again, "unchanged"), [6, 3, 6, 13], "{again:#}");

        for _ in 0..2 {
            server.start_again().await;
            let client = Client::new(&server);
            for (name, password) in gpustack.people["users"].as_object().unwrap() {
                let expected = if name == "eve" { 401 } else { 200 };
                let status = sign_in(&client, name, password.as_str().unwrap()).await;
                assert_eq!(status, expected, "{name}");
            }
            check_keys(&gpustack, &client).await;
            verify_keys(&gpustack, &client).await;
            server.terminate();
        }
        // What was accepted has our digests from then on; this fails if any has not.
        let foreign = "UPDATE write_proof SET id = 2 WHERE EXISTS (SELECT 1 FROM api_keys \
                       WHERE secret_digest NOT LIKE 'hmac-sha256$%' AND user_id <> 8 AND id <> 379)";
        let ours = server.database().run_all(&[foreign.to_owned()]).await;
        ours.unwrap();
    }
}

/// Checks what is said of each key to an administrator.
async fn check_keys(gpustack: &Gpustack, client: &Client) {
    for key in gpustack.people["keys"].as_array().unwrap() {
        let path = format!("/v2/api-keys/{}", key["id"]);
        let request = client.request(Method::GET, &path);
        let (status, found) = answer(request.basic_auth("admin", Some("Bench123!x"))).await;
        assert_eq!(status, 200, "{found}");
        for field in [
            "id",
            "name",
            "scope",
            "allowed_model_names",
            "expires_at",
            "is_custom",
        ] {
            assert_eq!(found[field], key[field], "{field} of {key}");
        }
        assert_eq!(found["user_name"], key["user"]);
    }
}

/// Presents each key, and what is nearly the same, as a gateway does.
async fn verify_keys(gpustack: &Gpustack, client: &Client) {
    for key in gpustack.people["keys"].as_array().unwrap() {
        let value = key["value"].as_str().unwrap();
        // Of a user who is deactivated, and one that has expired.
        let is_refused = key["user"] == "eve" || key["name"] == "nightly";
        for (scope, model) in [
            ("inference", "bge-m3"),
            ("inference", "m"),
            ("management", "m"),
        ] {
            let scopes = key["scope"].as_array().unwrap();
            let has_scope = scopes.iter().any(|one| one == scope || one == "*");
            let models = key["allowed_model_names"].as_array();
            let has_model = models.is_none_or(|models| models.iter().any(|one| one == model));
            let expected = match (is_refused, has_scope && has_model) {
                (true, _) => 401,
                (false, true) => 200,
                (false, false) => 403,
            };
            let path = format!("/auth/verify?scope={scope}");
            let request = client.request(Method::GET, &path).bearer_auth(value);
            let response = request.header("x-model", model).send().await.unwrap();
            assert_eq!(
                response.status().as_u16(),
                expected,
                "{scope} {model} {key}"
            );
            if expected == 200 {
                let user = response.headers()["x-auth-user-name"].to_str().unwrap();
                assert_eq!(user, key["user"]);
                let id = response.headers()["x-auth-key-id"].to_str().unwrap();
                assert_eq!(id, key["id"].to_string());
            }
        }
        let wrong = format!("{value}0");
        assert_eq!(client.verify(&wrong, "bge-m3").await, 401, "{wrong}");
    }
}

/// Returns the findings about a row, as their effects and reasons.
fn said(report: &Value, kind: &str, id: i64) -> Vec<String> {
    let id = id.to_string();
    let findings = report["findings"].as_array().unwrap().iter();
    let about = findings.filter(|one| one["kind"] == kind && one["id"] == id);
    about
        .map(|one| format!("{}: {}", one["effect"], one["reason"]).replace('"', ""))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_in_use_takes_over_what_it_does_not_have() {
    let gpustack = Gpustack::new().await;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        let own = client.create_key("mine").await;
        let report = gpustack.import(&server, &["--keep-ids"]);
        // The administrator and what is theirs, and nothing else.
        assert_eq!(counts(&report, "skipped"), [2, 0, 1, 1], "{report:#}");
        assert_eq!(counts(&report, "created"), [5, 3, 5, 12], "{report:#}");
        let reason = "skipped: the user 1 here has this name: if they are the same, map them with \
                      --map admin=admin";
        assert_eq!(said(&report, "user", 3), [reason]);
        assert_eq!(said(&report, "key", 384), ["skipped: its user is not here"]);
        // The principal 1 is that of the administrator here.
        let taken = "changed: the id 1 is taken: it has the id";
        assert!(
            said(&report, "organization", 1)[0].starts_with(taken),
            "{report:#}"
        );
        assert_eq!(said(&report, "key", 374), [""; 0]);

        let mapped = gpustack.import(&server, &["--keep-ids", "--map", "admin=admin"]);
        assert_eq!(counts(&mapped, "merged"), [1, 0, 0, 0], "{mapped:#}");
        assert_eq!(counts(&mapped, "created"), [0, 0, 1, 1], "{mapped:#}");
        assert_eq!(sign_in(&client, "admin", "Bench123!x").await, 401);
        let theirs = client.as_admin(Method::GET, "/v2/api-keys/384");
        assert_eq!(answer(theirs).await.1["user_name"], "admin");

        // What comes later is above all that was kept.
        let later = client.create_key("later").await;
        assert!(later["id"].as_i64().unwrap() > 386, "{later}");
        assert!(client.user("zoe").await > 8);
        let mine = own["value"].as_str().unwrap();
        assert_eq!(client.verify(mine, "m").await, 200);
        let log = server.log();
        assert!(!log.contains("ERROR") && !log.contains("argon2id"), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_import_brings_what_changed_and_revives_nothing() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let gpustack = Gpustack::new().await;
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        gpustack.import(&server, &["--keep-ids"]);
        let key = |id: i64| answer(client.as_admin(Method::GET, &format!("/v2/api-keys/{id}")));
        let edit = serde_json::json!({"description": "edited here"});
        client
            .change(Method::PUT, "/v2/api-keys/376", edit.clone())
            .await;
        client.change(Method::PUT, "/v2/api-keys/380", edit).await;
        let gone = client.as_admin(Method::DELETE, "/v2/api-keys/385");
        assert_eq!(answer(gone).await.0, 200);
        gpustack
            .change(&[
                "DELETE FROM api_keys WHERE id IN (374, 380)",
                "UPDATE api_keys SET deleted_at = now() WHERE id = 386",
                // Another one with the name of one that has gone.
                "INSERT INTO api_keys SELECT NULL, name, '', 400, 'aaaabbbbccccdddd', 'new', 4, \
                 NULL, now(), now(), NULL, FALSE, '[\"*\"]', 4, 'sha256$00$' || repeat('0', 64) \
                 FROM (SELECT 'laptop' AS name) AS of",
                "UPDATE api_keys SET scope = '[\"inference\"]', updated_at = now() \
                 WHERE id IN (375, 385)",
                "UPDATE api_keys SET scope = '[\"*\"]' WHERE id = 376",
                "UPDATE principals SET is_active = FALSE WHERE name = 'cyd'",
                "UPDATE principals SET display_name = 'Benjamin' WHERE name = 'ben'",
                "UPDATE user_passwords SET hashed_secret = (SELECT hashed_secret \
                 FROM user_passwords WHERE owner_principal_id = 3) WHERE owner_principal_id = 5",
                "DELETE FROM principal_memberships WHERE id = 4",
                "UPDATE principal_memberships SET role = 'OWNER' WHERE id = 6",
            ])
            .await;
        let report = gpustack.import(&server, &["--keep-ids"]);
        assert_eq!(counts(&report, "created"), [0, 0, 0, 1], "{report:#}");
        assert_eq!(counts(&report, "updated"), [2, 0, 1, 1], "{report:#}");
        assert_eq!(counts(&report, "ended"), [0, 0, 1, 3], "{report:#}");
        assert_eq!(key(374).await.1["status"], "revoked");
        assert_eq!(key(380).await.1["status"], "revoked");
        assert_eq!(key(386).await.1["status"], "revoked");
        assert_eq!(key(400).await.1["name"], "laptop");
        assert_eq!(key(375).await.1["scope"], serde_json::json!(["inference"]));
        // Ours is kept, and what was deleted here stays so.
        let touched = "skipped: was changed here since: what changed at the source is not brought";
        assert_eq!(said(&report, "key", 376), [touched]);
        assert_eq!(key(376).await.1["description"], "edited here");
        let deleted = "skipped: was deleted here since";
        assert_eq!(said(&report, "key", 385), [deleted]);
        assert_eq!(key(385).await.0, 404);
        assert_eq!(sign_in(&client, "cyd", "Passw0rd_1").await, 401);
        assert_eq!(sign_in(&client, "ben", "Passw0rd_1").await, 401);
        assert_eq!(sign_in(&client, "ben", "Bench123!x").await, 200);

        let again = gpustack.import(&server, &["--keep-ids"]);
        for done in ["created", "updated", "ended", "merged"] {
            assert_eq!(counts(&again, done), [0; 4], "{again:#}");
        }
    }
}
