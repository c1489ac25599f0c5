//! The way of a server to its database, which can be cut.

use anyhow::{Context, Result, bail};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// How much is passed on at once, in bytes.
const BUFFER_SIZE: usize = 16 * 1024;

/// What becomes of what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// It passes.
    Open,
    /// It is held back, and connections stay, as on a network that loses
    /// everything. What was held back passes later, as if it were sent again.
    Silent,
    /// Connections are refused, and those there were have ended.
    Refused,
}

/// A port of its own that leads to a database server.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    passage: watch::Sender<Passage>,
    target: watch::Sender<Arc<str>>,
}

// === impl Proxy ===

impl Proxy {
    /// Opens the way to a server, given as `host:port`.
    pub async fn open(target: impl Into<Arc<str>>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (passage, seen) = watch::channel(Passage::Open);
        let (target, current) = watch::channel(target.into());
        tokio::spawn(serve(listener, current, seen));
        Ok(Self {
            address,
            passage,
            target,
        })
    }

    /// Opens the way to the database of a URL, and returns its URL by that way.
    pub async fn before(url: &str) -> Result<(Self, String)> {
        let (user, rest) = url.split_once('@').context("a URL without a user")?;
        let (target, database) = rest.split_once('/').context("a URL without a database")?;
        let proxy = Self::open(target).await?;
        let url = format!("{user}@{}/{database}", proxy.address);
        Ok((proxy, url))
    }

    /// Returns where to connect instead of the server's own address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says what becomes of what is sent from now on.
    pub fn set(&self, passage: Passage) {
        self.passage.send_replace(passage);
    }

    /// Leads connections to another server, given as `host:port`, that are opened
    /// from now on. Those there are stay where they are, as behind an address that
    /// changes its owner.
    pub fn lead_to(&self, target: impl Into<Arc<str>>) {
        self.target.send_replace(target.into());
    }
}

/// Takes connections for as long as the proxy is there.
async fn serve(
    mut listener: TcpListener,
    target: watch::Receiver<Arc<str>>,
    mut passage: watch::Receiver<Passage>,
) -> Result<()> {
    let address = listener.local_addr()?;
    loop {
        tokio::select! {
            changed = passage.changed() => changed?,
            taken = listener.accept() => {
                let (stream, _) = taken?;
                tokio::spawn(relay(stream, target.clone(), passage.clone()));
            }
        }
        if *passage.borrow_and_update() == Passage::Refused {
            drop(listener);
            passage
                .wait_for(|passage| *passage != Passage::Refused)
                .await?;
            listener = TcpListener::bind(address).await?;
        }
    }
}

/// Passes on what two sides send until one of them ends or the way is refused.
async fn relay(
    near: TcpStream,
    target: watch::Receiver<Arc<str>>,
    mut passage: watch::Receiver<Passage>,
) -> Result<()> {
    until_open(&mut passage).await?;
    let target = Arc::clone(&target.borrow());
    let far = TcpStream::connect(&*target).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    // Either end ends both: PostgreSQL's protocol knows no half-closed one.
    tokio::select! {
        ended = pump(near_read, far_write, passage.clone()) => ended,
        ended = pump(far_read, near_write, passage) => ended,
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut passage: watch::Receiver<Passage>,
) -> Result<()> {
    let mut buffer = vec![0; BUFFER_SIZE];
    loop {
        until_open(&mut passage).await?;
        tokio::select! {
            changed = passage.changed() => changed?,
            count = from.read(&mut buffer) => {
                let count = count?;
                until_open(&mut passage).await?;
                if count == 0 {
                    return Ok(());
                }
                to.write_all(&buffer[..count]).await?;
            }
        }
    }
}

/// Waits while the way is silent.
async fn until_open(passage: &mut watch::Receiver<Passage>) -> Result<()> {
    let found = *passage
        .wait_for(|passage| *passage != Passage::Silent)
        .await?;
    if found == Passage::Refused {
        bail!("the way is cut");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    const MOMENT: Duration = Duration::from_millis(100);

    async fn listen() -> (TcpListener, String) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        (listener, address)
    }

    async fn echo() -> String {
        let (listener, address) = listen().await;
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    tokio::io::copy(&mut read, &mut write).await
                });
            }
        });
        address
    }

    async fn says(stream: &mut TcpStream, text: &[u8]) -> bool {
        let mut back = vec![0; text.len()];
        let exchange = async {
            stream.write_all(text).await?;
            stream.read_exact(&mut back).await
        };
        matches!(timeout(MOMENT, exchange).await, Ok(Ok(_))) && back == text
    }

    #[tokio::test]
    async fn what_is_held_back_passes_later() {
        let proxy = Proxy::open(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        assert!(says(&mut stream, b"one").await);
        proxy.set(Passage::Silent);
        assert!(!says(&mut stream, b"two").await);
        let mut late = TcpStream::connect(proxy.address).await.unwrap();
        assert!(!says(&mut late, b"new").await);
        proxy.set(Passage::Open);
        let mut back = [0; 3];
        stream.read_exact(&mut back).await.unwrap();
        assert_eq!(&back, b"two");
        late.read_exact(&mut back).await.unwrap();
        assert_eq!(&back, b"new");
    }

    #[tokio::test]
    async fn a_refused_way_ends_connections_and_takes_none() {
        let proxy = Proxy::open(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        assert!(says(&mut stream, b"one").await);
        proxy.set(Passage::Refused);
        assert!(!says(&mut stream, b"two").await);
        tokio::time::sleep(MOMENT).await;
        assert!(TcpStream::connect(proxy.address).await.is_err());
        proxy.set(Passage::Open);
        tokio::time::sleep(MOMENT).await;
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        assert!(says(&mut stream, b"one").await);
    }

    #[tokio::test]
    async fn only_new_connections_go_to_another_target() {
        let proxy = Proxy::open(echo().await).await.unwrap();
        let mut early = TcpStream::connect(proxy.address).await.unwrap();
        assert!(says(&mut early, b"one").await);
        let (other, address) = listen().await;
        proxy.lead_to(address);
        assert!(says(&mut early, b"two").await);
        let mut late = TcpStream::connect(proxy.address).await.unwrap();
        let (mut taken, _) = timeout(MOMENT, other.accept()).await.unwrap().unwrap();
        taken.write_all(b"x").await.unwrap();
        assert_eq!(late.read_u8().await.unwrap(), b'x');
    }
}
