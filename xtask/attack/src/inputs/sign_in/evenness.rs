//! Row 2: how long it takes to be refused, for a name that exists and for one that
//! does not.

use super::{WRONG, request};
use crate::{
    report::Checks,
    target::{Attack, source},
    wire::Wire,
};
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};

/// The names, of which the first exists. They are of one length.
const NAMES: [&str; 2] = ["alice", "nobod"];

/// How many wrong passwords of one name from one address are refused with 401.
const BURST: usize = 10;

/// How much longer one median may be than the other.
const RATIO: f64 = 1.25;

/// The same where the machine has other things to do.
const ROUGH_RATIO: f64 = 1.5;

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    target.make_user(NAMES[0], false).await?;
    let is_quick = attack.extent.is_quick;
    let ratio = if is_quick { ROUGH_RATIO } else { RATIO };
    let mut checks = Checks::default();

    // Each from an address where nobody failed before.
    let mut refused = [Vec::new(), Vec::new()];
    for number in 0..if is_quick { 2 } else { 8 } {
        let mut wire = Wire::open(target.address(), source(10 + number)).await?;
        for attempt in 0..BURST - 1 {
            let password = format!("{WRONG}{attempt}");
            for (name, times) in NAMES.iter().zip(&mut refused) {
                let (status, time) = timed(&mut wire, &request(name, &password)).await?;
                ensure!(status == 401, "a wrong password is answered {status}");
                times.push(time);
            }
        }
    }
    judge(&mut checks, "401, a hash", refused, ratio);

    let large = "x".repeat(90_000);
    let mut wire = Wire::open(target.address(), source(1)).await?;
    for attempt in 0..BURST + 2 {
        for name in NAMES {
            timed(&mut wire, &request(name, &format!("{WRONG}{attempt}"))).await?;
        }
    }
    for (what, password) in [("a short one", WRONG), ("one of 90 KB", &large)] {
        let requests = NAMES.map(|name| request(name, password));
        let mut throttled = [Vec::new(), Vec::new()];
        for number in 0..if is_quick { 200 } else { 2_000 } {
            // Either is first half of the time.
            for one in [number % 2, 1 - number % 2] {
                let (status, time) = timed(&mut wire, &requests[one]).await?;
                // Some are let in meanwhile.
                if status == 429 {
                    throttled[one].push(time);
                }
            }
        }
        judge(&mut checks, &format!("429, {what}"), throttled, ratio);
    }
    Ok(checks)
}

async fn timed(wire: &mut Wire, request: &str) -> Result<(u16, Duration)> {
    let began = Instant::now();
    wire.send(request).await?;
    let status = wire.answer().await?.status;
    Ok((status, began.elapsed()))
}

fn judge(checks: &mut Checks, what: &str, times: [Vec<Duration>; 2], limit: f64) {
    let count = times.iter().map(Vec::len).min().unwrap_or_default();
    let [known, unknown] = times.map(median);
    let shown = format!("{:.1} µs and {:.1} µs", known * 1e6, unknown * 1e6);
    let medians = format!("{what}: medians for a name that exists and another");
    checks.show(medians, format!("{shown} of {count}"));
    let ratio = known.max(unknown) / known.min(unknown);
    let what = format!("{what}: the longer median by the shorter");
    checks.at_most(what, ratio, limit, "");
}

/// Returns the median in seconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    let median = times.get(times.len() / 2);
    median.map_or(f64::NAN, Duration::as_secs_f64)
}
