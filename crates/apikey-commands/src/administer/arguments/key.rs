//! `key`

use super::common::{Connection, With, YesNo};
use clap::{Args, Subcommand};

/// What is done with keys.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum KeyAction {
    /// Create a key; its value is printed, and never shown again
    Create(With<KeyCreate>),
    /// List keys: all that whoever asks may see
    List(With<KeyList>),
    /// Show a key
    Show(With<KeyOne>),
    /// Change a key
    Change(With<KeyChange>),
    /// End a key for good, and keep its record
    Revoke(With<KeyRevoke>),
    /// Give a key another secret; its value is printed, and never shown again
    Rotate(With<KeyRotate>),
    /// Delete a key, and its record
    Delete(With<KeyDelete>),
}

/// Which key.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct KeyOne {
    /// The id, or the name if no other key has it
    #[arg(value_name = "KEY", allow_negative_numbers = true)]
    pub key: String,
}

/// Which keys.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct KeyList {
    /// Only those of this user
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// Only those that this organization owns
    #[arg(long, value_name = "ORG")]
    pub org: Option<String>,
    /// Only those whose name contains this, or whose secret ends with these four digits
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// Only those that are active, disabled, revoked or expired
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    /// Only those that expire before this instant, as in 2026-12-31T00:00:00Z
    #[arg(long, value_name = "INSTANT")]
    pub expires_before: Option<String>,
    /// Only those that were made before this instant and not used since
    #[arg(long, value_name = "INSTANT")]
    pub unused_since: Option<String>,
    /// Only those with this in their metadata; can be given several times
    #[arg(long, value_name = "NAME=TEXT", value_parser = name_and_text)]
    pub metadata: Vec<(String, String)>,
    /// The order: name, expires_at, created_at, updated_at, last_used_at, each with - before it
    /// to reverse it
    #[arg(
        long,
        value_name = "FIELDS",
        default_value = "created_at",
        allow_hyphen_values = true
    )]
    pub sort: String,
}

/// A key to create.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct KeyCreate {
    /// The name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Whose key it is [default: of whoever creates it]
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// The organization that owns it [default: the user themselves]
    #[arg(long, value_name = "ORG")]
    pub org: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// What it grants: *, management or inference; can be given several times [default: *]
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// A model that it allows; can be given several times [default: all]
    #[arg(long, value_name = "NAME")]
    pub model: Vec<String>,
    /// When it expires: a number and d, h, m or s, as in 90d [default: never]
    #[arg(long, value_name = "TIME", value_parser = some_seconds)]
    pub expires_in: Option<i64>,
    /// What is kept with it; can be given several times
    #[arg(long, value_name = "NAME=TEXT", value_parser = name_and_text)]
    pub metadata: Vec<(String, String)>,
    /// It may rotate itself
    #[arg(long)]
    pub self_rotation: bool,
    /// It takes the name of one that has expired
    #[arg(long)]
    pub replace_expired: bool,
}

/// Which key to change.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct KeyChange {
    #[command(flatten)]
    /// Which.
    pub one: KeyOne,
    #[command(flatten)]
    /// How.
    pub fields: KeyFields,
    /// Say what it would be like, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What is changed of a key.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[group(required = true, multiple = true)]
pub struct KeyFields {
    /// Another name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// It has no description any more
    #[arg(long, conflicts_with = "description")]
    pub no_description: bool,
    /// What it grants, instead of what it did; can be given several times
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// A model that it allows, instead of those that it did; can be given several times
    #[arg(long, value_name = "NAME")]
    pub model: Vec<String>,
    /// It allows all models
    #[arg(long, conflicts_with = "model")]
    pub all_models: bool,
    /// When it expires, as in 2026-12-31T00:00:00Z
    #[arg(long, value_name = "INSTANT")]
    pub expires_at: Option<String>,
    /// It never expires
    #[arg(long, conflicts_with = "expires_at")]
    pub never_expires: bool,
    /// Refuse it until it is enabled
    #[arg(long)]
    pub disable: bool,
    /// Accept it again
    #[arg(long, conflicts_with = "disable")]
    pub enable: bool,
    /// What is kept with it; without a text it is taken away; can be given several times
    #[arg(long, value_name = "NAME=TEXT", value_parser = name_and_text)]
    pub metadata: Vec<(String, String)>,
    /// Whether it may rotate itself
    #[arg(long, value_name = "YES|NO")]
    pub self_rotation: Option<YesNo>,
}

/// Which key to end.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct KeyRevoke {
    #[command(flatten)]
    /// Which.
    pub one: KeyOne,
    /// Why: compromised, superseded, unused, owner_left or other
    #[arg(long, value_name = "REASON")]
    pub reason: String,
    /// What else is to be said; whoever sees the key sees it
    #[arg(long, value_name = "TEXT")]
    pub comment: Option<String>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Which key gets another secret.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct KeyRotate {
    #[command(flatten)]
    /// Which.
    pub one: KeyOne,
    /// For how long the old secret is still accepted: a number and d, h, m or s, up to 7d
    #[arg(long, value_name = "TIME", value_parser = seconds, default_value = "0s")]
    pub grace: i64,
    /// Keep the old secret until the new one is used for the first time
    #[arg(long)]
    pub at_first_use: bool,
}

/// Which key to delete.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct KeyDelete {
    #[command(flatten)]
    /// Which.
    pub one: KeyOne,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

fn name_and_text(text: &str) -> Result<(String, String), &'static str> {
    let (name, text) = text.split_once('=').ok_or("expected NAME=TEXT")?;
    Ok((name.to_owned(), text.to_owned()))
}

fn seconds(text: &str) -> Result<i64, &'static str> {
    const EXPECTED: &str = "expected a number and d, h, m or s, as in 90d";
    let unit = text.chars().next_back().ok_or(EXPECTED)?;
    let each = match unit {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        's' => 1,
        _ => return Err(EXPECTED),
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(EXPECTED);
    }
    let number: u32 = digits.parse().map_err(|_| "it is too long")?;
    Ok(i64::from(number) * each)
}

/// Without a time a key never expires, and none is meant by 0.
fn some_seconds(text: &str) -> Result<i64, &'static str> {
    match seconds(text)? {
        0 => Err("expected 1s or more; without this the key never expires"),
        seconds => Ok(seconds),
    }
}

// === impl KeyAction ===

impl KeyAction {
    pub(super) fn connection(&self) -> &Connection {
        match self {
            Self::Create(with) => &with.connection,
            Self::List(with) => &with.connection,
            Self::Show(with) => &with.connection,
            Self::Change(with) => &with.connection,
            Self::Revoke(with) => &with.connection,
            Self::Rotate(with) => &with.connection,
            Self::Delete(with) => &with.connection,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{seconds, some_seconds};

    #[test]
    fn a_time_has_a_unit() {
        assert_eq!(seconds("90d"), Ok(7_776_000));
        assert_eq!(seconds("0s"), Ok(0));
        assert_eq!(some_seconds("1s"), Ok(1));
        assert!(some_seconds("0d").is_err());
        for text in ["", "90", "d", "-1d", "1.5h", "1w", "1ä", "99999999999d"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
