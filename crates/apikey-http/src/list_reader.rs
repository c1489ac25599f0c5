//! Who reads a list, when it is their turn, and whether they still may.

use crate::{
    api::Api, authentication::Authenticated, error::HttpError, large_answers::Budget,
    list_places::Place, tenant::Tenant,
};
use actix_web::web;
use apikey_domain::{Error, use_case::held_right::HeldRight};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long one piece of a list may take to be read.
const PIECE_TIMEOUT: Duration = Duration::from_secs(10);

/// The caller who reads a list.
///
/// A long list takes as long as its reader likes. So their rights are judged again
/// before each further piece: one whose rights have ended gets no more of it.
#[derive(Clone)]
pub(crate) struct ListReader {
    api: web::Data<Api>,
    right: HeldRight,
    has_session: bool,
}

/// A reader's turn to read a piece of a list: a place among those of their user, and an
/// end. Others of the same user wait until this is dropped.
pub(crate) struct Turn {
    _place: Place,
    until: Instant,
}

// === impl ListReader ===

impl ListReader {
    /// Returns the reader for a caller without a tenant.
    pub(crate) fn of(signed_in: &Authenticated) -> Self {
        Self {
            api: signed_in.api.clone(),
            right: HeldRight::of_caller(&signed_in.caller),
            has_session: signed_in.caller.credential().session().is_some(),
        }
    }

    /// Returns the reader for a caller who acts for a tenant.
    pub(crate) fn in_tenant(tenant: &Tenant) -> Self {
        Self {
            api: tenant.api.clone(),
            right: HeldRight::of_tenant(&tenant.context),
            has_session: tenant.context.caller().credential().session().is_some(),
        }
    }

    /// Returns the memory that lists share.
    pub(crate) fn budget(&self) -> &Budget {
        &self.api.large_answers.lists
    }

    /// Checks that the rights with which the list was begun still hold.
    ///
    /// # Errors
    ///
    /// What the caller would be refused with now.
    pub(crate) async fn check(&self) -> Result<(), HttpError> {
        Ok(self.right.check(&self.api.keys).await?)
    }

    /// Returns whether they signed in with a session, whose end has no event.
    pub(crate) fn has_session(&self) -> bool {
        self.has_session
    }

    /// Returns whether the rights with which the list was begun still hold.
    ///
    /// # Errors
    ///
    /// If that cannot be found out.
    pub(crate) async fn right_holds(&self) -> Result<bool, HttpError> {
        match self.right.check(&self.api.keys).await {
            Ok(()) => Ok(true),
            Err(error @ (Error::Unavailable(_) | Error::Internal(_))) => Err(error.into()),
            Err(_) => Ok(false),
        }
    }

    /// Waits until it is the turn of this reader.
    ///
    /// # Errors
    ///
    /// 503 if too many lists of the same user are being read.
    pub(crate) async fn turn(&self) -> Result<Turn, HttpError> {
        let place = self.api.list_places.take(self.right.user_id()).await?;
        Ok(Turn {
            _place: place,
            until: Instant::now() + PIECE_TIMEOUT,
        })
    }
}

// === impl Turn ===

impl Turn {
    /// Reads a piece.
    ///
    /// # Errors
    ///
    /// That of reading, and 503 if it takes too long.
    pub(crate) async fn read<T>(
        &self,
        reading: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, HttpError> {
        let read = timeout_at(self.until, reading).await;
        Ok(read.map_err(|_| too_long())??)
    }
}

fn too_long() -> HttpError {
    HttpError::overloaded(
        "Reading the list takes too long, ask for less of it",
        "reading a list took too long",
    )
}
