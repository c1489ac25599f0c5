//! The side of the server.

use super::{Answer, LONGEST, Request, SocketPath, served::Served};
use std::{fs::Permissions, io, os::unix::fs::PermissionsExt, path::Path, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    task::JoinHandle,
    time::timeout,
};

/// How long a client may take to send its request, and to take the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause after a connection that could not be taken.
const PAUSE: Duration = Duration::from_millis(100);

/// The socket for commands. It is removed when this is dropped.
pub struct ControlSocket {
    path: SocketPath,
    task: JoinHandle<()>,
}

// === impl ControlSocket ===

impl ControlSocket {
    /// Takes commands from now on, beside a database file that this process has locked.
    ///
    /// # Errors
    ///
    /// Those of the system: not every file system has sockets.
    pub fn open(database: &Path, served: Served) -> io::Result<Self> {
        let path = SocketPath::beside(database)?;
        // That of a server which was killed.
        match std::fs::remove_file(&path.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path.path)?;
        // Until this, and on systems that do not look at it, the peer is asked who it is.
        std::fs::set_permissions(&path.path, Permissions::from_mode(0o600))?;
        let task = tokio::spawn(listen(listener, served));
        Ok(Self { path, task })
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        self.task.abort();
        // If it cannot be removed, the next server does.
        let _ = std::fs::remove_file(&self.path.path);
    }
}

/// Serves one client after the other: there is no hurry.
async fn listen(listener: UnixListener, served: Served) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => serve(stream, &served).await,
            Err(error) => {
                tracing::warn!(%error, "cannot take a command");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn serve(mut stream: UnixStream, served: &Served) {
    let peer = stream.peer_cred();
    let own = rustix::process::geteuid().as_raw();
    if !peer.is_ok_and(|peer| [0, own].contains(&peer.uid())) {
        return;
    }
    let mut text = String::new();
    let reading = (&mut stream).take(LONGEST);
    let mut reading = std::pin::pin!(reading);
    let read = timeout(PATIENCE, reading.read_to_string(&mut text)).await;
    if !matches!(read, Ok(Ok(_))) {
        return;
    }
    let answer = match Request::parse(&text) {
        Some(request) => served.answer(request).await,
        None => Answer::Failed("the server does not know this command".to_owned()),
    };
    // A client that is gone cannot be told.
    let text = answer.to_text();
    let _ = timeout(PATIENCE, stream.write_all(text.as_bytes())).await;
}
