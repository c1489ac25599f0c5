//! How answers and connections end.

use super::rig::{LARGE, Rig, read_all, read_some};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

#[actix_web::test]
async fn a_stream_is_written_to_an_old_client_without_chunks() {
    for fields in ["", "Connection: keep-alive\r\n"] {
        let request = format!("GET /stream HTTP/1.0\r\n{fields}\r\n");
        let answers = Rig::open(4_096).await.exchange(&[request.as_bytes()]).await;
        assert_eq!(answers, "HTTP/1.0 200 OK\r\n\r\nabc");
    }
    let request = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n";
    let answers = Rig::open(4_096).await.exchange(&[request.as_bytes()]).await;
    let chunks = "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n";
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(answers, head.to_owned() + chunks);
}

#[actix_web::test]
async fn an_old_client_may_keep_its_connection() {
    let request = "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    let answers = Rig::open(4_096)
        .await
        .exchange(&[request.repeat(2).as_bytes()])
        .await;
    assert_eq!(answers.matches("GET /a").count(), 2, "{answers}");
    assert_eq!(
        answers.matches("connection: keep-alive").count(),
        2,
        "{answers}"
    );
}

#[actix_web::test]
async fn a_client_that_waits_is_told_to_continue() {
    let mut rig = Rig::open(4_096).await;
    let head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    for _ in 0..2 {
        rig.client.write_all(head.as_bytes()).await.unwrap();
        let told = read_some(&mut rig.client).await;
        assert_eq!(told, "HTTP/1.1 100 Continue\r\n\r\n");
        rig.client.write_all(b"ab").await.unwrap();
        let answer = read_some(&mut rig.client).await;
        assert!(answer.ends_with("POST /ab"), "{answer}");
    }
}

#[actix_web::test]
async fn a_client_that_closes_its_side_gets_its_answer() {
    let request = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";
    let answers = Rig::open(4_096).await.exchange(&[request]).await;
    assert!(answers.ends_with("slow"), "{answers}");
}

#[actix_web::test]
async fn a_client_that_goes_away_ends_what_it_asked_for() {
    let mut rig = Rig::open(4_096).await;
    let request = b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n";
    rig.client.write_all(request).await.unwrap();
    let mut bytes = [0; 64];
    let _ = rig.client.read(&mut bytes).await.unwrap();
    assert_eq!(rig.connections.len(), 1);
    drop(rig.client);
    let ended = async {
        while !rig.connections.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    // Long before the clock of an answer that is not taken.
    timeout(Duration::from_secs(10), ended).await.unwrap();
}

#[actix_web::test]
async fn a_client_that_still_sends_reads_the_last_answer() {
    let rig = Rig::open(4_096).await;
    let head = "POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n";
    let (mut reader, mut writer) = tokio::io::split(rig.client);
    let send = async {
        writer.write_all(head.as_bytes()).await.unwrap();
        let sent = writer.write_all(&vec![b'x'; LARGE]).await;
        writer.shutdown().await.unwrap();
        sent
    };
    let (sent, answer) = tokio::join!(send, read_all(&mut reader));
    assert!(answer.ends_with("early"), "{answer}");
    assert!(sent.is_ok(), "{sent:?}");
}
