//! The subcommand `key explain`.

use crate::{
    command,
    config::{Config, ExplainArguments},
    control::{Answer, KeyQuestion, Request},
    serve,
};
use anyhow::{Context, bail};
use apikey_commands::text::visible;
use apikey_http::{ExplainBody, Question};
use serde_json::{Map, Value};
use std::io::Write;

/// Prints why a key would be refused: each check, its outcome, and what it looked at.
/// Returns whether the key would be accepted.
///
/// # Errors
///
/// If there is no such key, what is asked for is not valid, or the database or the server
/// cannot be reached.
pub fn run(config: &Config, arguments: ExplainArguments) -> anyhow::Result<bool> {
    let ExplainArguments {
        id,
        scope,
        model,
        at,
        json,
    } = arguments;
    let body = || ExplainBody {
        scope: scope.clone(),
        model: model.clone(),
        at: at.clone(),
    };
    if let Err(invalid) = Question::try_from(body()) {
        bail!("--{}: {}", invalid.field, invalid.message);
    }
    let request = Request::ExplainKey(KeyQuestion { id, asked: body() });
    let explained = match command::carry_out(config, &serve::runtime()?, request)? {
        Answer::Explained(json) => json,
        Answer::NoSuchKey => bail!("there is no key {id}"),
        Answer::Failed(cause) => bail!("the key cannot be explained: {cause}"),
        other => bail!("the running server answered something else: {other:?}"),
    };
    let view: Map<String, Value> =
        serde_json::from_str(&explained).context("the answer cannot be read")?;
    let is_valid = view.get("valid").and_then(Value::as_bool);
    let is_valid = is_valid.context("the answer cannot be read")?;
    let text = match json {
        true => format!("{explained}\n"),
        false => as_table(&view),
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(is_valid)
}

/// Returns an explanation for people: a line for the outcome, and one for each check.
fn as_table(view: &Map<String, Value>) -> String {
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => visible(text),
        Some(value) => visible(&value.to_string()),
        None => String::new(),
    };
    let mut table = format!(
        "key {} at {}: {}\n",
        text(view.get("key_id")),
        text(view.get("at")),
        text(view.get("code"))
    );
    let checks = view.get("checks").and_then(Value::as_array);
    for check in checks.into_iter().flatten() {
        let outcome = match check.get("passed") {
            Some(Value::Bool(true)) => "passed",
            _ => "FAILED",
        };
        let looked_at = check.get("looked_at").and_then(Value::as_object);
        let values = looked_at.into_iter().flatten();
        let values = values.map(|(name, value)| {
            let value = visible(&value.to_string());
            format!("  {name}={value}")
        });
        let name = text(check.get("check"));
        table.push_str(&format!(
            "  {name:<10}  {outcome}{}\n",
            String::from_iter(values)
        ));
    }
    table
}
