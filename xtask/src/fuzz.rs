//! `cargo xtask fuzz`: the fuzz targets, with what they found before.

pub(crate) mod build;
mod corpus;
mod target;

use anyhow::{Result, bail};
use clap::Args;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};
use target::Target;
use xtask_programs::{build_programs, interruption, workspace::Workspace};

/// What `cargo xtask fuzz` takes.
#[derive(Args)]
pub(crate) struct Options {
    /// A target, may be given several times; all without it.
    #[arg(long = "target")]
    targets: Vec<String>,
    /// How many seconds each target runs.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How many targets run at once.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    jobs: u8,
    /// Keeps, in the corpus of the tree, the fewest of all inputs that reach as much.
    #[arg(long)]
    keep: bool,
}

// === impl Options ===

impl Options {
    /// Five seconds of each target.
    pub(crate) const SHORT: Self = Self {
        targets: Vec::new(),
        seconds: 5,
        jobs: 1,
        keep: false,
    };
}

/// Builds and runs the targets, and fails if one finds something.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    build_programs::find_or_install_cxx_compiler()?;
    let folder = build::build(workspace)?;
    let targets = chosen(Target::all(workspace, &folder)?, &options.targets)?;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut findings = Vec::new();
        while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
            match target.run(options.seconds) {
                Ok(ran) => println!("{}: {ran}", target.name()),
                Err(finding) => findings.push(finding),
            }
        }
        findings
    };
    let workers = 0..options.jobs;
    let findings: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = workers.map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().filter_map(|worker| worker.join().ok());
        ended.flatten().collect()
    });
    interruption::check()?;
    for finding in &findings {
        eprintln!("{finding:#}");
    }
    if !findings.is_empty() {
        bail!("fuzz targets that failed: {}", findings.len());
    }
    if options.keep {
        targets.iter().try_for_each(corpus::keep_fewest)?;
    }
    Ok(())
}

fn chosen(mut targets: Vec<Target>, names: &[String]) -> Result<Vec<Target>> {
    let known: Vec<_> = targets.iter().map(|one| one.name().to_owned()).collect();
    for name in names {
        if !known.contains(name) {
            bail!("there is no target {name}: there are {}", known.join(", "));
        }
    }
    targets.retain(|one| names.is_empty() || names.iter().any(|name| name == one.name()));
    Ok(targets)
}
