//! API keys as a service: reads the configuration and runs a subcommand.

mod allocator;

use anyhow::Context;
use apikey_commands::shell::{write_completions, write_man_pages};
use apikey_diesel::PartEnded;
use apikey_server::{
    administer, backup,
    config::{self, Command, Config, ConfigCommand, KeyCommand, PepperCommand, UserCommand},
    doctor, explain_key, faults, import,
    log::{self, Log},
    migrate, panics, password_input,
    pepper::{give_up, rotate, show},
    reset_password,
    restore::{self, Restorable},
    serve,
};
use std::{
    fmt::Display,
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
};

/// The exit code when a part of the server ended that must not: `EX_SOFTWARE` of
/// `sysexits.h`.
const PART_ENDED: u8 = 70;
/// The exit code of `key explain` for a key that would be refused, and of `pepper show` if a
/// pepper is missing that is needed.
const REFUSED: u8 = 3;

fn main() -> ExitCode {
    let ignores_hangups = serve::outlive_hangups();
    panics::log_all();
    let (config, command) = match Config::from_process() {
        Ok(parsed) => parsed,
        Err(refused) => return refused.report(),
    };
    match catch_unwind(AssertUnwindSafe(|| run(config, command, ignores_hangups))) {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => failed(&error),
        // The panic itself is in the log.
        Err(_) => {
            log::say("error: the main thread panicked".to_owned());
            ExitCode::from(PART_ENDED)
        }
    }
}

// The log is dropped, and so written, before the last words are.
fn run(config: Config, command: Command, ignores_hangups: bool) -> anyhow::Result<ExitCode> {
    if let Some(administration) = command.administration() {
        return administer::run(config, administration, ignores_hangups);
    }
    match command {
        Command::Config { command } => match command {
            None => print_settings(&config, &config)?,
            Some(ConfigCommand::Check) => print_settings(&config, &"the settings are valid\n")?,
            Some(ConfigCommand::Table) => print_settings(&config, &config::table())?,
        },
        Command::Migrate => {
            faults::listen();
            let _log = start_log(&config)?;
            migrate::run(&config)?;
        }
        Command::Serve => {
            faults::listen();
            let _log = start_log(&config)?;
            serve::run(config)?;
        }
        Command::Doctor { json } => {
            let _log = log::start(&config)?;
            let findings = doctor::run(&config)?;
            match json {
                true => print(&findings.to_json())?,
                false => print(&findings)?,
            }
            if findings.has_errors() {
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Backup(arguments) => {
            let _log = start_log(&config)?;
            match backup::run(&config, &arguments)? {
                Ok(report) => log::done(&report),
                Err(refused) => return Ok(refused.report()),
            }
        }
        Command::Restore(arguments) => {
            let _log = start_log(&config)?;
            let is_question = arguments.check;
            match restore::run(&config, arguments)? {
                Ok(Restorable { report, is_good }) => {
                    match is_question {
                        true => print(&report)?,
                        false => log::done(&report),
                    }
                    if !is_good {
                        return Ok(ExitCode::FAILURE);
                    }
                }
                Err(refused) => return Ok(refused.report()),
            }
        }
        Command::User(UserCommand::ResetPassword { username }) => {
            let password = match password_input::read() {
                Ok(password) => password,
                Err(refused) => return Ok(refused.report()),
            };
            let _log = start_log(&config)?;
            reset_password::run(&config, &username, password)?;
        }
        Command::Key(KeyCommand::Explain(arguments)) => {
            let _log = start_log(&config)?;
            if !explain_key::run(&config, arguments)? {
                return Ok(ExitCode::from(REFUSED));
            }
        }
        Command::Pepper(PepperCommand::Show { json }) => {
            let _log = start_log(&config)?;
            if !show::run(&config, json)? {
                return Ok(ExitCode::from(REFUSED));
            }
        }
        Command::Pepper(PepperCommand::Rotate) => {
            let _log = start_log(&config)?;
            rotate::run(&config)?;
        }
        Command::Pepper(PepperCommand::GiveUp { pepper, yes }) => {
            let _log = start_log(&config)?;
            if let Err(refused) = give_up::run(&config, &pepper, yes)? {
                return Ok(refused.report());
            }
        }
        Command::Import(command) => {
            let _log = start_log(&config)?;
            import::run(&config, command)?;
        }
        Command::Completions { shell } => {
            let mut output = std::io::stdout().lock();
            write_completions(config::command_line(), shell, &mut output)?;
        }
        Command::Man { folder } => {
            let written = write_man_pages(config::command_line(), &folder);
            written.with_context(|| format!("cannot write to {}", folder.display()))?;
        }
        // They are calls of the service.
        Command::User(UserCommand::Other(_))
        | Command::Key(KeyCommand::Other(_))
        | Command::Org(_)
        | Command::Member(_)
        | Command::Event(_) => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn start_log(config: &Config) -> anyhow::Result<Log> {
    let log = log::start(config)?;
    for notice in &config.notices {
        tracing::warn!("{notice}");
    }
    Ok(log)
}

fn print_settings(config: &Config, text: &dyn Display) -> anyhow::Result<()> {
    for notice in &config.notices {
        log::say(format!("warning: {notice}"));
    }
    print(text)
}

fn print(text: &dyn Display) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    write!(output, "{text}")?;
    Ok(output.flush()?)
}

fn failed(error: &anyhow::Error) -> ExitCode {
    log::say(format!("error: {error:#}"));
    if error.is::<PartEnded>() {
        ExitCode::from(PART_ENDED)
    } else {
        ExitCode::FAILURE
    }
}
