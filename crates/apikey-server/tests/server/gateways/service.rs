//! The service behind a gateway, which notes what reaches it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A request as it reached the service.
#[derive(Debug)]
pub(super) struct Arrived {
    /// `POST /path?query HTTP/1.1`
    pub(super) first_line: String,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// A service that answers 200, or the number in `/answer/{number}`.
pub(super) struct Service {
    pub(super) port: u16,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

// === impl Arrived ===

impl Arrived {
    /// Answers the value of a header, or nothing when it did not arrive or
    /// arrived empty. `-` and `_` count as one, as they do in many services.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let fold = |name: &str| name.to_ascii_lowercase().replace('_', "-");
        let mut values = self
            .headers
            .iter()
            .filter(|(each, _)| fold(each) == fold(name))
            .map(|(_, value)| value.as_str());
        let value = values.next();
        assert!(values.next().is_none(), "{name} arrived twice: {self:?}");
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
        let mut arrived = Self {
            first_line: lines[0].clone(),
            headers: headers.collect(),
            body: String::new(),
        };
        let length = arrived.header("content-length").unwrap_or("0").parse();
        let mut body = vec![0; length.unwrap()];
        reader.read_exact(&mut body).ok()?;
        arrived.body = String::from_utf8(body).unwrap();
        Some(arrived)
    }

    fn wanted_answer(&self) -> &str {
        let wanted = self.first_line.split("/answer/").nth(1);
        wanted.map_or("200", |rest| &rest[..3])
    }
}

// === impl Service ===

impl Service {
    /// Starts a service that lasts as long as the tests run.
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let service = Self {
            port: listener.local_addr().unwrap().port(),
            arrived: Arc::default(),
        };
        let arrived = service.arrived.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let arrived = arrived.clone();
                thread::spawn(move || serve(&stream, &arrived));
            }
        });
        service
    }

    /// Answers what arrived since this was last asked.
    pub(super) fn take(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.arrived.lock().unwrap())
    }
}

fn serve(mut stream: &TcpStream, arrived: &Mutex<Vec<Arrived>>) {
    let Some(request) = Arrived::read(stream) else {
        return;
    };
    let answer = format!(
        "HTTP/1.1 {} Whatever\r\nContent-Length: 7\r\nConnection: close\r\n\r\nservice",
        request.wanted_answer()
    );
    arrived.lock().unwrap().push(request);
    let _ = stream.write_all(answer.as_bytes());
}
