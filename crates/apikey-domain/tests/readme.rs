//! Whoever follows the README has a program that runs, in a project of their own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};
use xtask_readme::{FreshProject, programs};

const README: &str = include_str!("../README.md");

/// One after the other: they share what they build.
#[test]
fn every_program_of_the_readme_runs_in_a_project_of_its_own() {
    let mut services = 0;
    for (number, program) in programs(README).iter().enumerate() {
        let project = FreshProject::new(&format!("readme-{number}"), program);
        if program.source.contains("axum::serve") {
            answers_as_it_says(Command::new(project.build()));
            services += 1;
        } else {
            project.run();
        }
    }
    assert_eq!(services, 1);
}

#[test]
fn the_first_program_is_short_and_brings_few_crates_and_no_runtime() {
    let programs = programs(README);
    let first = &programs[0];
    let lines = first.source.lines().filter(|line| !line.is_empty()).count();
    let imports = first.source.lines().filter(|line| line.starts_with("use "));
    assert!(lines <= 25 && imports.count() <= 3, "{lines} lines");
    let crates = FreshProject::new("readme-first", first).crates();
    println!("{} crates: {crates:?}", crates.len());
    assert!(crates.len() <= 46, "{} crates: {crates:?}", crates.len());
    for runtime in [
        "tokio",
        "async-std",
        "smol",
        "actix-rt",
        "futures-timer",
        "mio",
    ] {
        let is_runtime = |name: &String| name.split(' ').next() == Some(runtime);
        assert!(!crates.iter().any(is_runtime), "{crates:?}");
    }
}

#[test]
fn the_service_of_the_readme_is_the_example() {
    let service = programs(README).swap_remove(1);
    assert_eq!(service.source, include_str!("../examples/axum.rs"));
}

/// Ends a service when the test does.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a service that prints a call of curl for each status it answers with, and
/// makes these calls.
fn answers_as_it_says(mut service: Command) {
    let mut running = Running(service.stdout(Stdio::piped()).spawn().unwrap());
    let printed = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let mut statuses = Vec::new();
    for line in printed.take(3) {
        let line = line.unwrap();
        let (status, call) = line.split_once(": curl -i http://").unwrap();
        let (url, header) = call.split_once(" -H ").unwrap_or((call, ""));
        let (address, path) = url.split_once('/').unwrap();
        let header = header.trim_matches('\'');
        assert_eq!(answer(address, path, header), status, "{line}");
        statuses.push(status.to_owned());
    }
    assert_eq!(statuses, ["200", "403", "401"]);
}

/// Returns the status of a GET.
fn answer(address: &str, path: &str, header: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let header = if header.is_empty() {
        "Accept: */*"
    } else {
        header
    };
    let head =
        format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{header}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1);
    status.unwrap_or_default().to_owned()
}
