//! What shells and `man` know of a command line.

use clap::ValueEnum;
use std::{
    fs::DirBuilder,
    io::{Result, Write},
    os::unix::fs::DirBuilderExt,
    path::Path,
};

/// A shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash
    Bash,
    /// fish
    Fish,
    /// zsh
    Zsh,
}

/// Writes what completes a command line in a shell.
///
/// # Errors
///
/// Those of the writer.
pub fn write_completions(
    mut command: clap::Command,
    shell: Shell,
    to: &mut dyn Write,
) -> Result<()> {
    use clap_complete::Shell as Known;
    let shell = match shell {
        Shell::Bash => Known::Bash,
        Shell::Fish => Known::Fish,
        Shell::Zsh => Known::Zsh,
    };
    let name = command.get_name().to_owned();
    // It would panic where the output is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    to.write_all(&script)?;
    to.flush()
}

/// Writes a man page for a command and each of its subcommands to a folder.
///
/// # Errors
///
/// Those of the file system.
pub fn write_man_pages(command: clap::Command, folder: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(folder)?;
    clap_mangen::generate_to(command, folder)
}
