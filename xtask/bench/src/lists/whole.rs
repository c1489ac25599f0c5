//! All keys of a tenant in one answer, read as fast as they come.

use crate::{
    bench::Bench,
    lists::{
        question::{DEEP, Sorting},
        site::Site,
    },
    table::{Table, count},
};
use anyhow::Result;
use std::time::Instant;
use xtask_harness::client::Client;

/// What every key has once.
const MARK: &[u8] = br#""masked_value":"#;

/// A list is read for at most so many turns: what is there by then says how fast it
/// comes.
const TURNS: u32 = 5;

/// Reads the whole lists of each site, in some orders.
pub(super) fn run(bench: &Bench, sites: &[Site], columns: &[String]) -> Result<()> {
    let subject = "All of a tenant's keys in one answer: keys a second,";
    let mut table = Table::with_columns(bench, subject, columns);
    for sorting in DEEP {
        let mut cells = vec![sorting.name.to_owned()];
        for site in sites {
            cells.push(read(bench, site, sorting)?);
        }
        table.cells(cells);
    }
    table.print()
}

/// Reads one list and says how fast it came, and how much of it if that was not all.
fn read(bench: &Bench, site: &Site, sorting: Sorting) -> Result<String> {
    let limit = bench.scale.turn * TURNS;
    let client = Client::new(site.server.address())?;
    let request = site.request(&sorting.whole());
    let started = Instant::now();
    let (keys, end) = bench.block_on(async {
        let mut stream = client.stream(&request).await?;
        let mut marks = Marks::default();
        while started.elapsed() < limit {
            match stream.chunk().await {
                Ok(Some(bytes)) => marks.push(&bytes),
                Ok(None) => return Ok((marks.count, End::Whole)),
                Err(_) => return Ok((marks.count, End::BrokenOff)),
            }
        }
        Ok((marks.count, End::Left))
    })?;
    let seconds = started.elapsed().as_secs_f64();
    let rate = count((keys as f64 / seconds) as u64);
    let (read, all) = (count(keys), count(site.keys));
    Ok(match end {
        End::Whole if keys == site.keys => rate,
        End::Whole => format!("{rate}; {read} of {all}"),
        End::Left => format!("{rate}; {read} of {all} in {seconds:.0} s"),
        End::BrokenOff => format!("{rate}; breaks off after {read} of {all}"),
    })
}

/// How the reading of a list ended.
enum End {
    Whole,
    /// It was not read further.
    Left,
    BrokenOff,
}

/// Counts keys in the pieces of an answer.
#[derive(Default)]
struct Marks {
    count: u64,
    /// The end of the last piece, in which a mark may begin.
    kept: Vec<u8>,
}

// === impl Marks ===

impl Marks {
    fn push(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
        let windows = self.kept.windows(MARK.len());
        self.count += windows.filter(|window| *window == MARK).count() as u64;
        let begin = self.kept.len().saturating_sub(MARK.len() - 1);
        self.kept.drain(..begin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_counted_once_however_the_answer_is_cut() {
        let answer = br#"{"items":[{"masked_value":"a***"},{"id":2,"masked_value":"b***"}]}"#;
        for length in 1..=answer.len() {
            let mut marks = Marks::default();
            answer.chunks(length).for_each(|piece| marks.push(piece));
            assert_eq!(marks.count, 2, "{length}");
        }
    }
}
