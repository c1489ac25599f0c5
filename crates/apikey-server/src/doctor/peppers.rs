//! The peppers that are given against those of the stored digests.

use super::finding::Finding;
use crate::{config::Config, pepper};
use apikey_diesel::{Examination, PepperDigests};

pub(super) fn findings(config: &Config, examination: &Examination) -> Vec<Finding> {
    let given = match pepper::existing(config) {
        Ok(given) => given,
        Err(error) => {
            let advice = "restore the file from where the pepper is kept";
            return vec![Finding::error("pepper", format!("{error:#}"), advice)];
        }
    };
    let is_given = |id| given.as_ref().is_some_and(|(peppers, _)| peppers.knows(id));
    let lost = examination
        .peppers
        .iter()
        .filter(|one| !is_given(one.pepper));
    lost.map(|PepperDigests { pepper, digests }| {
        let what = format!(
            "{digests} secrets of keys are stored under the pepper {}, which is not among those \
             given: they are refused",
            pepper.to_text()
        );
        let advice = "give it too, after the current one and separated by a comma; if it is lost, \
                      these keys have to be replaced";
        Finding::error("pepper", what, advice)
    })
    .collect()
}
