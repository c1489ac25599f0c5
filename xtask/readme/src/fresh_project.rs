//! A project outside the workspace, as a new user makes it.

use crate::program::Program;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Instant,
};

/// The crates that are found in this workspace in place of the registry.
const PUBLISHED: [&str; 6] = [
    "apikey-cache",
    "apikey-commands",
    "apikey-diesel",
    "apikey-domain",
    "apikey-http",
    "apikey-testing",
];

/// A project in a folder of its own, that has the manifest and the program of a README
/// and nothing else. What has no `main` is a test of the project.
pub struct FreshProject {
    folder: tempfile::TempDir,
    name: String,
    /// The crates of the workspace that its manifest names.
    patched: Vec<&'static str>,
    is_test: bool,
}

impl FreshProject {
    /// Makes the project. Its lock file is that of the workspace, so that what both
    /// use was downloaded already.
    ///
    /// # Panics
    ///
    /// As all of these, if it fails: they are for tests.
    pub fn new(name: &str, program: &Program) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{}",
            program.manifest
        );
        let is_test = !program.has_main();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("Cargo.toml", &manifest);
        if is_test {
            write("src/lib.rs", "");
            write("tests/readme.rs", &program.as_test());
        } else {
            write("src/main.rs", &program.source);
        }
        let lock = "Cargo.lock";
        fs::copy(workspace().join(lock), folder.path().join(lock)).unwrap();
        let is_named = |name: &&str| manifest.contains(&format!("{name} = "));
        Self {
            folder,
            name: name.to_owned(),
            patched: PUBLISHED.into_iter().filter(is_named).collect(),
            is_test,
        }
    }

    /// Builds the program or the test, prints how long that took, and returns its path.
    pub fn build(&self) -> PathBuf {
        let started = Instant::now();
        let build: &[_] = if self.is_test {
            &["test", "--no-run", "--test", "readme"]
        } else {
            &["build"]
        };
        let output = self.cargo(&[build, &["--quiet", "--message-format", "json"]].concat());
        let messages = String::from_utf8(output.stdout).unwrap();
        let built = Built::of(&messages);
        self.print(&format!(
            "{} crates in {:.1} s, {}",
            built.crates,
            started.elapsed().as_secs_f64(),
            match built.from_before {
                0 => "a clean debug build".to_owned(),
                known => format!("{known} of them built before"),
            }
        ));
        built.executable.unwrap()
    }

    /// Builds it and runs it: it must succeed, and a test must be more than nothing.
    pub fn run(&self) {
        let path = self.build();
        let started = Instant::now();
        let output = Command::new(path).output().unwrap();
        let took = started.elapsed().as_secs_f64();
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        let name = &self.name;
        assert!(output.status.success(), "{name}:\n{text}\n{errors}");
        assert!(
            !(self.is_test && text.contains("running 0 tests")),
            "{name}"
        );
        let first = text.lines().find(|line| line.starts_with("running "));
        let first = first.unwrap_or("ran");
        self.print(&format!("{first}, {took:.1} s"));
    }

    /// Returns the crates that the program is made of, its own included.
    pub fn crates(&self) -> Vec<String> {
        let tree = self.cargo(&[
            "tree", "-e", "normal", "--prefix", "none", "--format", "{p}",
        ]);
        let tree = String::from_utf8(tree.stdout).unwrap();
        let name_and_version = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let mut crates: Vec<_> = tree.lines().map(name_and_version).collect();
        crates.sort();
        crates.dedup();
        crates
    }

    fn cargo(&self, arguments: &[&str]) -> Output {
        let patches = self.patched.iter().map(|name| {
            let path = workspace().join("crates").join(name);
            let path = path.display().to_string();
            format!("patch.crates-io.{name}.path={path:?}")
        });
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .arg("--offline")
            .args(patches.flat_map(|patch| ["--config".to_owned(), patch]))
            .current_dir(self.folder.path())
            .env("CARGO_TARGET_DIR", target())
            // A setting of this workspace, which others do not have.
            .env_remove("LIBSQLITE3_FLAGS")
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        let messages = String::from_utf8_lossy(&output.stdout);
        let name = &self.name;
        assert!(
            output.status.success(),
            "{name}: cargo {arguments:?}:\n{errors}\n{messages}"
        );
        output
    }

    /// Prints a line, also where the output of tests that succeed is not shown.
    fn print(&self, line: &str) {
        let _ = writeln!(std::io::stderr(), "{}: {line}", self.name);
    }
}

/// What cargo says that it built.
struct Built {
    crates: usize,
    /// How many of the crates were there already.
    from_before: usize,
    executable: Option<PathBuf>,
}

impl Built {
    fn of(messages: &str) -> Self {
        let mut crates = BTreeMap::new();
        let mut executable = None;
        for line in messages.lines() {
            let message: Value = serde_json::from_str(line).unwrap();
            if message["reason"] != "compiler-artifact" {
                continue;
            }
            let is_fresh = message["fresh"] == true;
            let id = message["package_id"].to_string();
            *crates.entry(id).or_insert(true) &= is_fresh;
            if let Some(path) = message["executable"].as_str() {
                executable = Some(PathBuf::from(path));
            }
        }
        Self {
            crates: crates.len(),
            from_before: crates.values().filter(|is_fresh| **is_fresh).count(),
            executable,
        }
    }
}

fn workspace() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.join("../..").canonicalize().unwrap()
}

/// Shared by all projects and by the next run.
fn target() -> PathBuf {
    workspace().join("target/readme")
}
