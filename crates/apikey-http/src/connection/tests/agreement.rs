//! The gate and actix-http find the ends of requests at the same places.

use super::rig::{Rig, ungated};
use crate::connection::{
    framing::Framing,
    head::{self, Head},
};
use proptest::prelude::*;

const METHODS: [&str; 5] = ["GET", "POST", "HEAD", "CONNECT", "B@D"];
const VERSIONS: [&str; 4] = ["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "http/1.1"];
const NEWLINES: [&str; 3] = ["\r\n", "\n", "\r"];
const FIELDS: [&str; 24] = [
    "Host: x",
    "Host: y",
    "Content-Length: 5",
    "Content-Length: 05",
    "Content-Length:\t5 ",
    "Content-Length: +5",
    "Content-Length: -0",
    "Content-Length: 0x5",
    "Content-Length: 5,5",
    "Content-Length: 18446744073709551615",
    "Content-Length: 18446744073709551616",
    "content-length: 0",
    "Transfer-Encoding: chunked",
    "transfer-encoding:  CHUNKED\t",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: identity",
    "Connection: close",
    "Connection: keep-alive, upgrade",
    "Connection: keep-alive",
    "Upgrade: websocket",
    "Expect: 100-continue",
    " folded: x",
];
const BODIES: [&str; 7] = [
    "",
    "12345",
    "5\r\n12345\r\n0\r\n\r\n",
    "5;a=\"\r\n12345\r\n0\r\nT: x\r\n\r\n",
    "5 \r\n12345\r\n0 ;\r\n\r\n",
    "5\n12345\n0\n\n",
    "FFFFFFFFFFFFFFFFF\r\n",
];

/// Splits what was answered at the beginnings of answers.
fn answers(text: &str) -> Vec<String> {
    let answers = text.split("HTTP/1.").skip(1);
    answers
        .filter(|answer| !answer.contains("100 Continue"))
        .map(|answer| {
            // Where the gate says that it closes, the library may promise the opposite.
            // It also refuses under the version of the request before.
            let lines = answer[1..].split_inclusive("\r\n");
            lines
                .filter(|line| !line.starts_with("connection: "))
                .collect()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_gate_lets_actix_http_answer_what_it_would(
        method in prop::sample::select(&METHODS[..]),
        version in prop::sample::select(&VERSIONS[..]),
        newline in prop::sample::select(&NEWLINES[..]),
        is_addressed in prop::bool::weighted(0.9),
        fields in prop::collection::vec(prop::sample::select(&FIELDS[..]), 0..4),
        body in prop::sample::select(&BODIES[..]),
    ) {
        let mut request = format!("{method} /first {version}{newline}");
        for field in is_addressed.then_some("Host: x").into_iter().chain(fields) {
            request += &format!("{field}{newline}");
        }
        let is_foreign = method == "CONNECT" || request.contains("Upgrade: websocket");
        request += &format!("{newline}{body}");
        actix_web::rt::System::new().block_on(async move {
            let requests = request.clone() + "GET /second HTTP/1.1\r\nHost: x\r\n\r\n";
            let (plain, run_plain) = ungated(&[requests.as_bytes()]).await;
            let rig = Rig::open(64 * 1_024).await;
            let log = rig.log.clone();
            let gated = rig.exchange(&[requests.as_bytes()]).await;
            let (plain, gated, run) = (answers(&plain), answers(&gated), log.take());
            let shown = format!("{requests:?}: {plain:?} and {gated:?}");
            assert!(run_plain.starts_with(&run), "{shown}");
            let head = head::parse(requests.as_bytes());
            // The library takes what follows for a stream in another protocol, or for a
            // body and more requests.
            if is_foreign {
                let runs = usize::from(head != Head::Malformed);
                assert!(gated.len() <= 1 && run.len() <= runs, "{shown}");
                return;
            }
            // The library gives no answer to broken chunks, and with the gate one.
            let is_chunked = matches!(
                head,
                Head::Whole {
                    body: Framing::Chunked(_),
                    ..
                }
            );
            if is_chunked && plain.is_empty() {
                assert_eq!((plain.len(), gated.len(), run.len()), (0, 1, 1), "{shown}");
                return;
            }
            if method != "HEAD" {
                assert!(plain.starts_with(&gated), "{shown}");
            }
            assert_eq!(plain.is_empty(), gated.is_empty(), "{shown}");
            if let Head::Whole { is_last: false, .. } = head {
                assert_eq!(run_plain, run, "{shown}");
            }
        });
    }
}
