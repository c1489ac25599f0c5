//! What a connection waits for, and for how long. The clock is tokio's.

use super::rig::{Rig, read_all, read_some};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, sleep},
};

const REQUEST: &str = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
const TOO_SLOW: &str =
    "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Opens a connection whose clock stands still while something is done.
async fn open(capacity: usize) -> (Rig, Instant) {
    let rig = Rig::open(capacity).await;
    tokio::time::pause();
    (rig, Instant::now())
}

/// Gets an answer over the connection.
async fn answer(rig: &mut Rig) {
    rig.client.write_all(REQUEST.as_bytes()).await.unwrap();
    let answer = read_some(&mut rig.client).await;
    assert!(answer.ends_with("GET /a"), "{answer}");
}

fn assert_seconds(since: Instant, expected: u64) {
    let elapsed = since.elapsed().as_secs_f64();
    let difference = (elapsed - expected as f64).abs();
    assert!(difference < 0.2, "{elapsed} s, expected {expected} s");
}

#[actix_web::test]
async fn a_first_head_has_five_seconds() {
    for part in ["", "G", "GET / HTTP/1.1\r\n", "\r\n\r\n"] {
        let (mut rig, opened_at) = open(4_096).await;
        sleep(Duration::from_secs(2)).await;
        rig.client.write_all(part.as_bytes()).await.unwrap();
        assert_eq!(read_all(&mut rig.client).await, TOO_SLOW, "{part:?}");
        assert_seconds(opened_at, 5);
        assert_eq!(rig.connections.timed_out(), 1);
        tokio::time::resume();
    }
}

#[actix_web::test]
async fn every_later_head_has_five_seconds_from_its_first_byte() {
    let (mut rig, _) = open(4_096).await;
    for _ in 0..3 {
        answer(&mut rig).await;
        sleep(Duration::from_secs(20)).await;
        rig.client.write_all(b"GET /a HTTP").await.unwrap();
        sleep(Duration::from_secs(4)).await;
        rig.client
            .write_all(b"/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        read_some(&mut rig.client).await;
    }
    sleep(Duration::from_secs(20)).await;
    let began_at = Instant::now();
    // Each byte in time, the whole too slow.
    for byte in REQUEST.as_bytes().chunks(1).take(10) {
        if rig.client.write_all(byte).await.is_err() {
            break;
        }
        sleep(Duration::from_millis(600)).await;
    }
    assert_eq!(read_all(&mut rig.client).await, TOO_SLOW);
    assert_seconds(began_at, 6);
}

#[actix_web::test]
async fn an_idle_connection_is_closed_after_75_seconds_whatever_came_before() {
    let (mut rig, _) = open(4_096).await;
    for _ in 0..3 {
        answer(&mut rig).await;
        sleep(Duration::from_secs(70)).await;
    }
    answer(&mut rig).await;
    let answered_at = Instant::now();
    assert_eq!(read_all(&mut rig.client).await, "");
    assert_seconds(answered_at, 75);
    assert_eq!(rig.connections.timed_out(), 0);
}

#[actix_web::test]
async fn an_answer_that_is_not_taken_ends_after_30_seconds() {
    for path in ["/large", "/endless", "/stream"] {
        let (mut rig, opened_at) = open(16).await;
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        rig.client.write_all(request.as_bytes()).await.unwrap();
        while !rig.connections.is_empty() {
            sleep(Duration::from_millis(100)).await;
        }
        assert_seconds(opened_at, 30);
        assert_eq!(rig.connections.timed_out(), 1, "{path}");
        tokio::time::resume();
    }
}

#[actix_web::test]
async fn a_client_that_takes_enough_of_an_answer_has_30_seconds_for_more() {
    let (mut rig, opened_at) = open(16 * 1_024).await;
    let request = b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n";
    rig.client.write_all(request).await.unwrap();
    let mut bytes = [0; 16 * 1_024];
    for _ in 0..4 {
        sleep(Duration::from_secs(25)).await;
        rig.client.read_exact(&mut bytes).await.unwrap();
    }
    assert_eq!(rig.connections.len(), 1);
    while !rig.connections.is_empty() {
        sleep(Duration::from_millis(100)).await;
    }
    assert_seconds(opened_at, 130);
}

#[actix_web::test]
async fn a_byte_now_and_then_is_not_enough() {
    let (mut rig, opened_at) = open(64).await;
    let request = b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n";
    rig.client.write_all(request).await.unwrap();
    while !rig.connections.is_empty() {
        sleep(Duration::from_secs(1)).await;
        let _ = rig.client.read_u8().await;
    }
    assert_seconds(opened_at, 30);
}

#[actix_web::test]
async fn a_connection_at_work_has_no_clock() {
    for path in ["/never", "/watch"] {
        let (mut rig, _) = open(4_096).await;
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        rig.client.write_all(request.as_bytes()).await.unwrap();
        read_some(&mut rig.client).await;
        sleep(Duration::from_secs(1_000)).await;
        assert_eq!(rig.connections.len(), 1, "{path}");
        tokio::time::resume();
    }
}
