//! The subcommand `pepper show`: which peppers there are, and what still needs them.

use crate::{
    command,
    config::Config,
    control::{Answer, PepperLine, Request},
    pepper, serve,
};
use anyhow::{Context, bail};
use apikey_domain::key::digest::PepperId;
use std::io::Write;

/// Prints each pepper that the database knows of: its id, whether it is the newest, how many
/// secrets of keys have a digest under it, and whether it is among those of these settings.
/// Returns whether all that are needed are.
///
/// # Errors
///
/// If the database or the server cannot be reached, or the peppers cannot be read.
pub fn run(config: &Config, json: bool) -> anyhow::Result<bool> {
    let given = pepper::existing(config)?;
    let given = given.map_or(Vec::new(), |(peppers, _)| peppers.ids());
    let answer = command::carry_out(config, &serve::runtime()?, Request::Peppers)?;
    let mut lines: Vec<PepperLine> = match answer {
        Answer::Peppers(json) => {
            serde_json::from_str(&json).context("the answer cannot be read")?
        }
        Answer::Failed(cause) => bail!("the peppers cannot be shown: {cause}"),
        other => bail!("the running server answered something else: {other:?}"),
    };
    for line in &mut lines {
        line.is_given = PepperId::parse(&line.id).is_some_and(|id| given.contains(&id));
    }
    let text = match json {
        true => format!("{}\n", serde_json::to_string(&lines)?),
        false => table(&lines, &given),
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(!lines.iter().any(is_missing))
}

/// Returns whether a pepper is needed, and not among those of these settings.
fn is_missing(line: &PepperLine) -> bool {
    !line.is_given && (line.digests > 0 || line.is_newest)
}

/// Returns them for people, and those that the database knows nothing of.
fn table(lines: &[PepperLine], given: &[PepperId]) -> String {
    let mut text = format!(
        "{:<10}{:<9}{:<29}{:>10}\n",
        "pepper", "here", "newest since", "digests"
    );
    for line in lines {
        let here = match line.is_given {
            true => "yes",
            false if is_missing(line) => "MISSING",
            false => "no",
        };
        let since = line.registered_at.as_deref().unwrap_or("-");
        let digests = line.digests;
        text.push_str(&format!(
            "{:<10}{here:<9}{since:<29}{digests:>10}\n",
            line.id
        ));
    }
    for id in given {
        let id = id.to_text();
        if !lines.iter().any(|line| line.id == id) {
            text.push_str(&format!("{id:<10}{:<9}{:<29}{:>10}\n", "yes", "-", 0));
        }
    }
    text
}
