//! The service behind a gateway, which records the requests it receives.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A request as the service received it.
#[derive(Debug)]
pub(super) struct ReceivedRequest {
    /// `POST /path?query HTTP/1.1`
    pub(super) first_line: String,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// A service that responds with 200, or with the status in `/status/{status}`.
pub(super) struct Service {
    pub(super) port: u16,
    received: Arc<Mutex<Vec<ReceivedRequest>>>,
    page: Arc<Mutex<String>>,
}

/// What a page of another site may read, and which headers it may send.
const CORS: &str = "Access-Control-Allow-Origin: *\r\n\
    Access-Control-Allow-Headers: authorization, content-type\r\n";

/// The answer that opens a WebSocket, to the key of RFC 6455's example.
const OPENED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

// === impl ReceivedRequest ===

impl ReceivedRequest {
    /// Returns the value of a header, or `None` if it is absent or empty. `-` and `_`
    /// are the same, as in many services.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let fold = |name: &str| name.to_ascii_lowercase().replace('_', "-");
        let mut values = self
            .headers
            .iter()
            .filter(|(each, _)| fold(each) == fold(name))
            .map(|(_, value)| value.as_str());
        let value = values.next();
        assert!(
            values.next().is_none(),
            "{name} was received twice: {self:?}"
        );
        value.filter(|value| !value.is_empty())
    }

    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let headers = lines[1..].iter().map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_owned(), value.trim().to_owned())
        });
        let mut request = Self {
            first_line: lines[0].clone(),
            headers: headers.collect(),
            body: String::new(),
        };
        let length = request.header("content-length").unwrap_or("0").parse();
        let mut body = vec![0; length.unwrap()];
        reader.read_exact(&mut body).ok()?;
        request.body = String::from_utf8(body).unwrap();
        Some(request)
    }

    fn wanted_status(&self) -> &str {
        let wanted = self.first_line.split("/status/").nth(1);
        wanted.map_or("200", |rest| &rest[..3])
    }
}

// === impl Service ===

impl Service {
    /// Starts a service that runs until the tests end.
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let service = Self {
            port: listener.local_addr().unwrap().port(),
            received: Arc::default(),
            page: Arc::default(),
        };
        let (received, page) = (service.received.clone(), service.page.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (received, page) = (received.clone(), page.clone());
                thread::spawn(move || serve(&stream, &received, &page));
            }
        });
        service
    }

    /// Sets the page that `/page` shows.
    pub(super) fn show(&self, page: String) {
        *self.page.lock().unwrap() = page;
    }

    /// Takes the requests received since the last call.
    pub(super) fn take(&self) -> Vec<ReceivedRequest> {
        std::mem::take(&mut self.received.lock().unwrap())
    }
}

fn serve(mut stream: &TcpStream, received: &Mutex<Vec<ReceivedRequest>>, page: &Mutex<String>) {
    let Some(request) = ReceivedRequest::read(stream) else {
        return;
    };
    let response = if request.first_line == "GET /page HTTP/1.1" {
        let page = page.lock().unwrap();
        let length = page.len();
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{page}"
        )
    } else if request.header("Upgrade") == Some("websocket") {
        let protocols = request.header("Sec-WebSocket-Protocol").unwrap_or_default();
        let protocol = protocols.split(',').next().unwrap_or_default();
        format!("{OPENED}Sec-WebSocket-Protocol: {protocol}\r\n\r\n")
    } else {
        let status = request.wanted_status();
        format!(
            "HTTP/1.1 {status} Whatever\r\n{CORS}Content-Length: 7\r\nConnection: close\r\n\r\nservice"
        )
    };
    received.lock().unwrap().push(request);
    let _ = stream.write_all(response.as_bytes());
}
