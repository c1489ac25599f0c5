//! Servers that are something else, or that mean harm.

use super::{Done, run};
use crate::support::command;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    process::Stdio,
};
use xtask_programs::process::{Signal, signal};

/// Answers each request with a body, in a thread of its own.
fn serve(status: &'static str, body: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 16_384];
            let _ = stream.read(&mut head);
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(&[answer.as_bytes(), body].concat());
        }
    });
    address
}

fn ask(address: SocketAddr, arguments: &[&str]) -> Done {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path());
    let url = format!("http://{address}");
    command
        .env("APIKEY_KEY", "sk-secret")
        .args(arguments)
        .args(["--url", &url]);
    run(command, "Passw0rd_1\n")
}

/// Returns whether text has what a terminal would act upon.
fn moves_a_terminal(text: &str) -> bool {
    text.chars()
        .any(|one| (one.is_control() && one != '\n') || one == '\u{202e}')
}

const PAGE_OF_A_PORTAL: &[u8] = b"<html>\x1b]0;owned\x07<body>Sign in</body></html>";

/// What is no answer of the service is no success, for programs either.
#[test]
fn a_page_of_something_else_is_a_failure() {
    let portal = serve("200 OK", PAGE_OF_A_PORTAL);
    for arguments in [
        &["key", "create", "ci", "--json"][..],
        &["key", "create", "ci"],
        &["user", "create", "dana", "--json"],
        &["key", "show", "7", "--json"],
        &["key", "delete", "7", "--yes", "--json"],
        &["member", "list", "id:7", "--json"],
        &["event", "list", "--json"],
    ] {
        let done = ask(portal, arguments);
        assert_eq!(done.code, 1, "{arguments:?}: {}", done.output);
        assert_eq!(done.output, "", "{arguments:?}");
        assert!(done.errors.starts_with("error: "), "{}", done.errors);
        assert!(!moves_a_terminal(&done.errors), "{:?}", done.errors);
    }
}

const OBJECT: &str = "{\n\t\"id\": 7,\r\n \"a\\u001b[31m\u{9b}\": \"\u{9b}31m\u{202e}x\"}";

/// A key that was made is not lost with its answer.
#[test]
fn an_answer_that_breaks_off_is_asked_for_again_if_that_makes_no_second_key() {
    let key = br#"{"id": 7, "name": "ci", "value": "sk-of-ci"}"#;
    for (arguments, code, requests) in [
        (["key", "create", "ci"], 0, 2),
        (["user", "create", "dana"], 1, 1),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sent, received) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                let mut head = [0; 16_384];
                let length = stream.read(&mut head).unwrap();
                let head = String::from_utf8_lossy(&head[..length]).into_owned();
                sent.send(head).unwrap();
                let half = key.len() / (2 - number.min(1));
                let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", key.len());
                let _ = stream.write_all(&[answer.as_bytes(), &key[..half]].concat());
            }
        });
        let done = ask(address, &[&arguments[..], &["--json"]].concat());
        assert_eq!(done.code, code, "{}", done.errors);
        let heads: Vec<String> = received.try_iter().collect();
        assert_eq!(heads.len(), requests, "{heads:?}");
        let named = |head: &String| {
            let mut lines = head.lines();
            let line = lines.find(|line| line.starts_with("idempotency-key: "));
            line.map(ToOwned::to_owned)
        };
        let names: Vec<_> = heads.iter().map(named).collect();
        assert!(names.windows(2).all(|two| two[0] == two[1]), "{names:?}");
        assert_eq!(names[0].is_some(), code == 0, "{heads:?}");
        match code {
            0 => assert_eq!(done.json()[0]["value"], "sk-of-ci"),
            _ => done.must_fail(1, "whether it was done is not known"),
        }
    }
}

/// Neither the names of fields nor their values act upon a terminal.
#[test]
fn what_a_server_answers_moves_no_terminal() {
    let server = serve("200 OK", OBJECT.as_bytes());
    for flags in [&[][..], &["--json"]] {
        let done = ask(server, &[&["key", "show", "7"], flags].concat());
        assert_eq!(done.code, 0, "{}", done.errors);
        assert!(!moves_a_terminal(&done.output), "{:?}", done.output);
    }
    let done = ask(server, &["key", "show", "7", "--json"]);
    assert_eq!(done.output.lines().count(), 1, "{:?}", done.output);
    let expected: serde_json::Value = serde_json::from_str(OBJECT).unwrap();
    assert_eq!(done.json(), [expected]);
    let error = b"{\"code\":500,\"reason\":\"x\",\"message\":\"\\u001b]0;x\\u0007\"}";
    let done = ask(serve("500 X", error), &["key", "show", "7"]);
    assert_eq!(done.code, 1);
    assert!(!moves_a_terminal(&done.errors), "{:?}", done.errors);
}

/// A list that begins again and again ends with an error.
#[test]
fn a_list_without_end_is_a_failure() {
    let page = b"{\"items\":[{\"id\":7}],\"next_cursor\":\"a\",\"next\":\"7-7\",\"has_more\":true}";
    let server = serve("200 OK", page);
    for arguments in [["key", "list"], ["event", "list"]] {
        let done = ask(server, &arguments);
        assert_eq!(done.code, 1, "{arguments:?}");
        assert!(done.errors.contains("does not go on"), "{}", done.errors);
    }
}

/// Whoever interrupts a change learns that it may be done.
#[test]
fn an_interrupted_change_says_that_it_may_be_done() {
    for (arguments, is_change) in [
        (["key", "create", "ci"], true),
        (["key", "show", "7"], false),
    ] {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(folder.path());
        command
            .env("APIKEY_KEY", "sk-secret")
            .args(arguments)
            .args(["--url", &format!("http://{address}")]);
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        let (mut stream, _) = silent.accept().unwrap();
        let _read = stream.read(&mut [0; 16_384]).unwrap();
        signal(&child, Signal::INT).unwrap();
        let done = child.wait_with_output().unwrap();
        assert_eq!(done.status.code(), Some(130));
        let errors = String::from_utf8(done.stderr).unwrap();
        assert_eq!(errors.contains("is not known"), is_change, "{errors}");
    }
}
