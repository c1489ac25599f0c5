//! What both releases are asked about a world, and what they answer.

use crate::{
    comparison::{self, First},
    question::{Answer, By, Question, Shows},
    questions,
    world::World,
};
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, time::Duration};
use tokio::time::sleep;
use xtask_harness::client::Client;

/// How long an event may take to be in the record, and a use to be stored.
const SETTLED: Duration = Duration::from_secs(1);

/// How many findings are shown.
const SHOWN: usize = 20;

/// What a server was asked, and answered.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Record(pub(crate) Vec<(Question, Answer)>);

/// How much was compared.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Compared {
    pub(crate) answers: usize,
    pub(crate) verifications: usize,
}

// === impl Record ===

impl Record {
    /// Asks a server everything about a world, and sees that each answer is the right one.
    pub(crate) async fn of(world: &World, address: SocketAddr) -> Result<Self> {
        sleep(SETTLED).await;
        let questions = questions::of(world);
        Self::ask(&questions, address).await
    }

    /// Asks another server the same.
    pub(crate) async fn again(&self, address: SocketAddr) -> Result<Self> {
        let questions = self.0.iter().map(|(question, _)| question.clone());
        Self::ask(&questions.collect::<Vec<_>>(), address).await
    }

    async fn ask(questions: &[Question], address: SocketAddr) -> Result<Self> {
        let client = Client::new(address)?;
        let mut asked = Vec::with_capacity(questions.len());
        let mut wrong = Vec::new();
        for question in questions {
            let answer = question.ask(&client).await?;
            if let Some(why) = question.expected.contradiction(&answer) {
                wrong.push(format!("{question} was answered {why}"));
            }
            if question.shows == Shows::Record && answer.body["has_more"] == true {
                wrong.push(format!("{question} does not show all there is"));
            }
            asked.push((question.clone(), answer));
        }
        none(wrong)?;
        Ok(Self(asked))
    }

    /// Returns it without what was asked with sessions.
    pub(crate) fn without_sessions(&self) -> Self {
        let others = self
            .0
            .iter()
            .filter(|(question, _)| !matches!(question.by, By::Cookie(_)));
        Self(others.cloned().collect())
    }

    /// Compares this record with that of a newer release about the same.
    pub(crate) fn compare(&self, newer: &Self, first: First) -> Result<Compared> {
        let mut wrong = Vec::new();
        let mut compared = Compared::default();
        if self.0.len() != newer.0.len() {
            bail!("{} questions and {}", self.0.len(), newer.0.len());
        }
        for ((question, older), (_, newer)) in self.0.iter().zip(&newer.0) {
            let found = comparison::differences(question, older, newer, first);
            wrong.extend(found.iter().map(|one| format!("{question}: {one}")));
            compared.answers += 1;
            compared.verifications += verifications(question);
        }
        none(wrong)?;
        Ok(compared)
    }
}

// === impl Compared ===

impl Compared {
    /// Adds what was compared elsewhere.
    pub(crate) fn add(&mut self, other: Self) {
        self.answers += other.answers;
        self.verifications += other.verifications;
    }
}

fn none(wrong: Vec<String>) -> Result<()> {
    match wrong.len() {
        0 => Ok(()),
        count => bail!(
            "{count} wrong answers:\n{}",
            wrong.into_iter().take(SHOWN).collect::<Vec<_>>().join("\n")
        ),
    }
}

/// Returns how many verifications a question is.
fn verifications(question: &Question) -> usize {
    let is_gateway = question.path.starts_with("/auth/verify") || question.path == "/token-auth";
    let items = question
        .body
        .as_ref()
        .and_then(|body| body["items"].as_array());
    match items {
        Some(items) => items.len(),
        None => usize::from(is_gateway || question.path == "/v2/api-keys/verify"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn verifications_are_counted_also_in_a_batch() {
        let count = |question: Question| verifications(&question);
        let verify = |body| Question::post("/v2/api-keys/verify", body, By::Nobody);
        assert_eq!(count(verify(json!({"key": "a"}))), 1);
        assert_eq!(
            count(verify(json!({"items": [{"key": "a"}, {"key": "b"}]}))),
            2
        );
        assert_eq!(count(Question::get("/auth/verify?scope=*", By::Nobody)), 1);
        assert_eq!(count(Question::get("/v2/users", By::Nobody)), 0);
    }
}
