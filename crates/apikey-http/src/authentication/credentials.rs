//! The credentials of a request.

use super::cookie::{self, Cookie};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use apikey_domain::identity::password::PlainPassword;
use base64::{Engine, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

/// The most bytes that are read of a username, a colon and a password: some more than
/// 255 characters of 4 bytes, a colon and the longest password have.
const MOST_DECODED: usize = 3 * 1_370;

/// The same in Base64.
const MOST_ENCODED: usize = MOST_DECODED / 3 * 4;

const _: () = assert!(MOST_DECODED > 4 * 255 + 1 + PlainPassword::LONGEST_TYPED + 3);

/// The credentials that identify the caller, of all that a request contains.
pub(crate) enum Credentials<'a> {
    /// A username and a password.
    Password {
        /// The username.
        username: String,
        /// The password.
        password: PlainPassword,
    },
    /// What the cookie of a session holds.
    Session(&'a str),
    /// A key.
    Key(&'a str),
    /// HTTP Basic without a valid username and password.
    UnreadablePassword,
    /// A cookie that is not UTF-8, or two that differ.
    UnreadableSession,
    /// A key that is not UTF-8.
    UnreadableKey,
    /// No credentials.
    None,
}

impl<'a> Credentials<'a> {
    /// Returns the first of: HTTP Basic, the cookie of a session, `Authorization: Bearer`,
    /// `X-API-Key`, which is the order of GPUStack.
    ///
    /// Unreadable HTTP Basic does not fall back to a cookie or a key, nor does an unreadable
    /// cookie. Another scheme does, and so does a scheme with nothing after it.
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let authorization = headers.get(header::AUTHORIZATION).and_then(scheme_and_rest);
        if let Some((scheme, rest)) = authorization
            && scheme.eq_ignore_ascii_case(b"basic")
        {
            return basic(rest);
        }
        match cookie::find(headers) {
            Cookie::One(value) => {
                return std::str::from_utf8(value).map_or(Self::UnreadableSession, Self::Session);
            }
            Cookie::Several => return Self::UnreadableSession,
            Cookie::None => {}
        }
        match authorization {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case(b"bearer") => key(rest),
            _ => match headers.get("x-api-key") {
                Some(value) => key(value.as_bytes()),
                None => Self::None,
            },
        }
    }
}

impl Credentials<'_> {
    /// Returns whether they are, or should be, those of a person without a key.
    pub(crate) fn is_of_person(&self) -> bool {
        match self {
            Self::Password { .. }
            | Self::Session(_)
            | Self::UnreadablePassword
            | Self::UnreadableSession => true,
            Self::Key(_) | Self::UnreadableKey | Self::None => false,
        }
    }
}

/// Returns what follows `Bearer`, if that is the scheme.
pub(crate) fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, rest) = scheme_and_rest(value)?;
    scheme.eq_ignore_ascii_case(b"bearer").then_some(rest)
}

/// Returns the two parts of `Authorization`, unless the second is missing.
pub(crate) fn scheme_and_rest(value: &HeaderValue) -> Option<(&[u8], &[u8])> {
    let value = value.as_bytes().trim_ascii();
    let end = value.iter().position(u8::is_ascii_whitespace)?;
    let (scheme, rest) = value.split_at(end);
    Some((scheme, rest.trim_ascii_start()))
}

fn key(text: &[u8]) -> Credentials<'_> {
    match std::str::from_utf8(text) {
        Ok("") => Credentials::None,
        Ok(text) => Credentials::Key(text),
        Err(_) => Credentials::UnreadableKey,
    }
}

