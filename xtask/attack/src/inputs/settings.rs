//! Rows 11 and 20: what is said of settings, and signals that ask for them to be read
//! again. Row 12, secrets, is below.

pub(crate) mod secrets;

use crate::{report::Checks, target::Attack};
use anyhow::{Context, Result};
use std::{process::Command, time::Duration};
use tokio::time::sleep;
use xtask_harness::server::{Server, bare_command, free_address, pepper};
use xtask_programs::process::{Signal, output};

/// What stands for a password, or a part of one.
const SECRET: &str = "SECRET";

/// URLs that contain it.
const URLS: [&str; 12] = [
    "postgres://u:a@SECRET?b@db/x",
    "postgres://u:a@SECRET@db/x",
    "postgres://u:p#SECRET@h",
    "postgres://u:p?SECRET@h/x",
    "postgres://u:p/SECRET@h/x",
    "postgres://u%3ASECRET@h/x",
    "postgres://u:SECRET/x",
    "postgres://h/x?user=u&password=SECRET",
    "postgres://u@h/x?sslpassword=SECRET",
    "POSTGRES://u:SECRET@h/x",
    "host=x user=u password='p SECRET'",
    SECRET,
];

/// How long a server has to say something.
const SAID: Duration = Duration::from_secs(2);

/// How many signals are sent at once.
const MANY: usize = 100;

/// Row 11: what `config` prints, and what is refused.
pub(crate) async fn said(attack: &Attack) -> Result<Checks> {
    let database = attack.engine.create().await?;
    let config = || {
        let mut command = bare_command(&attack.program, database.folder());
        command.arg("config").env("APIKEY_PEPPER", pepper());
        command
    };
    let mut shown = Vec::new();
    for url in URLS {
        if printed(config().env("APIKEY_DATABASE_URL", url))?
            .1
            .contains(SECRET)
        {
            shown.push(url.to_owned());
        }
    }
    let mut path = config();
    path.env_remove("APIKEY_PEPPER")
        .env("APIKEY_PEPPER_FILE", "S3cr/t_SECRET");
    let mut checks = Checks::default();
    checks.none_of("URLs of which the password is printed", &shown, URLS.len());
    let (_, text) = printed(&mut path)?;
    let is_right = !text.contains(SECRET);
    let what = "a secret in place of the path of a file";
    checks.must(what, seen(!is_right), "not printed", is_right);
    let (code, _) = printed(config().env("APIKEY_LOG", "inof"))?;
    checks.must("APIKEY_LOG=inof: exit code", code, 2, code == 2);
    let (_, text) = printed(config().env("APIKEY_WORKER", "4").args(["--feed", "poll"]))?;
    for (what, said) in [
        ("APIKEY_WORKER", "APIKEY_WORKER"),
        ("--feed on SQLite", "effect"),
    ] {
        let is_said = text.contains(said);
        checks.must(format!("{what} is said"), is_said, true, is_said);
    }
    Ok(checks)
}

/// Row 20: SIGHUP before a server listens, while it serves, and while it stops.
pub(crate) async fn hangup(attack: &Attack) -> Result<Checks> {
    let mut checks = Checks::default();
    let database = attack.engine.create().await?;
    let log = database.folder().join("log");
    let command = crate::target::command(&attack.program, &database);
    let mut server = Server::spawn(command, free_address()?, log)?;
    // Until the program runs at all.
    sleep(Duration::from_millis(100)).await;
    server.signal(Signal::HUP)?;
    let started = server.until_ready().await;
    checks.must(
        "SIGHUP at the start: it serves",
        started.is_ok(),
        true,
        started.is_ok(),
    );

    let target = attack.start().await?;
    for _ in 0..MANY {
        target.server.signal(Signal::HUP)?;
    }
    sleep(SAID).await;
    checks.right("after 100 times SIGHUP", &target.check_whole().await);
    let lines = target
        .server
        .log()
        .lines()
        .filter(|line| line.contains("SIGHUP"))
        .count();
    let is_right = (1..=5).contains(&lines);
    checks.must("lines of the log about it", lines, "1 to 5", is_right);
    let mut server = target.server;
    server.signal(Signal::TERM)?;
    let status = loop {
        if let Some(status) = server.exit_status()? {
            break status;
        }
        // It may have ended meanwhile.
        let _ = server.signal(Signal::HUP);
        sleep(Duration::from_millis(5)).await;
    };
    let code = status
        .code()
        .map_or("a signal".to_owned(), |code| code.to_string());
    checks.must("SIGHUP while it stops: exit code", &code, 0, code == "0");
    Ok(checks)
}

fn seen(is_printed: bool) -> &'static str {
    if is_printed { "printed" } else { "not printed" }
}

/// Runs a program to its end and returns its exit code and all that it printed.
fn printed(command: &mut Command) -> Result<(i32, String)> {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "\"$0\" \"$@\" 2>&1; echo \"$?\""]);
    shell
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear();
    let variables = command.get_envs();
    shell.envs(variables.filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    let printed = output(&mut shell)?;
    let (text, code) = printed
        .trim_end()
        .rsplit_once('\n')
        .unwrap_or(("", printed.trim_end()));
    Ok((code.parse().context("no exit code")?, text.to_owned()))
}
