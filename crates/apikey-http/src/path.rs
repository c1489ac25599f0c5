//! The numbers in a path, read on demand.

use crate::error::{HttpError, place::Place};
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::{
    convert::Infallible,
    future::{Ready, ready},
};

/// The path of a request. Extracting it always succeeds; reading it may fail.
pub(crate) struct Path(HttpRequest);

impl Path {
    /// Returns the segment `name` of the route.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.match_info().get(name).unwrap_or_default()
    }

    /// Returns the number in the segment `name` of the route.
    ///
    /// # Errors
    ///
    /// 422 if it is not an integer of 64 bits.
    pub(crate) fn id(&self, name: &str) -> Result<i64, HttpError> {
        let number = self.text(name).parse();
        number.map_err(|_| {
            HttpError::invalid_at(
                Place::Path(name.to_owned().into()),
                "must be an integer of 64 bits",
            )
        })
    }
}

impl FromRequest for Path {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(request.clone())))
    }
}
