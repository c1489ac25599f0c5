//! The peppers that are given against those of the stored digests.

use super::finding::Finding;
use crate::{
    config::{Config, PepperSource},
    pepper,
};
use apikey_diesel::{DatabaseUrl, Examination, PepperDigests};
use apikey_domain::key::digest::PepperId;

pub(super) fn findings(config: &Config, examination: &Examination) -> Vec<Finding> {
    let is_shared = matches!(config.database_url, DatabaseUrl::Postgres(_));
    if is_shared && matches!(config.pepper, PepperSource::DataDir) {
        let what =
            "there is neither APIKEY_PEPPER nor APIKEY_PEPPER_FILE: the server does not start";
        let advice = "set one of them to the pepper that all nodes share";
        return vec![Finding::error("pepper", what, advice)];
    }
    let given = match pepper::existing(config) {
        Ok(given) => given.map_or(Vec::new(), |(peppers, _)| peppers.ids()),
        Err(error) => {
            let advice = "restore the file from where the pepper is kept";
            return vec![Finding::error("pepper", format!("{error:#}"), advice)];
        }
    };
    let newest = examination.newest_pepper;
    let digests = examination.peppers.iter();
    let mut findings: Vec<_> = digests
        .filter_map(|one| of_digests(one, &given, newest))
        .collect();
    // With digests it is found above.
    if let Some(newest) = newest
        && !given.contains(&newest)
        && !examination.peppers.iter().any(|one| one.pepper == newest)
    {
        let what = format!(
            "the newest pepper is {}, which is not among those given: the server does not start \
             beside another one that has it",
            newest.to_text()
        );
        let advice = "give it too, separated by a comma";
        findings.push(Finding::warning("pepper", what, advice));
    }
    findings
}

/// Returns what is wrong with digests under a pepper.
fn of_digests(
    one: &PepperDigests,
    given: &[PepperId],
    newest: Option<PepperId>,
) -> Option<Finding> {
    let PepperDigests { pepper, digests } = one;
    let id = pepper.to_text();
    if !given.contains(pepper) {
        let what = format!(
            "{digests} secrets of keys are stored under the pepper {id}, which is not among those \
             given: they are refused"
        );
        let advice = "give it too, after the current one and separated by a comma; if it is lost, \
                      these keys have to be replaced";
        return Some(Finding::error("pepper", what, advice));
    }
    if newest.is_none_or(|newest| newest == *pepper) {
        return None;
    }
    let what = format!("{digests} secrets of keys still need the older pepper {id}");
    let advice = "keep it among those given until none does: each key needs the newest one from \
                  its next use on";
    Some(Finding::warning("pepper", what, advice))
}
