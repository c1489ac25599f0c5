//! The query of a request, read on demand.

#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod names;

use crate::error::HttpError;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use apikey_domain::timestamp::Timestamp;
pub(crate) use names::check_names;
use names::decoded;
use std::{
    convert::Infallible,
    future::{Ready, ready},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The query of a request. Extracting it always succeeds; reading it may fail.
///
/// If a parameter is repeated, the last one is used, as in FastAPI. Unknown
/// parameters are ignored.
pub(crate) struct Query(HttpRequest);

impl Query {
    /// Returns a parameter as text.
    ///
    /// # Errors
    ///
    /// 422 if it is not UTF-8.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, HttpError> {
        match last(self.0.query_string(), name) {
            None => Ok(None),
            Some(bytes) => String::from_utf8(bytes)
                .map(Some)
                .map_err(|_| HttpError::invalid_parameter(name.to_owned(), "must be UTF-8")),
        }
    }

    /// Returns a parameter as an integer.
    ///
    /// # Errors
    ///
    /// 422 if it is not an integer of 64 bits.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, HttpError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let integer = text.trim().parse();
        integer.map(Some).map_err(|_| {
            HttpError::invalid_parameter(name.to_owned(), "must be an integer of 64 bits")
        })
    }

    /// Returns a parameter as a boolean, in any of the spellings that pydantic
    /// accepts.
    ///
    /// # Errors
    ///
    /// 422 if it is none of them.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, HttpError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" | "t" | "y" => Ok(Some(true)),
            "false" | "0" | "no" | "off" | "f" | "n" => Ok(Some(false)),
            _ => Err(HttpError::invalid_parameter(
                name.to_owned(),
                "must be true or false",
            )),
        }
    }

    /// Refuses parameters that may have been meant to be one of `known`.
    ///
    /// # Errors
    ///
    /// 422 for the first such parameter.
    pub(crate) fn check_names(&self, known: &[&'static str]) -> Result<(), HttpError> {
        check_names(self.0.query_string(), known)
    }

    /// Refuses parameters that may have been meant to be one of `known`, or one whose name
    /// begins with `family`, a word and a dot.
    ///
    /// # Errors
    ///
    /// 422 for the first such parameter.
    pub(crate) fn check_names_and_family(
        &self,
        known: &[&'static str],
        family: &'static str,
    ) -> Result<(), HttpError> {
        names::check(self.0.query_string(), known, Some(family))
    }

    /// Returns the parameters whose names begin with `family`: the rest of each name, and
    /// the value.
    ///
    /// # Errors
    ///
    /// 422 if one is not UTF-8.
    pub(crate) fn family(&self, family: &str) -> Result<Vec<(String, String)>, HttpError> {
        let given = parameters(self.0.query_string());
        let given = given.filter_map(|(name, value)| {
            let rest = name.strip_prefix(family.as_bytes())?.to_vec();
            Some((String::from_utf8(rest), String::from_utf8(decoded(value))))
        });
        let given = given.map(|(rest, value)| match (rest, value) {
            (Ok(rest), Ok(value)) => Ok((rest, value)),
            _ => Err(HttpError::invalid_parameter(
                family.to_owned(),
                "names and values must be UTF-8",
            )),
        });
        given.collect()
    }

    /// Returns a parameter as an instant, truncated to microseconds.
    ///
    /// # Errors
    ///
    /// 422 if it is not a valid instant in the format of RFC 3339.
    pub(crate) fn instant(&self, name: &str) -> Result<Option<Timestamp>, HttpError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match instant(&text) {
            Some(instant) => Ok(Some(instant)),
            None => Err(HttpError::invalid_parameter(
                name.to_owned(),
                "must be an instant, as in 2026-01-31T23:59:59Z",
            )),
        }
    }
}

/// Parses an instant in the format of RFC 3339, truncated to microseconds.
pub fn instant(text: &str) -> Option<Timestamp> {
    let parsed = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    let microseconds = parsed.unix_timestamp_nanos().div_euclid(1_000);
    Timestamp::from_microseconds(i64::try_from(microseconds).ok()?)
}

impl FromRequest for Query {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(request.clone())))
    }
}

/// Returns the decoded value of the last parameter called `name`.
fn last(query: &str, name: &str) -> Option<Vec<u8>> {
    let mut named = parameters(query).filter(|(given, _)| given == name.as_bytes());
    named.next_back().map(|(_, value)| decoded(value))
}

