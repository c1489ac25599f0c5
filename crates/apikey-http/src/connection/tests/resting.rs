//! A connection that rests gives up its buffers, and nothing else.

use super::rig::{Rig, read_some};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::sleep,
};

const REQUEST: &str = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
const WITH_BODY: &str = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";

/// Opens a connection whose clock stands still while something is done.
async fn open() -> Rig {
    let rig = Rig::open(4_096).await;
    tokio::time::pause();
    rig
}

/// Sends something and waits for no longer than until one answer has come.
async fn answer(rig: &mut Rig, text: &str) -> String {
    rig.client.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).contains("/a") {
        assert_ne!(rig.client.read_buf(&mut answer).await.unwrap(), 0);
    }
    String::from_utf8(answer).unwrap()
}

#[actix_web::test]
async fn buffers_are_given_up_once_after_each_answer() {
    let mut rig = open().await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(rig.begun.get(), 1, "nothing was in them");
    for number in 2..5 {
        answer(&mut rig, WITH_BODY).await;
        sleep(Duration::from_millis(10)).await;
        assert_eq!(rig.begun.get(), number);
        sleep(Duration::from_secs(20)).await;
        assert_eq!(rig.begun.get(), number);
    }
}

#[actix_web::test]
async fn a_connection_at_work_keeps_its_buffers() {
    let mut rig = open().await;
    for _ in 0..100 {
        answer(&mut rig, REQUEST).await;
        sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(rig.begun.get(), 1);
    rig.client
        .write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    sleep(Duration::from_secs(2)).await;
    assert_eq!(rig.begun.get(), 1, "a request is under way");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(rig.begun.get(), 2);
}

#[actix_web::test]
async fn what_came_behind_a_request_is_not_lost() {
    // Where the packet ends within the next request.
    for end in [0, 1, 10, REQUEST.len() - 1] {
        for empty_lines in ["", "\r\n", "\r\n\r\n"] {
            let mut rig = open().await;
            let (first, rest) = REQUEST.split_at(end);
            let text = format!("{WITH_BODY}{empty_lines}{first}");
            answer(&mut rig, &text).await;
            sleep(Duration::from_secs(1)).await;
            let is_renewed = rig.begun.get() == 2;
            assert_eq!(is_renewed, end == 0, "{end} {empty_lines:?}");
            rig.client.write_all(rest.as_bytes()).await.unwrap();
            let answer = read_some(&mut rig.client).await;
            assert!(
                answer.ends_with("GET /a"),
                "{end} {empty_lines:?}: {answer}"
            );
            tokio::time::resume();
        }
    }
}
