//! The subcommands that are calls of the service: of a server at a URL, with a key, or of the
//! database of the settings, in the name of a platform admin.

mod access;
mod here;
mod refusal;
mod rescue;

use crate::{
    config::{Config, DEFAULT_LOG},
    interruption::SIGNALED,
    log, password_input, serve,
};
use access::{Access, Opened};
use anyhow::Context;
use apikey_commands::administer::{
    Administration, Client, Credential, Failure, Output, ServerUrl, check_can_ask, run as carry_out,
};
use refusal::{Password, Refusal};
use std::{future::poll_fn, process::ExitCode, sync::Arc, task::Poll, time::Duration};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::timeout,
};
use zeroize::Zeroizing;

/// Which lines the log of a command has, unless a setting says it.
const LOG: &str = "warn,actix_server=off,actix_http=off";
/// How long the end of a session is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The signals that end a command.
type Ends = Vec<(SignalKind, Signal)>;

/// Does what a command says. Returns the exit code. A SIGHUP ends it, as when its terminal is
/// closed, unless that `ignores_hangups`: otherwise it would go on for nobody, and on SQLite
/// keep a server from its start.
///
/// # Errors
///
/// If the database or the server cannot be reached.
pub fn run(
    mut config: Config,
    command: Administration,
    ignores_hangups: bool,
) -> anyhow::Result<ExitCode> {
    if let Some(is_yes) = command.is_yes()
        && let Err(failure) = check_can_ask(is_yes)
    {
        return Ok(report(&failure));
    }
    let mut password = None;
    if command.needs_password() {
        match password_input::read() {
            Ok(read) => password = Some(Zeroizing::new(read.expose().to_owned())),
            Err(refused) => return Ok(refused.report()),
        }
    }
    if config.program.log == DEFAULT_LOG {
        LOG.clone_into(&mut config.program.log);
    }
    let _log = log::start(&config)?;
    for notice in &config.notices {
        tracing::warn!("{notice}");
    }
    let runtime = serve::runtime()?;
    let ended = runtime.block_on(async {
        let mut ends = ends(ignores_hangups)?;
        on_behalf(config, command, password, &mut ends).await
    });
    runtime.shutdown_background();
    match ended {
        Ok(code) => Ok(code),
        Err(error) => match error.downcast::<Refusal>() {
            Ok(Refusal(failure)) => Ok(report(&failure)),
            Err(error) => Err(error),
        },
    }
}

/// Gets access, does it, and gives the access back, also after a signal.
async fn on_behalf(
    mut config: Config,
    mut command: Administration,
    password: Option<Password>,
    ends: &mut Ends,
) -> anyhow::Result<ExitCode> {
    let url = command.connection().url.clone();
    let opened = match url {
        Some(url) => Opened::whole(with_key(&mut config, &command, url)?),
        None => tokio::select! {
            opened = access::open(config, &mut command, password.as_ref()) => opened?,
            code = ended(ends) => return Ok(code),
        },
    };
    let Opened { access, is_done } = opened;
    let client = Arc::clone(&access.client);
    let asked = Arc::clone(&client);
    let password = password.filter(|_| !is_done);
    let work = tokio::task::spawn_blocking(move || {
        let mut output = Output::standard(command.connection().json);
        let password = password.as_ref().map(|password| password.as_str());
        carry_out(&command, password, &asked, &mut output)
    });
    let code = tokio::select! {
        done = work => match done.context("the command panicked")? {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => report(&failure),
        },
        code = ended(ends) => {
            if client.is_changing() {
                log::say("interrupted: whether it was done is not known".to_owned());
            }
            code
        }
    };
    // A session that is not ended here ends by itself.
    let signing_out = tokio::task::spawn_blocking(move || client.sign_out());
    let failed = match timeout(PATIENCE, signing_out).await {
        Ok(Ok(Ok(()))) => None,
        Ok(Ok(Err(failure))) => failure.message(),
        _ => Some("it takes too long".to_owned()),
    };
    if let Some(error) = failed {
        tracing::warn!(error, "the session of this command ends later");
    }
    access.close().await;
    Ok(code)
}

/// Returns access to a server at a URL.
fn with_key(
    config: &mut Config,
    command: &Administration,
    url: ServerUrl,
) -> Result<Access, Refusal> {
    if url.is_in_the_clear() && !command.connection().insecure_http {
        return Err(Refusal(Failure::Arguments(
            "with http others can read the key on its way: use https, or add --insecure-http"
                .to_owned(),
        )));
    }
    let Some(key) = config.api_key.take() else {
        return Err(Refusal(Failure::Arguments(
            "--url needs a key: set APIKEY_KEY, or APIKEY_KEY_FILE to a file that has it"
                .to_owned(),
        )));
    };
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refusal(Failure::Arguments(
            "what was given as the key is none: keys have no spaces, and ASCII alone".to_owned(),
        )));
    }
    Ok(Access::to(Client::new(url, Credential::Key(key))?))
}

/// Returns what ends a command, from now on.
fn ends(ignores_hangups: bool) -> std::io::Result<Ends> {
    let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
    if !ignores_hangups {
        kinds.push(SignalKind::hangup());
    }
    let taken = kinds.into_iter().map(|kind| Ok((kind, signal(kind)?)));
    taken.collect()
}

/// Waits for a signal that ends a program, and returns the exit code.
async fn ended(ends: &mut Ends) -> ExitCode {
    let kind = poll_fn(|context| {
        let received = ends.iter_mut().find_map(|(kind, signal)| {
            let is_received = signal.poll_recv(context).is_ready();
            is_received.then_some(*kind)
        });
        received.map_or(Poll::Pending, Poll::Ready)
    });
    let number = u8::try_from(kind.await.as_raw_value()).unwrap_or_default();
    ExitCode::from(SIGNALED + number)
}

fn report(failure: &Failure) -> ExitCode {
    if let Some(message) = failure.message() {
        log::say(format!("error: {message}"));
    }
    ExitCode::from(failure.exit_code())
}
