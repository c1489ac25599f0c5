//! Verifies one secret after the other, in each way that there is.

use crate::{
    measured::Kind,
    model::Secret,
    records::text,
    service::Reply,
    standing::{Question, Standing},
    world::World,
};
use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use xtask_harness::{
    expectation::Ticket,
    random::Random,
    request::{Credentials, Request},
};

/// How many are verified together.
const BATCH: usize = 10;

/// Verifies until everything ends.
pub(crate) async fn verify(world: Arc<World>, number: u64) -> Result<()> {
    let mut random = Random::new(1_000 + number);
    while !world.is_over() {
        let node = world.service.draw_node(random.draw());
        let Some(secret) = world.model.pick(random.draw()) else {
            tokio::task::yield_now().await;
            continue;
        };
        let question = Question::draw(random.draw());
        match random.draw() % 32 {
            0 => batch(&world, node, &mut random, question).await?,
            1 => guess(&world, node, &secret).await,
            2..10 => backend(&world, node, &secret, question).await?,
            _ => gateway(&world, node, &secret, question).await,
        }
    }
    Ok(())
}

/// Asks as a gateway does, and returns the status.
pub(crate) async fn ask_gateway(
    world: &World,
    node: usize,
    value: &str,
    question: Question,
) -> Option<Reply> {
    let path = format!("/auth/verify?scope={}", question.scope);
    let mut request = Request::get(path).by(Credentials::Key(value));
    if let Some(model) = question.model {
        request = request.header("x-model", model);
    }
    world.service.ask(Kind::Gateway, node, &request).await
}

/// Judges a verification by its code, and whose it says the key is.
pub(crate) fn judge(
    world: &World,
    node: usize,
    (secret, ticket): (&Secret, Ticket),
    question: Question,
    verdict: &Value,
) {
    let code = verdict["code"].as_str().unwrap_or_default();
    let is_right = |standing: Standing| standing.has_code(question, code);
    let is_whose = code == "Unknown"
        || verdict["key_id"] == secret.id
            && verdict["user_id"] == secret.user
            && secret
                .organization
                .is_none_or(|id| verdict["owner_principal_id"] == id);
    if !is_whose || !secret.standing.admits_one(ticket, is_right) {
        let shown = secret.standing.shown(ticket);
        let id = secret.id;
        let wrong = format!("node {node}: key {id} is {verdict} for {question:?}, not {shown}");
        world.service.wrong(wrong);
    }
    if code == "Valid" {
        secret.mark_used();
    }
}

async fn gateway(world: &World, node: usize, secret: &Secret, question: Question) {
    let ticket = secret.standing.ask();
    let Some(reply) = ask_gateway(world, node, &secret.value, question).await else {
        return;
    };
    judge_gateway(world, node, (secret, ticket), question, &reply);
}

fn judge_gateway(
    world: &World,
    node: usize,
    (secret, ticket): (&Secret, Ticket),
    question: Question,
    reply: &Reply,
) {
    let is_right = |standing: Standing| standing.status(question) == reply.status;
    let organization = secret.organization.map(|id| id.to_string());
    let is_whose = reply.status != 200
        || reply.header("x-auth-key-id") == secret.id.to_string()
            && reply.header("x-auth-user-id") == secret.user.to_string()
            && reply.header("x-auth-organization-id") == organization.unwrap_or_default();
    if !is_whose || !secret.standing.admits_one(ticket, is_right) {
        let shown = secret.standing.shown(ticket);
        let (id, status) = (secret.id, reply.status);
        let headers = &reply.headers;
        let wrong =
            format!("node {node}: key {id} is {status} {headers:?} for {question:?}, not {shown}");
        world.service.wrong(wrong);
    }
    if reply.status == 200 {
        secret.mark_used();
    }
}

async fn backend(world: &World, node: usize, secret: &Secret, question: Question) -> Result<()> {
    let body = item(&secret.value, question);
    let request = Request::post("/v2/api-keys/verify", &body).by(world.service.admin(1));
    let ticket = secret.standing.ask();
    if let Some(reply) = world.service.ask(Kind::Backend, node, &request).await {
        let verdict = reply.json(200).context("a verification")?;
        judge(world, node, (secret, ticket), question, &verdict);
    }
    Ok(())
}

/// Verifies some at once.
async fn batch(world: &World, node: usize, random: &mut Random, question: Question) -> Result<()> {
    let draw = |_| world.model.pick(random.draw());
    let secrets: Vec<Arc<Secret>> = (0..BATCH).filter_map(draw).collect();
    let tickets: Vec<Ticket> = secrets.iter().map(|one| one.standing.ask()).collect();
    let items: Vec<Value> = secrets
        .iter()
        .map(|one| item(&one.value, question))
        .collect();
    let request = Request::post("/v2/api-keys/verify", &json!({ "items": items }));
    let request = request.by(world.service.admin(1));
    if let Some(reply) = world.service.ask(Kind::Batch, node, &request).await {
        let answer = reply.json(200).context("a verification of several")?;
        for (place, (secret, ticket)) in secrets.iter().zip(tickets).enumerate() {
            let verdict = &answer["items"][place];
            judge(world, node, (secret, ticket), question, verdict);
        }
    }
    Ok(())
}

/// Presents a secret that is wrong in its last place.
async fn guess(world: &World, node: usize, secret: &Secret) {
    let mut guess = secret.value.clone();
    let last = if guess.pop() == Some('0') { '1' } else { '0' };
    guess.push(last);
    let reply = ask_gateway(world, node, &guess, Question::usual()).await;
    if let Some(reply) = reply
        && reply.status != 401
    {
        let status = reply.status;
        world
            .service
            .wrong(format!("node {node}: a wrong secret is {status}"));
    }
}

fn item(value: &str, question: Question) -> Value {
    json!({"key": value, "scope": question.scope, "model": question.model})
}

/// Compares why a key is said to be as it is with what is so. Nothing else changes it.
pub(crate) async fn explain(world: &World, node: usize, id: i64, standing: Standing) -> Result<()> {
    let question = Question::usual();
    let body = json!({"scope": question.scope, "model": question.model});
    let path = format!("/v2/api-keys/{id}/explain");
    let request = Request::new(Method::POST, path)
        .json(&body)
        .by(world.service.admin(0));
    let Some(reply) = world.service.ask(Kind::Read, node, &request).await else {
        return Ok(());
    };
    let explained = reply.json(200).context("an explanation")?;
    if !standing.has_code(question, text(&explained, "code")?) {
        let wrong = format!("node {node}: key {id} is explained by {explained}, not {standing:?}");
        world.service.wrong(wrong);
    }
    Ok(())
}
