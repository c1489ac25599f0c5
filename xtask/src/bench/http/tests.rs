//! The client against a server that says what it is told to.

use super::*;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

/// Serves one connection: after each request come the next pieces, each in a
/// packet of its own.
fn serve(answers: &'static [&'static [&'static str]]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        for pieces in answers {
            assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
            for piece in *pieces {
                stream.write_all(piece.as_bytes()).unwrap();
                thread::sleep(std::time::Duration::from_millis(5));
            }
        }
    });
    address
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(future)
}

#[test]
fn one_answer_after_the_other_comes_over_one_connection() {
    let address = serve(&[
        &["HTTP/1.1 200 OK\r\ncontent-le", "ngth: 4\r\n\r\nte", "xt"],
        &["HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"],
        &[
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r",
            "\n0\r\n\r\n",
        ],
    ]);
    block_on(async {
        let mut connection = Connection::open(address).await.unwrap();
        let request = get("/", Authorization::None);
        let known = connection.exchange(&request).await.unwrap();
        assert_eq!(known.expect_ok().unwrap(), "text");
        let missing = connection.exchange(&request).await.unwrap();
        let error = missing.expect_ok().unwrap_err().to_string();
        assert!(error.contains("404"), "{error}");
        let chunked = connection.exchange(&request).await.unwrap();
        assert_eq!(chunked.expect_ok().unwrap(), "ab");
        let error = connection.exchange(&request).await.unwrap_err().to_string();
        assert!(error.contains("server"), "{error}");
    });
}

#[test]
fn a_text_is_found_also_across_packets() {
    let address = serve(&[&[
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfi",
        "rst\r\n6\r\nsecond\r\n",
    ]]);
    block_on(async {
        let mut connection = Connection::open(address).await.unwrap();
        let request = get("/", Authorization::None);
        connection.follow(&request).await.unwrap();
        connection.read_past("first").await.unwrap();
        connection.read_past("second").await.unwrap();
        assert!(connection.read_past("third").await.is_err());
    });
}
