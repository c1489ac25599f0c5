//! The forms in which clients send a key in one header.

use crate::authentication::credentials::scheme_and_rest;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use apikey_domain::key::token::{KeyPrefix, is_well_formed};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use std::ops::Deref;
use zeroize::Zeroizing;

/// A key as a request has it: a part of a header, or what a header encodes.
pub(super) enum FoundKey<'a> {
    Written(&'a [u8]),
    Decoded(Zeroizing<Vec<u8>>),
}

/// The schemes that a key may follow.
const SCHEMES: [&[u8]; 4] = [b"bearer", b"token", b"apikey", b"api-key"];

const BASIC: &[u8] = b"basic";

/// How a subprotocol begins that consists of a key, as OpenAI's clients send it.
const OPENAI: &[u8] = b"openai-insecure-api-key.";

/// How one begins that consists of a key in Base64, as those of Kubernetes send it.
const KUBERNETES: &[u8] = b"base64url.bearer.authorization.k8s.io.";

/// Passes every key in the value of a header to a function.
///
/// Most headers have a key alone, a scheme and a key, or HTTP Basic with the key as
/// username or password. Another scheme counts as no key. `Sec-WebSocket-Protocol` is
/// a list.
///
/// # Errors
///
/// Those of the function.
pub(super) fn read<'a, E>(
    name: &HeaderName,
    value: &'a HeaderValue,
    prefix: &KeyPrefix,
    mut found: impl FnMut(FoundKey<'a>) -> Result<(), E>,
) -> Result<(), E> {
    if name == header::SEC_WEBSOCKET_PROTOCOL {
        let protocols = value.as_bytes().split(|byte| *byte == b',');
        let keys = protocols.filter_map(|one| of_subprotocol(one.trim_ascii(), prefix));
        return keys.into_iter().try_for_each(found);
    }
    match scheme_and_rest(value) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(BASIC) => of_basic(rest, prefix)
            .into_iter()
            .flatten()
            .try_for_each(found),
        Some((scheme, rest)) if is_scheme(scheme) => found(FoundKey::Written(rest)),
        Some(_) => Ok(()),
        None => match value.as_bytes().trim_ascii() {
            b"" => Ok(()),
            alone if is_scheme(alone) || alone.eq_ignore_ascii_case(BASIC) => Ok(()),
            key => found(FoundKey::Written(key)),
        },
    }
}

fn is_scheme(text: &[u8]) -> bool {
    SCHEMES.iter().any(|one| text.eq_ignore_ascii_case(one))
}

/// Returns the username or the password, whichever can be a key; of two that can, the
/// one in the standard form, or both if both have it, or else the password.
fn of_basic<'a>(encoded: &[u8], prefix: &KeyPrefix) -> [Option<FoundKey<'a>>; 2] {
    let Ok(decoded) = BASE64_STANDARD.decode(encoded).map(Zeroizing::new) else {
        return [None, None];
    };
    let text = std::str::from_utf8(&decoded).unwrap_or_default();
    let (username, password) = text.split_once(':').unwrap_or((text, ""));
    let both = [username, password].map(|one| Some(one).filter(|one| is_well_formed(one)));
    let chosen = match both {
        [Some(one), Some(other)] => match (prefix.begins(one), prefix.begins(other)) {
            (true, true) => both,
            (true, false) => [Some(one), None],
            (false, _) => [Some(other), None],
        },
        _ => both,
    };
    chosen.map(|one| Some(FoundKey::Decoded(Zeroizing::new(one?.as_bytes().to_vec()))))
}

/// Returns the key in a subprotocol: all of it, or what follows a dot, if that has the
/// standard form; any key after a beginning that is known.
fn of_subprotocol<'a>(protocol: &'a [u8], prefix: &KeyPrefix) -> Option<FoundKey<'a>> {
    if let Some(key) = protocol.strip_prefix(OPENAI) {
        return Some(FoundKey::Written(key));
    }
    if let Some(encoded) = protocol.strip_prefix(KUBERNETES) {
        let decoded = BASE64_URL_SAFE_NO_PAD.decode(encoded).ok()?;
        return Some(FoundKey::Decoded(Zeroizing::new(decoded)));
    }
    let text = std::str::from_utf8(protocol).ok()?;
    let after_dots = text.match_indices('.').map(|(dot, _)| dot + 1);
    let mut ends = [0].into_iter().chain(after_dots).map(|from| &text[from..]);
    let key = ends.find(|end| prefix.begins(end))?;
    Some(FoundKey::Written(key.as_bytes()))
}

// === impl FoundKey ===

impl Deref for FoundKey<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Written(bytes) => bytes,
            Self::Decoded(bytes) => bytes,
        }
    }
}
