//! `cargo xtask public-api`: the public interfaces of the crates that others build on,
//! beside the listings that are kept in the tree.
//!
//! A change of a listing is seen in a review: what is added is a feature, what is removed
//! or changed breaks someone.

mod difference;

use crate::difference::difference;
use anyhow::{Context, Result, bail};
use clap::Parser;
use public_api::Builder;
use std::{fs, process::ExitCode};
use xtask_programs::{interruption, process, workspace::Workspace};

/// The crates whose interface is kept, as far as it needs no feature that is optional.
const CRATES: [&str; 2] = ["apikey-domain", "apikey-cache"];

/// Where the crates are built for their listing: the variable that lets a stable rustdoc
/// write JSON would make everything else be built anew.
const TARGET: &str = "target/public-api";

/// Compares the public interfaces with the listings that are kept.
#[derive(Parser)]
#[command(name = "cargo xtask public-api")]
struct Options {
    /// Writes the listings instead.
    #[arg(long)]
    accept: bool,
}

fn main() -> ExitCode {
    match perform(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => process::report("public-api", &error),
    }
}

fn perform(options: &Options) -> Result<()> {
    interruption::watch()?;
    let workspace = Workspace::locate()?;
    let mut changed = Vec::new();
    for name in CRATES {
        let listing = listing(&workspace, name)?;
        let path = workspace
            .root()
            .join(format!("crates/{name}/public-api.txt"));
        if options.accept {
            fs::write(&path, listing).with_context(|| format!("cannot write {path:?}"))?;
            continue;
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        let difference = difference(&kept, &listing);
        if !difference.is_empty() {
            println!("{name}:\n{difference}");
            changed.push(name);
        }
    }
    if !changed.is_empty() {
        bail!(
            "the public interface changed of {}: if that is meant, run `cargo xtask public-api \
             --accept`",
            changed.join(" and ")
        );
    }
    Ok(())
}

/// Returns the public items of a crate, a line each.
fn listing(workspace: &Workspace, name: &str) -> Result<String> {
    let mut rustdoc = workspace.cargo(&["rustdoc", "--quiet", "--lib", "--package", name]);
    rustdoc
        .args(["--target-dir", TARGET, "--"])
        .args(["-Z", "unstable-options", "--output-format", "json"])
        .env("RUSTC_BOOTSTRAP", "1");
    process::succeed(&mut rustdoc)?;
    let json = format!("{TARGET}/doc/{}.json", name.replace('-', "_"));
    let api = Builder::from_rustdoc_json(workspace.root().join(json))
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .with_context(|| format!("cannot read what rustdoc wrote of {name}"))?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}
