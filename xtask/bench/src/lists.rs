//! Lists of a tenant with few keys and with many, in a table with those of others:
//! what a page costs must not grow with what a tenant owns.

mod pages;
mod question;
mod site;
mod verdict;
mod whole;

use crate::{bench::Bench, lists::site::Site, table::count};
use anyhow::Result;

pub(crate) fn run(bench: &Bench) -> Result<()> {
    let sites = bench.scale.listed_keys.map(|keys| Site::start(bench, keys));
    let sites = sites.into_iter().collect::<Result<Vec<_>>>()?;
    let mut columns = vec!["asked for".to_owned()];
    columns.extend(
        sites
            .iter()
            .map(|site| format!("{} keys", count(site.keys))),
    );
    pages::run(bench, &sites, &columns)?;
    whole::run(bench, &sites, &columns)
}
