//! A real browser, whose page comes from another site than the gateway.

use super::{configuration::named_program, test_gateway::TestGateway};
use std::process::Command;

pub(super) async fn a_page_of_another_site_may_send_its_key(gateway: &mut TestGateway) {
    let key = gateway.key("inference", &["m/1:2 b"]).await.value;
    for (path, expected) in [
        ("/v1/chat/completions", "got 200 service"),
        (
            "/models/m%2F1%3A2%20b/v1/chat/completions",
            "got 200 service",
        ),
        // Without the service's headers the page may not read why.
        ("/models/other/v1/chat/completions", "failed"),
    ] {
        gateway.service.take();
        let shown = show(gateway, path, &key).await;
        assert!(shown.contains(expected), "{path}: {shown}");
        let mut received = gateway.service.take().into_iter();
        let mut next = || received.next().map(|request| request.first_line);
        assert_eq!(next().as_deref(), Some("GET /page HTTP/1.1"));
        assert_eq!(next(), Some(format!("OPTIONS {path} HTTP/1.1")));
        let posted = Some(format!("POST {path} HTTP/1.1"));
        assert_eq!(next(), posted.filter(|_| expected != "failed"));
    }
}

/// Shows a page of the service's own address, which sends a request to the gateway, and
/// returns what it shows in the end.
async fn show(gateway: &TestGateway, path: &str, key: &str) -> String {
    let port = gateway.port;
    gateway.service.show(format!(
        "<body>waiting<script>
        fetch('http://127.0.0.1:{port}{path}', {{
            method: 'POST',
            headers: {{'Authorization': 'Bearer {key}', 'Content-Type': 'application/json'}},
            body: '{{}}',
        }}).then(
            async answer => `got ${{answer.status}} ${{await answer.text()}}`,
            error => `failed: ${{error}}`,
        ).then(text => document.body.textContent = text)
        </script></body>"
    ));
    let folder = tempfile::tempdir().unwrap();
    let mut browser = Command::new(named_program("APIKEY_TEST_BROWSER"));
    browser
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-proxy-server",
        ])
        .args([
            "--virtual-time-budget=20000",
            "--timeout=60000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", folder.path().display()))
        .arg(format!("http://127.0.0.1:{}/page", gateway.service.port))
        .env_clear()
        .env("HOME", folder.path())
        .env("TMPDIR", folder.path());
    let ended = tokio::task::spawn_blocking(move || browser.output()).await;
    let output = ended.unwrap().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}