/// Decodes Base64 of `username:password` in UTF-8 (RFC 7617). The password may
/// contain colons.
///
/// Of a text that no username and password have together only the beginning is read,
/// which is as much too long: to refuse it takes no longer than to refuse any other.
fn basic<'a>(encoded: &[u8]) -> Credentials<'a> {
    let beginning = &encoded[..encoded.len().min(MOST_ENCODED)];
    let Ok(decoded) = BASE64_STANDARD.decode(beginning).map(Zeroizing::new) else {
        return Credentials::UnreadablePassword;
    };
    let is_whole = beginning.len() == encoded.len();
    let text = match std::str::from_utf8(&decoded) {
        Ok(text) => text,
        // The last character was cut.
        Err(error) if !is_whole && error.error_len().is_none() => {
            let whole = &decoded[..error.valid_up_to()];
            std::str::from_utf8(whole).unwrap_or_default()
        }
        Err(_) => return Credentials::UnreadablePassword,
    };
    match text.split_once(':') {
        Some((username, password)) => Credentials::Password {
            username: username.to_owned(),
            password: PlainPassword::new(password),
        },
        None if is_whole => Credentials::UnreadablePassword,
        None => Credentials::Password {
            username: text.to_owned(),
            password: PlainPassword::new(""),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&'static str, &[u8])]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = header::HeaderName::from_static(name);
            map.insert(name, HeaderValue::from_bytes(value).unwrap());
        }
        match Credentials::of(&map) {
            Credentials::Password { username, password } => {
                format!("password {username} {}", password.expose())
            }
            Credentials::Session(text) => format!("session {text}"),
            Credentials::UnreadableSession => "unreadable session".to_owned(),
            Credentials::Key(key) => format!("key {key}"),
            Credentials::UnreadablePassword => "unreadable password".to_owned(),
            Credentials::UnreadableKey => "unreadable key".to_owned(),
            Credentials::None => "none".to_owned(),
        }
    }

    #[test]
    fn the_first_match_wins() {
        let basic = b"bAsIc YWxpY2U6YTpi";
        let x_api_key: (_, &[u8]) = ("x-api-key", b"sk-2");
        let authorization = |value| read(&[("authorization", value), x_api_key]);
        assert_eq!(authorization(basic), "password alice a:b");
        assert_eq!(authorization(b"BEARER  sk-1 "), "key sk-1");
        assert_eq!(authorization(b"Digest x"), "key sk-2");
        assert_eq!(authorization(b"Bearer"), "key sk-2");
        assert_eq!(authorization(b"\xff\xfe"), "key sk-2");
        assert_eq!(authorization(b""), "key sk-2");
        assert_eq!(read(&[x_api_key]), "key sk-2");
        assert_eq!(read(&[]), "none");
        let cookie: (_, &[u8]) = ("cookie", b"gpustack_session=a");
        let with_cookie = |value| read(&[("authorization", value), x_api_key, cookie]);
        assert_eq!(with_cookie(basic), "password alice a:b");
        assert_eq!(with_cookie(b"Bearer sk-1"), "session a");
        assert_eq!(read(&[x_api_key, cookie]), "session a");
        let other: (_, &[u8]) = ("cookie", b"session=a; gpustack_session=");
        assert_eq!(read(&[x_api_key, other]), "key sk-2");
    }

    #[test]
    fn unreadable_credentials_are_not_skipped() {
        let x_api_key: (_, &[u8]) = ("x-api-key", b"sk-2");
        let authorization = |value| read(&[("authorization", value), x_api_key]);
        assert_eq!(authorization(b"Basic !"), "unreadable password");
        assert_eq!(authorization(b"Basic YWxpY2U="), "unreadable password");
        assert_eq!(authorization(b"Basic /////w=="), "unreadable password");
        assert_eq!(authorization(b"Bearer \xff"), "unreadable key");
        let cookie = |value| read(&[("cookie", value), x_api_key]);
        assert_eq!(cookie(b"gpustack_session=\xff"), "unreadable session");
        let two = b"gpustack_session=a; gpustack_session=b";
        assert_eq!(cookie(two), "unreadable session");
        assert_eq!(read(&[("x-api-key", b"\xff")]), "unreadable key");
        assert_eq!(read(&[("x-api-key", b"")]), "none");
    }
    #[test]
    fn of_what_is_too_long_only_the_beginning_is_read() {
        let read = |text: &[u8]| {
            let value = format!("Basic {}", BASE64_STANDARD.encode(text));
            let value = HeaderValue::from_str(&value).unwrap();
            let mut map = HeaderMap::new();
            map.insert(header::AUTHORIZATION, value);
            match Credentials::of(&map) {
                Credentials::Password { username, password } => {
                    (username.chars().count(), password.expose().len())
                }
                _ => panic!("unreadable"),
            }
        };
        let longest_name = "\u{1f511}".repeat(255);
        let with = |name: &str, length| format!("{name}:{}", "x".repeat(length));
        assert_eq!(read(with("alice", 3_072).as_bytes()), (5, 3_072));
        assert_eq!(read(with(&longest_name, 3_072).as_bytes()), (255, 3_072));
        for length in [3_073, 3_080, 3_100, 90_000] {
            for name in ["", "alice", &longest_name] {
                let (_, read) = read(with(name, length).as_bytes());
                assert!((3_073..=MOST_DECODED).contains(&read), "{length}");
            }
        }
        // Whichever byte of a character is the last one.
        for shift in 0..4 {
            let text = format!("{}:{}", "a".repeat(shift), "\u{1f511}".repeat(20_000));
            assert!(read(text.as_bytes()).1 > PlainPassword::LONGEST_TYPED);
        }
        let (username, password) = read("a".repeat(90_000).as_bytes());
        assert_eq!((username, password), (MOST_DECODED, 0));
        // What is not read cannot be malformed.
        let mut text = with("alice", 90_000).into_bytes();
        text.push(0xff);
        assert!(read(&text).1 > PlainPassword::LONGEST_TYPED);
    }
}