/// Returns the parameters, each with its decoded name.
fn parameters(query: &str) -> impl DoubleEndedIterator<Item = (Vec<u8>, &str)> {
    query.split('&').map(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        (decoded(name), value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn query(text: &str) -> Query {
        Query(TestRequest::with_uri(&format!("/?{text}")).to_http_request())
    }

    #[test]
    fn the_last_of_a_repeated_parameter_is_used() {
        let text = |query_text: &str| query(query_text).text("search").unwrap();
        assert_eq!(text("search=a&search=b"), Some("b".to_owned()));
        assert_eq!(text("search=a&page=1"), Some("a".to_owned()));
        assert_eq!(text("se%61rch=a+%2B%C3%A4"), Some("a +ä".to_owned()));
        assert_eq!(text("search"), Some(String::new()));
        assert_eq!(text("searches=a&&="), None);
    }

    #[test]
    fn a_name_that_is_almost_right_is_refused_where_that_is_asked_for() {
        let is_refused = |query: &str| check_names(query, &["scope"]).is_err();
        for query in [
            "",
            "scope=*",
            "a=b&scope=&scope=x",
            "&=&",
            "%ff=1",
            "page=1&sort",
        ] {
            assert!(!is_refused(query), "{query}");
        }
        for query in [
            "Scope=*",
            "scopes=*",
            "scop=*",
            "sc%6Fpe=*",
            "scope",
            "scope%20=*",
            "+scope=*",
            "scope=*&SCOPE=*",
            "%73cope",
            "scope%3D*",
            "scope[]=*",
            "scope%5B%5D=*",
            "required_scope=*",
        ] {
            assert!(is_refused(query), "{query}");
        }
    }

    #[test]
    fn a_family_has_any_names_after_its_own() {
        let family = |text: &str| query(text).family("metadata.");
        assert_eq!(family("a=b&metadata=c").unwrap(), []);
        let pairs = family("metadata.a+b=%C3%A4&metadata.a.b=&m%65tadata.%3D=x&metadata.").unwrap();
        let expected = [("a b", "ä"), ("a.b", ""), ("=", "x"), ("", "")];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(pairs, expected);
        assert!(family("metadata.%ff=1").is_err());
        assert!(family("metadata.a=%ff").is_err());
        let is_refused = |text: &str| {
            query(text)
                .check_names_and_family(&["status"], "metadata.")
                .is_err()
        };
        for text in [
            "",
            "metadata.status=x",
            "metadata.=",
            "stat=x",
            "m%65tadata.a%3Db=x",
            "page",
        ] {
            assert!(!is_refused(text), "{text}");
        }
        for text in [
            "metadata=x",
            "metadata[a]=x",
            "Metadata.a=x",
            "meta_data=1",
            "statuses=x",
            "metadata.a",
            "status",
        ] {
            assert!(is_refused(text), "{text}");
        }
    }

    #[test]
    fn an_invalid_parameter_is_refused_only_when_it_is_read() {
        let query = query("search=%ff&page=9223372036854775808&watch=maybe&perPage=+7");
        assert!(query.text("search").is_err());
        assert!(query.integer("page").is_err());
        assert!(query.flag("watch").is_err());
        assert_eq!(query.integer("perPage").unwrap(), Some(7));
    }

    #[test]
    fn instants_are_read_as_they_are_written() {
        let read = |text: &str| query(&format!("since={text}")).instant("since");
        let shown = |text: &str| read(text).unwrap().unwrap().to_rfc3339();
        let written = "2026-01-01T00:00:00.000001Z";
        for text in [
            written,
            "2026-01-01T00:00:00.0000019Z",
            "2026-01-01T01:00:00.000001%2B01:00",
        ] {
            assert_eq!(shown(text), written, "{text}");
        }
        assert_eq!(shown("1969-12-31T23:59:59Z"), "1969-12-31T23:59:59.000000Z");
        for end in [Timestamp::MIN, Timestamp::MAX] {
            assert_eq!(read(&end.to_rfc3339()).unwrap(), Some(end));
        }
        for wrong in [
            "",
            "now",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-02-30T00:00:00Z",
            "2026-01-01T00:00:00+01:00",
            "1767225600",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-01:00",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn booleans_are_read_as_pydantic_reads_them() {
        for (words, expected) in [
            (["true", "1", "YES", "on", "T", "y"], true),
            (["False", "0", "no", "OFF", "f", "n"], false),
        ] {
            for word in words {
                let query = query(&format!("watch={word}"));
                assert_eq!(query.flag("watch").unwrap(), Some(expected), "{word}");
            }
        }
    }
}
