//! A job in a transaction of its own.

use super::{
    batch::{Blame, Limits},
    job::Job,
    transaction::{Failed, Transactor},
};

/// How many times a job is run that fails with a deadlock or serialization failure.
const MAX_ATTEMPTS: u32 = 4;

/// Runs one job in a transaction of its own and replies. Returns the job, without a
/// reply, if it took too long.
pub(super) async fn complete(
    transactor: &mut Transactor,
    job: Box<dyn Job>,
    limits: Limits,
) -> Option<Box<dyn Job>> {
    let mut alone = vec![job];
    let mut attempt = 1;
    let failed = loop {
        match transactor.commit(&mut alone, limits).await {
            Ok(committed) => return transactor.reply(alone, committed).pop(),
            Err(failed) if failed.is_transient() && attempt < MAX_ATTEMPTS => attempt += 1,
            Err(failed) => break failed,
        }
    };
    let job = alone.pop()?;
    if let Failed::Job {
        blame: Blame::Slow, ..
    } = failed
    {
        return Some(job);
    }
    job.reply(Err(failed.into_error()));
    None
}
