//! What the values of flags mean.

use super::choice::LogFormat;
use apikey_domain::{
    access::policy::KeyPolicies, change::notice::ExpiryNotices, key::token::KeyPrefix,
};
use apikey_http::connection::MAX_WORKERS;
use clap::{ValueEnum, builder::PossibleValue};
use std::{
    fmt::Display, io::IsTerminal, net::SocketAddr, num::NonZeroU64, path::PathBuf, str::FromStr,
};

/// Reads what its type can read itself.
pub(super) fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// Reads one of a few words.
pub(super) fn choice<T: ValueEnum>(text: &str) -> Result<T, String> {
    let words = || {
        let words = words::<T>();
        let words: Vec<_> = words.iter().map(PossibleValue::get_name).collect();
        format!("expected {}", words.join(" or "))
    };
    T::from_str(text, false).map_err(|_| words())
}

/// Returns the words of a choice.
pub(super) fn words<T: ValueEnum>() -> Vec<PossibleValue> {
    let words = T::value_variants().iter();
    words.filter_map(ValueEnum::to_possible_value).collect()
}

pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("expected a path".to_owned());
    }
    Ok(text.into())
}

pub(super) fn percent(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number @ 1..=100) => Ok(number),
        _ => Err("expected a number from 1 to 100".to_owned()),
    }
}

pub(super) fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "expected an address and a port, such as 127.0.0.1:8080".to_owned())
}

pub(super) fn key_prefix(text: &str) -> Result<KeyPrefix, String> {
    KeyPrefix::parse(text).map_err(|_| "expected 1 to 32 letters and digits".to_owned())
}

pub(super) fn policies(text: &str) -> Result<KeyPolicies, String> {
    KeyPolicies::parse(text).map_err(|invalid| invalid.message.into_owned())
}

pub(super) fn expiry_notices(text: &str) -> Result<ExpiryNotices, String> {
    ExpiryNotices::parse(text).map_err(|invalid| invalid.message.into_owned())
}

pub(super) fn workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=MAX_WORKERS) => Ok(number),
        _ => Err(format!("expected a number from 1 to {MAX_WORKERS}")),
    }
}

pub(super) fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..) => Ok(number),
        _ => Err("expected a number from 1".to_owned()),
    }
}

pub(super) fn bound(text: &str) -> Result<NonZeroU64, String> {
    text.parse()
        .map_err(|_| "expected a number from 1".to_owned())
}

pub(super) fn database_connections(text: &str) -> Result<usize, String> {
    // One for the events, one for changes, and one for reading.
    match text.parse() {
        Ok(number @ 3..=1_000) => Ok(number),
        _ => Err("expected a number from 3 to 1000".to_owned()),
    }
}

pub(super) fn cache_bytes(text: &str) -> Result<u64, String> {
    // The minimum at which each shard of the cache can hold a key of maximum size.
    match text.parse() {
        Ok(bytes @ 1_048_576..) => Ok(bytes),
        _ => Err("expected a number from 1048576 (1 MiB)".to_owned()),
    }
}

pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MAX_WORKERS))
}

pub(super) fn default_format() -> LogFormat {
    if std::io::stderr().is_terminal() {
        LogFormat::Text
    } else {
        LogFormat::Json
    }
}
