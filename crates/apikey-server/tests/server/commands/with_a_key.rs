//! Commands that ask a server at a URL, with a key.

use super::{Done, run};
use crate::support::{Kind, TestServer, client::Client, command};
use xtask_harness::server::free_address;

/// Asks a server from an empty folder, without any other setting than a key.
fn ask(url: &str, key: &str, arguments: &[&str]) -> Done {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path());
    command.args(arguments).args(["--url", url]);
    if !key.is_empty() {
        command.env("APIKEY_KEY", key);
    }
    let done = run(command, "Passw0rd_1\n");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(
        key.is_empty() || !done.errors.contains(key),
        "{}",
        done.errors
    );
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_do_what_its_user_may() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        client.user("bob").await;
        let (_, admins) = client.own_key("admin").await;
        let (_, bobs) = client.own_key("bob").await;
        let url = format!("http://{}/", server.address);
        let created = ask(&url, &admins, &["user", "create", "carol", "--json"]).json();
        assert_eq!(created[0]["username"], "carol");
        let listed = ask(&url, &bobs, &["key", "list", "--json"]).json();
        assert_eq!(listed.len(), 1);
        ask(&url, &bobs, &["user", "list"]).must_fail(3, "Only a platform admin may do this (403)");
        ask(&url, &bobs, &["user", "show", "carol"]).must_fail(3, "give its id");
        ask(&url, &admins, &["key", "list", "--user", "999"]).must_fail(4, "User not found");
        ask(&url, &bobs, &["key", "show", "999"]).must_fail(4, "Api key not found");
        ask(&url, &format!("{bobs}x"), &["key", "list"]).must_fail(3, "(401): is the key right");
        ask(&url, "line\u{e9}", &["key", "list"]).must_fail(2, "is none: keys");
        ask(&url, &admins, &["user", "create", "carol"]).must_fail(3, "already exists (409)");
        // From a file, too.
        let file = server.folder().join("key");
        std::fs::write(&file, format!("{bobs}\n")).unwrap();
        let mut command = command(server.folder());
        command.args(["key", "list", "--json", "--url", &url]);
        let done = run(
            {
                command.env("APIKEY_KEY_FILE", &file);
                command
            },
            "",
        );
        assert_eq!(done.json().len(), 1);
        assert_eq!(done.errors, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_says_why() {
    let address = free_address().unwrap();
    let url = format!("http://{address}");
    ask(&url, "sk-unknown", &["key", "list"]).must_fail(1, "cannot be reached");
    let change = ["org", "create", "a"];
    ask(&url, "sk-unknown", &change).must_fail(1, "whether it was done is not known");
    ask(&url, "", &["key", "list"]).must_fail(2, "set APIKEY_KEY");
    let away = "http://192.0.2.1";
    ask(away, "sk-unknown", &["key", "list"]).must_fail(2, "add --insecure-http");
    ask(&url, "sk-unknown", &["key", "list", "--as", "admin"]).must_fail(2, "cannot be used with");
}

/// A server that redirects does not get the key sent elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    use std::io::{Read, Write};
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (target, url) = (
        elsewhere.local_addr().unwrap(),
        server.local_addr().unwrap(),
    );
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let mut head = [0; 4_096];
        let length = stream.read(&mut head).unwrap();
        let answer = format!(
            "HTTP/1.1 302 Found\r\nLocation: http://{target}/v2/api-keys\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8_lossy(&head[..length]).to_ascii_lowercase()
    });
    let done = ask(&format!("http://{url}"), "sk-secret", &["key", "show", "1"]);
    done.must_fail(1, "answered with 302");
    assert!(
        serving
            .join()
            .unwrap()
            .contains("authorization: bearer sk-secret")
    );
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err(), "the key was sent elsewhere");
}
