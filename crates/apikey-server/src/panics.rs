//! Panics, each logged once.

use crate::log;
use apikey_diesel::Supervisor;
use apikey_domain::error::PortError;
use futures_util::FutureExt;
use std::{
    any::Any,
    panic::{AssertUnwindSafe, PanicHookInfo},
    sync::OnceLock,
    thread::{self, Thread},
};

/// The thread of the HTTP server that takes connections. Nothing else ends with it, so
/// nothing else would notice.
const ACCEPTOR: &str = "actix-server acceptor";

static SUPERVISOR: OnceLock<Supervisor> = OnceLock::new();

/// Logs every panic of this process: its thread and place, and its message if that is a
/// literal. A message that was formatted may contain what a client sent.
pub fn log_all() {
    std::panic::set_hook(Box::new(|panic| {
        let thread = thread::current();
        tell(&thread, panic);
        if thread.name() == Some(ACCEPTOR)
            && let Some(supervisor) = SUPERVISOR.get()
        {
            supervisor.report("the thread that takes connections", "it panicked");
        }
    }));
}

/// Reports the panic of a thread that cannot report its own end.
pub fn report_to(supervisor: &Supervisor) {
    // A process has one server.
    let _ = SUPERVISOR.set(supervisor.clone());
}

/// Runs work of a part that goes on after a panic, which is logged as any other.
///
/// # Errors
///
/// As the work, or [`PortError::Corrupt`] if it panicked.
pub async fn caught<T>(work: impl Future<Output = Result<T, PortError>>) -> Result<T, PortError> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.unwrap_or_else(|_| Err(PortError::Corrupt("the work panicked".to_owned())))
}

fn tell(thread: &Thread, panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let place = place.unwrap_or_default();
    let thread = thread.name().unwrap_or_default();
    let cause = message(panic.payload());
    if tracing::dispatcher::has_been_set() {
        tracing::error!(thread, place, cause, "a panic");
    } else {
        log::say(format!("a panic of {thread} at {place}: {cause}"));
    }
}

fn message(payload: &(dyn Any + Send)) -> &'static str {
    let literal = payload.downcast_ref::<&'static str>();
    literal.copied().unwrap_or("not shown: it may hold data")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_of_the_acceptor_is_reported() {
        let supervisor = Supervisor::default();
        report_to(&supervisor);
        log_all();
        let acceptor = thread::Builder::new().name(ACCEPTOR.to_owned());
        acceptor.spawn(|| panic!("a fault")).unwrap();
        let ended = supervisor.ended().await;
        assert_eq!(ended.part, "the thread that takes connections");
    }

    #[test]
    fn only_a_literal_message_is_shown() {
        let secret = "gpustack_0123";
        let literal = std::panic::catch_unwind(|| panic!("no secret")).unwrap_err();
        let formatted = std::panic::catch_unwind(|| panic!("{secret}")).unwrap_err();
        assert_eq!(message(&*literal), "no secret");
        assert!(!message(&*formatted).contains(secret));
    }
}
