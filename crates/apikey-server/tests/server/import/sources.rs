//! Other sources than the database of one GPUStack.

use super::{Gpustack, counts, sign_in};
use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    run,
};
use reqwest::Method;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn another_database_changes_nothing() {
    let gpustack = Gpustack::new().await;
    let server = TestServer::not_started_on(Kind::Sqlite).await;
    let table = |created: &str, name: &str| format!("ALTER TABLE {created} RENAME TO {name}");
    gpustack.import(&server, &[]);
    let other = Gpustack::new().await;
    other
        .change(&["UPDATE principals SET created_at = now() WHERE id IN (3, 4, 5)"])
        .await;
    let (code, printed) = other.try_import(&server, &[]);
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("needs a name of its own"), "{printed}");
    let named = other.import(&server, &["--source", "second"]);
    // The same names, and the same access keys.
    assert_eq!(counts(&named, "created"), [0, 3, 0, 0], "{named:#}");

    other.change(&[&table("principals", "people")]).await;
    let (code, printed) = other.try_import(&server, &["--dry-run"]);
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("no column principals.id"), "{printed}");
    let from = ["--from", "postgres://me:hidden@127.0.0.1:1/x"];
    let mut command = server.command();
    let (code, printed) = run(command.args(["import", "gpustack"]).args(from));
    assert!(code == 1 && !printed.contains("hidden"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_which_a_file_has_digests_are_accepted() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        client.user("ada").await;
        let acme = client.organization("acme").await;
        let path = format!("/v2/organizations/{acme}/members");
        let ada = answer(client.as_admin(Method::GET, "/v2/users?search=ada"))
            .await
            .1;
        let member = serde_json::json!({"user_id": ada["items"][0]["id"], "role": "user"});
        client.change(Method::POST, &path, member).await;
        let file = server.folder().join("keys.csv");
        let text = "access_key,digest,algorithm,user,organization,name,scope,models\n\
            access,8c24a8a5533c3d6f21511eed87a34d4bec46aabf8eb5cb6bf4ba5ef990fd2d69,sha256,ada,,whole,*,\n\
            36d83578b58f396c,sha256$a665d3845152354af2a88b2542f8869b$\
            460db70bd5a72868488d8a0c630711b1452bbfd3cbcda95d7ccde206c0121da3,,ada,acme,salted,inference,m\n\
            d2b5a5df6ad0e3c0,\"$argon2id$v=19$m=65536,t=3,p=4$0EsUj39xf8SbvCaU+Lwq3g$\
            VGKGe18/LT3LgF2x9TqDkelyNHqE+Ogo2ZxTm9FX69A\",argon2id,ada,,slow,inference,\n\
            2d730f3d48a336b850b70935451671e7,$2b$04$abcdefghijklmnopqrstuuvmCvlqyC2IqsiDAREX3h0m37/QhRdUO,bcrypt,ada,,custom,*,\n\
            ab,$2b$04$abcdefghijklmnopqrstuuAA4Z5w4hZeArk.B4xHQvJtp5yawze.a,,ada,acme,short,*,\n\
            ab,8c24a8a5533c3d6f21511eed87a34d4bec46aabf8eb5cb6bf4ba5ef990fd2d69,,ada,,repeated,*,\n\
            lost,8c24a8a5533c3d6f21511eed87a34d4bec46aabf8eb5cb6bf4ba5ef990fd2d69,bcrypt,ada,,mistaken,*,\n\
            ,8c24a8a5533c3d6f21511eed87a34d4bec46aabf8eb5cb6bf4ba5ef990fd2d69,,ada,,lost,*,\n";
        std::fs::write(&file, text).unwrap();
        let mut command = server.command();
        command.args(["import", "hashes", "--json"]).arg(&file);
        let (code, printed) = run(&mut command);
        assert_eq!(code, 0, "{printed}");
        let report: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(counts(&report, "created")[3], 5, "{report:#}");
        assert_eq!(counts(&report, "skipped")[3], 3, "{report:#}");
        for key in [
            "gpustack_access_secret",
            "gpustack_36d83578b58f396c_9a81fe5ba308c2dd09e1f0d864ca4116",
            "gpustack_d2b5a5df6ad0e3c0_8e603907830333dad55f4d86b54c9340",
            "sk-imported-0123456789abcdef",
            "gpustack_ab_cd",
        ] {
            for _ in 0..2 {
                assert_eq!(client.verify(key, "m").await, 200, "{key}");
            }
            assert_eq!(client.verify(&format!("{key}0"), "m").await, 401, "{key}");
        }
        let hygiene = client.as_admin(Method::GET, "/v2/reports/hygiene?user_id=*");
        assert_eq!(
            imported(&answer(hygiene).await.1),
            ["whole", "custom", "short"]
        );
        // A second time there is nothing to do.
        let (code, printed) = run(&mut command);
        let again: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!((code, counts(&again, "unchanged")[3]), (0, 5), "{again:#}");
        assert_eq!(counts(&again, "skipped")[3], 3, "{again:#}");
        std::fs::write(&file, "user,digest\n").unwrap();
        let (code, printed) = run(&mut command);
        assert_eq!(code, 1, "{printed}");
        assert!(printed.contains("no column access_key"), "{printed}");
    }
}

