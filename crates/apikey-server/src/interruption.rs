//! What is not to stay when a command is interrupted.

use anyhow::Context;
use apikey_commands::replacement::Replacement;
use std::process::exit;
use tokio::signal::unix::{SignalKind, signal};

/// What a signal adds to its number to be an exit code, as for shells.
pub(crate) const SIGNALED: u8 = 128;

/// Has SIGINT and SIGTERM remove an unfinished file, which may be as large as the database, and
/// end the process. Under another name nobody would find it later.
///
/// # Errors
///
/// Those of the system.
pub(crate) fn remove_then(unfinished: &Replacement) -> anyhow::Result<()> {
    let files = unfinished.files();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let signals = {
        let _entered = runtime.enter();
        let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
        [signal(kinds[0])?, signal(kinds[1])?]
    };
    let waiting = std::thread::Builder::new().name("apikey-signals".to_owned());
    waiting.spawn(move || {
        let [mut interrupted, mut terminated] = signals;
        let kind = runtime.block_on(async {
            tokio::select! {
                _ = interrupted.recv() => SignalKind::interrupt(),
                _ = terminated.recv() => SignalKind::terminate(),
            }
        });
        for file in files {
            // If it cannot be removed, the next backup of this name does.
            let _ = std::fs::remove_file(file);
        }
        exit(i32::from(SIGNALED) + kind.as_raw_value());
    })?;
    Ok(())
}
