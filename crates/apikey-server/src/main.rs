//! API keys as a service: reads the configuration and runs a subcommand.

use apikey_server::{
    config::{Command, Config},
    log, migrate, serve,
};
use std::process::ExitCode;

fn main() -> ExitCode {
    let (config, command) = match Config::from_process() {
        Ok(parsed) => parsed,
        Err(refused) => return refused.report(),
    };
    let outcome = match command {
        Command::Config => {
            print!("{config}");
            return ExitCode::SUCCESS;
        }
        Command::Migrate => log::start(&config).and_then(|()| migrate::run(&config)),
        Command::Serve => log::start(&config).and_then(|()| serve::run(config)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
