//! API keys as a service: reads the configuration and runs a subcommand.

mod allocator;

use apikey_diesel::PartEnded;
use apikey_server::{
    config::{Command, Config},
    faults, log, migrate, panics, serve,
};
use std::{
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
};

/// The exit code when a part of the server ended that must not: `EX_SOFTWARE` of
/// `sysexits.h`.
const PART_ENDED: u8 = 70;

fn main() -> ExitCode {
    panics::log_all();
    faults::listen();
    let (config, command) = match Config::from_process() {
        Ok(parsed) => parsed,
        Err(refused) => return refused.report(),
    };
    let run = AssertUnwindSafe(|| match command {
        Command::Config => print(&config),
        // The log is dropped, and so written, before the last words are.
        Command::Migrate => log::start(&config).and_then(|_log| migrate::run(&config)),
        Command::Serve => log::start(&config).and_then(|_log| serve::run(config)),
    });
    match catch_unwind(run) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => failed(&error),
        // The panic itself is in the log.
        Err(_) => {
            log::say("error: the main thread panicked".to_owned());
            ExitCode::from(PART_ENDED)
        }
    }
}

fn print(config: &Config) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    write!(output, "{config}")?;
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
