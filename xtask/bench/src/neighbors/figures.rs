//! What came of all of it, as a table.

use crate::{
    bench::Bench,
    load::{paced::Answered, pressure::Answers},
    neighbors::{deed::Deed, situation::Situation},
    series::Series,
    table::{Aim, Table, count, figure},
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
/// handler, and of what the neighbors did.
#[derive(Default)]
pub(super) struct Figures {
    seen: BTreeMap<Situation, [Vec<Answered>; 2]>,
    loads: BTreeMap<Situation, LoadFigures>,
}

/// What came of what a neighbor did.
#[derive(Default)]
struct LoadFigures {
    per_second: Series,
    answers: Answers,
    said: Vec<String>,
}

// === impl Figures ===

impl Figures {
    /// Adds what came of a tenant's turn.
    pub(super) fn add(&mut self, situation: Situation, seen: [Vec<Answered>; 2]) {
        let none = || [(); 2].map(|()| vec![Answered::default(); Deed::ALL.len()]);
        let all = self.seen.entry(situation).or_insert_with(none);
        for (all, seen) in all.iter_mut().zip(&seen) {
            for (all, seen) in all.iter_mut().zip(seen) {
                all.append(seen);
            }
        }
    }

    /// Adds what came of a neighbor's turn.
    pub(super) fn add_load(
        &mut self,
        situation: Situation,
        answers: Option<Answers>,
        said: Vec<String>,
    ) {
        let load = self.loads.entry(situation).or_default();
        if let Some(answers) = answers {
            load.per_second.add(answers.per_second());
            load.answers.append(&answers);
        }
        load.said.extend(said);
    }

    /// Prints all of it.
    pub(super) fn print(&self, bench: &Bench) -> Result<()> {
        self.print_tenant(bench)?;
        self.print_neighbors(bench)
    }

    fn print_tenant(&self, bench: &Bench) -> Result<()> {
        let subject = "A well-behaved tenant beside a neighbor, all on the same two cores,";
        let columns = COLUMNS.map(str::to_owned);
        let mut table = Table::with_columns(bench, subject, &columns);
        let mut failures = Vec::new();
        for (situation, [server, empty]) in &self.seen {
            let undisturbed = self.seen.get(&situation.undisturbed());
            let beside = situation.name(bench);
            for (place, deed) in Deed::ALL.into_iter().enumerate() {
                let (answered, what) = (&server[place], deed.name());
                let high = |answered: &Answered| answered.latencies.milliseconds_at(99.0);
                let highs = [
                    high(answered),
                    high(&empty[place]),
                    undisturbed.map_or(0.0, |[server, _]| high(&server[place])),
                ];
                let median = answered.latencies.milliseconds_at(50.0);
                let failed: u64 = answered.failures.values().sum();
                let mut cells = vec![beside.clone(), what.to_owned(), figure(median)];
                cells.extend(highs.map(figure));
                cells.extend([answered.latencies.count(), failed].map(count));
                cells.push(match situation {
                    Situation::Undisturbed | Situation::TwoNodes => String::new(),
                    _ => verdict(highs),
                });
                table.cells(cells);
                let each = answered.failures.iter();
                failures.extend(each.map(|(failure, count)| {
                    format!("{what} beside {beside} was answered {count} × {failure}\n")
                }));
            }
        }
        table.print()?;
        failures.iter().for_each(|failure| println!("{failure}"));
        Ok(())
    }

    fn print_neighbors(&self, bench: &Bench) -> Result<()> {
        let mut table = Table::new(bench, "What the neighbors were answered a second");
        let mut said = Vec::new();
        for (situation, load) in &self.loads {
            let name = situation.name(bench);
            if load.per_second.median() > 0.0 {
                table.row(format!("{name}: {}", load.answers), &load.per_second, None);
            }
            said.extend(load.said.iter().map(|said| format!("{name}: {said}\n")));
        }
        let rate = |situation| self.loads.get(&situation).map(|load| &load.per_second);
        let rates = [Situation::Changes, Situation::Contention].map(rate);
        if let [Some(one), Some(both)] = rates {
            let label = "ratio of the rates of changes, two nodes to one";
            table.row(label, both.ratio_to(one), Aim::AtLeast(0.8));
        }
        table.print()?;
        said.iter().for_each(|said| println!("{said}"));
        Ok(())
    }
}

/// Compares a p99 with that of an empty handler beside the same load. One that misses
/// the aim is compared with what it is without the load, too.
fn verdict([high, empty, undisturbed]: [f64; 3]) -> String {
    let ratio = figure(high / empty);
    if high <= AIM * empty {
        return format!("{ratio}, met");
    }
    let more = figure(high / undisturbed);
    format!("{ratio}, MISSED; {more} of the undisturbed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_may_do_to_a_tenant_twice_what_it_does_to_an_empty_handler() {
        assert_eq!(verdict([10.0, 5.0, 1.0]), "2.00, met");
        let missed = verdict([11.0, 5.0, 10.0]);
        assert_eq!(missed, "2.20, MISSED; 1.10 of the undisturbed");
    }
}
