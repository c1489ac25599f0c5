//! The command line.

use super::{
    combined::combine,
    declared::{self, CONFIG, IMPORT_FROM, KEY},
    environment,
    file::{self, SettingsFile},
    findings::Findings,
    given::Given,
    refused::Refused,
    setting::{About, Described, Ways},
    settings::Config,
    subcommand::{Command, ConfigCommand, ImportCommand, SourceUrl},
    unknown,
};
use clap::{
    Arg, ArgMatches, CommandFactory, FromArgMatches, Parser,
    builder::{PossibleValuesParser, ValueParser},
    value_parser,
};
use std::{ffi::OsString, path::Path};

#[derive(Parser)]
#[command(name = "apikey-server", version, about = "API keys as a service.")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

/// Parses the command line and combines it with the environment and the file.
pub(super) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<(Config, Command), Refused> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let described = declared::all();
    let refused = |error: clap::Error| Refused::Arguments(error.into());
    let matches = match command_line(&described, true).try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => to_be_checked(&described, &arguments).ok_or_else(|| refused(error))?,
    };
    let parsed = Arguments::from_arg_matches(&matches).map_err(refused)?;
    let mut command = parsed.command.unwrap_or(Command::Serve);
    let mut notices = unknown_variables(&described);
    let read = read(&matches, &described, &mut command, &mut notices);
    match read {
        Ok(config) => Ok((Config { notices, ..config }, command)),
        // It may be missing because its variable is misspelled.
        Err(refused) => Err(refused.with_notices(&notices)),
    }
}

fn read(
    matches: &ArgMatches,
    described: &[Described],
    command: &mut Command,
    notices: &mut Vec<String>,
) -> Result<Config, Refused> {
    let mut findings = Findings::default();
    let path = matches.get_raw(&CONFIG.name());
    let path = path.and_then(|mut paths| paths.next_back());
    let file = match path {
        Some(path) => file::read(Path::new(path), described, &mut findings),
        None => SettingsFile::default(),
    };
    if let Command::Import(ImportCommand::Gpustack(arguments)) = command
        && arguments.from.is_none()
        && let Some(secret) = environment::secret(&IMPORT_FROM, &file)?
    {
        arguments.from = Some(SourceUrl(secret.text.to_string()));
    }
    let api_key = match command.asks_server() {
        true => environment::secret(&KEY, &file)?.map(|secret| secret.text),
        false => None,
    };
    let given = Given {
        matches,
        file: &file,
        findings,
        effective: Vec::new(),
    };
    let config = combine(given, command, notices)?;
    Ok(Config { api_key, ..config })
}

/// Returns the whole command line, for completions and man pages. It shows no value of a
/// variable.
pub fn whole() -> clap::Command {
    command_line(&declared::all(), true).mut_args(|argument| argument.hide_env_values(true))
}

/// Returns the command line. Without checks its values are taken as they are, so that all
/// that are wrong can be told.
fn command_line(described: &[Described], is_checked: bool) -> clap::Command {
    let flags = described.iter().filter(|one| one.about.has_flag());
    let flags = flags.map(|one| argument(one, is_checked));
    let others = described.iter().map(|one| &one.about);
    let others = others.filter(|about| {
        !about.has_flag() && ![IMPORT_FROM.field, KEY.field].contains(&about.field)
    });
    let others: Vec<_> = others.map(|about| about.variables().join(" or ")).collect();
    let after = format!("Also read from the environment: {}.", others.join(", "));
    Arguments::command().args(flags).after_help(after)
}

fn argument(described: &Described, is_checked: bool) -> Arg {
    let about = &described.about;
    let argument = Arg::new(about.name())
        .long(about.name())
        .global(true)
        .value_name(about.placeholder)
        .help(help(about))
        .value_parser(match is_checked {
            true => checked(described),
            false => value_parser!(OsString),
        });
    // A variable with a secret is not clap's, whose messages would show it.
    let argument = match about.ways {
        Ways::PartlySecret => argument,
        _ => argument.env(about.variable()),
    };
    match about.default {
        Some(default) => argument.default_value(default),
        None => argument,
    }
}

fn checked(described: &Described) -> ValueParser {
    if let Some(choices) = described.about.choices {
        return PossibleValuesParser::new(choices()).into();
    }
    if described.about.ways == Ways::NotInFile {
        return value_parser!(OsString);
    }
    let check = described.check.clone();
    ValueParser::from(move |text: &str| check(text).map(|_| text.to_owned()))
}

fn help(about: &About) -> String {
    let mut help = about.help();
    if about.default.is_none() && about.ways != Ways::NotInFile {
        help += &format!(" [default: {}]", about.otherwise.replace('`', ""));
    }
    if about.ways == Ways::PartlySecret {
        help += &format!(" [env: {}]", about.variables().join(" or "));
    }
    help
}

/// Returns what `config check` was given, whatever the values are. `None` for any other
/// command.
fn to_be_checked(described: &[Described], arguments: &[OsString]) -> Option<ArgMatches> {
    let matches = command_line(described, false).try_get_matches_from(arguments);
    let matches = matches.ok()?;
    let command = Arguments::from_arg_matches(&matches).ok()?.command?;
    let is_check = matches!(
        command,
        Command::Config {
            command: Some(ConfigCommand::Check)
        }
    );
    is_check.then_some(matches)
}

/// Returns a line about the variables that are no settings.
fn unknown_variables(described: &[Described]) -> Vec<String> {
    let known = described.iter().flat_map(|one| one.about.variables());
    let known: Vec<String> = known.collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    unknown::lines(std::env::vars_os(), &known)
}
