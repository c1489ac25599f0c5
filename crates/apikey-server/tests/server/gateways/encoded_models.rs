//! Names of models with characters that a path encodes.

use super::test_gateway::TestGateway;

const LLAMA: &str = "meta-llama/Llama-3:8b instruct";

/// Paths that lead to [`LLAMA`].
const LLAMA_PATHS: [&str; 3] = [
    "/models/meta-llama%2FLlama-3%3A8b%20instruct/v1/chat/completions",
    "/models/meta-llama%2fLlama-3:8b%20instruct/v1/chat/completions?model=other&a=%2F",
    "/models/meta-llama%2FLlama-3%3a8b%20instruct/v1/caf%C3%A9",
];

pub(super) async fn a_name_may_contain_slashes_colons_and_blanks(gateway: &mut TestGateway) {
    let limited = gateway.key("inference", &[LLAMA]).await;
    for path in LLAMA_PATHS {
        let received = gateway.forwarded(gateway.get(path, &limited)).await;
        assert_eq!(received.first_line, format!("GET {path} HTTP/1.1"));
        assert_eq!(received.header("X-Model"), Some(LLAMA));
    }
    let unlimited = gateway.key("inference", &[]).await;
    for (segment, model) in [
        (
            "hf.co%2Fbartowski%2FLlama-3.2:Q4_K_M",
            "hf.co/bartowski/Llama-3.2:Q4_K_M",
        ),
        ("a@b+c=d;e,f", "a@b+c=d;e,f"),
        ("a%40b%2Bc%3Dd%3Be%2Cf", "a@b+c=d;e,f"),
        ("a%20%20b", "a  b"),
        ("a%3Fb%23c%26d", "a?b#c&d"),
        ("...", "..."),
        ("a%22%27%7B%7D%5B%5D%3C%3E%7C%5E%60", "a\"'{}[]<>|^`"),
    ] {
        let path = format!("/models/{segment}/v1/chat/completions");
        let received = gateway.forwarded(gateway.get(&path, &unlimited)).await;
        assert_eq!(received.header("X-Model"), Some(model), "{received:?}");
        assert_eq!(gateway.refused(gateway.get(&path, &limited)).await.0, 403);
    }
}

pub(super) async fn a_name_is_decoded_once(gateway: &mut TestGateway) {
    let encoded = "meta-llama%2FLlama-3%3A8b%20instruct";
    let names = ["meta-llama", "Llama-3:8b instruct", encoded, "Llama-3:8b"];
    let names: Vec<_> = names.to_vec();
    let others = gateway.key("inference", &names).await;
    for path in LLAMA_PATHS {
        assert_eq!(gateway.refused(gateway.get(path, &others)).await.0, 403);
    }
    let limited = gateway.key("inference", &[LLAMA]).await;
    for segment in [
        "meta-llama%252FLlama-3%253A8b%2520instruct",
        "meta-llama%2FLlama-3%3A8b+instruct",
        "meta-llama%2FLlama-3%3A8b%2Binstruct",
        "meta-llama%2FLlama-3%3A8b%2520instruct",
        "meta-llama%2FLlama-3%3A8b%20%20instruct",
        "META-LLAMA%2FLLAMA-3%3A8B%20INSTRUCT",
    ] {
        let path = format!("/models/{segment}/v1/chat/completions");
        let (status, _) = gateway.refused(gateway.get(&path, &limited)).await;
        assert!([400, 403, 404].contains(&status), "{path}: {status}");
    }
}

pub(super) async fn a_path_that_could_be_read_in_two_ways_leads_to_no_model(
    gateway: &mut TestGateway,
) {
    let key = gateway.key("inference", &[]).await.value;
    let segments = [
        "a%2F..%2Fb",
        "a%2F.%2Fb",
        "a%2F%2E%2E%2Fb",
        "%2E%2E%2Fa",
        "a%2F%2Fb",
        "%2Fa",
        "a%2F",
        "a%2F%20b",
        "a%20%2Fb",
        "%20a",
        "a%20",
        "%20",
        "a%00b",
        "a%0Ab",
        "a%0D%0AX-Model:%20b",
        "a%7Fb",
        "a%25b",
        "a%252Fb",
        "a%5Cb",
        "a\\b",
        "a%FFb",
        "a%C3%A9b",
        "a%E2%80%8Bb",
        "a%",
        "a%2",
        "a%zz",
    ];
    let mut paths: Vec<_> = segments
        .iter()
        .map(|segment| format!("/models/{segment}/chat"))
        .collect();
    paths.push("/models/a%2Fb".to_owned());
    paths.push("/models/a#%2Fb/chat".to_owned());
    paths.push("/Models/a%2Fb/chat".to_owned());
    paths.push("/models%2Fa%2Fb/chat".to_owned());
    for path in paths {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {key}\r\n\r\n");
        let (status, received) = gateway.raw_outcome(&request);
        assert!([400, 404].contains(&status), "{path}: {status}");
        assert!(received.is_empty(), "{path}: {received:?}");
    }
    // What leaves a model again is what the gateway read, or nothing.
    for path in [
        "/models/a/../../v1/x",
        "/models/a/%2e%2e/%2E./v1/x",
        "/x/..%2Fmodels/a/b",
    ] {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {key}\r\n\r\n");
        let (_, received) = gateway.raw_outcome(&request);
        for received in received {
            assert_eq!(received.first_line, "GET /v1/x HTTP/1.1");
        }
    }
}
