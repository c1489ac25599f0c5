//! The subcommand `import`, with rows that a GPUStack wrote.

use crate::support::{
    Engine, Kind, TestServer,
    client::{Client, answer},
    run,
};
use apikey_diesel::testing::dump;
use reqwest::Method;
use serde_json::{Value, json};
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
struct Gpustack {
    database: Database,
    /// The users with their passwords, and the keys.
    people: Value,
}

impl Gpustack {
    async fn new() -> Self {
        let engine = Engine::for_tests(Kind::Postgres).unwrap();
        let database = engine.create().await.unwrap();
        let statements = dump::statements(&file("2.3.0.sql"));
        database.run_all(&statements).await.unwrap();
        Self {
            database,
            people: serde_json::from_str(&file("2.3.0-keys.json")).unwrap(),
        }
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
        let json = printed.rfind('}').map(|end| &printed[..=end]).unwrap();
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {printed}"))
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
            server.terminate();
        }
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
