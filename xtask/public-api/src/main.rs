//! `cargo xtask public-api`: the public interfaces of the crates that others build on,
//! beside the listings that are kept in the tree.
//!
//! A change of a listing is seen in a review: what is added is a feature, what is removed
//! or changed breaks someone.
//!
//! It prints how many public items have an example, too, and fails if a use case or a port
//! has none.

mod difference;
mod examples;

use crate::{difference::difference, examples::Examples};
use anyhow::{Context, Result, bail};
use clap::Parser;
use public_api::Builder;
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};
use xtask_programs::{interruption, process, workspace::Workspace};

/// The crates whose interface is kept, as far as it needs no feature that is optional.
const CRATES: [&str; 2] = ["apikey-domain", "apikey-cache"];

/// The crate that has the use cases and the ports.
const SHOWN_BY_EXAMPLES: &str = "apikey-domain";

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
        if name == SHOWN_BY_EXAMPLES {
            require_examples(
                name,
                &rustdoc_json(&workspace, name, &["--features", "server"])?,
            )?;
        }
        let json = rustdoc_json(&workspace, name, &[])?;
        let listing = listing(name, &json)?;
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

/// Prints how many public items have an example, and fails if one must have it and has none.
fn require_examples(name: &str, json: &Path) -> Result<()> {
    let text = fs::read_to_string(json).with_context(|| format!("cannot read {json:?}"))?;
    let examples = Examples::of(&text)?;
    println!("{name}: {examples}");
    if !examples.missing.is_empty() {
        bail!("without an example: {}", examples.missing.join(", "));
    }
    Ok(())
}

/// Lets rustdoc describe a crate with some features as JSON, and returns its path.
fn rustdoc_json(workspace: &Workspace, name: &str, features: &[&str]) -> Result<PathBuf> {
    let mut rustdoc = workspace.cargo(&["rustdoc", "--quiet", "--lib", "--package", name]);
    rustdoc
        .args(features)
        .args(["--target-dir", TARGET, "--"])
        .args(["-Z", "unstable-options", "--output-format", "json"])
        .env("RUSTC_BOOTSTRAP", "1");
    process::succeed(&mut rustdoc)?;
    let json = format!("{TARGET}/doc/{}.json", name.replace('-', "_"));
    Ok(workspace.root().join(json))
}

/// Returns the public items of a crate, a line each.
fn listing(name: &str, json: &Path) -> Result<String> {
    let api = Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .with_context(|| format!("cannot read what rustdoc wrote of {name}"))?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}