/// Returns the names of the keys of which a report says that they were imported.
fn imported(report: &Value) -> Vec<&str> {
    let items = report["imported"]["items"].as_array().unwrap().iter();
    items.map(|key| key["name"].as_str().unwrap()).collect()
}

/// Before organizations the table of users was another one, and had the passwords.
#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_release_is_read_too() {
    let gpustack = Gpustack::new().await;
    gpustack
        .change(&[
            "DROP TABLE principal_memberships",
            "CREATE TABLE users AS SELECT deleted_at, name AS username, is_admin, display_name AS \
             full_name, FALSE AS require_password_change, id, (SELECT hashed_secret FROM \
             user_passwords WHERE owner_principal_id = principals.id) AS hashed_password, \
             created_at, updated_at, is_active, source, id = 2 AS is_system FROM principals \
             WHERE kind <> 'ORG'",
            "DROP TABLE principals CASCADE",
            "DROP TABLE user_passwords",
            "DELETE FROM api_keys WHERE owner_principal_id IS DISTINCT FROM user_id",
            "ALTER TABLE api_keys DROP COLUMN owner_principal_id, DROP COLUMN secret_key_digest, \
             DROP COLUMN is_custom",
        ])
        .await;
    let mut server = TestServer::not_started_on(Kind::Sqlite).await;
    let report = gpustack.import(&server, &["--keep-ids"]);
    assert_eq!(counts(&report, "created"), [6, 0, 0, 7], "{report:#}");
    server.start_again().await;
    let client = Client::new(&server);
    assert_eq!(sign_in(&client, "ada", "Passw0rd_1").await, 200);
    let key = "gpustack_d2b5a5df6ad0e3c0_8e603907830333dad55f4d86b54c9340";
    assert_eq!(client.verify(key, "m").await, 200);
}

/// No new key could be so short, or have no name.
#[tokio::test(flavor = "multi_thread")]
async fn a_short_key_and_one_without_a_name_go_on_working() {
    let gpustack = Gpustack::new().await;
    gpustack
        .change(&[
            "UPDATE principals SET is_active = TRUE WHERE name = 'eve'",
            "UPDATE api_keys SET name = '' WHERE id = 376",
        ])
        .await;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::not_started_on(kind).await;
        gpustack.import(&server, &["--keep-ids"]);
        server.start_again().await;
        let client = Client::new(&server);
        for _ in 0..2 {
            assert_eq!(client.verify("abc1", "m").await, 200);
            assert_eq!(client.verify("abc2", "m").await, 401);
            let unnamed = "gpustack_641e1e63aa5f2ddc_4d578035100e9f1676c9e5a0c8b97825";
            assert_eq!(client.verify(unnamed, "bge-m3").await, 200);
        }
        let ask = |path| {
            let request = client.request(Method::GET, path);
            answer(request.basic_auth("admin", Some("Bench123!x")))
        };
        assert_eq!(ask("/v2/api-keys/376").await.1["name"], "key 376");
        let (_, hygiene) = ask("/v2/reports/hygiene?user_id=*").await;
        let imported = imported(&hygiene);
        assert!(imported.contains(&"short"), "{hygiene:#}");
        assert!(!imported.contains(&"key 376"), "{hygiene:#}");
    }
}
