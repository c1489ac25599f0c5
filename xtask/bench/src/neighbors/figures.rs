//! What came of all of it, as a table.

use crate::{
    bench::Bench,
    load::paced::Answered,
    neighbors::{deed::Deed, situation::Situation},
    table::{Table, figure},
};
use anyhow::Result;
use std::collections::BTreeMap;

/// How many times what the load does to an empty handler it may do to a tenant.
const AIM: f64 = 2.0;

const COLUMNS: [&str; 9] = [
    "beside",
    "what",
    "p50, ms",
    "p99, ms",
    "p99, empty handler",
    "p99, undisturbed",
    "requests",
    "failed",
    "p99 within twice the empty handler's",
];

/// What came of a tenant's deeds in each situation, at the server and at the empty
/// handler.
#[derive(Default)]
pub(super) struct Figures {
    seen: BTreeMap<Situation, [Vec<Answered>; 2]>,
    /// What the neighbors were answered.
    loads: Vec<(Situation, String)>,
}

// === impl Figures ===

impl Figures {
    /// Adds what came of a turn.
    pub(super) fn add(&mut self, situation: Situation, seen: [Vec<Answered>; 2], load: String) {
        let none = || [(); 2].map(|()| vec![Answered::default(); Deed::ALL.len()]);
        let all = self.seen.entry(situation).or_insert_with(none);
        for (all, seen) in all.iter_mut().zip(&seen) {
            for (all, seen) in all.iter_mut().zip(seen) {
                all.append(seen);
            }
        }
        if !load.is_empty() {
            self.loads.push((situation, load));
        }
    }

    /// Prints the table, and what the neighbors and the tenant were answered.
    pub(super) fn print(&self, bench: &Bench) -> Result<()> {
        let subject = "A well-behaved tenant beside a neighbor, all on the same two cores,";
        let columns = COLUMNS.map(str::to_owned);
        let mut table = Table::with_columns(bench, subject, &columns);
        let mut failures = Vec::new();
        for (situation, [server, empty]) in &self.seen {
            let undisturbed = self.seen.get(&situation.undisturbed());
            for (place, deed) in Deed::ALL.into_iter().enumerate() {
                let one = &server[place];
                let high = |answered: &Answered| answered.latencies.milliseconds_at(99.0);
                let highs = [
                    high(one),
                    high(&empty[place]),
                    undisturbed.map_or(0.0, |[server, _]| high(&server[place])),
                ];
                let failed: u64 = one.failures.values().sum();
                let mut cells = vec![situation.name(bench), deed.name().to_owned()];
                cells.push(figure(one.latencies.milliseconds_at(50.0)));
                cells.extend(highs.map(figure));
                cells.push(one.latencies.count().to_string());
                cells.push(failed.to_string());
                cells.push(match situation {
                    Situation::Undisturbed | Situation::TwoNodes => String::new(),
                    _ => verdict(highs),
                });
                table.cells(cells);
                for (failure, count) in &one.failures {
                    let (beside, what) = (situation.name(bench), deed.name());
                    failures.push(format!("beside {beside}: {what}: {count} × {failure}"));
                }
            }
        }
        table.print()?;
        for (situation, load) in &self.loads {
            println!("{}: {load}", situation.name(bench));
        }
        failures.iter().for_each(|failure| println!("{failure}"));
        println!();
        Ok(())
    }
}

/// Compares a p99 with that of an empty handler beside the same load. One that is not
/// within the aim without any load either is told apart.
fn verdict([high, empty, undisturbed]: [f64; 3]) -> String {
    let ratio = figure(high / empty);
    match high {
        high if high <= AIM * empty => format!("{ratio}, met"),
        _ if undisturbed > AIM * empty => format!("{ratio}, MISSED (undisturbed, too)"),
        _ => format!("{ratio}, MISSED"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_may_do_to_a_tenant_twice_what_it_does_to_an_empty_handler() {
        assert_eq!(verdict([10.0, 5.0, 1.0]), "2.00, met");
        assert_eq!(verdict([11.0, 5.0, 1.0]), "2.20, MISSED");
        assert_eq!(verdict([3.0, 1.0, 2.5]), "3.00, MISSED (undisturbed, too)");
    }
}
