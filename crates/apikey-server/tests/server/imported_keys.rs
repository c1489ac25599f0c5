//! Keys that a running GPUStack 2.3.0 made, with the digests that it stored.

use crate::support::{Kind, TestServer, client::Client};

/// A key, and what GPUStack stored of its secret: argon2id alone, as rows of older versions
/// have it, of a key of its own and of a custom one; and SHA-256 of two more, of which the
/// last is shorter than any that is made here.
const KEYS: [(&str, &str, &str); 4] = [
    (
        "gpustack_d2b5a5df6ad0e3c0_8e603907830333dad55f4d86b54c9340",
        "d2b5a5df6ad0e3c0",
        "$argon2id$v=19$m=65536,t=3,p=4$0EsUj39xf8SbvCaU+Lwq3g$\
         VGKGe18/LT3LgF2x9TqDkelyNHqE+Ogo2ZxTm9FX69A",
    ),
    (
        "sk-live-4f9a2b7c8d1e0f3a5b6c",
        "37bf5fafd0a2cffa4368fa00f518ff3a",
        "$argon2id$v=19$m=65536,t=3,p=4$WF+rR+Dw60aptXmDZ8kB/Q$\
         qEPfnWRO+Cj1JVOXHEtbT3gqRaui8CfsCS8Wffg+uGU",
    ),
    (
        "gpustack_36d83578b58f396c_9a81fe5ba308c2dd09e1f0d864ca4116",
        "36d83578b58f396c",
        "sha256$a665d3845152354af2a88b2542f8869b$\
         460db70bd5a72868488d8a0c630711b1452bbfd3cbcda95d7ccde206c0121da3",
    ),
    (
        "abc1",
        "b20df8446e1b582ec744e38782a8a960",
        "sha256$a285469665532a92d3c21176f57900ce$\
         5c2a4444144abb2415fdfeba872c7a8096a2dfc7de65fafec1edda68db424ca1",
    ),
];

/// Fails on a database in which so many keys do not have our digest and the time of their
/// last change.
fn check(ours: usize) -> String {
    format!(
        "INSERT INTO principals (kind) SELECT NULL
         WHERE (SELECT count(*) FROM api_keys WHERE secret_digest LIKE 'hmac-sha256$%'
                AND updated_at = created_at) <> {ours}"
    )
}

#[tokio::test]
async fn a_key_of_gpustack_verifies_and_then_has_our_digest() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        let client = Client::new(&server);
        let mut imports = Vec::new();
        for (number, (_, access_key, digest)) in KEYS.iter().enumerate() {
            let key = client.create_key(&format!("key {number}")).await;
            imports.push(format!(
                "UPDATE api_keys SET access_key = '{access_key}', secret_digest = '{digest}'
                 WHERE id = {}",
                key["id"]
            ));
        }
        server.kill();
        server.database().run_all(&imports).await.unwrap();
        server.start_again().await;
        let client = Client::new(&server);
        server.database().run_all(&[check(0)]).await.unwrap();
        assert!(server.database().run_all(&[check(1)]).await.is_err());
        for (key, ..) in KEYS {
            if let Some((access_key, _)) = key.rsplit_once('_') {
                let wrong = format!("{access_key}_{}", "0".repeat(32));
                assert_eq!(client.verify(&wrong, "m").await, 401, "{kind}");
            }
            assert_eq!(client.verify(key, "m").await, 200, "{kind}: {key}");
            assert_eq!(client.verify(key, "m").await, 200, "{kind}: {key}");
        }
        server
            .database()
            .run_all(&[check(KEYS.len())])
            .await
            .unwrap();
        server.kill();
        server.start_again().await;
        let client = Client::new(&server);
        for (key, ..) in KEYS {
            assert_eq!(client.verify(key, "m").await, 200, "{kind}: {key}");
        }
        assert!(!server.log().contains("ERROR"), "{kind}: {}", server.log());
    }
}
