//! What is done with a row.
//!
//! A row that was imported before is brought up to date as long as nobody has changed here
//! what it became. Otherwise only ends are brought: who may no longer sign in there, and
//! what has ended there, ends here. What has ended here never begins again.

mod action;
mod gone;
mod key;
mod organization;
mod user;

pub use action::{Action, Decision, is_of_another_source};

use super::{
    draft::{Draft, Drafted},
    facts::{Facts, ImportOptions},
};
use crate::timestamp::Timestamp;

/// Decides about a row, by what a store knows of it.
pub fn decide(
    drafted: Drafted,
    facts: &Facts,
    options: &ImportOptions,
    now: Timestamp,
) -> Decision {
    match (&drafted.draft, facts) {
        (Draft::User(_), Facts::User(facts)) => user::decide(drafted, facts, options),
        (Draft::Organization(_), Facts::Organization(facts)) => {
            organization::decide(drafted, facts, options)
        }
        (Draft::Membership(_), Facts::Membership(facts)) => {
            organization::decide_member(drafted, facts)
        }
        (Draft::Key(_), Facts::Key(facts)) => key::decide(drafted, facts, options, now),
        (Draft::End, Facts::Gone(facts)) => gone::decide(drafted, facts, now),
        _ => Decision::skip(
            drafted.findings,
            "what is known is about another kind of row",
        ),
    }
}
