//! The cookie of a session.

use crate::error::HttpError;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use apikey_domain::identity::session::SessionToken;
use zeroize::Zeroizing;

/// The name of the cookie, which is that of GPUStack.
const NAME: &str = "gpustack_session";

/// The cookies that GPUStack takes from the browser with its own when somebody signs out.
const OTHERS: [&str; 2] = ["gpustack_oidc_id_token", "gpustack_sso_login"];

/// How many cookies of this name are looked at in a sign-out.
const MOST: usize = 4;

/// What a request holds of the cookie.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cookie<'a> {
    /// This text.
    One(&'a [u8]),
    /// Two that differ: one may come from another site of the same domain.
    Several,
    /// None, or an empty one.
    None,
}

/// Finds the cookie.
pub(super) fn find(headers: &HeaderMap) -> Cookie<'_> {
    let mut values = values(headers);
    match values.next() {
        None => Cookie::None,
        Some(first) if values.all(|other| other == first) => Cookie::One(first),
        Some(_) => Cookie::Several,
    }
}

/// Returns what the cookies of this name hold, each of which its sender may end.
pub(crate) fn tokens(headers: &HeaderMap) -> Vec<SessionToken> {
    let tokens = values(headers).filter_map(|value| {
        let text = std::str::from_utf8(value).ok()?;
        SessionToken::parse(text)
    });
    tokens.take(MOST).collect()
}

/// Returns the header that gives the browser the cookie.
pub(crate) fn set(
    token: &SessionToken,
    seconds: i64,
    is_secure: bool,
) -> Result<HeaderValue, HttpError> {
    let text = token.to_text();
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie = Zeroizing::new(format!(
        "{NAME}={}; HttpOnly; Max-Age={seconds}; Path=/; SameSite=Lax{secure}",
        text.as_str()
    ));
    let value = HeaderValue::from_str(&cookie);
    let mut value = value.map_err(|error| HttpError::internal(Box::new(error)))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Returns the headers that take the cookies from the browser.
pub(crate) fn expired() -> impl Iterator<Item = String> {
    let names = std::iter::once(NAME).chain(OTHERS);
    names.map(|name| format!("{name}=; HttpOnly; Max-Age=0; Path=/; SameSite=Lax"))
}

/// Returns the values of the cookies of this name that are not empty, in their order.
fn values(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let lists = headers.get_all(header::COOKIE);
    let pairs = lists.flat_map(|list| list.as_bytes().split(|byte| *byte == b';'));
    let named = pairs.filter_map(|pair| {
        let end = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (pair[..end].trim_ascii(), pair[end + 1..].trim_ascii());
        (name == NAME.as_bytes()).then_some(value)
    });
    named.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lists: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append(header::COOKIE, HeaderValue::from_str(list).unwrap());
        }
        headers
    }

    #[test]
    fn only_the_cookie_of_this_name_counts() {
        let one = |text: &'static str| Cookie::One(text.as_bytes());
        for (lists, expected) in [
            (&["gpustack_session=a"][..], one("a")),
            (&["x=1; gpustack_session=a; y=2"], one("a")),
            (&["x=1", " gpustack_session = a "], one("a")),
            (&["gpustack_session=a=b"], one("a=b")),
            (&["gpustack_session=a; gpustack_session=a"], one("a")),
            (&["gpustack_session=a; gpustack_session="], one("a")),
            (&["gpustack_session=a; gpustack_session=b"], Cookie::Several),
            (
                &["gpustack_session=a", "gpustack_session=b"],
                Cookie::Several,
            ),
            (&["gpustack_session_x=a"], Cookie::None),
            (&["xgpustack_session=a"], Cookie::None),
            (&["__Host-gpustack_session=a"], Cookie::None),
            (&["Gpustack_session=a"], Cookie::None),
            (&["x=\"; gpustack_session=a\""], one("a\"")),
            (&["gpustack_session=", "gpustack_session"], Cookie::None),
            (&[";;=;"], Cookie::None),
            (&[], Cookie::None),
        ] {
            assert_eq!(find(&headers(lists)), expected, "{lists:?}");
        }
    }

    #[test]
    fn a_sign_out_looks_at_few_cookies() {
        let list = format!("gpustack_session={}; ", "0b".repeat(32)).repeat(100);
        assert_eq!(tokens(&headers(&[&list])).len(), MOST);
        assert!(tokens(&headers(&["gpustack_session=junk"])).is_empty());
    }
}
