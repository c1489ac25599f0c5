//! Tests of what a search finds.

use super::*;
use crate::{
    key::{
        credential::{Credential, CredentialNumber, CredentialState},
        token::PresentedKey,
    },
    testing::fixture,
};

fn hint(end: &str) -> Option<Hint> {
    let text = format!("gpustack_0123456789abcdef_{end}");
    Some(Hint::of(&PresentedKey::parse(&Default::default(), &text)))
}

fn finds(search: &str, key: &ApiKey) -> bool {
    fixture::filter(None, None, SearchTerm::parse(search).unwrap()).admits(key)
}

#[test]
fn a_search_finds_whole_hints_and_parts_of_names() {
    let key = ApiKey {
        hint: hint("00a3f9"),
        ..fixture::api_key(1, "nightly")
    };
    for (search, expected) in [
        ("a3f9", true),
        ("A3F9", true),
        ("3f9", false),
        ("0a3f9", false),
        ("a3f8", false),
        ("ight", true),
    ] {
        assert_eq!(finds(search, &key), expected, "{search}");
    }
}

#[test]
fn a_search_finds_the_hints_of_all_credentials() {
    let mut key = fixture::api_key(1, "nightly");
    let credential = |number, state, end| Credential {
        number: CredentialNumber(number),
        hint: hint(end),
        state,
        ..key.credentials().remove(0)
    };
    let at = fixture::instant();
    let credentials = vec![
        credential(1, CredentialState::Retired { at }, "1111"),
        credential(2, CredentialState::Active, "2222"),
    ];
    key.set_credentials(credentials);
    for (search, expected) in [("1111", true), ("2222", true), ("3333", false)] {
        assert_eq!(finds(search, &key), expected, "{search}");
    }
}
