//! A fuzz target and what it does.

use anyhow::{Context, Result, bail};
use std::{
    fmt::{Display, Formatter},
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};
use xtask_programs::{process, workspace::Workspace};

/// The longest input in bytes.
const LONGEST: usize = 4_096;
/// How many lines of a failed run are shown.
const SHOWN: usize = 40;

/// A fuzz target.
pub(super) struct Target {
    name: String,
    program: PathBuf,
    /// The inputs that it begins with.
    corpus: PathBuf,
    dictionary: PathBuf,
    /// Where its log is, what fails it, and what else reached something new.
    work: PathBuf,
}

/// What a target did without a finding.
pub(super) struct Ran {
    executions: u64,
    new_inputs: u64,
}

// === impl Target ===

impl Target {
    /// Returns all targets of the tree, by name.
    pub(super) fn all(workspace: &Workspace, programs: &Path) -> Result<Vec<Self>> {
        let fuzz = workspace.root().join("fuzz");
        let mut targets = Vec::new();
        for entry in fs::read_dir(fuzz.join("fuzz_targets"))? {
            let path = entry?.path();
            let name = path.file_stem().context("a target has no name")?;
            let name = name.to_string_lossy().into_owned();
            targets.push(Self {
                program: programs.join(&name),
                corpus: fuzz.join("corpus").join(&name),
                dictionary: fuzz.join("dictionaries").join(format!("{name}.dict")),
                work: workspace.root().join("target/fuzz/runs").join(&name),
                name,
            });
        }
        targets.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(targets)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the folder of the inputs in the tree.
    pub(super) fn corpus(&self) -> &Path {
        &self.corpus
    }

    /// Returns the folder of the inputs that runs have added, which is not in the tree.
    pub(super) fn found(&self) -> PathBuf {
        self.work.join("found")
    }

    /// Returns a call of the program.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(format!("-max_len={LONGEST}"));
        command
    }

    /// Runs for some seconds.
    ///
    /// # Errors
    ///
    /// With the path of the input that failed.
    pub(super) fn run(&self, seconds: u64) -> Result<Ran> {
        fs::create_dir_all(self.found())?;
        let (log_path, before) = (self.work.join("log"), files(&self.found())?);
        let log = File::create(&log_path)?;
        let mut command = self.command();
        command
            .arg(format!("-max_total_time={seconds}"))
            .args(["-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048"])
            .arg(format!("-artifact_prefix={}/", self.work.display()))
            .stdout(log.try_clone()?)
            .stderr(log);
        if self.dictionary.is_file() {
            command.arg(format!("-dict={}", self.dictionary.display()));
        }
        let status = process::status(command.arg(self.found()).arg(&self.corpus))?;
        let log = String::from_utf8_lossy(&fs::read(&log_path)?).into_owned();
        if !status.success() {
            bail!("{}", self.finding(&log));
        }
        let executions = after(&log, "stat::number_of_executed_units:");
        let executions = executions.and_then(|count| count.trim().parse().ok());
        Ok(Ran {
            executions: executions.context("the fuzzer does not say what it did")?,
            new_inputs: files(&self.found())?.saturating_sub(before),
        })
    }

    /// Returns what a failed run found, with the beginning of what it printed of that.
    fn finding(&self, log: &str) -> String {
        let input = after(log, "Test unit written to ").unwrap_or("no input");
        let lines = log.lines().skip_while(|line| !is_beginning(line));
        let shown: Vec<_> = lines.take(SHOWN).collect();
        format!("{} fails with {input}\n{}", self.name, shown.join("\n"))
    }
}

/// Returns whether a line is the first that tells of a failure.
fn is_beginning(line: &str) -> bool {
    line.contains("panicked at") || line.contains("ERROR: ")
}

/// Returns the rest of the last line that contains a text.
fn after<'a>(log: &'a str, text: &str) -> Option<&'a str> {
    log.lines()
        .rev()
        .find_map(|line| Some(line.split_once(text)?.1))
}

/// Returns how many files there are in a folder.
fn files(folder: &Path) -> Result<u64> {
    Ok(fs::read_dir(folder)?.count() as u64)
}

impl Display for Ran {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let Self {
            executions,
            new_inputs,
        } = self;
        write!(
            formatter,
            "{executions} executions, {new_inputs} new inputs"
        )
    }
}
