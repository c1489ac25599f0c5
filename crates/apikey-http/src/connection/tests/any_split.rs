//! However the bytes of requests arrive, they get the same answers.

use super::rig::Rig;
use proptest::prelude::*;

/// The requests that sequences are made of. The last ones end a connection.
const REQUESTS: [&str; 11] = [
    "GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
    "HEAD /b HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 21\r\n\r\nGET /smuggled HTTP/1.",
    "POST /d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
     0A;x=y\r\nGET / HTTP\r\n1\r\n/\r\n0\r\nTrailer: x\r\n\r\n",
    "POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "\r\nGET /stream HTTP/1.1\nHost: x\n\n",
    "GET /f HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "PUT /g HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET /h HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "GET /i HTTP/1.0\r\n\r\n",
    "GET /bad HTTP/1.1\r\n\r\n",
];

/// How many of these requests leave the connection open.
const KEPT: usize = 8;

fn run<F: Future<Output = ()> + 'static>(test: F) {
    actix_web::rt::System::new().block_on(test);
}

/// Returns the answers when each request has a connection of its own.
async fn apart(requests: &[&str]) -> String {
    let mut answers = String::new();
    for request in requests {
        answers += &Rig::open(4_096).await.exchange(&[request.as_bytes()]).await;
    }
    answers
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_split_of_any_sequence_gets_the_answers_of_one_at_a_time(
        kept in prop::collection::vec(0..KEPT, 0..6),
        last in KEPT..REQUESTS.len(),
        sizes in prop::collection::vec(1_usize..60, 1..12),
        capacity in prop::sample::select(vec![1_usize, 7, 64, 4_096]),
    ) {
        run(async move {
            let mut requests: Vec<_> = kept.into_iter().map(|index| REQUESTS[index]).collect();
            requests.push(REQUESTS[last]);
            let expected = apart(&requests).await;
            let bytes = requests.concat() + REQUESTS[0];
            let mut rest = bytes.as_bytes();
            let mut pieces = Vec::new();
            for size in sizes.into_iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, others) = rest.split_at(size.min(rest.len()));
                pieces.push(piece);
                rest = others;
            }
            let answers = Rig::open(capacity).await.exchange(&pieces).await;
            assert_eq!(answers, expected, "{pieces:?}");
        });
    }
}

#[actix_web::test]
async fn a_request_may_come_one_byte_at_a_time() {
    let bytes = REQUESTS[..KEPT].concat();
    let pieces: Vec<_> = bytes.as_bytes().chunks(1).collect();
    let answers = Rig::open(4_096).await.exchange(&pieces).await;
    assert_eq!(answers, apart(&REQUESTS[..KEPT]).await);
}
