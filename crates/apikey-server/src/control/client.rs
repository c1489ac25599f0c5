//! The side of the command.

use super::{Answer, LONGEST, Request, SocketPath};
use anyhow::{Context, bail};
use std::{
    io::{Read, Write},
    net::Shutdown,
    os::unix::{fs::MetadataExt, net::UnixStream},
    path::Path,
    time::Duration,
};

/// How long the server may take: longer than any write.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a request to the server that uses a database file. Returns `None` if no server
/// listens.
///
/// # Errors
///
/// If it is not known whether the server did it.
pub fn ask(database: &Path, request: &Request) -> anyhow::Result<Option<Answer>> {
    let Some(stream) = connect(database) else {
        return Ok(None);
    };
    let unknown = match request {
        Request::NewPassword(_) => ": whether the password is changed is not known",
        Request::ExplainKey(_) | Request::Peppers | Request::OperatorSession(_) => "",
        Request::NewAdministrator(_) => ": whether the user is created is not known",
        Request::ReloadPeppers => ": whether it uses the new pepper is not known",
        Request::Import(_) => ": whether the rows are imported is not known",
    };
    let answer = exchange(stream, request)
        .with_context(|| format!("the running server did not answer{unknown}"))?;
    Ok(Some(answer))
}

/// Returns whether a server that uses a database file listens.
pub fn listens(database: &Path) -> bool {
    connect(database).is_some()
}

fn connect(database: &Path) -> Option<UnixStream> {
    let socket = SocketPath::beside(database).ok()?;
    is_trusted(&socket.path, database).ok().filter(|is| *is)?;
    UnixStream::connect(&socket.path).ok()
}

/// Returns whether a socket belongs to whom the database belongs to, to this user or to
/// root. Others who may write to the folder could pretend to be the server.
fn is_trusted(socket: &Path, database: &Path) -> std::io::Result<bool> {
    let owner = |path: &Path| Ok::<_, std::io::Error>(path.symlink_metadata()?.uid());
    let own = rustix::process::geteuid().as_raw();
    Ok([0, own, owner(database)?].contains(&owner(socket)?))
}

fn exchange(mut stream: UnixStream, request: &Request) -> anyhow::Result<Answer> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(request.to_text()?.as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    let mut text = String::new();
    stream.take(LONGEST).read_to_string(&mut text)?;
    match Answer::parse(&text) {
        Some(answer) => Ok(answer),
        None => bail!("its answer cannot be read"),
    }
}
