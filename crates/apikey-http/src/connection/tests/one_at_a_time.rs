//! One request at a time, and nothing behind the last.

use super::rig::{LARGE, Rig, read_some};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}")
}

#[actix_web::test]
async fn pipelined_requests_are_answered_in_order() {
    let names: Vec<_> = (0..100).map(|number| format!("/{number}")).collect();
    let requests: String = names.iter().map(|name| get(name)).collect();
    let answers: String = names
        .iter()
        .map(|name| ok(&format!("GET {name}")))
        .collect();
    let rig = Rig::open(64 * 1_024).await;
    assert_eq!(rig.exchange(&[requests.as_bytes()]).await, answers);
}

#[actix_web::test]
async fn nothing_is_run_for_a_client_that_does_not_read() {
    for path in ["/", "/large", "/endless"] {
        let mut rig = Rig::open(4 * 1_024).await;
        let request = get(path);
        let mut sent = 0;
        let moment = Duration::from_millis(50);
        while let Ok(written) =
            tokio::time::timeout(moment, rig.client.write(request.as_bytes())).await
        {
            sent += written.unwrap();
        }
        let run = rig.log.borrow().len();
        // What the pipe takes in both directions, and what the gate holds.
        assert!(run < 4 * 1_024 / 40, "{path}: {run} were run");
        assert!(sent < 32 * 1_024, "{path}: {sent} bytes were taken");
        tokio::time::sleep(moment).await;
        assert_eq!(rig.log.borrow().len(), run, "{path}");
    }
}

#[actix_web::test]
async fn the_next_request_waits_until_the_answer_is_taken() {
    let mut rig = Rig::open(4 * 1_024).await;
    let requests = get("/large") + &get("/next");
    rig.client.write_all(requests.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(*rig.log.borrow(), ["GET /large"]);
    let answers = read_some(&mut rig.client).await;
    assert!(answers.len() > LARGE);
    assert!(answers.ends_with(&ok("GET /next")));
}

#[actix_web::test]
async fn the_answer_to_a_head_has_no_body_whatever_follows() {
    let head = get("/a").replace("GET", "HEAD");
    for requests in [head.clone() + &get("/b"), head.repeat(2) + &get("/b")] {
        let count = requests.matches("HEAD").count();
        let answers = Rig::open(4_096)
            .await
            .exchange(&[requests.as_bytes()])
            .await;
        let head = ok("HEAD /a").replace("HEAD /a", "");
        assert_eq!(answers, head.repeat(count) + &ok("GET /b"));
    }
}

#[actix_web::test]
async fn nothing_is_run_behind_the_last_request() {
    for last in [
        "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /last HTTP/1.1\r\nHost: x\r\nConnection: x, Close\r\n\r\n",
        "GET /last HTTP/1.0\r\n\r\n",
        "POST /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
        "GET /last HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        "GET /early HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n",
        "CONNECT /early HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ] {
        let rig = Rig::open(4_096).await;
        let log = rig.log.clone();
        let answers = rig
            .exchange(&[(last.to_owned() + &get("/no")).as_bytes()])
            .await;
        assert_eq!(log.borrow().len(), 1, "{last}");
        assert_eq!(answers.matches("HTTP/1.").count(), 1, "{last}: {answers}");
    }
}

#[actix_web::test]
async fn nothing_is_run_behind_a_request_that_is_refused() {
    for refused in [
        "GET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST / HTTP/1.0\r\n\r\n",
        "not HTTP\r\n\r\n",
    ] {
        let rig = Rig::open(4_096).await;
        let log = rig.log.clone();
        let answers = rig
            .exchange(&[(refused.to_owned() + &get("/no")).as_bytes()])
            .await;
        assert_eq!(log.borrow().len(), 0, "{refused}");
        assert!(answers.starts_with("HTTP/1.1 400"), "{refused}: {answers}");
        assert_eq!(
            answers.matches("HTTP/1.").count(),
            1,
            "{refused}: {answers}"
        );
    }
}

#[actix_web::test]
async fn an_answer_before_the_end_of_a_body_is_the_last() {
    let smuggled = get("/smuggled");
    let length = smuggled.len();
    let hidden = format!("{length:x}\r\n{smuggled}\r\n0\r\n\r\n");
    for (framing, body) in [
        (format!("Content-Length: {length}"), smuggled.clone()),
        ("Transfer-Encoding: chunked".to_owned(), hidden),
    ] {
        let head = format!("POST /early HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n");
        let mut rig = Rig::open(4_096).await;
        rig.client.write_all(head.as_bytes()).await.unwrap();
        let answer = read_some(&mut rig.client).await;
        assert!(answer.contains("connection: close\r\n"), "{answer}");
        let _ = rig.client.write_all((body + &get("/no")).as_bytes()).await;
        assert_eq!(read_some(&mut rig.client).await, "");
        assert_eq!(*rig.log.borrow(), ["POST /early"]);
    }
}

#[actix_web::test]
async fn a_broken_body_is_answered_once() {
    let broken = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxGET /no ";
    let rig = Rig::open(4_096).await;
    let log = rig.log.clone();
    let answers = rig
        .exchange(&[(broken.to_owned() + &get("/no")).as_bytes()])
        .await;
    assert_eq!(*log.borrow(), ["POST /"]);
    let expected = ok("POST /x(broken)").replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    assert_eq!(answers, expected);
}
