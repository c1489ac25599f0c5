//! Where the metrics are, and who may read them.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    command, run,
};
use reqwest::Method;
use xtask_harness::server::free_address;

const TOKEN: &str = "a-token-for-metrics.0";

/// Returns a folder with a file that has a token.
fn folder_with(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), text).unwrap();
    folder
}

#[tokio::test]
async fn the_token_in_a_file_opens_the_metrics_alone() {
    let folder = folder_with(&format!("{TOKEN}\n"));
    let path = folder.path().join("token");
    let arguments = ["--metrics-token-file", path.to_str().unwrap()];
    let server = TestServer::start_with(Kind::Sqlite, &arguments).await;
    let client = Client::new(&server);
    let status = async |path, token: &str| {
        let request = client.request(Method::GET, path);
        request.bearer_auth(token).send().await.unwrap().status()
    };
    assert_eq!(status("/metrics", TOKEN).await, 200);
    assert_eq!(status("/metrics", "a-token-for-metrics.1").await, 401);
    assert_eq!(status("/v2/users", TOKEN).await, 401);
    assert_eq!(status("/auth/verify", TOKEN).await, 401);
    let admin = client.as_admin(Method::GET, "/metrics");
    assert_eq!(admin.send().await.unwrap().status(), 200);
    assert!(!server.log().contains(TOKEN));
}

#[tokio::test]
async fn metrics_with_an_address_of_their_own_are_there_and_nowhere_else() {
    let address = free_address().unwrap().to_string();
    let server = TestServer::start_with(Kind::Sqlite, &["--metrics-listen", &address]).await;
    let client = Client::new(&server);
    let at_main = client.as_admin(Method::GET, "/metrics");
    assert_eq!(answer(at_main).await.0, 404);
    let get = async |path: &str| {
        let answer = reqwest::get(format!("http://{address}{path}"))
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, text) = get("/metrics").await;
    assert!(
        status == 200 && text.contains("apikey_build_info{"),
        "{text}"
    );
    for path in ["/readyz", "/v2/users", "/auth/verify", "/"] {
        assert_eq!(get(path).await.0, 404, "{path}");
    }
}

#[test]
fn a_file_without_a_token_is_refused_and_what_it_has_is_not_shown() {
    for text in [
        "short",
        "with a blank in it 0",
        "",
        "two-lines-of-text\nmore",
    ] {
        let folder = folder_with(text);
        let (code, printed) = run(command(folder.path()).args(["--metrics-token-file", "token"]));
        assert_eq!(code, 2, "{printed}");
        assert!(printed.contains("--metrics-token-file"), "{printed}");
        assert!(text.is_empty() || !printed.contains(text), "{printed}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (code, printed) = run(command(folder.path()).args(["--metrics-token-file", "./none"]));
    assert!(
        code == 2 && printed.contains("a file that can be read"),
        "{printed}"
    );
}
