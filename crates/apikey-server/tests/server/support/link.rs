//! The way from a server to its database, which can be cut.

use std::sync::{Arc, Mutex};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Hands connections on to a PostgreSQL server until it is cut.
pub(crate) struct Link {
    /// The URL of the database by this way.
    pub(crate) url: String,
    accepting: JoinHandle<()>,
    passing: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Link {
    /// A way to the database of this URL.
    pub(crate) async fn to(url: &str) -> Self {
        let (before, rest) = url.split_once('@').unwrap();
        let (target, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let passing = Arc::<Mutex<Vec<JoinHandle<()>>>>::default();
        let (begun, target) = (passing.clone(), target.to_owned());
        let accepting = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let pass = pass(near, target.clone());
                begun.lock().unwrap().push(tokio::spawn(pass));
            }
        });
        Self {
            url: format!("{before}@{address}/{database}"),
            accepting,
            passing,
        }
    }

    /// Ends all connections, and refuses new ones for good.
    pub(crate) fn cut(&self) {
        self.accepting.abort();
        for passing in self.passing.lock().unwrap().drain(..) {
            passing.abort();
        }
    }
}

async fn pass(mut near: TcpStream, target: String) {
    if let Ok(mut far) = TcpStream::connect(target).await {
        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
    }
}
