//! The shipped configurations, and the command line of each gateway.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The ports of the three processes on the loopback address.
pub(super) struct Ports {
    pub(super) server: u16,
    pub(super) service: u16,
    pub(super) gateway: u16,
}

/// A text in a configuration and its replacement in tests.
type Replacement = (&'static str, String);

/// A shipped configuration and its gateway.
pub(super) struct Configuration {
    /// The variable with the path of the program.
    variable: &'static str,
    text: &'static str,
    replacements: fn(&Ports) -> Vec<Replacement>,
    arguments: &'static [&'static str],
}

/// The name of the configuration file in the arguments.
const FILE_NAME: &str = "gateway.conf";

pub(super) const NGINX: Configuration = Configuration {
    variable: "APIKEY_TEST_NGINX",
    text: include_str!("../../../../../docs/gateways/nginx.conf"),
    replacements: nginx,
    // A single process, so that killing it ends all of nginx.
    arguments: &[
        "-p",
        ".",
        "-e",
        "stderr",
        "-c",
        FILE_NAME,
        "-g",
        "daemon off; master_process off; pid nginx.pid;",
    ],
};

/// nginx in front of the server itself, with the console.
pub(super) const CONSOLE: Configuration = Configuration {
    text: include_str!("../../../../../docs/console/nginx.conf"),
    replacements: console,
    ..NGINX
};

pub(super) const ENVOY: Configuration = Configuration {
    variable: "APIKEY_TEST_ENVOY",
    text: include_str!("../../../../../docs/gateways/envoy.yaml"),
    replacements: envoy,
    arguments: &[
        "--config-path",
        "gateway.yaml",
        "--concurrency",
        "1",
        "--disable-hot-restart",
        "--log-level",
        "warn",
    ],
};

pub(super) const ENVOY_BEFORE_1_38: Configuration = Configuration {
    replacements: envoy_before_1_38,
    ..ENVOY
};

pub(super) const CADDY: Configuration = Configuration {
    variable: "APIKEY_TEST_CADDY",
    text: include_str!("../../../../../docs/gateways/Caddyfile"),
    replacements: caddy,
    arguments: &["run", "--adapter", "caddyfile", "--config", FILE_NAME],
};

fn nginx(ports: &Ports) -> Vec<Replacement> {
    let mut replacements = console(ports);
    replacements.push((
        "server 127.0.0.1:9000;",
        format!("server 127.0.0.1:{};", ports.service),
    ));
    replacements
}

fn console(ports: &Ports) -> Vec<Replacement> {
    let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {name};"))
        .concat();
    vec![
        ("http {", format!("http {{ access_log off; {folders}")),
        (
            "server 127.0.0.1:8080;",
            format!("server 127.0.0.1:{};", ports.server),
        ),
        (
            "listen 127.0.0.1:8000;",
            format!("listen 127.0.0.1:{};", ports.gateway),
        ),
    ]
}

fn envoy(ports: &Ports) -> Vec<Replacement> {
    vec![
        ("port_value: 8080", format!("port_value: {}", ports.server)),
        ("port_value: 9000", format!("port_value: {}", ports.service)),
        ("port_value: 8000", format!("port_value: {}", ports.gateway)),
    ]
}

fn envoy_before_1_38(ports: &Ports) -> Vec<Replacement> {
    let readme = include_str!("../../../../../docs/gateways/README.md");
    let line = "path_prefix: /auth/verify?scope=inference&original=";
    assert!(readme.contains(line), "the README advises something else");
    let mut replacements = envoy(ports);
    let shipped = "path_override: /auth/verify?scope=inference";
    replacements.push((shipped, line.to_owned()));
    replacements
}

fn caddy(ports: &Ports) -> Vec<Replacement> {
    vec![
        ("http://:8000 {", format!("http://:{} {{", ports.gateway)),
        (
            "forward_auth 127.0.0.1:8080 {",
            format!("forward_auth 127.0.0.1:{} {{", ports.server),
        ),
        (
            "reverse_proxy 127.0.0.1:9000 {",
            format!("reverse_proxy 127.0.0.1:{} {{", ports.service),
        ),
    ]
}

// === impl Configuration ===

impl Configuration {
    /// Writes the configuration into a folder and returns the command that runs the
    /// gateway there.
    pub(super) fn command(&self, folder: &Path, ports: &Ports) -> Command {
        // Envoy recognizes the format by the extension.
        for name in [FILE_NAME, "gateway.yaml"] {
            fs::write(folder.join(name), self.text_for(ports)).unwrap();
        }
        let mut command = Command::new(named_program(self.variable));
        command
            .args(self.arguments)
            .current_dir(folder)
            .env_clear()
            .env("HOME", folder)
            .env("TMPDIR", folder);
        command
    }

    fn text_for(&self, ports: &Ports) -> String {
        let mut text = self.text.to_owned();
        for (shipped, replacement) in (self.replacements)(ports) {
            assert_eq!(text.matches(shipped).count(), 1, "{shipped} in:\n{text}");
            text = text.replace(shipped, &replacement);
        }
        text
    }
}

/// Returns the program that a variable names.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment names the programs to test"
)]
pub(crate) fn named_program(variable: &str) -> PathBuf {
    match std::env::var_os(variable) {
        Some(program) if !program.is_empty() => program.into(),
        _ => panic!(
            "{variable} is not set: run `cargo xtask test`, or `eval \"$(cargo xtask gateways)\"` first"
        ),
    }
}
