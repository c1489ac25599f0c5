//! A request that both releases are asked, and what is expected of its answer.

use anyhow::{Context, Result};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};
use xtask_harness::client::Client;

/// The beginning of the names of headers that are a part of an answer.
const HEADERS: [&str; 2] = ["x-auth-", "x-mse-"];

/// Who asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum By {
    /// Nobody, or who another header says.
    Nobody,
    /// A user, by name and password.
    Password(String, String),
    /// A key, by its value.
    Key(String),
    /// The cookie of a session.
    Cookie(String),
}

/// Which part of an answer is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Shows {
    /// All of it.
    Everything,
    /// Its id, or the ids of its items, in their order.
    Ids,
    /// Its items, to which later ones may be added.
    Record,
}

/// What an answer must be, whichever release gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Expected {
    /// Nothing in particular.
    Anything,
    /// One with this status.
    Status(u16),
    /// That whoever asks may not.
    Refused,
    /// The result of a verification.
    Code(String),
}

/// A request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Question {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) by: By,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Value>,
    pub(crate) shows: Shows,
    pub(crate) expected: Expected,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(crate) body: Value,
}

// === impl Question ===

impl Question {
    /// Makes a question.
    pub(crate) fn new(method: &str, path: impl Into<String>, by: By) -> Self {
        Self {
            method: method.to_owned(),
            path: path.into(),
            by,
            headers: Vec::new(),
            body: None,
            shows: Shows::Everything,
            expected: Expected::Anything,
        }
    }

    /// Makes a question that reads.
    pub(crate) fn get(path: impl Into<String>, by: By) -> Self {
        Self::new("GET", path, by)
    }

    /// Makes a question with a body.
    pub(crate) fn post(path: impl Into<String>, body: Value, by: By) -> Self {
        Self::new("POST", path, by).body(body)
    }

    /// Sets the body.
    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Says which part of the answer is compared.
    pub(crate) fn showing(mut self, shows: Shows) -> Self {
        self.shows = shows;
        self
    }

    /// Says what the answer must be.
    pub(crate) fn expecting(mut self, expected: Expected) -> Self {
        self.expected = expected;
        self
    }

    /// Asks a server.
    pub(crate) async fn ask(&self, client: &Client) -> Result<Answer> {
        let method: Method = self.method.parse()?;
        let mut request = client.request(method, &self.path);
        request = match &self.by {
            By::Nobody => request,
            By::Password(name, password) => request.basic_auth(name, Some(password)),
            By::Key(value) => request.header("X-API-Key", value),
            By::Cookie(cookie) => request.header("Cookie", cookie),
        };
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = &self.body {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_string());
        }
        let response = request.send().await.with_context(|| self.to_string())?;
        let status = response.status().as_u16();
        let is_kept = |name: &str| HEADERS.iter().any(|prefix| name.starts_with(prefix));
        let headers = response.headers().iter();
        let headers = headers.filter(|(name, _)| is_kept(name.as_str()));
        let headers = headers.map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        });
        let headers = headers.collect();
        let text = response.text().await.with_context(|| self.to_string())?;
        let body = match text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).with_context(|| format!("{self}: {text}"))?,
        };
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

impl fmt::Display for Question {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.path)?;
        match &self.by {
            By::Nobody => Ok(()),
            By::Password(name, _) => write!(formatter, " by {name}"),
            By::Key(value) => write!(formatter, " by the key {value}"),
            By::Cookie(_) => write!(formatter, " by a session"),
        }?;
        match &self.body {
            Some(body) => write!(formatter, " {body}"),
            None => Ok(()),
        }
    }
}

// === impl Expected ===

impl Expected {
    /// Returns what is wrong with an answer, if anything is.
    pub(crate) fn contradiction(&self, answer: &Answer) -> Option<String> {
        let (status, body) = (answer.status, &answer.body);
        let is_right = match self {
            Self::Anything => status < 500,
            Self::Status(expected) => status == *expected,
            Self::Refused => matches!(status, 401 | 403),
            Self::Code(code) => status == 200 && body["code"] == **code,
        };
        (!is_right).then(|| format!("{status} {body} instead of {self:?}"))
    }
}
