//! Pages, each at the tenants of all sizes in turns.

use crate::{
    bench::Bench,
    lists::{question::Page, site::Site, verdict::Verdict},
    measurements::Measurements,
    series::Series,
    table::{Table, figure},
    variant::Variant,
};
use anyhow::Result;
use std::{collections::BTreeSet, time::Duration};

/// What takes longer is asked for once: a turn would see little more of it.
const SLOW: Duration = Duration::from_secs(2);

/// A turn is so much shorter than others, as there are many.
const SHORTER_TURNS: u32 = 8;

/// A page at one site, and what its rounds gave.
struct Answers {
    variant: Variant,
    status: u16,
    is_slow: bool,
}

/// Measures all pages at sites with more and more keys.
pub(super) fn run(bench: &Bench, sites: &[Site], columns: &[String]) -> Result<()> {
    let (pages, mut refusals) = (Page::all(), BTreeSet::new());
    let mut answers = Vec::new();
    for page in &pages {
        let each = sites.iter().map(|site| {
            let (answers, refusal) = first_look(bench, site, *page)?;
            refusals.extend(refusal);
            Ok(answers)
        });
        answers.push(each.collect::<Result<Vec<_>>>()?);
    }
    for _ in 0..bench.scale.rounds {
        for one in answers.iter_mut().flatten().filter(|one| !one.is_slow) {
            one.variant.take_turn(bench.scale.turn / SHORTER_TURNS)?;
        }
    }

    let subject = "A page of 30 of a tenant's keys, one connection: median (p99) in ms,";
    let columns = [columns, &["ratio".to_owned(), "aim".to_owned()]].concat();
    let mut table = Table::with_columns(bench, subject, &columns);
    for (page, of_page) in pages.iter().zip(&answers) {
        let first = page.first().and_then(|first| {
            let place = pages.iter().position(|other| *other == first)?;
            answers[place].last()
        });
        let mut cells = vec![page.name()];
        cells.extend(of_page.iter().map(Answers::cell));
        cells.extend(verdict(*page, of_page, first).cells());
        table.cells(cells);
    }
    table.print()?;
    refusals.iter().for_each(|refusal| println!("{refusal}\n"));
    Ok(())
}

/// Asks for a page a first time, which says whether it is refused, and how: that is
/// an answer, too.
fn first_look(bench: &Bench, site: &Site, page: Page) -> Result<(Answers, Option<String>)> {
    let path = page.path(site.keys);
    let (answer, took) = site.ask(bench, &path)?;
    let mut answers = Answers {
        variant: Variant::new("", &site.server, &path, 1, 1).answered(answer.status),
        status: answer.status,
        is_slow: took > SLOW || answer.status >= 500,
    };
    if answers.is_slow {
        answers.variant.measurements.add_one(took);
    }
    let is_refused = answer.status != 200;
    let refusal = is_refused.then(|| format!("{} {}", answer.status, answer.body));
    Ok((answers, refusal))
}

/// Judges a page: a first one at the largest tenant beside the smallest, a deep one
/// beside the first one of the same tenant.
fn verdict(page: Page, of_page: &[Answers], first: Option<&Answers>) -> Verdict {
    let median = |answers: &Answers| answers.measurements().median_latency.clone();
    let ends = || Some((of_page.first()?, of_page.last()?));
    let Some((smallest, largest)) = ends() else {
        return Verdict::None;
    };
    let compared = match (page, first) {
        (_, Some(first)) => [first, largest],
        _ => [smallest, largest],
    };
    if compared.iter().any(|answers| answers.status != 200) {
        return Verdict::None;
    }
    let [base, large]: [Series; 2] = compared.map(median);
    let (ratio, more) = (large.ratio_to(&base).median(), large.minus(&base).median());
    match page {
        Page::First(_) => Verdict::OfSizes { ratio, more },
        Page::Middle(_) | Page::Last(_) => Verdict::OfDepths { ratio },
        Page::Found(..) => Verdict::Shown { ratio },
    }
}

// === impl Answers ===

impl Answers {
    fn measurements(&self) -> &Measurements {
        &self.variant.measurements
    }

    fn cell(&self) -> String {
        let measured = self.measurements();
        let median = figure(measured.median_latency.median());
        let status = match self.status {
            200 => String::new(),
            status => format!("{status} in "),
        };
        if self.is_slow {
            return format!("{status}{median}, once");
        }
        format!(
            "{status}{median} ({})",
            figure(measured.high_latency.median())
        )
    }
}
