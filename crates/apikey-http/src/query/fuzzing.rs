//! Queries for the fuzz targets.

use super::Query;
use crate::error::HttpError;
use actix_web::{FromRequest, ResponseError, dev::Payload, http::Uri, test::TestRequest};
use apikey_domain::timestamp::Timestamp;

/// A query that a request can have.
pub struct ReadQuery(Query);

/// A parameter, or the status of the refusal.
pub type Parameter<T> = Result<Option<T>, u16>;

// === impl ReadQuery ===

impl ReadQuery {
    /// Returns the query of a request; `None` if no request can have it.
    pub fn of(text: &str) -> Option<Self> {
        let uri = format!("/?{text}");
        if text.contains('#') || Uri::try_from(uri.as_str()).is_err() {
            return None;
        }
        let request = TestRequest::with_uri(&uri).to_http_request();
        let Ok(query) = Query::from_request(&request, &mut Payload::None).into_inner();
        Some(Self(query))
    }

    /// Returns the query as the handlers read it.
    pub(crate) fn query(&self) -> &Query {
        &self.0
    }

    /// Returns a parameter as text.
    pub fn text(&self, name: &str) -> Parameter<String> {
        self.0.text(name).map_err(status)
    }

    /// Returns a parameter as an integer.
    pub fn integer(&self, name: &str) -> Parameter<i64> {
        self.0.integer(name).map_err(status)
    }

    /// Returns a parameter as a boolean.
    pub fn flag(&self, name: &str) -> Parameter<bool> {
        self.0.flag(name).map_err(status)
    }

    /// Returns a parameter as an instant.
    pub fn instant(&self, name: &str) -> Parameter<Timestamp> {
        self.0.instant(name).map_err(status)
    }
}

fn status(error: HttpError) -> u16 {
    error.status_code().as_u16()
}
